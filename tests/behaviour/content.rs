//! Messages come out as they went in.

use philter_protocol::v0_10::Value;
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Subscription};

#[test]
fn a_large_body_is_whole() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    let body: Vec<u8> = (0..5_000_000_u32).map(|i| i.to_le_bytes()[i as usize % 4]).collect();
    session.publish("", &Message::new("q", &body)).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    assert!(session.receive().unwrap().body == Some(body), "the body differs");
}

#[test]
fn bodies_of_all_sizes_around_a_frame_are_whole() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    for size in [1, 1_023, 1_024, 4_096, 4_097, 65_523, 65_524, 131_046, 131_047] {
        let body = vec![b'x'; size];
        session.publish("", &Message::new("q", &body)).unwrap();
        assert_eq!(session.receive().unwrap().body.map(|b| b.len()), Some(size));
    }
}

#[test]
fn headers_of_every_type_come_back() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    let values = [
        ("void", Value::Void),
        ("bool", Value::Bool(true)),
        ("int8", Value::Int8(-1)),
        ("uint64", Value::Uint64(u64::MAX)),
        ("double", Value::Double(0.1)),
        ("text", Value::Str16("\u{1f980}".into())),
        ("bytes", Value::Vbin32(vec![0, 255])),
        ("uuid", Value::Uuid([7; 16])),
    ];
    let message = values
        .iter()
        .fold(Message::new("q", "x"), |message, (name, value)| message.header(name, value.clone()));
    session.publish("", &message).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let delivery = session.receive().unwrap();
    let found = delivery.application_headers();
    for (name, value) in &values {
        assert_eq!(found.get(name), Some(value));
    }
    assert_eq!(delivery.routing_key(), "q");
}

#[test]
fn the_exchange_and_nothing_else_is_added() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.bind("q", "amq.direct", "k").unwrap();
    session.publish("amq.direct", &Message::new("k", "x")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let delivery = session.receive().unwrap();
    let properties = delivery.headers().delivery;
    assert_eq!(properties.exchange, Some("amq.direct"));
    assert_eq!((properties.ttl, properties.timestamp, properties.priority), (None, None, None));
    assert!(!properties.redelivered);
}

#[test]
fn messages_are_stamped_where_the_broker_was_told_to() {
    let broker = BrokerOptions::default().arguments(["--enable-timestamp", "yes"]).start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "x")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let delivery = session.receive().unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let stamp = delivery.headers().delivery.timestamp.unwrap();
    assert!((now - 60..=now).contains(&stamp), "{stamp} at {now}");
}
