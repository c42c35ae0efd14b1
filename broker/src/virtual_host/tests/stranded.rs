//! Dead letters, and what is left of queues or routed again, where a plugin fails on it.

use super::dead_letters::{bodies, text};
use super::failing::{BAD, Frail, batch};
use super::*;
use crate::virtual_host::DeadLetterReason::Rejected;
use crate::virtual_host::VirtualHosts;

/// A queue `q` whose dead letters go, by the exchange `x` that may fail, to the queue `dead`.
struct Row {
    stage: Stage,
    exchange: Arc<Exchange>,
    plugin: Arc<Frail>,
    queue: Arc<Queue>,
    dead: Arc<Queue>,
}

impl Row {
    fn with(arguments: &[(&str, Value)]) -> Self {
        let to = [("x-dead-letter-exchange", text("x")), ("x-dead-letter-routing-key", text("k"))];
        Self::of(plain("q"), &[&to, arguments].concat())
    }

    /// The same by the queue's alternate exchange.
    fn by_alternate() -> Self {
        Self::of(DeclareQueue { alternate: Some("x"), ..plain("q") }, &[])
    }

    fn of(declare: DeclareQueue<'_>, arguments: &[(&str, Value)]) -> Self {
        let stage = Stage::new();
        let (exchange, plugin) = stage.frail("x", None, false);
        let queue = stage.try_with(declare, arguments).unwrap();
        let dead = stage.queue("dead");
        stage.bind(&exchange, &dead, "k");
        stage.bind(&exchange, &dead, "q");
        Self { stage, exchange, plugin, queue, dead }
    }

    fn reject(&self, bodies: &[&'static str]) {
        self.stage.host.dead_letter(&self.queue, &batch(bodies), Rejected, NOW_MS);
    }

    /// Publishes to the queue.
    fn fill(&self, bodies: &[&'static str]) {
        let messages: Vec<_> = bodies.iter().map(|body| message("q", body)).collect();
        let default = self.stage.host.exchange("").unwrap();
        self.stage.host.publish(&default, &messages, NOW_MS);
    }

    fn heal(&self) {
        self.plugin.is_well.store(true, Ordering::Relaxed);
        self.plugin.is_down.store(false, Ordering::Relaxed);
    }

    /// Dead letters that went on, and those that are lost.
    fn counted(&self) -> (u64, u64) {
        let sums = self.stage.host.sums();
        (sums.queues.dead_lettered, sums.unroutable)
    }
}

#[test]
fn a_dead_letter_that_a_plugin_fails_on_waits_and_is_tried_again() {
    for row in [Row::with(&[]), Row::by_alternate()] {
        row.reject(&["1", BAD, "3"]);
        assert_eq!((bodies(&row.dead), row.counted()), (vec!["1".into(), "3".into()], (2, 0)));
        row.stage.serve_due(NOW_MS + 1_000);
        assert_eq!((row.exchange.failures(), row.counted()), (2, (2, 0)));
        row.heal();
        row.stage.serve_due(NOW_MS + 1_999);
        assert_eq!(depth(&row.dead), 0, "a second after it was tried");
        row.stage.serve_due(NOW_MS + 2_000);
        assert_eq!((bodies(&row.dead), row.counted()), (vec![BAD.into()], (3, 0)));
        assert_eq!(VirtualHosts::of(&row.stage.host).due_count(), 0);
    }
}

#[test]
fn what_expires_or_is_dropped_waits_as_well() {
    let row = Row::with(&[("x-message-ttl", Value::Int(5))]);
    row.fill(&[BAD]);
    row.stage.serve_due(NOW_MS + 5);
    assert_eq!((depth(&row.queue), depth(&row.dead), row.counted()), (0, 0, (0, 0)));
    row.heal();
    row.stage.serve_due(NOW_MS + 1_005);
    assert_eq!((bodies(&row.dead), row.counted()), (vec![BAD.into()], (1, 0)));
    let row = Row::with(&[("x-max-length", Value::Int(1))]);
    row.fill(&[BAD, "2"]);
    assert_eq!((bodies(&row.queue), depth(&row.dead)), (vec!["2".into()], 0));
    row.heal();
    row.stage.serve_due(NOW_MS + 1_000);
    let [letter] = &letters(&row.dead)[..] else { panic!() };
    let view = View::new(letter, "");
    assert_eq!(view.header("x-first-death-reason"), Some(api::ValueRef::String("maxlen")));
}

fn letters(queue: &Queue) -> Vec<Arc<Message>> {
    let poller = queue.poller();
    let polled = std::iter::from_fn(|| queue.poll(poller, NOW_MS));
    polled.map(|(delivery, _)| delivery.message).collect()
}

#[test]
fn many_that_fail_for_good_stop_no_other_one() {
    let row = Row::with(&[]);
    row.plugin.is_down.store(true, Ordering::Relaxed);
    row.reject(&[BAD; 32]);
    row.reject(&["good"]);
    row.plugin.is_down.store(false, Ordering::Relaxed);
    let calls = |seconds: u64| {
        row.plugin.calls.lock().clear();
        row.stage.serve_due(NOW_MS + 1_000 * seconds);
        row.plugin.calls.lock().len()
    };
    assert_eq!(calls(1), 28, "some batches of which all fail end it");
    assert_eq!((calls(2), depth(&row.dead)), (28, 0));
    calls(3);
    assert_eq!((bodies(&row.dead), row.counted()), (vec!["good".into()], (1, 0)));
}

#[test]
fn what_waits_in_a_queue_that_is_deleted_is_tried_once_more_and_then_counted_as_lost() {
    let row = Row::with(&[]);
    row.reject(&[BAD]);
    delete(&row.stage.host, "q");
    assert_eq!((depth(&row.dead), row.counted()), (0, (0, 1)));
    let row = Row::with(&[]);
    row.reject(&[BAD]);
    row.heal();
    delete(&row.stage.host, "q");
    assert_eq!((depth(&row.dead), row.counted()), (1, (1, 0)));
}

#[test]
fn what_is_left_in_a_deleted_queue_and_fails_is_counted_as_lost() {
    let row = Row::by_alternate();
    row.fill(&["1", BAD, "3"]);
    delete(&row.stage.host, "q");
    assert_eq!((bodies(&row.dead), row.counted()), (vec!["1".into(), "3".into()], (0, 1)));
}

#[test]
fn what_fails_when_it_is_routed_again_is_back_in_its_queue() {
    let row = Row::by_alternate();
    row.fill(&["1", BAD, "3"]);
    let reroute = || {
        let (host, all) = (&row.stage.host, &MessageMatch::All);
        host.reroute(&row.queue, None, Reroute::Alternate, all, NOW_MS)
    };
    let refused = reroute().unwrap_err().to_string();
    let wanted = "2 messages were routed again, 1 are back in queue 'q': exchange 'x' could not";
    assert!(refused.starts_with(wanted), "{refused}");
    assert_eq!((bodies(&row.dead), row.counted()), (vec!["1".into(), "3".into()], (0, 0)));
    assert_eq!((depth(&row.queue), row.queue.statistics().rerouted), (1, 2));
    row.heal();
    assert_eq!(reroute().unwrap(), 1);
    assert_eq!((bodies(&row.dead), row.queue.statistics().rerouted), (vec![BAD.into()], 3));
}
