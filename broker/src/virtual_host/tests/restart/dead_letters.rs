//! Dead letters are in the store at any instant: where they were, or where they went.

use super::*;

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
