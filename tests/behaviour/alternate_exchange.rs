//! Where messages go that have nowhere else to go.

use philter_protocol::v0_10::command::{ExchangeDeclare, ExchangeDelete, QueueDeclare, error_code};
use philter_tests::broker::Broker;
use philter_tests::client::{Client, Credit, Message, Session, Subscription};

/// A session with exchange `dead` (fanout) and queue `letters` bound to it.
fn with_dead_letters(client: &mut Client) -> Session<'_> {
    let mut session = client.attach("s").unwrap();
    session.declare_exchange("dead", "fanout").unwrap();
    session.declare_queue("letters").unwrap();
    session.bind("letters", "dead", "").unwrap();
    session.subscribe(Subscription::consume("letters"), Credit::UNLIMITED).unwrap();
    session
}

fn queue_with_alternate(queue: &str) -> QueueDeclare {
    let (queue, alternate_exchange) = (queue.to_owned(), "dead".to_owned());
    QueueDeclare { queue, alternate_exchange, ..QueueDeclare::default() }
}

#[test]
fn a_rejected_message_goes_to_the_alternate_of_its_queue() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_dead_letters(&mut client);
    session.run(queue_with_alternate("q")).unwrap();
    session.publish("", &Message::new("q", "bad")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::messages(1)).unwrap();
    let message = session.receive().unwrap();
    session.reject(&message).unwrap();
    let letter = session.receive().unwrap();
    assert_eq!((letter.destination.as_str(), letter.text()), ("letters", "bad".to_owned()));
}

#[test]
fn what_is_left_in_a_deleted_queue_goes_to_its_alternate_in_order() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_dead_letters(&mut client);
    session.run(queue_with_alternate("q")).unwrap();
    for body in ["one", "two", "three"] {
        session.publish("", &Message::new("q", body)).unwrap();
    }
    session.delete_queue("q").unwrap();
    let letters = session.drain("letters").unwrap();
    assert_eq!(letters.iter().map(|m| m.text()).collect::<Vec<_>>(), ["one", "two", "three"]);
}

#[test]
fn an_unroutable_message_goes_to_the_alternate_of_its_exchange() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = with_dead_letters(&mut client);
    let declare = ExchangeDeclare {
        exchange: "e".into(),
        type_: "direct".into(),
        alternate_exchange: "dead".into(),
        ..ExchangeDeclare::default()
    };
    session.run(declare).unwrap();
    session.publish("e", &Message::new("nobody", "lost")).unwrap();
    assert_eq!(session.receive().unwrap().text(), "lost");
}

#[test]
fn an_unroutable_message_without_an_alternate_is_dropped() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.publish("amq.direct", &Message::new("nobody", "lost")).unwrap();
    session.publish("", &Message::new("no such queue", "lost")).unwrap();
}

#[test]
fn an_alternate_that_is_used_cannot_be_deleted_and_an_unknown_one_not_be_named() {
    let broker = Broker::start();
    let mut client = broker.client();
    with_dead_letters(&mut client).run(queue_with_alternate("q")).unwrap();
    let delete = ExchangeDelete { exchange: "dead".into(), if_unused: false };
    let refusal = client.attach("a").unwrap().run(delete).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::NOT_ALLOWED));
    assert!(refusal.text().contains("dead"), "{refusal}");
    let unknown = QueueDeclare { alternate_exchange: "none".into(), ..queue_with_alternate("r") };
    let refusal = client.attach("b").unwrap().run(unknown).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::NOT_FOUND));
    assert!(refusal.text().contains("none"), "{refusal}");
}
