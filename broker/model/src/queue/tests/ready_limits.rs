//! Limits of what waits, and a queue's own time to live.

use super::*;
use crate::limits::{IMMEDIATE_MS, READY_SLACK_ENTRIES};
use crate::message::tests::with_priority;

fn push_at(queue: &mut Queue, now_ms: u64) -> PushOutcome {
    queue.push(Arc::new(message(b"x")), now_ms, &mut Woken::new())
}

#[test]
fn the_head_is_dropped_for_a_new_message_but_not_what_is_held() {
    let mut queue = declared(&[("x-max-length", number(2))]);
    let id = consumer(&mut queue, true);
    push(&mut queue, 1);
    assert_eq!(pull(&mut queue, id, 1).0, [0]);
    queue.suspend(id, &mut Woken::new());
    push(&mut queue, 3);
    assert_eq!((queue.len(), queue.ready(), queue.statistics().ring_dropped), (3, 2, 1));
    queue.release(id, [EntryId(0)], true, &mut Woken::new());
    queue.resume(id);
    assert_eq!(pull(&mut queue, id, 9).0, [2, 3], "what came back was the head");
}

#[test]
fn what_a_consumer_is_about_to_take_is_not_dropped() {
    let mut queue = declared(&[("x-max-length", number(1))]);
    let id = consumer(&mut queue, true);
    push(&mut queue, 5);
    assert_eq!(pull(&mut queue, id, 2).0, [0, 1]);
    queue.suspend(id, &mut Woken::new());
    assert_eq!((queue.ready(), queue.statistics().ring_dropped), (1, 2));
    queue.resume(id);
    push(&mut queue, 2 * READY_SLACK_ENTRIES);
    assert!(queue.ready() <= READY_SLACK_ENTRIES);
}

#[test]
fn bytes_of_bodies_are_limited_and_the_lowest_priority_is_dropped_first() {
    let limits = [("x-max-length-bytes", number(10)), ("x-max-priority", number(5))];
    let mut queue = declared(&limits);
    for priority in [5, 1, 3] {
        let message = Arc::new(with_priority(&[0; 4], None, priority));
        queue.push(message, 0, &mut Woken::new());
    }
    let id = consumer(&mut queue, true);
    assert_eq!(pull(&mut queue, id, 9).0, [0, 2]);
}

#[test]
fn a_message_for_which_there_is_no_room_is_refused_until_one_is_held() {
    let limits = [("x-max-length", number(1)), ("x-overflow", word("reject-publish"))];
    let mut queue = declared(&limits);
    assert_eq!(push_at(&mut queue, 0), PushOutcome::Enqueued(EntryId(0)));
    assert_eq!(push_at(&mut queue, 0), PushOutcome::Full(Limit::ReadyCount(1)));
    let id = consumer(&mut queue, true);
    pull(&mut queue, id, 1);
    assert_eq!(push_at(&mut queue, 0), PushOutcome::Enqueued(EntryId(1)));
}

#[test]
fn an_entry_waits_as_long_as_its_queue_or_its_message_allows() {
    let mut queue = declared(&[("x-message-ttl", number(100))]);
    push_at(&mut queue, 0);
    queue.push(Arc::new(expiring(b"", Some(20))), 10, &mut Woken::new());
    push_at(&mut queue, 30);
    assert_eq!(queue.next_expiry_ms(), Some(20));
    queue.expire(20, 9);
    assert_eq!((queue.take_expired().len(), queue.next_expiry_ms()), (1, Some(100)));
    let id = consumer(&mut queue, true);
    let mut into = Vec::new();
    queue.pull(id, 1, ALL, 99, &mut into);
    assert_eq!((into.len(), queue.next_expiry_ms()), (1, Some(130)));
    queue.release(id, [EntryId(0)], true, &mut Woken::new());
    assert_eq!(queue.next_expiry_ms(), Some(100), "it is as old as it was");
    assert_eq!(queue.pull(id, 9, ALL, 130, &mut into), PullState::Waiting);
    assert_eq!((into.len(), queue.take_expired().len()), (1, 2));
}

#[test]
fn one_that_may_not_wait_enters_for_a_moment_where_somebody_takes_it() {
    for (mut queue, expires_ms) in
        [(declared(&[("x-message-ttl", number(0))]), None), (queue(), Some(7))]
    {
        let message = Arc::new(expiring(b"", expires_ms));
        assert_eq!(queue.push(Arc::clone(&message), 7, &mut Woken::new()), PushOutcome::Expired);
        queue.take_expired();
        let id = consumer(&mut queue, true);
        for _ in 0..2 {
            let outcome = queue.push(Arc::clone(&message), 7, &mut Woken::new());
            assert!(matches!(outcome, PushOutcome::Enqueued(_)));
        }
        let mut into = Vec::new();
        queue.pull(id, 1, ALL, 8, &mut into);
        assert_eq!((into.len(), queue.next_expiry_ms()), (1, Some(7 + IMMEDIATE_MS)));
        queue.pull(id, 1, ALL, 7 + IMMEDIATE_MS, &mut into);
        assert_eq!((into.len(), queue.take_expired().len()), (1, 1));
    }
}
