//! Tables as RabbitMQ reads and writes them.

use proptest::prelude::*;

use super::*;
use crate::reader::FaultKind;

fn scalar() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
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
        prop::collection::vec(any::<u8>(), 0..20).prop_map(FieldValue::LongString),
        any::<u64>().prop_map(FieldValue::Timestamp),
        Just(FieldValue::Void),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(FieldValue::Bytes),
    ]
}

fn value() -> impl Strategy<Value = FieldValue> {
    scalar().prop_recursive(4, 32, 6, |inner| {
        let pairs = prop::collection::vec(("[a-zé]{0,8}", inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(FieldValue::Array),
            pairs.prop_map(|pairs| FieldValue::Table(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_comes_back(value in value()) {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(FieldValue::decode(&mut reader).unwrap(), value);
        prop_assert!(reader.is_empty());
    }

    #[test]
    fn any_bytes_are_a_table_or_a_fault(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Table::decode(&mut Reader::new(&bytes));
    }
}

#[test]
fn every_type_octet_is_rabbitmqs() {
    let octets = [
        (&b"t\x01"[..], FieldValue::Bool(true)),
        (b"b\xff", FieldValue::Int8(-1)),
        (b"B\xff", FieldValue::Uint8(255)),
        (b"s\xff\xfe", FieldValue::Int16(-2)),
        (b"u\xff\xfe", FieldValue::Uint16(65_534)),
        (b"I\xff\xff\xff\xfe", FieldValue::Int32(-2)),
        (b"i\xff\xff\xff\xfe", FieldValue::Uint32(u32::MAX - 1)),
        (b"l\xff\xff\xff\xff\xff\xff\xff\xfe", FieldValue::Int64(-2)),
        (b"f\x3f\x80\0\0", FieldValue::Float(1.0)),
        (b"d\x3f\xf0\0\0\0\0\0\0", FieldValue::Double(1.0)),
        (b"D\x02\0\0\0\x07", FieldValue::Decimal { scale: 2, unscaled: 7 }),
        (b"S\0\0\0\x02hi", FieldValue::from("hi")),
        (b"A\0\0\0\x03VB\x05", FieldValue::Array(vec![FieldValue::Void, FieldValue::Uint8(5)])),
        (b"T\0\0\0\0\0\0\0\x09", FieldValue::Timestamp(9)),
        (b"F\0\0\0\x03\x01aV", FieldValue::Table(Table::new().with("a", FieldValue::Void))),
        (b"V", FieldValue::Void),
        (b"x\0\0\0\x01\xff", FieldValue::Bytes(vec![255])),
    ];
    for (bytes, value) in octets {
        let mut written = Vec::new();
        value.encode(&mut written);
        assert_eq!(written, bytes, "{value:?}");
        assert_eq!(FieldValue::decode(&mut Reader::new(bytes)), Ok(value));
    }
    let upper = FieldValue::decode(&mut Reader::new(b"L\0\0\0\0\0\0\0\x01"));
    assert_eq!(upper, Ok(FieldValue::Int64(1)));
}

#[test]
fn of_equal_names_the_first_counts_and_both_are_kept() {
    let bytes = b"\0\0\0\x08\x01aB\x01\x01aB\x02";
    let table = Table::decode(&mut Reader::new(bytes)).unwrap();
    assert_eq!((table.len(), table.get("a")), (2, Some(&FieldValue::Uint8(1))));
    let mut written = Vec::new();
    table.encode(&mut written);
    assert_eq!(written, bytes);
}

#[test]
fn a_table_is_edited_in_order() {
    let mut table = Table::new().with("a", true).with("b", "x").with("a", false);
    table.insert_first("c", FieldValue::Void);
    let names: Vec<&str> = table.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["c", "a", "b"]);
    assert_eq!(table.remove("a").and_then(|value| value.as_bool()), Some(false));
    assert_eq!((table.get("a"), table.len()), (None, 2));
}

#[test]
fn a_fault_in_a_nested_value_counts_its_offset_from_the_beginning() {
    // A table with one entry: an array of one value of the unknown type `?`.
    let bytes = b"\0\0\0\x08\x01aA\0\0\0\x01?";
    let fault = Table::decode(&mut Reader::new(bytes)).unwrap_err();
    assert_eq!(fault, Fault { offset: 11, kind: FaultKind::UnknownType(b'?') });
}

#[test]
fn nesting_ends_at_its_limit() {
    let nest = |levels: usize| {
        let mut value = FieldValue::Array(vec![]);
        for _ in 1..levels {
            value = FieldValue::Array(vec![value]);
        }
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        FieldValue::decode(&mut Reader::new(&bytes))
    };
    assert!(nest(NESTING_MAX).is_ok());
    assert_eq!(nest(NESTING_MAX + 1).unwrap_err().kind, FaultKind::TooDeep(NESTING_MAX));
}
