//! Dead letters are in the store at any instant: where they were, or where they went.

use super::*;
use crate::virtual_host::DeadLetterReason;
use crate::virtual_host::tests::failing::{BAD, frail};

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// The arguments of a queue whose dead letters go to the queue of this name.
fn to<'a>(next: &str) -> [(&'a str, Value); 2] {
    [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(next))]
}

/// Queues in a row: the dead letters of each go to the next, and those of the last to `end`.
fn row(count: usize, arguments: &[(&str, Value)]) -> Broker {
    let broker = Broker::new();
    broker.queue("end");
    for place in (0..count).rev() {
        let next = if place + 1 == count { "end".to_owned() } else { format!("q{}", place + 1) };
        broker.queue_with(plain(&format!("q{place}")), &[&to(&next), arguments].concat());
    }
    broker
}

/// What is in the store, each once: a crash in the middle of a way may leave a message twice.
fn there(broker: &Broker) -> Vec<String> {
    let mut there: Vec<String> = broker.host.queues().iter().flat_map(|q| bodies(q)).collect();
    there.sort_unstable();
    there.dedup();
    there
}

/// Time passes until nothing is due, and after each append the broker might have been killed.
fn come_to_rest(broker: &Broker, before: usize, expected: &[&str]) {
    for _ in 0..20 {
        turn(|| broker.hosts.serve_due(NOW_MS));
    }
    for appends in before..=broker.disk.appends().len() {
        assert_eq!(there(&broker.restart_after(appends)), expected, "after {appends}");
    }
}

#[test]
fn what_limits_drop_is_stored_wherever_it_is_on_its_way() {
    let broker = row(8, &[("x-max-length", Value::Int(1))]);
    for (place, body) in ["1", "2", "3", "4", "5", "6", "7", "8"].into_iter().enumerate() {
        broker.fill(&format!("q{place}"), &[body]);
    }
    broker.fill("q0", &["0"]);
    let before = broker.disk.appends().len();
    come_to_rest(&broker, before, &["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
    let depths: Vec<usize> = (0..8).map(|n| broker.stored(&format!("q{n}"))).collect();
    assert_eq!((depths, broker.stored("end")), (vec![1; 8], 1));
}

#[test]
fn what_limits_do_not_let_in_is_stored_wherever_it_is_on_its_way() {
    let rejects = ("x-overflow", text("reject-publish-dlx"));
    let broker = row(8, &[("x-max-length", Value::Int(0)), rejects]);
    let before = broker.disk.appends().len() + 1;
    let default = broker.host.exchange("").unwrap();
    turn(|| broker.host.publish_each(&default, &[durable("q0", "1")], &[], NOW_MS));
    come_to_rest(&broker, before, &["1"]);
    assert_eq!(broker.stored("end"), 1);
}

#[test]
fn what_expires_at_once_is_stored_wherever_it_is_on_its_way() {
    let broker = row(12, &[("x-message-ttl", Value::Int(0))]);
    let before = broker.disk.appends().len() + 1;
    broker.fill("q0", &["1"]);
    come_to_rest(&broker, before, &["1"]);
    assert_eq!(broker.stored("end"), 1);
}

#[test]
fn what_expires_at_once_is_stored_while_somebody_else_moves_on_what_expired() {
    let broker = row(1, &[("x-message-ttl", Value::Int(0))]);
    let queue = broker.host.queue("q0").unwrap();
    let _elsewhere = queue.begin_expiring().unwrap();
    broker.fill("q0", &["1"]);
    assert_eq!(bodies(&broker.restart().host.queue("end").unwrap()), ["1"]);
}

#[test]
fn what_a_plugin_fails_on_is_stored_while_it_waits_to_be_tried_again() {
    let broker = Broker::new();
    let settings = ExchangeSettings::new("x", "frail");
    let (exchange, plugin) = frail(settings, None, false);
    broker.host.exchanges.write().insert("x".into(), Arc::clone(&exchange));
    let end = broker.queue("end");
    broker.bind(&exchange, &end, "k");
    let arguments =
        [("x-dead-letter-exchange", text("x")), ("x-dead-letter-routing-key", text("k"))];
    let queue = broker.queue_with(plain("q"), &arguments);
    broker.fill("q", &["1", BAD, "3"]);
    let poller = queue.poller();
    let polled = || queue.poll(poller, NOW_MS).map(|(delivery, _)| delivery.id);
    let ids: Vec<EntryId> = std::iter::from_fn(polled).collect();
    turn(|| {
        let rejected = queue.reject(poller, &ids);
        broker.host.dead_letter(&queue, &rejected, DeadLetterReason::Rejected, NOW_MS);
    });
    assert_eq!((queue.len(), broker.stored("q"), broker.stored("end")), (0, 1, 2));
    let again = broker.restart();
    assert_eq!(bodies(&again.host.queue("q").unwrap()), [BAD]);
    turn(|| broker.hosts.serve_due(NOW_MS + 1_000));
    assert_eq!((broker.stored("q"), broker.stored("end")), (1, 2));
    plugin.is_well.store(true, Ordering::Relaxed);
    turn(|| broker.hosts.serve_due(NOW_MS + 2_000));
    assert_eq!((broker.stored("q"), broker.stored("end")), (0, 3));
    assert_eq!(bodies(&broker.restart().host.queue("end").unwrap()), ["1", "3", BAD]);
}
