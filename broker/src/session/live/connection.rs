//! A live connection: who is at the other end, what went over it, and what it is told to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use philter_plugin_api::Value;
use philter_protocol::traffic::Traffic as WireTraffic;

use crate::clock::unix_ns;
use crate::net::Mailbox;

/// What the other end said of itself, and how it proved it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remote {
    /// The authenticated identity.
    pub(crate) identity: String,
    /// The SASL mechanism.
    pub(crate) mechanism: String,
    /// The protocol, as `AMQP 0-10`.
    pub(crate) protocol: &'static str,
    /// The virtual host that it is in.
    pub(crate) virtual_host: Arc<str>,
    /// What it said of itself when it connected.
    pub(crate) properties: Vec<(String, Value)>,
}

impl Remote {
    /// The name of its executable, where it said so.
    pub(crate) fn process_name(&self) -> Option<&str> {
        match self.property("qpid.client_process") {
            Some(Value::String(name)) => Some(name),
            _ => None,
        }
    }

    /// Its process id.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.number("qpid.client_pid")
    }

    /// The id of the process that started it.
    pub(crate) fn parent_process_id(&self) -> Option<u32> {
        self.number("qpid.client_ppid")
    }

    fn property(&self, name: &str) -> Option<&Value> {
        self.properties.iter().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    fn number(&self, name: &str) -> Option<u32> {
        match *self.property(name)? {
            Value::Int(value) => u32::try_from(value).ok(),
            Value::Uint(value) => Some(value),
            Value::Long(value) => u32::try_from(value).ok(),
            Value::Ulong(value) => u32::try_from(value).ok(),
            _ => None,
        }
    }
}

/// What went over a connection, from its beginning on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) wire: WireTraffic,
    pub(crate) messages_in: u64,
    pub(crate) messages_out: u64,
}

/// What a connection is told to do by somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Close, with a code of the protocol and a text.
    Close {
        /// A reply-code.
        code: u16,
        /// Why, for the peer and the log.
        text: String,
    },
    /// Detach a session.
    Detach {
        /// Its number in the directory.
        session: u64,
    },
    /// Give up a session: another connection takes it over.
    HandOver {
        /// Its name.
        name: Bytes,
    },
}

/// A connection in the directory.
pub(crate) struct LiveConnection {
    /// Its number in the directory.
    pub(crate) number: u64,
    /// As Qpid's brokers name it: `qpid.127.0.0.1:5672-127.0.0.1:40000`, this end first.
    pub(crate) address: String,
    /// Who is at the other end.
    pub(crate) remote: Remote,
    /// When it was opened, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
    is_closing: AtomicBool,
    counters: [AtomicU64; 6],
    has_orders: AtomicBool,
    orders: Mutex<Vec<Order>>,
    mailbox: Arc<Mailbox>,
}

impl LiveConnection {
    /// A connection that was opened just now.
    pub(crate) fn new(
        number: u64,
        address: impl Into<String>,
        remote: Remote,
        mailbox: Arc<Mailbox>,
    ) -> Self {
        Self {
            number,
            address: address.into(),
            remote,
            created_ns: unix_ns(),
            is_closing: AtomicBool::new(false),
            counters: Default::default(),
            has_orders: AtomicBool::new(false),
            orders: Mutex::default(),
            mailbox,
        }
    }

    /// What went over it up to its last turn.
    pub(crate) fn traffic(&self) -> Traffic {
        let values = self.counters.each_ref().map(|counter| counter.load(Ordering::Relaxed));
        let [frames_in, frames_out, bytes_in, bytes_out, messages_in, messages_out] = values;
        let wire = WireTraffic { frames_in, frames_out, bytes_in, bytes_out };
        Traffic { wire, messages_in, messages_out }
    }

    /// Sets what went over it; its own task calls this once a turn.
    pub(crate) fn record(&self, traffic: &Traffic) {
        let Traffic { wire, messages_in, messages_out } = *traffic;
        let WireTraffic { frames_in, frames_out, bytes_in, bytes_out } = wire;
        let values = [frames_in, frames_out, bytes_in, bytes_out, messages_in, messages_out];
        for (counter, value) in self.counters.iter().zip(values) {
            counter.store(value, Ordering::Relaxed);
        }
    }

    /// Whether it was told to close.
    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// Closes it, with a code of its protocol and a text.
    pub(crate) fn close(&self, code: u16, text: &str) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.order(Order::Close { code, text: text.to_owned() });
    }

    /// Tells it to do something, on its next turn; what it is told already it does once.
    pub(crate) fn order(&self, order: Order) {
        let mut orders = self.orders.lock();
        if !orders.contains(&order) {
            orders.push(order);
        }
        drop(orders);
        self.has_orders.store(true, Ordering::Release);
        self.mailbox.ring();
    }

    /// Takes what it is told, in order. Costs a load where there is nothing.
    pub(crate) fn take_orders(&self) -> Vec<Order> {
        if self.has_orders.load(Ordering::Acquire) {
            self.has_orders.store(false, Ordering::Release);
            return std::mem::take(&mut *self.orders.lock());
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_known_by_what_it_says_of_itself() {
        let properties = vec![
            ("qpid.client_process".to_owned(), Value::String("drain".into())),
            ("qpid.client_pid".to_owned(), Value::Long(4_711)),
            ("qpid.client_ppid".to_owned(), Value::Int(-1)),
        ];
        let remote = Remote { properties, ..Remote::default() };
        assert_eq!(remote.process_name(), Some("drain"));
        assert_eq!(remote.process_id(), Some(4_711));
        assert_eq!(remote.parent_process_id(), None);
    }

    #[test]
    fn what_was_recorded_is_read() {
        let connection = LiveConnection::new(1, "a-b", Remote::default(), Mailbox::new());
        let wire = WireTraffic { frames_in: 1, frames_out: 2, bytes_in: 3, bytes_out: 4 };
        let traffic = Traffic { wire, messages_in: 5, messages_out: 6 };
        connection.record(&traffic);
        assert_eq!(connection.traffic(), traffic);
    }

    #[test]
    fn an_order_is_taken_once() {
        let connection = LiveConnection::new(1, "a-b", Remote::default(), Mailbox::new());
        assert!(connection.take_orders().is_empty());
        connection.close(320, "enough");
        connection.close(320, "enough");
        assert!(connection.is_closing());
        let order = Order::Close { code: 320, text: "enough".into() };
        assert_eq!(connection.take_orders(), [order]);
        assert!(connection.take_orders().is_empty());
    }
}
