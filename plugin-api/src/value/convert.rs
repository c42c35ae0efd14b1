//! Between AMQP's types and Rust's, for plugins that want a number or a text and not its width.

use super::{MapRef, Value, ValueRef};

impl<'a> ValueRef<'a> {
    /// The text of a string or symbol.
    pub fn as_str(&self) -> Option<&'a str> {
        match *self {
            ValueRef::String(text) | ValueRef::Symbol(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of a binary, string or symbol.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match *self {
            ValueRef::Binary(bytes) => Some(bytes),
            other => other.as_str().map(str::as_bytes),
        }
    }

    /// An integer of any width and sign; none also for a ulong past `i64::MAX`.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            ValueRef::Ubyte(value) => Some(value.into()),
            ValueRef::Ushort(value) => Some(value.into()),
            ValueRef::Uint(value) => Some(value.into()),
            ValueRef::Ulong(value) => value.try_into().ok(),
            ValueRef::Byte(value) => Some(value.into()),
            ValueRef::Short(value) => Some(value.into()),
            ValueRef::Int(value) => Some(value.into()),
            ValueRef::Long(value) => Some(value),
            _ => None,
        }
    }

    /// A float or a double.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            ValueRef::Float(value) => Some(value.into()),
            ValueRef::Double(value) => Some(value),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            ValueRef::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A map whose keys are texts.
    pub fn as_map(&self) -> Option<MapRef<'a>> {
        match *self {
            ValueRef::Encoded(bytes) => MapRef::parse(bytes).ok(),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::Int(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Long(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Uint(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Ulong(value)
    }
}

impl Value {
    /// A scalar as it is borrowed; none of a list, map, array or described value.
    pub fn as_scalar(&self) -> Option<ValueRef<'_>> {
        Some(match self {
            Value::Null => ValueRef::Null,
            Value::Bool(value) => ValueRef::Bool(*value),
            Value::Ubyte(value) => ValueRef::Ubyte(*value),
            Value::Ushort(value) => ValueRef::Ushort(*value),
            Value::Uint(value) => ValueRef::Uint(*value),
            Value::Ulong(value) => ValueRef::Ulong(*value),
            Value::Byte(value) => ValueRef::Byte(*value),
            Value::Short(value) => ValueRef::Short(*value),
            Value::Int(value) => ValueRef::Int(*value),
            Value::Long(value) => ValueRef::Long(*value),
            Value::Float(value) => ValueRef::Float(*value),
            Value::Double(value) => ValueRef::Double(*value),
            Value::Decimal32(value) => ValueRef::Decimal32(*value),
            Value::Decimal64(value) => ValueRef::Decimal64(*value),
            Value::Decimal128(value) => ValueRef::Decimal128(*value),
            Value::Char(value) => ValueRef::Char(*value),
            Value::Timestamp(value) => ValueRef::Timestamp(*value),
            Value::Uuid(value) => ValueRef::Uuid(*value),
            Value::Binary(bytes) => ValueRef::Binary(bytes),
            Value::String(text) => ValueRef::String(text),
            Value::Symbol(text) => ValueRef::Symbol(text),
            Value::List(_) | Value::Map(_) | Value::Array(_) | Value::Described(_) => return None,
        })
    }
}
