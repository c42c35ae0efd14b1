//! What happens in the broker, as events of the schema.

use philter_management::object::Event;
use philter_management::schema::{BROKER_PACKAGE, find_event};
use philter_management::value::Value;

use crate::clock::unix_ns;
use crate::management::objects::nothing;
use crate::management::values::shown;
use crate::virtual_host::{Actor, Arguments, Event as Happened};

/// An event of the schema; none where the schema has no word for it.
pub(super) fn event(happened: &Happened) -> Option<Event> {
    let class = find_event(BROKER_PACKAGE, class_name(happened))?;
    let values = class.arguments.iter().map(|argument| {
        let value = by(happened).and_then(|actor| actor_value(actor, argument.name));
        let value = value.or_else(|| own_value(happened, argument.name));
        value.unwrap_or_else(|| nothing(argument.value_type))
    });
    Some(Event { class, at_ns: unix_ns(), values: values.collect() })
}

fn class_name(happened: &Happened) -> &'static str {
    match happened {
        Happened::ClientConnected { .. } => "clientConnect",
        Happened::ClientConnectFailed { .. } => "clientConnectFail",
        Happened::ClientDisconnected { .. } => "clientDisconnect",
        Happened::QueueDeclared { .. } => "queueDeclare",
        Happened::QueueDeleted { .. } => "queueDelete",
        Happened::ExchangeDeclared { .. } => "exchangeDeclare",
        Happened::ExchangeDeleted { .. } => "exchangeDelete",
        Happened::Bound { .. } => "bind",
        Happened::Unbound { .. } => "unbind",
        Happened::Subscribed { .. } => "subscribe",
        Happened::Unsubscribed { .. } => "unsubscribe",
        Happened::ThresholdCrossedUpward { .. } => "queueThresholdCrossedUpward",
        Happened::ThresholdCrossedDownward { .. } => "queueThresholdCrossedDownward",
        Happened::ThresholdExceeded { .. } => "queueThresholdExceeded",
        Happened::QueueRedirected { .. } => "queueRedirect",
        Happened::QueueRedirectCancelled { .. } => "queueRedirectCancelled",
    }
}

fn by(happened: &Happened) -> Option<&Actor> {
    match happened {
        Happened::ClientConnected { by, .. }
        | Happened::ClientConnectFailed { by, .. }
        | Happened::ClientDisconnected { by, .. }
        | Happened::QueueDeclared { by, .. }
        | Happened::QueueDeleted { by, .. }
        | Happened::ExchangeDeclared { by, .. }
        | Happened::ExchangeDeleted { by, .. }
        | Happened::Bound { by, .. }
        | Happened::Unbound { by, .. }
        | Happened::Subscribed { by, .. }
        | Happened::Unsubscribed { by, .. } => Some(by),
        Happened::ThresholdCrossedUpward { .. }
        | Happened::ThresholdCrossedDownward { .. }
        | Happened::ThresholdExceeded { .. }
        | Happened::QueueRedirected { .. }
        | Happened::QueueRedirectCancelled { .. } => None,
    }
}

fn actor_value(actor: &Actor, name: &str) -> Option<Value> {
    match name {
        "rhost" => Some(Value::from(&*actor.remote)),
        "user" => Some(Value::from(&*actor.user)),
        _ => None,
    }
}

fn own_value(happened: &Happened, name: &str) -> Option<Value> {
    match happened {
        Happened::ClientConnected { properties, .. }
        | Happened::ClientDisconnected { properties, .. } => pick(name, "properties", properties),
        Happened::ClientConnectFailed { reason, properties, .. } => match name {
            "reason" => Some(Value::from(&**reason)),
            _ => pick(name, "properties", properties),
        },
        Happened::QueueDeclared { .. } | Happened::ExchangeDeclared { .. } => {
            declared(happened, name)
        }
        Happened::QueueDeleted { queue, .. } => text(name, &[("qName", queue)]),
        Happened::ExchangeDeleted { exchange, .. } => text(name, &[("exName", exchange)]),
        Happened::Bound { exchange, queue, key, arguments, .. } => {
            let names: [(&str, &str); 3] = [("exName", exchange), ("qName", queue), ("key", key)];
            text(name, &names).or_else(|| pick(name, "args", arguments))
        }
        Happened::Unbound { exchange, queue, key, .. } => {
            text(name, &[("exName", exchange), ("qName", queue), ("key", key)])
        }
        Happened::Subscribed { queue, destination, is_exclusive, arguments, .. } => match name {
            "excl" => Some(Value::Bool(*is_exclusive)),
            _ => text(name, &[("qName", queue), ("dest", destination)])
                .or_else(|| pick(name, "args", arguments)),
        },
        Happened::Unsubscribed { destination, .. } => text(name, &[("dest", destination)]),
        Happened::ThresholdCrossedUpward { queue, messages, bytes }
        | Happened::ThresholdCrossedDownward { queue, messages, bytes }
        | Happened::ThresholdExceeded { queue, messages, bytes } => match name {
            "msgDepth" => Some(Value::Unsigned(*messages)),
            "byteDepth" => Some(Value::Unsigned(*bytes)),
            _ => text(name, &[("qName", queue)]),
        },
        Happened::QueueRedirected { queue, target }
        | Happened::QueueRedirectCancelled { queue, target } => {
            text(name, &[("qName", queue), ("qTarget", target)])
        }
    }
}

fn declared(happened: &Happened, name: &str) -> Option<Value> {
    let disposition = |is_new: bool| Value::from(if is_new { "created" } else { "existing" });
    let alternate = |name: &Option<std::sync::Arc<str>>| Value::from(name.as_deref().unwrap_or(""));
    match happened {
        Happened::QueueDeclared { is_durable, is_exclusive, is_auto_delete, is_new, .. } => {
            match name {
                "durable" => return Some(Value::Bool(*is_durable)),
                "excl" => return Some(Value::Bool(*is_exclusive)),
                "autoDel" => return Some(Value::Bool(*is_auto_delete)),
                "disp" => return Some(disposition(*is_new)),
                _ => {}
            }
        }
        Happened::ExchangeDeclared { is_durable, is_auto_delete, is_new, .. } => match name {
            "durable" => return Some(Value::Bool(*is_durable)),
            "autoDel" => return Some(Value::Bool(*is_auto_delete)),
            "disp" => return Some(disposition(*is_new)),
            _ => {}
        },
        _ => {}
    }
    match (happened, name) {
        (Happened::QueueDeclared { queue, .. }, "qName") => Some(Value::from(&**queue)),
        (Happened::ExchangeDeclared { exchange, .. }, "exName") => Some(Value::from(&**exchange)),
        (Happened::ExchangeDeclared { type_name, .. }, "exType") => Some(Value::from(&**type_name)),
        (
            Happened::QueueDeclared { alternate: other, .. }
            | Happened::ExchangeDeclared { alternate: other, .. },
            "altEx",
        ) => Some(alternate(other)),
        (
            Happened::QueueDeclared { arguments, .. }
            | Happened::ExchangeDeclared { arguments, .. },
            "args",
        ) => Some(shown(arguments)),
        _ => None,
    }
}

fn pick(name: &str, wanted: &str, arguments: &Arguments) -> Option<Value> {
    (name == wanted).then(|| shown(arguments))
}

fn text(name: &str, known: &[(&str, &str)]) -> Option<Value> {
    known.iter().find(|(have, _)| *have == name).map(|(_, text)| Value::from(*text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor() -> Actor {
        Actor { remote: "here-there".into(), user: "me@QPID".into(), ..Actor::broker().clone() }
    }

    fn value(event: &Event, name: &str) -> Value {
        let place = event.class.arguments.iter().position(|argument| argument.name == name);
        event.values[place.unwrap()].clone()
    }

    #[test]
    fn a_declare_tells_who_and_what() {
        let event = event(&Happened::QueueDeclared {
            by: actor(),
            queue: "q".into(),
            is_durable: true,
            is_exclusive: false,
            is_auto_delete: true,
            alternate: Some("amq.fanout".into()),
            arguments: Vec::new(),
            is_new: true,
        })
        .unwrap();
        assert_eq!(event.class.name, "queueDeclare");
        assert_eq!(value(&event, "rhost"), Value::from("here-there"));
        assert_eq!(value(&event, "user"), Value::from("me@QPID"));
        assert_eq!(value(&event, "qName"), Value::from("q"));
        assert_eq!(value(&event, "durable"), Value::Bool(true));
        assert_eq!(value(&event, "altEx"), Value::from("amq.fanout"));
        assert_eq!(value(&event, "disp"), Value::from("created"));
    }

    #[test]
    fn every_event_has_a_value_of_its_type_for_each_argument() {
        let queue: std::sync::Arc<str> = "q".into();
        let crossed =
            Happened::ThresholdCrossedUpward { queue: queue.clone(), messages: 8, bytes: 80 };
        let event = super::event(&crossed).unwrap();
        assert_eq!(event.values.len(), event.class.arguments.len());
        assert_eq!(value(&event, "byteDepth"), Value::Unsigned(80));
        let gone = super::event(&Happened::QueueDeleted { by: actor(), queue }).unwrap();
        assert_eq!(value(&gone, "qName"), Value::from("q"));
    }
}
