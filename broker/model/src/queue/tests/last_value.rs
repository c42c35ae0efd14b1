//! Queues that keep the last value of each key.

use super::*;

fn last_values(more: &[(&str, ValueRef<'_>)]) -> Queue {
    let key = ("qpid.last_value_queue_key", word("key"));
    declared(&[&[key], more].concat())
}

#[test]
fn a_later_value_takes_out_the_last_one_and_comes_at_the_end() {
    let mut queue = last_values(&[]);
    let browser = consumer(&mut queue, false);
    push_keys(&mut queue, "abaacc");
    assert_eq!(pull(&mut queue, browser, 9).0, [1, 3, 5]);
    assert_eq!(push_keys(&mut queue, "b").as_slice(), [browser]);
    assert_eq!(pull_bodies(&mut queue, browser, 9), "b");
    let late = consumer(&mut queue, false);
    assert_eq!(pull_bodies(&mut queue, late, 9), "acb");
    assert_eq!(queue.statistics().replaced, 4);
}

#[test]
fn a_value_that_somebody_holds_is_taken_out_too_and_does_not_come_back() {
    let mut queue = last_values(&[]);
    let id = consumer(&mut queue, true);
    push_keys(&mut queue, "a");
    assert_eq!(pull(&mut queue, id, 1).0, [0]);
    push_keys(&mut queue, "a");
    queue.release(id, [EntryId(0)], true, &mut Woken::new());
    assert_eq!((queue.len(), queue.statistics().acquired), (1, 0));
    assert_eq!(pull(&mut queue, id, 9).0, [1]);
    accept(&mut queue, id, 1);
    push_keys(&mut queue, "a");
    assert_eq!(queue.statistics().replaced, 1, "the key was free again");
}

#[test]
fn messages_without_a_key_replace_each_other() {
    let mut queue = last_values(&[]);
    push(&mut queue, 3);
    assert_eq!(queue.len(), 1);
}

#[test]
fn a_full_queue_takes_a_later_value_but_no_further_key() {
    let mut queue = last_values(&[("qpid.max_count", number(2))]);
    push_keys(&mut queue, "ab");
    let mut push =
        |key: &[u8]| queue.push_keyed(Arc::new(message(b"x")), Some(key), 0, &mut Woken::new());
    assert_eq!(push(b"a"), PushOutcome::Enqueued(EntryId(2)));
    assert_eq!(push(b"c"), PushOutcome::Full(Limit::Count(2)));
}

#[test]
fn a_ring_of_last_values_drops_the_oldest_key() {
    let mut queue =
        last_values(&[("qpid.policy_type", word("ring")), ("qpid.max_count", number(2))]);
    push_keys(&mut queue, "abac");
    let browser = consumer(&mut queue, false);
    assert_eq!(pull_bodies(&mut queue, browser, 9), "ac");
    let statistics = queue.statistics();
    assert_eq!((statistics.replaced, statistics.ring_dropped), (1, 1));
}

#[test]
fn many_keys_cost_no_search() {
    let mut queue = last_values(&[]);
    for round in 0..2 {
        for key in 0..100_000_u32 {
            let key = key.to_be_bytes();
            queue.push_keyed(Arc::new(message(b"")), Some(&key), 0, &mut Woken::new());
        }
        assert_eq!((queue.len(), queue.statistics().replaced), (100_000, round * 100_000));
    }
}
