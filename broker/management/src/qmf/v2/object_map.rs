//! An object or an event as the map that consoles read.

use super::content::{MapWriter, code, map_body, put_fixed, put_map, put_text};
use super::value::{put_reference, put_typed};
use crate::object::{Event, Object, ObjectName};
use crate::schema::{Class, EventClass, Hash};

/// A class, event or object, ready to be named in many maps.
#[derive(Clone, Copy)]
pub(super) struct SchemaId {
    package: &'static str,
    name: &'static str,
    kind: &'static str,
    hash: Hash,
}

impl SchemaId {
    /// The id of a class.
    pub(super) fn of(class: &Class) -> Self {
        let hash = Hash::of(class);
        Self { package: class.package, name: class.name, kind: "_data", hash }
    }

    /// The id of a class of events.
    pub(super) fn of_event(class: &EventClass) -> Self {
        let hash = Hash::of_event(class);
        Self { package: class.package, name: class.name, kind: "_event", hash }
    }

    /// Writes the map of the id as a value.
    pub(super) fn put(&self, into: &mut Vec<u8>) {
        put_map(into, |map| {
            map.entry("_package_name", |into| put_text(into, self.package));
            map.entry("_class_name", |into| put_text(into, self.name));
            map.entry("_type", |into| put_text(into, self.kind));
            map.entry("_hash", |into| put_fixed(into, code::UUID, self.hash.0));
        });
    }
}

/// Writes an object, whose class is named by `schema`, as it was at `now_ns`.
pub(super) fn put_object(into: &mut Vec<u8>, object: &Object, schema: &SchemaId, now_ns: u64) {
    put_map(into, |map| {
        map.entry("_object_id", |into| put_reference(into, &object.name.0));
        map.entry("_schema_id", |into| schema.put(into));
        put_time(map, "_create_ts", object.created_ns);
        put_time(map, "_update_ts", now_ns);
        put_time(map, "_delete_ts", object.deleted_ns);
        map.entry("_values", |into| put_map(into, |values| put_values(values, object)));
    });
}

/// Writes the end of an object, with no values.
pub(super) fn put_end(
    into: &mut Vec<u8>,
    name: &ObjectName,
    created_ns: u64,
    schema: &SchemaId,
    now_ns: u64,
) {
    put_map(into, |map| {
        map.entry("_object_id", |into| put_reference(into, &name.0));
        map.entry("_schema_id", |into| schema.put(into));
        put_time(map, "_create_ts", created_ns);
        put_time(map, "_update_ts", now_ns);
        put_time(map, "_delete_ts", now_ns);
        map.entry("_values", |into| put_map(into, |_| {}));
    });
}

/// The values of an object as they go out.
pub(super) fn values_of(object: &Object) -> Vec<u8> {
    map_body(|values| put_values(values, object))
}

fn put_values(values: &mut MapWriter<'_>, object: &Object) {
    for ((name, value_type), value) in object.class.columns().zip(&object.values) {
        if let Some(value) = value {
            values.entry(name, |into| put_typed(into, value_type, value));
        }
    }
}

/// Writes an event.
pub(super) fn put_event(into: &mut Vec<u8>, event: &Event) {
    put_map(into, |map| {
        map.entry("_schema_id", |into| SchemaId::of_event(event.class).put(into));
        put_time(map, "_timestamp", event.at_ns);
        map.entry("_severity", |into| {
            put_fixed(into, code::UINT8, [event.class.severity as u8]);
        });
        map.entry("_values", |into| {
            put_map(into, |values| {
                for (argument, value) in event.class.arguments.iter().zip(&event.values) {
                    let put = |into: &mut Vec<u8>| put_typed(into, argument.value_type, value);
                    values.entry(argument.name, put);
                }
            });
        });
    });
}

/// Writes nanoseconds since 1970.
pub(super) fn put_time(map: &mut MapWriter<'_>, name: &str, ns: u64) {
    map.entry(name, |into| put_fixed(into, code::UINT64, ns.to_be_bytes()));
}
