//! Values in the types that a schema gives them: the types' numbers and their bytes.
//!
//! Invariant: whatever the value is, what is written can be read as the schema's type; a number
//! beyond the type's width becomes the nearest one, text is cut at a character, and a value of
//! another kind becomes the type's zero.

use philter_protocol::limits::NESTING_MAX;
use philter_protocol::reader::{Fault, Reader};
use philter_protocol::v0_10::map::{MapRef, ValueRef};

use super::field_table;
use super::object_id::ObjectId;
use crate::object::ObjectName;
use crate::schema::Type;
use crate::value::Value;

/// AMQP 0-10's code of a list.
const LIST: u8 = 0xa9;

/// The number by which a schema names a type.
pub(super) fn type_code(value_type: Type) -> u8 {
    match value_type {
        Type::Uint8 => 1,
        Type::Uint16 => 2,
        Type::Uint32 => 3,
        Type::Uint64 => 4,
        Type::ShortString => 6,
        Type::LongString => 7,
        Type::AbsTime => 8,
        Type::DeltaTime => 9,
        Type::Reference => 10,
        Type::Bool => 11,
        Type::Float => 12,
        Type::Double => 13,
        Type::Uuid => 14,
        Type::Map => 15,
        Type::Int8 => 16,
        Type::Int16 => 17,
        Type::Int32 => 18,
        Type::Int64 => 19,
        Type::List => 21,
    }
}

/// Writes a value as a type; none as the type's zero.
pub(super) fn encode(value_type: Type, value: Option<&Value>, into: &mut Vec<u8>) {
    let value = value.unwrap_or(&Value::Void);
    match value_type {
        Type::Uint8 | Type::Uint16 | Type::Uint32 | Type::Uint64 | Type::DeltaTime => {
            encode_unsigned(width(value_type), unsigned(value), into);
        }
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 | Type::AbsTime => {
            encode_signed(width(value_type), signed(value), into);
        }
        Type::Bool => into.push(u8::from(*value == Value::Bool(true))),
        Type::Float => into.extend_from_slice(&narrow(double(value)).to_be_bytes()),
        Type::Double => into.extend_from_slice(&double(value).to_be_bytes()),
        Type::ShortString => put_text8(into, text(value)),
        Type::LongString => put_text16(into, text(value)),
        Type::Reference => reference(value).encode(into),
        Type::Uuid => into.extend_from_slice(&uuid(value)),
        Type::Map => field_table::encode_map(map(value)).encode(into),
        Type::List => field_table::encode_list(list(value)).encode(into),
    }
}

/// Reads a value of a type; `find` knows the name behind a reference, and one that it does not know
/// is nothing.
///
/// # Errors
/// Bytes that are no such value.
pub(super) fn decode(
    value_type: Type,
    reader: &mut Reader<'_>,
    find: &dyn Fn(ObjectId) -> Option<ObjectName>,
) -> Result<Value, Fault> {
    Ok(match value_type {
        Type::Uint8 => Value::Unsigned(reader.u8()?.into()),
        Type::Uint16 => Value::Unsigned(reader.u16()?.into()),
        Type::Uint32 => Value::Unsigned(reader.u32()?.into()),
        Type::Uint64 => Value::Unsigned(reader.u64()?),
        Type::DeltaTime => Value::Duration(reader.u64()?),
        Type::AbsTime => Value::Time(reader.u64()?),
        Type::Int8 => Value::Signed(reader.u8()?.cast_signed().into()),
        Type::Int16 => Value::Signed(reader.u16()?.cast_signed().into()),
        Type::Int32 => Value::Signed(reader.u32()?.cast_signed().into()),
        Type::Int64 => Value::Signed(reader.u64()?.cast_signed()),
        Type::Bool => Value::Bool(reader.u8()? != 0),
        Type::Float => Value::Double(f32::from_be_bytes(reader.array()?).into()),
        Type::Double => Value::Double(f64::from_be_bytes(reader.array()?)),
        Type::ShortString => Value::Text(reader.str8()?.to_owned()),
        Type::LongString => Value::Text(reader.str16()?.to_owned()),
        Type::Reference => find(ObjectId::decode(reader)?).map_or(Value::Void, Value::Reference),
        Type::Uuid => Value::Uuid(reader.array()?),
        Type::Map => field_table::decode_map(MapRef::decode(reader, NESTING_MAX)?),
        Type::List => match ValueRef::decode(LIST, reader, NESTING_MAX)? {
            ValueRef::List(list) => field_table::decode_list(list),
            _ => Value::List(Vec::new()),
        },
    })
}

/// Writes text behind 8 bits of length.
pub(super) fn put_text8(into: &mut Vec<u8>, text: &str) {
    let text = cut(text, usize::from(u8::MAX));
    into.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    into.extend_from_slice(text.as_bytes());
}

/// Writes text behind 16 bits of length.
pub(super) fn put_text16(into: &mut Vec<u8>, text: &str) {
    let text = cut(text, usize::from(u16::MAX));
    into.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    into.extend_from_slice(text.as_bytes());
}

fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

/// Bytes of a type of whole numbers.
fn width(value_type: Type) -> u32 {
    match value_type {
        Type::Uint8 | Type::Int8 => 1,
        Type::Uint16 | Type::Int16 => 2,
        Type::Uint32 | Type::Int32 => 4,
        _ => 8,
    }
}

fn encode_unsigned(bytes: u32, value: u64, into: &mut Vec<u8>) {
    let value = value.min(u64::MAX >> (64 - 8 * bytes));
    into.extend(value.to_be_bytes().iter().skip(8 - bytes as usize));
}

fn encode_signed(bytes: u32, value: i64, into: &mut Vec<u8>) {
    let max = i64::MAX >> (64 - 8 * bytes);
    let value = value.clamp(-max - 1, max);
    into.extend(value.to_be_bytes().iter().skip(8 - bytes as usize));
}

fn unsigned(value: &Value) -> u64 {
    match value {
        Value::Unsigned(value) | Value::Time(value) | Value::Duration(value) => *value,
        Value::Signed(value) => u64::try_from(*value).unwrap_or(0),
        _ => 0,
    }
}

fn signed(value: &Value) -> i64 {
    match value {
        Value::Signed(value) => *value,
        value => i64::try_from(unsigned(value)).unwrap_or(i64::MAX),
    }
}

fn double(value: &Value) -> f64 {
    if let Value::Double(value) = value { *value } else { 0.0 }
}

#[allow(clippy::cast_possible_truncation, reason = "a float is the nearest one to a double")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        Value::Reference(name) => &name.0,
        _ => "",
    }
}

fn reference(value: &Value) -> ObjectId {
    if let Value::Reference(name) = value { ObjectId::of(name) } else { ObjectId::none() }
}

fn uuid(value: &Value) -> [u8; 16] {
    if let Value::Uuid(value) = value { *value } else { [0; 16] }
}

fn map(value: &Value) -> &[(String, Value)] {
    if let Value::Map(entries) = value { entries } else { &[] }
}

fn list(value: &Value) -> &[Value] {
    if let Value::List(items) = value { items } else { &[] }
}

#[cfg(test)]
mod tests;
