//! The queue's rules, one by one.

mod filtered;
mod groups;
mod keeping;
mod last_value;
mod limits;
mod precedence;
mod priority;
mod put_off;
mod ready_limits;
mod stranded;

use std::sync::Arc;

use philter_plugin_api::ValueRef;

use super::*;
use crate::limits::{BROWSED_BATCH_MAX, CONSUMERS_MAX, EXPIRED_BATCH_MAX};
use crate::message::tests::{expiring, message};

const ALL: u64 = u64::MAX;

fn queue() -> Queue {
    Queue::new(QueueSettings::new("q"))
}

/// A queue that was declared with these arguments.
fn declared(arguments: &[(&str, ValueRef<'_>)]) -> Queue {
    let mut settings = QueueSettings::new("q");
    settings.parse_arguments(arguments.iter().copied()).unwrap();
    settings.apply_defaults(&Defaults::default()).unwrap();
    Queue::new(settings)
}

fn number(number: i32) -> ValueRef<'static> {
    ValueRef::Int(number)
}

fn word(word: &str) -> ValueRef<'_> {
    ValueRef::String(word)
}

/// Pushes a message for each key.
fn push_keys(queue: &mut Queue, keys: &str) -> Woken {
    let mut woken = Woken::new();
    for key in keys.bytes() {
        queue.push_keyed(Arc::new(message(&[key])), Some(&[key]), 0, &mut woken);
    }
    woken
}

/// The bodies of what a pull hands out.
fn pull_bodies(queue: &mut Queue, id: ConsumerId, count: usize) -> String {
    let mut into = Vec::new();
    queue.pull(id, count, ALL, 0, &mut into);
    into.iter().map(|delivery| char::from(delivery.message.body().small[0])).collect()
}

fn accept(queue: &mut Queue, id: ConsumerId, entry: u64) -> Woken {
    let mut woken = Woken::new();
    assert_eq!(queue.accept(id, [EntryId(entry)], &mut woken), 1);
    woken
}

fn filled(count: usize) -> Queue {
    let mut queue = queue();
    push(&mut queue, count);
    queue
}

fn push(queue: &mut Queue, count: usize) -> Woken {
    let mut woken = Woken::new();
    for index in 0..count {
        queue.push(Arc::new(message(&[u8::try_from(index % 256).unwrap()])), 0, &mut woken);
    }
    woken
}

fn consumer(queue: &mut Queue, acquires: bool) -> ConsumerId {
    let id = queue
        .subscribe(ConsumerSpec { acquires, is_exclusive: false, is_filtered: false, priority: 0 })
        .unwrap();
    queue.resume(id);
    id
}

fn pull(queue: &mut Queue, id: ConsumerId, count: usize) -> (Vec<u64>, PullState) {
    let mut into = Vec::new();
    let state = queue.pull(id, count, ALL, 0, &mut into);
    (into.iter().map(|delivery| delivery.id.0).collect(), state)
}

#[test]
fn a_lone_consumer_takes_all_in_order() {
    let mut queue = filled(3);
    let id = consumer(&mut queue, true);
    assert_eq!(pull(&mut queue, id, 10), (vec![0, 1, 2], PullState::Waiting));
    assert_eq!(push(&mut queue, 2).as_slice(), [id]);
    assert_eq!(pull(&mut queue, id, 1), (vec![3], PullState::More));
}

#[test]
fn a_work_queue_spreads_even_where_one_pulls_first() {
    let mut queue = filled(100);
    let ids: Vec<_> = (0..4).map(|_| consumer(&mut queue, true)).collect();
    let mut counts = [0; 4];
    while queue.ready() > 0 {
        for (id, count) in ids.iter().zip(&mut counts) {
            *count += pull(&mut queue, *id, 1_000).0.len();
        }
    }
    assert!(counts.iter().all(|count| (15..=40).contains(count)), "{counts:?}");
}

#[test]
fn one_without_credit_takes_no_share_and_is_not_woken() {
    let mut queue = filled(10);
    let (first, second) = (consumer(&mut queue, true), consumer(&mut queue, true));
    queue.suspend(second, &mut Woken::new());
    assert_eq!(pull(&mut queue, first, 100).0.len(), 10);
    assert_eq!(push(&mut queue, 3).as_slice(), [first]);
}

#[test]
fn a_woken_consumer_that_goes_passes_its_turn_on() {
    let mut queue = queue();
    let (first, second) = (consumer(&mut queue, true), consumer(&mut queue, true));
    pull(&mut queue, first, 1);
    pull(&mut queue, second, 1);
    assert_eq!(push(&mut queue, 1).as_slice(), [first]);
    let mut woken = Woken::new();
    queue.cancel(first, &mut woken);
    assert_eq!(woken.as_slice(), [second]);
}

#[test]
fn released_entries_keep_their_places_and_say_so() {
    let mut queue = filled(4);
    let id = consumer(&mut queue, true);
    pull(&mut queue, id, 3);
    let mut woken = Woken::new();
    queue.release(id, [EntryId(2), EntryId(0)], true, &mut woken);
    let mut into = Vec::new();
    queue.pull(id, 10, ALL, 0, &mut into);
    let seen: Vec<_> = into.iter().map(|d| (d.id.0, d.is_redelivered())).collect();
    assert_eq!(seen, [(0, true), (2, true), (3, false)]);
}

#[test]
fn browsers_see_all_that_is_free_once_and_take_nothing() {
    let mut queue = filled(3);
    let (taker, browser) = (consumer(&mut queue, true), consumer(&mut queue, false));
    queue.suspend(taker, &mut Woken::new());
    assert_eq!(pull(&mut queue, browser, 2), (vec![0, 1], PullState::More));
    assert_eq!(pull(&mut queue, browser, 2), (vec![2], PullState::Waiting));
    assert_eq!(queue.ready(), 3);
    assert_eq!(push(&mut queue, 1).as_slice(), [browser]);
    assert_eq!(pull(&mut queue, browser, 2).0, [3]);
    assert_eq!(queue.acquire(browser, [EntryId(1), EntryId(9)], &mut Woken::new()), [EntryId(1)]);
    let second = consumer(&mut queue, false);
    assert_eq!(pull(&mut queue, second, 9).0, [0, 2, 3]);
}

#[test]
fn nobody_settles_what_another_holds() {
    let mut queue = filled(2);
    let (first, second) = (consumer(&mut queue, true), consumer(&mut queue, true));
    pull(&mut queue, first, 1);
    assert_eq!(queue.accept(second, [EntryId(0)], &mut Woken::new()), 0);
    assert!(queue.reject(second, [EntryId(0), EntryId(1)], &mut Woken::new()).is_empty());
    assert_eq!(queue.accept(first, [EntryId(0), EntryId(0)], &mut Woken::new()), 1);
    assert_eq!(queue.len(), 1);
}

#[test]
fn byte_credit_stops_before_the_message_that_is_too_big() {
    let mut queue = filled(3);
    let id = consumer(&mut queue, true);
    let mut into = Vec::new();
    let size = message(b"x").size();
    assert_eq!(queue.pull(id, 9, 2 * size + 1, 0, &mut into), PullState::TooLarge);
    assert_eq!(into.len(), 2);
}

#[test]
fn a_full_queue_refuses_or_drops_the_oldest() {
    let mut settings = QueueSettings::new("q");
    settings.count_max = Some(2);
    let mut rejecting = Queue::new(settings.clone());
    push(&mut rejecting, 2);
    let outcome = rejecting.push(Arc::new(message(b"x")), 0, &mut Woken::new());
    assert_eq!(outcome, PushOutcome::Full(Limit::Count(2)));

    settings.policy = OverflowPolicy::Ring;
    settings.bytes_max = Some(100);
    let mut ring = Queue::new(settings);
    let id = consumer(&mut ring, true);
    push(&mut ring, 2);
    pull(&mut ring, id, 1);
    push(&mut ring, 1);
    let gone = ring.accept(id, [EntryId(0)], &mut Woken::new());
    assert_eq!(gone, 0, "the oldest goes, whoever holds it");
    assert_eq!(pull(&mut ring, id, 9).0, [1, 2]);
    let too_big = Arc::new(message(&[0; 200]));
    ring.accept(id, [EntryId(2)], &mut Woken::new());
    let outcome = ring.push(too_big, 0, &mut Woken::new());
    assert_eq!(outcome, PushOutcome::Full(Limit::Bytes(100)));
}

#[test]
fn what_has_expired_is_not_handed_out() {
    let mut queue = queue();
    let id = consumer(&mut queue, true);
    let mut woken = Woken::new();
    queue.push(Arc::new(expiring(b"a", Some(10))), 0, &mut woken);
    queue.push(Arc::new(expiring(b"b", Some(30))), 0, &mut woken);
    assert_eq!(queue.next_expiry_ms(), Some(10));
    let mut into = Vec::new();
    queue.pull(id, 9, ALL, 20, &mut into);
    assert_eq!(into.len(), 1);
    assert_eq!(queue.next_expiry_ms(), Some(0), "a dead letter waits");
    assert_eq!(queue.take_expired().len(), 1);
    assert_eq!(queue.next_expiry_ms(), None, "what is held can't expire");
    queue.release(id, [EntryId(1)], true, &mut woken);
    assert_eq!(queue.next_expiry_ms(), Some(30));
    queue.expire(40, 100);
    assert_eq!((queue.take_expired().len(), queue.len()), (1, 0));
    let outcome = queue.push(Arc::new(expiring(b"c", Some(30))), 50, &mut woken);
    assert_eq!(outcome, PushOutcome::Expired);
}

#[test]
fn exclusive_use_is_for_one() {
    let mut queue = queue();
    let exclusive =
        ConsumerSpec { acquires: true, is_exclusive: true, is_filtered: false, priority: 0 };
    let other =
        ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: false, priority: 0 };
    let id = queue.subscribe(exclusive).unwrap();
    assert_eq!(queue.subscribe(other), Err(SubscribeError::HasExclusiveConsumer));
    queue.cancel(id, &mut Woken::new());
    queue.subscribe(other).unwrap();
    assert_eq!(queue.subscribe(exclusive), Err(SubscribeError::HasConsumers(1)));
}

#[test]
fn purge_leaves_what_is_held_and_drain_does_not() {
    let mut queue = filled(4);
    let id = consumer(&mut queue, true);
    pull(&mut queue, id, 1);
    assert_eq!(queue.purge(2).len(), 2);
    assert_eq!(queue.purge(9).len(), 1);
    assert_eq!(queue.len(), 1);
    assert_eq!(queue.drain(9).len(), 1);
    assert_eq!(queue.accept(id, [EntryId(0)], &mut Woken::new()), 0);
    assert_eq!(queue.statistics().depth_bytes, 0);
}

#[test]
fn one_that_pulls_again_and_again_leaves_others_their_share() {
    let mut queue = filled(1_000);
    let (greedy, modest) = (consumer(&mut queue, true), consumer(&mut queue, true));
    assert_eq!(pull(&mut queue, greedy, usize::MAX).0.len(), 500);
    assert_eq!(pull(&mut queue, modest, usize::MAX).0.len(), 250);
    let third = consumer(&mut queue, true);
    assert_eq!(pull(&mut queue, third, usize::MAX).0.len(), 84);
    queue.suspend(greedy, &mut Woken::new());
    queue.suspend(modest, &mut Woken::new());
    assert_eq!(pull(&mut queue, third, usize::MAX).0.len(), 166, "alone with credit");
}

#[test]
fn each_push_wakes_the_one_that_waits_longest() {
    let mut queue = queue();
    let ids: Vec<_> = (0..3).map(|_| consumer(&mut queue, true)).collect();
    ids.iter().rev().for_each(|id| assert_eq!(pull(&mut queue, *id, 1).1, PullState::Waiting));
    assert_eq!(push(&mut queue, 2).as_slice(), [ids[2], ids[1]]);
    assert_eq!(pull(&mut queue, ids[2], 1), (vec![0], PullState::More));
    assert_eq!(pull(&mut queue, ids[1], 1), (vec![1], PullState::Waiting));
    assert_eq!(push(&mut queue, 2).as_slice(), [ids[0], ids[1]]);
}

#[test]
fn one_for_whom_the_next_is_too_large_leaves_it_to_another() {
    let mut queue = queue();
    let (small, large) = (consumer(&mut queue, true), consumer(&mut queue, true));
    pull(&mut queue, small, 1);
    pull(&mut queue, large, 1);
    assert_eq!(push(&mut queue, 1).as_slice(), [small]);
    assert_eq!(queue.pull(small, 1, 1, 0, &mut Vec::new()), PullState::TooLarge);
    let mut woken = Woken::new();
    queue.suspend(small, &mut woken);
    assert_eq!(woken.as_slice(), [large]);
}

#[test]
fn a_pull_takes_out_expired_entries_in_steps() {
    let mut queue = queue();
    let id = consumer(&mut queue, true);
    let total = 2 * EXPIRED_BATCH_MAX;
    for _ in 0..total {
        queue.push(Arc::new(expiring(b"", Some(1))), 0, &mut Woken::new());
    }
    let mut into = Vec::new();
    assert_eq!(queue.pull(id, 9, ALL, 1, &mut into), PullState::More);
    assert_eq!((into.len(), queue.take_expired().len()), (0, EXPIRED_BATCH_MAX));
    assert_eq!(queue.pull(id, 9, ALL, 1, &mut into), PullState::Waiting);
    assert_eq!((into.len(), queue.take_expired().len()), (0, EXPIRED_BATCH_MAX));
}

#[test]
fn a_browser_passes_what_others_hold_in_steps() {
    let mut queue = filled(BROWSED_BATCH_MAX + 1);
    let (taker, browser) = (consumer(&mut queue, true), consumer(&mut queue, false));
    pull(&mut queue, taker, BROWSED_BATCH_MAX);
    assert_eq!(pull(&mut queue, browser, 9), (vec![], PullState::More));
    let last = BROWSED_BATCH_MAX as u64;
    assert_eq!(pull(&mut queue, browser, 9), (vec![last], PullState::Waiting));
}

#[test]
fn numbers_of_consumers_go_round_without_meeting_one_that_is_there() {
    let mut queue = queue();
    let first = consumer(&mut queue, true);
    queue.next_consumer = u32::MAX - 1;
    let last = consumer(&mut queue, true);
    assert_eq!(last.0.get(), u32::MAX);
    let next = consumer(&mut queue, true);
    assert!(next != first && next.0.get() == 2);
}

#[test]
fn a_queue_has_a_limit_of_consumers() {
    let mut queue = queue();
    for _ in 0..CONSUMERS_MAX {
        consumer(&mut queue, true);
    }
    let spec =
        ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: false, priority: 0 };
    assert_eq!(queue.subscribe(spec), Err(SubscribeError::TooMany(CONSUMERS_MAX)));
}

/// With all of them waiting, each message finds one and each suspension its place at once: a search
/// through them for each would be thousands of millions of steps.
#[test]
fn a_hundred_thousand_idle_consumers_cost_nothing() {
    let mut queue = queue();
    let ids: Vec<_> = (0..CONSUMERS_MAX).map(|_| consumer(&mut queue, true)).collect();
    for id in &ids {
        pull(&mut queue, *id, 1);
    }
    for id in ids.iter().rev() {
        queue.suspend(*id, &mut Woken::new());
        queue.resume(*id);
        pull(&mut queue, *id, 1);
    }
    for id in ids.iter().rev() {
        assert_eq!(push(&mut queue, 1).as_slice(), [*id]);
        assert_eq!(pull(&mut queue, *id, 1).0.len(), 1);
    }
}

/// Released in any order, far apart: entries come out by place, and nothing is searched for.
#[test]
fn a_hundred_thousand_released_entries_come_back_in_order() {
    let mut queue = filled(100_000);
    let id = consumer(&mut queue, true);
    let (taken, _) = pull(&mut queue, id, usize::MAX);
    let released = taken.iter().rev().step_by(2).map(|number| EntryId(*number));
    queue.release(id, released, true, &mut Woken::new());
    let (again, _) = pull(&mut queue, id, usize::MAX);
    assert_eq!(again, taken.iter().copied().filter(|number| number % 2 == 1).collect::<Vec<_>>());
    assert_eq!(queue.accept(id, taken.into_iter().map(EntryId), &mut Woken::new()), 100_000);
    assert!(queue.is_empty());
}
