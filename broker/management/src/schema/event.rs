//! Events of the broker, in its schema's order.

use super::declare::output;
use super::{
    BROKER_PACKAGE, EventClass, Severity,
    Type::{Bool, LongString, Map, ShortString, Uint64},
};

/// Events of the broker, in its schema's order.
pub static BROKER_EVENTS: [EventClass; 18] = [
    EventClass {
        package: BROKER_PACKAGE,
        name: "clientConnect",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("properties", Map, "What the peer told of itself."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "clientConnectFail",
        severity: Severity::Warning,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("reason", LongString, "Why it failed."),
            output("properties", Map, "What the peer told of itself."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "clientDisconnect",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("properties", Map, "What the peer told of itself."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "brokerLinkUp",
        severity: Severity::Inform,
        arguments: &[output("rhost", ShortString, "The peer's address.")],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "brokerLinkDown",
        severity: Severity::Warning,
        arguments: &[output("rhost", ShortString, "The peer's address.")],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "queueDeclare",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("qName", ShortString, "The queue."),
            output("durable", Bool, "It survives a restart."),
            output("excl", Bool, "It is for one user alone."),
            output("autoDel", Bool, "It goes when nobody uses it any more."),
            output("altEx", ShortString, "The alternate exchange."),
            output("args", Map, "Arguments that came with it."),
            output("disp", ShortString, "created or existing."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "queueDelete",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("qName", ShortString, "The queue."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "exchangeDeclare",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("exName", ShortString, "The exchange."),
            output("exType", ShortString, "The exchange's type."),
            output("altEx", ShortString, "The alternate exchange."),
            output("durable", Bool, "It survives a restart."),
            output("autoDel", Bool, "It goes when nobody uses it any more."),
            output("args", Map, "Arguments that came with it."),
            output("disp", ShortString, "created or existing."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "exchangeDelete",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("exName", ShortString, "The exchange."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "bind",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("exName", ShortString, "The exchange."),
            output("qName", ShortString, "The queue."),
            output("key", LongString, "The binding key."),
            output("args", Map, "Arguments that came with it."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "unbind",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("exName", ShortString, "The exchange."),
            output("qName", ShortString, "The queue."),
            output("key", LongString, "The binding key."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "subscribe",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("qName", ShortString, "The queue."),
            output("dest", ShortString, "The subscription's destination."),
            output("excl", Bool, "It is for one user alone."),
            output("args", Map, "Arguments that came with it."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "unsubscribe",
        severity: Severity::Inform,
        arguments: &[
            output("rhost", ShortString, "The peer's address."),
            output("user", ShortString, "Who did it."),
            output("dest", ShortString, "The subscription's destination."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "queueThresholdCrossedUpward",
        severity: Severity::Inform,
        arguments: &[
            output("qName", ShortString, "The queue."),
            output("msgDepth", Uint64, "Messages in the queue."),
            output("byteDepth", Uint64, "Bytes in the queue."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "queueThresholdCrossedDownward",
        severity: Severity::Inform,
        arguments: &[
            output("qName", ShortString, "The queue."),
            output("msgDepth", Uint64, "Messages in the queue."),
            output("byteDepth", Uint64, "Bytes in the queue."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "queueRedirect",
        severity: Severity::Inform,
        arguments: &[
            output("qName", ShortString, "The queue."),
            output("qTarget", ShortString, "The target of the redirection."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "queueRedirectCancelled",
        severity: Severity::Inform,
        arguments: &[
            output("qName", ShortString, "The queue."),
            output("qTarget", ShortString, "The target of the redirection."),
        ],
    },
    EventClass {
        package: BROKER_PACKAGE,
        name: "queueThresholdExceeded",
        severity: Severity::Warning,
        arguments: &[
            output("qName", ShortString, "The queue."),
            output("msgDepth", Uint64, "Messages in the queue."),
            output("byteDepth", Uint64, "Bytes in the queue."),
        ],
    },
];
