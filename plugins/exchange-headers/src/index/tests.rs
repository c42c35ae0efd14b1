//! What the index promises: it files where little is filed, looks at little, and empties.

use philter_plugin_api::Value;
use philter_plugin_api::testing::{MockMessage, arguments, binding};

use super::*;

fn pattern(pairs: &[(&str, Value)]) -> Pattern {
    let arguments = arguments(pairs.iter().map(|(name, value)| (*name, value.clone())));
    Pattern::parse(&binding(1, "q", "", &arguments)).unwrap()
}

fn order(mode: &str, customer: u64) -> Pattern {
    let customer = Value::String(format!("customer-{customer}"));
    pattern(&[("x-match", mode.into()), ("type", "order".into()), ("customer", customer)])
}

fn of_size(bindings: u64) -> HeaderIndex {
    let mut index = HeaderIndex::default();
    for id in 0..bindings {
        index.insert(BindingId(id), order("all", id)).unwrap();
    }
    index
}

fn looks(index: &HeaderIndex, message: &MockMessage) -> (Vec<u64>, u64) {
    let mut found = Vec::new();
    let looks = index.matches(message, &mut |id| found.push(id.0));
    (found, looks)
}

#[test]
fn files_under_the_least_used_condition() {
    let index = of_size(1_000);
    let by_customer =
        (1..1_000).all(|id| index.filed_under(BindingId(id)).unwrap() == ["customer"]);
    assert!(by_customer, "all but the first stand under their own customer");
}

#[test]
fn looks_at_no_more_for_100_000_bindings_than_for_100() {
    let (small, large) = (of_size(100), of_size(100_000));
    let hit = MockMessage::new("").header("type", "order").header("customer", "customer-42");
    assert_eq!(looks(&small, &hit), looks(&large, &hit));
    assert_eq!(looks(&large, &hit).0, [42]);
    for flood in 0..1_000 {
        let customer = format!("stranger-{flood}");
        let miss = MockMessage::new("").header("type", "order").header("customer", customer);
        let (found, looked) = looks(&large, &miss);
        assert_eq!(found, [0; 0]);
        assert_eq!((found, looked), looks(&small, &miss));
        assert!(looked <= 3, "two headers and the one binding filed under its type");
    }
}

#[test]
fn looks_at_nothing_where_every_binding_matches_always() {
    let mut index = HeaderIndex::default();
    index.insert(BindingId(1), pattern(&[("x-match", "all".into())])).unwrap();
    let message = MockMessage::new("").header("a", 1).header("b", 2);
    assert_eq!(looks(&index, &message), (vec![1], 1));
}

#[test]
fn empties_when_bindings_go() {
    let mut index = of_size(1_000);
    let more = [
        pattern(&[("x-match", "any".into()), ("a", Value::Null), ("b", Value::Int(1))]),
        pattern(&[("x-match", "all".into())]),
        pattern(&[("x-match", "all".into()), ("l", Value::List(vec![Value::Int(1)]))]),
        pattern(&[("x-match", "any".into()), ("n", Value::Double(f64::NAN)), ("m", 1.into())]),
    ];
    for (id, pattern) in (1_000..).zip(more) {
        index.insert(BindingId(id), pattern).unwrap();
    }
    for id in 0..1_004 {
        index.remove(BindingId(id)).unwrap();
    }
    assert_eq!((index.bindings(), index.always(), index.names()), (0, 0, 0));
    assert_eq!((index.patterns.capacity(), index.names.capacity()), (0, 0));
}
