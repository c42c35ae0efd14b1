//! What one version publishes, another consumes.

use philter_protocol::v0_9_1::method::queue;
use philter_protocol::v0_9_1::{Properties, ShortStr, Table};
use philter_protocol::v0_10::headers::Headers;
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};
use philter_tests::client_0_9_1::Client;

#[test]
fn what_0_9_1_publishes_is_consumed_by_0_10() {
    let broker = Broker::start();
    let mut publisher = Client::guest(broker.port()).unwrap();
    publisher.open_channel(1).unwrap();
    publisher.declare_queue(1, "q", Table::new()).unwrap();
    let (mut plain, mut list) = (Vec::new(), Vec::new());
    let properties = Properties {
        content_type: Some(ShortStr::from("text/plain")),
        correlation_id: Some(ShortStr::from("c-1")),
        reply_to: Some(ShortStr::from("answers")),
        priority: Some(7),
        delivery_mode: Some(2),
        ..Properties::default()
    };
    let headers = Table::new().with("colour", "red").with("count", 3);
    properties.encode(&mut plain);
    let parsed = Properties::parse(&plain).unwrap();
    parsed.encode_with_headers(&plain, Some(&headers), &mut list);
    let properties = Properties::parse(&list).unwrap();
    publisher.publish(1, ("", "q"), &properties, b"hello").unwrap();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let delivery = session.receive().unwrap();
    assert_eq!(delivery.body.as_deref(), Some(&b"hello"[..]));
    let parsed = Headers::parse(&delivery.header).unwrap();
    assert_eq!(parsed.delivery.routing_key, Some("q"));
    assert_eq!((parsed.delivery.priority, parsed.delivery.delivery_mode), (Some(7), Some(2)));
    assert_eq!(parsed.message.content_type, Some("text/plain"));
    assert_eq!(parsed.message.correlation_id, Some(&b"c-1"[..]));
    let reply_to = parsed.message.reply_to.unwrap();
    assert_eq!(reply_to.routing_key, Some("answers"));
    let names: Vec<&str> = parsed.message.application_headers.iter().map(|(n, _)| n).collect();
    assert_eq!(names, ["colour", "count"]);
}

#[test]
fn what_0_10_publishes_is_consumed_by_0_9_1() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "hello")).unwrap();
    let mut consumer = Client::guest(broker.port()).unwrap();
    consumer.open_channel(1).unwrap();
    consumer.consume(1, "q", true).unwrap();
    let delivery = consumer.receive(1).unwrap();
    assert_eq!((delivery.body.as_slice(), delivery.routing_key.as_str()), (&b"hello"[..], "q"));
    delivery.properties();
}

#[test]
fn a_queue_of_0_10_is_seen_by_0_9_1() {
    let broker = Broker::start();
    let mut client = broker.client();
    client.attach("s").unwrap().declare_queue("q").unwrap();
    let mut other = Client::guest(broker.port()).unwrap();
    other.open_channel(1).unwrap();
    let passive = queue::Declare { queue: "q".into(), passive: true, ..Default::default() };
    let ok = queue::DeclareOk { queue: "q".into(), message_count: 0, consumer_count: 0 };
    assert_eq!(other.call(1, passive).unwrap(), ok.into());
}
