//! A store that has no room: what of a turn it takes all the same, and what is there after that.

use philter_model::queue::Delivery;

use super::*;
use crate::virtual_host::publish::Way;
use crate::virtual_host::{DeadLetterReason, MessageMatch};

/// Somebody who got some of what is in a queue.
struct Holder {
    queue: Arc<Queue>,
    id: ConsumerId,
    held: Vec<EntryId>,
}

impl Holder {
    fn of(queue: &Arc<Queue>, count: usize) -> Self {
        let (queue, id) = (Arc::clone(queue), subscribe(queue, &Mailbox::new(), 1));
        let mut pulled: Vec<Delivery> = Vec::new();
        queue.pull(id, count, u64::MAX, NOW_MS, &mut pulled);
        Self { queue, id, held: pulled.iter().map(|delivery| delivery.id).collect() }
    }

    fn reject(&self, broker: &Broker) {
        let rejected = self.queue.reject(self.id, &self.held);
        broker.host.dead_letter(&self.queue, &rejected, DeadLetterReason::Rejected, NOW_MS);
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A broker with three messages in `q`, whose store has no room any more and was not asked yet.
fn stage(arguments: &[(&str, Value)]) -> (Broker, Arc<Queue>) {
    let broker = Broker::new();
    broker.queue("other");
    let queue = broker.queue_with(plain("q"), arguments);
    broker.fill("q", &["1", "2", "3"]);
    broker.disk.set_full(true);
    (broker, queue)
}

/// The same turn publishes something, for which there is no room.
fn publish(broker: &Broker) {
    let default = broker.host.exchange("").unwrap();
    let published = broker.host.publish(&default, &[durable("other", "new")], NOW_MS);
    assert!(published.refused.is_empty(), "nobody knows yet that there is no room");
}

fn left(broker: &Broker) -> Vec<String> {
    let broker = broker.restart();
    assert_eq!(broker.stored("other"), 0);
    bodies(&broker.host.queue("q").unwrap())
}

#[test]
fn what_somebody_is_done_with_is_gone_though_there_is_no_room_for_what_came_with_it() {
    let (broker, queue) = stage(&[]);
    let (first, second) = (Holder::of(&queue, 1), Holder::of(&queue, 1));
    turn(|| {
        publish(&broker);
        first.queue.accept(first.id, &first.held);
        // With nowhere to go.
        second.reject(&broker);
    });
    assert!(broker.ledger.is_refusing());
    assert_eq!(left(&broker), ["3"]);
    turn(|| {
        publish_in_vain(&broker);
        broker.host.purge(&queue, None, &MessageMatch::default())
    });
    assert!(left(&broker).is_empty());
}

/// As a dead letter is: nobody asks whether there is room.
fn publish_in_vain(broker: &Broker) {
    let other = broker.host.queue("other").unwrap();
    let (batch, mut published) = ([durable("other", "new")], Published::default());
    broker.host.deliver(&other, &batch, 0, Way::new(NOW_MS), &mut published);
}

#[test]
fn how_often_something_was_delivered_is_kept_though_there_is_no_room() {
    let (broker, queue) = stage(&[]);
    let holder = Holder::of(&queue, 1);
    turn(|| {
        publish(&broker);
        broker.host.release(&queue, holder.id, &holder.held, true, NOW_MS);
    });
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    broker.ledger.end_in_order();
    let seen = take(&broker.restart().host.queue("q").unwrap());
    assert_eq!(seen, [("1".into(), true), ("2".into(), false), ("3".into(), false)]);
}

#[test]
fn a_dead_letter_for_which_there_is_no_room_is_where_it_was() {
    let dead = [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("other"))];
    let (broker, queue) = stage(&dead);
    let (first, second) = (Holder::of(&queue, 1), Holder::of(&queue, 1));
    turn(|| {
        first.queue.accept(first.id, &first.held);
        second.reject(&broker);
    });
    assert_eq!(left(&broker), ["2", "3"]);
}

#[test]
fn a_commit_for_which_there_is_no_room_does_nothing() {
    let (broker, queue) = stage(&[]);
    let (first, second) = (Holder::of(&queue, 1), Holder::of(&queue, 1));
    turn(|| {
        first.queue.accept(first.id, &first.held);
        store::begin_commit();
        publish(&broker);
        second.queue.accept(second.id, &second.held);
    });
    assert_eq!(left(&broker), ["2", "3"]);
    // That it was a commit is forgotten with the turn.
    let third = Holder::of(&queue, 1);
    turn(|| {
        publish_in_vain(&broker);
        third.queue.accept(third.id, &third.held);
    });
    assert_eq!(left(&broker), ["2"]);
}

/// A queue that is deleted with something in it that goes elsewhere.
fn end_of_queue(disk: Disk) -> Broker {
    let broker = Broker::start(disk);
    let (aside, other) = (broker.exchange("aside", "direct", true), broker.queue("other"));
    broker.bind(&aside, &other, "q");
    let queue = broker.queue_with(DeclareQueue { alternate: Some("aside"), ..plain("q") }, &[]);
    broker.bind(&broker.exchange("x", "direct", true), &queue, "k");
    broker.fill("q", &["1", "2", "3", "4", "5"]);
    broker
}

#[test]
fn a_queue_whose_messages_find_no_room_elsewhere_is_there_again() {
    for operations_max in [3, 100] {
        let disk = Disk::default();
        disk.limit(operations_max, 1 << 20);
        let broker = end_of_queue(disk);
        broker.disk.set_full(true);
        turn(|| delete(&broker.host, "q"));
        broker.disk.set_full(false);
        broker.ledger.look_for_room();
        assert!(!broker.ledger.is_refusing());
        let broker = broker.restart();
        let queue = broker.host.queue("q").unwrap();
        assert_eq!(bodies(&queue), ["1", "2", "3", "4", "5"]);
        assert!(bodies(&broker.host.queue("other").unwrap()).is_empty());
        let exchange = broker.host.exchange("x").unwrap();
        turn(|| broker.host.publish(&exchange, &[durable("k", "6")], NOW_MS));
        assert_eq!(depth(&queue), 6, "it is bound as it was");
    }
}

#[test]
fn what_is_too_much_for_one_append_is_lost_at_no_instant() {
    let disk = Disk::default();
    disk.limit(3, 1 << 20);
    let broker = end_of_queue(disk);
    let before = broker.disk.appends().len();
    turn(|| delete(&broker.host, "q"));
    let after = broker.disk.appends().len();
    assert!(after > before + 2);
    for appends in before..=after {
        let broker = broker.restart_after(appends);
        let mut there = bodies(&broker.host.queue("other").unwrap());
        there.extend(broker.host.queue("q").iter().flat_map(|queue| bodies(queue)));
        there.sort_unstable();
        there.dedup();
        assert_eq!(there, ["1", "2", "3", "4", "5"], "after {appends}");
    }
    assert_eq!(broker.disk.entries().len(), 5);
}

#[test]
fn a_queue_is_defined_whatever_becomes_of_what_its_turn_did_before() {
    let broker = end_of_queue(Disk::default());
    broker.disk.set_full(true);
    turn(|| {
        delete(&broker.host, "q");
        broker.queue("r");
    });
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    assert!(!broker.ledger.is_refusing());
    turn(|| {
        let default = broker.host.exchange("").unwrap();
        let published = broker.host.publish(&default, &[durable("r", "confirmed")], NOW_MS);
        assert!(published.refused.is_empty());
    });
    assert_eq!(depth(&broker.host.queue("r").unwrap()), 1);
    let broker = broker.restart();
    assert_eq!(bodies(&broker.host.queue("r").unwrap()), ["confirmed"]);
}

#[test]
fn what_was_in_a_queue_that_is_gone_leaves_though_there_is_no_room_for_what_is_defined_next() {
    let (broker, _queue) = stage(&[]);
    turn(|| {
        delete(&broker.host, "q");
        broker.queue("r");
    });
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    assert!(!broker.ledger.is_refusing());
    assert!(broker.host.queue("q").is_err());
    assert!(broker.disk.entries().is_empty());
}

#[test]
fn what_is_new_is_owed_together_with_an_end_that_is_not() {
    let broker = end_of_queue(Disk::default());
    let before = broker.disk.meta();
    broker.disk.set_full(true);
    turn(|| {
        delete(&broker.host, "q");
        broker.ledger.set("host/new".to_owned(), vec![1]);
    });
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    let mut after = broker.disk.meta();
    assert_eq!(after.remove("host/new"), Some(vec![1]));
    assert_eq!(after, before);
}
