//! Golden vectors from the specification's encodings, round trips, and hostile bytes.

use proptest::prelude::*;

use super::{DecodeError, MapRef, Value, ValueRef, encode_map};
use crate::limits::{VALUE_BYTES_MAX, VALUE_DEPTH_MAX, VALUES_MAX};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn symbol(text: &str) -> Value {
    Value::Symbol(text.to_owned())
}

/// The smallest encoding of each type, and the value.
fn golden() -> Vec<(&'static str, Value)> {
    vec![
        ("40", Value::Null),
        ("41", Value::Bool(true)),
        ("42", Value::Bool(false)),
        ("50 ff", Value::Ubyte(255)),
        ("60 0102", Value::Ushort(0x0102)),
        ("43", Value::Uint(0)),
        ("52 ff", Value::Uint(255)),
        ("70 00000100", Value::Uint(256)),
        ("44", Value::Ulong(0)),
        ("53 01", Value::Ulong(1)),
        ("80 0000000000000100", Value::Ulong(256)),
        ("51 80", Value::Byte(-128)),
        ("61 fffe", Value::Short(-2)),
        ("54 80", Value::Int(-128)),
        ("71 ffffff7f", Value::Int(-129)),
        ("55 7f", Value::Long(127)),
        ("81 0000000000000080", Value::Long(128)),
        ("72 3f800000", Value::Float(1.0)),
        ("82 3ff0000000000000", Value::Double(1.0)),
        ("74 22500001", Value::Decimal32([0x22, 0x50, 0, 1])),
        ("84 2234000000000001", Value::Decimal64([0x22, 0x34, 0, 0, 0, 0, 0, 1])),
        ("94 22080000000000000000000000000001", {
            Value::Decimal128([0x22, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        }),
        ("73 0001f600", Value::Char('\u{1f600}')),
        ("83 000000e8d4a51000", Value::Timestamp(1_000_000_000_000)),
        ("98 000102030405060708090a0b0c0d0e0f", {
            Value::Uuid([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
        }),
        ("a0 02 0001", Value::Binary(vec![0, 1])),
        ("a1 04 f09f9880", text("\u{1f600}")),
        ("a3 03 666f6f", symbol("foo")),
        ("45", Value::List(vec![])),
        ("c0 05 02 41 a10161", Value::List(vec![Value::Bool(true), text("a")])),
        ("c1 01 00", Value::Map(vec![])),
        ("c1 05 02 a10161 43", Value::Map(vec![(text("a"), Value::Uint(0))])),
        ("e0 02 00 40", Value::Array(vec![])),
        ("e0 04 02 52 01 02", Value::Array(vec![Value::Uint(1), Value::Uint(2)])),
        ("e0 0a 02 70 00000001 00000100", Value::Array(vec![Value::Uint(1), Value::Uint(256)])),
        ("e0 04 02 56 01 00", Value::Array(vec![Value::Bool(true), Value::Bool(false)])),
        ("e0 06 02 a3 0161 0162", Value::Array(vec![symbol("a"), symbol("b")])),
        ("00 a1 03 55524c a1 01 2f", Value::Described(Box::new((text("URL"), text("/"))))),
        (
            "e0 07 02 00 53 10 52 01 02",
            Value::Array(vec![
                Value::Described(Box::new((Value::Ulong(16), Value::Uint(1)))),
                Value::Described(Box::new((Value::Ulong(16), Value::Uint(2)))),
            ]),
        ),
    ]
}

#[test]
fn encodes_every_type_in_its_smallest_form() {
    for (hex, value) in golden() {
        assert_eq!(value.encode(), bytes(hex), "{value:?}");
    }
}

#[test]
fn decodes_every_golden_vector() {
    for (hex, value) in golden() {
        assert_eq!(Value::decode(&bytes(hex)), Ok(value), "{hex}");
    }
}

#[test]
fn decodes_the_wide_forms_too() {
    for (hex, value) in [
        ("56 01", Value::Bool(true)),
        ("56 00", Value::Bool(false)),
        ("70 00000000", Value::Uint(0)),
        ("80 0000000000000001", Value::Ulong(1)),
        ("71 ffffffff", Value::Int(-1)),
        ("81 ffffffffffffffff", Value::Long(-1)),
        ("b0 00000001 07", Value::Binary(vec![7])),
        ("b1 00000001 61", text("a")),
        ("b3 00000001 61", symbol("a")),
        ("c0 01 00", Value::List(vec![])),
        ("d0 00000004 00000000", Value::List(vec![])),
        ("d0 00000005 00000001 43", Value::List(vec![Value::Uint(0)])),
        ("d1 00000006 00000002 40 41", Value::Map(vec![(Value::Null, Value::Bool(true))])),
        ("f0 00000005 00000002 43", Value::Array(vec![Value::Uint(0), Value::Uint(0)])),
    ] {
        assert_eq!(Value::decode(&bytes(hex)), Ok(value), "{hex}");
    }
}

#[test]
fn names_what_is_wrong_and_where() {
    for (hex, error) in [
        ("", DecodeError::Truncated { offset: 0, wanted: 1 }),
        ("70 0000", DecodeError::Truncated { offset: 3, wanted: 2 }),
        ("a1 05 61", DecodeError::Truncated { offset: 3, wanted: 4 }),
        ("ff", DecodeError::UnknownConstructor { offset: 0, code: 0xff }),
        ("c0 03 01 3f 00", DecodeError::UnknownConstructor { offset: 3, code: 0x3f }),
        ("a1 01 ff", DecodeError::NotUtf8 { offset: 2 }),
        ("a3 02 c3a9", DecodeError::NotAscii { offset: 2 }),
        ("56 02", DecodeError::NotBoolean { offset: 1, byte: 2 }),
        ("73 0000d800", DecodeError::NotChar { offset: 1, code: 0xd800 }),
        ("c0 03 01 43 43", DecodeError::SizeMismatch { offset: 4, bytes: 1 }),
        ("c1 02 01 43", DecodeError::OddMap { offset: 2, count: 1 }),
        ("43 43", DecodeError::Trailing { offset: 1, bytes: 1 }),
    ] {
        let hex = bytes(hex);
        assert_eq!(Value::decode(&hex), Err(error));
        assert_eq!(ValueRef::parse(&hex).map(|_| ()), Err(error));
    }
}

#[test]
fn refuses_what_nests_too_deep() {
    let nested =
        |levels: u8| (0..levels).fold(Value::Null, |inner, _| Value::List(vec![inner])).encode();
    assert!(Value::decode(&nested(VALUE_DEPTH_MAX)).is_ok());
    assert!(ValueRef::parse(&nested(VALUE_DEPTH_MAX)).is_ok());
    let too_deep = nested(VALUE_DEPTH_MAX + 1);
    assert!(matches!(Value::decode(&too_deep), Err(DecodeError::TooDeep { .. })));
    assert!(matches!(ValueRef::parse(&too_deep), Err(DecodeError::TooDeep { .. })));
    let described = vec![0; 100_000];
    assert!(matches!(Value::decode(&described), Err(DecodeError::TooDeep { .. })));
    assert!(matches!(ValueRef::parse(&described), Err(DecodeError::TooDeep { .. })));
}

#[test]
fn refuses_a_billion_values_in_ten_bytes() {
    for hex in ["f0 00000005 3b9aca00 40", "f0 00000005 3b9aca00 45"] {
        let hex = bytes(hex);
        let wanted = Err(DecodeError::TooMany { offset: 10, values_max: VALUES_MAX });
        assert_eq!(Value::decode(&hex), wanted);
        assert_eq!(ValueRef::parse(&hex).map(|_| Value::Null), wanted);
    }
}

#[test]
fn charges_shared_descriptors_for_every_element() {
    let descriptor = Value::Binary(vec![7; 60_000]).encode();
    let mut body = vec![0];
    body.extend(descriptor);
    body.push(0x43);
    let mut array = vec![0xf0];
    array.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    array.extend(100_000_u32.to_be_bytes());
    array.extend(body);
    assert!(matches!(Value::decode(&array), Err(DecodeError::TooMany { .. })));
    assert!(matches!(ValueRef::parse(&array), Err(DecodeError::TooMany { .. })));
}

#[test]
fn refuses_what_is_too_long() {
    let long = vec![0x40; VALUE_BYTES_MAX + 1];
    let wanted = DecodeError::TooLong { bytes: long.len(), bytes_max: VALUE_BYTES_MAX };
    assert_eq!(Value::decode(&long), Err(wanted));
    assert_eq!(MapRef::parse(&long).map(|_| ()), Err(wanted));
}

#[test]
fn writes_an_array_of_several_types_as_a_list() {
    for mixed in [
        vec![Value::Uint(1), Value::Int(1)],
        vec![Value::Array(vec![]), Value::Array(vec![Value::Null, Value::Uint(1)])],
        vec![
            Value::Described(Box::new((Value::Uint(1), Value::Null))),
            Value::Described(Box::new((Value::Uint(2), Value::Null))),
        ],
    ] {
        let Ok(Value::List(values)) = Value::decode(&Value::Array(mixed.clone()).encode()) else {
            panic!("no list");
        };
        assert_eq!(values.len(), mixed.len());
    }
}

#[test]
fn reads_a_map_in_place() {
    let list = Value::List(vec![Value::Int(1)]);
    let pairs = [("x-match", text("all")), ("n", Value::Int(7)), ("list", list.clone())];
    let encoded = encode_map(pairs.clone());
    let map = MapRef::parse(&encoded).unwrap();
    assert_eq!(map.len(), 3);
    assert!(!map.is_empty());
    assert_eq!(map.get("x-match"), Some(ValueRef::String("all")));
    assert_eq!(map.get("n").and_then(|n| n.as_i64()), Some(7));
    assert_eq!(map.get("list").unwrap().to_value(), Ok(list));
    assert_eq!(map.get("X-match"), None);
    let keys: Vec<_> = map.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["x-match", "n", "list"]);
    let owned = pairs.map(|(key, value)| (text(key), value)).to_vec();
    assert_eq!(map.to_value(), Value::Map(owned));
}

#[test]
fn takes_no_bytes_for_the_empty_map() {
    assert!(MapRef::default().is_empty());
    assert!(MapRef::parse(&[]).unwrap().is_empty());
    assert!(MapRef::parse(&encode_map::<&str, Value>([])).unwrap().is_empty());
    assert_eq!(MapRef::default().get("a"), None);
}

#[test]
fn refuses_maps_without_names() {
    let list = Value::List(vec![]).encode();
    assert_eq!(MapRef::parse(&list).map(|_| ()), Err(DecodeError::NotMap { code: 0x45 }));
    let key = Value::Map(vec![(Value::Uint(0), Value::Null)]).encode();
    assert_eq!(MapRef::parse(&key).map(|_| ()), Err(DecodeError::KeyNotText { offset: 3 }));
    let symbols = Value::Map(vec![(symbol("a"), Value::Null)]).encode();
    assert_eq!(MapRef::parse(&symbols).unwrap().get("a"), Some(ValueRef::Null));
}

#[test]
fn converts_numbers_and_texts() {
    assert_eq!(ValueRef::Ulong(u64::MAX).as_i64(), None);
    assert_eq!(ValueRef::Byte(-1).as_i64(), Some(-1));
    assert_eq!(ValueRef::Float(0.5).as_f64(), Some(0.5));
    assert_eq!(ValueRef::Symbol("a").as_bytes(), Some(&b"a"[..]));
    assert_eq!(ValueRef::Binary(b"a").as_str(), None);
    assert_eq!(ValueRef::Bool(true).as_bool(), Some(true));
    let inner = Value::Map(vec![(text("a"), Value::from(1))]).encode();
    let map = ValueRef::parse(&inner).unwrap().as_map().unwrap();
    assert_eq!(map.get("a").and_then(|a| a.as_i64()), Some(1));
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<u8>().prop_map(Value::Ubyte),
        any::<u16>().prop_map(Value::Ushort),
        prop_oneof![0..300_u32, any::<u32>()].prop_map(Value::Uint),
        prop_oneof![0..300_u64, any::<u64>()].prop_map(Value::Ulong),
        any::<i8>().prop_map(Value::Byte),
        any::<i16>().prop_map(Value::Short),
        prop_oneof![-200..200_i32, any::<i32>()].prop_map(Value::Int),
        prop_oneof![-200..200_i64, any::<i64>()].prop_map(Value::Long),
        (-1e9..1e9_f32).prop_map(Value::Float),
        (-1e9..1e9_f64).prop_map(Value::Double),
        any::<[u8; 4]>().prop_map(Value::Decimal32),
        any::<[u8; 8]>().prop_map(Value::Decimal64),
        any::<[u8; 16]>().prop_map(Value::Decimal128),
        any::<char>().prop_map(Value::Char),
        any::<i64>().prop_map(Value::Timestamp),
        any::<[u8; 16]>().prop_map(Value::Uuid),
        prop::collection::vec(any::<u8>(), 0..400).prop_map(Value::Binary),
        ".{0,300}".prop_map(Value::String),
        "[ -~]{0,300}".prop_map(Value::Symbol),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 64, 8, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            prop::collection::vec(pair.clone(), 0..8).prop_map(Value::Map),
            (inner, 0..8_usize).prop_map(|(value, count)| Value::Array(vec![value; count])),
            pair.prop_map(|pair| Value::Described(Box::new(pair))),
        ]
    })
}

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(value in value()) {
        let encoded = value.encode();
        prop_assert_eq!(Value::decode(&encoded), Ok(value.clone()));
        prop_assert_eq!(ValueRef::parse(&encoded).unwrap().to_value(), Ok(value));
    }

    #[test]
    fn every_cut_is_an_error(value in value(), cut in any::<prop::sample::Index>()) {
        let encoded = value.encode();
        let cut = cut.index(encoded.len());
        prop_assert!(Value::decode(&encoded[..cut]).is_err());
        prop_assert!(ValueRef::parse(&encoded[..cut]).is_err());
    }

    #[test]
    fn both_decoders_agree_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let owned = Value::decode(&bytes);
        match ValueRef::parse(&bytes) {
            Ok(borrowed) => prop_assert!(borrowed.to_value().is_ok() && owned.is_ok()),
            Err(error) => prop_assert_eq!(owned, Err(error)),
        }
    }

    #[test]
    fn both_decoders_agree_on_damaged_values(
        value in value(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = value.encode();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        prop_assert_eq!(ValueRef::parse(&bytes).is_ok(), Value::decode(&bytes).is_ok());
    }

    #[test]
    fn a_map_says_what_was_put_in(pairs in prop::collection::vec((".{0,300}", value()), 0..8)) {
        let encoded = encode_map(pairs.clone());
        let map = MapRef::parse(&encoded).unwrap();
        prop_assert_eq!(map.len(), pairs.len());
        for ((key, value), (wanted_key, wanted)) in map.iter().zip(&pairs) {
            prop_assert_eq!(key, wanted_key);
            prop_assert_eq!(value.to_value(), Ok(wanted.clone()));
        }
    }
}
