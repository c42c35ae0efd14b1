//! Consumers that come before others, one that is active alone, and who polls.

use super::*;

fn with_priority(queue: &mut Queue, priority: i32) -> ConsumerId {
    let spec = ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: false, priority };
    let id = queue.subscribe(spec).unwrap();
    queue.resume(id);
    id
}

fn polled(queue: &mut Queue, poller: ConsumerId) -> Option<(u64, usize)> {
    match queue.poll(poller, 0) {
        Polled::Entry(delivery, left) => Some((delivery.id.0, left)),
        Polled::Empty | Polled::Again => None,
    }
}

#[test]
fn the_lower_get_what_the_higher_have_no_credit_for() {
    let mut queue = queue();
    let (low, high) = (with_priority(&mut queue, 0), with_priority(&mut queue, 10));
    for id in [low, high] {
        assert_eq!(pull(&mut queue, id, 1).1, PullState::Waiting);
    }
    assert_eq!(push(&mut queue, 4).as_slice(), [high], "the low one waited longer");
    assert_eq!(pull(&mut queue, low, 9), (vec![], PullState::Waiting));
    assert_eq!(pull(&mut queue, high, 2), (vec![0, 1], PullState::More));
    let mut woken = Woken::new();
    queue.suspend(high, &mut woken);
    assert_eq!(woken.as_slice(), [low]);
    assert_eq!(pull(&mut queue, low, 1).0, [2]);
    queue.resume(high);
    assert_eq!(pull(&mut queue, low, 9), (vec![], PullState::Waiting));
    assert_eq!(pull(&mut queue, high, 9).0, [3]);
}

#[test]
fn those_of_one_priority_share_what_is_there() {
    let mut queue = queue();
    let low = with_priority(&mut queue, -1);
    let highs = [with_priority(&mut queue, 5), with_priority(&mut queue, 5)];
    push(&mut queue, 10);
    assert_eq!(highs.map(|id| pull(&mut queue, id, 99).0.len()), [5, 3]);
    highs.iter().for_each(|id| queue.cancel(*id, &mut Woken::new()));
    assert_eq!(pull(&mut queue, low, 99).0.len(), 2);
}

#[test]
fn one_is_active_until_it_goes_and_then_the_next() {
    let active = ("x-single-active-consumer", ValueRef::Bool(true));
    let mut queue = declared(&[active]);
    let (first, second) = (consumer(&mut queue, true), consumer(&mut queue, true));
    let preferred = with_priority(&mut queue, 1);
    for id in [first, second, preferred] {
        pull(&mut queue, id, 1);
    }
    assert_eq!(push(&mut queue, 3).as_slice(), [first]);
    assert_eq!(pull(&mut queue, first, 1).0, [0]);
    queue.suspend(first, &mut Woken::new());
    assert_eq!(pull(&mut queue, second, 9), (vec![], PullState::Waiting), "it waits for its turn");
    let mut woken = Woken::new();
    queue.cancel(first, &mut woken);
    assert_eq!((woken.as_slice(), queue.single_active()), (&[preferred][..], Some(preferred)));
    queue.release(first, [EntryId(0)], true, &mut Woken::new());
    assert_eq!(pull(&mut queue, preferred, 9).0, [0, 1, 2]);
    queue.cancel(preferred, &mut Woken::new());
    assert_eq!(queue.single_active(), Some(second));
}

#[test]
fn nobody_is_exclusive_where_one_is_active() {
    let mut queue = declared(&[("x-single-active-consumer", ValueRef::Bool(true))]);
    let exclusive =
        ConsumerSpec { acquires: true, is_exclusive: true, is_filtered: false, priority: 0 };
    assert_eq!(queue.subscribe(exclusive), Err(SubscribeError::SingleActive));
}

#[test]
fn who_polls_takes_one_whoever_waits_and_is_no_consumer() {
    let mut queue = filled(3);
    let waiting = consumer(&mut queue, true);
    let poller = queue.poller();
    assert_eq!(polled(&mut queue, poller), Some((0, 2)));
    assert_eq!((queue.consumer_count(), queue.statistics().acquired), (1, 1));
    queue.release(poller, [EntryId(0)], true, &mut Woken::new());
    assert_eq!(pull(&mut queue, waiting, 9).0, [0, 1, 2]);
    assert_eq!(polled(&mut queue, poller), None);
}

#[test]
fn what_comes_back_beyond_the_limit_is_taken_out() {
    let mut queue = declared(&[("x-delivery-limit", number(2))]);
    push(&mut queue, 1);
    let id = consumer(&mut queue, true);
    let mut back = |is_redelivered| {
        let count = pull(&mut queue, id, 1).0.len();
        let ids = [EntryId(0)];
        (count, queue.release(id, ids, is_redelivered, &mut Woken::new()).len())
    };
    assert_eq!(
        [true, false, true, true, true].map(&mut back),
        [(1, 0), (1, 0), (1, 0), (1, 1), (0, 0)]
    );
    assert_eq!((queue.len(), queue.statistics().worn_out), (0, 1));
}
