//! All classes and events, and finding them by name.

use super::{
    ACL, ACL_EVENTS, ACL_PACKAGE, AGENT, BINDING, BRIDGE, BROKER, BROKER_EVENTS, BROKER_PACKAGE,
    CONNECTION, Class, DOMAIN, EXCHANGE, EventClass, INCOMING, LINK, MEMORY, OUTGOING,
    PHILTER_PACKAGE, PLUGIN, QUEUE, QUEUE_POLICY, SESSION, SETUP_STATE, SUBSCRIPTION, SYSTEM,
    TOPIC, TOPIC_POLICY, VHOST,
};

static CLASSES: [&Class; 22] = [
    &SYSTEM,
    &MEMORY,
    &BROKER,
    &AGENT,
    &VHOST,
    &QUEUE,
    &EXCHANGE,
    &BINDING,
    &SUBSCRIPTION,
    &CONNECTION,
    &INCOMING,
    &OUTGOING,
    &DOMAIN,
    &TOPIC,
    &QUEUE_POLICY,
    &TOPIC_POLICY,
    &LINK,
    &BRIDGE,
    &SESSION,
    &SETUP_STATE,
    &ACL,
    &PLUGIN,
];

/// The packages.
pub fn packages() -> &'static [&'static str] {
    &[BROKER_PACKAGE, ACL_PACKAGE, PHILTER_PACKAGE]
}

/// Every class, package by package, in the schemas' order; ours last.
pub fn classes() -> &'static [&'static Class] {
    &CLASSES
}

/// Every class of events, package by package, in the schemas' order.
pub fn events() -> impl Iterator<Item = &'static EventClass> {
    BROKER_EVENTS.iter().chain(&ACL_EVENTS)
}

/// The class of this name; an empty package stands for any.
pub fn find_class(package: &str, name: &str) -> Option<&'static Class> {
    let is_it =
        |class: &&&Class| class.name == name && (package.is_empty() || class.package == package);
    classes().iter().find(is_it).copied()
}

/// The class of events of this name; an empty package stands for any.
pub fn find_event(package: &str, name: &str) -> Option<&'static EventClass> {
    let is_it = |class: &&EventClass| {
        class.name == name && (package.is_empty() || class.package == package)
    };
    events().find(is_it)
}

#[cfg(test)]
mod tests;
