//! Two queues or exchanges that have one name, one after the other, where the broker ends before
//! the store has the end of the first.

use std::thread;

use super::*;

/// A broker with a queue `q`, bound with the key `old`, whose messages go to `left` when it is
/// deleted.
fn stage(alternate: Option<&str>) -> Broker {
    let broker = Broker::new();
    let (aside, left) = (broker.exchange("aside", "direct", true), broker.queue("left"));
    broker.bind(&aside, &left, "q");
    let queue = broker.queue_with(DeclareQueue { alternate, ..plain("q") }, &[]);
    broker.bind(&broker.exchange("x", "direct", true), &queue, "old");
    broker.fill("q", &["1", "2"]);
    broker
}

/// Deletes, and does the rest on another connection before the store hears of that; answers how
/// many appends came before it did.
fn delete_slowly(broker: &Broker, delete: impl FnOnce(), meanwhile: impl FnOnce() + Send) -> usize {
    turn(|| {
        delete();
        thread::scope(|scope| scope.spawn(meanwhile).join().unwrap());
        broker.disk.appends().len()
    })
}

fn publish(broker: &Broker, key: &str, body: &'static str) {
    let exchange = broker.host.exchange("x").unwrap();
    turn(|| broker.host.publish(&exchange, &[durable(key, body)], NOW_MS));
}

fn in_queue(broker: &Broker, name: &str) -> Vec<String> {
    bodies(&broker.host.queue(name).unwrap())
}

#[test]
fn what_is_left_in_a_queue_goes_on_though_another_has_its_name() {
    for (alternate, left) in [(Some("aside"), &["1", "2"][..]), (None, &[])] {
        let broker = stage(alternate);
        let again = || {
            let queue = broker.queue("q");
            broker.bind(&broker.host.exchange("x").unwrap(), &queue, "new");
            broker.fill("q", &["3"]);
        };
        let before = delete_slowly(&broker, || delete(&broker.host, "q"), again);
        for appends in [before, broker.disk.appends().len()] {
            let broker = broker.restart_after(appends);
            assert_eq!(in_queue(&broker, "left"), left);
            publish(&broker, "old", "nobody's");
            publish(&broker, "new", "4");
            // Once more, with what the start stored.
            let broker = broker.restart();
            publish(&broker, "old", "nobody's");
            assert_eq!(
                (in_queue(&broker, "q"), in_queue(&broker, "left")),
                (
                    vec!["3".to_owned(), "4".to_owned()],
                    left.iter().map(|body| (*body).to_owned()).collect(),
                )
            );
            let bindings = broker.disk.meta().into_keys().filter(|key| key.starts_with("binding/"));
            assert_eq!(bindings.count(), 2);
        }
    }
}

#[test]
fn what_was_bound_to_an_exchange_is_not_bound_to_another_of_its_name() {
    let broker = stage(None);
    let deleted = || broker.host.delete_exchange("x", false, Actor::broker()).unwrap();
    let again = || drop(broker.exchange("x", "direct", true));
    let before = delete_slowly(&broker, deleted, again);
    let broker = broker.restart_after(before);
    publish(&broker, "old", "3");
    assert_eq!(in_queue(&broker, "q"), ["1", "2"]);
}
