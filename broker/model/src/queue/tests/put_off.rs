//! Consumers that choose, where their filter fails.

use super::*;
use crate::limits::PUT_OFF_MAX;
use crate::queue::Decision;

fn chooser(queue: &mut Queue) -> ConsumerId {
    let spec = ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: true, priority: 0 };
    let id = queue.subscribe(spec).unwrap();
    queue.resume(id);
    id
}

fn candidates(queue: &mut Queue, id: ConsumerId) -> Vec<u64> {
    let mut into = Vec::new();
    queue.candidates(id, 64, 0, &mut into);
    into.iter().map(|delivery| delivery.id.0).collect()
}

/// Both steps; answers what was shown, what it got, and how it ended.
fn choose(
    queue: &mut Queue,
    id: ConsumerId,
    decide: impl Fn(u64) -> Decision,
) -> (Vec<u64>, Vec<u64>, PullState) {
    let shown = candidates(queue, id);
    let decided = shown.iter().map(|entry| (EntryId(*entry), decide(*entry)));
    let mut into = Vec::new();
    let state = queue.take(id, decided, (99, ALL), 0, &mut into);
    (shown, into.iter().map(|delivery| delivery.id.0).collect(), state)
}

fn show_again(queue: &mut Queue) -> Woken {
    let mut woken = Woken::new();
    queue.show_put_off(&mut woken);
    woken
}

#[test]
fn what_is_put_off_is_shown_again_when_its_time_comes_and_stops_nothing() {
    let mut queue = filled(3);
    let id = chooser(&mut queue);
    let but_1 = |entry| if entry == 1 { Decision::PutOff } else { Decision::Match };
    assert_eq!(choose(&mut queue, id, but_1), (vec![0, 1, 2], vec![0, 2], PullState::Waiting));
    assert!(queue.has_put_off());
    assert_eq!(push(&mut queue, 1).as_slice(), [id]);
    assert_eq!(choose(&mut queue, id, but_1), (vec![3], vec![3], PullState::Waiting));
    assert_eq!(show_again(&mut queue).as_slice(), [id]);
    assert!(!queue.has_put_off());
    let all = |_| Decision::Match;
    assert_eq!(choose(&mut queue, id, all), (vec![1], vec![1], PullState::Waiting));
    assert!(show_again(&mut queue).is_empty());
}

#[test]
fn its_own_failures_are_counted_until_it_is_decided() {
    let mut queue = filled(2);
    let id = chooser(&mut queue);
    let failures = |queue: &Queue| queue.failures_of(id, EntryId(0));
    assert_eq!(failures(&queue), None);
    for (decision, count) in [
        (Decision::PutOff, Some(0)),
        (Decision::Failed, Some(1)),
        (Decision::PutOff, Some(1)),
        (Decision::Failed, Some(2)),
        (Decision::NoMatch, None),
    ] {
        choose(&mut queue, id, |entry| if entry == 0 { decision } else { Decision::NoMatch });
        assert_eq!(failures(&queue), count, "after {decision:?}");
        show_again(&mut queue);
    }
    assert!(candidates(&mut queue, id).is_empty());
}

#[test]
fn a_filter_that_fails_on_everything_is_not_asked_about_a_whole_queue() {
    let mut queue = filled(3 * PUT_OFF_MAX);
    let id = chooser(&mut queue);
    let fail = |_| Decision::PutOff;
    let mut asked = 0;
    loop {
        let (shown, got, state) = choose(&mut queue, id, fail);
        asked += shown.len();
        assert!(got.is_empty());
        if state == PullState::Waiting {
            break;
        }
    }
    assert_eq!(asked, PUT_OFF_MAX);
    push(&mut queue, 1);
    assert!(candidates(&mut queue, id).is_empty());
    show_again(&mut queue);
    let mut got = Vec::new();
    while got.len() < 3 * PUT_OFF_MAX + 1 {
        let (shown, more, _) = choose(&mut queue, id, |_| Decision::Match);
        assert_eq!(shown, more);
        got.extend(more);
    }
    assert!(got.is_sorted(), "in their order");
}

#[test]
fn what_is_put_off_and_comes_back_from_another_is_shown_at_once() {
    let mut queue = filled(2);
    let id = chooser(&mut queue);
    choose(&mut queue, id, |_| Decision::Failed);
    let taker = consumer(&mut queue, true);
    assert_eq!(pull(&mut queue, taker, 9).0, [0]);
    show_again(&mut queue);
    assert_eq!(candidates(&mut queue, id), [1], "the other one is held");
    queue.release(taker, [EntryId(0)], true, &mut Woken::new());
    assert_eq!(candidates(&mut queue, id), [0, 1]);
}
