//! Queues.

use super::declare::{input, property, statistic};
use super::{
    Access::{ReadCreate, ReadOnly},
    BROKER_PACKAGE, Class, Method,
    Type::{Bool, DeltaTime, Map, Reference, ShortString, Uint32, Uint64},
};

/// Class `queue`: a queue.
pub static QUEUE: Class = Class {
    package: BROKER_PACKAGE,
    name: "queue",
    properties: &[
        property("vhostRef", Reference, ReadCreate, "Its virtual host.").index().parent("vhost"),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("durable", Bool, ReadCreate, "It survives a restart."),
        property("autoDelete", Bool, ReadCreate, "It goes when nobody uses it any more."),
        property("exclusive", Bool, ReadOnly, "One session alone may use it."),
        property("arguments", Map, ReadOnly, "Arguments it was declared with."),
        property(
            "altExchange",
            Reference,
            ReadOnly,
            "Where messages go that it cannot keep or route.",
        )
        .optional()
        .references("exchange"),
    ],
    statistics: &[
        statistic("msgTotalEnqueues", Uint64, "Messages enqueued.").unit("message"),
        statistic("msgTotalDequeues", Uint64, "Messages dequeued.").unit("message"),
        statistic("msgTxnEnqueues", Uint64, "Messages enqueued in transactions.").unit("message"),
        statistic("msgTxnDequeues", Uint64, "Messages dequeued in transactions.").unit("message"),
        statistic("msgPersistEnqueues", Uint64, "Durable messages enqueued.").unit("message"),
        statistic("msgPersistDequeues", Uint64, "Durable messages dequeued.").unit("message"),
        statistic("msgDepth", Uint64, "Messages on queues now.").unit("message"),
        statistic("byteDepth", Uint64, "Bytes on queues now.").unit("octet"),
        statistic("byteTotalEnqueues", Uint64, "Bytes enqueued.").unit("octet"),
        statistic("byteTotalDequeues", Uint64, "Bytes dequeued.").unit("octet"),
        statistic("byteTxnEnqueues", Uint64, "Bytes enqueued in transactions.").unit("octet"),
        statistic("byteTxnDequeues", Uint64, "Bytes dequeued in transactions.").unit("octet"),
        statistic("bytePersistEnqueues", Uint64, "Bytes of durable messages enqueued.")
            .unit("octet"),
        statistic("bytePersistDequeues", Uint64, "Bytes of durable messages dequeued.")
            .unit("octet"),
        statistic("msgFtdEnqueues", Uint64, "No longer used.").unit("message"),
        statistic("msgFtdDequeues", Uint64, "No longer used.").unit("message"),
        statistic("byteFtdEnqueues", Uint64, "No longer used.").unit("octet"),
        statistic("byteFtdDequeues", Uint64, "No longer used.").unit("octet"),
        statistic("msgFtdDepth", Uint64, "No longer used.").unit("message"),
        statistic("byteFtdDepth", Uint64, "No longer used.").unit("octet"),
        statistic("releases", Uint64, "Messages that were given back.").unit("message"),
        statistic("acquires", Uint64, "Messages that were acquired.").unit("message"),
        statistic("discardsTtl", Uint64, "Messages dropped when their time was over.")
            .unit("message"),
        statistic("discardsRing", Uint64, "Messages pushed out of ring queues.").unit("message"),
        statistic("discardsLvq", Uint64, "Messages replaced by a newer value.").unit("message"),
        statistic("discardsOverflow", Uint64, "Messages refused by a limit.").unit("message"),
        statistic("discardsSubscriber", Uint64, "Messages rejected by consumers.").unit("message"),
        statistic("discardsPurge", Uint64, "Messages purged.").unit("message"),
        statistic("reroutes", Uint64, "Messages routed anew on demand.").unit("message"),
        statistic("consumerCount", Uint32, "Consumers.").unit("consumer"),
        statistic("consumerCountHigh", Uint32, "Consumers, the most since the last broadcast.")
            .unit("consumer"),
        statistic("consumerCountLow", Uint32, "Consumers, the least since the last broadcast.")
            .unit("consumer"),
        statistic("bindingCount", Uint32, "Bindings.").unit("binding"),
        statistic("bindingCountHigh", Uint32, "Bindings, the most since the last broadcast.")
            .unit("binding"),
        statistic("bindingCountLow", Uint32, "Bindings, the least since the last broadcast.")
            .unit("binding"),
        statistic("unackedMessages", Uint32, "Messages delivered and not yet settled.")
            .unit("message"),
        statistic(
            "unackedMessagesHigh",
            Uint32,
            "Messages delivered and not yet settled, the most since the last broadcast.",
        )
        .unit("message"),
        statistic(
            "unackedMessagesLow",
            Uint32,
            "Messages delivered and not yet settled, the least since the last broadcast.",
        )
        .unit("message"),
        statistic("messageLatencySamples", DeltaTime, "No longer used.").unit("nanosecond"),
        statistic("messageLatencyMin", DeltaTime, "No longer used.").unit("nanosecond"),
        statistic("messageLatencyMax", DeltaTime, "No longer used.").unit("nanosecond"),
        statistic("messageLatencyAverage", DeltaTime, "No longer used.").unit("nanosecond"),
        statistic("flowStopped", Bool, "Publishers are held back."),
        statistic("flowStoppedCount", Uint32, "How often publishers were held back."),
        statistic("redirectPeer", ShortString, "The other queue of a redirection."),
        statistic("redirectSource", Bool, "It is the source of a redirection."),
        statistic("creator", ShortString, "Who declared it."),
    ],
    methods: &[
        Method {
            name: "purge",
            arguments: &[
                input("request", Uint32, "How many messages; 0 for all."),
                input("filter", Map, "Which messages; all if it is empty."),
            ],
            description: "Drops messages.",
        },
        Method {
            name: "reroute",
            arguments: &[
                input("request", Uint32, "How many messages; 0 for all."),
                input("useAltExchange", Bool, "Route by the queue's alternate exchange."),
                input("exchange", ShortString, "The exchange to route by."),
                input("filter", Map, "Which messages; all if it is empty."),
            ],
            description: "Takes messages out and routes them anew.",
        },
    ],
};
