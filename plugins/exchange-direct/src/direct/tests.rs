//! What a direct exchange promises: rules by name, and a model of bind, unbind and route.

use std::collections::BTreeMap;

use philter_plugin_api::testing::{Arguments, MockMessage, binding, context, route};
use philter_plugin_api::{
    BindingId, Context, ErrorKind, Exchange, Factory, MessageView, Reads, Value,
};
use proptest::prelude::*;

use super::Direct;

fn exchange() -> Direct {
    Direct::create(&context("amq.direct")).unwrap()
}

fn bind(exchange: &Direct, id: u64, key: &str) {
    exchange.bind(&binding(id, "q", key, &Arguments::default())).unwrap();
}

fn routed(exchange: &Direct, key: &str) -> Vec<u64> {
    let answers = route(exchange, &[&MockMessage::new(key)]);
    answers[0].iter().map(|id| id.0).collect()
}

#[test]
fn routes_to_equal_keys_alone() {
    let exchange = exchange();
    for (id, key) in [(1, "a"), (2, "a"), (3, "A"), (4, "a "), (5, "")] {
        bind(&exchange, id, key);
    }
    assert_eq!(routed(&exchange, "a"), [1, 2]);
    assert_eq!(routed(&exchange, "A"), [3]);
    assert_eq!(routed(&exchange, ""), [5]);
    assert_eq!(routed(&exchange, "b"), [0; 0]);
}

#[test]
fn takes_wildcards_literally() {
    let exchange = exchange();
    bind(&exchange, 1, "#");
    assert_eq!(routed(&exchange, "a.b"), [0; 0]);
    assert_eq!(routed(&exchange, "#"), [1]);
}

#[test]
fn answers_each_message_of_a_batch_by_its_index() {
    let exchange = exchange();
    bind(&exchange, 1, "a");
    bind(&exchange, 2, "b");
    let (a, b, c) = (MockMessage::new("a"), MockMessage::new("b"), MockMessage::new("c"));
    let batch: [&dyn MessageView; 4] = [&b, &c, &a, &b];
    let one = vec![BindingId(1)];
    let two = vec![BindingId(2)];
    assert_eq!(route(&exchange, &batch), [two.clone(), vec![], one, two]);
}

#[test]
fn says_that_its_answers_depend_on_the_key_alone() {
    let bound = exchange().bind(&binding(1, "q", "a", &Arguments::default())).unwrap();
    assert_eq!((bound.reads, bound.cacheable), (Reads::KEY, true));
}

#[test]
fn refuses_an_id_that_is_bound_already() {
    let exchange = exchange();
    bind(&exchange, 7, "a");
    let error = exchange.bind(&binding(7, "q", "b", &Arguments::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.text(), "binding 7 is bound already");
    assert_eq!((routed(&exchange, "a"), routed(&exchange, "b")), (vec![7], vec![]));
}

#[test]
fn answers_not_found_for_unknown_bindings() {
    let exchange = exchange();
    let unknown = BindingId(9);
    let answers = [
        exchange.unbind(unknown).unwrap_err(),
        exchange.inspect(Some(unknown)).unwrap_err(),
        exchange.explain(unknown).unwrap_err(),
    ];
    for error in answers {
        assert_eq!((error.kind(), error.text()), (ErrorKind::NotFound, "binding 9 is not bound"));
    }
}

#[test]
fn refuses_configuration_by_name() {
    let with = |configuration| Context { configuration, ..context("x") };
    let error = Direct::create(&with(r#"{"speed": 3}"#)).unwrap_err();
    assert!(error.text().contains("'speed'"), "{error}");
    assert!(Direct::create(&with("[]")).is_err());
    assert!(Direct::create(&with("")).is_err());
}

#[test]
fn inspects_and_explains_in_json() {
    let exchange = exchange();
    bind(&exchange, 1, "a");
    bind(&exchange, 2, "a");
    bind(&exchange, 3, "b");
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let whole = json(exchange.inspect(None).unwrap());
    assert_eq!((&whole["bindings"], &whole["keys"]), (&3.into(), &2.into()));
    assert_eq!(json(exchange.inspect(Some(BindingId(1))).unwrap())["bindings_of_key"], 2);
    assert_eq!(json(exchange.explain(BindingId(3)).unwrap())["key"], "b");
}

#[test]
fn tries_a_binding_without_binding_it() {
    let exchange = exchange();
    let arguments = philter_plugin_api::testing::arguments([("any", Value::from("thing"))]);
    let tried = binding(1, "q", "a", &arguments);
    let yes = exchange.try_binding(&tried, &MockMessage::new("a")).unwrap();
    let no = exchange.try_binding(&tried, &MockMessage::new("b")).unwrap();
    assert!(yes.contains(r#""matches":true"#), "{yes}");
    assert!(no.contains(r#""matches":false"#), "{no}");
    assert_eq!(routed(&exchange, "a"), [0; 0]);
}

#[test]
fn routes_while_others_bind() {
    let exchange = exchange();
    bind(&exchange, 1, "steady");
    std::thread::scope(|scope| {
        for thread in 0..2_u64 {
            let exchange = &exchange;
            scope.spawn(move || {
                for round in 0..500 {
                    let id = 10 + thread * 1_000 + round;
                    bind(exchange, id, "passing");
                    assert_eq!(routed(exchange, "steady"), [1]);
                    exchange.unbind(BindingId(id)).unwrap();
                }
            });
        }
    });
    assert_eq!(routed(&exchange, "passing"), [0; 0]);
}

#[derive(Clone, Debug)]
enum Operation {
    Bind { id: u64, key: String },
    Unbind { id: u64 },
    Route { key: String },
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = || "[ab.]{0,2}";
    prop_oneof![
        (0..20_u64, key()).prop_map(|(id, key)| Operation::Bind { id, key }),
        (0..20_u64).prop_map(|id| Operation::Unbind { id }),
        key().prop_map(|key| Operation::Route { key }),
    ]
}

proptest! {
    #[test]
    fn behaves_as_a_list_of_keys(operations in prop::collection::vec(operation(), 0..200)) {
        let exchange = exchange();
        let mut model: BTreeMap<u64, String> = BTreeMap::new();
        for operation in operations {
            match operation {
                Operation::Bind { id, key } => {
                    let taken = exchange.bind(&binding(id, "q", &key, &Arguments::default()));
                    prop_assert_eq!(taken.is_ok(), !model.contains_key(&id));
                    model.entry(id).or_insert(key);
                }
                Operation::Unbind { id } => {
                    let gone = exchange.unbind(BindingId(id));
                    prop_assert_eq!(gone.is_ok(), model.remove(&id).is_some());
                }
                Operation::Route { key } => {
                    let equal = model.iter().filter(|(_, bound)| **bound == key);
                    let expected: Vec<u64> = equal.map(|(id, _)| *id).collect();
                    prop_assert_eq!(routed(&exchange, &key), expected);
                }
            }
        }
    }
}
