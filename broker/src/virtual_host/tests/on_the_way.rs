//! What exchanges on a message's way do with it, where a plugin fails elsewhere on that way, and
//! what a commit finds.

use philter_model::limits::DELAYED_MAX;

use super::failing::{BAD, frail, picky, refused};
use super::*;
use crate::message::stamp;

/// An exchange `first` that leads to one that delays, `later`, and to one that may fail, `next`;
/// each of these leads to a queue of its own. In which order is said.
struct Fork {
    stage: Stage,
    first: Arc<Exchange>,
    later: Arc<Exchange>,
    next: Arc<Exchange>,
    queues: [Arc<Queue>; 2],
}

impl Fork {
    fn new(is_later_first: bool) -> Self {
        let stage = Stage::new();
        let (first, _) = stage.exchange("first", None, false);
        let (next, _) = stage.frail("next", None, false);
        let mut settings = ExchangeSettings::new("later", "x-delayed-message");
        settings.delayed_type = Some("equal".into());
        let instance = Box::new(Instance(Arc::default()));
        let later = Arc::new(Exchange::new(settings, None, instance, false));
        stage.host.exchanges.write().insert("later".into(), Arc::clone(&later));
        let mut both = [&later, &next];
        if !is_later_first {
            both.reverse();
        }
        both.iter().for_each(|exchange| stage.chain(&first, exchange, "k", &[]));
        let queues = ["q0", "q1"].map(|name| stage.queue(name));
        stage.bind(&later, &queues[0], "k");
        stage.bind(&next, &queues[1], "k");
        Self { stage, first, later, next, queues }
    }

    fn waiting(&self) -> usize {
        DELAYED_MAX - self.later.room_to_wait()
    }
}

fn delayed(body: &'static str) -> Arc<Message> {
    stamp(&message("k", body), "x-delay", Value::Int(10))
}

fn matched(exchange: &Exchange) -> u64 {
    exchange.bindings().iter().map(|binding| binding.matched).sum()
}

#[test]
fn what_a_plugin_fails_on_elsewhere_waits_nowhere_and_counts_as_routed_nowhere() {
    for is_later_first in [true, false] {
        let fork = Fork::new(is_later_first);
        let sent = [delayed("1"), delayed(BAD), delayed("3"), message("k", BAD)];
        let published = fork.stage.host.publish_each(&fork.first, &sent, &[], NOW_MS);
        assert_eq!(refused(&published), [1, 3]);
        assert_eq!((fork.waiting(), fork.queues.each_ref().map(|q| depth(q))), (2, [0, 2]));
        fork.stage.host.release_due(NOW_MS + 11);
        assert_eq!(fork.queues.each_ref().map(|queue| depth(queue)), [2, 2]);
        let counters = [&fork.first, &fork.next].map(|exchange| matched(exchange));
        assert_eq!((counters, matched(&fork.later)), ([4, 2], 2), "{is_later_first}");
        let routed = fork.next.counters.routed.load(Ordering::Relaxed);
        let received = fork.next.counters.received.load(Ordering::Relaxed);
        assert_eq!((routed, received), (2, 4));
    }
}

#[test]
fn what_is_behind_a_refusal_waits_nowhere_for_its_publisher_sends_it_again() {
    let fork = Fork::new(true);
    let sent = [delayed("1"), delayed(BAD), delayed("3")];
    let published = fork.stage.host.publish(&fork.first, &sent, NOW_MS);
    assert_eq!((refused(&published), fork.waiting()), (vec![1], 1));
    let fork = Fork::new(true);
    let full = fork.stage.with("full", &[("qpid.max_count", Value::Int(1))]);
    fork.stage.bind(&fork.first, &full, "k");
    let sent = ["1", "2", "3"].map(delayed);
    let published = fork.stage.host.publish(&fork.first, &sent, NOW_MS);
    assert_eq!((refused(&published), depth(&full), fork.waiting()), (vec![1], 1, 1));
}

#[test]
fn where_there_is_no_room_to_wait_a_message_goes_on_at_once() {
    let fork = Fork::new(true);
    let fill = vec![delayed("x"); DELAYED_MAX - 1];
    fork.stage.host.publish_each(&fork.later, &fill, &[], NOW_MS);
    let sent = ["1", "2"].map(delayed);
    let published = fork.stage.host.publish_each(&fork.first, &sent, &[], NOW_MS);
    assert!(published.refused.is_empty());
    assert_eq!((fork.waiting(), depth(&fork.queues[0])), (DELAYED_MAX, 1));
}

/// Work of these messages to one exchange.
fn work(exchange: &Arc<Exchange>, messages: &[Arc<Message>]) -> Work {
    let mut work = Work::default();
    work.publish(exchange, &mut messages.to_vec()).unwrap();
    work
}

#[test]
fn a_commit_is_published_as_it_was_found_whatever_fails_since() {
    let stage = Stage::new();
    let (alternate, beyond) = stage.frail("alternate", None, false);
    let (first, near) = stage.frail("first", Some(&alternate), false);
    let (next, far) = stage.frail("next", None, false);
    let queues = ["q0", "q1", "q2"].map(|name| stage.queue(name));
    stage.bind(&first, &queues[0], "k");
    stage.chain(&first, &next, "k", &[]);
    stage.bind(&next, &queues[1], "k");
    stage.bind(&alternate, &queues[2], "none");
    let work = work(&first, &[message("k", "1"), message("none", "2"), message("k", "3")]);
    let found = stage.host.find_ways_of(&work).unwrap();
    let plugins = [beyond, near, far];
    for plugin in &plugins {
        plugin.is_down.store(true, Ordering::Relaxed);
        plugin.calls.lock().clear();
    }
    let (_, failed) = stage.host.publish_work(&work, &found, NOW_MS);
    assert!(failed.is_empty());
    assert!(plugins.iter().all(|plugin| plugin.calls.lock().is_empty()), "nobody is asked again");
    assert_eq!(queues.each_ref().map(|queue| depth(queue)), [2, 2, 1]);
    assert_eq!((matched(&first), matched(&next), matched(&alternate)), (4, 2, 1));
}

#[test]
fn a_commit_counts_and_holds_once() {
    let fork = Fork::new(true);
    let work = work(&fork.first, &[delayed("1"), message("k", "2")]);
    let found = fork.stage.host.find_ways_of(&work).unwrap();
    assert_eq!((fork.waiting(), matched(&fork.first), matched(&fork.next)), (0, 0, 0));
    fork.stage.host.publish_work(&work, &found, NOW_MS);
    assert_eq!((fork.waiting(), matched(&fork.first), matched(&fork.next)), (1, 4, 2));
    assert_eq!(fork.queues.each_ref().map(|queue| depth(queue)), [1, 2]);
}

#[test]
fn what_is_numbered_at_a_commit_goes_as_it_was_found_where_a_plugin_fails_since() {
    let stage = Stage::new();
    let mut settings = ExchangeSettings::new("x", "frail");
    settings.is_sequenced = true;
    let (exchange, plugin) = frail(settings, None, false);
    stage.host.exchanges.write().insert("x".into(), Arc::clone(&exchange));
    let queue = stage.queue("q");
    stage.bind(&exchange, &queue, "k");
    let work = work(&exchange, &[message("k", "1"), message("k", "2")]);
    let found = stage.host.find_ways_of(&work).unwrap();
    plugin.is_down.store(true, Ordering::Relaxed);
    let (_, failed) = stage.host.publish_work(&work, &found, NOW_MS);
    assert!(failed.is_empty());
    let poller = queue.poller();
    let numbers = std::iter::from_fn(|| queue.poll(poller, NOW_MS)).map(|(delivery, _)| {
        format!("{:?}", View::new(&delivery.message, "").header("qpid.msg_sequence"))
    });
    assert_eq!(numbers.collect::<Vec<_>>(), ["Some(Long(1))", "Some(Long(2))"]);
}

#[test]
fn a_branch_whose_filter_fails_after_it_was_found_loses_nothing() {
    let (stage, calls, health) = Stage::with_health();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    stage.bind_with(&exchange, &queue, "k", &picky("1")).unwrap();
    let xid: crate::virtual_host::Xid = Arc::from(&b"x"[..]);
    let work = stage.host.start_branch(&xid, 1, NOW_MS).unwrap();
    work.lock().publish(&exchange, &mut vec![message("k", "1")]).unwrap();
    stage.host.end_association(&xid, 1, EndAs::Success);
    stage.host.prepare_branch(&xid).unwrap();
    health.is_down.store(true, Ordering::Relaxed);
    assert!(stage.host.commit_branch(&xid, false, NOW_MS).is_err(), "it stays prepared");
    assert_eq!((stage.host.branches_in_doubt().len(), depth(&queue)), (1, 0));
    health.is_down.store(false, Ordering::Relaxed);
    calls.lock().clear();
    stage.host.commit_branch(&xid, false, NOW_MS).unwrap();
    assert_eq!((calls.lock().len(), depth(&queue)), (1, 1), "asked once");
}
