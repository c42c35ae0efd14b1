//! Exchanges that hold messages until they are due.

use std::time::{Duration, Instant};

use philter_protocol::v0_10::command::{ExchangeDeclare, error_code};
use philter_protocol::v0_10::{FieldMap, Value};
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

fn declare(routed_by: Option<&str>) -> ExchangeDeclare {
    let mut arguments = FieldMap::new();
    if let Some(routed_by) = routed_by {
        arguments.insert("x-delayed-type", Value::Str16(routed_by.to_owned()));
    }
    ExchangeDeclare {
        exchange: "later".into(),
        type_: "x-delayed-message".into(),
        arguments: Some(arguments),
        ..ExchangeDeclare::default()
    }
}

#[test]
fn a_message_comes_when_it_is_due_by_whichever_type_the_exchange_routes() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(declare(Some("topic"))).unwrap();
    session.declare_queue("q").unwrap();
    session.bind("q", "later", "a.#").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let began = Instant::now();
    for (body, delay_ms) in [("third", 400), ("second", 200), ("first", 0)] {
        let message = Message::new("a.b", body).header("x-delay", Value::Int32(delay_ms));
        session.publish("later", &message).unwrap();
    }
    for (body, after_ms, header) in [("first", 0, 0), ("second", 200, -200), ("third", 400, -400)] {
        let delivery = session.receive().unwrap();
        assert_eq!(delivery.text(), body);
        let waited = began.elapsed();
        assert!(waited >= Duration::from_millis(after_ms), "{body} after {waited:?}");
        let delay = delivery.application_headers().get("x-delay").and_then(Value::as_i64);
        assert_eq!(delay, Some(header), "{body}");
        assert_eq!(delivery.routing_key(), "a.b");
    }
}

#[test]
fn a_type_to_route_by_that_is_missing_or_unknown_is_named() {
    let broker = Broker::start();
    let mut client = broker.client();
    for (routed_by, code, text) in [
        (None, error_code::INVALID_ARGUMENT, "argument x-delayed-type expected"),
        (
            Some("nosuch"),
            error_code::INVALID_ARGUMENT,
            "x-delayed-type: exchange type 'nosuch' is not loaded",
        ),
        (Some("x-delayed-message"), error_code::INVALID_ARGUMENT, "another type expected"),
    ] {
        let mut session = client.attach(text).unwrap();
        let refusal = session.run(declare(routed_by)).unwrap_err();
        assert_eq!(refusal.code(), Some(code), "{refusal}");
        assert!(refusal.to_string().contains(text), "{refusal}");
    }
}
