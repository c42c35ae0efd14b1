//! broker.query: an object's state as a map.

use philter_management::object::{MethodError, Object, ObjectName};
use philter_management::value::Value;
use philter_plugin_api::{MessageView, Property, ValueRef};

use super::failure::no_such_type;
use super::{Answer, Call, vhost};
use crate::management::methods::create::Place;
use crate::management::{names, objects};
use crate::message::View;
use crate::virtual_host::Queue;

/// Answers the state of what the arguments name.
pub(super) fn call(call: &Call<'_>) -> Answer {
    let (kind, name) = (call.given.name("type")?, call.given.text("name")?);
    if kind == "vhost" && name.is_empty() {
        return Ok(vec![("results".to_owned(), vhost::all(call))]);
    }
    let object = match kind {
        "queue" => names::queue(name),
        "exchange" | "topic" => names::exchange(name),
        "binding" => {
            let place = Place::parse(name)?;
            let key = names::binding_key(place.exchange, place.queue, place.key);
            ObjectName(format!("org.apache.qpid.broker:binding:{key}"))
        }
        "vhost" => names::vhost(name),
        _ => return Err(no_such_type(kind)),
    };
    let found = objects::find(call.management, &object);
    let found = found.ok_or_else(|| MethodError::UnknownObject(name.to_owned()))?;
    let mut results = attributes(&found);
    if kind == "queue" {
        let queue = call.management.host.find_queue(name);
        results.extend(queue.as_deref().and_then(groups));
    }
    if kind == "vhost" {
        results.extend(vhost::counts(call, name));
    }
    Ok(vec![("results".to_owned(), Value::Map(results))])
}

/// The state of a queue's message groups, as Qpid's brokers show it: the first by their ids, for an
/// answer is one message.
fn groups(queue: &Queue) -> Option<(String, Value)> {
    let groups = queue.settings().groups.as_ref()?;
    let states = queue.groups(None).into_iter();
    let state = states.map(|state| {
        let owner = state.owner.map_or_else(String::new, |owner| format!("consumer-{}", owner.0));
        let timestamp_s = state.oldest.filter(|_| groups.has_timestamp).and_then(|oldest| {
            match View::new(&oldest, "").property(Property::Timestamp) {
                Some(ValueRef::Timestamp(ms)) => u64::try_from(ms / 1_000).ok(),
                _ => None,
            }
        });
        map([
            ("group_id", Value::Text(String::from_utf8_lossy(&state.id).into_owned())),
            ("msg_count", Value::Unsigned(state.messages as u64)),
            ("timestamp", Value::Unsigned(timestamp_s.unwrap_or(0))),
            ("consumer", Value::Text(owner)),
        ])
    });
    let header = Value::from(&*groups.header);
    let state = Value::List(state.collect());
    let shown = map([("group_header_key", header), ("group_state", state)]);
    Some(("qpid.message_group_queue".to_owned(), shown))
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Map(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn attributes(object: &Object) -> Vec<(String, Value)> {
    let columns = object.class.columns().zip(&object.values);
    columns.filter_map(|((name, _), value)| Some((name.to_owned(), value.clone()?))).collect()
}
