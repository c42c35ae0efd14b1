//! What types write and read.

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

fn written(value_type: Type, value: Option<&Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value_type, value, &mut bytes);
    bytes
}

fn read(value_type: Type, bytes: &[u8]) -> Result<Value, Fault> {
    let mut reader = Reader::new(bytes);
    let value = decode(value_type, &mut reader, &|_| None)?;
    reader.finish()?;
    Ok(value)
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<u64>().prop_map(Value::Unsigned),
        any::<i64>().prop_map(Value::Signed),
        (-1e9f64..1e9).prop_map(Value::Double),
        "[a-zé]{0,300}".prop_map(Value::Text),
        any::<u64>().prop_map(Value::Time),
        any::<u64>().prop_map(Value::Duration),
        any::<[u8; 16]>().prop_map(Value::Uuid),
        "[a-z]{0,20}".prop_map(|name| Value::Reference(ObjectName(name))),
        Just(Value::Binary(vec![0xff, 0])),
        Just(Value::Void),
    ];
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map("[a-z]{1,8}", inner, 0..4)
                .prop_map(|entries| Value::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_can_be_read_as_its_type(value in prop::option::of(value())) {
        for value_type in TYPES {
            let bytes = written(value_type, value.as_ref());
            prop_assert!(read(value_type, &bytes).is_ok(), "{:?} of {:?}", value, value_type);
        }
    }

    #[test]
    fn a_value_of_the_type_comes_back(number in any::<u32>(), text in ".{0,60}") {
        for value_type in [Type::Uint32, Type::Uint64] {
            let value = Value::Unsigned(number.into());
            prop_assert_eq!(read(value_type, &written(value_type, Some(&value))).unwrap(), value);
        }
        let value = Value::Signed(number.cast_signed().into());
        for value_type in [Type::Int32, Type::Int64] {
            let bytes = written(value_type, Some(&value));
            prop_assert_eq!(read(value_type, &bytes).unwrap(), value.clone());
        }
        let value = Value::Map(vec![("a".to_owned(), Value::Text(text))]);
        prop_assert_eq!(read(Type::Map, &written(Type::Map, Some(&value))).unwrap(), value);
    }

    #[test]
    fn any_bytes_are_a_value_or_a_fault(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for value_type in TYPES {
            let _ = read(value_type, &bytes);
        }
    }
}

#[test]
fn a_number_beyond_its_width_becomes_the_nearest() {
    assert_eq!(written(Type::Uint16, Some(&Value::Unsigned(70_000))), [0xff, 0xff]);
    assert_eq!(written(Type::Uint8, Some(&Value::Signed(-1))), [0]);
    assert_eq!(written(Type::Int8, Some(&Value::Signed(-300))), [0x80]);
    assert_eq!(written(Type::Int16, Some(&Value::Unsigned(40_000))), [0x7f, 0xff]);
    assert_eq!(written(Type::AbsTime, Some(&Value::Time(u64::MAX)))[0], 0x7f);
}

#[test]
fn text_is_cut_at_a_character() {
    let bytes = written(Type::ShortString, Some(&Value::Text("é".repeat(200))));
    assert_eq!((bytes[0], bytes.len()), (254, 255));
    assert_eq!(read(Type::ShortString, &bytes).unwrap(), Value::Text("é".repeat(127)));
}

#[test]
fn a_reference_that_nobody_knows_is_nothing() {
    let name = ObjectName("a".to_owned());
    let bytes = written(Type::Reference, Some(&Value::Reference(name.clone())));
    assert_eq!(read(Type::Reference, &bytes).unwrap(), Value::Void);
    let find = |id: ObjectId| id.is_of(&name).then(|| name.clone());
    let value = decode(Type::Reference, &mut Reader::new(&bytes), &find).unwrap();
    assert_eq!(value, Value::Reference(name.clone()));
}
