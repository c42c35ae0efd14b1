//! A value of an attribute or an argument, in the types of the schema and no protocol's.

use crate::object::ObjectName;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// true or false.
    Bool(bool),
    /// Any unsigned number; the schema says how wide it goes out.
    Unsigned(u64),
    /// Any signed number.
    Signed(i64),
    /// Either float type.
    Double(f64),
    /// Either string type.
    Text(String),
    /// Nanoseconds since 1970.
    Time(u64),
    /// Nanoseconds.
    Duration(u64),
    /// A UUID.
    Uuid([u8; 16]),
    /// Another object.
    Reference(ObjectName),
    /// Bytes that are no text.
    Binary(Vec<u8>),
    /// A map, in the order it was made.
    Map(Vec<(String, Value)>),
    /// A list.
    List(Vec<Value>),
    /// Nothing, inside maps and lists.
    Void,
}

impl Value {
    /// The value as text: text, or bytes that are text, as some clients send it.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Unsigned(value)
    }
}
