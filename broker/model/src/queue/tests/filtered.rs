//! Consumers that choose.

use super::*;
use crate::limits::FILTER_RETURNED_MAX;

fn chooser(queue: &mut Queue, acquires: bool) -> ConsumerId {
    let spec = ConsumerSpec { acquires, is_exclusive: false, is_filtered: true, priority: 0 };
    let id = queue.subscribe(spec).unwrap();
    queue.resume(id);
    id
}

fn candidates(queue: &mut Queue, id: ConsumerId, count: usize) -> Vec<u64> {
    let mut into = Vec::new();
    queue.candidates(id, count, 0, &mut into);
    into.iter().map(|delivery| delivery.id.0).collect()
}

/// Both steps, with a filter that matches some entries.
fn choose(
    queue: &mut Queue,
    id: ConsumerId,
    count: usize,
    filter: impl Fn(u64) -> bool,
) -> (Vec<u64>, PullState) {
    let shown = candidates(queue, id, 64);
    let decided = shown.into_iter().map(|entry| (EntryId(entry), filter(entry)));
    let mut into = Vec::new();
    let state = queue.take(id, decided, (count, ALL), 0, &mut into);
    (into.iter().map(|delivery| delivery.id.0).collect(), state)
}

fn even(id: u64) -> bool {
    id.is_multiple_of(2)
}

#[test]
fn what_one_does_not_match_is_for_another() {
    let mut queue = filled(6);
    let (evens, odds) = (chooser(&mut queue, true), chooser(&mut queue, true));
    assert_eq!(choose(&mut queue, evens, 9, even), (vec![0, 2, 4], PullState::Waiting));
    assert_eq!(choose(&mut queue, odds, 9, |id| !even(id)).0, [1, 3]);
    assert_eq!(choose(&mut queue, odds, 9, |id| !even(id)), (vec![5], PullState::Waiting));
    let woken = push(&mut queue, 1);
    assert!(woken.contains(&evens) && woken.contains(&odds), "each may match");
}

#[test]
fn one_that_takes_all_does_not_starve_beside_those_that_choose() {
    let mut queue = queue();
    let (none, all) = (chooser(&mut queue, true), consumer(&mut queue, true));
    assert_eq!(choose(&mut queue, none, 9, |_| false).1, PullState::Waiting);
    pull(&mut queue, all, 1);
    for round in 0..3 {
        let woken = push(&mut queue, 1);
        assert!(woken.contains(&none) && woken.contains(&all));
        assert_eq!(choose(&mut queue, none, 9, |_| false), (vec![], PullState::Waiting));
        assert_eq!(pull(&mut queue, all, 9), (vec![round], PullState::Waiting));
    }
    push(&mut queue, 1);
    let mut woken = Woken::new();
    queue.suspend(none, &mut woken);
    queue.cancel(none, &mut woken);
    assert!(woken.is_empty(), "it stood in nobody's place");
}

#[test]
fn what_was_decided_is_not_shown_again_but_what_comes_back_is() {
    let mut queue = filled(5);
    let (taker, id) = (consumer(&mut queue, true), chooser(&mut queue, true));
    queue.suspend(id, &mut Woken::new());
    pull(&mut queue, taker, 2);
    queue.resume(id);
    assert_eq!(choose(&mut queue, id, 9, |_| false), (vec![], PullState::Waiting));
    let mut woken = Woken::new();
    queue.release(taker, [EntryId(1)], true, &mut woken);
    assert!(woken.contains(&id));
    assert_eq!(candidates(&mut queue, id, 9), [1]);
    assert_eq!(choose(&mut queue, id, 9, |_| true), (vec![1], PullState::Waiting));
}

#[test]
fn candidates_that_were_not_decided_are_shown_again() {
    let mut queue = filled(5);
    let id = chooser(&mut queue, true);
    assert_eq!(choose(&mut queue, id, 1, |entry| entry > 0), (vec![1], PullState::More));
    assert_eq!(candidates(&mut queue, id, 2), [2, 3]);
    assert_eq!(candidates(&mut queue, id, 2), [2, 3], "also where nothing was decided");
    let mut into = Vec::new();
    let state = queue.take(id, [(EntryId(2), false)], (9, ALL), 0, &mut into);
    assert_eq!((into.len(), state), (0, PullState::More));
    assert_eq!(candidates(&mut queue, id, 9), [3, 4]);
}

#[test]
fn a_candidate_that_another_took_meanwhile_is_left_to_it() {
    let mut queue = filled(2);
    let (id, taker) = (chooser(&mut queue, true), consumer(&mut queue, true));
    let shown = candidates(&mut queue, id, 9);
    pull(&mut queue, taker, 1);
    let mut into = Vec::new();
    let decided = shown.iter().map(|entry| (EntryId(*entry), true));
    queue.take(id, decided, (9, ALL), 0, &mut into);
    assert_eq!(into.iter().map(|delivery| delivery.id.0).collect::<Vec<_>>(), [1]);
    queue.release(taker, [EntryId(0)], false, &mut Woken::new());
    assert_eq!(candidates(&mut queue, id, 9), [0]);
}

#[test]
fn one_that_comes_between_the_steps_keeps_the_consumer_awake() {
    let mut queue = filled(1);
    let id = chooser(&mut queue, true);
    candidates(&mut queue, id, 9);
    assert!(push(&mut queue, 1).is_empty(), "it is awake");
    let state = queue.take(id, [(EntryId(0), false)], (9, ALL), 0, &mut Vec::new());
    assert_eq!(state, PullState::More);
}

#[test]
fn byte_credit_stops_at_the_match_that_is_too_large() {
    let mut queue = filled(3);
    let id = chooser(&mut queue, true);
    candidates(&mut queue, id, 9);
    let decided = [(EntryId(0), false), (EntryId(1), true), (EntryId(2), true)];
    let mut into = Vec::new();
    let state = queue.take(id, decided, (9, 1), 0, &mut into);
    assert_eq!((into.len(), state), (0, PullState::TooLarge));
    assert_eq!(candidates(&mut queue, id, 9), [1, 2]);
}

#[test]
fn two_that_match_the_same_share_it() {
    let mut queue = filled(10);
    let (one, two) = (chooser(&mut queue, true), chooser(&mut queue, true));
    assert_eq!(choose(&mut queue, one, 99, |_| true).0.len(), 5);
    assert_eq!(choose(&mut queue, two, 99, |_| true).0.len(), 3);
}

#[test]
fn a_browser_may_choose_too_and_takes_nothing() {
    let mut queue = filled(4);
    let id = chooser(&mut queue, false);
    assert_eq!(choose(&mut queue, id, 1, even), (vec![0], PullState::More));
    assert_eq!(choose(&mut queue, id, 9, even), (vec![2], PullState::Waiting));
    assert_eq!(queue.ready(), 4);
    assert_eq!(push(&mut queue, 1).as_slice(), [id]);
    assert_eq!(choose(&mut queue, id, 9, even), (vec![4], PullState::Waiting));
}

#[test]
fn one_that_chooses_has_no_other_way_to_take() {
    let mut queue = filled(1);
    let id = chooser(&mut queue, true);
    assert!(pull(&mut queue, id, 9).0.is_empty());
    let plain = consumer(&mut queue, true);
    assert!(candidates(&mut queue, plain, 9).is_empty());
}

#[test]
fn held_entries_are_passed_in_steps() {
    let mut queue = filled(2 * BROWSED_BATCH_MAX + 1);
    let taker = consumer(&mut queue, true);
    pull(&mut queue, taker, 2 * BROWSED_BATCH_MAX);
    let id = chooser(&mut queue, true);
    assert_eq!(choose(&mut queue, id, 9, |_| true), (vec![], PullState::More));
    assert_eq!(choose(&mut queue, id, 9, |_| true), (vec![], PullState::More));
    let last = 2 * BROWSED_BATCH_MAX as u64;
    assert_eq!(choose(&mut queue, id, 9, |_| true), (vec![last], PullState::Waiting));
}

#[test]
fn where_very_many_come_back_the_search_goes_back_to_the_first() {
    let count = FILTER_RETURNED_MAX + 10;
    let mut queue = filled(count + 1);
    let (taker, id) = (consumer(&mut queue, true), chooser(&mut queue, true));
    queue.suspend(id, &mut Woken::new());
    pull(&mut queue, taker, count);
    queue.resume(id);
    while choose(&mut queue, id, 9, |_| false).1 != PullState::Waiting {}
    let shown = candidates(&mut queue, id, 9);
    assert!(shown.is_empty());
    queue.release(taker, (0..count as u64).map(EntryId), true, &mut Woken::new());
    assert_eq!(
        queue.take(id, [(EntryId(0), false); 0], (9, ALL), 0, &mut Vec::new()),
        PullState::More
    );
    let mut seen = Vec::new();
    loop {
        seen.extend(candidates(&mut queue, id, 64));
        if choose(&mut queue, id, 99, |_| false).1 == PullState::Waiting {
            break;
        }
    }
    assert_eq!(seen, (0..=count as u64).collect::<Vec<_>>());
}

#[test]
fn the_highest_priority_is_shown_first() {
    let mut queue = declared(&[("qpid.priorities", number(10))]);
    for priority in [1, 9, 4] {
        let message = crate::message::tests::with_priority(b"", None, priority);
        queue.push(Arc::new(message), 0, &mut Woken::new());
    }
    let id = chooser(&mut queue, true);
    assert_eq!(choose(&mut queue, id, 1, |_| true), (vec![1], PullState::More));
    let message = crate::message::tests::with_priority(b"", None, 5);
    queue.push(Arc::new(message), 0, &mut Woken::new());
    assert_eq!(candidates(&mut queue, id, 9), [3, 2, 0]);
}

#[test]
fn a_group_that_was_anothers_is_shown_once_it_is_free() {
    let header = ("qpid.group_header_key", word("group"));
    let mut queue = declared(&[header, ("qpid.shared_msg_group", number(1))]);
    push_keys(&mut queue, "aab");
    let (taker, id) = (consumer(&mut queue, true), chooser(&mut queue, true));
    pull(&mut queue, taker, 1);
    assert_eq!(choose(&mut queue, id, 9, |entry| entry < 2), (vec![], PullState::Waiting));
    assert!(accept(&mut queue, taker, 0).contains(&id));
    assert_eq!(choose(&mut queue, id, 9, |entry| entry < 2), (vec![1], PullState::Waiting));
}
