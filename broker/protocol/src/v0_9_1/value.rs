//! Values of field tables in AMQP 0-9-1, owned, and tables of them (section 4.2.5.5).
//!
//! The grammar is RabbitMQ's: the specification's type octets were never agreed on, and what
//! clients write is what RabbitMQ reads (`s` and `u` are integers of 16 bits, `l` is signed, `x`
//! is bytes). What is written here RabbitMQ's clients read.

use crate::limits::NESTING_MAX;
use crate::reader::{Fault, Reader};
use crate::v0_9_1::short_str::ShortStr;
use crate::v0_9_1::table::{FieldRef, TableRef};

/// An owned value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FieldValue {
    /// `t`
    Bool(bool),
    /// `b`
    Int8(i8),
    /// `B`
    Uint8(u8),
    /// `s`
    Int16(i16),
    /// `u`
    Uint16(u16),
    /// `I`
    Int32(i32),
    /// `i`
    Uint32(u32),
    /// `l`; `L` is read as well.
    Int64(i64),
    /// `f`
    Float(f32),
    /// `d`
    Double(f64),
    /// `D`: the value is `unscaled` divided by ten to the power of `scale`.
    Decimal { scale: u8, unscaled: u32 },
    /// `S`: bytes, mostly text in UTF-8.
    LongString(Vec<u8>),
    /// `A`
    Array(Vec<FieldValue>),
    /// `T`: seconds since 1970.
    Timestamp(u64),
    /// `F`
    Table(Table),
    /// `V`
    Void,
    /// `x`
    Bytes(Vec<u8>),
}

impl FieldValue {
    /// Reads a value with its type octet.
    ///
    /// # Errors
    /// Bytes that are no such value, an unknown type, or nesting too deep.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        FieldRef::decode(reader, NESTING_MAX).map(FieldRef::to_value)
    }

    /// Writes the value with its type octet.
    pub fn encode(&self, into: &mut Vec<u8>) {
        match self {
            Self::Bool(value) => into.extend_from_slice(&[b't', u8::from(*value)]),
            Self::Int8(value) => into.extend_from_slice(&[b'b', value.cast_unsigned()]),
            Self::Uint8(value) => into.extend_from_slice(&[b'B', *value]),
            Self::Int16(value) => put(into, b's', &value.to_be_bytes()),
            Self::Uint16(value) => put(into, b'u', &value.to_be_bytes()),
            Self::Int32(value) => put(into, b'I', &value.to_be_bytes()),
            Self::Uint32(value) => put(into, b'i', &value.to_be_bytes()),
            Self::Int64(value) => put(into, b'l', &value.to_be_bytes()),
            Self::Float(value) => put(into, b'f', &value.to_be_bytes()),
            Self::Double(value) => put(into, b'd', &value.to_be_bytes()),
            Self::Decimal { scale, unscaled } => {
                into.extend_from_slice(&[b'D', *scale]);
                into.extend_from_slice(&unscaled.to_be_bytes());
            }
            Self::LongString(value) => put_long(into, b'S', value),
            Self::Array(items) => {
                into.push(b'A');
                put_sized(into, |into| items.iter().for_each(|item| item.encode(into)));
            }
            Self::Timestamp(value) => put(into, b'T', &value.to_be_bytes()),
            Self::Table(table) => {
                into.push(b'F');
                table.encode(into);
            }
            Self::Void => into.push(b'V'),
            Self::Bytes(value) => put_long(into, b'x', value),
        }
    }

    /// The value as a signed integer, if it is an integer.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int8(value) => Some(i64::from(*value)),
            Self::Uint8(value) => Some(i64::from(*value)),
            Self::Int16(value) => Some(i64::from(*value)),
            Self::Uint16(value) => Some(i64::from(*value)),
            Self::Int32(value) => Some(i64::from(*value)),
            Self::Uint32(value) => Some(i64::from(*value)),
            Self::Int64(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as text, if it is a long string in UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::LongString(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The value, if it is a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::LongString(text.as_bytes().to_vec())
    }
}

impl From<bool> for FieldValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for FieldValue {
    fn from(value: i32) -> Self {
        Self::Int32(value)
    }
}

/// A field table: names and values in order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    entries: Vec<(String, FieldValue)>,
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// The table with one more entry; an equal name is replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<FieldValue>) -> Self {
        self.insert(name, value.into());
        self
    }

    /// Sets an entry. Names longer than 255 bytes do not fit the wire and are cut off when written.
    pub fn insert(&mut self, name: &str, value: FieldValue) {
        match self.get_mut(name) {
            Some(slot) => *slot = value,
            None => self.entries.push((name.to_owned(), value)),
        }
    }

    /// Sets an entry before all others; an equal name is removed.
    pub fn insert_first(&mut self, name: &str, value: FieldValue) {
        self.remove(name);
        self.entries.insert(0, (name.to_owned(), value));
    }

    /// Takes the first entry of a name away.
    pub fn remove(&mut self, name: &str) -> Option<FieldValue> {
        let place = self.entries.iter().position(|(have, _)| have == name)?;
        Some(self.entries.remove(place).1)
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&FieldValue> {
        self.entries.iter().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    /// The first value of a name, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut FieldValue> {
        self.entries.iter_mut().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Reads a table with its length. Names that are not UTF-8 are read as Latin-1.
    ///
    /// # Errors
    /// Bytes that are no table.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        TableRef::decode(reader, NESTING_MAX).map(TableRef::to_table)
    }

    /// Writes the table with its length.
    pub fn encode(&self, into: &mut Vec<u8>) {
        put_sized(into, |into| {
            for (name, value) in &self.entries {
                ShortStr::new(name).encode(into);
                value.encode(into);
            }
        });
    }
}

/// Every pair becomes an entry, also of equal names: the first one counts.
impl FromIterator<(String, FieldValue)> for Table {
    fn from_iter<I: IntoIterator<Item = (String, FieldValue)>>(pairs: I) -> Self {
        Self { entries: pairs.into_iter().collect() }
    }
}

fn put(into: &mut Vec<u8>, code: u8, bytes: &[u8]) {
    into.push(code);
    into.extend_from_slice(bytes);
}

fn put_long(into: &mut Vec<u8>, code: u8, bytes: &[u8]) {
    into.push(code);
    put_bytes32(into, bytes);
}

/// Writes bytes behind 32 bits of length.
pub(crate) fn put_bytes32(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    into.extend_from_slice(bytes);
}

/// Writes what `content` writes, behind 32 bits of its length.
pub(crate) fn put_sized(into: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let start = into.len();
    into.extend_from_slice(&[0; 4]);
    content(into);
    let length = u32::try_from(into.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(slot) = into.get_mut(start..start + 4) {
        slot.copy_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests;
