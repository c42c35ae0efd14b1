//! Connections, their sessions and subscriptions.

use super::declare::{property, statistic};
use super::{
    Access::{ReadCreate, ReadOnly},
    BROKER_PACKAGE, Class, Method,
    Type::{AbsTime, Bool, LongString, Map, Reference, ShortString, Uint16, Uint32, Uint64},
};

/// Class `connection`: a connection.
pub static CONNECTION: Class = Class {
    package: BROKER_PACKAGE,
    name: "connection",
    properties: &[
        property("vhostRef", Reference, ReadCreate, "Its virtual host.").index().parent("vhost"),
        property("address", ShortString, ReadCreate, "Both ends' addresses.").index(),
        property("incoming", Bool, ReadCreate, "The peer opened it."),
        property("SystemConnection", Bool, ReadCreate, "No longer used."),
        property("userProxyAuth", Bool, ReadOnly, "No longer used."),
        property("federationLink", Bool, ReadOnly, "No longer used."),
        property("authIdentity", ShortString, ReadOnly, "Who the peer proved to be."),
        property("remoteProcessName", LongString, ReadOnly, "The client program's name.")
            .optional(),
        property("remotePid", Uint32, ReadOnly, "The client program's process id.").optional(),
        property(
            "remoteParentPid",
            Uint32,
            ReadOnly,
            "The process id of the client program's parent.",
        )
        .optional(),
        property("shadow", Bool, ReadOnly, "No longer used."),
        property("saslMechanism", ShortString, ReadOnly, "How the peer proved who it is."),
        property("saslSsf", Uint16, ReadOnly, "The strength of encryption in bits."),
        property("remoteProperties", Map, ReadOnly, "What the peer told of itself."),
        property("protocol", ShortString, ReadCreate, "The protocol it speaks."),
    ],
    statistics: &[
        statistic("closing", Bool, "It is being closed on demand."),
        statistic("framesFromClient", Uint64, "Frames received."),
        statistic("framesToClient", Uint64, "Frames sent."),
        statistic("bytesFromClient", Uint64, "Bytes received."),
        statistic("bytesToClient", Uint64, "Bytes sent."),
        statistic("msgsFromClient", Uint64, "Messages received."),
        statistic("msgsToClient", Uint64, "Messages sent."),
    ],
    methods: &[Method { name: "close", arguments: &[], description: "Closes it." }],
};

/// Class `session`: a session.
pub static SESSION: Class = Class {
    package: BROKER_PACKAGE,
    name: "session",
    properties: &[
        property("vhostRef", Reference, ReadCreate, "Its virtual host.").index().parent("vhost"),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("fullName", LongString, ReadOnly, "Its name with that of its user.").optional(),
        property("channelId", Uint16, ReadOnly, "Its channel."),
        property("connectionRef", Reference, ReadOnly, "Its connection.").references("connection"),
        property("detachedLifespan", Uint32, ReadOnly, "No longer used.").unit("second"),
        property("attached", Bool, ReadOnly, "It is attached to a connection."),
        property("expireTime", AbsTime, ReadOnly, "When it ends if nobody attaches it.").optional(),
        property("maxClientRate", Uint32, ReadOnly, "No longer used.").optional().unit("msgs/sec"),
    ],
    statistics: &[
        statistic("unackedMessages", Uint64, "Messages delivered and not yet settled.")
            .unit("message"),
        statistic("TxnStarts", Uint64, "Transactions begun.").unit("transaction"),
        statistic("TxnCommits", Uint64, "Transactions committed.").unit("transaction"),
        statistic("TxnRejects", Uint64, "Transactions rolled back.").unit("transaction"),
        statistic("TxnCount", Uint32, "Transactions under way.").unit("transaction"),
        statistic("clientCredit", Uint32, "No longer used.").unit("message"),
        statistic("framesOutstanding", Uint32, "No longer used."),
    ],
    methods: &[
        Method { name: "solicitAck", arguments: &[], description: "Asks for acknowledgement." },
        Method { name: "detach", arguments: &[], description: "Detaches it." },
        Method {
            name: "resetLifespan",
            arguments: &[],
            description: "Starts its time to live anew.",
        },
        Method { name: "close", arguments: &[], description: "Closes it." },
    ],
};

/// Class `subscription`: a session's subscription to a queue.
pub static SUBSCRIPTION: Class = Class {
    package: BROKER_PACKAGE,
    name: "subscription",
    properties: &[
        property("sessionRef", Reference, ReadCreate, "Its session.").index().parent("session"),
        property("queueRef", Reference, ReadCreate, "Its queue.").index().references("queue"),
        property("name", ShortString, ReadCreate, "Its destination.").index(),
        property("browsing", Bool, ReadCreate, "It looks at messages and leaves them."),
        property("acknowledged", Bool, ReadCreate, "Its deliveries are to be accepted."),
        property("exclusive", Bool, ReadCreate, "Nobody else may subscribe."),
        property("creditMode", ShortString, ReadOnly, "WINDOW or CREDIT."),
        property("arguments", Map, ReadCreate, "Arguments it was made with."),
    ],
    statistics: &[statistic("delivered", Uint64, "Messages delivered.").unit("message")],
    methods: &[],
};
