//! broker.query: an object's state as a map.

use philter_management::object::{MethodError, Object, ObjectName};
use philter_management::value::Value;

use super::failure::no_such_type;
use super::{Answer, Call};
use crate::management::methods::create::Place;
use crate::management::{names, objects};

/// Answers the state of what the arguments name.
pub(super) fn call(call: &Call<'_>) -> Answer {
    let (kind, name) = (call.given.name("type")?, call.given.text("name")?);
    let object = match kind {
        "queue" => names::queue(name),
        "exchange" | "topic" => names::exchange(name),
        "binding" => {
            let place = Place::parse(name)?;
            let key = names::binding_key(place.exchange, place.queue, place.key);
            ObjectName(format!("org.apache.qpid.broker:binding:{key}"))
        }
        _ => return Err(no_such_type(kind)),
    };
    let found = objects::find(call.management, &object);
    let found = found.ok_or_else(|| MethodError::UnknownObject(name.to_owned()))?;
    Ok(vec![("results".to_owned(), Value::Map(attributes(&found)))])
}

fn attributes(object: &Object) -> Vec<(String, Value)> {
    let columns = object.class.columns().zip(&object.values);
    columns.filter_map(|((name, _), value)| Some((name.to_owned(), value.clone()?))).collect()
}
