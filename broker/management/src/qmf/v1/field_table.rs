//! Values inside maps and lists, which carry their own types: AMQP 0-10's.

use philter_protocol::v0_10::map::{ListRef, MapRef, ValueRef};
use philter_protocol::v0_10::value::{FieldMap, Value as Field};

use crate::value::Value;

/// The map as AMQP 0-10 has it.
pub(super) fn encode_map(entries: &[(String, Value)]) -> FieldMap {
    entries.iter().map(|(name, value)| (name.as_str(), encode(value))).collect()
}

/// The list as AMQP 0-10 has it.
pub(super) fn encode_list(items: &[Value]) -> Field {
    Field::List(items.iter().map(encode).collect())
}

fn encode(value: &Value) -> Field {
    match value {
        Value::Bool(value) => Field::Bool(*value),
        Value::Unsigned(value) | Value::Time(value) | Value::Duration(value) => {
            Field::Uint64(*value)
        }
        Value::Signed(value) => Field::Int64(*value),
        Value::Double(value) => Field::Double(*value),
        Value::Text(text) => encode_text(text),
        Value::Uuid(value) => Field::Uuid(*value),
        Value::Reference(name) => encode_text(&name.0),
        Value::Binary(bytes) => Field::Vbin32(bytes.clone()),
        Value::Map(entries) => Field::Map(encode_map(entries)),
        Value::List(items) => encode_list(items),
        Value::Void => Field::Void,
    }
}

fn encode_text(text: &str) -> Field {
    if text.len() > usize::from(u16::MAX) {
        return Field::Vbin32(text.as_bytes().to_vec());
    }
    Field::Str16(text.to_owned())
}

/// A map as values.
pub(super) fn decode_map(map: MapRef<'_>) -> Value {
    Value::Map(map.iter().map(|(name, value)| (name.to_owned(), decode(value))).collect())
}

/// A list as values.
pub(super) fn decode_list(list: ListRef<'_>) -> Value {
    Value::List(list.iter().map(decode).collect())
}

fn decode(field: ValueRef<'_>) -> Value {
    match field {
        ValueRef::Void => Value::Void,
        ValueRef::Bool(value) => Value::Bool(value),
        ValueRef::Int8(value) => Value::Signed(value.into()),
        ValueRef::Int16(value) => Value::Signed(value.into()),
        ValueRef::Int32(value) => Value::Signed(value.into()),
        ValueRef::Int64(value) | ValueRef::Datetime(value) => Value::Signed(value),
        ValueRef::Uint8(value) => Value::Unsigned(value.into()),
        ValueRef::Uint16(value) => Value::Unsigned(value.into()),
        ValueRef::Uint32(value) => Value::Unsigned(value.into()),
        ValueRef::Uint64(value) => Value::Unsigned(value),
        ValueRef::Float(value) => Value::Double(value.into()),
        ValueRef::Double(value) => Value::Double(value),
        ValueRef::Char32(value) => Value::Text(value.to_string()),
        ValueRef::Uuid(value) => Value::Uuid(value),
        ValueRef::Str8(text) | ValueRef::Str16(text) => Value::Text(text.to_owned()),
        ValueRef::Vbin8(bytes) | ValueRef::Vbin16(bytes) | ValueRef::Vbin32(bytes) => {
            decode_bytes(bytes)
        }
        ValueRef::Map(map) => decode_map(map),
        ValueRef::List(list) | ValueRef::Array(list) => decode_list(list),
        ValueRef::Other(_, bytes) => Value::Binary(bytes.to_owned()),
    }
}

/// Python's clients send text that is not all ASCII as bytes.
fn decode_bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text.to_owned()),
        Err(_) => Value::Binary(bytes.to_owned()),
    }
}

/// Text of a map, whichever of its types it came as.
pub(super) fn text_of<'a>(map: &MapRef<'a>, name: &str) -> Option<&'a str> {
    match map.get(name)? {
        ValueRef::Str8(text) | ValueRef::Str16(text) => Some(text),
        ValueRef::Vbin8(bytes) | ValueRef::Vbin16(bytes) | ValueRef::Vbin32(bytes) => {
            std::str::from_utf8(bytes).ok()
        }
        _ => None,
    }
}
