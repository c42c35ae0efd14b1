//! Bytes to owned values.
//!
//! Invariant: what is allocated is bounded by [`VALUES_MAX`](crate::limits::VALUES_MAX) and by the
//! bytes that are there, never by a count that the bytes announce.

use super::reader::{Constructor, Elements, Item, Reader};
use super::{DecodeError, Value, ValueRef};

type Result<T> = std::result::Result<T, DecodeError>;

impl Value {
    /// Reads one value that takes all of `bytes`.
    ///
    /// # Errors
    /// Bytes that are no AMQP 1.0 value, that go on after it, or that pass a limit.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes)?;
        let value = value(&mut reader)?;
        reader.end()?;
        Ok(value)
    }
}

impl<'a> ValueRef<'a> {
    /// Reads one value that takes all of `bytes`, in place. What is inside it is checked as well.
    ///
    /// # Errors
    /// Bytes that are no AMQP 1.0 value, that go on after it, or that pass a limit.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes)?;
        let value = value_ref(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    /// An owned copy.
    ///
    /// # Errors
    /// An [`ValueRef::Encoded`] whose bytes are no AMQP 1.0 value.
    pub fn to_value(&self) -> Result<Value> {
        match *self {
            ValueRef::Encoded(bytes) => Value::decode(bytes),
            scalar => Ok(owned(scalar)),
        }
    }
}

/// Reads the next value in place.
pub(super) fn value_ref<'a>(reader: &mut Reader<'a>) -> Result<ValueRef<'a>> {
    let whole = reader.rest();
    let mut head = reader.clone();
    head.count(1)?;
    if let Constructor::Primitive(code) = head.constructor()?
        && let Item::Scalar(value) = head.item(code)?
    {
        *reader = head;
        return Ok(value);
    }
    reader.skip()?;
    let (encoded, _) = whole.split_at(whole.len() - reader.rest().len());
    Ok(ValueRef::Encoded(encoded))
}

fn value(reader: &mut Reader<'_>) -> Result<Value> {
    reader.count(1)?;
    let constructor = reader.constructor()?;
    data(reader, constructor)
}

fn data<'a>(reader: &mut Reader<'a>, constructor: Constructor<'a>) -> Result<Value> {
    match constructor {
        Constructor::Described { descriptor, inner } => {
            let nested = reader.nested(inner)?;
            let mut child = reader.child(reader.rest())?;
            let descriptor = value(&mut reader.child(descriptor)?)?;
            let described = data(&mut child, nested)?;
            reader.adopt(&child);
            Ok(Value::Described(Box::new((descriptor, described))))
        }
        Constructor::Primitive(code) => match reader.item(code)? {
            Item::Scalar(scalar) => Ok(owned(scalar)),
            Item::List(elements) => list(reader, elements).map(Value::List),
            Item::Map(elements) => map(reader, elements).map(Value::Map),
            Item::Array(elements, of) => array(reader, elements, of).map(Value::Array),
        },
    }
}

fn list<'a>(parent: &mut Reader<'a>, elements: Elements<'a>) -> Result<Vec<Value>> {
    let mut reader = elements.reader;
    let mut values = Vec::new();
    for _ in 0..elements.count {
        values.push(value(&mut reader)?);
    }
    parent.close(&reader)?;
    Ok(values)
}

fn map<'a>(parent: &mut Reader<'a>, elements: Elements<'a>) -> Result<Vec<(Value, Value)>> {
    let mut reader = elements.reader;
    let mut pairs = Vec::new();
    for _ in 0..elements.count / 2 {
        pairs.push((value(&mut reader)?, value(&mut reader)?));
    }
    parent.close(&reader)?;
    Ok(pairs)
}

fn array<'a>(
    parent: &mut Reader<'a>,
    elements: Elements<'a>,
    of: Constructor<'a>,
) -> Result<Vec<Value>> {
    let mut reader = elements.reader;
    let mut values = Vec::new();
    for _ in 0..elements.count {
        reader.count_element(of)?;
        values.push(data(&mut reader, of)?);
    }
    parent.close(&reader)?;
    Ok(values)
}

fn owned(scalar: ValueRef<'_>) -> Value {
    match scalar {
        ValueRef::Null => Value::Null,
        ValueRef::Bool(value) => Value::Bool(value),
        ValueRef::Ubyte(value) => Value::Ubyte(value),
        ValueRef::Ushort(value) => Value::Ushort(value),
        ValueRef::Uint(value) => Value::Uint(value),
        ValueRef::Ulong(value) => Value::Ulong(value),
        ValueRef::Byte(value) => Value::Byte(value),
        ValueRef::Short(value) => Value::Short(value),
        ValueRef::Int(value) => Value::Int(value),
        ValueRef::Long(value) => Value::Long(value),
        ValueRef::Float(value) => Value::Float(value),
        ValueRef::Double(value) => Value::Double(value),
        ValueRef::Decimal32(value) => Value::Decimal32(value),
        ValueRef::Decimal64(value) => Value::Decimal64(value),
        ValueRef::Decimal128(value) => Value::Decimal128(value),
        ValueRef::Char(value) => Value::Char(value),
        ValueRef::Timestamp(value) => Value::Timestamp(value),
        ValueRef::Uuid(value) => Value::Uuid(value),
        ValueRef::Binary(value) => Value::Binary(value.to_vec()),
        ValueRef::String(value) => Value::String(value.to_owned()),
        ValueRef::Symbol(value) => Value::Symbol(value.to_owned()),
        // Composite values were read as lists, maps and arrays, so this arm sees bytes of the
        // caller's.
        ValueRef::Encoded(bytes) => Value::Binary(bytes.to_vec()),
    }
}
