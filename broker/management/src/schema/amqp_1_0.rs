//! What AMQP 1.0 adds: links, domains, topics and policies.

use super::declare::{property, statistic};
use super::{
    Access::{ReadCreate, ReadOnly},
    BROKER_PACKAGE, Class,
    Type::{Bool, Map, Reference, ShortString, Uint64},
};

/// Class `incoming`: an AMQP 1.0 link to the broker.
pub static INCOMING: Class = Class {
    package: BROKER_PACKAGE,
    name: "incoming",
    properties: &[
        property("sessionRef", Reference, ReadCreate, "Its session.").parent("session"),
        property("containerid", ShortString, ReadCreate, "The peer's container.").index(),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("source", ShortString, ReadCreate, "The link's source."),
        property("target", ShortString, ReadCreate, "The link's target."),
        property("domain", ShortString, ReadCreate, "The domain it was made through."),
    ],
    statistics: &[statistic("transfers", Uint64, "Messages transferred.").unit("message")],
    methods: &[],
};

/// Class `outgoing`: an AMQP 1.0 link from the broker.
pub static OUTGOING: Class = Class {
    package: BROKER_PACKAGE,
    name: "outgoing",
    properties: &[
        property("sessionRef", Reference, ReadCreate, "Its session.").parent("session"),
        property("containerid", ShortString, ReadCreate, "The peer's container.").index(),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("source", ShortString, ReadCreate, "The link's source."),
        property("target", ShortString, ReadCreate, "The link's target."),
        property("domain", ShortString, ReadCreate, "The domain it was made through."),
    ],
    statistics: &[statistic("transfers", Uint64, "Messages transferred.").unit("message")],
    methods: &[],
};

/// Class `domain`: where AMQP 1.0 links lead to other brokers.
pub static DOMAIN: Class = Class {
    package: BROKER_PACKAGE,
    name: "domain",
    properties: &[
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("durable", Bool, ReadCreate, "It survives a restart."),
        property("url", ShortString, ReadOnly, "Where it leads."),
        property("mechanisms", ShortString, ReadOnly, "Mechanisms to log in by."),
        property("username", ShortString, ReadOnly, "Who logs in."),
        property("password", ShortString, ReadOnly, "The password, never shown."),
    ],
    statistics: &[],
    methods: &[],
};

/// Class `topic`: an AMQP 1.0 topic over an exchange.
pub static TOPIC: Class = Class {
    package: BROKER_PACKAGE,
    name: "topic",
    properties: &[
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("exchangeRef", Reference, ReadCreate, "Its exchange.").references("exchange"),
        property("durable", Bool, ReadCreate, "It survives a restart."),
        property("properties", Map, ReadOnly, "What objects made by it are given."),
    ],
    statistics: &[],
    methods: &[],
};

/// Class `queuepolicy`: how queues are made on demand.
pub static QUEUE_POLICY: Class = Class {
    package: BROKER_PACKAGE,
    name: "queuepolicy",
    properties: &[
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("properties", Map, ReadOnly, "What objects made by it are given."),
    ],
    statistics: &[],
    methods: &[],
};

/// Class `topicpolicy`: how topics are made on demand.
pub static TOPIC_POLICY: Class = Class {
    package: BROKER_PACKAGE,
    name: "topicpolicy",
    properties: &[
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property("properties", Map, ReadOnly, "What objects made by it are given."),
    ],
    statistics: &[],
    methods: &[],
};
