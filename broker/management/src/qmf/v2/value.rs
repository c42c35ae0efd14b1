//! Values of management as AMQP 0-10 values, and back.
//!
//! A property, statistic or argument goes out in the width its schema says, and its text as
//! `vbin16`. Inside maps and lists, where no schema rules, text is `str16` and numbers have
//! 64 bits.

use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use super::content::{code, put_bytes, put_fixed, put_list, put_map, put_text};
use crate::schema::Type;
use crate::value::Value;

/// Writes a value as its schema says; one of another type goes out as what it is.
pub(super) fn put_typed(into: &mut Vec<u8>, value_type: Type, value: &Value) {
    match (value_type, value) {
        (Type::ShortString | Type::LongString, Value::Text(text)) => put_text(into, text),
        (_, Value::Unsigned(number) | Value::Time(number) | Value::Duration(number)) => {
            put_number(into, value_type, i128::from(*number));
        }
        (_, Value::Signed(number)) => put_number(into, value_type, i128::from(*number)),
        (Type::Float, Value::Double(number)) => {
            put_fixed(into, code::FLOAT, (*number as f32).to_be_bytes());
        }
        (_, value) => put_free(into, value),
    }
}

/// Writes a number in the width of its type; what is beyond its range becomes its limit.
fn put_number(into: &mut Vec<u8>, value_type: Type, number: i128) {
    macro_rules! put {
        ($code:ident, $of:ty) => {{
            let limit = if number < 0 { <$of>::MIN } else { <$of>::MAX };
            put_fixed(into, code::$code, <$of>::try_from(number).unwrap_or(limit).to_be_bytes())
        }};
    }
    match value_type {
        Type::Uint8 => put!(UINT8, u8),
        Type::Uint16 => put!(UINT16, u16),
        Type::Uint32 => put!(UINT32, u32),
        Type::Int8 => put!(INT8, i8),
        Type::Int16 => put!(INT16, i16),
        Type::Int32 => put!(INT32, i32),
        Type::Int64 | Type::AbsTime => put!(INT64, i64),
        _ if number < 0 => put!(INT64, i64),
        _ => put!(UINT64, u64),
    }
}

/// Writes a value that no schema rules.
fn put_free(into: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Void => into.push(code::VOID),
        Value::Bool(value) => put_fixed(into, code::BOOLEAN, [u8::from(*value)]),
        Value::Unsigned(number) | Value::Duration(number) | Value::Time(number) => {
            put_fixed(into, code::UINT64, number.to_be_bytes());
        }
        Value::Signed(number) => put_fixed(into, code::INT64, number.to_be_bytes()),
        Value::Double(number) => put_fixed(into, code::DOUBLE, number.to_be_bytes()),
        Value::Text(text) => put_bytes(into, code::STR16, text.as_bytes()),
        Value::Binary(bytes) => put_bytes(into, code::VBIN16, bytes),
        Value::Uuid(bytes) => put_fixed(into, code::UUID, *bytes),
        Value::Reference(name) => put_reference(into, &name.0),
        Value::Map(entries) => put_map(into, |map| {
            for (name, value) in entries {
                map.entry(name, |into| put_free(into, value));
            }
        }),
        Value::List(items) => put_list(into, |into| {
            items.iter().for_each(|item| put_free(into, item));
            u32::try_from(items.len()).unwrap_or(u32::MAX)
        }),
    }
}

/// Writes a reference to an object, as `_object_id` is written.
pub(super) fn put_reference(into: &mut Vec<u8>, name: &str) {
    put_map(into, |map| map.entry("_object_name", |into| put_text(into, name)));
}

/// The text of a value, in whatever type of text or bytes it came.
pub(super) fn text_of(value: &Wire) -> Option<&str> {
    match value {
        Wire::Str8(text) | Wire::Str16(text) => Some(text),
        Wire::Vbin8(bytes) | Wire::Vbin16(bytes) | Wire::Vbin32(bytes) => {
            std::str::from_utf8(bytes).ok()
        }
        _ => None,
    }
}

/// The object name in a value of the form of `_object_id`.
pub(super) fn object_name(value: &Wire) -> Option<&str> {
    match value {
        Wire::Map(map) => map.get("_object_name").and_then(text_of),
        _ => None,
    }
}

/// A value of a type; none if it is of another type or beyond its range. As Qpid's broker does,
/// numbers and truth are taken from text as well.
pub(super) fn typed(value_type: Type, value: &Wire) -> Option<Value> {
    Some(match value_type {
        Type::Bool => Value::Bool(truth(value)?),
        Type::Float | Type::Double => Value::Double(float(value)?),
        Type::ShortString => text(value, usize::from(u8::MAX))?,
        Type::LongString => text(value, usize::from(u16::MAX))?,
        Type::Reference => {
            Value::Reference(crate::object::ObjectName(object_name(value)?.to_owned()))
        }
        Type::Uuid => match value {
            Wire::Uuid(bytes) => Value::Uuid(*bytes),
            _ => return None,
        },
        Type::Map => match value {
            Wire::Map(map) => free_map(map),
            _ => return None,
        },
        Type::List => match value {
            Wire::List(items) | Wire::Array(_, items) => free_list(items),
            _ => return None,
        },
        _ => number(value_type, integer(value)?)?,
    })
}

/// An integer as a value of a type that has it.
fn number(value_type: Type, number: i128) -> Option<Value> {
    let (min, max) = match value_type {
        Type::Uint8 => (0, i128::from(u8::MAX)),
        Type::Uint16 => (0, i128::from(u16::MAX)),
        Type::Uint32 => (0, i128::from(u32::MAX)),
        Type::Int8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
        Type::Int16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
        Type::Int32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        Type::Int64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        _ => (0, i128::from(u64::MAX)),
    };
    if !(min..=max).contains(&number) {
        return None;
    }
    Some(match value_type {
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => {
            Value::Signed(i64::try_from(number).ok()?)
        }
        Type::AbsTime => Value::Time(u64::try_from(number).ok()?),
        Type::DeltaTime => Value::Duration(u64::try_from(number).ok()?),
        _ => Value::Unsigned(u64::try_from(number).ok()?),
    })
}

fn integer(value: &Wire) -> Option<i128> {
    match value {
        Wire::Uint64(number) => Some(i128::from(*number)),
        Wire::Datetime(number) => Some(i128::from(*number)),
        value => match value.as_i64() {
            Some(number) => Some(i128::from(number)),
            None => text_of(value)?.parse().ok(),
        },
    }
}

fn truth(value: &Wire) -> Option<bool> {
    match value {
        Wire::Bool(value) => Some(*value),
        value => match text_of(value) {
            Some("true" | "True" | "1") => Some(true),
            Some("false" | "False" | "0") => Some(false),
            Some(_) => None,
            None => integer(value).map(|number| number > 0),
        },
    }
}

fn float(value: &Wire) -> Option<f64> {
    match value {
        Wire::Float(number) => Some(f64::from(*number)),
        Wire::Double(number) => Some(*number),
        value => integer(value).map(|number| number as f64),
    }
}

fn text(value: &Wire, bytes_max: usize) -> Option<Value> {
    text_of(value).filter(|text| text.len() <= bytes_max).map(Value::from)
}

/// A value that no schema rules.
pub(super) fn free(value: &Wire) -> Value {
    match value {
        Wire::Void => Value::Void,
        Wire::Bool(value) => Value::Bool(*value),
        Wire::Uint8(number) => Value::Unsigned(u64::from(*number)),
        Wire::Uint16(number) => Value::Unsigned(u64::from(*number)),
        Wire::Uint32(number) => Value::Unsigned(u64::from(*number)),
        Wire::Uint64(number) => Value::Unsigned(*number),
        Wire::Int8(number) => Value::Signed(i64::from(*number)),
        Wire::Int16(number) => Value::Signed(i64::from(*number)),
        Wire::Int32(number) => Value::Signed(i64::from(*number)),
        Wire::Int64(number) | Wire::Datetime(number) => Value::Signed(*number),
        Wire::Float(number) => Value::Double(f64::from(*number)),
        Wire::Double(number) => Value::Double(*number),
        Wire::Char32(letter) => Value::Text(letter.to_string()),
        Wire::Uuid(bytes) => Value::Uuid(*bytes),
        Wire::Str8(text) | Wire::Str16(text) => Value::Text(text.clone()),
        Wire::Vbin8(bytes) | Wire::Vbin16(bytes) | Wire::Vbin32(bytes) | Wire::Other(_, bytes) => {
            Value::Binary(bytes.clone())
        }
        Wire::Map(map) => free_map(map),
        Wire::List(items) | Wire::Array(_, items) => free_list(items),
    }
}

fn free_map(map: &FieldMap) -> Value {
    Value::Map(map.iter().map(|(name, value)| (name.to_owned(), free(value))).collect())
}

fn free_list(items: &[Wire]) -> Value {
    Value::List(items.iter().map(free).collect())
}

#[cfg(test)]
mod tests;
