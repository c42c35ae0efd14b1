//! Random operations on a queue, held against a list that does everything the slow way.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::message::tests::expiring;

#[derive(Clone, Debug)]
enum Operation {
    Push { ttl: Option<u64> },
    Pull { consumer: usize, count: usize },
    Accept { pick: usize },
    Release { pick: usize, is_redelivered: bool },
    Reject { pick: usize },
    Acquire { consumer: usize, pick: usize },
    Suspend { consumer: usize },
    Resume { consumer: usize },
    Cancel { consumer: usize },
    Subscribe { acquires: bool },
    Purge { count: usize },
    Expire,
    Tick { ms: u64 },
}

fn operation() -> impl Strategy<Value = Operation> {
    let consumer = 0usize..6;
    prop_oneof![
        6 => prop::option::weighted(0.2, 1u64..50).prop_map(|ttl| Operation::Push { ttl }),
        6 => (consumer.clone(), 0usize..8)
            .prop_map(|(consumer, count)| Operation::Pull { consumer, count }),
        3 => any::<usize>().prop_map(|pick| Operation::Accept { pick }),
        3 => (any::<usize>(), any::<bool>())
            .prop_map(|(pick, is_redelivered)| Operation::Release { pick, is_redelivered }),
        1 => any::<usize>().prop_map(|pick| Operation::Reject { pick }),
        1 => (consumer.clone(), any::<usize>())
            .prop_map(|(consumer, pick)| Operation::Acquire { consumer, pick }),
        1 => consumer.clone().prop_map(|consumer| Operation::Suspend { consumer }),
        2 => consumer.clone().prop_map(|consumer| Operation::Resume { consumer }),
        1 => consumer.prop_map(|consumer| Operation::Cancel { consumer }),
        2 => any::<bool>().prop_map(|acquires| Operation::Subscribe { acquires }),
        1 => (0usize..4).prop_map(|count| Operation::Purge { count }),
        1 => Just(Operation::Expire),
        1 => (1u64..20).prop_map(|ms| Operation::Tick { ms }),
    ]
}

#[derive(Clone, Debug)]
struct Item {
    id: u64,
    holder: Option<ConsumerId>,
    count: u32,
    expires_at: u64,
}

#[derive(Debug)]
struct Taker {
    id: ConsumerId,
    acquires: bool,
    has_credit: bool,
    /// Told to pull and not told since that there is nothing.
    is_active: bool,
    cursor: u64,
}

#[derive(Debug, Default)]
struct Naive {
    items: Vec<Item>,
    takers: Vec<Taker>,
    next: u64,
    now: u64,
}

impl Naive {
    fn ready(&self) -> usize {
        self.items.iter().filter(|item| item.holder.is_none()).count()
    }

    fn wanting(&self) -> usize {
        self.takers.iter().filter(|taker| taker.acquires && taker.has_credit).count()
    }

    /// What a pull must hand out; changes the list accordingly.
    fn pull(&mut self, index: usize, count: usize) -> Vec<(u64, u32)> {
        let share = self.ready().div_ceil(self.wanting().max(1)).max(1);
        let (id, acquires, cursor) = {
            let taker = &self.takers[index];
            (taker.id, taker.acquires, taker.cursor)
        };
        let mut out = Vec::new();
        if acquires {
            while let Some(at) = self.items.iter().position(|item| item.holder.is_none()) {
                if self.items[at].expires_at <= self.now {
                    self.items.remove(at);
                    continue;
                }
                if out.len() == share.min(count) {
                    break;
                }
                self.items[at].holder = Some(id);
                out.push((self.items[at].id, self.items[at].count));
            }
        } else {
            // What is held when the cursor passes it is not shown later.
            let mut cursor = cursor;
            let from = cursor;
            for item in self.items.iter().filter(|item| item.id >= from) {
                if item.holder.is_none() && item.expires_at > self.now {
                    if out.len() == count {
                        break;
                    }
                    out.push((item.id, item.count));
                }
                cursor = item.id + 1;
            }
            self.takers[index].cursor = cursor;
        }
        out
    }

    fn held(&self, pick: usize) -> Option<(u64, ConsumerId)> {
        let held: Vec<_> =
            self.items.iter().filter_map(|item| Some((item.id, item.holder?))).collect();
        (!held.is_empty()).then(|| held[pick % held.len()])
    }
}

fn check(queue: &Queue, naive: &Naive) -> Result<(), TestCaseError> {
    prop_assert_eq!(queue.len(), naive.items.len());
    prop_assert_eq!(queue.ready(), naive.ready());
    prop_assert_eq!(queue.wanting, naive.wanting());
    let held = naive.items.len() - naive.ready();
    prop_assert_eq!(queue.statistics().acquired, held as u64);
    // Nobody sleeps while there is something for them.
    let awake = naive.takers.iter().any(|t| t.acquires && t.has_credit && t.is_active);
    let asleep = naive.takers.iter().any(|t| t.acquires && t.has_credit && !t.is_active);
    prop_assert!(naive.ready() == 0 || awake || !asleep);
    Ok(())
}

fn run(queue: &mut Queue, naive: &mut Naive, operation: Operation) -> Result<(), TestCaseError> {
    let mut woken = Woken::new();
    match operation {
        Operation::Push { ttl } => {
            let expires = ttl.map(|ttl| naive.now + ttl);
            let outcome = queue.push(Arc::new(expiring(b"x", expires)), naive.now, &mut woken);
            prop_assert_eq!(outcome, PushOutcome::Enqueued(EntryId(naive.next)));
            let expires_at = expires.unwrap_or(u64::MAX);
            naive.items.push(Item { id: naive.next, holder: None, count: 0, expires_at });
            naive.next += 1;
        }
        Operation::Pull { consumer, count } => {
            if consumer < naive.takers.len() && naive.takers[consumer].has_credit {
                pull(queue, naive, consumer, count)?;
            }
        }
        Operation::Accept { pick } => {
            if let Some((id, holder)) = naive.held(pick) {
                prop_assert_eq!(queue.accept(holder, [EntryId(id)]), 1);
                naive.items.retain(|item| item.id != id);
            }
        }
        Operation::Reject { pick } => {
            if let Some((id, holder)) = naive.held(pick) {
                prop_assert_eq!(queue.reject(holder, [EntryId(id)]).len(), 1);
                naive.items.retain(|item| item.id != id);
            }
        }
        Operation::Release { pick, is_redelivered } => {
            if let Some((id, holder)) = naive.held(pick) {
                queue.release(holder, [EntryId(id)], is_redelivered, &mut woken);
                let item = naive.items.iter_mut().find(|item| item.id == id).unwrap();
                item.holder = None;
                item.count += u32::from(is_redelivered);
            }
        }
        Operation::Acquire { consumer, pick } => {
            if consumer < naive.takers.len() && !naive.items.is_empty() {
                let at = pick % naive.items.len();
                let taker = naive.takers[consumer].id;
                let got = queue.acquire(taker, [EntryId(naive.items[at].id)]);
                prop_assert_eq!(got.len() == 1, naive.items[at].holder.is_none());
                naive.items[at].holder.get_or_insert(taker);
            }
        }
        Operation::Purge { count } => {
            let purged = queue.purge(count).len();
            prop_assert_eq!(purged, count.min(naive.ready()));
            for _ in 0..purged {
                let at = naive.items.iter().position(|item| item.holder.is_none()).unwrap();
                naive.items.remove(at);
            }
        }
        Operation::Expire => {
            queue.expire(naive.now, usize::MAX);
            let now = naive.now;
            naive.items.retain(|item| item.holder.is_some() || item.expires_at > now);
        }
        Operation::Tick { ms } => naive.now += ms,
        other => attend(queue, naive, &other, &mut woken),
    }
    for id in woken {
        let taker = naive.takers.iter_mut().find(|taker| taker.id == id).unwrap();
        prop_assert!(taker.has_credit && !taker.is_active, "woken without need");
        taker.is_active = true;
    }
    check(queue, naive)
}

/// Consumers come, go, and have credit or not.
fn attend(queue: &mut Queue, naive: &mut Naive, operation: &Operation, woken: &mut Woken) {
    match *operation {
        Operation::Subscribe { acquires } if naive.takers.len() < 6 => {
            let spec = ConsumerSpec { acquires, is_exclusive: false };
            let id = queue.subscribe(spec).unwrap();
            let (has_credit, is_active) = (false, false);
            naive.takers.push(Taker { id, acquires, has_credit, is_active, cursor: 0 });
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
}

fn pull(
    queue: &mut Queue,
    naive: &mut Naive,
    consumer: usize,
    count: usize,
) -> Result<(), TestCaseError> {
    let mut into = Vec::new();
    let state = queue.pull(naive.takers[consumer].id, count, u64::MAX, naive.now, &mut into);
    let expected = naive.pull(consumer, count);
    let got: Vec<_> = into.iter().map(|d| (d.id.0, d.delivery_count)).collect();
    prop_assert_eq!(&got, &expected);
    let taker = &mut naive.takers[consumer];
    taker.is_active = state != PullState::Waiting;
    if state == PullState::Waiting {
        prop_assert!(!taker.acquires || naive.ready() == 0, "waits while there is something");
    }
    Ok(())
}

proptest! {
    #[test]
    fn behaves_like_a_list(operations in prop::collection::vec(operation(), 0..200)) {
        let mut queue = Queue::new(QueueSettings::new("q"));
        let mut naive = Naive::default();
        for operation in operations {
            run(&mut queue, &mut naive, operation)?;
        }
    }
}
