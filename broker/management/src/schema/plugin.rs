//! What is loaded: a class of ours beside Qpid's, in a package of its own.

use super::declare::{output, property, statistic};
use super::{
    Access::{ReadCreate, ReadOnly},
    Class, Method, PHILTER_PACKAGE,
    Type::{DeltaTime, LongString, ShortString, Uint64},
};

/// Class `plugin`: a type that a loaded plugin offers. What it counts is that of its file, which
/// may offer several.
pub static PLUGIN: Class = Class {
    package: PHILTER_PACKAGE,
    name: "plugin",
    properties: &[
        property("kind", ShortString, ReadCreate, "Its kind: exchange, filter, auth or store.")
            .index(),
        property("type", ShortString, ReadCreate, "The type's name.").index(),
        property("name", ShortString, ReadOnly, "What the plugin calls itself."),
        property("version", ShortString, ReadOnly, "The version of the code that runs."),
        property("carrier", ShortString, ReadOnly, "What carries it: native or component."),
        property("path", LongString, ReadOnly, "The file that it was loaded from."),
        property(
            "breaker",
            ShortString,
            ReadOnly,
            "Whether a component is asked: closed, half-open or open.",
        )
        .optional(),
        property("lastError", LongString, ReadOnly, "Why a component's last failed call failed.")
            .optional(),
    ],
    statistics: &[
        statistic("calls", Uint64, "Calls about messages."),
        statistic("messages", Uint64, "Messages of those calls."),
        statistic("callTime", DeltaTime, "Time that those calls took.").unit("nanosecond"),
        statistic("traps", Uint64, "Calls that ended in a trap, or took too long."),
        statistic("deadlineHits", Uint64, "Calls that took too long."),
        statistic("memoryRefusals", Uint64, "Times that more memory was wanted than it may have."),
        statistic("outgrown", Uint64, "Instances that others followed, for the memory they took."),
        statistic("faults", Uint64, "Answers that the contract does not allow."),
        statistic("broken", Uint64, "Bindings and expressions that a new instance did not take."),
        statistic("instances", Uint64, "Instances that there are."),
        statistic("memory", Uint64, "Memory that they have.").unit("octet"),
        statistic("breakerOpened", Uint64, "Times that it was left alone for a while."),
        statistic("reloads", Uint64, "Times that its file was read again and taken."),
    ],
    methods: &[Method {
        name: "reload",
        arguments: &[output("version", ShortString, "The version of the code that runs now.")],
        description: "Read a component's file again; what was loaded stays where that fails.",
    }],
};
