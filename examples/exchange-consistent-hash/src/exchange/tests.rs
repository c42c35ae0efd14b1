//! What the exchange promises, through the SDK's mock host.

use philter_plugin_api::testing::{Arguments, MockMessage, arguments, binding, context, route};
use philter_plugin_api::{ErrorKind, Property, Reads, Value};

use super::*;

fn declared(pairs: &[(&str, &str)]) -> Result<ConsistentHash> {
    let declared = arguments(pairs.iter().map(|(name, value)| (*name, Value::from(*value))));
    ConsistentHash::create(&Context { arguments: declared.as_ref(), ..context("spread") })
}

fn with_queues(pairs: &[(&str, &str)], queues: &[(u64, &str)]) -> ConsistentHash {
    let exchange = declared(pairs).unwrap();
    for (id, queue) in queues {
        exchange.bind(&binding(*id, queue, "10", &Arguments::default())).unwrap();
    }
    exchange
}

const QUEUES: [(u64, &str); 3] = [(1, "a"), (2, "b"), (3, "c")];

#[test]
fn sends_each_message_to_exactly_one_destination() {
    let exchange = with_queues(&[], &QUEUES);
    let sent: Vec<_> = (0..1_000).map(|n| MockMessage::new(format!("key-{n}"))).collect();
    let batch: Vec<&dyn MessageView> = sent.iter().map(|m| m as &dyn MessageView).collect();
    let answers = route(&exchange, &batch);
    assert!(answers.iter().all(|ids| ids.len() == 1));
    assert_eq!(answers, route(&exchange, &batch), "and again to the same");
}

#[test]
fn answers_the_same_after_a_restart() {
    let (first, second) = (with_queues(&[], &QUEUES), with_queues(&[], &QUEUES));
    let sent: Vec<_> = (0..1_000).map(|n| MockMessage::new(format!("key-{n}"))).collect();
    let batch: Vec<&dyn MessageView> = sent.iter().map(|m| m as &dyn MessageView).collect();
    assert_eq!(route(&first, &batch), route(&second, &batch));
}

#[test]
fn hashes_a_header_or_a_property_where_it_was_declared_so() {
    let by_header = with_queues(&[("hash-header", "customer")], &QUEUES);
    let by_id = with_queues(&[("hash-property", "message_id")], &QUEUES);
    for number in 0..100 {
        let message = |key: &str| {
            MockMessage::new(key)
                .header("customer", number)
                .property(Property::MessageId, format!("id-{number}"))
        };
        let (one, other) = (message("x"), message("y"));
        for exchange in [&by_header, &by_id] {
            let answers = route(exchange, &[&one, &other]);
            assert_eq!(answers[0], answers[1], "the routing key decides nothing");
        }
    }
}

#[test]
fn says_what_it_reads_and_what_may_be_cached() {
    let bound = |pairs: &[(&str, &str)]| {
        let none = Arguments::default();
        let bound = declared(pairs).unwrap().bind(&binding(1, "q", "1", &none)).unwrap();
        (bound.reads, bound.cacheable)
    };
    assert_eq!(bound(&[]), (Reads::KEY, true));
    assert_eq!(bound(&[("hash-header", "h")]), (Reads::HEADERS, false));
    assert_eq!(bound(&[("hash-property", "timestamp")]), (Reads::PROPERTIES, false));
}

#[test]
fn refuses_by_name_what_it_does_not_take() {
    let both = [("hash-header", "h"), ("hash-property", "timestamp")];
    let error = declared(&both).unwrap_err();
    assert_eq!(error.text(), "'hash-header' and 'hash-property' exclude each other");
    let exchange = declared(&[]).unwrap();
    let error = exchange.bind(&binding(1, "q", "news.#", &Arguments::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let text = "the binding key is 'news.#', no weight: a whole number from 1 to 1000";
    assert_eq!(error.text(), text);
    assert_eq!(exchange.unbind(BindingId(1)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn matches_nothing_where_nothing_is_bound() {
    let exchange = with_queues(&[], &[(1, "a")]);
    exchange.unbind(BindingId(1)).unwrap();
    assert_eq!(route(&exchange, &[&MockMessage::new("x")]), [vec![]]);
}

#[test]
fn inspects_explains_and_tries_in_json() {
    let exchange = with_queues(&[("hash-header", "a \"b\"")], &[(1, "orders")]);
    let whole = r#"{"hashes":"a \"b\"","bindings":1,"destinations":1,"weight":10,"points":640}"#;
    assert_eq!(exchange.inspect(None).unwrap(), whole);
    let one = r#"{"binding":1,"destination":"queue:orders","weight":10}"#;
    assert_eq!(exchange.inspect(Some(BindingId(1))).unwrap(), one);
    assert!(exchange.explain(BindingId(1)).unwrap().contains(r#""points":640,"of_points":640"#));
    let none = Arguments::default();
    let tried = exchange.try_binding(&binding(2, "q", "5", &none), &MockMessage::new("x"));
    assert!(tried.unwrap().starts_with(r#"{"matches":true,"weight":5,"hash":""#));
}
