//! Owned values to bytes, each in the smallest form that its type has.
//!
//! Invariant: decoding the bytes gives the value back, except that an array whose elements are of
//! several types, which AMQP 1.0 cannot say, is written as a list.

use std::borrow::Borrow;

use super::Value;
use super::code;

impl Value {
    /// The AMQP 1.0 encoding, constructor included, in the smallest form.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, self);
        out
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
        Value::Bool(value) => out.push(if *value { code::TRUE } else { code::FALSE }),
        Value::Uint(0) => out.push(code::UINT_0),
        Value::Ulong(0) => out.push(code::ULONG_0),
        scalar => {
            let code = scalar_code(scalar, is_small(scalar));
            out.push(code);
            scalar_data(out, scalar, code);
        }
    }
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
        Some(scalar) => scalar_code(scalar, values.iter().all(is_small)),
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
        scalar => scalar_data(out, scalar, code),
    }
    Some(())
}

/// Whether the form with one byte of data, or of size, fits.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Uint(value) => *value <= 255,
        Value::Ulong(value) => *value <= 255,
        Value::Int(value) => i8::try_from(*value).is_ok(),
        Value::Long(value) => i8::try_from(*value).is_ok(),
        Value::Binary(bytes) => bytes.len() <= 255,
        Value::String(text) | Value::Symbol(text) => text.len() <= 255,
        _ => false,
    }
}

fn scalar_code(value: &Value, small: bool) -> u8 {
    let choose = |one: u8, wide: u8| if small { one } else { wide };
    match value {
        Value::Ubyte(_) => code::UBYTE,
        Value::Ushort(_) => code::USHORT,
        Value::Uint(_) => choose(code::UINT_SMALL, code::UINT),
        Value::Ulong(_) => choose(code::ULONG_SMALL, code::ULONG),
        Value::Byte(_) => code::BYTE,
        Value::Short(_) => code::SHORT,
        Value::Int(_) => choose(code::INT_SMALL, code::INT),
        Value::Long(_) => choose(code::LONG_SMALL, code::LONG),
        Value::Float(_) => code::FLOAT,
        Value::Double(_) => code::DOUBLE,
        Value::Decimal32(_) => code::DECIMAL_32,
        Value::Decimal64(_) => code::DECIMAL_64,
        Value::Decimal128(_) => code::DECIMAL_128,
        Value::Char(_) => code::CHAR,
        Value::Timestamp(_) => code::TIMESTAMP,
        Value::Uuid(_) => code::UUID,
        Value::Binary(_) => choose(code::BINARY_8, code::BINARY_32),
        Value::String(_) => choose(code::STRING_8, code::STRING_32),
        Value::Symbol(_) => choose(code::SYMBOL_8, code::SYMBOL_32),
        _ => code::NULL,
    }
}

/// The data of a scalar under `code`, whose high half says how wide the data or its size is.
fn scalar_data(out: &mut Vec<u8>, value: &Value, code: u8) {
    let one_byte = matches!(code >> 4, 0x5 | 0xa);
    match value {
        Value::Bool(value) => out.push(u8::from(*value)),
        Value::Ubyte(value) => out.push(*value),
        Value::Ushort(value) => out.extend(value.to_be_bytes()),
        Value::Uint(value) => tail(out, &value.to_be_bytes(), one_byte),
        Value::Ulong(value) => tail(out, &value.to_be_bytes(), one_byte),
        Value::Byte(value) => out.extend(value.to_be_bytes()),
        Value::Short(value) => out.extend(value.to_be_bytes()),
        Value::Int(value) => tail(out, &value.to_be_bytes(), one_byte),
        Value::Long(value) => tail(out, &value.to_be_bytes(), one_byte),
        Value::Float(value) => out.extend(value.to_be_bytes()),
        Value::Double(value) => out.extend(value.to_be_bytes()),
        Value::Decimal32(value) => out.extend(value),
        Value::Decimal64(value) => out.extend(value),
        Value::Decimal128(value) => out.extend(value),
        Value::Char(value) => out.extend(u32::from(*value).to_be_bytes()),
        Value::Timestamp(value) => out.extend(value.to_be_bytes()),
        Value::Uuid(value) => out.extend(value),
        Value::Binary(bytes) => variable_data(out, bytes, one_byte),
        Value::String(text) | Value::Symbol(text) => {
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
