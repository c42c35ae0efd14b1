//! A queue that is full refuses, or drops its oldest, as it was declared.

use philter_protocol::v0_10::command::{QueueDeclare, error_code};
use philter_protocol::v0_10::{FieldMap, Value};
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Subscription};

fn queue(name: &str, arguments: FieldMap) -> QueueDeclare {
    let arguments = Some(arguments);
    QueueDeclare { queue: name.to_owned(), arguments, ..QueueDeclare::default() }
}

#[test]
fn a_full_queue_refuses_the_publisher_and_keeps_what_it_has() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    let limit = FieldMap::new().with("qpid.max_count", Value::Int64(2));
    session.run(queue("q", limit)).unwrap();
    session.publish("", &Message::new("q", "one")).unwrap();
    session.publish("", &Message::new("q", "two")).unwrap();
    let refusal = session.publish("", &Message::new("q", "three")).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::RESOURCE_LIMIT_EXCEEDED));
    assert!(refusal.text().contains('q'), "{refusal}");
    assert_eq!(client.attach("next").unwrap().message_count("q").unwrap(), 2);
}

#[test]
fn a_ring_drops_its_oldest() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    let ring = FieldMap::new()
        .with("qpid.max_count", Value::Int64(2))
        .with("qpid.policy_type", Value::Str16("ring".into()));
    session.run(queue("q", ring)).unwrap();
    for body in ["one", "two", "three"] {
        session.publish("", &Message::new("q", body)).unwrap();
    }
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let kept: Vec<_> = session.drain("q").unwrap().iter().map(|m| m.text()).collect();
    assert_eq!(kept, ["two", "three"]);
}

#[test]
fn a_queue_without_a_limit_of_its_own_has_the_configured_one() {
    let broker = BrokerOptions::default().arguments(["--default-queue-limit", "10000"]).start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("bounded").unwrap();
    let unlimited = FieldMap::new().with("qpid.max_size", Value::Int64(0));
    session.run(queue("unbounded", unlimited)).unwrap();
    let half = vec![b'x'; 6_000];
    for name in ["unbounded", "unbounded", "bounded"] {
        session.publish("", &Message::new(name, &half)).unwrap();
    }
    let refusal = session.publish("", &Message::new("bounded", &half)).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::RESOURCE_LIMIT_EXCEEDED));
}

#[test]
fn a_wrong_argument_is_refused_by_name() {
    let broker = Broker::start();
    let mut client = broker.client();
    let wrong = [
        ("qpid.max_count", Value::Str16("many".into())),
        ("qpid.policy_type", Value::Str16("square".into())),
    ];
    for (name, value) in wrong {
        let declare = queue("q", FieldMap::new().with(name, value));
        let refusal = client.attach(name).unwrap().run(declare).unwrap_err();
        assert!(refusal.text().contains(name), "{refusal}");
    }
}
