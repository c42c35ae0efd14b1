//! How clients of 0-9-1 come in, what they are told, and how they leave.

use philter_protocol::v0_9_1::method::{basic, connection, queue};
use philter_protocol::v0_9_1::{Method, Properties, Table};
use philter_tests::broker::{Broker, BrokerOptions, add_user};
use philter_tests::client_0_9_1::{Client, Refusal};
use rustix::process::Signal;

const MIB: usize = 1024 * 1024;

fn open(broker: &Broker) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client
}

#[test]
fn a_wrong_password_is_refused_with_a_close_and_the_reason_is_for_the_log() {
    let broker = Broker::start();
    add_user(broker.data_dir(), "guest", "secret");
    Client::open(broker.port(), "/", "guest", "secret").unwrap();
    let refusal = Client::open(broker.port(), "/", "guest", "guest").unwrap_err();
    assert_eq!(refusal.code(), Some(403));
    assert!(refusal.text().starts_with("ACCESS_REFUSED - Login was refused"), "{refusal:?}");
    broker.wait_for_log("was not let in");
}

#[test]
fn an_unknown_virtual_host_is_named() {
    let broker = BrokerOptions::default().arguments(["--virtual-host", "there"]).start();
    Client::open(broker.port(), "there", "guest", "guest").unwrap();
    let refusal = Client::open(broker.port(), "nowhere", "guest", "guest").unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.text()),
        (Some(530), "NOT_ALLOWED - vhost nowhere not found")
    );
}

#[test]
fn what_is_in_one_virtual_host_is_not_seen_in_another() {
    let broker = BrokerOptions::default().arguments(["--virtual-host", "other"]).start();
    let mut one = open(&broker);
    let mut other = Client::open(broker.port(), "other", "guest", "guest").unwrap();
    other.open_channel(1).unwrap();
    one.declare_queue(1, "q", Table::new()).unwrap();
    let passive = queue::Declare { queue: "q".into(), passive: true, ..Default::default() };
    let Err(Refusal::Channel { code: 404, text, .. }) = other.call(1, passive) else { panic!() };
    assert_eq!(text, "NOT_FOUND - no queue 'q' in vhost 'other'");
}

#[test]
fn a_new_secret_is_taken() {
    let broker = Broker::start();
    let mut client = open(&broker);
    let update = connection::UpdateSecret { new_secret: b"x".to_vec(), reason: "old".into() };
    let mut payload = Vec::new();
    Method::from(update).encode(&mut payload);
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    client.send_raw(&[&[1, 0, 0], &size[..], &payload, &[206]].concat()).unwrap();
    client.declare_queue(1, "q", Table::new()).unwrap();
    client.close().unwrap();
}

#[test]
fn a_delivery_that_nobody_acknowledges_goes_to_somebody_else() {
    let broker = BrokerOptions::default().arguments(["--consumer-timeout", "300"]).start();
    let mut stuck = open(&broker);
    stuck.declare_queue(1, "q", Table::new()).unwrap();
    stuck.publish(1, ("", "q"), &Properties::default(), b"work").unwrap();
    stuck.consume(1, "q", false).unwrap();
    assert_eq!(stuck.receive(1).unwrap().body, b"work");
    let Err(Refusal::Channel { code: 406, text, .. }) = stuck.receive(1) else { panic!() };
    assert!(text.contains("delivery acknowledgement on channel 1 timed out"), "{text}");
    let mut other = open(&broker);
    other.consume(1, "q", true).unwrap();
    assert!(other.receive(1).unwrap().is_redelivered);
}

#[test]
fn a_publisher_hears_that_it_is_blocked_and_that_it_is_not_any_more() {
    let broker = BrokerOptions::default().arguments(["--memory-limit", "16M"]).start();
    let mut publisher = open(&broker);
    publisher.declare_queue(1, "q", Table::new()).unwrap();
    for _ in 0..17 {
        publisher.publish(1, ("", "q"), &Properties::default(), &vec![b'x'; MIB]).unwrap();
    }
    publisher.wait_for_blocked(true).unwrap();
    let mut consumer = open(&broker);
    consumer.consume(1, "q", true).unwrap();
    for _ in 0..17 {
        consumer.receive(1).unwrap();
    }
    publisher.wait_for_blocked(false).unwrap();
}

#[test]
fn at_the_end_a_client_settles_what_it_has_and_is_told_why_it_is_closed() {
    let broker = Broker::start();
    let mut client = open(&broker);
    client.declare_queue(1, "q", Table::new()).unwrap();
    client.publish(1, ("", "q"), &Properties::default(), b"x").unwrap();
    client.consume(1, "q", false).unwrap();
    let delivery = client.receive(1).unwrap();
    broker.signal(Signal::TERM);
    broker.wait_for_log("no longer listening");
    client.send(1, basic::Ack { delivery_tag: delivery.tag, multiple: false }).unwrap();
    let Refusal::Connection { code: Some(320), text } = client.wait_for_close() else { panic!() };
    assert!(text.starts_with("CONNECTION_FORCED"), "{text}");
    broker.wait().expect_success();
}

#[test]
fn a_large_message_goes_through_in_frames() {
    let broker = Broker::start();
    let mut client = open(&broker);
    client.declare_queue(1, "q", Table::new()).unwrap();
    let body: Vec<u8> = (0..5 * MIB).map(|at| (at % 251) as u8).collect();
    client.publish(1, ("", "q"), &Properties::default(), &body).unwrap();
    client.consume(1, "q", true).unwrap();
    assert_eq!(client.receive(1).unwrap().body, body);
}

#[test]
fn a_quorum_queue_is_warned_of_and_a_stream_is_refused_by_name() {
    let broker = Broker::start();
    let mut client = open(&broker);
    let declare = |type_| queue::Declare {
        queue: format!("{type_} queue"),
        durable: true,
        arguments: Table::new().with("x-queue-type", type_),
        ..Default::default()
    };
    client.call(1, declare("quorum")).unwrap();
    broker.wait_for_log("not replicated");
    let Err(refusal) = client.call(1, declare("stream")) else { panic!() };
    assert!(refusal.text().contains("stream"), "{refusal:?}");
}
