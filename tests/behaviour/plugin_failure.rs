//! What publishers hear of a plugin that fails on their messages: here one that panics on long
//! routing keys.

use philter_protocol::v0_9_1::method::{basic, confirm, exchange, queue, tx};
use philter_protocol::v0_9_1::{Properties, Table};
use philter_protocol::v0_10::command::error_code;
use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::Message;
use philter_tests::client_0_9_1::{Answered, Client, Refusal};

const TEXT: &str = "exchange 'frail' could not route the message: exchange type 'panicking' of \
                    plugin 'philter-plugin-conformance' failed: ";

fn start() -> Broker {
    let library = artifacts().plugin_dir.join("examples/libfaulty.so");
    BrokerOptions::default().arguments(["--load-module", library.to_str().unwrap()]).start()
}

/// A client with a channel and the exchange.
fn open(broker: &Broker) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    let (exchange, type_) = ("frail".into(), "panicking".into());
    client.call(1, exchange::Declare { exchange, type_, ..Default::default() }).unwrap();
    client.declare_queue(1, "q", Table::new()).unwrap();
    let (queue, exchange) = ("q".into(), "frail".into());
    client.call(1, queue::Bind { queue, exchange, ..Default::default() }).unwrap();
    client
}

fn publish(client: &mut Client, key: &str) {
    client.publish(1, ("frail", key), &Properties::default(), b"x").unwrap();
}

#[test]
fn a_publisher_with_confirms_hears_of_that_message_alone() {
    let broker = start();
    let mut client = open(&broker);
    client.call(1, confirm::Select { no_wait: false }).unwrap();
    let keys = ["short", &"long".repeat(30), "short"];
    keys.iter().for_each(|key| publish(&mut client, key));
    let mut told = Vec::new();
    while told.len() < 3 {
        let Answered { number, is_taken, .. } = client.next_answer(1).unwrap();
        told.push((number, is_taken));
    }
    assert_eq!(told, [(1, true), (2, false), (3, true)]);
    broker.wait_for_log("exchange 'frail' could not route 1 messages: exchange type 'panicking'");
}

#[test]
fn a_publisher_without_them_loses_its_channel_and_no_other() {
    let broker = start();
    let mut client = open(&broker);
    client.open_channel(2).unwrap();
    publish(&mut client, &"long".repeat(30));
    let refusal = client.next_method(1).unwrap_err();
    let Refusal::Channel { code: 541, text, .. } = &refusal else { panic!("{refusal:?}") };
    let wanted = format!("INTERNAL_ERROR - basic.publish: {TEXT}");
    assert!(text.starts_with(&wanted), "{text}");
    client.declare_queue(2, "other", Table::new()).unwrap();
}

#[test]
fn a_commit_fails_as_a_whole() {
    let broker = start();
    let mut client = open(&broker);
    client.call(1, tx::Select {}).unwrap();
    client.publish(1, ("", "q"), &Properties::default(), b"x").unwrap();
    publish(&mut client, &"long".repeat(30));
    let refusal = client.call(1, tx::Commit {}).unwrap_err();
    let wanted = format!("INTERNAL_ERROR - tx.commit: {TEXT}");
    assert!(refusal.code() == Some(541) && refusal.text().starts_with(&wanted), "{refusal:?}");
    let mut other = broker.client();
    assert_eq!(other.attach("s").unwrap().message_count("q").unwrap(), 0);
}

#[test]
fn a_session_of_0_10_ends_with_an_internal_error() {
    let broker = start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_exchange("frail", "panicking").unwrap();
    session.publish("frail", &Message::new("short", "x")).unwrap();
    let refusal = session.publish("frail", &Message::new(&"long".repeat(30), "x")).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::INTERNAL_ERROR));
    assert!(refusal.text().starts_with(TEXT), "{}", refusal.text());
}

#[test]
fn a_dead_letter_waits_in_its_queue_and_is_named_where_that_is_deleted() {
    let broker = start();
    let mut client = open(&broker);
    let key = "long".repeat(30);
    let arguments = Table::new()
        .with("x-dead-letter-exchange", "frail")
        .with("x-dead-letter-routing-key", key.as_str());
    client.declare_queue(1, "mortal", arguments).unwrap();
    client.publish(1, ("", "mortal"), &Properties::default(), b"x").unwrap();
    client.consume(1, "mortal", false).unwrap();
    let delivery_tag = client.receive(1).unwrap().tag;
    client.send(1, basic::Reject { delivery_tag, requeue: false }).unwrap();
    broker.wait_for_log("exchange 'frail' could not route 1 messages");
    let queue = "mortal".into();
    client.call(1, queue::Delete { queue, ..Default::default() }).unwrap();
    broker.wait_for_log(&format!("queue 'mortal': 1 dead letters are lost: {TEXT}"));
}
