//! Values in the widths of schemas, and values that come in other types than theirs.

use philter_protocol::reader::Reader;
use proptest::prelude::*;

use super::*;

const TYPES: [Type; 19] = [
    Type::Uint8,
    Type::Uint16,
    Type::Uint32,
    Type::Uint64,
    Type::Int8,
    Type::Int16,
    Type::Int32,
    Type::Int64,
    Type::Bool,
    Type::Float,
    Type::Double,
    Type::ShortString,
    Type::LongString,
    Type::AbsTime,
    Type::DeltaTime,
    Type::Reference,
    Type::Uuid,
    Type::Map,
    Type::List,
];

fn written(value_type: Type, value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_typed(&mut bytes, value_type, value);
    bytes
}

fn read(bytes: &[u8]) -> Wire {
    let (code, rest) = bytes.split_first().unwrap();
    let mut reader = Reader::new(rest);
    let value = Wire::decode(*code, &mut reader).unwrap();
    assert!(reader.is_empty());
    value
}

#[test]
fn numbers_go_out_in_the_width_of_their_schema() {
    let number = Value::Unsigned(7);
    assert_eq!(written(Type::Uint8, &number), [0x02, 7]);
    assert_eq!(written(Type::Uint16, &number), [0x12, 0, 7]);
    assert_eq!(written(Type::Uint32, &number), [0x22, 0, 0, 0, 7]);
    assert_eq!(written(Type::Uint64, &number), [0x32, 0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(written(Type::AbsTime, &Value::Time(7)), [0x31, 0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(written(Type::DeltaTime, &Value::Duration(7)), [0x32, 0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(written(Type::Bool, &Value::Bool(true)), [0x08, 1]);
}

#[test]
fn a_number_beyond_its_width_becomes_its_limit() {
    assert_eq!(written(Type::Uint16, &Value::Unsigned(70_000)), [0x12, 0xff, 0xff]);
    assert_eq!(written(Type::Uint16, &Value::Signed(-1)), [0x12, 0, 0]);
    assert_eq!(written(Type::Int8, &Value::Signed(-1000)), [0x01, 0x80]);
}

#[test]
fn text_is_vbin16_by_the_schema_and_str16_in_maps() {
    assert_eq!(written(Type::ShortString, &Value::from("a")), b"\x90\0\x01a");
    let map = Value::Map(vec![("k".to_owned(), Value::from("a"))]);
    assert_eq!(written(Type::Map, &map), b"\xa8\0\0\0\x0a\0\0\0\x01\x01k\x95\0\x01a");
    let long = Value::Text("x".repeat(70_000));
    assert_eq!(read(&written(Type::LongString, &long)), Wire::Vbin32(vec![b'x'; 70_000]));
}

#[test]
fn a_name_in_a_map_is_cut_between_letters() {
    let map = Value::Map(vec![("é".repeat(200), Value::Void)]);
    let Wire::Map(map) = read(&written(Type::Map, &map)) else { panic!() };
    assert_eq!(map.iter().next().unwrap().0, "é".repeat(127));
}

#[test]
fn numbers_and_truth_are_taken_from_text() {
    let text = |text: &str| Wire::Str16(text.to_owned());
    assert_eq!(typed(Type::Uint32, &text("12")), Some(Value::Unsigned(12)));
    assert_eq!(typed(Type::Uint32, &text("x")), None);
    assert_eq!(typed(Type::Bool, &text("True")), Some(Value::Bool(true)));
    assert_eq!(typed(Type::Bool, &Wire::Int64(0)), Some(Value::Bool(false)));
    assert_eq!(typed(Type::Bool, &text("yes")), None);
}

#[test]
fn rejects_what_is_beyond_a_type() {
    assert_eq!(typed(Type::Uint8, &Wire::Int64(256)), None);
    assert_eq!(typed(Type::Uint64, &Wire::Uint64(u64::MAX)), Some(Value::Unsigned(u64::MAX)));
    assert_eq!(typed(Type::Int64, &Wire::Uint64(u64::MAX)), None);
    assert_eq!(typed(Type::ShortString, &Wire::Str16("x".repeat(256))), None);
    assert_eq!(typed(Type::LongString, &Wire::Vbin16(vec![0xff])), None);
    assert_eq!(typed(Type::Uuid, &Wire::Str16(String::new())), None);
}

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Void),
        any::<bool>().prop_map(Value::Bool),
        any::<u64>().prop_map(Value::Unsigned),
        any::<i64>().prop_map(Value::Signed),
        any::<u64>().prop_map(Value::Time),
        any::<u64>().prop_map(Value::Duration),
        (-1e9f64..1e9).prop_map(Value::Double),
        "[a-zé]{0,20}".prop_map(Value::Text),
        any::<[u8; 16]>().prop_map(Value::Uuid),
        "[a-z:]{0,9}".prop_map(|name| Value::Reference(crate::object::ObjectName(name))),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Binary),
    ];
    scalar.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map("[a-z]{1,5}", inner, 0..4)
                .prop_map(|entries| Value::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever the broker gives as a value of whatever type, a console can read it.
    #[test]
    fn every_value_is_readable(value in any_value(), index in 0..TYPES.len()) {
        read(&written(TYPES[index], &value));
    }

    /// A float keeps 24 bits of a number.
    #[test]
    fn what_is_read_by_a_type_is_written_as_it(value in any_value(), index in 0..TYPES.len()) {
        let value_type = TYPES[index];
        prop_assume!(value_type != Type::Float);
        if let Some(read_once) = typed(value_type, &read(&written(value_type, &value))) {
            let again = read(&written(value_type, &read_once));
            prop_assert_eq!(typed(value_type, &again), Some(read_once));
        }
    }
}
