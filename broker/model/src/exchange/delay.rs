//! Messages that wait in an exchange until they are due, and are routed then.
//!
//! Invariants:
//! - what is due sooner leaves sooner; of what is due at the same time, what came sooner;
//! - what its owner stores is not due before the store has it;
//! - at most [`DELAYED_MAX`] messages wait in one exchange, but for what commits that found room at
//!   the same moment bring beyond; each costs its time's logarithm.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashMap;

use crate::limits::DELAYED_MAX;
use crate::message::Message;
use crate::queue::EntryId;

/// A message that waits, with the routing keys that it has beside its own.
#[derive(Clone, Debug)]
pub struct Delayed {
    /// The message.
    pub message: Arc<Message>,
    /// Its further routing keys.
    pub further_keys: Vec<String>,
    /// How long it waits in all, in milliseconds.
    pub delay_ms: u64,
}

/// Too many wait: this one does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{DELAYED_MAX} delayed messages wait, which is the limit")]
pub struct DelayFull;

/// The messages of one exchange that wait. Each has an id, which ascends and is never used again.
#[derive(Debug, Default)]
pub struct Delay {
    waiting: BTreeMap<(u64, EntryId), Delayed>,
    /// Those that the store does not have yet, and when they are due.
    storing: HashMap<EntryId, (u64, Delayed)>,
    next: u64,
}

impl Delay {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len() + self.storing.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many more may wait.
    pub fn room(&self) -> usize {
        DELAYED_MAX.saturating_sub(self.len())
    }

    /// Keeps a message until it is due. One that the owner stores waits for [`Delay::stored`] as
    /// well. Answers its id.
    ///
    /// # Errors
    /// Too many wait.
    pub fn hold(
        &mut self,
        delayed: Delayed,
        due_ms: u64,
        is_to_store: bool,
    ) -> Result<EntryId, DelayFull> {
        if self.room() == 0 {
            return Err(DelayFull);
        }
        Ok(self.hold_granted(delayed, due_ms, is_to_store))
    }

    /// The same for a message of a commit that found [`Delay::room`] before: it waits, whatever
    /// came meanwhile.
    pub fn hold_granted(&mut self, delayed: Delayed, due_ms: u64, is_to_store: bool) -> EntryId {
        let id = EntryId(self.next);
        self.next += 1;
        match is_to_store {
            true => drop(self.storing.insert(id, (due_ms, delayed))),
            false => drop(self.waiting.insert((due_ms, id), delayed)),
        }
        id
    }

    /// The store has a message: it is due when its time is there. False where it left meanwhile.
    pub fn stored(&mut self, id: EntryId) -> bool {
        let stored = self.storing.remove(&id);
        let is_there = stored.is_some();
        self.waiting.extend(stored.map(|(due_ms, delayed)| ((due_ms, id), delayed)));
        is_there
    }

    /// The store did not take a message: it leaves.
    pub fn not_stored(&mut self, id: EntryId) {
        self.storing.remove(&id);
    }

    /// Puts back one that was stored, or that was taken out in vain, under the id that it had.
    pub fn restore(&mut self, id: EntryId, delayed: Delayed, due_ms: u64) {
        self.number_from(EntryId(id.0.saturating_add(1)));
        self.waiting.insert((due_ms, id), delayed);
    }

    /// Ids of messages that come from now on are at least this one.
    pub fn number_from(&mut self, id: EntryId) {
        self.next = self.next.max(id.0);
    }

    /// When the next one is due.
    pub fn next_due_ms(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// Takes out what is due, at most `count`, in order.
    pub fn take_due(&mut self, now_ms: u64, count: usize) -> Vec<(EntryId, Delayed)> {
        let mut due = Vec::new();
        while due.len() < count && self.next_due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            due.extend(self.waiting.pop_first().map(|((_, id), delayed)| (id, delayed)));
        }
        due
    }

    /// Takes out everything, due or not.
    #[must_use]
    pub fn take_all(&mut self) -> Vec<Delayed> {
        let storing = std::mem::take(&mut self.storing).into_values().map(|(_, delayed)| delayed);
        std::mem::take(&mut self.waiting).into_values().chain(storing).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::tests::message;

    fn delayed(body: &[u8], delay_ms: u64) -> Delayed {
        Delayed { message: Arc::new(message(body)), further_keys: Vec::new(), delay_ms }
    }

    fn bodies<'d>(taken: impl IntoIterator<Item = &'d Delayed>) -> Vec<Vec<u8>> {
        let body = |one: &Delayed| one.message.body().iter().collect::<Vec<_>>().concat();
        taken.into_iter().map(body).collect()
    }

    fn due(taken: &[(EntryId, Delayed)]) -> Vec<Vec<u8>> {
        bodies(taken.iter().map(|(_, delayed)| delayed))
    }

    #[derive(Clone, Debug)]
    enum Operation {
        Hold {
            delay_ms: u64,
            is_to_store: bool,
        },
        /// The store answers of one of those that wait for it.
        Answer {
            of: usize,
            is_stored: bool,
        },
        Pass {
            ms: u64,
        },
        Take {
            count: usize,
        },
        TakeAll,
    }

    fn operation() -> impl Strategy<Value = Operation> {
        prop_oneof![
            6 => (prop_oneof![0u64..20, Just(u64::MAX)], any::<bool>())
                .prop_map(|(delay_ms, is_to_store)| Operation::Hold { delay_ms, is_to_store }),
            3 => (0usize..4, any::<bool>())
                .prop_map(|(of, is_stored)| Operation::Answer { of, is_stored }),
            3 => (0u64..15).prop_map(|ms| Operation::Pass { ms }),
            3 => (0usize..4).prop_map(|count| Operation::Take { count }),
            1 => Just(Operation::TakeAll),
        ]
    }

    proptest! {
        #[test]
        fn behaves_like_a_list_that_is_looked_through(
            operations in prop::collection::vec(operation(), 0..80),
        ) {
            let mut delay = Delay::default();
            // When it is due, and its body, in the order of coming.
            let mut naive: Vec<(u64, Vec<u8>)> = Vec::new();
            let mut storing: Vec<(EntryId, u64, Vec<u8>)> = Vec::new();
            let mut now_ms = 1_000_u64;
            for (number, operation) in operations.into_iter().enumerate() {
                match operation {
                    Operation::Hold { delay_ms, is_to_store } => {
                        let body = format!("{number:03}").into_bytes();
                        let due_ms = now_ms.saturating_add(delay_ms);
                        let one = delayed(&body, delay_ms);
                        let id = delay.hold(one, due_ms, is_to_store).unwrap();
                        match is_to_store {
                            true => storing.push((id, due_ms, body)),
                            false => naive.push((due_ms, body)),
                        }
                    }
                    Operation::Answer { of, is_stored } => {
                        if of < storing.len() {
                            let (id, due_ms, body) = storing.remove(of);
                            match is_stored {
                                true => {
                                    prop_assert!(delay.stored(id));
                                    naive.push((due_ms, body));
                                    naive.sort_by(|one, other| one.1.cmp(&other.1));
                                }
                                false => delay.not_stored(id),
                            }
                            prop_assert!(!delay.stored(id), "it waits for the store no more");
                        }
                    }
                    Operation::Pass { ms } => now_ms += ms,
                    Operation::Take { count } => {
                        let mut expected = Vec::new();
                        for _ in 0..count {
                            let due = naive.iter().enumerate().filter(|(_, one)| one.0 <= now_ms);
                            let Some((at, _)) = due.min_by_key(|(at, one)| (one.0, *at)) else {
                                break;
                            };
                            expected.push(naive.remove(at).1);
                        }
                        prop_assert_eq!(due(&delay.take_due(now_ms, count)), expected);
                    }
                    Operation::TakeAll => {
                        naive.sort_by_key(|one| one.0);
                        let expected: Vec<_> = naive.drain(..).map(|one| one.1).collect();
                        let mut taken = bodies(&delay.take_all());
                        taken.get_mut(expected.len()..).unwrap().sort();
                        let storing = storing.drain(..).map(|one| one.2);
                        let expected: Vec<_> = expected.into_iter().chain(storing).collect();
                        prop_assert_eq!(taken, expected);
                    }
                }
                prop_assert_eq!(delay.len(), naive.len() + storing.len());
                prop_assert_eq!(delay.next_due_ms(), naive.iter().map(|one| one.0).min());
            }
        }
    }

    #[test]
    fn one_more_than_may_wait_is_refused() {
        let mut delay = Delay::default();
        let one = delayed(b"", 5);
        for _ in 0..DELAYED_MAX {
            delay.hold(one.clone(), 5, false).unwrap();
        }
        assert_eq!(delay.hold(one.clone(), 5, true), Err(DelayFull));
        delay.hold_granted(one.clone(), 5, false);
        assert_eq!((delay.len(), delay.room()), (DELAYED_MAX + 1, 0));
        assert_eq!(delay.take_due(5, 2).len(), 2);
        assert!(delay.hold(one, 5, false).is_ok());
    }

    #[test]
    fn what_is_put_back_has_its_id_and_its_place() {
        let mut delay = Delay::default();
        delay.restore(EntryId(7), delayed(b"2", 1), 20);
        delay.restore(EntryId(3), delayed(b"1", 1), 20);
        delay.number_from(EntryId(5));
        assert_eq!(delay.hold(delayed(b"3", 1), 20, false), Ok(EntryId(8)));
        assert_eq!(due(&delay.take_due(20, 9)), [b"1", b"2", b"3"]);
    }
}
