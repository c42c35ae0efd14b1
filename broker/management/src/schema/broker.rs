//! The broker as a whole.

use super::declare::{both, input, output, property, statistic};
use super::{
    Access::{ReadCreate, ReadOnly, ReadWrite},
    BROKER_PACKAGE, Class, Method,
    Type::{Bool, DeltaTime, LongString, Map, Reference, ShortString, Uint16, Uint32, Uint64},
};

/// Class `broker`: the broker as a whole.
pub static BROKER: Class = Class {
    package: BROKER_PACKAGE,
    name: "broker",
    properties: &[
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("systemRef", Reference, ReadOnly, "The machine it runs on.").parent("system"),
        property("port", Uint16, ReadOnly, "The TCP port it listens on."),
        property("workerThreads", Uint16, ReadOnly, "Threads that do its work."),
        property("maxConns", Uint16, ReadOnly, "Connections it accepts at once."),
        property("connBacklog", Uint16, ReadOnly, "Connections that wait to be accepted."),
        property("stagingThreshold", Uint32, ReadOnly, "No longer used."),
        property("mgmtPublish", Bool, ReadOnly, "Whether changes are broadcast."),
        property("mgmtPubInterval", Uint16, ReadWrite, "The time between broadcasts.")
            .unit("second"),
        property("version", ShortString, ReadOnly, "Its version."),
        property("dataDir", LongString, ReadOnly, "Where it keeps what must survive.").optional(),
        property("store", ShortString, ReadOnly, "The store of durable queues and messages."),
        property(
            "storeSync",
            ShortString,
            ReadOnly,
            "When the store syncs: always, interval, never.",
        )
        .optional(),
        property("storeDurability", LongString, ReadOnly, "What outlives what, in a sentence."),
        property("storeRefusal", LongString, ReadOnly, "Why it takes nothing durable now.")
            .optional(),
    ],
    statistics: &[
        statistic("uptime", DeltaTime, "The time since it started."),
        statistic("queueCount", Uint64, "Queues.").unit("queue"),
        statistic("msgTotalEnqueues", Uint64, "Messages enqueued.").unit("message"),
        statistic("msgTotalDequeues", Uint64, "Messages dequeued.").unit("message"),
        statistic("byteTotalEnqueues", Uint64, "Bytes enqueued.").unit("octet"),
        statistic("byteTotalDequeues", Uint64, "Bytes dequeued.").unit("octet"),
        statistic("msgDepth", Uint64, "Messages on queues now.").unit("message"),
        statistic("byteDepth", Uint64, "Bytes on queues now.").unit("octet"),
        statistic("msgPersistEnqueues", Uint64, "Durable messages enqueued.").unit("message"),
        statistic("msgPersistDequeues", Uint64, "Durable messages dequeued.").unit("message"),
        statistic("bytePersistEnqueues", Uint64, "Bytes of durable messages enqueued.")
            .unit("octet"),
        statistic("bytePersistDequeues", Uint64, "Bytes of durable messages dequeued.")
            .unit("octet"),
        statistic("msgTxnEnqueues", Uint64, "Messages enqueued in transactions.").unit("message"),
        statistic("msgTxnDequeues", Uint64, "Messages dequeued in transactions.").unit("message"),
        statistic("byteTxnEnqueues", Uint64, "Bytes enqueued in transactions.").unit("octet"),
        statistic("byteTxnDequeues", Uint64, "Bytes dequeued in transactions.").unit("octet"),
        statistic("msgFtdEnqueues", Uint64, "No longer used.").unit("message"),
        statistic("msgFtdDequeues", Uint64, "No longer used.").unit("message"),
        statistic("byteFtdEnqueues", Uint64, "No longer used.").unit("octet"),
        statistic("byteFtdDequeues", Uint64, "No longer used.").unit("octet"),
        statistic("msgFtdDepth", Uint64, "No longer used.").unit("message"),
        statistic("byteFtdDepth", Uint64, "No longer used.").unit("octet"),
        statistic("releases", Uint64, "Messages that were given back.").unit("message"),
        statistic("acquires", Uint64, "Messages that were acquired.").unit("message"),
        statistic("discardsNoRoute", Uint64, "Messages dropped because no queue took them.")
            .unit("message"),
        statistic("discardsTtl", Uint64, "Messages dropped when their time was over.")
            .unit("message"),
        statistic("discardsRing", Uint64, "Messages pushed out of ring queues.").unit("message"),
        statistic("discardsLvq", Uint64, "Messages replaced by a newer value.").unit("message"),
        statistic("discardsOverflow", Uint64, "Messages refused by a limit.").unit("message"),
        statistic("discardsSubscriber", Uint64, "Messages rejected by consumers.").unit("message"),
        statistic("discardsPurge", Uint64, "Messages purged.").unit("message"),
        statistic("reroutes", Uint64, "Messages routed anew on demand.").unit("message"),
        statistic("abandoned", Uint64, "Messages left in deleted queues.").unit("message"),
        statistic(
            "abandonedViaAlt",
            Uint64,
            "Messages that went from deleted queues to alternate exchanges.",
        )
        .unit("message"),
    ],
    methods: &[
        Method {
            name: "echo",
            arguments: &[
                both("sequence", Uint32, "A number that comes back."),
                both("body", LongString, "Text that comes back."),
            ],
            description: "Answers what it is given.",
        },
        Method {
            name: "connect",
            arguments: &[
                input("host", ShortString, "The host to connect to."),
                input("port", Uint32, "The port to connect to."),
                input("durable", Bool, "It survives a restart."),
                input("authMechanism", ShortString, "How to log in."),
                input("username", ShortString, "Who logs in."),
                input("password", ShortString, "The password."),
                input("transport", ShortString, "The transport."),
            ],
            description: "Makes a link to another broker.",
        },
        Method {
            name: "queueMoveMessages",
            arguments: &[
                input("srcQueue", ShortString, "The queue to take from."),
                input("destQueue", ShortString, "The queue to put to."),
                input("qty", Uint32, "How many messages; 0 for all."),
                input("filter", Map, "Which messages; all if it is empty."),
            ],
            description: "Moves messages from one queue to another.",
        },
        Method {
            name: "setLogLevel",
            arguments: &[input("level", ShortString, "Log levels, separated by commas.")],
            description: "Sets what is logged.",
        },
        Method {
            name: "getLogLevel",
            arguments: &[output("level", ShortString, "Log levels, separated by commas.")],
            description: "Tells what is logged.",
        },
        Method {
            name: "getTimestampConfig",
            arguments: &[output("receive", Bool, "Messages are stamped when they arrive.")],
            description: "Tells whether messages are stamped when they arrive.",
        },
        Method {
            name: "setTimestampConfig",
            arguments: &[input("receive", Bool, "Messages are stamped when they arrive.")],
            description: "Says whether messages are stamped when they arrive.",
        },
        Method {
            name: "create",
            arguments: &[
                input("type", ShortString, "The kind of object."),
                input("name", ShortString, "The object's name."),
                input("properties", Map, "What the object is to be."),
                input("strict", Bool, "A property that nobody knows is an error."),
            ],
            description: "Makes an object.",
        },
        Method {
            name: "delete",
            arguments: &[
                input("type", ShortString, "The kind of object."),
                input("name", ShortString, "The object's name."),
                input("options", Map, "What must hold for it to be deleted."),
            ],
            description: "Deletes an object.",
        },
        Method {
            name: "query",
            arguments: &[
                input("type", ShortString, "The kind of object."),
                input("name", ShortString, "The object's name."),
                output("results", Map, "The object as it is."),
            ],
            description: "Tells what an object is.",
        },
        Method {
            name: "getLogHiresTimestamp",
            arguments: &[output("logHires", Bool, "Log times are exact to the nanosecond.")],
            description: "Tells whether log times are exact.",
        },
        Method {
            name: "setLogHiresTimestamp",
            arguments: &[input("logHires", Bool, "Log times are exact to the nanosecond.")],
            description: "Says whether log times are exact.",
        },
        Method {
            name: "queueRedirect",
            arguments: &[
                input("sourceQueue", ShortString, "The queue whose messages are redirected."),
                input("targetQueue", ShortString, "The queue that gets them; empty ends it."),
            ],
            description: "Sends one queue's messages to another, or ends that.",
        },
        Method { name: "shutdown", arguments: &[], description: "Ends the broker." },
    ],
};
