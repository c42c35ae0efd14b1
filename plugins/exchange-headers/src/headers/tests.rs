//! What a headers exchange promises: rules by name, a naive matcher to agree with, and a model of
//! bind, unbind and route.

use std::collections::BTreeMap;

use philter_plugin_api::testing::{Arguments, MockMessage, arguments, binding, context, route};
use philter_plugin_api::{
    Binding, BindingId, Context, ErrorKind, Exchange, Factory, MessageView, Protocol, Reads, Value,
};
use proptest::prelude::*;

use super::Headers;

fn exchange() -> Headers {
    Headers::create(&context("amq.match")).unwrap()
}

fn pairs(mode: &str, pairs: &[(&str, Value)]) -> Arguments {
    let mode = [("x-match", Value::from(mode))];
    arguments(mode.into_iter().chain(pairs.iter().map(|(name, value)| (*name, value.clone()))))
}

fn message(headers: &[(&str, Value)]) -> MockMessage {
    let empty = MockMessage::new("key");
    headers.iter().fold(empty, |message, (name, value)| message.header(*name, value.clone()))
}

fn matches(arguments: &Arguments, headers: &[(&str, Value)]) -> bool {
    let exchange = exchange();
    exchange.bind(&binding(1, "q", "", arguments)).unwrap();
    routed(&exchange, &message(headers)) == [1]
}

fn routed(exchange: &Headers, message: &MockMessage) -> Vec<u64> {
    route(exchange, &[message])[0].iter().map(|id| id.0).collect()
}

#[test]
fn all_wants_every_pair_and_any_wants_one() {
    let named = [("a", Value::Int(1)), ("b", Value::from("x"))];
    let half = [("a", Value::Int(1)), ("b", Value::from("y"))];
    let neither = [("a", Value::Int(2)), ("c", Value::from("x"))];
    for (mode, both, one) in [("all", true, false), ("any", true, true)] {
        assert_eq!(matches(&pairs(mode, &named), &named), both);
        assert_eq!(matches(&pairs(mode, &named), &half), one);
        assert!(!matches(&pairs(mode, &named), &neither));
        assert!(!matches(&pairs(mode, &named), &[]));
    }
}

#[test]
fn a_void_value_asks_for_presence() {
    for mode in ["all", "any"] {
        let present = pairs(mode, &[("a", Value::Null)]);
        assert!(matches(&present, &[("a", Value::Int(9))]));
        assert!(matches(&present, &[("a", Value::Null)]));
        assert!(!matches(&present, &[("b", Value::Int(9))]));
    }
}

#[test]
fn all_of_nothing_matches_and_any_of_nothing_does_not() {
    assert!(matches(&pairs("all", &[]), &[]));
    assert!(matches(&pairs("all-with-x", &[]), &[("a", Value::Int(1))]));
    assert!(!matches(&pairs("any", &[]), &[("a", Value::Int(1))]));
    assert!(!matches(&pairs("any-with-x", &[]), &[]));
}

#[test]
fn compares_values_across_widths_and_text_types() {
    let table = [
        (Value::Int(7), Value::Long(7), true),
        (Value::Ulong(7), Value::Byte(7), true),
        (Value::Int(7), Value::Double(7.0), false),
        (Value::Float(0.5), Value::Double(0.5), true),
        (Value::from("a"), Value::Symbol("a".into()), true),
        (Value::from("a"), Value::Binary(b"a".to_vec()), true),
        (Value::from("1"), Value::Int(1), false),
        (Value::Bool(true), Value::Int(1), false),
        (Value::Timestamp(1), Value::Long(1), false),
        (Value::List(vec![Value::Int(1)]), Value::List(vec![Value::Int(1)]), true),
        (Value::List(vec![Value::Int(1)]), Value::List(vec![Value::Int(2)]), false),
        (Value::Double(f64::NAN), Value::Double(f64::NAN), false),
        (Value::Int(7), Value::Null, false),
    ];
    for (bound, sent, equal) in table {
        for mode in ["all", "any"] {
            let bound = pairs(mode, &[("h", bound.clone())]);
            assert_eq!(matches(&bound, &[("h", sent.clone())]), equal, "{bound:?} {sent:?}");
        }
    }
}

#[test]
fn all_with_nan_never_matches_and_any_does_by_its_other_pairs() {
    let named = [("n", Value::Double(f64::NAN)), ("a", Value::Int(1))];
    assert!(!matches(&pairs("all", &named), &named));
    assert!(matches(&pairs("any", &named), &named));
}

#[test]
fn reads_headers_only_where_a_binding_needs_them() {
    let exchange = exchange();
    let bound = |id, arguments: &Arguments| {
        let bound = exchange.bind(&binding(id, "q", "", arguments)).unwrap();
        (bound.reads, bound.cacheable)
    };
    assert_eq!(bound(1, &pairs("all", &[])), (Reads::KEY, true));
    assert_eq!(bound(2, &pairs("any", &[])), (Reads::KEY, true));
    assert_eq!(bound(3, &pairs("all", &[("a", Value::Int(1))])), (Reads::HEADERS, false));
    assert_eq!(bound(4, &pairs("any", &[("a", Value::Null)])), (Reads::HEADERS, false));
}

#[test]
fn answers_each_message_of_a_batch_by_its_index() {
    let exchange = exchange();
    for (id, value) in [(1, 1), (2, 2)] {
        let arguments = pairs("all", &[("a", Value::Int(value))]);
        exchange.bind(&binding(id, "q", "", &arguments)).unwrap();
    }
    let sent = [2, 3, 1].map(|value| message(&[("a", Value::Long(value))]));
    let batch: Vec<&dyn MessageView> = sent.iter().map(|m| m as &dyn MessageView).collect();
    assert_eq!(route(&exchange, &batch), [vec![BindingId(2)], vec![], vec![BindingId(1)]]);
}

#[test]
fn refuses_by_name_what_it_does_not_take() {
    let exchange = exchange();
    let error = exchange.bind(&binding(1, "q", "", &pairs("most", &[]))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.text().contains("'most'"), "{error}");
    let error = exchange.bind(&binding(1, "q", "", &Arguments::default())).unwrap_err();
    assert!(error.text().contains("'x-match' is missing"), "{error}");
    exchange.bind(&binding(1, "q", "", &pairs("all", &[]))).unwrap();
    let error = exchange.bind(&binding(1, "q", "", &pairs("any", &[]))).unwrap_err();
    assert_eq!(error.text(), "binding 1 is bound already");
    let configured = Context { configuration: r#"{"speed":1}"#, ..context("x") };
    assert!(Headers::create(&configured).unwrap_err().text().contains("'speed'"));
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
fn inspects_explains_and_tries_in_json() {
    let exchange = exchange();
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let named = pairs("all", &[("a", Value::Int(1)), ("b", Value::Null)]);
    exchange.bind(&binding(1, "q", "", &named)).unwrap();
    let whole = json(exchange.inspect(None).unwrap());
    assert_eq!((&whole["bindings"], &whole["files"]), (&1.into(), &1.into()));
    assert_eq!(json(exchange.inspect(Some(BindingId(1))).unwrap())["filed_under"][0], "a");
    let explained = json(exchange.explain(BindingId(1)).unwrap());
    assert_eq!(explained["conditions"][0]["expected"]["equals"], 1);
    assert_eq!(explained["conditions"][1]["expected"], "any value");
    let sent = message(&[("a", Value::Int(2)), ("b", Value::from("x"))]);
    let tried = json(exchange.try_binding(&binding(2, "q", "", &named), &sent).unwrap());
    assert_eq!(tried["matches"], false);
    assert_eq!(tried["conditions"][0]["holds"], false);
    assert_eq!(tried["conditions"][0]["found"], 2);
    assert_eq!(tried["conditions"][1]["holds"], true);
}

#[test]
fn routes_while_others_bind() {
    let exchange = exchange();
    exchange.bind(&binding(1, "q", "", &pairs("all", &[("a", Value::Int(1))]))).unwrap();
    let passing = pairs("any", &[("a", Value::Int(1)), ("b", Value::Null)]);
    let sent = message(&[("a", Value::Int(1))]);
    std::thread::scope(|scope| {
        for thread in 0..2_u64 {
            let (exchange, passing, sent) = (&exchange, &passing, &sent);
            scope.spawn(move || {
                for round in 0..300 {
                    let id = 10 + thread * 1_000 + round;
                    exchange.bind(&binding(id, "q", "", passing)).unwrap();
                    assert!(routed(exchange, sent).contains(&1));
                    exchange.unbind(BindingId(id)).unwrap();
                }
            });
        }
    });
    assert_eq!(routed(&exchange, &sent), [1]);
}

type Pairs = BTreeMap<String, Value>;

/// A binding as a plain value, matched without any thought for speed.
#[derive(Clone, Debug)]
struct Declared {
    mode: &'static str,
    pairs: Pairs,
    protocol: Protocol,
}

impl Declared {
    fn matches(&self, headers: &Pairs) -> bool {
        let counts_x = self.mode.ends_with("-with-x") || self.protocol != Protocol::V0_9_1;
        let counted = |name: &str| counts_x || !name.starts_with("x-");
        let mut wanted = self.pairs.iter().filter(|(name, _)| counted(name));
        let holds = |(name, expected): (&String, &Value)| {
            headers.get(name).is_some_and(|actual| naive_equal(expected, actual))
        };
        if self.mode.starts_with("all") { wanted.all(holds) } else { wanted.any(holds) }
    }

    fn arguments(&self) -> Arguments {
        let mode = [("x-match".to_owned(), Value::from(self.mode))];
        arguments(mode.into_iter().chain(self.pairs.clone()))
    }
}

fn naive_equal(expected: &Value, actual: &Value) -> bool {
    let integer = |value: &Value| match value {
        Value::Int(value) => Some(i64::from(*value)),
        Value::Long(value) => Some(*value),
        _ => None,
    };
    let text = |value: &Value| match value {
        Value::String(text) | Value::Symbol(text) => Some(text.clone()),
        _ => None,
    };
    let equal_integers = integer(expected).is_some() && integer(expected) == integer(actual);
    let equal_texts = text(expected).is_some() && text(expected) == text(actual);
    *expected == Value::Null || equal_integers || equal_texts || expected == actual
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (0..3_i32).prop_map(Value::Int),
        (0..3_i64).prop_map(Value::Long),
        Just(Value::from("t")),
        Just(Value::Symbol("t".into())),
        Just(Value::Bool(true)),
        Just(Value::Double(f64::NAN)),
        Just(Value::Double(1.0)),
        (0..2_i32).prop_map(|n| Value::List(vec![Value::Int(n)])),
    ]
}

fn some_pairs() -> impl Strategy<Value = Pairs> {
    prop::collection::btree_map(prop::sample::select(vec!["a", "b", "c", "x-d"]), value(), 0..4)
        .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn declared() -> impl Strategy<Value = Declared> {
    let modes = prop::sample::select(vec!["all", "any", "all-with-x", "any-with-x"]);
    let protocols = prop::sample::select(vec![Protocol::V0_9_1, Protocol::V0_10, Protocol::V1_0]);
    (modes, some_pairs(), protocols).prop_map(|(mode, pairs, protocol)| Declared {
        mode,
        pairs,
        protocol,
    })
}

#[derive(Clone, Debug)]
enum Operation {
    Bind(u64, Declared),
    Unbind(u64),
    Route(Pairs),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        (0..30_u64, declared()).prop_map(|(id, declared)| Operation::Bind(id, declared)),
        (0..30_u64).prop_map(Operation::Unbind),
        some_pairs().prop_map(Operation::Route),
    ]
}

proptest! {
    #[test]
    fn behaves_as_a_list_of_bindings(operations in prop::collection::vec(operation(), 0..200)) {
        let exchange = exchange();
        let mut model: BTreeMap<u64, Declared> = BTreeMap::new();
        for operation in operations {
            match operation {
                Operation::Bind(id, declared) => {
                    let arguments = declared.arguments();
                    let plain = binding(id, "q", "", &arguments);
                    let taken = exchange.bind(&Binding { declared_by: declared.protocol, ..plain });
                    prop_assert_eq!(taken.is_ok(), !model.contains_key(&id));
                    model.entry(id).or_insert(declared);
                }
                Operation::Unbind(id) => {
                    let gone = exchange.unbind(BindingId(id));
                    prop_assert_eq!(gone.is_ok(), model.remove(&id).is_some());
                }
                Operation::Route(headers) => {
                    let fitting = model.iter().filter(|(_, declared)| declared.matches(&headers));
                    let expected: Vec<u64> = fitting.map(|(id, _)| *id).collect();
                    let sent: Vec<(&str, Value)> =
                        headers.iter().map(|(name, value)| (&**name, value.clone())).collect();
                    prop_assert_eq!(routed(&exchange, &message(&sent)), expected);
                }
            }
        }
        for id in model.keys() {
            exchange.unbind(BindingId(*id)).unwrap();
        }
        prop_assert_eq!(exchange.read().names(), 0);
    }
}
