//! Random operations on a queue, held against a list that does everything the slow way.
//!
//! Checked after each step: what is handed out and in which order, places of released entries,
//! cursors, fair shares, limits, counters, and that nobody sleeps while there is something to take.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::message::tests::expiring;

#[derive(Clone, Debug)]
enum Operation {
    Push { body_bytes: usize, ttl_ms: Option<u64> },
    Pull { consumer: usize, count: usize, bytes_max: u64 },
    Accept { pick: usize },
    Release { pick: usize, is_redelivered: bool },
    Reject { pick: usize },
    SettleTwice { pick: usize },
    Acquire { consumer: usize, pick: usize },
    Suspend { consumer: usize },
    Resume { consumer: usize },
    Cancel { consumer: usize },
    Subscribe { acquires: bool, is_exclusive: bool },
    Purge { count: usize },
    Expire { count: usize },
    Tick { ms: u64 },
}

fn operation() -> impl Strategy<Value = Operation> {
    let consumer = 0usize..6;
    let bytes_max = prop_oneof![3 => Just(u64::MAX), 1 => 0u64..60];
    prop_oneof![
        6 => (0usize..20, prop::option::weighted(0.2, 0u64..50))
            .prop_map(|(body_bytes, ttl_ms)| Operation::Push { body_bytes, ttl_ms }),
        6 => (consumer.clone(), 0usize..8, bytes_max).prop_map(|(consumer, count, bytes_max)| {
            Operation::Pull { consumer, count, bytes_max }
        }),
        3 => any::<usize>().prop_map(|pick| Operation::Accept { pick }),
        3 => (any::<usize>(), any::<bool>())
            .prop_map(|(pick, is_redelivered)| Operation::Release { pick, is_redelivered }),
        1 => any::<usize>().prop_map(|pick| Operation::Reject { pick }),
        1 => any::<usize>().prop_map(|pick| Operation::SettleTwice { pick }),
        1 => (consumer.clone(), any::<usize>())
            .prop_map(|(consumer, pick)| Operation::Acquire { consumer, pick }),
        1 => consumer.clone().prop_map(|consumer| Operation::Suspend { consumer }),
        2 => consumer.clone().prop_map(|consumer| Operation::Resume { consumer }),
        1 => consumer.prop_map(|consumer| Operation::Cancel { consumer }),
        2 => (any::<bool>(), prop::bool::weighted(0.1)).prop_map(|(acquires, is_exclusive)| {
            Operation::Subscribe { acquires, is_exclusive }
        }),
        1 => (0usize..4).prop_map(|count| Operation::Purge { count }),
        1 => (0usize..4).prop_map(|count| Operation::Expire { count }),
        1 => (1u64..20).prop_map(|ms| Operation::Tick { ms }),
    ]
}

fn settings() -> impl Strategy<Value = QueueSettings> {
    let limit = || prop::option::weighted(0.4, 1u64..12);
    (limit(), limit(), any::<bool>()).prop_map(|(count_max, size_max, is_ring)| {
        let mut settings = QueueSettings::new("q");
        settings.count_max = count_max;
        settings.bytes_max = size_max.map(|size| size * 12);
        settings.policy = if is_ring { OverflowPolicy::Ring } else { OverflowPolicy::Reject };
        settings
    })
}

#[derive(Clone, Debug)]
struct Item {
    id: u64,
    bytes: u64,
    holder: Option<ConsumerId>,
    count: u32,
    expires_at_ms: u64,
}

#[derive(Debug)]
struct Taker {
    id: ConsumerId,
    acquires: bool,
    is_exclusive: bool,
    has_credit: bool,
    /// Told to pull and not told since that there is nothing.
    is_active: bool,
    cursor: u64,
}

#[derive(Debug)]
struct Naive {
    settings: QueueSettings,
    items: Vec<Item>,
    takers: Vec<Taker>,
    next: u64,
    now_ms: u64,
    dead_letters: usize,
    statistics: Statistics,
}

impl Naive {
    fn new(settings: QueueSettings) -> Self {
        Self {
            settings,
            items: Vec::new(),
            takers: Vec::new(),
            next: 0,
            now_ms: 0,
            dead_letters: 0,
            statistics: Statistics::default(),
        }
    }

    fn ready(&self) -> usize {
        self.items.iter().filter(|item| item.holder.is_none()).count()
    }

    fn wanting(&self) -> usize {
        self.takers.iter().filter(|taker| taker.acquires && taker.has_credit).count()
    }

    fn bytes(&self) -> u64 {
        self.items.iter().map(|item| item.bytes).sum()
    }

    fn first_ready(&self) -> Option<usize> {
        self.items.iter().position(|item| item.holder.is_none())
    }

    fn remove(&mut self, at: usize) -> Item {
        let item = self.items.remove(at);
        self.statistics.dequeued += 1;
        self.statistics.dequeued_bytes += item.bytes;
        item
    }

    fn expire(&mut self, at: usize) {
        self.remove(at);
        self.statistics.expired += 1;
        self.dead_letters += 1;
    }

    fn push(&mut self, bytes: u64, expires_at_ms: u64) -> PushOutcome {
        if expires_at_ms <= self.now_ms {
            self.statistics.expired += 1;
            self.dead_letters += 1;
            return PushOutcome::Expired;
        }
        loop {
            let count_max = self.settings.count_max.filter(|max| self.items.len() as u64 >= *max);
            let bytes_max = self.settings.bytes_max.filter(|max| self.bytes() + bytes > *max);
            let limit = match (count_max, bytes_max) {
                (None, None) => break,
                (Some(max), _) => Limit::Count(max),
                (_, Some(max)) => Limit::Bytes(max),
            };
            let is_hopeless = matches!(limit, Limit::Bytes(max) if bytes > max);
            let oldest = self
                .first_ready()
                .or((!self.items.is_empty()).then_some(0))
                .filter(|_| self.settings.policy == OverflowPolicy::Ring && !is_hopeless);
            let Some(oldest) = oldest else {
                self.statistics.rejected_full += 1;
                return PushOutcome::Full(limit);
            };
            self.remove(oldest);
            self.statistics.ring_dropped += 1;
        }
        let id = self.next;
        self.items.push(Item { id, bytes, holder: None, count: 0, expires_at_ms });
        self.next += 1;
        self.statistics.enqueued += 1;
        self.statistics.enqueued_bytes += bytes;
        PushOutcome::Enqueued(EntryId(id))
    }

    /// What a pull must hand out, and how it must end; changes the list accordingly.
    fn pull(&mut self, at: usize, count: usize, bytes: u64) -> (Vec<(u64, u32)>, PullState) {
        let share = self.ready().div_ceil(self.wanting().max(1)).max(1);
        match self.takers[at].acquires {
            true => self.take(at, share.min(count), bytes),
            false => self.browse(at, count, bytes),
        }
    }

    fn take(&mut self, taker: usize, count: usize, bytes: u64) -> (Vec<(u64, u32)>, PullState) {
        let (mut out, mut used) = (Vec::new(), 0);
        while let Some(at) = self.first_ready() {
            let item = &mut self.items[at];
            if item.expires_at_ms <= self.now_ms {
                self.expire(at);
            } else if out.len() == count {
                return (out, PullState::More);
            } else if used + item.bytes > bytes {
                return (out, PullState::TooLarge);
            } else {
                used += item.bytes;
                item.holder = Some(self.takers[taker].id);
                self.statistics.acquires += 1;
                out.push((item.id, item.count));
            }
        }
        (out, PullState::Waiting)
    }

    fn browse(&mut self, taker: usize, count: usize, bytes: u64) -> (Vec<(u64, u32)>, PullState) {
        let (mut out, mut used) = (Vec::new(), 0);
        let browser = &mut self.takers[taker];
        let from = browser.cursor;
        for item in self.items.iter().filter(|item| item.id >= from) {
            // What is held when the cursor passes it is not shown later.
            if item.holder.is_none() && item.expires_at_ms > self.now_ms {
                if out.len() == count {
                    return (out, PullState::More);
                }
                if used + item.bytes > bytes {
                    return (out, PullState::TooLarge);
                }
                used += item.bytes;
                out.push((item.id, item.count));
            }
            browser.cursor = item.id + 1;
        }
        (out, PullState::Waiting)
    }

    fn held(&self, pick: usize) -> Option<(usize, EntryId, ConsumerId)> {
        let held: Vec<_> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(at, item)| Some((at, EntryId(item.id), item.holder?)))
            .collect();
        (!held.is_empty()).then(|| held[pick % held.len()])
    }

    fn next_expiry_ms(&self) -> Option<u64> {
        let ready = self.items.iter().filter(|item| item.holder.is_none());
        ready.map(|item| item.expires_at_ms).filter(|at_ms| *at_ms != u64::MAX).min()
    }

    fn statistics(&self) -> Statistics {
        Statistics {
            depth_messages: self.items.len() as u64,
            depth_bytes: self.bytes(),
            acquired: (self.items.len() - self.ready()) as u64,
            consumers: self.takers.len() as u64,
            ..self.statistics
        }
    }
}

fn check(queue: &mut Queue, naive: &mut Naive) -> Result<(), TestCaseError> {
    let mut counted = queue.statistics();
    prop_assert!(counted.acquired_marks.high >= counted.acquired);
    prop_assert!(counted.consumers_marks.high >= counted.consumers);
    (counted.acquired_marks, counted.consumers_marks) = Default::default();
    prop_assert_eq!(counted, naive.statistics());
    prop_assert_eq!(queue.ready(), naive.ready());
    prop_assert_eq!(queue.wanting, naive.wanting());
    prop_assert_eq!(queue.take_expired().len(), std::mem::take(&mut naive.dead_letters));
    prop_assert_eq!(queue.next_expiry_ms(), naive.next_expiry_ms());
    let statistics = queue.statistics();
    prop_assert_eq!(statistics.enqueued - statistics.dequeued, statistics.depth_messages);
    if let Some(max) = naive.settings.count_max {
        prop_assert!(statistics.depth_messages <= max);
    }
    if let Some(max) = naive.settings.bytes_max {
        prop_assert!(statistics.depth_bytes <= max);
    }
    // Nobody sleeps while there is something for them.
    let awake = naive.takers.iter().any(|t| t.acquires && t.has_credit && t.is_active);
    let asleep = naive.takers.iter().any(|t| t.acquires && t.has_credit && !t.is_active);
    prop_assert!(naive.ready() == 0 || awake || !asleep);
    for browser in naive.takers.iter().filter(|t| !t.acquires && t.has_credit && !t.is_active) {
        let unseen = |item: &&Item| item.id >= browser.cursor && item.holder.is_none();
        prop_assert!(!naive.items.iter().any(|item| unseen(&item)), "a browser sleeps");
    }
    Ok(())
}

fn run(queue: &mut Queue, naive: &mut Naive, operation: Operation) -> Result<(), TestCaseError> {
    let mut woken = Woken::new();
    match operation {
        Operation::Push { body_bytes, ttl_ms } => {
            let expires = ttl_ms.map(|ttl_ms| naive.now_ms + ttl_ms);
            let message = Arc::new(expiring(&vec![0; body_bytes], expires));
            let expected = naive.push(message.size(), expires.unwrap_or(u64::MAX));
            prop_assert_eq!(queue.push(message, naive.now_ms, &mut woken), expected);
        }
        Operation::Pull { consumer, count, bytes_max } => {
            if consumer < naive.takers.len() && naive.takers[consumer].has_credit {
                pull(queue, naive, consumer, count, bytes_max)?;
            }
        }
        Operation::Purge { count } => {
            let purged = queue.purge(count).len();
            prop_assert_eq!(purged, count.min(naive.ready()));
            for _ in 0..purged {
                let at = naive.first_ready().unwrap();
                naive.remove(at);
            }
            naive.statistics.purged += purged as u64;
        }
        Operation::Expire { count } => {
            queue.expire(naive.now_ms, count);
            for _ in 0..count {
                let due = naive.items.iter().enumerate().filter(|(_, item)| {
                    item.holder.is_none() && item.expires_at_ms <= naive.now_ms
                });
                if let Some((at, _)) = due.min_by_key(|(_, item)| (item.expires_at_ms, item.id)) {
                    naive.expire(at);
                }
            }
        }
        Operation::Tick { ms } => naive.now_ms += ms,
        settling @ (Operation::Accept { .. }
        | Operation::Release { .. }
        | Operation::Reject { .. }
        | Operation::SettleTwice { .. }
        | Operation::Acquire { .. }) => settle(queue, naive, &settling, &mut woken)?,
        other => attend(queue, naive, &other, &mut woken)?,
    }
    for id in woken {
        let taker = naive.takers.iter_mut().find(|taker| taker.id == id).unwrap();
        prop_assert!(taker.has_credit && !taker.is_active, "woken without need");
        taker.is_active = true;
    }
    check(queue, naive)
}

/// Entries are taken over, go back, or go for good.
fn settle(
    queue: &mut Queue,
    naive: &mut Naive,
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
                queue.release(holder, [id], is_redelivered, woken);
                let item = &mut naive.items[at];
                item.holder = None;
                item.count += u32::from(is_redelivered);
                naive.statistics.released += 1;
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
                queue.release(stranger, [id], true, woken);
                prop_assert!(woken.is_empty());
            }
        }
        Operation::Acquire { consumer, pick }
            if consumer < naive.takers.len() && !naive.items.is_empty() =>
        {
            let at = pick % naive.items.len();
            let taker = naive.takers[consumer].id;
            let got = queue.acquire(taker, [EntryId(naive.items[at].id)]);
            prop_assert_eq!(got.len() == 1, naive.items[at].holder.is_none());
            naive.statistics.acquires += got.len() as u64;
            naive.items[at].holder.get_or_insert(taker);
        }
        _ => {}
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
        Operation::Subscribe { acquires, is_exclusive } if naive.takers.len() < 6 => {
            let has_exclusive = naive.takers.iter().any(|taker| taker.is_exclusive);
            let is_refused = has_exclusive || is_exclusive && !naive.takers.is_empty();
            let result =
                queue.subscribe(ConsumerSpec { acquires, is_exclusive, is_filtered: false });
            prop_assert_eq!(result.is_err(), is_refused);
            if let Ok(id) = result {
                let (has_credit, is_active, cursor) = (false, false, 0);
                let taker = Taker { id, acquires, is_exclusive, has_credit, is_active, cursor };
                naive.takers.push(taker);
            }
        }
        Operation::Suspend { consumer } if consumer < naive.takers.len() => {
            let taker = &mut naive.takers[consumer];
            queue.suspend(taker.id, woken);
            (taker.has_credit, taker.is_active) = (false, false);
        }
        Operation::Resume { consumer } if consumer < naive.takers.len() => {
            let taker = &mut naive.takers[consumer];
            queue.resume(taker.id);
            taker.is_active |= !taker.has_credit;
            taker.has_credit = true;
        }
        Operation::Cancel { consumer } if consumer < naive.takers.len() => {
            queue.cancel(naive.takers.remove(consumer).id, woken);
        }
        _ => {}
    }
    prop_assert_eq!(queue.consumer_count(), naive.takers.len());
    Ok(())
}

fn pull(
    queue: &mut Queue,
    naive: &mut Naive,
    consumer: usize,
    count: usize,
    bytes_max: u64,
) -> Result<(), TestCaseError> {
    let mut into = Vec::new();
    let id = naive.takers[consumer].id;
    let state = queue.pull(id, count, bytes_max, naive.now_ms, &mut into);
    let got: Vec<_> = into.iter().map(|d| (d.id.0, d.delivery_count)).collect();
    prop_assert_eq!((got, state), naive.pull(consumer, count, bytes_max));
    naive.takers[consumer].is_active = state != PullState::Waiting;
    Ok(())
}

proptest! {
    #[test]
    fn behaves_like_a_list(
        settings in settings(),
        operations in prop::collection::vec(operation(), 0..200),
    ) {
        let mut queue = Queue::new(settings.clone());
        let mut naive = Naive::new(settings);
        for operation in operations {
            run(&mut queue, &mut naive, operation)?;
        }
        prop_assert_eq!(queue.drain(usize::MAX).len(), naive.items.len());
        prop_assert!(queue.is_empty() && queue.ready() == 0);
        let left = queue.statistics();
        prop_assert_eq!((left.acquired, left.depth_bytes, left.depth_messages), (0, 0, 0));
        prop_assert!(queue.schedule.is_empty() && !queue.arrival.has_returned());
    }
}
