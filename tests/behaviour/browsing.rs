//! Looking at messages leaves them where they are.

use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::command::MessageAcquire;
use philter_protocol::v0_10::structs::MessageAcquireResult;
use philter_tests::broker::Broker;
use philter_tests::client::{Client, Credit, Message, Session, Subscription};

fn with_messages<'c>(client: &'c mut Client, bodies: &[&str]) -> Session<'c> {
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    for body in bodies {
        session.publish("", &Message::new("q", body)).unwrap();
    }
    session
}

#[test]
fn every_browser_sees_every_message_old_and_new() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_messages(&mut client, &["one"]);
    for name in ["a", "b"] {
        let browser = Subscription::browse("q").destination(name);
        session.subscribe(browser, Credit::UNLIMITED).unwrap();
    }
    session.publish("", &Message::new("q", "two")).unwrap();
    for name in ["a", "b"] {
        let seen: Vec<_> = session.drain(name).unwrap().iter().map(|m| m.text()).collect();
        assert_eq!(seen, ["one", "two"], "{name}");
    }
    assert_eq!(session.message_count("q").unwrap(), 2);
}

#[test]
fn accepting_a_message_that_was_only_looked_at_leaves_it() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_messages(&mut client, &["one"]);
    let mut browser = Subscription::browse("q");
    browser.0.accept_mode = 0; // as Qpid's Python client browses
    session.subscribe(browser, Credit::UNLIMITED).unwrap();
    let seen = session.receive().unwrap();
    session.accept(&seen).unwrap();
    session.complete(&seen).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
}

#[test]
fn a_browser_may_acquire_what_it_sees_and_is_told_what_it_got() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_messages(&mut client, &["one", "two"]);
    for name in ["a", "b"] {
        let mut browser = Subscription::browse("q").destination(name);
        browser.0.accept_mode = 0;
        session.subscribe(browser, Credit::UNLIMITED).unwrap();
    }
    let (at_a, at_b) = (session.drain("a").unwrap(), session.drain("b").unwrap());
    let mut acquire = |id| {
        let transfers = RangeSet::single(id);
        session.ask::<MessageAcquireResult>(MessageAcquire { transfers }).unwrap().transfers
    };
    assert!(acquire(at_a[0].id).contains(at_a[0].id));
    assert!(acquire(at_b[0].id).is_empty(), "it belongs to the other one");
    assert!(acquire(at_b[1].id).contains(at_b[1].id));
    assert_eq!(session.message_count("q").unwrap(), 0);
    session.accept(&at_a[0]).unwrap();
    session.release(&at_b[1], false).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
}
