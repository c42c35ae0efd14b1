//! Anything as a request: there is an answer, and it can be read.

use proptest::prelude::*;

use super::super::limits::{ERROR_TEXT_BYTES_MAX, PAGE_BYTES_MAX};
use super::*;

fn any_wire() -> impl Strategy<Value = Wire> {
    let scalar = prop_oneof![
        Just(Wire::Void),
        any::<bool>().prop_map(Wire::Bool),
        any::<i64>().prop_map(Wire::Int64),
        any::<u64>().prop_map(Wire::Uint64),
        any::<f64>().prop_map(Wire::Double),
        any::<[u8; 16]>().prop_map(Wire::Uuid),
        "(_[a-z_]{0,12}|OBJECT|queue|q[0-9]|broker|echo|org.apache.qpid.broker:broker:b)"
            .prop_map(Wire::Str16),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Wire::Vbin16),
    ];
    scalar.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Wire::List),
            any_map(inner).prop_map(Wire::Map),
        ]
    })
}

fn any_map(value: impl Strategy<Value = Wire>) -> impl Strategy<Value = FieldMap> {
    let name = prop_oneof![
        Just("_what"),
        Just("_schema_id"),
        Just("_class_name"),
        Just("_package_name"),
        Just("_object_id"),
        Just("_object_name"),
        Just("_method_name"),
        Just("_arguments"),
        Just("type"),
        Just("qty"),
        Just("properties"),
        Just("sequence"),
    ];
    prop::collection::vec((name, value), 0..6).prop_map(|entries| entries.into_iter().collect())
}

fn any_opcode() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("_query_request"),
        Just("_method_request"),
        Just("_agent_locate_request"),
        Just("")
    ]
}

/// One answer, or pages; each readable, and none beyond the limit.
fn check(opcode: &str, body: &[u8]) {
    let fake = Fake { queues: 130, ..Fake::default() };
    let messages = ask(&fake, opcode, body);
    assert!(!messages.is_empty() && messages.len() <= 2);
    for message in messages {
        assert!(message.body.len() <= PAGE_BYTES_MAX + ERROR_TEXT_BYTES_MAX);
        match message.content_type {
            "amqp/map" => drop(map(&message)),
            _ => drop(list(&message)),
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_have_an_answer(
        opcode in any_opcode(),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        check(opcode, &body);
    }

    #[test]
    fn any_map_has_an_answer(opcode in any_opcode(), map in any_map(any_wire())) {
        let mut body = Vec::new();
        map.encode(&mut body);
        check(opcode, &body);
    }

    #[test]
    fn any_arguments_have_an_answer(
        class in prop::sample::select(schema::classes().to_vec()),
        number in any::<prop::sample::Index>(),
        values in prop::collection::vec(any_wire(), 12),
    ) {
        prop_assume!(!class.methods.is_empty());
        let method = &class.methods[number.index(class.methods.len())];
        let arguments = method.arguments.iter().map(|argument| argument.name).zip(values).collect();
        let object = ObjectName::new(class, "x");
        check("_method_request", &method_request(&object.0, method.name, arguments));
    }
}
