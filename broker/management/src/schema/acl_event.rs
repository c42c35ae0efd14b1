//! Events of the rules, in their schema's order.

use super::declare::output;
use super::{
    ACL_PACKAGE, EventClass, Severity,
    Type::{LongString, Map, ShortString},
};

/// Events of the rules, in their schema's order.
pub static ACL_EVENTS: [EventClass; 6] = [
    EventClass {
        package: ACL_PACKAGE,
        name: "allow",
        severity: Severity::Inform,
        arguments: &[
            output("userId", ShortString, "The user."),
            output("action", ShortString, "The action."),
            output("objectType", ShortString, "The kind of object."),
            output("objectName", ShortString, "The object's name."),
            output("arguments", Map, "Properties of the request."),
        ],
    },
    EventClass {
        package: ACL_PACKAGE,
        name: "deny",
        severity: Severity::Notice,
        arguments: &[
            output("userId", ShortString, "The user."),
            output("action", ShortString, "The action."),
            output("objectType", ShortString, "The kind of object."),
            output("objectName", ShortString, "The object's name."),
            output("arguments", Map, "Properties of the request."),
        ],
    },
    EventClass {
        package: ACL_PACKAGE,
        name: "connectionDeny",
        severity: Severity::Notice,
        arguments: &[
            output("userId", ShortString, "The user."),
            output("clientAddr", ShortString, "The peer's address."),
        ],
    },
    EventClass {
        package: ACL_PACKAGE,
        name: "queueQuotaDeny",
        severity: Severity::Notice,
        arguments: &[
            output("userId", ShortString, "The user."),
            output("queueName", ShortString, "The queue."),
        ],
    },
    EventClass {
        package: ACL_PACKAGE,
        name: "fileLoaded",
        severity: Severity::Inform,
        arguments: &[output("userId", ShortString, "The user.")],
    },
    EventClass {
        package: ACL_PACKAGE,
        name: "fileLoadFailed",
        severity: Severity::Error,
        arguments: &[
            output("userId", ShortString, "The user."),
            output("reason", LongString, "Why it failed."),
        ],
    },
];
