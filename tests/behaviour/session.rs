//! Sessions: names, channels, and how far an exception reaches.

use philter_protocol::v0_10::command::error_code;
use philter_tests::broker::Broker;
use philter_tests::client::{Message, Refusal, Subscription};

#[test]
fn an_exception_ends_its_session_alone() {
    let broker = Broker::start();
    let mut client = broker.client();
    let first = client.attach("first").unwrap().channel();
    let refusal =
        client.attach("second").unwrap().run(Subscription::consume("none").0).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::NOT_FOUND));
    assert!(refusal.text().contains("none"), "{refusal}");
    client.session(first).declare_queue("q").unwrap();
    client.close().unwrap();
}

#[test]
fn a_name_that_is_attached_elsewhere_is_busy_and_free_again_after() {
    let broker = Broker::start();
    let mut one = broker.client();
    one.attach("same").unwrap();
    let mut two = broker.client();
    assert!(matches!(two.attach("same"), Err(Refusal::Detached { code: 1.. })));
    one.close().unwrap();
    two.attach("same").unwrap();
}

#[test]
fn sessions_share_a_connection_without_mixing() {
    let broker = Broker::start();
    let mut client = broker.client();
    let channels = ["a", "b", "c"].map(|name| {
        let mut session = client.attach(name).unwrap();
        session.declare_queue(name).unwrap();
        session.run(Subscription::consume(name).0).unwrap();
        session.channel()
    });
    for (channel, name) in channels.into_iter().zip(["a", "b", "c"]) {
        let mut session = client.session(channel);
        session.publish("", &Message::new(name, name)).unwrap();
        session.give_credit(name, philter_tests::client::Credit::UNLIMITED).unwrap();
        assert_eq!(session.receive().unwrap().text(), name);
    }
}

#[test]
fn a_destination_is_unique_in_its_session() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.run(Subscription::consume("q").0).unwrap();
    let refusal = session.run(Subscription::consume("q").0).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::NOT_ALLOWED));
}
