//! broker.create: queues, exchanges, bindings and virtual hosts.

use philter_management::object::MethodError;
use philter_management::value::Value;
use philter_plugin_api::{MapRef, Protocol};

use super::failure::{EXCEPTION, exists, no_such_type, refused};
use super::given::{flag, wrong};
use super::{Answer, Call, done, vhost};
use crate::management::values::encoded;
use crate::virtual_host::{Bind, DeclareExchange, DeclareQueue, Endpoint};

/// Names that are neither Qpid's own by their prefix nor anything else, and mean something to a
/// queue.
const QUEUE_ARGUMENTS: [&str; 5] = [
    "no-local",
    "x-qpid-priorities",
    "x-qpid-fairshare",
    "x-qpid-maximum-message-count",
    "x-qpid-maximum-message-size",
];

/// Makes what the arguments name.
pub(super) fn call(call: &Call<'_>) -> Answer {
    let (kind, name) = (call.given.name("type")?, call.given.text("name")?);
    let properties = Properties::read(call.given.map("properties")?)?;
    match kind {
        "queue" => create_queue(call, name, &properties),
        "exchange" | "topic" => create_exchange(call, name, &properties),
        "binding" => create_binding(call, name, &properties),
        "vhost" => vhost::create(call, name, properties.has_any()),
        _ => Err(no_such_type(kind)),
    }
}

/// Where a binding is: `exchange/queue/key`, the key with any further slashes, `exchange/queue`
/// without a key, or the queue alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) exchange: &'a str,
    pub(super) queue: &'a str,
    pub(super) key: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn parse(name: &'a str) -> Result<Self, MethodError> {
        let mut parts = name.splitn(3, '/');
        let place = match (parts.next(), parts.next(), parts.next()) {
            (Some(queue), None, None) => Self { exchange: "", queue, key: "" },
            (Some(exchange), Some(queue), key) => {
                Self { exchange, queue, key: key.unwrap_or_default() }
            }
            _ => Self { exchange: "", queue: "", key: "" },
        };
        if place.queue.is_empty() {
            let text = format!("invalid binding: {name}");
            return Err(MethodError::Failed { code: EXCEPTION, text });
        }
        Ok(place)
    }
}

/// Properties, with those that are no arguments taken out.
#[derive(Default)]
struct Properties<'a> {
    is_durable: bool,
    is_auto_delete: bool,
    alternate: Option<&'a str>,
    exchange_type: Option<&'a str>,
    arguments: Vec<&'a (String, Value)>,
}

impl<'a> Properties<'a> {
    fn read(pairs: &'a [(String, Value)]) -> Result<Self, MethodError> {
        let mut properties = Self::default();
        for pair in pairs {
            let (name, value) = (pair.0.as_str(), &pair.1);
            match name {
                "durable" => properties.is_durable = flag(name, value)?,
                "auto-delete" => properties.is_auto_delete = flag(name, value)?,
                "alternate-exchange" => properties.alternate = Some(text(name, value)?),
                "exchange-type" => properties.exchange_type = Some(text(name, value)?),
                _ => properties.arguments.push(pair),
            }
        }
        Ok(properties)
    }

    /// Whether anything is asked for beside the defaults.
    fn has_any(&self) -> bool {
        let is_named = self.alternate.is_some() || self.exchange_type.is_some();
        self.is_durable || self.is_auto_delete || is_named || !self.arguments.is_empty()
    }

    fn encoded(&self) -> Vec<u8> {
        encoded(self.arguments.iter().copied())
    }
}

fn create_queue(call: &Call<'_>, name: &str, properties: &Properties<'_>) -> Answer {
    if call.given.flag("strict")? {
        check_known(properties)?;
    }
    let host = &call.management.host;
    if host.find_queue(name).is_some() {
        return Err(exists(name));
    }
    let arguments = properties.encoded();
    host.declare_queue(&DeclareQueue {
        name,
        alternate: properties.alternate.filter(|name| !name.is_empty()),
        is_durable: properties.is_durable,
        is_auto_delete: properties.is_auto_delete,
        owner: None,
        session: None,
        // What Qpid's tools make is bounded like what its clients declare.
        declared_by: Protocol::V0_10,
        arguments: MapRef::parse(&arguments).unwrap_or_default(),
        by: &call.actor,
    })
    .map_err(refused)?;
    done()
}

/// Refuses what a queue would keep and not understand.
fn check_known(properties: &Properties<'_>) -> Result<(), MethodError> {
    let is_known = |name: &str| name.starts_with("qpid.") || QUEUE_ARGUMENTS.contains(&name);
    match properties.arguments.iter().find(|(name, _)| !is_known(name)) {
        Some((name, _)) => Err(MethodError::InvalidParameter(format!("unknown property: {name}"))),
        None => Ok(()),
    }
}

fn create_exchange(call: &Call<'_>, name: &str, properties: &Properties<'_>) -> Answer {
    let host = &call.management.host;
    if host.find_exchange(name).is_some() {
        return Err(exists(name));
    }
    let arguments = properties.encoded();
    host.declare_exchange(&DeclareExchange {
        name,
        type_name: properties.exchange_type.unwrap_or("topic"),
        alternate: properties.alternate.filter(|name| !name.is_empty()),
        is_durable: properties.is_durable,
        is_auto_delete: properties.is_auto_delete,
        is_internal: false,
        declared_by: Protocol::V0_10,
        arguments: MapRef::parse(&arguments).unwrap_or_default(),
        by: &call.actor,
    })
    .map_err(refused)?;
    done()
}

fn create_binding(call: &Call<'_>, name: &str, properties: &Properties<'_>) -> Answer {
    let place = Place::parse(name)?;
    let host = &call.management.host;
    let exchange = host.exchange(place.exchange).map_err(refused)?;
    let queue = host.queue(place.queue).map_err(refused)?;
    host.bind(&Bind {
        exchange: &exchange,
        to: &Endpoint::Queue(queue),
        key: place.key,
        arguments: &properties.encoded(),
        declared_by: Protocol::V0_10,
        scope: None,
        by: &call.actor,
    })
    .map_err(refused)?;
    done()
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, MethodError> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(wrong(name, "a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_is_named_by_exchange_queue_and_key() {
        let parse = |name| Place::parse(name).unwrap();
        assert_eq!(parse("e/q/a/b"), Place { exchange: "e", queue: "q", key: "a/b" });
        assert_eq!(parse("e/q/"), Place { exchange: "e", queue: "q", key: "" });
        assert_eq!(parse("e/q"), Place { exchange: "e", queue: "q", key: "" });
        assert_eq!(parse("q"), Place { exchange: "", queue: "q", key: "" });
        let error = Place::parse("e//k").unwrap_err().to_string();
        assert_eq!(error, "invalid binding: e//k");
    }
}
