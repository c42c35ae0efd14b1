//! Messages that wait in an exchange keep their time.

use philter_model::queue::Limit;

use super::*;
use crate::message::stamp;

/// A durable message that is to wait.
fn later(key: &str, body: &'static str, delay_ms: i32) -> Arc<Message> {
    lasting(&stamp(&message(key, body), "x-delay", Value::Int(delay_ms)))
}

/// A broker with an exchange that delays and a queue bound to it.
fn stage() -> (Broker, Arc<Exchange>) {
    let broker = Broker::new();
    let (exchange, queue) = (broker.exchange("x", "x-delayed-message", true), broker.queue("q"));
    broker.bind(&exchange, &queue, "k");
    (broker, exchange)
}

fn publish(broker: &Broker, exchange: &Arc<Exchange>, messages: &[Arc<Message>]) -> Published {
    turn(|| broker.host.publish_each(exchange, messages, &[], NOW_MS))
}

fn waiting(broker: &Broker) -> usize {
    let exchange = broker.host.exchange("x").unwrap();
    DELAYED_MAX - exchange.room_to_wait()
}

fn is_by_store(refused: &Refused) -> bool {
    matches!(refused.why, Refusal::Full { limit: Limit::Store, .. })
}

const DELAYED_MAX: usize = philter_model::limits::DELAYED_MAX;

#[test]
fn what_waits_is_due_at_the_time_that_it_had() {
    let (broker, exchange) = stage();
    let transient = stamp(&message("k", "transient"), "x-delay", Value::Int(10));
    let batch = [later("k", "later", 200), transient, later("none", "sooner", 100)];
    let keys = [(2, vec!["other".to_owned(), "k".to_owned()])];
    turn(|| broker.host.publish_each(&exchange, &batch, &keys, NOW_MS));
    // Once more: what is restored is not stored again, nor lost.
    let broker = broker.restart().restart();
    let queue = broker.host.queue("q").unwrap();
    assert_eq!(waiting(&broker), 2, "what is not durable does not outlive the broker");
    assert_eq!(broker.host.alarms_of_test(), [NOW_MS + 101]);
    broker.host.release_due(NOW_MS + 100);
    assert_eq!(depth(&queue), 0);
    broker.host.release_due(NOW_MS + 101);
    assert_eq!(bodies(&queue), ["sooner"], "by a further key");
    // Ids go on: the one that comes now is behind that which came before.
    let exchange = broker.host.exchange("x").unwrap();
    publish(&broker, &exchange, &[later("k", "third", 200)]);
    let broker = broker.restart();
    broker.host.release_due(NOW_MS + 201);
    let queue = broker.host.queue("q").unwrap();
    assert_eq!(bodies(&queue), ["sooner", "later", "third"]);
    assert_eq!((waiting(&broker), broker.stored("q")), (0, 3));
}

#[test]
fn a_message_waits_or_went_on_whenever_the_broker_was_killed() {
    let (broker, exchange) = stage();
    let before = broker.disk.appends().len();
    publish(&broker, &exchange, &[later("k", "1", 5)]);
    broker.host.release_due(NOW_MS + 6);
    let after = broker.disk.appends().len();
    assert_eq!(after, before + 2, "it goes on and is deleted in one piece");
    for appends in before..=after {
        let broker = broker.restart_after(appends);
        let queue = broker.host.queue("q").unwrap();
        let there = usize::from(appends > before);
        assert_eq!(waiting(&broker) + depth(&queue), there, "after {appends}");
        broker.host.release_due(NOW_MS + 6);
        assert_eq!((depth(&queue), broker.disk.entries().len()), (there, there));
    }
}

#[test]
fn nothing_goes_on_before_the_store_has_it() {
    let (broker, exchange) = stage();
    let queue = broker.host.queue("q").unwrap();
    broker.disk.hold();
    publish(&broker, &exchange, &[later("k", "1", 5), later("k", "2", 5)]);
    assert_eq!((waiting(&broker), broker.host.alarms_of_test()), (2, vec![]));
    broker.host.release_due(NOW_MS + 10);
    assert_eq!(queue.len(), 0);
    assert_eq!(waiting(&broker.restart()), 0);
    broker.disk.complete();
    assert_eq!(broker.host.alarms_of_test(), [NOW_MS + 6]);
    broker.host.release_due(NOW_MS + 10);
    assert_eq!(bodies(&queue), ["1", "2"]);
}

#[test]
fn what_the_store_has_no_room_for_does_not_wait_and_what_waits_goes_on_once_it_has() {
    let (broker, exchange) = stage();
    let queue = broker.host.queue("q").unwrap();
    publish(&broker, &exchange, &[later("k", "1", 5)]);
    broker.disk.set_full(true);
    broker.host.release_due(NOW_MS + 6);
    assert_eq!((queue.len(), waiting(&broker)), (0, 1), "it could not go on, and waits again");
    assert_eq!(bodies(&broker.restart().host.queue("q").unwrap()).len(), 0);
    let one = [later("k", "2", 5)];
    let refused = publish(&broker, &exchange, &one).refused;
    assert!(refused.first().is_some_and(is_by_store));
    let mut work = Work::default();
    work.publish(&exchange, &mut one.to_vec()).unwrap();
    assert!(broker.host.find_refusal_of(&work).is_some_and(|it| is_by_store(&it)));
    broker.host.release_due(NOW_MS + 1_006);
    assert_eq!((queue.len(), waiting(&broker)), (0, 1));
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    broker.host.release_due(NOW_MS + 3_000);
    assert_eq!(bodies(&queue), ["1"]);
    assert!(publish(&broker, &exchange, &one).refused.is_empty());
    assert_eq!((waiting(&broker), waiting(&broker.restart())), (1, 1));
}

#[test]
fn a_message_that_is_not_kept_is_gone() {
    let (broker, exchange) = stage();
    broker.disk.set_full(true);
    publish(&broker, &exchange, &[later("k", "1", 5)]);
    assert_eq!(waiting(&broker), 0);
    assert!(broker.host.alarms_of_test().is_empty());
}

#[test]
fn what_waits_goes_with_its_exchange_in_the_store_as_well() {
    let (broker, exchange) = stage();
    publish(&broker, &exchange, &[later("k", "1", 5)]);
    let number = exchange.kept.as_ref().unwrap().number();
    broker.disk.hold();
    publish(&broker, &exchange, &[later("k", "2", 5)]);
    turn(|| broker.host.delete_exchange("x", false, Actor::broker())).unwrap();
    broker.disk.complete();
    assert!(broker.disk.entries().iter().all(|record| record.queue != number));
    assert!(broker.restart().host.find_exchange("x").is_none());
}

#[test]
fn an_exchange_that_is_not_durable_stores_nothing() {
    let broker = Broker::new();
    let exchange = broker.exchange("x", "x-delayed-message", false);
    publish(&broker, &exchange, &[later("k", "1", 5)]);
    assert_eq!(waiting(&broker), 1);
    let has_put = |record: &Record| matches!(record, Record::Put { .. });
    assert!(!broker.disk.appends().iter().flatten().any(has_put));
}
