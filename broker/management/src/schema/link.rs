//! Links to other brokers and the bridges over them.

use super::declare::{input, property, statistic};
use super::{
    Access::{ReadCreate, ReadOnly},
    BROKER_PACKAGE, Class, Method,
    Type::{Bool, LongString, Reference, ShortString, Uint16, Uint32},
};

/// Class `link`: a connection to another broker.
pub static LINK: Class = Class {
    package: BROKER_PACKAGE,
    name: "link",
    properties: &[
        property("vhostRef", Reference, ReadCreate, "Its virtual host.").index().parent("vhost"),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("host", ShortString, ReadOnly, "The peer's host."),
        property("port", Uint16, ReadOnly, "The peer's port."),
        property("transport", ShortString, ReadOnly, "The transport."),
        property("durable", Bool, ReadCreate, "It survives a restart."),
        property("connectionRef", Reference, ReadOnly, "Its connection.").references("connection"),
    ],
    statistics: &[
        statistic("state", ShortString, "How the link stands."),
        statistic("lastError", LongString, "Why the link does not work."),
    ],
    methods: &[
        Method { name: "close", arguments: &[], description: "Closes it." },
        Method {
            name: "bridge",
            arguments: &[
                input("durable", Bool, "It survives a restart."),
                input("src", ShortString, "Where messages come from."),
                input("dest", ShortString, "Where messages go."),
                input("key", LongString, "The key to bind with."),
                input("tag", ShortString, "The tag of this end."),
                input("excludes", ShortString, "Tags whose messages stay away."),
                input("srcIsQueue", Bool, "Messages come from a queue."),
                input("srcIsLocal", Bool, "Messages go to the peer."),
                input("dynamic", Bool, "Bind as the other end is bound."),
                input("sync", Uint16, "Messages between two acknowledgements."),
                input("credit", Uint32, "Messages the peer may send ahead; 0 for any number."),
            ],
            description: "Passes messages over the link.",
        },
    ],
};

/// Class `bridge`: what is passed over a link.
pub static BRIDGE: Class = Class {
    package: BROKER_PACKAGE,
    name: "bridge",
    properties: &[
        property("linkRef", Reference, ReadCreate, "Its link.").index().parent("link"),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("channelId", Uint16, ReadOnly, "Its channel."),
        property("durable", Bool, ReadCreate, "It survives a restart."),
        property("src", ShortString, ReadCreate, "Where messages come from."),
        property("dest", ShortString, ReadCreate, "Where messages go."),
        property("key", LongString, ReadCreate, "The key that it binds with."),
        property("srcIsQueue", Bool, ReadCreate, "Messages come from a queue."),
        property("srcIsLocal", Bool, ReadCreate, "Messages go to the peer."),
        property(
            "tag",
            ShortString,
            ReadCreate,
            "The tag of this end, put into each message's trace.",
        ),
        property("excludes", ShortString, ReadCreate, "Tags whose messages stay away."),
        property("dynamic", Bool, ReadCreate, "It binds as the other end is bound."),
        property("sync", Uint16, ReadCreate, "Messages between two acknowledgements."),
        property(
            "credit",
            Uint32,
            ReadCreate,
            "Messages the peer may send ahead; 0 for any number.",
        ),
    ],
    statistics: &[],
    methods: &[Method { name: "close", arguments: &[], description: "Closes it." }],
};
