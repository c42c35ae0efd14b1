//! Values of AMQP 0-10 in the types that plugins and the model know (AMQP 1.0's).

use philter_plugin_api::value::encode_map;
use philter_plugin_api::{Value, ValueRef};
use philter_protocol::v0_10::map;
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use crate::message::decimal;

/// The longest name in a map: its length field has 8 bits.
pub(super) const NAME_BYTES_MAX: usize = 255;

/// The longest text: there is none with a length field of 32 bits.
const TEXT_BYTES_MAX: usize = 65_535;

/// The types of decimals: a byte of scale, and an integer of 32 or 64 bits.
const DEC_32: u8 = 0xc8;
const DEC_64: u8 = 0xd8;

/// A value that needs no encoding; none for maps, lists and arrays.
pub(crate) fn scalar(value: map::ValueRef<'_>) -> Option<ValueRef<'_>> {
    use map::ValueRef as From;
    Some(match value {
        From::Void => ValueRef::Null,
        From::Bool(value) => ValueRef::Bool(value),
        From::Int8(value) => ValueRef::Byte(value),
        From::Uint8(value) => ValueRef::Ubyte(value),
        From::Int16(value) => ValueRef::Short(value),
        From::Uint16(value) => ValueRef::Ushort(value),
        From::Int32(value) => ValueRef::Int(value),
        From::Uint32(value) => ValueRef::Uint(value),
        From::Int64(value) => ValueRef::Long(value),
        From::Uint64(value) => ValueRef::Ulong(value),
        From::Float(value) => ValueRef::Float(value),
        From::Double(value) => ValueRef::Double(value),
        From::Char32(value) => ValueRef::Char(value),
        From::Datetime(seconds) => ValueRef::Timestamp(seconds.saturating_mul(1_000)),
        From::Uuid(value) => ValueRef::Uuid(value),
        From::Str8(value) | From::Str16(value) => ValueRef::String(value),
        From::Vbin8(value) | From::Vbin16(value) | From::Vbin32(value) => ValueRef::Binary(value),
        From::Other(code, bytes) => {
            decimal(code, bytes).map_or(ValueRef::Binary(bytes), ValueRef::Decimal64)
        }
        From::Map(_) | From::List(_) | From::Array(_) => return None,
    })
}

fn decimal(code: u8, bytes: &[u8]) -> Option<[u8; 8]> {
    let (&scale, unscaled) = bytes.split_first()?;
    match code {
        DEC_32 => {
            let unscaled = i32::from_be_bytes(unscaled.try_into().ok()?);
            Some(decimal::of_32_bits(scale, unscaled))
        }
        DEC_64 => decimal::of_64_bits(scale, i64::from_be_bytes(unscaled.try_into().ok()?)),
        _ => None,
    }
}

/// A scalar as text: itself, or its usual form; empty for anything else.
pub(crate) fn text_of(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::String(text) | ValueRef::Symbol(text) => text.as_bytes().to_vec(),
        ValueRef::Binary(bytes) => bytes.to_vec(),
        ValueRef::Uuid(bytes) => bytes.to_vec(),
        ValueRef::Bool(value) => value.to_string().into_bytes(),
        ValueRef::Ubyte(value) => value.to_string().into_bytes(),
        ValueRef::Ushort(value) => value.to_string().into_bytes(),
        ValueRef::Uint(value) => value.to_string().into_bytes(),
        ValueRef::Ulong(value) => value.to_string().into_bytes(),
        ValueRef::Byte(value) => value.to_string().into_bytes(),
        ValueRef::Short(value) => value.to_string().into_bytes(),
        ValueRef::Int(value) => value.to_string().into_bytes(),
        ValueRef::Long(value) => value.to_string().into_bytes(),
        ValueRef::Float(value) => value.to_string().into_bytes(),
        ValueRef::Double(value) => value.to_string().into_bytes(),
        _ => Vec::new(),
    }
}

/// Any value, owned.
pub(crate) fn to_plugin(value: map::ValueRef<'_>) -> Value {
    if let Some(scalar) = scalar(value) {
        return scalar.to_value().unwrap_or(Value::Null);
    }
    match value {
        map::ValueRef::Map(map) => {
            let pair = |(name, value): (&str, _)| (Value::String(name.into()), to_plugin(value));
            Value::Map(map.iter().map(pair).collect())
        }
        map::ValueRef::List(list) | map::ValueRef::Array(list) => {
            Value::List(list.iter().map(to_plugin).collect())
        }
        _ => Value::Null,
    }
}

/// A command's arguments as an encoded AMQP 1.0 map; empty for none.
pub(crate) fn encode_arguments(arguments: Option<&FieldMap>) -> Vec<u8> {
    let Some(arguments) = arguments.filter(|arguments| !arguments.is_empty()) else {
        return Vec::new();
    };
    let mut wire = Vec::new();
    arguments.encode(&mut wire);
    let mut reader = philter_protocol::reader::Reader::new(&wire);
    let levels = philter_protocol::limits::NESTING_MAX;
    let map = map::MapRef::decode(&mut reader, levels).unwrap_or_default();
    let pairs: Vec<(&str, Value)> = map.iter().map(|(name, v)| (name, to_plugin(v))).collect();
    encode_map(pairs.iter().map(|(name, value)| (*name, value)))
}

/// Arguments that were kept, as a map of 0-10 for the answer to a query.
pub(crate) fn to_wire_map(arguments: &[(String, Value)]) -> FieldMap {
    let mut map = FieldMap::new();
    for (name, value) in arguments {
        map.insert(name, to_wire(value));
    }
    map
}

/// A value of plugins as one of 0-10. What has no type there is text or bytes.
pub(super) fn to_wire(value: &Value) -> Wire {
    match value {
        Value::Null => Wire::Void,
        Value::Bool(value) => Wire::Bool(*value),
        Value::Ubyte(value) => Wire::Uint8(*value),
        Value::Ushort(value) => Wire::Uint16(*value),
        Value::Uint(value) => Wire::Uint32(*value),
        Value::Ulong(value) => Wire::Uint64(*value),
        Value::Byte(value) => Wire::Int8(*value),
        Value::Short(value) => Wire::Int16(*value),
        Value::Int(value) => Wire::Int32(*value),
        Value::Long(value) => Wire::Int64(*value),
        Value::Float(value) => Wire::Float(*value),
        Value::Double(value) => Wire::Double(*value),
        Value::Decimal32(bytes) => Wire::Vbin8(bytes.to_vec()),
        Value::Decimal64(bytes) => decimal::from_decimal64(*bytes)
            .map_or_else(|| Wire::Vbin8(bytes.to_vec()), |(scale, n)| decimal_to_wire(scale, n)),
        Value::Decimal128(bytes) => Wire::Vbin8(bytes.to_vec()),
        Value::Char(value) => Wire::Char32(*value),
        Value::Timestamp(ms) => Wire::Datetime(ms.div_euclid(1_000)),
        Value::Uuid(value) => Wire::Uuid(*value),
        Value::Binary(bytes) => Wire::Vbin32(bytes.clone()),
        Value::String(text) | Value::Symbol(text) if text.len() > TEXT_BYTES_MAX => {
            Wire::Vbin32(text.clone().into_bytes())
        }
        Value::String(text) | Value::Symbol(text) => Wire::Str16(text.clone()),
        Value::List(items) | Value::Array(items) => Wire::List(items.iter().map(to_wire).collect()),
        Value::Map(pairs) => Wire::Map(pairs.iter().filter_map(named).collect()),
        Value::Described(described) => to_wire(&described.1),
    }
}

fn decimal_to_wire(scale: u8, unscaled: i32) -> Wire {
    let mut bytes = vec![scale];
    bytes.extend(unscaled.to_be_bytes());
    Wire::Other(DEC_32, bytes)
}

/// An entry of a map; none where the name is none that fits.
fn named((key, value): &(Value, Value)) -> Option<(&str, Wire)> {
    match key {
        Value::String(name) | Value::Symbol(name) if name.len() <= NAME_BYTES_MAX => {
            Some((name, to_wire(value)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::MapRef;

    use super::*;

    #[test]
    fn arguments_come_back_as_they_were_given() {
        let list = Wire::List(vec![Wire::Int32(1), Wire::Str16("a".into())]);
        let arguments = FieldMap::new()
            .with("qpid.max_count", Wire::Int64(5))
            .with("list", list)
            .with("inner", Wire::Map(FieldMap::new().with("x", Wire::Bool(true))));
        let encoded = encode_arguments(Some(&arguments));
        let map = MapRef::parse(&encoded).unwrap();
        assert_eq!(map.get("qpid.max_count"), Some(ValueRef::Long(5)));
        let kept: Vec<(String, Value)> =
            map.iter().map(|(name, value)| (name.to_owned(), value.to_value().unwrap())).collect();
        assert_eq!(to_wire_map(&kept), arguments);
    }
}
