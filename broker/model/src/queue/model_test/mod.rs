//! Random operations on a queue of any kind, held against a list that does everything the slow way.
//!
//! Checked after each step: what is handed out and in which order, places of released entries,
//! cursors, fair shares, groups, limits, counters, alerts, and that nobody sleeps while there is
//! something to take.

mod naive;
mod operation;
mod stored;

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use naive::{Item, Naive, Taker};
use operation::{Operation, long_settings, operation, operation_of_two, settings};
use stored::Stored;

fn check(queue: &mut Queue, naive: &mut Naive) -> Result<(), TestCaseError> {
    let mut counted = queue.statistics();
    prop_assert!(counted.acquired_marks.high >= counted.acquired);
    prop_assert!(counted.consumers_marks.high >= counted.consumers);
    (counted.acquired_marks, counted.consumers_marks) = Default::default();
    if queue.keeping.is_on {
        let durable = (counted.durable_enqueued, counted.durable_enqueued_bytes);
        prop_assert_eq!(durable, (counted.enqueued, counted.enqueued_bytes));
        let durable = (counted.durable_dequeued, counted.durable_dequeued_bytes);
        prop_assert_eq!(durable, (counted.dequeued, counted.dequeued_bytes));
        (counted.durable_enqueued, counted.durable_enqueued_bytes) = (0, 0);
        (counted.durable_dequeued, counted.durable_dequeued_bytes) = (0, 0);
    }
    prop_assert_eq!(counted, naive.statistics());
    prop_assert_eq!(queue.ready(), naive.ready());
    prop_assert_eq!(queue.wanting, naive.wanting());
    prop_assert_eq!(queue.take_expired().len(), std::mem::take(&mut naive.dead_letters));
    prop_assert_eq!(queue.take_dropped().len(), std::mem::take(&mut naive.dropped));
    prop_assert_eq!(queue.single_active(), naive.active);
    prop_assert_eq!(queue.next_expiry_ms(), naive.next_expiry_ms());
    let statistics = queue.statistics();
    prop_assert_eq!(statistics.enqueued - statistics.dequeued, statistics.depth_messages);
    if let Some(max) = naive.settings.count_max {
        prop_assert!(statistics.depth_messages <= max);
    }
    if let Some(max) = naive.settings.bytes_max {
        prop_assert!(statistics.depth_bytes <= max);
    }
    let limits = naive.settings.ready_limits;
    if !naive.has_taker() && limits.overflow == Overflow::DropHead {
        prop_assert_eq!(limits.exceeded(naive.ready() as u64, naive.ready_bytes()), None);
    }
    prop_assert_eq!(queue.is_flow_stopped(), naive.statistics.is_flow_stopped);
    prop_assert_eq!(queue.take_flow_resumed(), std::mem::take(&mut naive.has_resumed));
    prop_assert_eq!(queue.take_alerts(), std::mem::take(&mut naive.alerts));
    if naive.settings.groups.is_some() {
        let owners = queue.groups(None, 99).into_iter();
        let owners = owners.filter_map(|group| Some((group.id.to_vec(), group.owner?)));
        prop_assert_eq!(owners.collect::<BTreeMap<_, _>>(), naive.owners.clone());
    }
    nobody_sleeps(naive)
}

/// Nobody sleeps while there is something for them.
fn nobody_sleeps(naive: &Naive) -> Result<(), TestCaseError> {
    let row = || naive.takers.iter().filter(|taker| taker.is_in_row());
    let is_free = |item: &&Item| item.holder.is_none() && !naive.owners.contains_key(&item.key);
    let is_grouped = naive.settings.groups.is_some();
    let has_free = match is_grouped {
        true => naive.items.iter().any(|item| is_free(&item)),
        false => naive.ready() > 0,
    };
    let first = || row().filter(|taker| naive.has_turn(taker));
    let all_sleep = first().all(|taker| !taker.is_active);
    prop_assert!(!has_free || first().count() == 0 || !all_sleep, "all that may take sleep");
    for taker in row().filter(|taker| is_grouped && !taker.is_active) {
        let is_its_own =
            |item: &Item| item.holder.is_none() && naive.owners.get(&item.key) == Some(&taker.id);
        prop_assert!(!naive.items.iter().any(is_its_own), "an owner sleeps");
    }
    for taker in naive.takers.iter().filter(|t| t.has_credit && !t.is_active) {
        if taker.spec.is_filtered {
            prop_assert_eq!(naive.undecided(taker), Vec::<u64>::new(), "one that chooses sleeps");
        } else if !taker.spec.acquires {
            let unseen = |item: &&Item| item.id >= taker.cursor && item.holder.is_none();
            prop_assert!(!naive.items.iter().any(|item| unseen(&item)), "a browser sleeps");
        }
    }
    Ok(())
}

fn run(
    queue: &mut Queue,
    naive: &mut Naive,
    stored: &mut Stored,
    operation: Operation,
) -> Result<(), TestCaseError> {
    let mut woken = Woken::new();
    match operation {
        push @ Operation::Push { .. } => enqueue(queue, naive, stored, &push, &mut woken)?,
        Operation::Pull { consumer, count, bytes_max } => {
            if naive.takers.get(consumer).is_some_and(|t| t.has_credit && !t.spec.is_filtered) {
                pull(queue, naive, stored, consumer, count, bytes_max)?;
            }
        }
        choice @ (Operation::Candidates { consumer, .. } | Operation::Take { consumer, .. }) => {
            if naive.takers.get(consumer).is_some_and(|t| t.has_credit && t.spec.is_filtered) {
                choose(queue, naive, stored, &choice)?;
            }
        }
        Operation::Purge { count } => {
            let purged = stored.purge(queue, count);
            prop_assert_eq!(purged, count.min(naive.ready()));
            for _ in 0..purged {
                let at = naive.first_to_drop().unwrap();
                naive.remove(at);
            }
            naive.statistics.purged += purged as u64;
        }
        Operation::RemoveUnheld { from, count } => {
            remove_unheld(queue, naive, stored, (from, count))?;
        }
        Operation::Expire { count } => {
            queue.expire(naive.now_ms, count);
            for _ in 0..count {
                let due = naive
                    .items
                    .iter()
                    .enumerate()
                    .filter(|(_, item)| item.holder.is_none() && item.due_ms() <= naive.now_ms);
                if let Some((at, _)) = due.min_by_key(|(_, item)| (item.due_ms(), item.id)) {
                    naive.expire(at);
                }
            }
        }
        Operation::Poll => poll(queue, naive, stored)?,
        Operation::Tick { ms } => naive.now_ms += ms,
        settling @ (Operation::Accept { .. }
        | Operation::Release { .. }
        | Operation::Reject { .. }
        | Operation::SettleTwice { .. }
        | Operation::Acquire { .. }) => settle(queue, naive, stored, &settling, &mut woken)?,
        other => attend(queue, naive, &other, &mut woken)?,
    }
    naive.settle_groups();
    for id in woken {
        let taker = naive.takers.iter_mut().find(|taker| taker.id == id).unwrap();
        prop_assert!(taker.has_credit && !taker.is_active, "woken without need");
        taker.is_active = true;
    }
    check(queue, naive)?;
    stored.check(queue, naive)
}

/// Entries that were seen are taken out, and one that is held is not.
fn remove_unheld(
    queue: &mut Queue,
    naive: &mut Naive,
    stored: &Stored,
    (from, count): (u64, usize),
) -> Result<(), TestCaseError> {
    let seen = stored.peek(queue, EntryId(from), count);
    let free = naive.items.iter().filter(|item| item.id >= from && item.holder.is_none());
    let expected: Vec<u64> = free.map(|item| item.id).take(count).collect();
    prop_assert_eq!(&seen, &expected);
    let held = naive.held(0).map(|(_, id, _)| id);
    let ids: Vec<_> = seen.iter().map(|id| EntryId(*id)).chain(held).collect();
    let mut removed = 0;
    stored.each_here(queue, &ids, |queue, ids| {
        removed += queue.remove_unheld(ids.iter().copied(), Removal::Rerouted).len();
    });
    prop_assert_eq!(removed, seen.len());
    for id in seen {
        let at = naive.items.iter().position(|item| item.id == id).unwrap();
        naive.remove(at);
        naive.statistics.rerouted += 1;
    }
    Ok(())
}

/// A message with one of a few keys.
fn enqueue(
    queue: &mut Queue,
    naive: &mut Naive,
    stored: &mut Stored,
    push: &Operation,
    woken: &mut Woken,
) -> Result<(), TestCaseError> {
    let Operation::Push { body_bytes, ttl_ms, priority, key } = *push else { return Ok(()) };
    let expires = ttl_ms.map(|ttl_ms| naive.now_ms + ttl_ms);
    let message = stored.message(body_bytes, expires, priority);
    let given = (key > 0).then_some([b'a' + key]);
    let none: &[u8] = if naive.settings.groups.is_some() { b"qpid.no-group" } else { b"" };
    let expected = naive.push(Item {
        id: naive.next,
        bytes: message.size(),
        body_bytes: body_bytes as u64,
        priority,
        key: given.map_or(none.to_vec(), |key| key.to_vec()),
        holder: None,
        count: 0,
        expires_at_ms: expires.unwrap_or(u64::MAX),
        immediate_ms: None,
        age_due_ms: u64::MAX,
    });
    let key = given.as_ref().map(|key| key.as_slice());
    prop_assert_eq!(queue.push_keyed(Arc::clone(&message), key, naive.now_ms, woken), expected);
    if let PushOutcome::Enqueued(id) = expected {
        stored.keep(queue, id, message, woken);
    }
    Ok(())
}

/// Entries are taken over, go back, or go for good.
fn settle(
    queue: &mut Queue,
    naive: &mut Naive,
    stored: &Stored,
    operation: &Operation,
    woken: &mut Woken,
) -> Result<(), TestCaseError> {
    match *operation {
        Operation::Accept { pick } => {
            if let Some((at, id, holder)) = naive.held(pick) {
                prop_assert_eq!(queue.accept(holder, [id], woken), 1);
                naive.remove(at);
            }
        }
        Operation::Reject { pick } => {
            if let Some((at, id, holder)) = naive.held(pick) {
                prop_assert_eq!(queue.reject(holder, [id], woken).len(), 1);
                naive.remove(at);
                naive.statistics.rejected += 1;
            }
        }
        Operation::Release { pick, is_redelivered } => {
            if let Some((at, id, holder)) = naive.held(pick) {
                let worn_out = queue.release(holder, [id], is_redelivered, woken);
                let limit = naive.settings.delivery_limit;
                let item = &mut naive.items[at];
                item.count += u32::from(is_redelivered);
                let is_worn_out = limit.is_some_and(|limit| item.count > limit);
                prop_assert_eq!(worn_out.len(), usize::from(is_worn_out));
                if is_worn_out {
                    naive.remove(at);
                    naive.statistics.worn_out += 1;
                    naive.drop_head();
                    return Ok(());
                }
                item.holder = None;
                for taker in &mut naive.takers {
                    taker.decided.remove(&id.0);
                }
                naive.statistics.released += 1;
                naive.settle_groups();
                naive.drop_head();
            }
        }
        Operation::SettleTwice { pick } => {
            // By its number alone: not held, held by another, gone, or not there yet.
            let id = EntryId(pick as u64 % (naive.next + 2));
            let holder = naive.items.iter().find(|item| item.id == id.0).and_then(|i| i.holder);
            let stranger = naive.takers.iter().map(|t| t.id).find(|id| Some(*id) != holder);
            if let Some(stranger) = stranger {
                prop_assert_eq!(queue.accept(stranger, [id, id], woken), 0);
                prop_assert!(queue.reject(stranger, [id], woken).is_empty());
                prop_assert!(queue.release(stranger, [id], true, woken).is_empty());
                prop_assert!(woken.is_empty());
            }
        }
        Operation::Acquire { consumer, pick } => {
            acquire(queue, naive, stored, (consumer, pick), woken)?;
        }
        _ => {}
    }
    Ok(())
}

/// One takes an entry by its number.
fn acquire(
    queue: &mut Queue,
    naive: &mut Naive,
    stored: &Stored,
    (consumer, pick): (usize, usize),
    woken: &mut Woken,
) -> Result<(), TestCaseError> {
    if consumer >= naive.takers.len() || naive.items.is_empty() {
        return Ok(());
    }
    let at = pick % naive.items.len();
    let taker = naive.takers[consumer].id;
    let (mut got, id) = (Vec::new(), EntryId(naive.items[at].id));
    stored.each_here(queue, &[id], |queue, ids| {
        got.extend(queue.acquire(taker, ids.iter().copied(), woken));
    });
    prop_assert_eq!(got.len() == 1, naive.may_take(taker, &naive.items[at]));
    if !got.is_empty() {
        naive.hold(at, taker);
    }
    Ok(())
}

/// Consumers come, go, and have credit or not.
fn attend(
    queue: &mut Queue,
    naive: &mut Naive,
    operation: &Operation,
    woken: &mut Woken,
) -> Result<(), TestCaseError> {
    match *operation {
        Operation::Subscribe(spec) if naive.takers.len() < 6 => {
            let has_exclusive = naive.takers.iter().any(|taker| taker.spec.is_exclusive);
            let is_single = naive.settings.is_single_active;
            let is_refused =
                has_exclusive || spec.is_exclusive && (!naive.takers.is_empty() || is_single);
            let result = queue.subscribe(spec);
            prop_assert_eq!(result.is_err(), is_refused);
            if let Ok(id) = result {
                naive.takers.push(Taker {
                    id,
                    spec,
                    has_credit: false,
                    is_active: false,
                    cursor: 0,
                    decided: BTreeSet::new(),
                    shown: Vec::new(),
                });
                naive.came();
            }
        }
        Operation::Suspend { consumer } if consumer < naive.takers.len() => {
            let taker = &mut naive.takers[consumer];
            queue.suspend(taker.id, woken);
            (taker.has_credit, taker.is_active) = (false, false);
            naive.drop_head();
        }
        Operation::Resume { consumer } if consumer < naive.takers.len() => {
            let taker = &mut naive.takers[consumer];
            queue.resume(taker.id);
            taker.is_active |= !taker.has_credit;
            taker.has_credit = true;
        }
        Operation::Cancel { consumer } if consumer < naive.takers.len() => {
            queue.cancel(naive.takers.remove(consumer).id, woken);
            naive.went();
        }
        _ => {}
    }
    prop_assert_eq!(queue.consumer_count(), naive.takers.len());
    Ok(())
}

fn pull(
    queue: &mut Queue,
    naive: &mut Naive,
    stored: &Stored,
    consumer: usize,
    count_max: usize,
    bytes_max: u64,
) -> Result<(), TestCaseError> {
    let mut into = Vec::new();
    let id = naive.takers[consumer].id;
    let mut count = count_max;
    let state = loop {
        let state = queue.pull(id, count, bytes_max, naive.now_ms, &mut into);
        if !stored.bring(queue) {
            break state;
        }
        prop_assert_eq!(state, PullState::More);
        if !into.is_empty() {
            // It ended early, and pulls again.
            count = into.len();
            break state;
        }
    };
    prop_assert!(into.iter().all(|delivery| delivery.sequence == Some(delivery.id.0 + 1)));
    let got: Vec<_> = into.iter().map(|d| (d.id.0, d.delivery_count)).collect();
    prop_assert_eq!((got, state), naive.pull(consumer, count, bytes_max));
    naive.takers[consumer].is_active = state != PullState::Waiting;
    Ok(())
}

fn poll(queue: &mut Queue, naive: &mut Naive, stored: &Stored) -> Result<(), TestCaseError> {
    let poller = match naive.poller {
        Some(poller) => poller,
        None => *naive.poller.insert(queue.poller()),
    };
    let mut polled = queue.poll(poller, naive.now_ms);
    while stored.bring(queue) {
        polled = queue.poll(poller, naive.now_ms);
    }
    let found = match polled {
        Polled::Entry(delivery, left) => Some((delivery.id.0, delivery.delivery_count, left)),
        Polled::Empty => None,
        Polled::Again => return Err(TestCaseError::fail("so few expire at once")),
    };
    prop_assert_eq!(found, naive.poll(poller));
    Ok(())
}

/// The two steps of a consumer that chooses; other operations may come between them.
fn choose(
    queue: &mut Queue,
    naive: &mut Naive,
    stored: &Stored,
    operation: &Operation,
) -> Result<(), TestCaseError> {
    match *operation {
        Operation::Candidates { consumer, count } => {
            let mut into = Vec::new();
            let taker = &naive.takers[consumer];
            let mut count = count;
            loop {
                queue.candidates(taker.id, count, naive.now_ms, &mut into);
                if !stored.bring(queue) {
                    break;
                }
                if !into.is_empty() {
                    // It ended early.
                    count = into.len();
                    break;
                }
            }
            let shown: Vec<u64> = into.iter().map(|delivery| delivery.id.0).collect();
            let undecided = naive.undecided(taker);
            if naive.settings.groups.is_none() {
                let expected: Vec<u64> = undecided.into_iter().take(count).collect();
                prop_assert_eq!(&shown, &expected);
            } else if shown.len() < count {
                // Where a group was freed, others are shown again as well.
                prop_assert!(undecided.iter().all(|id| shown.contains(id)));
            }
            naive.takers[consumer].shown = shown;
        }
        Operation::Take { consumer, decided, matches, count, bytes_max } => {
            let shown = std::mem::take(&mut naive.takers[consumer].shown);
            let is_match = |index: usize| matches & (1 << index) != 0;
            let decided = shown.iter().take(decided).enumerate();
            let decided: Vec<(u64, bool)> = decided.map(|(at, id)| (*id, is_match(at))).collect();
            let mut into = Vec::new();
            let id = naive.takers[consumer].id;
            let ends_early =
                |(id, is_match): &&(u64, bool)| *is_match && queue.entries.is_away(EntryId(*id));
            let early = decided.iter().position(|one| ends_early(&one));
            let given = decided.iter().map(|(id, is_match)| (EntryId(*id), *is_match));
            let room = (count, bytes_max);
            let state = queue.take(id, given, room, naive.now_ms, &mut into);
            let got: Vec<u64> = into.iter().map(|delivery| delivery.id.0).collect();
            let (until_away, _) = decided.split_at(early.unwrap_or(decided.len()));
            let (expected, end) = take(naive, consumer, until_away, room);
            prop_assert_eq!(got, expected);
            let end = end.or(early.map(|_| PullState::More));
            stored.bring(queue);
            let has_more = !naive.undecided(&naive.takers[consumer]).is_empty();
            match end {
                Some(end) => prop_assert_eq!(state, end),
                None if has_more => prop_assert_eq!(state, PullState::More),
                None if naive.settings.groups.is_none() => {
                    prop_assert_eq!(state, PullState::Waiting);
                }
                None => {}
            }
            naive.takers[consumer].is_active = state != PullState::Waiting;
        }
        _ => {}
    }
    Ok(())
}

/// What is taken of what was decided, and how it ends where there was no room.
fn take(
    naive: &mut Naive,
    consumer: usize,
    decided: &[(u64, bool)],
    (count, mut bytes): (usize, u64),
) -> (Vec<u64>, Option<PullState>) {
    let mut taken = Vec::new();
    let count = naive.share().min(count);
    let taker = naive.takers[consumer].id;
    for (id, is_match) in decided {
        let open = naive.items.iter().position(|item| {
            item.id == *id && item.due_ms() > naive.now_ms && naive.may_take(taker, item)
        });
        if let Some(at) = open.filter(|_| *is_match) {
            if taken.len() == count {
                return (taken, Some(PullState::More));
            }
            if naive.items[at].bytes > bytes {
                return (taken, Some(PullState::TooLarge));
            }
            bytes -= naive.items[at].bytes;
            taken.push(*id);
            naive.hold(at, taker);
        }
        naive.takers[consumer].decided.insert(*id);
    }
    (taken, None)
}

proptest! {
    #[test]
    fn behaves_like_a_list_whatever_its_kind(
        settings in settings(),
        operations in prop::collection::vec(operation(), 0..200),
    ) {
        let mut queue = Queue::new(settings.clone());
        let mut naive = Naive::new(settings);
        for operation in operations {
            run(&mut queue, &mut naive, &mut Stored::default(), operation)?;
        }
        prop_assert_eq!(queue.drain(usize::MAX).len(), naive.items.len());
        prop_assert!(queue.is_empty() && queue.ready() == 0);
        let left = queue.statistics();
        prop_assert_eq!((left.acquired, left.depth_bytes, left.depth_messages), (0, 0, 0));
        prop_assert_eq!(queue.ready_bytes, 0);
        prop_assert!(queue.expiry.is_empty() && !queue.arrival.has_returned());
        match &queue.kind {
            Kind::Fifo => {}
            Kind::LastValue(values) => prop_assert!(values.is_empty()),
            Kind::Priority(levels) => prop_assert_eq!(levels.lowest(), None),
            Kind::Groups(groups) => prop_assert!(groups.is_empty()),
        }
    }

    /// What a store has as well leaves memory before any operation, and comes back when it is
    /// wanted.
    #[test]
    fn behaves_like_a_list_while_its_entries_leave_and_come_back(
        settings in long_settings(),
        preload in 0usize..130,
        operations in prop::collection::vec((operation_of_two(), any::<bool>()), 0..200),
    ) {
        let mut queue = Queue::new(settings.clone());
        let mut naive = Naive::new(settings);
        let mut stored = Stored::over(&mut queue);
        for body_bytes in 0..preload {
            let push = Operation::Push { body_bytes, ttl_ms: None, priority: 4, key: 0 };
            run(&mut queue, &mut naive, &mut stored, push)?;
        }
        for (operation, leaves) in operations {
            if leaves {
                stored.send_away(&mut queue);
            }
            run(&mut queue, &mut naive, &mut stored, operation)?;
        }
        prop_assert_eq!(stored.drain(&mut queue), naive.items.len());
        prop_assert!(queue.is_empty() && queue.ready() == 0);
        let left = queue.statistics();
        prop_assert_eq!((left.acquired, left.depth_bytes, left.depth_messages), (0, 0, 0));
        prop_assert_eq!(queue.resident_bytes(), 0);
        prop_assert_eq!(queue.keeping.paged_bytes, 0);
    }
}
