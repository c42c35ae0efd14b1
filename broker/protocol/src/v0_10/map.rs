//! Values and maps of AMQP 0-10 read in place, without a tree.
//!
//! Invariant: what [`MapRef::decode`] accepted can be iterated without a fault.

use crate::limits::NESTING_MAX;
use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_10::value::{FieldMap, Value, Width, unknown, width};

/// A borrowed value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum ValueRef<'a> {
    Void,
    Bool(bool),
    Int8(i8),
    Uint8(u8),
    Int16(i16),
    Uint16(u16),
    Int32(i32),
    Uint32(u32),
    Int64(i64),
    Uint64(u64),
    Float(f32),
    Double(f64),
    Char32(char),
    Datetime(i64),
    Uuid([u8; 16]),
    Str8(&'a str),
    Str16(&'a str),
    Vbin8(&'a [u8]),
    Vbin16(&'a [u8]),
    Vbin32(&'a [u8]),
    Map(MapRef<'a>),
    List(ListRef<'a>),
    Array(ListRef<'a>),
    Other(u8, &'a [u8]),
}

/// A map read in place.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct MapRef<'a> {
    count: u32,
    entries: &'a [u8],
}

/// A list or array read in place; an array's elements share the type `code`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListRef<'a> {
    code: Option<u8>,
    count: u32,
    items: &'a [u8],
}

impl<'a> ValueRef<'a> {
    /// Reads and checks the value of a type; `levels` more may nest in it.
    ///
    /// # Errors
    /// Bytes that are no such value, or nesting too deep.
    pub fn decode(code: u8, reader: &mut Reader<'a>, levels: usize) -> Result<Self, Fault> {
        Ok(match code {
            0xf0 => Self::Void,
            0x08 => Self::Bool(reader.u8()? != 0),
            0x01 => Self::Int8(reader.u8()?.cast_signed()),
            0x02 => Self::Uint8(reader.u8()?),
            0x11 => Self::Int16(reader.u16()?.cast_signed()),
            0x12 => Self::Uint16(reader.u16()?),
            0x21 => Self::Int32(reader.u32()?.cast_signed()),
            0x22 => Self::Uint32(reader.u32()?),
            0x31 => Self::Int64(reader.u64()?.cast_signed()),
            0x32 => Self::Uint64(reader.u64()?),
            0x23 => Self::Float(f32::from_be_bytes(reader.array()?)),
            0x33 => Self::Double(f64::from_be_bytes(reader.array()?)),
            0x27 => Self::Char32(read_char(reader)?),
            0x38 => Self::Datetime(reader.u64()?.cast_signed()),
            0x48 => Self::Uuid(reader.array()?),
            0x85 => Self::Str8(reader.str8()?),
            0x95 => Self::Str16(reader.str16()?),
            0x80 => Self::Vbin8(reader.bytes8()?),
            0x90 => Self::Vbin16(reader.bytes16()?),
            0xa0 => Self::Vbin32(reader.bytes32()?),
            0xa8 => Self::Map(MapRef::decode(reader, levels)?),
            0xa9 => Self::List(ListRef::decode(reader, false, levels)?),
            0xaa => Self::Array(ListRef::decode(reader, true, levels)?),
            other => Self::Other(other, opaque(other, reader)?),
        })
    }

    /// The owned value.
    ///
    /// # Errors
    /// None that decoding did not report.
    pub fn to_value(self) -> Result<Value, Fault> {
        Ok(match self {
            Self::Void => Value::Void,
            Self::Bool(value) => Value::Bool(value),
            Self::Int8(value) => Value::Int8(value),
            Self::Uint8(value) => Value::Uint8(value),
            Self::Int16(value) => Value::Int16(value),
            Self::Uint16(value) => Value::Uint16(value),
            Self::Int32(value) => Value::Int32(value),
            Self::Uint32(value) => Value::Uint32(value),
            Self::Int64(value) => Value::Int64(value),
            Self::Uint64(value) => Value::Uint64(value),
            Self::Float(value) => Value::Float(value),
            Self::Double(value) => Value::Double(value),
            Self::Char32(value) => Value::Char32(value),
            Self::Datetime(value) => Value::Datetime(value),
            Self::Uuid(value) => Value::Uuid(value),
            Self::Str8(value) => Value::Str8(value.to_owned()),
            Self::Str16(value) => Value::Str16(value.to_owned()),
            Self::Vbin8(value) => Value::Vbin8(value.to_owned()),
            Self::Vbin16(value) => Value::Vbin16(value.to_owned()),
            Self::Vbin32(value) => Value::Vbin32(value.to_owned()),
            Self::Map(map) => Value::Map(map.to_map()?),
            Self::List(list) => Value::List(list.to_values()?),
            Self::Array(list) => Value::Array(list.code.unwrap_or(0xf0), list.to_values()?),
            Self::Other(code, bytes) => Value::Other(code, bytes.to_owned()),
        })
    }
}

impl<'a> MapRef<'a> {
    /// Reads and checks a map with its length; `levels` may nest, itself included.
    ///
    /// # Errors
    /// Bytes that are no map, or nesting too deep.
    pub fn decode(reader: &mut Reader<'a>, levels: usize) -> Result<Self, Fault> {
        let levels = deeper(reader, levels)?;
        let content = reader.bytes32()?;
        if content.is_empty() {
            return Ok(Self::default());
        }
        let mut inner = reader.within(content);
        let map = Self { count: inner.u32()?, entries: content.get(4..).unwrap_or(&[]) };
        for _ in 0..map.count {
            inner.str8()?;
            let code = inner.u8()?;
            ValueRef::decode(code, &mut inner, levels)?;
        }
        inner.finish()?;
        Ok(map)
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<ValueRef<'a>> {
        self.iter().find(|(have, _)| *have == name).map(|(_, value)| value)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, ValueRef<'a>)> + use<'a> {
        let mut reader = Reader::new(self.entries);
        (0..self.count).map_while(move |_| {
            let name = reader.str8().ok()?;
            let code = reader.u8().ok()?;
            Some((name, ValueRef::decode(code, &mut reader, NESTING_MAX).ok()?))
        })
    }

    /// The owned map; of equal names the last one counts.
    ///
    /// # Errors
    /// None that decoding did not report.
    pub fn to_map(self) -> Result<FieldMap, Fault> {
        self.iter().map(|(name, value)| Ok((name, value.to_value()?))).collect()
    }
}

impl<'a> ListRef<'a> {
    fn decode(reader: &mut Reader<'a>, is_array: bool, levels: usize) -> Result<Self, Fault> {
        let levels = deeper(reader, levels)?;
        let content = reader.bytes32()?;
        if content.is_empty() {
            return Ok(Self { code: is_array.then_some(0xf0), count: 0, items: &[] });
        }
        let mut inner = reader.within(content);
        let code = if is_array { Some(inner.u8()?) } else { None };
        let count = inner.u32()?;
        let items = content.get(content.len() - inner.remaining()..).unwrap_or(&[]);
        // An array of a type without bytes could announce four thousand million elements in none.
        if code.and_then(width) == Some(Width::Fixed(0)) && count as usize > content.len() {
            return Err(inner.fault(FaultKind::TooMany(content.len())));
        }
        let list = Self { code, count, items };
        for _ in 0..count {
            list.next(&mut inner, levels)?;
        }
        inner.finish()?;
        Ok(list)
    }

    fn next(&self, reader: &mut Reader<'a>, levels: usize) -> Result<ValueRef<'a>, Fault> {
        let code = match self.code {
            Some(code) => code,
            None => reader.u8()?,
        };
        ValueRef::decode(code, reader, levels)
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = ValueRef<'a>> + use<'a> {
        let list = *self;
        let mut reader = Reader::new(self.items);
        (0..self.count).map_while(move |_| list.next(&mut reader, NESTING_MAX).ok())
    }

    fn to_values(self) -> Result<Vec<Value>, Fault> {
        self.iter().map(ValueRef::to_value).collect()
    }
}

fn deeper(reader: &Reader<'_>, levels: usize) -> Result<usize, Fault> {
    levels.checked_sub(1).ok_or_else(|| reader.fault(FaultKind::TooDeep(NESTING_MAX)))
}

fn read_char(reader: &mut Reader<'_>) -> Result<char, Fault> {
    let code = reader.u32()?;
    char::from_u32(code).ok_or_else(|| reader.fault(FaultKind::InvalidValue(u64::from(code))))
}

/// The bytes of a type that nobody here computes with, length prefix included.
fn opaque<'a>(code: u8, reader: &mut Reader<'a>) -> Result<&'a [u8], Fault> {
    let mut ahead = reader.clone();
    let length = match width(code).ok_or_else(|| unknown(reader, code))? {
        Width::Fixed(length) => length,
        Width::Prefix8 => 1 + ahead.bytes8()?.len(),
        Width::Prefix16 => 2 + ahead.bytes16()?.len(),
        Width::Prefix32 => 4 + ahead.bytes32()?.len(),
    };
    reader.take(length)
}
