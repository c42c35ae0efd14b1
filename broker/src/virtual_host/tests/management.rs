//! What management sees and does: counters, listings, events, taps, and the operations on queues.

use super::*;
use crate::message::stamp;
use crate::virtual_host::event::{Event, EventSink};

/// What was raised.
#[derive(Default)]
pub(super) struct Heard(Mutex<Vec<Event>>);

impl Heard {
    pub(super) fn listen(host: &VirtualHost) -> Arc<Self> {
        let heard = Arc::new(Self::default());
        assert!(host.listen(Arc::clone(&heard) as _));
        heard
    }

    pub(super) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock())
    }
}

impl EventSink for Heard {
    fn raise(&self, event: Event) {
        self.0.lock().push(event);
    }
}

/// Counts what it is shown.
#[derive(Default)]
struct Shown(Mutex<Vec<String>>);

impl Tap for Shown {
    fn offer(&self, exchange: &str, message: &Arc<Message>) {
        self.0.lock().push(format!("{exchange}:{}", message.routing_key()));
    }
}

fn names(events: &[Event]) -> Vec<&'static str> {
    let name = |event: &Event| match event {
        Event::QueueDeclared { is_new: true, .. } => "queue",
        Event::QueueDeclared { .. } => "queue again",
        Event::QueueDeleted { .. } => "no queue",
        Event::ExchangeDeleted { .. } => "no exchange",
        Event::Bound { .. } => "bind",
        Event::Unbound { .. } => "unbind",
        Event::QueueRedirected { .. } => "redirect",
        Event::QueueRedirectCancelled { .. } => "no redirect",
        _ => "other",
    };
    events.iter().map(name).collect()
}

fn fill(stage: &Stage, queue: &str, count: usize) {
    let batch: Vec<_> = (0..count).map(|_| message(queue, "x")).collect();
    stage.host.publish(&stage.host.exchange("").unwrap(), &batch, NOW_MS);
}

#[test]
fn exchanges_and_bindings_count_messages_and_bytes() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let (one, two) = (stage.queue("one"), stage.queue("two"));
    stage.bind(&exchange, &one, "k");
    stage.bind(&exchange, &two, "k");
    stage.publish(&exchange, "k", "12345");
    stage.publish(&exchange, "k", "12345");
    stage.publish(&exchange, "nowhere", "123");
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let counters = &exchange.counters;
    assert_eq!((read(&counters.received), read(&counters.received_bytes)), (3, 13));
    assert_eq!((read(&counters.routed), read(&counters.routed_bytes)), (4, 20));
    assert_eq!((read(&counters.dropped), read(&counters.dropped_bytes)), (1, 3));
    let bindings = exchange.bindings();
    let matched: Vec<_> =
        bindings.iter().map(|entry| (&**entry.to.name(), entry.matched)).collect();
    assert_eq!(matched, [("one", 2), ("two", 2)]);
    assert!(bindings.iter().all(|entry| &*entry.key == "k" && entry.created_ns > 0));
    assert_eq!((stage.host.queues().len(), stage.host.exchanges().len()), (2, 2));
    assert_eq!((one.binding_count(), exchange.binding_count()), (2, 2));
}

#[test]
fn a_tap_sees_what_is_published_to_its_exchanges() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    stage.exchange("y", None, false);
    let shown = Arc::new(Shown::default());
    let tap: Arc<dyn Tap> = Arc::clone(&shown) as _;
    stage.host.tap(&["x"], &tap).unwrap();
    assert!(stage.host.tap(&["x"], &tap).is_err() && stage.host.tap(&["z"], &tap).is_err());
    stage.publish(&exchange, "k", "");
    stage.publish(&stage.host.exchange("y").unwrap(), "k", "");
    assert_eq!(*shown.0.lock(), ["x:k"]);
}

#[test]
fn changes_are_told_and_the_default_exchanges_own_bindings_are_not() {
    let stage = Stage::new();
    let heard = Heard::listen(&stage.host);
    let (exchange, _) = stage.exchange("x", None, true);
    let queue = stage.queue("q");
    stage.queue("q");
    stage.bind(&exchange, &queue, "k");
    stage.unbind(&exchange, &queue, "k");
    delete(&stage.host, "q");
    let events = heard.take();
    let expected = ["queue", "queue again", "bind", "no exchange", "unbind", "no queue"];
    assert_eq!(names(&events), expected);
    let [Event::QueueDeclared { by, .. }, ..] = &events[..] else { panic!("{events:?}") };
    assert_eq!(by.connection, ConnectionId::BROKER);
}

#[test]
fn a_purge_drops_as_many_as_it_is_told_of_those_it_is_told() {
    let stage = Stage::new();
    let queue = stage.queue("q");
    fill(&stage, "q", 2_500);
    let red = stamp(&message("q", "red"), "colour", "red".into());
    stage.host.publish(&stage.host.exchange("").unwrap(), &[red], NOW_MS);
    assert_eq!(stage.host.purge(&queue, Some(9), &MessageMatch::All), 9);
    let red = MessageMatch::Header { name: "colour".into(), value: "red".into() };
    assert_eq!(stage.host.purge(&queue, Some(5), &red), 1);
    assert_eq!(stage.host.purge(&queue, None, &MessageMatch::All), 2_491);
    assert_eq!(queue.statistics().purged, 2_501);
}

#[test]
fn moved_messages_keep_their_order_and_those_that_do_not_fit_stay() {
    let stage = Stage::new();
    let source = stage.queue("source");
    let target = stage.with("target", &[("qpid.max_count", Value::Uint(3))]);
    let batch = ["1", "2", "3", "4", "5"].map(|body| message("source", body));
    stage.host.publish(&stage.host.exchange("").unwrap(), &batch, NOW_MS);
    let all = &MessageMatch::All;
    let moved = stage.host.move_messages(&source, &target, Some(2), all, NOW_MS);
    assert_eq!(moved.unwrap(), 2);
    let full = stage.host.move_messages(&source, &target, None, all, NOW_MS).unwrap_err();
    assert!(full.to_string().contains("qpid.max_count=3"), "{full}");
    assert_eq!((depth(&source), depth(&target)), (2, 3));
}

#[test]
fn messages_are_routed_again_by_the_alternate_or_a_named_exchange() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alt", None, false);
    let queue = stage.declare("q", Some("alt"));
    let left = stage.queue("left");
    stage.bind(&alternate, &left, "q");
    fill(&stage, "q", 5);
    let host = &stage.host;
    let all = &MessageMatch::All;
    assert_eq!(host.reroute(&queue, Some(2), Reroute::Alternate, all, NOW_MS).unwrap(), 2);
    assert_eq!((depth(&queue), depth(&left)), (3, 2));
    // Onto the same queue: it ends.
    assert_eq!(host.reroute(&queue, None, Reroute::Exchange(""), all, NOW_MS).unwrap(), 3);
    assert_eq!(depth(&queue), 3);
    assert!(host.reroute(&queue, None, Reroute::Exchange("none"), all, NOW_MS).is_err());
    assert!(host.reroute(&left, None, Reroute::Alternate, all, NOW_MS).is_err());
}

#[test]
fn a_redirection_sends_new_messages_elsewhere_and_brings_them_back() {
    let stage = Stage::new();
    let heard = Heard::listen(&stage.host);
    let (source, target) = (stage.queue("source"), stage.queue("target"));
    fill(&stage, "source", 1);
    heard.take();
    stage.host.redirect("source", "target").unwrap();
    assert!(stage.host.redirect("source", "target").is_err());
    assert!(stage.host.redirect("target", "source").is_err());
    fill(&stage, "source", 2);
    assert_eq!((depth(&source), depth(&target)), (1, 2));
    let (peer, is_source) = target.redirect_peer().unwrap();
    assert!(Arc::ptr_eq(&peer, &source) && !is_source);
    assert!(stage.host.end_redirect("target", NOW_MS).is_err());
    stage.host.end_redirect("source", NOW_MS).unwrap();
    assert_eq!((depth(&source), depth(&target)), (3, 0));
    assert_eq!(names(&heard.take()), ["redirect", "no redirect"]);
}

#[test]
fn the_end_of_a_queue_ends_its_redirection() {
    let stage = Stage::new();
    let source = stage.queue("source");
    stage.queue("target");
    stage.host.redirect("source", "target").unwrap();
    // One that is deleted and has not said goodbye yet takes nothing.
    let target = stage.host.queue("target").unwrap();
    target.begin_delete(None, DeleteIf::default()).unwrap();
    fill(&stage, "source", 1);
    assert_eq!(depth(&source), 1);
    stage.host.end_redirect("source", NOW_MS).unwrap();
    let again = stage.queue("target");
    stage.host.redirect("source", "target").unwrap();
    delete(&stage.host, "target");
    assert!(again.is_deleted());
    fill(&stage, "source", 1);
    assert_eq!(depth(&source), 2);
    let transient = DeclareQueue { is_auto_delete: true, ..plain("transient") };
    stage.host.declare_queue(&transient).unwrap();
    assert!(stage.host.redirect("source", "transient").is_err());
    assert!(stage.host.redirect("source", "source").is_err());
}

#[test]
fn what_found_no_room_in_the_stand_in_itself_stays_in_its_queue() {
    let stage = Stage::new();
    let source = stage.queue("source");
    let target = stage.with("target", &[("qpid.max_count", Value::Uint(1))]);
    fill(&stage, "source", 3);
    stage.host.redirect("source", "target").unwrap();
    let moved = stage.host.move_messages(&source, &target, None, &MessageMatch::All, NOW_MS);
    assert!(moved.is_err());
    assert_eq!((depth(&source), depth(&target)), (2, 1));
}

#[test]
fn a_tap_does_not_see_what_its_publisher_has_to_send_again() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.with("q", &[("qpid.max_count", Value::Uint(1))]);
    stage.bind(&exchange, &queue, "k");
    let shown = Arc::new(Shown::default());
    let tap: Arc<dyn Tap> = Arc::clone(&shown) as _;
    stage.host.tap(&["x"], &tap).unwrap();
    let batch = ["1", "2", "3"].map(|body| message("k", body));
    let published = stage.host.publish(&exchange, &batch, NOW_MS);
    assert_eq!(published.refused.len(), 1);
    assert_eq!(*shown.0.lock(), ["x:k"]);
}
