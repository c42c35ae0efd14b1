//! What an xml exchange does with bindings and messages, by rule.

use philter_plugin_api::testing::{Arguments, MockMessage, arguments, binding, context, route};
use philter_plugin_api::{Reads, Value};
use serde_json::Value as Json;

use super::*;

const WEATHER: &str = "<weather><station>KRDU</station><temperature_f>70</temperature_f></weather>";

/// An exchange; where the configuration is nobody else's, so are the counts.
fn exchange(configuration: &str) -> XmlExchange {
    XmlExchange::create(&Context { configuration, ..context("xml") }).unwrap()
}

fn xquery(query: &str) -> Arguments {
    arguments([("xquery", Value::String(query.into()))])
}

fn bind(exchange: &XmlExchange, id: u64, key: &str, query: &str) -> Taken {
    exchange
        .bind(&binding(id, "q", key, &xquery(query)))
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn routed(exchange: &XmlExchange, message: &MockMessage) -> Vec<u64> {
    let mut answers = route(exchange, &[message]);
    answers.remove(0).into_iter().map(|id| id.0).collect()
}

fn inspect(exchange: &XmlExchange, id: Option<u64>) -> Json {
    serde_json::from_str(&exchange.inspect(id.map(BindingId)).unwrap()).unwrap()
}

#[test]
fn the_key_is_matched_exactly_and_then_the_query() {
    let exchange = exchange("{}");
    bind(&exchange, 1, "weather", "./weather/temperature_f > 60");
    bind(&exchange, 2, "weather", "./weather/temperature_f > 80");
    bind(&exchange, 3, "news", "true()");
    bind(&exchange, 4, "weather.eu", "true()");
    let message = MockMessage::new("weather").body(WEATHER);
    assert_eq!(routed(&exchange, &message), [1]);
    assert_eq!(routed(&exchange, &MockMessage::new("news").body("no document")), [3]);
    assert!(routed(&exchange, &MockMessage::new("new")).is_empty());
}

#[test]
fn headers_are_variables() {
    let exchange = exchange("{}");
    let default = "declare variable $qpid.subject external; $qpid.subject = 'S'";
    bind(&exchange, 1, "k", default);
    bind(&exchange, 2, "k", "declare variable $n external; $n > 9223372036854775807");
    let message = MockMessage::new("k").header("qpid.subject", "S").header("n", u64::MAX);
    assert_eq!(routed(&exchange, &message), [1, 2]);
    let message = MockMessage::new("k").header("qpid.subject", "T");
    assert!(routed(&exchange, &message).is_empty());
}

#[test]
fn refuses_a_binding_without_a_query() {
    let exchange = exchange("{}");
    for (arguments, text) in [
        (Arguments::default(), "needs the argument 'xquery'"),
        (arguments([("xquery", Value::Int(1))]), "must be a string"),
    ] {
        let error = exchange.bind(&binding(1, "q", "k", &arguments)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.text().contains(text), "{error}");
    }
}

#[test]
fn refuses_a_bad_query_with_line_and_column() {
    let exchange = exchange("{}");
    let bad = xquery("./a and\n  $b = 1");
    let error = exchange.bind(&binding(1, "q", "k", &bad)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.place(), Some((2, 3)));
    assert!(error.text().contains("XPST0008"), "{error}");
    let long = xquery(&format!("'{}'", "x".repeat(65_536)));
    let error = exchange.bind(&binding(1, "q", "k", &long)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(inspect(&exchange, None)["bindings"], 0);
}

#[test]
fn says_what_a_binding_reads() {
    let exchange = exchange("{}");
    let taken = |query| bind(&exchange, 1, "k", query);
    assert_eq!(taken("true()"), Taken { reads: Reads::KEY, cacheable: true });
    assert_eq!(taken("1 = 1"), Taken { reads: Reads::KEY, cacheable: true });
    assert_eq!(taken("1 + 1"), Taken { reads: Reads::KEY, cacheable: false });
    let body = Reads::KEY | Reads::BODY;
    assert_eq!(taken("./a"), Taken { reads: body, cacheable: false });
    let headers = taken("declare variable $a external; $a");
    assert_eq!(headers, Taken { reads: Reads::KEY | Reads::HEADERS, cacheable: false });
    let subject = taken("declare variable $qpid.subject external; $qpid.subject = ./a").reads;
    assert!(subject.contains(Reads::PROPERTIES | Reads::HEADERS | Reads::BODY));
}

#[test]
fn unbinding_ends_the_matches() {
    let exchange = exchange("{}");
    bind(&exchange, 1, "k", "true()");
    bind(&exchange, 2, "k", "true()");
    assert_eq!(routed(&exchange, &MockMessage::new("k")), [1, 2]);
    exchange.unbind(BindingId(1)).unwrap();
    assert_eq!(routed(&exchange, &MockMessage::new("k")), [2]);
    assert_eq!(exchange.unbind(BindingId(1)).unwrap_err().kind(), ErrorKind::NotFound);
    exchange.unbind(BindingId(2)).unwrap();
    assert_eq!(inspect(&exchange, None)["keys"], 0);
}

#[test]
fn a_second_bind_of_an_id_replaces_the_first() {
    let exchange = exchange("{}");
    bind(&exchange, 1, "k", "true()");
    bind(&exchange, 1, "k", "false()");
    assert!(routed(&exchange, &MockMessage::new("k")).is_empty());
    assert_eq!(inspect(&exchange, None)["bindings"], 1);
}

#[test]
fn a_hundred_bindings_read_the_body_once() {
    let exchange = exchange(r#"{"deadline_ms": 50001}"#);
    for id in 0..100 {
        bind(&exchange, id, "k", &format!("./weather/temperature_f > {id}"));
    }
    let message = MockMessage::new("k").body(WEATHER);
    assert_eq!(routed(&exchange, &message).len(), 70);
    let state = inspect(&exchange, None);
    assert_eq!(state["indexed"], 100);
    assert_eq!(state["queries"]["documents"], 1);
    assert_eq!(state["queries"]["evaluations"], 0);
}

#[test]
fn a_query_without_the_context_item_reads_no_body() {
    let exchange = exchange(r#"{"deadline_ms": 50002}"#);
    bind(&exchange, 1, "k", "declare variable $a external; $a = 1");
    bind(&exchange, 2, "k", "true()");
    bind(&exchange, 3, "other", "./a");
    let message = MockMessage::new("k").header("a", 1_i32).body("<not closed");
    assert_eq!(routed(&exchange, &message), [1, 2]);
    assert_eq!(inspect(&exchange, None)["queries"]["documents"], 0);
}

#[test]
fn a_constant_query_costs_no_evaluation() {
    let exchange = exchange(r#"{"deadline_ms": 50003}"#);
    bind(&exchange, 1, "k", "true()");
    bind(&exchange, 2, "k", "false()");
    assert_eq!(routed(&exchange, &MockMessage::new("k").body("<")), [1]);
    assert_eq!(inspect(&exchange, None)["queries"]["evaluations"], 0);
    assert_eq!(inspect(&exchange, Some(1))["matched"], 1);
    assert_eq!(inspect(&exchange, Some(2))["matched"], 0);
}

#[test]
fn equal_queries_are_evaluated_once() {
    let exchange = exchange(r#"{"deadline_ms": 50004}"#);
    for id in 0..50 {
        bind(&exchange, id, "k", "count(./weather/*) > 1");
    }
    assert_eq!(routed(&exchange, &MockMessage::new("k").body(WEATHER)).len(), 50);
    let state = inspect(&exchange, None);
    assert_eq!(state["queries"]["evaluations"], 1);
    assert_eq!(state["queries"]["documents"], 1);
    assert_eq!(state["expressions"], 1);
    assert_eq!(state["always_evaluated"], 50);
    assert_eq!(inspect(&exchange, Some(49))["matched"], 1);
}

#[test]
fn a_dynamic_error_is_no_match_and_counted() {
    let exchange = exchange("{}");
    bind(&exchange, 1, "k", "count(./a) > 0");
    bind(&exchange, 2, "k", "declare variable $b external; $b + 1");
    bind(&exchange, 3, "k", "./a > 5 or ./a + 'x'");
    bind(&exchange, 4, "k", "true()");
    assert_eq!(routed(&exchange, &MockMessage::new("k").body("no document")), [4]);
    assert_eq!(routed(&exchange, &MockMessage::new("k").body("<a>1</a>")), [1, 4]);
    for (id, matched, failed, text) in [
        (1, 1, 1, "the body is no XML document"),
        (2, 0, 2, "XPDY0002: the external variable $b"),
        (3, 0, 2, "XPTY0004"),
        (4, 2, 0, ""),
    ] {
        let state = inspect(&exchange, Some(id));
        assert_eq!(state["matched"], matched, "{state}");
        assert_eq!(state["failed"], failed, "{state}");
        let last = state["last_failure"].as_str().unwrap_or_default();
        assert!(last.contains(text), "{state}");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_counted_by_the_exchange() {
    let exchange = exchange("{}");
    bind(&exchange, 1, "k", "./a");
    bind(&exchange, 2, "k", "declare variable $b external; not($b = 1)");
    let message = MockMessage::new("k").header("b", 2_i32).body("<a>");
    assert_eq!(routed(&exchange, &message), [2]);
    let state = inspect(&exchange, None);
    assert_eq!(state["unreadable_bodies"], 1);
    let last = state["last_unreadable"].as_str().unwrap();
    assert!(last.contains("the body is no XML document"), "{last}");
}

#[test]
fn a_body_that_only_some_messages_need_is_counted_as_well() {
    let exchange = exchange("{}");
    bind(&exchange, 1, "k", "declare variable $b external; $b = 'x' and ./a");
    for header in ["y", "x"] {
        let message = MockMessage::new("k").header("b", header).body("<a>");
        assert!(routed(&exchange, &message).is_empty());
    }
    assert_eq!(inspect(&exchange, None)["unreadable_bodies"], 1);
}

#[test]
fn a_batch_is_answered_message_by_message() {
    let exchange = exchange("{}");
    bind(&exchange, 1, "k", "./a = 1");
    bind(&exchange, 2, "k", "./a");
    bind(&exchange, 3, "l", "declare variable $h external; $h");
    let one = MockMessage::new("k").body_in_chunks(["<a>", "1", "</a>"]);
    let two = MockMessage::new("k").body("<a>2</a>");
    let three = MockMessage::new("l").header("h", true);
    let none = MockMessage::new("m").body("<a>1</a>");
    let answers = route(&exchange, &[&one, &none, &two, &three, &two]);
    let ids = |ids: &[u64]| ids.iter().copied().map(BindingId).collect::<Vec<_>>();
    assert_eq!(answers, [ids(&[1, 2]), ids(&[]), ids(&[2]), ids(&[3]), ids(&[2])]);
}

#[test]
fn large_bodies_match_and_too_large_ones_do_not() {
    let exchange = exchange(r#"{"document_bytes_max": 3000000, "deadline_ms": 50005}"#);
    bind(&exchange, 1, "k", "string-length(./a) > 1000000");
    let large = MockMessage::new("k").body(format!("<a>{}</a>", "x".repeat(2_000_000)));
    let too_large = MockMessage::new("k").body(format!("<a>{}</a>", "x".repeat(3_000_000)));
    let answers = route(&exchange, &[&large, &too_large, &large, &large]);
    let matched: Vec<usize> = answers.iter().map(Vec::len).collect();
    assert_eq!(matched, [1, 0, 1, 1]);
    let last = inspect(&exchange, Some(1))["last_failure"].to_string();
    assert!(last.contains("of 3000000 at the most"), "{last}");
}

#[test]
fn explains_and_tries_a_binding() {
    let exchange = exchange("{}");
    let query = "declare variable $x external; $x = ./a";
    bind(&exchange, 7, "k", query);
    let explained: Json = serde_json::from_str(&exchange.explain(BindingId(7)).unwrap()).unwrap();
    assert_eq!(explained["variables"][0], "x");
    assert_eq!(explained["reads_body"], true);
    assert_eq!(explained["key"], "k");
    assert_eq!(exchange.explain(BindingId(8)).unwrap_err().kind(), ErrorKind::NotFound);

    let arguments = xquery(query);
    let wanted = binding(0, "q", "k", &arguments);
    let tried = |message: &MockMessage| -> Json {
        serde_json::from_str(&exchange.try_binding(&wanted, message).unwrap()).unwrap()
    };
    let message = MockMessage::new("k").header("x", 1_i32).body("<a>1</a>");
    assert_eq!(tried(&message)["matches"], true);
    let other_key = MockMessage::new("l").header("x", 1_i32).body("<a>1</a>");
    assert_eq!(
        (&tried(&other_key)["matches"], &tried(&other_key)["answer"]),
        (&false.into(), &true.into())
    );
    let without = MockMessage::new("k").body("<a>1</a>");
    assert_eq!(tried(&without)["absent_variables"][0], "x");
    assert!(tried(&without)["failure"].as_str().unwrap().contains("$x"));
    assert_eq!(inspect(&exchange, None)["bindings"], 1);
}

#[test]
fn refuses_a_wrong_configuration() {
    let refused = XmlExchange::create(&Context { configuration: "{\"x\":1}", ..context("xml") });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidArgument);
}

/// Bindings and unbindings in any order leave what is bound, no more and no less.
mod model {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Operation {
        Bind { id: u64, key: &'static str, query: &'static str },
        Unbind { id: u64 },
    }

    fn operation() -> impl Strategy<Value = Operation> {
        let key = prop::sample::select(vec!["a", "b"]);
        let query = prop::sample::select(vec!["true()", "false()", "1 = 1"]);
        prop_oneof![
            3 => (0..6_u64, key, query)
                .prop_map(|(id, key, query)| Operation::Bind { id, key, query }),
            1 => (0..6_u64).prop_map(|id| Operation::Unbind { id }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn routes_as_the_model(operations in prop::collection::vec(operation(), 0..40)) {
            let exchange = exchange("{}");
            let mut model: BTreeMap<u64, (&str, &str)> = BTreeMap::new();
            for operation in operations {
                match operation {
                    Operation::Bind { id, key, query } => {
                        bind(&exchange, id, key, query);
                        model.insert(id, (key, query));
                    }
                    Operation::Unbind { id } => {
                        let unbound = exchange.unbind(BindingId(id)).is_ok();
                        prop_assert_eq!(unbound, model.remove(&id).is_some());
                    }
                }
                for key in ["a", "b"] {
                    let expected: Vec<u64> = model
                        .iter()
                        .filter(|(_, (bound, query))| *bound == key && *query != "false()")
                        .map(|(id, _)| *id)
                        .collect();
                    prop_assert_eq!(routed(&exchange, &MockMessage::new(key)), expected);
                }
            }
        }
    }
}
