//! Field tables and their values read in place, without a tree (section 4.2.5.5, in RabbitMQ's
//! grammar: see [`value`](super::value)).
//!
//! Invariant: what [`TableRef::decode`] accepted can be iterated without a fault.

use crate::limits::NESTING_MAX;
use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_9_1::short_str::{ShortStr, text_of};
use crate::v0_9_1::value::{FieldValue, Table, put_bytes32};

/// A borrowed value; the variants are [`FieldValue`]'s.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FieldRef<'a> {
    Bool(bool),
    Int8(i8),
    Uint8(u8),
    Int16(i16),
    Uint16(u16),
    Int32(i32),
    Uint32(u32),
    Int64(i64),
    Float(f32),
    Double(f64),
    Decimal { scale: u8, unscaled: u32 },
    LongString(&'a [u8]),
    Array(ArrayRef<'a>),
    Timestamp(u64),
    Table(TableRef<'a>),
    Void,
    Bytes(&'a [u8]),
}

/// A table read in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TableRef<'a> {
    entries: &'a [u8],
}

/// An array read in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ArrayRef<'a> {
    items: &'a [u8],
}

impl<'a> FieldRef<'a> {
    /// Reads and checks a value with its type octet; `levels` more may nest in it.
    ///
    /// # Errors
    /// Bytes that are no such value, an unknown type, or nesting too deep.
    pub fn decode(reader: &mut Reader<'a>, levels: usize) -> Result<Self, Fault> {
        let before = reader.clone();
        Ok(match reader.u8()? {
            b't' => Self::Bool(reader.u8()? != 0),
            b'b' => Self::Int8(reader.u8()?.cast_signed()),
            b'B' => Self::Uint8(reader.u8()?),
            b's' => Self::Int16(reader.u16()?.cast_signed()),
            b'u' => Self::Uint16(reader.u16()?),
            b'I' => Self::Int32(reader.u32()?.cast_signed()),
            b'i' => Self::Uint32(reader.u32()?),
            b'l' | b'L' => Self::Int64(reader.u64()?.cast_signed()),
            b'f' => Self::Float(f32::from_be_bytes(reader.array()?)),
            b'd' => Self::Double(f64::from_be_bytes(reader.array()?)),
            b'D' => Self::Decimal { scale: reader.u8()?, unscaled: reader.u32()? },
            b'S' => Self::LongString(reader.bytes32()?),
            b'A' => Self::Array(ArrayRef::decode(reader, levels)?),
            b'T' => Self::Timestamp(reader.u64()?),
            b'F' => Self::Table(TableRef::decode(reader, levels)?),
            b'V' => Self::Void,
            b'x' => Self::Bytes(reader.bytes32()?),
            other => return Err(before.fault(FaultKind::UnknownType(other))),
        })
    }

    /// Writes the value with its type octet.
    pub fn encode(self, into: &mut Vec<u8>) {
        match self {
            Self::LongString(bytes) => {
                into.push(b'S');
                put_bytes32(into, bytes);
            }
            Self::Bytes(bytes) => {
                into.push(b'x');
                put_bytes32(into, bytes);
            }
            Self::Array(array) => {
                into.push(b'A');
                put_bytes32(into, array.items);
            }
            Self::Table(table) => {
                into.push(b'F');
                table.encode(into);
            }
            scalar => scalar.to_value().encode(into),
        }
    }

    /// The owned value.
    pub fn to_value(self) -> FieldValue {
        match self {
            Self::Bool(value) => FieldValue::Bool(value),
            Self::Int8(value) => FieldValue::Int8(value),
            Self::Uint8(value) => FieldValue::Uint8(value),
            Self::Int16(value) => FieldValue::Int16(value),
            Self::Uint16(value) => FieldValue::Uint16(value),
            Self::Int32(value) => FieldValue::Int32(value),
            Self::Uint32(value) => FieldValue::Uint32(value),
            Self::Int64(value) => FieldValue::Int64(value),
            Self::Float(value) => FieldValue::Float(value),
            Self::Double(value) => FieldValue::Double(value),
            Self::Decimal { scale, unscaled } => FieldValue::Decimal { scale, unscaled },
            Self::LongString(bytes) => FieldValue::LongString(bytes.to_vec()),
            Self::Array(array) => FieldValue::Array(array.iter().map(Self::to_value).collect()),
            Self::Timestamp(value) => FieldValue::Timestamp(value),
            Self::Table(table) => FieldValue::Table(table.to_table()),
            Self::Void => FieldValue::Void,
            Self::Bytes(bytes) => FieldValue::Bytes(bytes.to_vec()),
        }
    }

    /// The value as a signed integer, if it is an integer.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int8(value) => Some(i64::from(value)),
            Self::Uint8(value) => Some(i64::from(value)),
            Self::Int16(value) => Some(i64::from(value)),
            Self::Uint16(value) => Some(i64::from(value)),
            Self::Int32(value) => Some(i64::from(value)),
            Self::Uint32(value) => Some(i64::from(value)),
            Self::Int64(value) => Some(value),
            _ => None,
        }
    }

    /// The value as text, if it is a long string in UTF-8.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::LongString(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

impl<'a> TableRef<'a> {
    /// Reads and checks a table with its length; `levels` may nest, itself included.
    ///
    /// # Errors
    /// Bytes that are no table, or nesting too deep.
    pub fn decode(reader: &mut Reader<'a>, levels: usize) -> Result<Self, Fault> {
        let levels = deeper(reader, levels)?;
        let entries = reader.bytes32()?;
        check(&mut reader.within(entries), levels)?;
        Ok(Self { entries })
    }

    /// Checks the entries of a table without its length, as AMQPLAIN's response has them.
    ///
    /// # Errors
    /// Bytes that are no entries, or nesting too deep.
    pub fn from_entries(entries: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(entries);
        check(&mut reader, NESTING_MAX - 1)?;
        Ok(Self { entries })
    }

    /// Writes the table with its length.
    pub fn encode(self, into: &mut Vec<u8>) {
        put_bytes32(into, self.entries);
    }

    /// Its entries as they stand on the wire, without the table's length.
    pub fn as_bytes(self) -> &'a [u8] {
        self.entries
    }

    /// Whether it has no entry.
    pub fn is_empty(self) -> bool {
        self.entries.is_empty()
    }

    /// The first value of a name.
    pub fn get(self, name: &str) -> Option<FieldRef<'a>> {
        self.iter().find(|(have, _)| *have == *name).map(|(_, value)| value)
    }

    /// The entries in order.
    pub fn iter(self) -> impl Iterator<Item = (ShortStr<'a>, FieldRef<'a>)> + use<'a> {
        let mut reader = Reader::new(self.entries);
        std::iter::from_fn(move || {
            let name = reader.bytes8().ok()?;
            let value = FieldRef::decode(&mut reader, NESTING_MAX).ok()?;
            Some((ShortStr::from_bytes(name), value))
        })
    }

    /// The owned table. Names that are not UTF-8 are read as Latin-1.
    pub fn to_table(self) -> Table {
        self.iter()
            .map(|(name, value)| (text_of(name.as_bytes()).into(), value.to_value()))
            .collect()
    }
}

impl<'a> ArrayRef<'a> {
    fn decode(reader: &mut Reader<'a>, levels: usize) -> Result<Self, Fault> {
        let levels = deeper(reader, levels)?;
        let items = reader.bytes32()?;
        let mut inner = reader.within(items);
        while !inner.is_empty() {
            FieldRef::decode(&mut inner, levels)?;
        }
        Ok(Self { items })
    }

    /// Whether it has no element.
    pub fn is_empty(self) -> bool {
        self.items.is_empty()
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = FieldRef<'a>> + use<'a> {
        let mut reader = Reader::new(self.items);
        std::iter::from_fn(move || FieldRef::decode(&mut reader, NESTING_MAX).ok())
    }
}

fn check(entries: &mut Reader<'_>, levels: usize) -> Result<(), Fault> {
    while !entries.is_empty() {
        entries.bytes8()?;
        FieldRef::decode(entries, levels)?;
    }
    Ok(())
}

fn deeper(reader: &Reader<'_>, levels: usize) -> Result<usize, Fault> {
    levels.checked_sub(1).ok_or_else(|| reader.fault(FaultKind::TooDeep(NESTING_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_in_place_as_the_owned_one_is() {
        let inner = Table::new().with("n", FieldValue::Int64(-5));
        let array = FieldValue::Array(vec!["k".into(), FieldValue::Table(inner)]);
        let table = Table::new().with("x-death", array).with("on", true).with("s", "text");
        let mut bytes = Vec::new();
        table.encode(&mut bytes);
        let read = TableRef::decode(&mut Reader::new(&bytes), NESTING_MAX).unwrap();
        assert_eq!(read.to_table(), table);
        assert_eq!(read.get("s").and_then(FieldRef::as_str), Some("text"));
        let Some(FieldRef::Array(array)) = read.get("x-death") else { panic!("no array") };
        let Some(FieldRef::Table(inner)) = array.iter().nth(1) else { panic!("no table") };
        assert_eq!(inner.get("n").and_then(FieldRef::as_i64), Some(-5));
        let mut again = Vec::new();
        read.encode(&mut again);
        assert_eq!(again, bytes);
        for (_, value) in read.iter() {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            value.encode(&mut one);
            value.to_value().encode(&mut other);
            assert_eq!(one, other);
        }
    }

    #[test]
    fn entries_without_a_length_are_read_as_amqplain_sends_them() {
        let table = TableRef::from_entries(b"\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x01p");
        let table = table.unwrap();
        assert_eq!(table.get("LOGIN").and_then(FieldRef::as_str), Some("guest"));
        assert_eq!(table.get("PASSWORD").and_then(FieldRef::as_str), Some("p"));
        let fault = TableRef::from_entries(b"\x05LOGI").unwrap_err();
        assert_eq!((fault.offset, fault.kind), (1, FaultKind::Truncated { wanted: 5, found: 4 }));
    }

    #[test]
    fn a_name_in_latin_1_is_no_reason_to_refuse_a_table() {
        let bytes = b"\0\0\0\x04\x02\xe9\xe8V";
        let table = TableRef::decode(&mut Reader::new(&bytes[..]), NESTING_MAX).unwrap();
        assert_eq!(table.to_table().iter().next(), Some(("éè", &FieldValue::Void)));
    }
}
