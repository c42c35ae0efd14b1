//! How objects are named: `package:class:key`, as Qpid's tools expect.
//!
//! Invariant: a name that an object shows is the name by which it is found.

use philter_management::object::ObjectName;

/// The broker's key among brokers.
pub(super) const BROKER_KEY: &str = "amqp-broker";

/// The broker.
pub(super) fn broker() -> ObjectName {
    of("broker", BROKER_KEY)
}

/// The machine.
pub(super) fn system(id: &str) -> ObjectName {
    of("system", id)
}

/// A virtual host.
pub(super) fn vhost(name: &str) -> ObjectName {
    of("vhost", &vhost_key(name))
}

/// A virtual host's key.
pub(super) fn vhost_key(name: &str) -> String {
    format!("{},{name}", broker())
}

/// A queue.
pub(super) fn queue(name: &str) -> ObjectName {
    of("queue", name)
}

/// An exchange.
pub(super) fn exchange(name: &str) -> ObjectName {
    of("exchange", name)
}

/// A connection, by its address.
pub(super) fn connection(address: &str) -> ObjectName {
    of("connection", address)
}

/// A session, by its full name.
pub(super) fn session(name: &str) -> ObjectName {
    of("session", name)
}

/// A binding's key.
pub(super) fn binding_key(exchange_name: &str, queue_name: &str, key: &str) -> String {
    format!("{},{},{key}", exchange(exchange_name), queue(queue_name))
}

/// A subscription's key.
pub(super) fn subscription_key(session_name: &str, queue_name: &str, name: &str) -> String {
    format!("{},{},{name}", session(session_name), queue(queue_name))
}

/// The key of a type that a plugin offers.
pub(super) fn plugin_key(kind: &str, type_name: &str) -> String {
    format!("{kind},{type_name}")
}

/// Package, class and key of a name.
pub(super) fn parts(name: &ObjectName) -> Option<(&str, &str, &str)> {
    let (package, rest) = name.0.split_once(':')?;
    let (class, key) = rest.split_once(':')?;
    Some((package, class, key))
}

fn of(class: &str, key: &str) -> ObjectName {
    ObjectName(format!("org.apache.qpid.broker:{class}:{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_of_the_names_it_refers_to() {
        assert_eq!(
            binding_key("amq.topic", "q", "a.#"),
            "org.apache.qpid.broker:exchange:amq.topic,org.apache.qpid.broker:queue:q,a.#"
        );
        assert_eq!(vhost_key("/"), "org.apache.qpid.broker:broker:amqp-broker,/");
    }

    #[test]
    fn a_key_may_hold_colons() {
        let name = connection("qpid.[::1]:5672-[::1]:4000");
        let parts = parts(&name).unwrap();
        assert_eq!(parts, ("org.apache.qpid.broker", "connection", "qpid.[::1]:5672-[::1]:4000"));
    }
}
