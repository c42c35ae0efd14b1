//! A subscription gets what it has credit for, in messages and in bytes.

use philter_protocol::v0_10::command::{MessageSetFlowMode, MessageStop};
use philter_tests::broker::Broker;
use philter_tests::client::{Client, Credit, Message, Session, Subscription};

const CREDIT: u8 = 0;
const WINDOW: u8 = 1;

fn subscribed<'c>(client: &'c mut Client, messages: usize, flow_mode: u8) -> Session<'c> {
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    for number in 0..messages {
        session.publish("", &Message::new("q", format!("{number:08}"))).unwrap();
    }
    session.run(Subscription::consume("q").0).unwrap();
    session.run(MessageSetFlowMode { destination: "q".into(), flow_mode }).unwrap();
    session
}

#[test]
fn nothing_comes_without_credit_and_no_more_than_there_is() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = subscribed(&mut client, 5, CREDIT);
    assert!(session.drain("q").unwrap().is_empty());
    session.give_credit("q", Credit::messages(2)).unwrap();
    assert_eq!(session.drain("q").unwrap().len(), 2);
    session.give_credit("q", Credit::messages(1)).unwrap();
    assert_eq!(session.drain("q").unwrap().len(), 1);
}

#[test]
fn bytes_bound_as_well_as_messages() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = subscribed(&mut client, 5, CREDIT);
    session.give_credit("q", Credit { messages: u32::MAX, bytes: 7 }).unwrap();
    assert!(session.drain("q").unwrap().is_empty(), "each has 8 bytes of body alone");
    session.give_credit("q", Credit { messages: u32::MAX, bytes: 60 }).unwrap();
    let got = session.drain("q").unwrap().len();
    assert!((1..=3).contains(&got), "{got} messages of 19 bytes for 60");
}

#[test]
fn a_flush_ends_the_credit() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = subscribed(&mut client, 0, CREDIT);
    session.give_credit("q", Credit::UNLIMITED).unwrap();
    assert!(session.drain("q").unwrap().is_empty());
    session.publish("", &Message::new("q", "late")).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
    session.give_credit("q", Credit::messages(1)).unwrap();
    assert_eq!(session.receive().unwrap().text(), "late");
}

#[test]
fn a_window_moves_with_completion_alone() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = subscribed(&mut client, 3, WINDOW);
    session.give_credit("q", Credit::messages(1)).unwrap();
    let first = session.receive().unwrap();
    session.accept(&first).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 2, "acceptance moves no window");
    session.complete(&first).unwrap();
    assert_eq!(session.receive().unwrap().text(), "00000001");
    assert_eq!(session.message_count("q").unwrap(), 1);
}

#[test]
fn what_was_sent_before_a_stop_moves_no_window_after_it() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = subscribed(&mut client, 5, WINDOW);
    session.give_credit("q", Credit::messages(2)).unwrap();
    let old = [session.receive().unwrap(), session.receive().unwrap()];
    session.run(MessageStop { destination: "q".into() }).unwrap();
    session.give_credit("q", Credit::messages(2)).unwrap();
    for message in &old {
        session.complete(message).unwrap();
    }
    session.receive().unwrap();
    session.receive().unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
}
