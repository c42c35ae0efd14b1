//! Owned values to bytes, each in the smallest form that its type has.
//!
//! Invariant: decoding the bytes gives the value back, except that an array whose elements are of
//! several types, which AMQP 1.0 cannot say, is written as a list.

use std::borrow::Borrow;

use super::code;
use super::{Value, ValueRef};

impl Value {
    /// The AMQP 1.0 encoding, constructor included, in the smallest form.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, self);
        out
    }
}

impl ValueRef<'_> {
    /// Adds the AMQP 1.0 encoding, constructor included: the smallest form of a scalar, and what
    /// is encoded as it is.
    pub(crate) fn encode_into(self, out: &mut Vec<u8>) {
        match self {
            ValueRef::Encoded(bytes) => out.extend(bytes),
            scalar => write_scalar(out, scalar),
        }
    }
}

/// Adds a key of a map.
pub(crate) fn encode_key(out: &mut Vec<u8>, key: &str) {
    sized(out, code::STRING_8, code::STRING_32, key.as_bytes());
}

/// The bytes before the pairs of a map in its wide form, which [`end_map`] fills in.
pub(crate) fn begin_map(out: &mut Vec<u8>) -> usize {
    out.push(code::MAP_32);
    out.extend([0; 8]);
    out.len()
}

/// Says in front of a map whose pairs begin at `start` how long it is and how many values it has.
pub(crate) fn end_map(out: &mut [u8], start: usize, pairs: usize) {
    let bytes = out.len().saturating_sub(start) + 4;
    let head = start.checked_sub(8).and_then(|head| out.get_mut(head..start));
    if let Some((size_at, count_at)) = head.and_then(|head| head.split_at_mut_checked(4)) {
        size_at.copy_from_slice(&size(bytes));
        count_at.copy_from_slice(&size(pairs * 2));
    }
}

/// Encodes a map of strings to values, in this order: arguments, headers, a store's record.
pub fn encode_map<K: AsRef<str>, V: Borrow<Value>>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> Vec<u8> {
    let mut body = Vec::new();
    let mut count = 0;
    for (key, value) in pairs {
        sized(&mut body, code::STRING_8, code::STRING_32, key.as_ref().as_bytes());
        write(&mut body, value.borrow());
        count += 2;
    }
    let mut out = Vec::with_capacity(body.len() + 9);
    compound(&mut out, code::MAP_8, code::MAP_32, count, &body);
    out
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::List(values) if values.is_empty() => out.push(code::LIST_0),
        Value::List(values) => list(out, values),
        Value::Map(pairs) => {
            compound(out, code::MAP_8, code::MAP_32, pairs.len() * 2, &map_body(pairs));
        }
        Value::Array(values) => array(out, values),
        Value::Described(described) => {
            out.push(code::DESCRIBED);
            write(out, &described.0);
            write(out, &described.1);
        }
        scalar => write_scalar(out, borrowed(scalar)),
    }
}

fn write_scalar(out: &mut Vec<u8>, scalar: ValueRef<'_>) {
    match scalar {
        ValueRef::Bool(value) => out.push(if value { code::TRUE } else { code::FALSE }),
        ValueRef::Uint(0) => out.push(code::UINT_0),
        ValueRef::Ulong(0) => out.push(code::ULONG_0),
        scalar => {
            let code = scalar_code(scalar, is_small(scalar));
            out.push(code);
            scalar_data(out, scalar, code);
        }
    }
}

/// A scalar as it is borrowed; what is none is null.
fn borrowed(value: &Value) -> ValueRef<'_> {
    value.as_scalar().unwrap_or(ValueRef::Null)
}

fn list(out: &mut Vec<u8>, values: &[Value]) {
    compound(out, code::LIST_8, code::LIST_32, values.len(), &list_body(values));
}

fn list_body(values: &[Value]) -> Vec<u8> {
    let mut body = Vec::new();
    for value in values {
        write(&mut body, value);
    }
    body
}

fn map_body(pairs: &[(Value, Value)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in pairs {
        write(&mut body, key);
        write(&mut body, value);
    }
    body
}

/// Elements share one constructor: the smallest that fits all of them.
fn array(out: &mut Vec<u8>, values: &[Value]) {
    let Some(body) = array_body(values) else { return list(out, values) };
    compound(out, code::ARRAY_8, code::ARRAY_32, values.len(), &body);
}

fn array_body(values: &[Value]) -> Option<Vec<u8>> {
    let constructor = shared_constructor(values)?;
    let mut body = constructor.clone();
    let code = *constructor.last()?;
    for value in values {
        element_data(&mut body, value, code)?;
    }
    Some(body)
}

/// The constructor that all these values can share; none where their types differ.
fn shared_constructor(values: &[Value]) -> Option<Vec<u8>> {
    let Some(first) = values.first() else { return Some(vec![code::NULL]) };
    let kind = std::mem::discriminant(first);
    if values.iter().any(|value| std::mem::discriminant(value) != kind) {
        return None;
    }
    let Value::Described(first) = first else {
        return Some(vec![element_code(values)]);
    };
    let described = values.iter().map(|value| match value {
        Value::Described(described) if described.0 == first.0 => Some(described.1.clone()),
        _ => None,
    });
    let described = described.collect::<Option<Vec<_>>>()?;
    let mut constructor = vec![code::DESCRIBED];
    write(&mut constructor, &first.0);
    constructor.extend(shared_constructor(&described)?);
    Some(constructor)
}

fn element_code(values: &[Value]) -> u8 {
    match values.first() {
        Some(Value::List(_)) => code::LIST_32,
        Some(Value::Map(_)) => code::MAP_32,
        Some(Value::Array(_)) => code::ARRAY_32,
        Some(Value::Bool(_)) => code::BOOLEAN,
        Some(scalar) => {
            let small = values.iter().all(|value| is_small(borrowed(value)));
            scalar_code(borrowed(scalar), small)
        }
        None => code::NULL,
    }
}

/// The data of an element; none for an array inside it that has no encoding.
fn element_data(out: &mut Vec<u8>, value: &Value, code: u8) -> Option<()> {
    match value {
        Value::List(values) => compound_data(out, values.len(), &list_body(values)),
        Value::Map(pairs) => compound_data(out, pairs.len() * 2, &map_body(pairs)),
        Value::Array(values) => compound_data(out, values.len(), &array_body(values)?),
        Value::Described(described) => element_data(out, &described.1, code)?,
        scalar => scalar_data(out, borrowed(scalar), code),
    }
    Some(())
}

/// Whether the form with one byte of data, or of size, fits.
fn is_small(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Uint(value) => value <= 255,
        ValueRef::Ulong(value) => value <= 255,
        ValueRef::Int(value) => i8::try_from(value).is_ok(),
        ValueRef::Long(value) => i8::try_from(value).is_ok(),
        ValueRef::Binary(bytes) => bytes.len() <= 255,
        ValueRef::String(text) | ValueRef::Symbol(text) => text.len() <= 255,
        _ => false,
    }
}

fn scalar_code(value: ValueRef<'_>, small: bool) -> u8 {
    let choose = |one: u8, wide: u8| if small { one } else { wide };
    match value {
        ValueRef::Ubyte(_) => code::UBYTE,
        ValueRef::Ushort(_) => code::USHORT,
        ValueRef::Uint(_) => choose(code::UINT_SMALL, code::UINT),
        ValueRef::Ulong(_) => choose(code::ULONG_SMALL, code::ULONG),
        ValueRef::Byte(_) => code::BYTE,
        ValueRef::Short(_) => code::SHORT,
        ValueRef::Int(_) => choose(code::INT_SMALL, code::INT),
        ValueRef::Long(_) => choose(code::LONG_SMALL, code::LONG),
        ValueRef::Float(_) => code::FLOAT,
        ValueRef::Double(_) => code::DOUBLE,
        ValueRef::Decimal32(_) => code::DECIMAL_32,
        ValueRef::Decimal64(_) => code::DECIMAL_64,
        ValueRef::Decimal128(_) => code::DECIMAL_128,
        ValueRef::Char(_) => code::CHAR,
        ValueRef::Timestamp(_) => code::TIMESTAMP,
        ValueRef::Uuid(_) => code::UUID,
        ValueRef::Binary(_) => choose(code::BINARY_8, code::BINARY_32),
        ValueRef::String(_) => choose(code::STRING_8, code::STRING_32),
        ValueRef::Symbol(_) => choose(code::SYMBOL_8, code::SYMBOL_32),
        _ => code::NULL,
    }
}

/// The data of a scalar under `code`, whose high half says how wide the data or its size is.
fn scalar_data(out: &mut Vec<u8>, value: ValueRef<'_>, code: u8) {
    let one_byte = matches!(code >> 4, 0x5 | 0xa);
    match value {
        ValueRef::Bool(value) => out.push(u8::from(value)),
        ValueRef::Ubyte(value) => out.push(value),
        ValueRef::Ushort(value) => out.extend(value.to_be_bytes()),
        ValueRef::Uint(value) => tail(out, &value.to_be_bytes(), one_byte),
        ValueRef::Ulong(value) => tail(out, &value.to_be_bytes(), one_byte),
        ValueRef::Byte(value) => out.extend(value.to_be_bytes()),
        ValueRef::Short(value) => out.extend(value.to_be_bytes()),
        ValueRef::Int(value) => tail(out, &value.to_be_bytes(), one_byte),
        ValueRef::Long(value) => tail(out, &value.to_be_bytes(), one_byte),
        ValueRef::Float(value) => out.extend(value.to_be_bytes()),
        ValueRef::Double(value) => out.extend(value.to_be_bytes()),
        ValueRef::Decimal32(value) => out.extend(value),
        ValueRef::Decimal64(value) => out.extend(value),
        ValueRef::Decimal128(value) => out.extend(value),
        ValueRef::Char(value) => out.extend(u32::from(value).to_be_bytes()),
        ValueRef::Timestamp(value) => out.extend(value.to_be_bytes()),
        ValueRef::Uuid(value) => out.extend(value),
        ValueRef::Binary(bytes) => variable_data(out, bytes, one_byte),
        ValueRef::String(text) | ValueRef::Symbol(text) => {
            variable_data(out, text.as_bytes(), one_byte);
        }
        _ => {}
    }
}

/// All the bytes, or the last alone: two's complement and big-endian, so it says the same.
fn tail(out: &mut Vec<u8>, bytes: &[u8], one_byte: bool) {
    match bytes.last() {
        Some(last) if one_byte => out.push(*last),
        _ => out.extend(bytes),
    }
}

fn sized(out: &mut Vec<u8>, code_8: u8, code_32: u8, bytes: &[u8]) {
    let one_byte = bytes.len() <= 255;
    out.push(if one_byte { code_8 } else { code_32 });
    variable_data(out, bytes, one_byte);
}

fn variable_data(out: &mut Vec<u8>, bytes: &[u8], one_byte: bool) {
    tail(out, &size(bytes.len()), one_byte);
    out.extend(bytes);
}

fn compound(out: &mut Vec<u8>, code_8: u8, code_32: u8, count: usize, body: &[u8]) {
    if count <= 255 && body.len() < 255 {
        out.push(code_8);
        tail(out, &size(body.len() + 1), true);
        tail(out, &size(count), true);
        out.extend(body);
    } else {
        out.push(code_32);
        compound_data(out, count, body);
    }
}

fn compound_data(out: &mut Vec<u8>, count: usize, body: &[u8]) {
    out.extend(size(body.len() + 4));
    out.extend(size(count));
    out.extend(body);
}

/// A size on the wire. Past 4 GiB it says less than there is, which no decoder takes; every decoder
/// stops long before, at [`VALUE_BYTES_MAX`](crate::limits::VALUE_BYTES_MAX).
fn size(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}
