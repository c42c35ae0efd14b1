//! What a consumer did not accept comes back when it is gone.

use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

fn publish(broker: &Broker, queue: &str, bodies: &[&str]) {
    let mut client = broker.client();
    let mut session = client.attach("publisher").unwrap();
    session.declare_queue(queue).unwrap();
    for body in bodies {
        session.publish("", &Message::new(queue, body)).unwrap();
    }
}

#[test]
fn unaccepted_messages_of_a_lost_connection_are_delivered_again_in_order() {
    let broker = Broker::start();
    publish(&broker, "q", &["one", "two", "three"]);
    let mut lost = broker.client();
    let mut session = lost.attach("lost").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let first = session.receive().unwrap();
    let second = session.receive().unwrap();
    assert!(!first.is_redelivered() && !second.is_redelivered());
    session.receive().unwrap();
    session.accept(&second).unwrap();
    drop(lost);

    let mut client = broker.client();
    let mut session = client.attach("next").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let again = [session.receive().unwrap(), session.receive().unwrap()];
    assert_eq!(again.each_ref().map(|m| m.text()), ["one", "three"]);
    assert!(again.iter().all(|message| message.is_redelivered()));
    assert!(session.drain("q").unwrap().is_empty());
}

#[test]
fn a_detached_session_gives_its_messages_back_before_the_answer() {
    let broker = Broker::start();
    publish(&broker, "q", &["one", "two"]);
    let mut client = broker.client();
    let mut session = client.attach("first").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    session.receive().unwrap();
    assert_eq!(session.message_count("q").unwrap(), 0);
    session.detach().unwrap();
    let mut session = client.attach("second").unwrap();
    assert_eq!(session.message_count("q").unwrap(), 2);
}

#[test]
fn a_released_message_is_marked_only_where_the_client_says_so() {
    let broker = Broker::start();
    publish(&broker, "q", &["one"]);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let first = session.receive().unwrap();
    session.release(&first, false).unwrap();
    let second = session.receive().unwrap();
    assert!(!second.is_redelivered());
    session.release(&second, true).unwrap();
    assert!(session.receive().unwrap().is_redelivered());
}

#[test]
fn a_message_can_be_released_after_its_subscription_was_cancelled() {
    let broker = Broker::start();
    publish(&broker, "q", &["one"]);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let message = session.receive().unwrap();
    session.cancel("q").unwrap();
    assert_eq!(session.message_count("q").unwrap(), 0);
    session.release(&message, false).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
}

#[test]
fn settling_what_is_settled_or_was_never_sent_changes_nothing() {
    let broker = Broker::start();
    publish(&broker, "q", &["one", "two"]);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::messages(1)).unwrap();
    let mut message = session.receive().unwrap();
    session.accept(&message).unwrap();
    session.release(&message, true).unwrap();
    session.reject(&message).unwrap();
    message.id = message.id.plus(1_000);
    session.accept(&message).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
}
