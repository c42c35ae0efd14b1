//! Dead letters, and what time does to queues.

use philter_model::queue::Delivery;

use super::*;
use crate::virtual_host::{DeadLetterReason, VirtualHosts};

impl Stage {
    pub(super) fn serve_due(&self, now_ms: u64) {
        VirtualHosts::of(&self.host).serve_due(now_ms);
    }
}

pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A queue whose dead letters go to the default exchange by the key `dead`, and a queue for them.
fn mortal(stage: &Stage, arguments: &[(&str, Value)]) -> (Arc<Queue>, Arc<Queue>) {
    let dead = [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("dead"))];
    (stage.with("q", &[&dead, arguments].concat()), stage.queue("dead"))
}

fn send(stage: &Stage, messages: &[Arc<Message>]) -> Published {
    stage.host.publish(&stage.host.exchange("").unwrap(), messages, NOW_MS)
}

fn send_each(stage: &Stage, bodies: &[&'static str]) -> Vec<usize> {
    let messages: Vec<_> = bodies.iter().map(|body| message("q", body)).collect();
    let default = stage.host.exchange("").unwrap();
    let published = stage.host.publish_each(&default, &messages, &[], NOW_MS);
    published.refused.iter().map(|refused| refused.index).collect()
}

fn polled(queue: &Queue, now_ms: u64) -> Vec<Delivery> {
    let poller = queue.poller();
    std::iter::from_fn(|| queue.poll(poller, now_ms)).map(|(delivery, _)| delivery).collect()
}

pub(super) fn bodies(queue: &Queue) -> Vec<String> {
    let body = |delivery: &Delivery| delivery.message.body().iter().collect::<Vec<_>>().concat();
    polled(queue, NOW_MS).iter().map(|one| String::from_utf8(body(one)).unwrap()).collect()
}

#[test]
fn what_expires_in_its_queue_goes_on_by_the_dead_letter_key_when_it_is_due() {
    let stage = Stage::new();
    let (queue, dead) = mortal(&stage, &[("x-message-ttl", Value::Int(50))]);
    send(&stage, &[message("q", "1")]);
    stage.serve_due(NOW_MS + 49);
    assert_eq!((depth(&queue), depth(&dead)), (1, 0));
    stage.serve_due(NOW_MS + 50);
    assert_eq!((depth(&queue), depth(&dead)), (0, 1));
    let [letter] = &polled(&dead, NOW_MS)[..] else { panic!() };
    assert_eq!(letter.message.routing_key(), "dead");
    assert_eq!(queue.statistics().dead_lettered, 1);
}

#[test]
fn what_is_released_too_often_is_a_dead_letter() {
    let stage = Stage::new();
    let (queue, dead) = mortal(&stage, &[("x-delivery-limit", Value::Int(1))]);
    send(&stage, &[message("q", "1")]);
    let poller = queue.poller();
    for _ in 0..2 {
        let (delivery, _) = queue.poll(poller, NOW_MS).unwrap();
        stage.host.release(&queue, poller, &[delivery.id], true, NOW_MS);
    }
    assert_eq!((depth(&queue), depth(&dead)), (0, 1));
}

#[test]
fn what_a_limit_drops_or_does_not_let_in_is_a_dead_letter() {
    let stage = Stage::new();
    let (queue, dead) = mortal(&stage, &[("x-max-length", Value::Int(2))]);
    assert!(send_each(&stage, &["1", "2", "3"]).is_empty());
    assert_eq!((bodies(&queue), bodies(&dead)), (vec!["2".into(), "3".into()], vec!["1".into()]));
    delete(&stage.host, "q");
    delete(&stage.host, "dead");
    let rejects = ("x-overflow", text("reject-publish-dlx"));
    let (queue, dead) = mortal(&stage, &[("x-max-length", Value::Int(2)), rejects]);
    assert_eq!(send_each(&stage, &["1", "2", "3"]), [2]);
    assert_eq!((bodies(&queue), bodies(&dead)), (vec!["1".into(), "2".into()], vec!["3".into()]));
}

#[test]
fn held_entries_leave_room_for_others() {
    let stage = Stage::new();
    let arguments = [("x-max-length", Value::Int(1)), ("x-overflow", text("reject-publish"))];
    let queue = stage.with("q", &arguments);
    assert_eq!(send_each(&stage, &["1", "2"]), [1]);
    assert_eq!(polled(&queue, NOW_MS).len(), 1);
    assert_eq!(send_each(&stage, &["2", "3"]), [1]);
    let room = |count| queue.limit_without_room(&vec![message("q", "x"); count]).is_none();
    assert!(!room(1) && polled(&queue, NOW_MS).len() == 1 && room(1) && !room(2));
}

#[test]
fn a_dead_letter_whose_exchange_is_not_there_is_lost_and_counted() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("x-dead-letter-exchange", text("later"))]);
    let reject = |body| {
        stage.host.dead_letter(&queue, &[message("q", body)], DeadLetterReason::Rejected, NOW_MS);
    };
    reject("before");
    assert_eq!((stage.host.sums().unroutable, queue.statistics().dead_lettered), (1, 0));
    let (later, _) = stage.exchange("later", None, false);
    let dead = stage.queue("dead");
    stage.bind(&later, &dead, "q");
    reject("after");
    assert_eq!(bodies(&dead), ["after"]);
}

#[test]
fn the_dead_letter_exchange_comes_before_the_alternate_one() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alt", None, false);
    let left = stage.queue("left");
    stage.bind(&alternate, &left, "q");
    let declare = DeclareQueue { alternate: Some("alt"), ..plain("q") };
    let target =
        [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("dead"))];
    let queue = stage.try_with(declare, &target).unwrap();
    let dead = stage.queue("dead");
    stage.host.dead_letter(&queue, &[message("q", "1")], DeadLetterReason::Rejected, NOW_MS);
    send(&stage, &[message("q", "2")]);
    delete(&stage.host, "q");
    assert_eq!((bodies(&dead), bodies(&left)), (vec!["1".into()], vec!["2".into()]));
}

#[test]
fn a_time_to_live_of_nothing_is_enough_for_one_that_waits_and_for_nobody_else() {
    let stage = Stage::new();
    let (queue, dead) = mortal(&stage, &[("x-message-ttl", Value::Int(0))]);
    send(&stage, &[message("q", "1")]);
    assert_eq!((depth(&queue), bodies(&dead)), (0, vec!["1".into()]));
    let mailbox = Mailbox::new();
    let consumer = subscribe(&queue, &mailbox, 1);
    queue.resume(consumer);
    send(&stage, &[message("q", "2")]);
    let mut pulled = Vec::new();
    queue.pull(consumer, 9, u64::MAX, NOW_MS, &mut pulled);
    assert_eq!((pulled.len(), depth(&dead)), (1, 0));
}

#[test]
fn queues_of_no_time_that_send_each_other_their_dead_letters_come_to_an_end() {
    let stage = Stage::new();
    for (name, other) in [("q", "p"), ("p", "q")] {
        let target =
            [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(other))];
        stage.with(name, &[&target[..], &[("x-message-ttl", Value::Int(0))]].concat());
    }
    send(&stage, &[message("q", "1")]);
    assert_eq!(stage.host.sums().queues.depth_messages, 0);
}

#[test]
fn a_queue_goes_when_nobody_has_used_it_for_as_long_as_it_may_rest() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("x-expires", Value::Int(50))]);
    let used = |at_ms: u64| {
        queue.touch(at_ms);
        queue.poll(queue.poller(), at_ms);
    };
    used(1_000_000);
    stage.serve_due(1_000_049);
    assert!(!queue.is_deleted());
    let mailbox = Mailbox::new();
    let consumer = subscribe(&queue, &mailbox, 1);
    stage.serve_due(2_000_000);
    assert!(!queue.is_deleted(), "it has a consumer");
    queue.cancel(consumer);
    used(2_000_000);
    stage.serve_due(2_000_049);
    assert!(!queue.is_deleted());
    stage.serve_due(2_000_050);
    assert!(queue.is_deleted() && stage.host.find_queue("q").is_none());
}

#[test]
fn a_deleted_queue_buries_nothing() {
    let stage = Stage::new();
    let (_, dead) = mortal(&stage, &[("x-expires", Value::Int(1))]);
    send(&stage, &[message("q", "1")]);
    stage.serve_due(u64::MAX);
    assert!(stage.host.find_queue("q").is_none());
    assert_eq!(depth(&dead), 0);
}

#[test]
fn what_died_in_a_queue_does_not_enter_it_again_unless_somebody_rejected_it() {
    let stage = Stage::new();
    let target = [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("q"))];
    let queue = stage.with("q", &[&target[..], &[("x-message-ttl", Value::Int(5))]].concat());
    send(&stage, &[message("q", "1"), message("q", "2")]);
    let (rejected, _) = queue.poll(queue.poller(), NOW_MS).unwrap();
    let reason = DeadLetterReason::Rejected;
    stage.host.dead_letter(&queue, &[rejected.message], reason, NOW_MS);
    assert_eq!(depth(&queue), 2, "it comes back");
    let (again, _) = queue.poll(queue.poller(), NOW_MS).unwrap();
    assert_eq!(again.message.body().small, b"2");
    let (again, _) = queue.poll(queue.poller(), NOW_MS).unwrap();
    let view = crate::message::View::new(&again.message, "");
    let first = view.header("x-first-death-reason");
    assert_eq!(first, Some(api::ValueRef::String("rejected")));
    send(&stage, &[message("q", "3")]);
    stage.serve_due(NOW_MS + 5);
    assert_eq!((depth(&queue), stage.host.sums().unroutable), (0, 1), "3 would go round for ever");
}

/// Queues with this argument, each with the next one for its dead letters, and one for the last's.
fn chain(stage: &Stage, count: usize, argument: (&str, Value)) -> Vec<Arc<Queue>> {
    let name = |number: usize| if number == 0 { "q".to_owned() } else { format!("q{number}") };
    let mut queues: Vec<Arc<Queue>> = Vec::new();
    for number in 0..count {
        let next = name(number + 1);
        let target =
            [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(&next))];
        queues.push(
            stage.with(&name(number), &[&target[..], std::slice::from_ref(&argument)].concat()),
        );
    }
    queues.push(stage.queue(&name(count)));
    queues
}

#[test]
fn a_long_chain_of_limited_queues_loses_nothing() {
    let stage = Stage::new();
    let queues = chain(&stage, 5, ("x-max-length", Value::Int(1)));
    for _ in 0..12 {
        send(&stage, &[message("q", "x")]);
    }
    (0..12).for_each(|_| stage.serve_due(NOW_MS));
    let depths: Vec<usize> = queues.iter().map(|queue| depth(queue)).collect();
    assert_eq!(depths, [1, 1, 1, 1, 1, 7]);
}

#[test]
fn a_long_chain_of_queues_of_no_time_loses_nothing() {
    let stage = Stage::new();
    let queues = chain(&stage, 11, ("x-message-ttl", Value::Int(0)));
    send(&stage, &["1", "2", "3", "4", "5"].map(|body| message("q", body)));
    (0..12).for_each(|_| stage.serve_due(NOW_MS));
    assert_eq!(bodies(queues.last().unwrap()), ["1", "2", "3", "4", "5"]);
}

#[test]
fn what_comes_back_beyond_a_limit_is_dead_letters_however_much_it_is() {
    let stage = Stage::new();
    let (queue, dead) = mortal(&stage, &[("x-max-length", Value::Int(10))]);
    let poller = queue.poller();
    let mut held = Vec::new();
    for _ in 0..2_000 {
        send(&stage, &[message("q", "x")]);
        held.extend(queue.poll(poller, NOW_MS).map(|(delivery, _)| delivery.id));
    }
    stage.host.release(&queue, poller, &held, true, NOW_MS);
    stage.serve_due(NOW_MS);
    assert_eq!((depth(&queue), depth(&dead)), (10, 1_990));
}

#[test]
fn a_queue_stands_in_the_agenda_once_however_often_it_is_looked_at() {
    let stage = Stage::new();
    let (queue, _) = mortal(&stage, &[("x-message-ttl", Value::Int(50))]);
    for later in 0..100 {
        let default = stage.host.exchange("").unwrap();
        stage.host.publish(&default, &[message("q", "x")], NOW_MS + later);
        stage.host.expire_queue(&queue, NOW_MS + later);
    }
    assert_eq!(VirtualHosts::of(&stage.host).due_count(), 1);
}
