//! Queues and exchanges that go when nobody uses them.

use philter_protocol::v0_10::command::{
    ExchangeDeclare, ExchangeQuery, ExchangeUnbind, QueueDeclare,
};
use philter_protocol::v0_10::structs::ExchangeQueryResult;
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Session, Subscription};

fn auto_delete(queue: &str) -> QueueDeclare {
    QueueDeclare { queue: queue.to_owned(), auto_delete: true, ..QueueDeclare::default() }
}

fn is_there(session: &mut Session<'_>, queue: &str) -> bool {
    session.query_queue(queue).unwrap().queue.is_some()
}

#[test]
fn a_shared_queue_goes_with_its_last_consumer() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(auto_delete("q")).unwrap();
    for destination in ["a", "b"] {
        let asked = Subscription::consume("q").destination(destination);
        session.subscribe(asked, Credit::messages(1)).unwrap();
    }
    session.cancel("a").unwrap();
    assert!(is_there(&mut session, "q"));
    session.cancel("b").unwrap();
    assert!(!is_there(&mut session, "q"));
}

#[test]
fn a_shared_queue_that_nobody_consumed_from_stays() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(auto_delete("q")).unwrap();
    session.detach().unwrap();
    assert!(is_there(&mut client.attach("next").unwrap(), "q"));
}

#[test]
fn an_exclusive_queue_goes_with_its_session_and_not_with_a_cancel() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(QueueDeclare { exclusive: true, ..auto_delete("q") }).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::messages(1)).unwrap();
    session.cancel("q").unwrap();
    assert!(is_there(&mut session, "q"));
    session.detach().unwrap();
    assert!(!is_there(&mut client.attach("next").unwrap(), "q"));
}

#[test]
fn an_exchange_goes_with_its_last_binding() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    let declare = ExchangeDeclare {
        exchange: "e".into(),
        type_: "direct".into(),
        auto_delete: true,
        ..ExchangeDeclare::default()
    };
    session.run(declare).unwrap();
    let unbind = |key: &str| ExchangeUnbind {
        queue: "q".into(),
        exchange: "e".into(),
        binding_key: key.into(),
    };
    session.bind("q", "e", "a").unwrap();
    session.bind("q", "e", "b").unwrap();
    session.run(unbind("a")).unwrap();
    let query = || ExchangeQuery { name: "e".into() };
    assert!(!session.ask::<ExchangeQueryResult>(query()).unwrap().not_found);
    session.run(unbind("b")).unwrap();
    assert!(session.ask::<ExchangeQueryResult>(query()).unwrap().not_found);
}
