//! What a fanout exchange promises: rules by name, and a model of bind, unbind and route.

use std::collections::BTreeSet;

use philter_plugin_api::testing::{Arguments, MockMessage, binding, context, route};
use philter_plugin_api::{BindingId, Context, ErrorKind, Exchange, Factory, MessageView, Reads};
use proptest::prelude::*;

use super::Fanout;

fn exchange() -> Fanout {
    Fanout::create(&context("amq.fanout")).unwrap()
}

fn bind(exchange: &Fanout, id: u64, key: &str) {
    exchange.bind(&binding(id, "q", key, &Arguments::default())).unwrap();
}

fn routed(exchange: &Fanout, key: &str) -> Vec<u64> {
    let answers = route(exchange, &[&MockMessage::new(key)]);
    answers[0].iter().map(|id| id.0).collect()
}

#[test]
fn matches_every_binding_whatever_the_key() {
    let exchange = exchange();
    bind(&exchange, 1, "");
    bind(&exchange, 2, "a.b");
    assert_eq!(routed(&exchange, "anything"), [1, 2]);
    assert_eq!(routed(&exchange, ""), [1, 2]);
}

#[test]
fn answers_every_message_of_a_batch() {
    let exchange = exchange();
    bind(&exchange, 1, "");
    let message = MockMessage::new("a");
    let batch: [&dyn MessageView; 3] = [&message; 3];
    assert_eq!(route(&exchange, &batch), vec![vec![BindingId(1)]; 3]);
}

#[test]
fn says_that_its_answers_can_be_cached() {
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
    let error = Fanout::create(&with(r#"{"speed": 3}"#)).unwrap_err();
    assert!(error.text().contains("'speed'"), "{error}");
    assert!(Fanout::create(&with("null")).is_err());
}

#[test]
fn inspects_explains_and_tries_in_json() {
    let exchange = exchange();
    bind(&exchange, 1, "a");
    assert_eq!(exchange.inspect(None).unwrap(), r#"{"bindings":1}"#);
    assert_eq!(exchange.inspect(Some(BindingId(1))).unwrap(), r#"{"binding":1,"key":"a"}"#);
    assert!(exchange.explain(BindingId(1)).unwrap().contains("matches every message"));
    let arguments = Arguments::default();
    let tried = exchange.try_binding(&binding(2, "q", "b", &arguments), &MockMessage::new("c"));
    assert!(tried.unwrap().contains(r#""matches":true"#));
    assert_eq!(routed(&exchange, "c"), [1]);
}

proptest! {
    #[test]
    fn behaves_as_a_set_of_ids(operations in prop::collection::vec((0..3_u8, 0..20_u64), 0..200)) {
        let exchange = exchange();
        let mut model: BTreeSet<u64> = BTreeSet::new();
        for (operation, id) in operations {
            match operation {
                0 => {
                    let taken = exchange.bind(&binding(id, "q", "k", &Arguments::default()));
                    prop_assert_eq!(taken.is_ok(), model.insert(id));
                }
                1 => {
                    let gone = exchange.unbind(BindingId(id));
                    prop_assert_eq!(gone.is_ok(), model.remove(&id));
                }
                _ => {
                    let expected: Vec<u64> = model.iter().copied().collect();
                    prop_assert_eq!(routed(&exchange, "k"), expected);
                }
            }
        }
    }
}
