//! Exchanges and bindings.
//!
//! What Qpid's schema has no word for stands behind its own: what exchanges say of their bindings
//! that decide by queries, and what plugins failed on.

use super::declare::{property, statistic};
use super::{
    Access::{ReadCreate, ReadOnly},
    BROKER_PACKAGE, Class,
    Type::{Bool, DeltaTime, LongString, Map, Reference, ShortString, Uint32, Uint64},
};

/// Class `exchange`: an exchange.
pub static EXCHANGE: Class = Class {
    package: BROKER_PACKAGE,
    name: "exchange",
    properties: &[
        property("vhostRef", Reference, ReadCreate, "Its virtual host.").index().parent("vhost"),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("type", ShortString, ReadOnly, "Its type."),
        property("durable", Bool, ReadOnly, "It survives a restart."),
        property("autoDelete", Bool, ReadOnly, "It goes when nobody uses it any more."),
        property(
            "altExchange",
            Reference,
            ReadOnly,
            "Where messages go that it cannot keep or route.",
        )
        .optional()
        .references("exchange"),
        property("arguments", Map, ReadOnly, "Arguments it was declared with."),
    ],
    statistics: &[
        statistic("producerCount", Uint32, "No longer used."),
        statistic(
            "producerCountHigh",
            Uint32,
            "No longer used, the most since the last broadcast.",
        ),
        statistic(
            "producerCountLow",
            Uint32,
            "No longer used, the least since the last broadcast.",
        ),
        statistic("bindingCount", Uint32, "Bindings."),
        statistic("bindingCountHigh", Uint32, "Bindings, the most since the last broadcast."),
        statistic("bindingCountLow", Uint32, "Bindings, the least since the last broadcast."),
        statistic("msgReceives", Uint64, "Messages received."),
        statistic("msgDrops", Uint64, "Messages that matched no binding, or were dropped by one."),
        statistic("msgRoutes", Uint64, "Messages routed."),
        statistic("byteReceives", Uint64, "Bytes received."),
        statistic("byteDrops", Uint64, "Bytes that matched no binding, or were dropped by one."),
        statistic("byteRoutes", Uint64, "Bytes routed."),
        statistic("bindingsConstant", Uint32, "Bindings that match always or never."),
        statistic("bindingsIndexed", Uint32, "Bindings that an index decides alone."),
        statistic("bindingsResidual", Uint32, "Bindings evaluated where an index finds them."),
        statistic("bindingsScanned", Uint32, "Bindings looked at one by one, without evaluation."),
        statistic("bindingsEvaluated", Uint32, "Bindings evaluated for every message."),
        statistic("bodiesUnreadable", Uint64, "Messages whose body could not be read."),
        statistic("routingFailures", Uint64, "Messages refused, for a plugin failed on them."),
    ],
    methods: &[],
};

/// Class `binding`: a binding of a queue.
pub static BINDING: Class = Class {
    package: BROKER_PACKAGE,
    name: "binding",
    properties: &[
        property("exchangeRef", Reference, ReadCreate, "Its exchange.").index().parent("exchange"),
        property("queueRef", Reference, ReadCreate, "Its queue.").index().references("queue"),
        property("bindingKey", LongString, ReadCreate, "The key it was made with.").index(),
        property("arguments", Map, ReadCreate, "Arguments it was made with."),
        property("origin", ShortString, ReadOnly, "The broker it was made for.").optional(),
        property("decidedBy", ShortString, ReadOnly, "How its query is decided.").optional(),
        property("lastFailure", LongString, ReadOnly, "Why its query failed last.").optional(),
    ],
    statistics: &[
        statistic("msgMatched", Uint64, "Messages that matched."),
        statistic("evaluations", Uint64, "Messages that its query was evaluated for."),
        statistic("evaluationFailures", Uint64, "Evaluations that failed: no match."),
        statistic("evaluationTime", DeltaTime, "Time spent in evaluations.").unit("nanosecond"),
        statistic("transformationFailures", Uint64, "Messages that its transformation failed on."),
    ],
    methods: &[],
};
