//! Bindings: by key, by pattern, by header; replaced, removed, asked for.

use philter_protocol::v0_10::command::{ExchangeBind, ExchangeUnbind, error_code};
use philter_protocol::v0_10::{FieldMap, Value};
use philter_tests::broker::Broker;
use philter_tests::client::{Client, Credit, Message, Session, Subscription};

fn with_queue(client: &mut Client) -> Session<'_> {
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    session
}

fn headers(key: &str, pairs: &[(&str, &str)]) -> ExchangeBind {
    let text = |value: &str| Value::Str16(value.to_owned());
    let arguments = pairs.iter().fold(FieldMap::new(), |map, (k, v)| map.with(k, text(v)));
    ExchangeBind {
        queue: "q".into(),
        exchange: "amq.match".into(),
        binding_key: key.into(),
        arguments: Some(arguments),
    }
}

fn bodies(session: &mut Session<'_>) -> Vec<String> {
    let got = session.drain("q").unwrap().iter().map(|m| m.text()).collect();
    session.give_credit("q", Credit::UNLIMITED).unwrap();
    got
}

#[test]
fn a_topic_pattern_picks_by_words() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_queue(&mut client);
    session.bind("q", "amq.topic", "#.news.*").unwrap();
    for key in ["news.eu", "world.news.eu", "news", "news.eu.fr", "newsx.eu"] {
        session.publish("amq.topic", &Message::new(key, key)).unwrap();
    }
    assert_eq!(bodies(&mut session), ["news.eu", "world.news.eu"]);
}

#[test]
fn a_queue_gets_a_message_once_however_many_bindings_match() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_queue(&mut client);
    for pattern in ["#", "a.*", "*.b", "a.b"] {
        session.bind("q", "amq.topic", pattern).unwrap();
    }
    session.publish("amq.topic", &Message::new("a.b", "once")).unwrap();
    assert_eq!(bodies(&mut session), ["once"]);
}

#[test]
fn an_unbound_key_no_longer_matches() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_queue(&mut client);
    session.bind("q", "amq.direct", "k").unwrap();
    session.publish("amq.direct", &Message::new("k", "before")).unwrap();
    let (queue, exchange) = ("q".to_owned(), "amq.direct".to_owned());
    session.run(ExchangeUnbind { queue, exchange, binding_key: "k".into() }).unwrap();
    session.publish("amq.direct", &Message::new("k", "after")).unwrap();
    assert_eq!(bodies(&mut session), ["before"]);
}

#[test]
fn a_second_binding_of_the_same_key_replaces_the_first_and_the_log_says_so() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_queue(&mut client);
    session.run(headers("k", &[("x-match", "all"), ("colour", "red")])).unwrap();
    session.run(headers("k", &[("x-match", "all"), ("colour", "blue")])).unwrap();
    broker.wait_for_log("replace");
    for colour in ["red", "blue"] {
        let message = Message::new("", colour).header("colour", Value::Str16(colour.into()));
        session.publish("amq.match", &message).unwrap();
    }
    assert_eq!(bodies(&mut session), ["blue"]);
}

#[test]
fn a_binding_that_its_exchange_refuses_names_the_argument() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_queue(&mut client);
    let refusal = session.run(headers("k", &[("colour", "red")])).unwrap_err();
    assert!(refusal.text().contains("x-match"), "{refusal}");
}

#[test]
fn what_is_not_there_is_named() {
    let broker = Broker::start();
    let mut client = broker.client();
    with_queue(&mut client);
    for (queue, exchange, named) in
        [("nobody", "amq.direct", "nobody"), ("q", "nowhere", "nowhere")]
    {
        let mut session = client.attach(named).unwrap();
        let refusal = session.bind(queue, exchange, "k").unwrap_err();
        assert_eq!(refusal.code(), Some(error_code::NOT_FOUND));
        assert!(refusal.text().contains(named), "{refusal}");
    }
}
