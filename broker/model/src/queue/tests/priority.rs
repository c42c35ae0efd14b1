//! Queues with priorities, and fair shares among them.

use super::*;
use crate::message::tests::with_priority;

fn levels(count: i32, more: &[(&str, ValueRef<'_>)]) -> Queue {
    declared(&[&[("x-qpid-priorities", number(count))], more].concat())
}

/// Pushes messages of these priorities; each body is its number.
fn push_all(queue: &mut Queue, priorities: &[u8]) -> Vec<PushOutcome> {
    let push = |(number, priority): (usize, &u8)| {
        let message = with_priority(&[u8::try_from(number).unwrap()], None, *priority);
        queue.push(Arc::new(message), 0, &mut Woken::new())
    };
    priorities.iter().enumerate().map(push).collect()
}

/// The priorities of all, pulled one by one.
fn drain(queue: &mut Queue) -> Vec<u8> {
    let id = consumer(queue, true);
    let mut into = Vec::new();
    while queue.pull(id, 1, ALL, 0, &mut into) != PullState::Waiting {}
    into.iter().map(|delivery| delivery.message.priority()).collect()
}

#[test]
fn the_highest_level_is_first_and_within_it_the_oldest() {
    let mut queue = levels(5, &[]);
    push_all(&mut queue, &[8, 9, 5, 1, 2, 2, 3, 4, 9, 7]);
    let id = consumer(&mut queue, true);
    assert_eq!(pull(&mut queue, id, 99).0, [0, 1, 8, 9, 2, 7, 6, 3, 4, 5]);
}

#[test]
fn a_released_entry_is_in_its_place_on_its_level() {
    let mut queue = levels(10, &[]);
    push_all(&mut queue, &[4, 9, 4]);
    let id = consumer(&mut queue, true);
    assert_eq!(pull(&mut queue, id, 2).0, [1, 0]);
    queue.release(id, [EntryId(0), EntryId(1)], true, &mut Woken::new());
    assert_eq!(pull(&mut queue, id, 9).0, [1, 0, 2]);
}

#[test]
fn a_level_that_had_its_share_lets_all_others_have_their_turn() {
    let mut queue = levels(10, &[("x-qpid-fairshare", number(2))]);
    push_all(&mut queue, &[9, 9, 9, 9, 9, 4, 4, 4, 1]);
    assert_eq!(drain(&mut queue), [9, 9, 4, 4, 1, 9, 9, 4, 9]);
}

#[test]
fn a_share_of_its_own_stands_above_the_share_of_all() {
    let shares = [("x-qpid-fairshare", number(1)), ("x-qpid-fairshare-9", number(3))];
    let mut queue = levels(10, &shares);
    push_all(&mut queue, &[9, 9, 9, 9, 4, 4, 4]);
    assert_eq!(drain(&mut queue), [9, 9, 9, 4, 9, 4, 4]);
}

#[test]
fn a_level_without_a_share_is_handed_out_to_its_end() {
    let shares = [("qpid.fairshare", number(0)), ("qpid.fairshare-4", number(1))];
    let mut queue = levels(10, &shares);
    push_all(&mut queue, &[9, 9, 9, 4, 4]);
    assert_eq!(drain(&mut queue), [9, 9, 9, 4, 4]);
}

#[test]
fn a_ring_drops_the_lowest_and_never_a_higher_one_for_a_lower() {
    let ring = [("qpid.policy_type", word("ring")), ("qpid.max_count", number(3))];
    let mut queue = levels(10, &ring);
    let outcomes = push_all(&mut queue, &[8, 9, 5, 1, 5, 7]);
    assert_eq!(outcomes[3], PushOutcome::Dropped);
    assert_eq!(outcomes[5], PushOutcome::Enqueued(EntryId(4)));
    assert_eq!(drain(&mut queue), [9, 8, 7]);
    assert_eq!(queue.statistics().ring_dropped, 3);
}

#[test]
fn purge_begins_at_the_lowest() {
    let mut queue = levels(10, &[]);
    push_all(&mut queue, &[9, 1, 5, 1]);
    assert_eq!(queue.purge(3).len(), 3);
    assert_eq!(drain(&mut queue), [9]);
}

#[test]
fn browsers_see_each_entry_once() {
    let mut queue = levels(3, &[]);
    push_all(&mut queue, &[1, 9, 4]);
    let browser = consumer(&mut queue, false);
    assert_eq!(pull(&mut queue, browser, 9).0, [0, 1, 2]);
    push_all(&mut queue, &[9]);
    assert_eq!(pull(&mut queue, browser, 9).0, [3]);
}

#[test]
fn a_long_queue_costs_no_search() {
    let mut queue = levels(10, &[("qpid.fairshare", number(3))]);
    for index in 0..100_000_u32 {
        push_all(&mut queue, &[u8::try_from(index % 10).unwrap()]);
    }
    let id = consumer(&mut queue, true);
    let (taken, _) = pull(&mut queue, id, usize::MAX);
    queue.release(id, taken.iter().map(|id| EntryId(*id)), true, &mut Woken::new());
    assert_eq!(pull(&mut queue, id, usize::MAX).0.len(), 100_000);
}
