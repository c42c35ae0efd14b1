//! Schemas as consoles read them: a class's properties, statistics and methods, or an event's
//! arguments, each as a map.

use philter_protocol::v0_10::value::{FieldMap, Value as Field};

use super::value::type_code;
use crate::schema::{Access, Argument, Class, Direction, EventClass, Method, Property, Statistic};

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Class = 1,
    Event = 2,
}

/// Writes what stands behind a class's key.
pub(super) fn encode_class(class: &Class, into: &mut Vec<u8>) {
    put_count(into, class.properties.len());
    put_count(into, class.statistics.len());
    put_count(into, class.methods.len());
    class.properties.iter().for_each(|property| describe_property(property).encode(into));
    class.statistics.iter().for_each(|statistic| describe_statistic(statistic).encode(into));
    for method in class.methods {
        describe_method(method).encode(into);
        for argument in method.arguments {
            let direction = text(direction_code(argument.direction));
            describe_argument(argument).with("dir", direction).encode(into);
        }
    }
}

/// Writes what stands behind an event's key.
pub(super) fn encode_event(event: &EventClass, into: &mut Vec<u8>) {
    put_count(into, event.arguments.len());
    event.arguments.iter().for_each(|argument| describe_argument(argument).encode(into));
}

fn put_count(into: &mut Vec<u8>, count: usize) {
    into.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
}

fn describe_property(property: &Property) -> FieldMap {
    let map = FieldMap::new()
        .with("name", text(property.name))
        .with("type", Field::Uint8(type_code(property.value_type)))
        .with("access", Field::Uint8(access_code(property.access)))
        .with("index", Field::Uint8(property.is_index.into()))
        .with("optional", Field::Uint8(property.is_optional.into()));
    with_notes(map, property.unit, property.description)
}

fn describe_statistic(statistic: &Statistic) -> FieldMap {
    let map = FieldMap::new()
        .with("name", text(statistic.name))
        .with("type", Field::Uint8(type_code(statistic.value_type)));
    with_notes(map, statistic.unit, statistic.description)
}

fn describe_method(method: &Method) -> FieldMap {
    let count = i32::try_from(method.arguments.len()).unwrap_or(i32::MAX);
    let map = FieldMap::new().with("name", text(method.name)).with("argCount", Field::Int32(count));
    with_notes(map, "", method.description)
}

fn describe_argument(argument: &Argument) -> FieldMap {
    let map = FieldMap::new()
        .with("name", text(argument.name))
        .with("type", Field::Uint8(type_code(argument.value_type)));
    with_notes(map, "", argument.description)
}

fn with_notes(map: FieldMap, unit: &str, description: &str) -> FieldMap {
    [("unit", unit), ("desc", description)]
        .into_iter()
        .filter(|(_, note)| !note.is_empty())
        .fold(map, |map, (name, note)| map.with(name, text(note)))
}

fn text(text: &str) -> Field {
    Field::Str16(text.to_owned())
}

fn access_code(access: Access) -> u8 {
    match access {
        Access::ReadCreate => 1,
        Access::ReadWrite => 2,
        Access::ReadOnly => 3,
    }
}

fn direction_code(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "I",
        Direction::Out => "O",
        Direction::InOut => "IO",
    }
}
