//! An exclusive queue belongs to one session: others are told that it is locked.

use philter_protocol::v0_10::command::{
    ExchangeBind, QueueDeclare, QueueDelete, QueuePurge, error_code,
};
use philter_tests::broker::Broker;
use philter_tests::client::{Client, Credit, Message, Refusal, Session, Subscription};

fn exclusive(queue: &str) -> QueueDeclare {
    QueueDeclare { queue: queue.to_owned(), exclusive: true, ..QueueDeclare::default() }
}

/// Runs something in a session of its own, for which it is the end.
fn refused<T: std::fmt::Debug>(
    client: &mut Client,
    run: impl FnOnce(&mut Session<'_>) -> Result<T, Refusal>,
) -> u16 {
    let mut session = client.attach("stranger").unwrap();
    run(&mut session).unwrap_err().code().unwrap()
}

#[test]
fn strangers_find_it_locked() {
    let broker = Broker::start();
    let mut owner = broker.client();
    owner.attach("owner").unwrap().run(exclusive("mine")).unwrap();
    let mut other = broker.client();
    let locked = error_code::RESOURCE_LOCKED;
    assert_eq!(refused(&mut other, |s| s.run(exclusive("mine"))), locked);
    assert_eq!(refused(&mut other, |s| s.run(Subscription::consume("mine").0)), locked);
    let delete = QueueDelete { queue: "mine".into(), ..QueueDelete::default() };
    assert_eq!(refused(&mut other, |s| s.run(delete)), locked);
    let bind = ExchangeBind {
        queue: "mine".into(),
        exchange: "amq.direct".into(),
        binding_key: "k".into(),
        arguments: None,
    };
    assert_eq!(refused(&mut other, |s| s.run(bind)), locked);
    assert_eq!(refused(&mut other, |s| s.run(QueuePurge { queue: "mine".into() })), locked);
}

#[test]
fn another_session_of_the_same_connection_is_a_stranger() {
    let broker = Broker::start();
    let mut client = broker.client();
    client.attach("owner").unwrap().run(exclusive("mine")).unwrap();
    let code = refused(&mut client, |s| s.run(Subscription::consume("mine").0));
    assert_eq!(code, error_code::RESOURCE_LOCKED);
}

#[test]
fn anybody_may_send_to_it_look_at_it_and_ask_for_it() {
    let broker = Broker::start();
    let mut owner = broker.client();
    owner.attach("owner").unwrap().run(exclusive("mine")).unwrap();
    let mut other = broker.client();
    let mut session = other.attach("stranger").unwrap();
    session.publish("", &Message::new("mine", "hello")).unwrap();
    let passive = QueueDeclare { passive: true, exclusive: false, ..exclusive("mine") };
    session.run(passive).unwrap();
    session.subscribe(Subscription::browse("mine"), Credit::UNLIMITED).unwrap();
    assert_eq!(session.receive().unwrap().text(), "hello");
    assert_eq!(session.message_count("mine").unwrap(), 1);
}

#[test]
fn it_is_free_once_its_owner_is_gone() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut owner = client.attach("owner").unwrap();
    owner.run(exclusive("mine")).unwrap();
    owner.detach().unwrap();
    client.attach("next").unwrap().run(exclusive("mine")).unwrap();
}
