//! Definitions that outlive the broker, as keys and values of a store: each value is a map in AMQP
//! 1.0's encoding (part 1, types).
//!
//! | key | what |
//! |---|---|
//! | `host/NAME` | a virtual host that was made by management |
//! | `exchange/LENGTH/HOST/ID` | a durable exchange by its number, as which what waits is stored |
//! | `queue/LENGTH/HOST/ID` | a durable queue by its number, under which its entries are stored |
//! | `binding/LENGTH/HOST/ID` | a binding between what is durable |
//! | `branch/LENGTH/HOST/XID` | a prepared branch, XID in hexadecimal digits |
//! | `clean` | the broker ended in order: delivery counts are exact from the entry that it names |
//!
//! LENGTH is HOST's in bytes, ID has leading zeros. By number, not by name: what is deleted and
//! made again under its name at the same moment by two connections is two things. A branch's value
//! is no map: see `branch.rs`.

use philter_plugin_api::{MapRef, Protocol, Value, ValueRef, encode_map};

/// Stands while the store is as a broker left it in order.
pub(super) const CLEAN: &str = "clean";

/// Digits of the largest id.
const ID_DIGITS: usize = 20;

/// The key of a virtual host.
pub(crate) fn host_key(host: &str) -> String {
    format!("host/{host}")
}

pub(super) fn key_in(kind: &str, host: &str, name: &str) -> String {
    format!("{kind}/{}/{host}/{name}", host.len())
}

/// The key of an exchange.
pub(crate) fn exchange_key(host: &str, number: u64) -> String {
    numbered("exchange", host, number)
}

/// The key of a queue.
pub(crate) fn queue_key(host: &str, number: u64) -> String {
    numbered("queue", host, number)
}

/// The key of a binding.
pub(crate) fn binding_key(host: &str, id: u64) -> String {
    numbered("binding", host, id)
}

fn numbered(kind: &str, host: &str, id: u64) -> String {
    key_in(kind, host, &format!("{id:0ID_DIGITS$}"))
}

/// An exchange as it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredExchange {
    pub(crate) host: String,
    pub(crate) name: String,
    pub(crate) type_name: String,
    pub(crate) alternate: Option<String>,
    pub(crate) is_auto_delete: bool,
    pub(crate) is_internal: bool,
    pub(crate) declared_by: Protocol,
    /// Under which its waiting messages are stored, where it delays.
    pub(crate) number: u64,
    pub(crate) arguments: Vec<u8>,
}

/// A queue as it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredQueue {
    pub(crate) host: String,
    pub(crate) name: String,
    pub(crate) number: u64,
    pub(crate) alternate: Option<String>,
    pub(crate) is_auto_delete: bool,
    /// A session had exclusive use.
    pub(crate) was_exclusive: bool,
    pub(crate) declared_by: Protocol,
    pub(crate) creator: String,
    pub(crate) arguments: Vec<u8>,
}

/// A binding as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredBinding {
    pub(crate) host: String,
    pub(crate) id: u64,
    pub(crate) exchange: String,
    /// The exchange's number; none for one that stands in every broker.
    pub(crate) exchange_number: Option<u64>,
    pub(crate) to: String,
    /// Its number; none likewise.
    pub(crate) to_number: Option<u64>,
    /// `to` is an exchange, not a queue.
    pub(crate) is_to_exchange: bool,
    pub(crate) key: String,
    pub(crate) declared_by: Protocol,
    pub(crate) arguments: Vec<u8>,
}

/// A definition of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Definition {
    /// A virtual host.
    Host(String),
    /// An exchange.
    Exchange(StoredExchange),
    /// A queue.
    Queue(StoredQueue),
    /// A binding.
    Binding(StoredBinding),
}

impl StoredExchange {
    /// Its value.
    pub(crate) fn encode(&self) -> Vec<u8> {
        encode_map([
            ("host", text(&self.host)),
            ("name", text(&self.name)),
            ("type", text(&self.type_name)),
            ("alternate", optional(self.alternate.as_deref())),
            ("auto-delete", Value::Bool(self.is_auto_delete)),
            ("internal", Value::Bool(self.is_internal)),
            ("number", Value::Ulong(self.number)),
            ("protocol", Value::Uint(self.declared_by as u32)),
            ("arguments", Value::Binary(self.arguments.clone())),
        ])
    }
}

impl StoredQueue {
    /// Its value.
    pub(crate) fn encode(&self) -> Vec<u8> {
        encode_map([
            ("host", text(&self.host)),
            ("name", text(&self.name)),
            ("number", Value::Ulong(self.number)),
            ("alternate", optional(self.alternate.as_deref())),
            ("auto-delete", Value::Bool(self.is_auto_delete)),
            ("exclusive", Value::Bool(self.was_exclusive)),
            ("protocol", Value::Uint(self.declared_by as u32)),
            ("creator", text(&self.creator)),
            ("arguments", Value::Binary(self.arguments.clone())),
        ])
    }
}

impl StoredBinding {
    /// Its value.
    pub(crate) fn encode(&self) -> Vec<u8> {
        encode_map([
            ("host", text(&self.host)),
            ("id", Value::Ulong(self.id)),
            ("exchange", text(&self.exchange)),
            ("exchange-number", optional_number(self.exchange_number)),
            ("to", text(&self.to)),
            ("to-number", optional_number(self.to_number)),
            ("to-exchange", Value::Bool(self.is_to_exchange)),
            ("key", text(&self.key)),
            ("protocol", Value::Uint(self.declared_by as u32)),
            ("arguments", Value::Binary(self.arguments.clone())),
        ])
    }
}

impl Definition {
    /// What a key and its value say; none where they are no definition of this broker's.
    pub(super) fn decode(key: &str, value: &[u8]) -> Option<Self> {
        let (kind, rest) = key.split_once('/')?;
        if kind == "host" {
            return Some(Self::Host(rest.to_owned()));
        }
        let map = Fields(MapRef::parse(value).ok()?);
        Some(match kind {
            "exchange" => Self::Exchange(StoredExchange {
                host: map.text("host")?,
                name: map.text("name")?,
                type_name: map.text("type")?,
                alternate: map.text("alternate"),
                is_auto_delete: map.is_set("auto-delete"),
                is_internal: map.is_set("internal"),
                number: map.number("number")?,
                declared_by: map.protocol()?,
                arguments: map.arguments()?,
            }),
            "queue" => Self::Queue(StoredQueue {
                host: map.text("host")?,
                name: map.text("name")?,
                number: map.number("number")?,
                alternate: map.text("alternate"),
                is_auto_delete: map.is_set("auto-delete"),
                was_exclusive: map.is_set("exclusive"),
                declared_by: map.protocol()?,
                creator: map.text("creator")?,
                arguments: map.arguments()?,
            }),
            "binding" => Self::Binding(StoredBinding {
                host: map.text("host")?,
                id: map.number("id")?,
                exchange: map.text("exchange")?,
                exchange_number: map.number("exchange-number"),
                to: map.text("to")?,
                to_number: map.number("to-number"),
                is_to_exchange: map.is_set("to-exchange"),
                key: map.text("key")?,
                declared_by: map.protocol()?,
                arguments: map.arguments()?,
            }),
            _ => return None,
        })
    }
}

struct Fields<'a>(MapRef<'a>);

impl Fields<'_> {
    fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            ValueRef::String(text) => Some(text.to_owned()),
            _ => None,
        }
    }

    fn is_set(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(ValueRef::Bool(true)))
    }

    fn number(&self, name: &str) -> Option<u64> {
        match self.0.get(name)? {
            ValueRef::Ulong(number) => Some(number),
            _ => None,
        }
    }

    fn protocol(&self) -> Option<Protocol> {
        match self.0.get("protocol")? {
            ValueRef::Uint(number) => Protocol::from_number(number),
            _ => None,
        }
    }

    fn arguments(&self) -> Option<Vec<u8>> {
        match self.0.get("arguments")? {
            ValueRef::Binary(arguments) => Some(arguments.to_vec()),
            _ => None,
        }
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn optional(value: Option<&str>) -> Value {
    value.map_or(Value::Null, text)
}

fn optional_number(value: Option<u64>) -> Value {
    value.map_or(Value::Null, Value::Ulong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_gives_back_what_was_stored() {
        let exchange = StoredExchange {
            host: "a/b".to_owned(),
            name: "x".to_owned(),
            type_name: "topic".to_owned(),
            alternate: Some("other".to_owned()),
            is_auto_delete: true,
            is_internal: false,
            number: 7,
            declared_by: Protocol::V0_10,
            arguments: encode_map([("one", Value::Int(1))]),
        };
        let key = exchange_key(&exchange.host, exchange.number);
        let read = Definition::decode(&key, &exchange.encode());
        assert_eq!(read, Some(Definition::Exchange(exchange)));
        let queue = StoredQueue {
            host: "/".to_owned(),
            name: "q/1".to_owned(),
            number: u64::MAX,
            alternate: None,
            is_auto_delete: false,
            was_exclusive: true,
            declared_by: Protocol::V0_9_1,
            creator: "guest".to_owned(),
            arguments: Vec::new(),
        };
        let key = queue_key(&queue.host, queue.number);
        assert_eq!(Definition::decode(&key, &queue.encode()), Some(Definition::Queue(queue)));
        let binding = StoredBinding {
            host: "/".to_owned(),
            id: 7,
            exchange: "x".to_owned(),
            exchange_number: None,
            to: "q".to_owned(),
            to_number: Some(9),
            is_to_exchange: false,
            key: "#.news".to_owned(),
            declared_by: Protocol::Broker,
            arguments: Vec::new(),
        };
        let key = binding_key(&binding.host, binding.id);
        assert_eq!(Definition::decode(&key, &binding.encode()), Some(Definition::Binding(binding)));
        let host = Definition::Host("a/b".to_owned());
        assert_eq!(Definition::decode(&host_key("a/b"), b"x"), Some(host));
    }

    #[test]
    fn keys_of_different_things_differ() {
        assert_ne!(queue_key("a", 1), queue_key("a", 2));
        assert_ne!(queue_key("a", 1), queue_key("b", 1));
        assert_ne!(queue_key("a", 1), exchange_key("a", 1));
    }

    #[test]
    fn what_is_no_definition_is_none() {
        for (key, value) in [("clean", &b"1"[..]), ("queue/1/a/b", b""), ("queue/1/a/b", b"\x45")] {
            assert_eq!(Definition::decode(key, value), None, "{key}");
        }
    }
}
