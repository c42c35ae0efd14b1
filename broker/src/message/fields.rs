//! Values of AMQP 0-9-1 in the types that plugins and the model know (AMQP 1.0's), and back.
//!
//! `broker/docs/cross-version.md` has the table of types.

use philter_plugin_api::value::encode_map;
use philter_plugin_api::{Value, ValueRef};
use philter_protocol::v0_9_1::{FieldRef, FieldValue, Table, TableRef};

use crate::message::header::{text_or_binary, timestamp};
use crate::message::{decimal, identifier};

/// The longest name in a table: its length field has 8 bits.
pub(super) const NAME_BYTES_MAX: usize = 255;

/// The last second of the year 9999. Some clients cannot read a later one, and fail.
pub(super) const TIMESTAMP_S_MAX: u64 = 253_402_300_799;

/// A value that needs no encoding; none for tables and arrays.
pub(super) fn scalar(value: FieldRef<'_>) -> Option<ValueRef<'_>> {
    Some(match value {
        FieldRef::Void => ValueRef::Null,
        FieldRef::Bool(value) => ValueRef::Bool(value),
        FieldRef::Int8(value) => ValueRef::Byte(value),
        FieldRef::Uint8(value) => ValueRef::Ubyte(value),
        FieldRef::Int16(value) => ValueRef::Short(value),
        FieldRef::Uint16(value) => ValueRef::Ushort(value),
        FieldRef::Int32(value) => ValueRef::Int(value),
        FieldRef::Uint32(value) => ValueRef::Uint(value),
        FieldRef::Int64(value) => ValueRef::Long(value),
        FieldRef::Float(value) => ValueRef::Float(value),
        FieldRef::Double(value) => ValueRef::Double(value),
        FieldRef::Decimal { scale, unscaled } => {
            // The specification has it unsigned, and clients write a sign.
            ValueRef::Decimal64(decimal::of_32_bits(scale, unscaled.cast_signed()))
        }
        FieldRef::LongString(bytes) => text_or_binary(bytes),
        FieldRef::Timestamp(seconds) => timestamp(seconds),
        FieldRef::Bytes(bytes) => ValueRef::Binary(bytes),
        FieldRef::Table(_) | FieldRef::Array(_) => return None,
    })
}

/// Any value, owned.
pub(super) fn to_plugin(value: FieldRef<'_>) -> Value {
    if let Some(scalar) = scalar(value) {
        return scalar.to_value().unwrap_or(Value::Null);
    }
    match value {
        FieldRef::Table(table) => {
            let pairs = table.iter();
            let pairs =
                pairs.map(|(name, value)| (Value::from(&*name.to_text()), to_plugin(value)));
            Value::Map(pairs.collect())
        }
        FieldRef::Array(array) => Value::List(array.iter().map(to_plugin).collect()),
        _ => Value::Null,
    }
}

/// A method's arguments as an encoded AMQP 1.0 map; empty for none.
pub(crate) fn encode_arguments(arguments: &Table) -> Vec<u8> {
    if arguments.is_empty() {
        return Vec::new();
    }
    let mut wire = Vec::new();
    arguments.encode(&mut wire);
    let mut reader = philter_protocol::reader::Reader::new(&wire);
    let table = TableRef::decode(&mut reader, philter_protocol::limits::NESTING_MAX);
    let table = table.unwrap_or_default();
    let pairs: Vec<(String, Value)> =
        table.iter().map(|(name, value)| (name.to_text().into_owned(), to_plugin(value))).collect();
    encode_map(pairs.iter().map(|(name, value)| (name.as_str(), value)))
}

/// A value of plugins as one of 0-9-1. What has no type there is text or bytes.
pub(super) fn from_plugin(value: &Value) -> FieldValue {
    match value {
        Value::Null => FieldValue::Void,
        Value::Bool(value) => FieldValue::Bool(*value),
        Value::Ubyte(value) => FieldValue::Uint8(*value),
        Value::Ushort(value) => FieldValue::Uint16(*value),
        Value::Uint(value) => FieldValue::Uint32(*value),
        Value::Ulong(value) => {
            i64::try_from(*value).map_or_else(|_| text(&value.to_string()), FieldValue::Int64)
        }
        Value::Byte(value) => FieldValue::Int8(*value),
        Value::Short(value) => FieldValue::Int16(*value),
        Value::Int(value) => FieldValue::Int32(*value),
        Value::Long(value) => FieldValue::Int64(*value),
        Value::Float(value) => FieldValue::Float(*value),
        Value::Double(value) => FieldValue::Double(*value),
        Value::Decimal32(bytes) => FieldValue::Bytes(bytes.to_vec()),
        Value::Decimal64(bytes) => match decimal::from_decimal64(*bytes) {
            Some((scale, unscaled)) => {
                FieldValue::Decimal { scale, unscaled: unscaled.cast_unsigned() }
            }
            None => FieldValue::Bytes(bytes.to_vec()),
        },
        Value::Decimal128(bytes) => FieldValue::Bytes(bytes.to_vec()),
        Value::Char(value) => text(&value.to_string()),
        Value::Timestamp(ms) => {
            let seconds = ms.div_euclid(1_000);
            let usual = u64::try_from(seconds).ok().filter(|seconds| *seconds <= TIMESTAMP_S_MAX);
            usual.map_or(FieldValue::Int64(seconds), FieldValue::Timestamp)
        }
        Value::Uuid(value) => text(&identifier::uuid_text(*value)),
        Value::Binary(bytes) => FieldValue::Bytes(bytes.clone()),
        Value::String(value) | Value::Symbol(value) => text(value),
        Value::List(items) | Value::Array(items) => {
            FieldValue::Array(items.iter().map(from_plugin).collect())
        }
        Value::Map(pairs) => FieldValue::Table(table(pairs)),
        Value::Described(described) => from_plugin(&described.1),
    }
}

/// A map as a table, without what has no name that fits.
fn table(pairs: &[(Value, Value)]) -> Table {
    let named = |(key, value): &(Value, Value)| match key {
        Value::String(name) | Value::Symbol(name) if name.len() <= NAME_BYTES_MAX => {
            Some((name.clone(), from_plugin(value)))
        }
        _ => None,
    };
    pairs.iter().filter_map(named).collect()
}

fn text(text: &str) -> FieldValue {
    FieldValue::from(text)
}

#[cfg(test)]
mod tests {
    use philter_protocol::reader::Reader;
    use proptest::prelude::*;

    use super::*;

    /// Through the plugins' types and back.
    fn back(value: &FieldValue) -> FieldValue {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        from_plugin(&to_plugin(FieldRef::decode(&mut Reader::new(&bytes), 16).unwrap()))
    }

    fn scalar_value() -> impl Strategy<Value = FieldValue> {
        prop_oneof![
            Just(FieldValue::Void),
            any::<bool>().prop_map(FieldValue::Bool),
            any::<i8>().prop_map(FieldValue::Int8),
            any::<u8>().prop_map(FieldValue::Uint8),
            any::<i16>().prop_map(FieldValue::Int16),
            any::<u16>().prop_map(FieldValue::Uint16),
            any::<i32>().prop_map(FieldValue::Int32),
            any::<u32>().prop_map(FieldValue::Uint32),
            any::<i64>().prop_map(FieldValue::Int64),
            (-1e9f32..1e9).prop_map(FieldValue::Float),
            (-1e9f64..1e9).prop_map(FieldValue::Double),
            (any::<u8>(), any::<u32>())
                .prop_map(|(scale, unscaled)| FieldValue::Decimal { scale, unscaled }),
            ".{0,20}".prop_map(|text| FieldValue::LongString(text.into_bytes())),
            (0..=TIMESTAMP_S_MAX).prop_map(FieldValue::Timestamp),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(FieldValue::Bytes),
        ]
    }

    fn value() -> impl Strategy<Value = FieldValue> {
        scalar_value().prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(FieldValue::Array),
                prop::collection::vec((".{0,9}", inner), 0..5)
                    .prop_map(|pairs| FieldValue::Table(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_type_comes_back(value in value()) {
            prop_assert_eq!(back(&value), value);
        }
    }

    #[test]
    fn what_has_no_counterpart_is_what_the_table_says() {
        let cases = [
            (Value::Ulong(5), FieldValue::Int64(5)),
            (Value::Ulong(u64::MAX), "18446744073709551615".into()),
            (Value::Char('é'), "é".into()),
            (Value::Uuid([0; 16]), "00000000-0000-0000-0000-000000000000".into()),
            (Value::Timestamp(-1), FieldValue::Int64(-1)),
            (Value::Timestamp(i64::MAX), FieldValue::Int64(i64::MAX / 1_000)),
            (Value::Symbol("s".into()), "s".into()),
            (Value::Decimal32([1; 4]), FieldValue::Bytes(vec![1; 4])),
        ];
        for (value, expected) in cases {
            assert_eq!(from_plugin(&value), expected);
        }
        let long = Value::from("n".repeat(256));
        let map = Value::Map(vec![(long, true.into()), (1i64.into(), true.into())]);
        assert_eq!(from_plugin(&map), FieldValue::Table(Table::new()));
        assert_eq!(back(&FieldValue::LongString(vec![0xff])), FieldValue::Bytes(vec![0xff]));
    }
}
