//! What dies in a queue goes where the queue says, at its time, and tells of it.

use std::time::{Duration, Instant};

use philter_protocol::v0_9_1::method::basic;
use philter_protocol::v0_9_1::{FieldRef, Properties, Table};
use philter_tests::broker::Broker;
use philter_tests::client_0_9_1::{Client, Delivery};

/// A client that consumes the dead letters of the queue `q`.
fn client(broker: &Broker, arguments: Table) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client.open_channel(2).unwrap();
    client.declare_queue(1, "dead", Table::new()).unwrap();
    client.consume(2, "dead", true).unwrap();
    let arguments =
        arguments.with("x-dead-letter-exchange", "").with("x-dead-letter-routing-key", "dead");
    client.declare_queue(1, "q", arguments).unwrap();
    client
}

fn publish(client: &mut Client, body: &str) {
    client.publish(1, ("", "q"), &Properties::default(), body.as_bytes()).unwrap();
}

/// The reason in the newest entry of `x-death`.
fn reason(letter: &Delivery) -> String {
    let headers = letter.properties().headers.unwrap();
    let Some(FieldRef::Array(deaths)) = headers.get("x-death") else { panic!("{letter:?}") };
    let Some(FieldRef::Table(death)) = deaths.iter().next() else { panic!("{letter:?}") };
    assert_eq!(death.get("queue").and_then(FieldRef::as_str), Some("q"));
    death.get("reason").and_then(FieldRef::as_str).unwrap().to_owned()
}

#[test]
fn what_expires_is_a_dead_letter_when_its_time_is_over_and_not_at_some_look_later() {
    let broker = Broker::start();
    let mut client = client(&broker, Table::new().with("x-message-ttl", 100));
    let began = Instant::now();
    // By looks, a second apart, these would take five seconds.
    for _ in 0..5 {
        publish(&mut client, "late");
        assert_eq!(reason(&client.receive(2).unwrap()), "expired");
    }
    let passed = began.elapsed();
    assert!(passed >= Duration::from_millis(500), "{passed:?}");
    assert!(passed < Duration::from_secs(4), "{passed:?}");
}

#[test]
fn what_a_limit_drops_and_what_a_consumer_rejects_is_a_dead_letter() {
    let broker = Broker::start();
    let mut client = client(&broker, Table::new().with("x-max-length", 1));
    publish(&mut client, "1");
    publish(&mut client, "2");
    let dropped = client.receive(2).unwrap();
    assert_eq!((dropped.body.as_slice(), reason(&dropped)), (&b"1"[..], "maxlen".to_owned()));
    client.consume(1, "q", false).unwrap();
    let delivery_tag = client.receive(1).unwrap().tag;
    client.send(1, basic::Reject { delivery_tag, requeue: false }).unwrap();
    let rejected = client.receive(2).unwrap();
    assert_eq!((rejected.body.as_slice(), reason(&rejected)), (&b"2"[..], "rejected".to_owned()));
}

#[test]
fn what_comes_back_too_often_is_a_dead_letter() {
    let broker = Broker::start();
    let mut client = client(&broker, Table::new().with("x-delivery-limit", 2));
    publish(&mut client, "poison");
    client.consume(1, "q", false).unwrap();
    for _ in 0..3 {
        let delivery_tag = client.receive(1).unwrap().tag;
        client.send(1, basic::Reject { delivery_tag, requeue: true }).unwrap();
    }
    assert_eq!(reason(&client.receive(2).unwrap()), "delivery_limit");
}
