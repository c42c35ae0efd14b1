//! Entries that a store keeps.

use bytes::Bytes;

use super::*;
use crate::message::{Format, NewMessage};

fn durable(body: &[u8], expires_at_ms: Option<u64>) -> Arc<Message> {
    Arc::new(Message::new(&NewMessage {
        format: Format::V0_10,
        exchange: "x".into(),
        routing_key: "key",
        publisher: "me".into(),
        header: b"head",
        body: &[Bytes::copy_from_slice(body)],
        is_durable: true,
        priority: 4,
        expires_at_ms,
    }))
}

fn kept(arguments: &[(&str, ValueRef<'_>)]) -> Queue {
    let mut queue = declared(arguments);
    queue.keep_durable();
    queue
}

fn push_durable(queue: &mut Queue, bodies: &str) -> Vec<EntryId> {
    let mut ids = Vec::new();
    for body in bodies.bytes() {
        match queue.push_keyed(durable(&[body], None), Some(&[body]), 0, &mut Woken::new()) {
            PushOutcome::Enqueued(id) => ids.push(id),
            other => panic!("{other:?}"),
        }
    }
    ids
}

fn stored(queue: &mut Queue, ids: &[u64]) -> (Vec<u64>, Woken) {
    let mut woken = Woken::new();
    let gone = queue.stored(ids.iter().copied().map(EntryId), &mut woken);
    (gone.into_iter().map(|id| id.0).collect(), woken)
}

fn gone(queue: &mut Queue) -> Vec<u64> {
    queue.take_changes().gone.into_iter().map(|id| id.0).collect()
}

#[test]
fn is_seen_once_it_is_stored_and_in_order() {
    let mut queue = kept(&[]);
    let id = consumer(&mut queue, true);
    let browser = consumer(&mut queue, false);
    push_durable(&mut queue, "ab");
    push(&mut queue, 1);
    assert_eq!((queue.len(), queue.ready()), (3, 0));
    assert_eq!(pull(&mut queue, id, 9), (vec![], PullState::Waiting));
    assert_eq!(pull(&mut queue, browser, 9), (vec![], PullState::Waiting));
    assert_eq!(stored(&mut queue, &[1]), (vec![], Woken::new()), "the first still waits");
    let (gone, woken) = stored(&mut queue, &[0]);
    assert!(gone.is_empty() && woken.contains(&id) && woken.contains(&browser));
    assert_eq!(pull(&mut queue, browser, 9).0, [0, 1, 2]);
    assert_eq!(pull(&mut queue, id, 9).0, [0, 1, 2]);
    push(&mut queue, 1);
    assert_eq!(pull(&mut queue, id, 9).0, [3], "nothing waits for what is not stored");
}

#[test]
fn what_is_not_stored_leaves_and_what_waited_behind_it_is_seen() {
    let mut queue = kept(&[]);
    let id = consumer(&mut queue, true);
    push_durable(&mut queue, "ab");
    push(&mut queue, 1);
    let mut woken = Woken::new();
    assert_eq!(queue.not_stored([EntryId(0), EntryId(1)], &mut woken), 2);
    assert_eq!(pull(&mut queue, id, 9).0, [2]);
    assert_eq!((queue.len(), queue.take_changes()), (1, Changes::default()));
}

#[test]
fn tells_what_left_and_what_came_back() {
    let mut queue = kept(&[]);
    let id = consumer(&mut queue, true);
    push_durable(&mut queue, "abcd");
    stored(&mut queue, &[0, 1, 2, 3]);
    assert_eq!(pull(&mut queue, id, 2).0, [0, 1]);
    accept(&mut queue, id, 0);
    queue.release(id, [EntryId(1)], true, &mut Woken::new());
    let changes = queue.take_changes();
    assert_eq!(changes.gone, [EntryId(0)]);
    assert_eq!(changes.returned, [(EntryId(1), 1)]);
    assert_eq!(queue.purge(9).len(), 3);
    assert_eq!(gone(&mut queue), [1, 2, 3]);
}

#[test]
fn a_purge_leaves_what_waits() {
    let mut queue = kept(&[]);
    push_durable(&mut queue, "ab");
    stored(&mut queue, &[0]);
    assert_eq!(queue.purge(9).len(), 1);
    assert_eq!(queue.peek(EntryId::FIRST, 9).entries.len(), 0);
    assert_eq!(queue.remove_unheld([EntryId(1)], Removal::Purged).len(), 0);
    assert_eq!(queue.len(), 1);
}

#[test]
fn a_ring_drops_what_waits_and_its_put_is_undone_once_it_is_done() {
    let ring = [("qpid.policy_type", word("ring")), ("qpid.max_count", number(2))];
    let mut queue = kept(&ring);
    push_durable(&mut queue, "abc");
    assert!(gone(&mut queue).is_empty(), "nothing is stored yet");
    assert_eq!(stored(&mut queue, &[0, 1, 2]).0, [0]);
    assert_eq!(queue.ready(), 2);
}

#[test]
fn limits_count_what_waits() {
    let limits = [("x-max-length", number(1)), ("x-overflow", word("reject-publish"))];
    let mut queue = kept(&limits);
    push_durable(&mut queue, "a");
    let refused = queue.push(durable(b"b", None), 0, &mut Woken::new());
    assert_eq!(refused, PushOutcome::Full(Limit::ReadyCount(1)));
}

#[test]
fn a_later_value_takes_the_place_of_the_last_when_it_is_stored() {
    let mut queue = kept(&[("qpid.last_value_queue_key", word("key"))]);
    push_durable(&mut queue, "a");
    stored(&mut queue, &[0]);
    push_durable(&mut queue, "a");
    let browser = consumer(&mut queue, false);
    assert_eq!(pull(&mut queue, browser, 9).0, [0]);
    stored(&mut queue, &[1]);
    assert_eq!(pull(&mut queue, browser, 9).0, [1]);
    assert_eq!((gone(&mut queue), queue.len()), (vec![0], 1));
}

#[test]
fn a_dead_letter_is_gone_when_its_owner_takes_it() {
    let mut queue = kept(&[]);
    for at_ms in [5, 6] {
        queue.push(durable(b"x", Some(at_ms)), 0, &mut Woken::new());
    }
    stored(&mut queue, &[0, 1]);
    queue.expire(6, 9);
    assert!(gone(&mut queue).is_empty());
    assert_eq!(queue.take_expired().len(), 2);
    assert_eq!(gone(&mut queue), [0, 1]);
}

#[test]
fn what_waits_does_not_expire_before_it_is_seen() {
    let mut queue = kept(&[]);
    queue.push(durable(b"x", Some(5)), 0, &mut Woken::new());
    queue.expire(9, 9);
    assert_eq!((queue.len(), queue.next_expiry_ms()), (1, None));
    stored(&mut queue, &[0]);
    queue.expire(9, 9);
    assert_eq!((queue.len(), queue.has_expired()), (0, true));
}

#[test]
fn comes_back_at_its_place_with_its_age_and_count() {
    let mut queue = kept(&[("x-message-ttl", number(100))]);
    let last_of_first_segment = EntryId(31);
    for (id, count) in [(EntryId(3), 0), (last_of_first_segment, 2), (EntryId(1 << 40), 0)] {
        queue.restore(id, durable(b"x", None), None, count, 1_000);
    }
    queue.number_from(EntryId(2 << 40));
    assert_eq!(queue.next_expiry_ms(), Some(1_100));
    let id = consumer(&mut queue, true);
    let mut into = Vec::new();
    queue.pull(id, 9, ALL, 1_050, &mut into);
    let told: Vec<_> = into.iter().map(|one| (one.id.0, one.delivery_count)).collect();
    assert_eq!(told, [(3, 0), (31, 2), (1 << 40, 0)]);
    assert_eq!(push_durable(&mut queue, "a"), [EntryId(2 << 40)]);
    stored(&mut queue, &[2 << 40]);
    assert_eq!(pull(&mut queue, id, 9).0, [2 << 40]);
    assert!(queue.take_changes().is_empty());
}

#[test]
fn bodies_that_are_paged_out_count_in_depth_and_not_in_memory() {
    let mut queue = kept(&[]);
    let id = consumer(&mut queue, true);
    for body in [&[7; 1_000][..], &[7; 1_000], &[7; 10]] {
        queue.push(durable(body, None), 0, &mut Woken::new());
    }
    stored(&mut queue, &[0, 1]);
    assert_eq!(pull(&mut queue, id, 1).0, [0]);
    queue.page(5, (0..3).map(EntryId), true);
    assert_eq!(queue.resident_bytes(), 1_004 + 4 + 14, "the first is held, the last small");
    stored(&mut queue, &[2]);
    let mut into = Vec::new();
    queue.pull(id, 9, ALL, 0, &mut into);
    let places: Vec<_> = into.iter().map(|one| one.message.place()).collect();
    let place = crate::message::Place { queue: 5, entry: 1, body_bytes: 1_000 };
    assert_eq!(places, [Some(place), None]);
    let all = (0..3).map(EntryId);
    assert_eq!(queue.accept(id, all, &mut Woken::new()), 3);
    assert_eq!((queue.resident_bytes(), gone(&mut queue)), (0, vec![0, 1, 2]));
}

#[test]
fn a_body_that_left_before_its_segment_counts_once() {
    let mut queue = kept(&[]);
    queue.let_leave();
    let bodies = [10_000].into_iter().chain(std::iter::repeat_n(6, 39));
    let bytes: u64 = bodies.clone().map(|body| body as u64 + 4).sum();
    for body in bodies {
        queue.push(durable(&vec![7; body], None), 0, &mut Woken::new());
    }
    let ids: Vec<u64> = (0..40).collect();
    stored(&mut queue, &ids[..20]);
    queue.page(5, (0..20).map(EntryId), true);
    assert_eq!(queue.resident_bytes(), bytes - 10_000, "the segment is not complete");
    stored(&mut queue, &ids[20..]);
    queue.page(5, (20..40).map(EntryId), true);
    assert_eq!((queue.resident_bytes(), queue.depth()), (8 * 10, (40, bytes)));
    let id = consumer(&mut queue, true);
    assert_eq!(pull(&mut queue, id, 9), (vec![], PullState::More));
    let wanted = queue.take_wanted().unwrap();
    assert_eq!((wanted.ids.clone(), queue.take_wanted()), (0..32, None));
    // The store lacks the last.
    let found = (0..31).map(|id| {
        let body = if id == 0 { 10_000 } else { 6 };
        (EntryId(id), durable(&vec![7; body], None))
    });
    assert_eq!(queue.bring_in(&wanted, found.collect()), 1);
    assert_eq!((queue.resident_bytes(), queue.depth()), (bytes - 10, (39, bytes - 10)));
    assert_eq!(pull(&mut queue, id, 99).0, (0..40).filter(|id| *id != 31).collect::<Vec<_>>());
}

#[test]
fn what_is_held_again_is_nobodys_until_it_is_settled() {
    for arguments in [&[][..], &[("qpid.group_header_key", ValueRef::String("k"))][..]] {
        let mut queue = kept(arguments);
        for id in 5..9 {
            queue.restore(EntryId(id), durable(b"x", Some(50)), Some(b"group"), 1, 0);
        }
        let (holder, held) = queue.hold_again(None, [5, 7, 70].map(EntryId));
        assert_eq!(held, [5, 7].map(EntryId));
        let (same, held) = queue.hold_again(Some(holder), [7, 6].map(EntryId));
        assert_eq!((same, held), (holder, vec![EntryId(6)]));
        let taker = consumer(&mut queue, true);
        assert_ne!(taker, holder);
        let is_grouped = !arguments.is_empty();
        let expected: &[u64] = if is_grouped { &[] } else { &[8] };
        assert_eq!(pull(&mut queue, taker, 9).0, expected, "a group is its holder's");
        let mut woken = Woken::new();
        assert_eq!(queue.accept(holder, [EntryId(5)], &mut woken), 1);
        queue.release(holder, [6, 7].map(EntryId), true, &mut woken);
        assert_eq!(woken.as_slice(), [taker]);
        let expected: &[u64] = if is_grouped { &[6, 7, 8] } else { &[6, 7] };
        assert_eq!(pull(&mut queue, taker, 9).0, expected);
        assert_eq!(gone(&mut queue), [5]);
    }
}

#[test]
fn a_dead_letter_that_is_one_here_as_well_is_in_the_store_until_its_owner_takes_it() {
    let mut queue = kept(&[("x-message-ttl", number(0)), ("x-dead-letter-exchange", word("x"))]);
    let outcome = queue.push_postponed(durable(b"x", None), None, 5, &mut Woken::new());
    assert_eq!(outcome, PushOutcome::Enqueued(EntryId(0)));
    assert_eq!((queue.len(), queue.next_expiry_ms()), (0, Some(0)));
    assert_eq!(queue.stored([EntryId(0)], &mut Woken::new()), []);
    assert_eq!((queue.take_expired().len(), gone(&mut queue)), (1, vec![0]));
    // Taken before the store had it.
    queue.push_postponed(durable(b"x", None), None, 5, &mut Woken::new());
    queue.take_expired();
    assert_eq!(queue.stored([EntryId(1)], &mut Woken::new()), [EntryId(1)]);
}

#[test]
fn a_dead_letter_that_the_store_refused_goes_no_further_from_here() {
    let mut queue = kept(&[("x-message-ttl", number(0)), ("x-dead-letter-exchange", word("x"))]);
    for _ in 0..2 {
        queue.push_postponed(durable(b"x", None), None, 5, &mut Woken::new());
    }
    assert_eq!(queue.not_stored([EntryId(0)], &mut Woken::new()), 0);
    assert_eq!(queue.stored([EntryId(1)], &mut Woken::new()), []);
    assert_eq!(queue.take_expired().len(), 1);
    assert_eq!(gone(&mut queue), [1]);
}
