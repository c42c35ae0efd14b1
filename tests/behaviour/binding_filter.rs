//! A filter on a binding of any exchange: of what matches, what the expression says passes.

use philter_protocol::v0_10::command::ExchangeBind;
use philter_protocol::v0_10::{FieldMap, Value};
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

fn filtered(language: &str, expression: &str) -> ExchangeBind {
    let text = |value: &str| Value::Str16(value.to_owned());
    let filter =
        FieldMap::new().with("language", text(language)).with("expression", text(expression));
    ExchangeBind {
        queue: "q".into(),
        exchange: "amq.topic".into(),
        binding_key: "news.#".into(),
        arguments: Some(FieldMap::new().with("philter.filter", Value::Map(filter))),
    }
}

#[test]
fn what_matches_the_key_and_the_filter_passes() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    let blue = "declare variable $colour external; $colour = 'blue'";
    session.run(filtered("xquery", blue)).unwrap();
    for (key, colour) in [("news.eu", "red"), ("sports", "blue"), ("news.eu", "blue")] {
        let message = Message::new(key, format!("{key} {colour}"));
        let message = message.header("colour", Value::Str16(colour.into()));
        session.publish("amq.topic", &message).unwrap();
    }
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let got: Vec<_> = session.drain("q").unwrap().iter().map(|m| m.text()).collect();
    assert_eq!(got, ["news.eu blue"]);
}

#[test]
fn a_selector_passes_what_it_is_true_for_and_nothing_that_is_unknown() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.run(filtered("selector", "NOT colour = 'red' AND qpid.subject LIKE 'n%'")).unwrap();
    for (colour, subject) in [("red", "news"), ("blue", "sports"), ("blue", "news")] {
        let message = Message::new("news.eu", format!("{colour} {subject}"));
        let message = message.header("colour", Value::Str16(colour.into()));
        let message = message.header("qpid.subject", Value::Str16(subject.into()));
        session.publish("amq.topic", &message).unwrap();
    }
    session.publish("amq.topic", &Message::new("news.eu", "without headers")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let got: Vec<_> = session.drain("q").unwrap().iter().map(|m| m.text()).collect();
    assert_eq!(got, ["blue news"]);
}

#[test]
fn a_bad_expression_and_an_unknown_language_are_refused_by_name() {
    let broker = Broker::start();
    let mut client = broker.client();
    client.attach("s").unwrap().declare_queue("q").unwrap();
    let bad = client.attach("a").unwrap().run(filtered("xquery", "./a [")).unwrap_err();
    assert!(bad.text().contains("line") && bad.text().contains("column"), "{bad}");
    let bad = client.attach("c").unwrap().run(filtered("selector", "a = = 1")).unwrap_err();
    assert!(bad.text().contains("expected") && bad.text().contains("column 5"), "{bad}");
    let unknown = client.attach("b").unwrap().run(filtered("klingon", "x")).unwrap_err();
    assert!(unknown.text().contains("klingon"), "{unknown}");
}
