//! Messages that wait in an exchange until they are due, and are routed then.
//!
//! Invariants:
//! - what is due sooner leaves sooner; of what is due at the same time, what came sooner;
//! - at most [`DELAYED_MAX`] messages wait in one exchange, but for what commits that found room at
//!   the same moment bring beyond; each costs its time's logarithm.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::limits::DELAYED_MAX;
use crate::message::Message;

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

/// The messages of one exchange that wait.
#[derive(Debug, Default)]
pub struct Delay {
    waiting: BTreeMap<(u64, u64), Delayed>,
    /// Messages that ever came.
    count: u64,
}

impl Delay {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many more may wait.
    pub fn room(&self) -> usize {
        DELAYED_MAX.saturating_sub(self.waiting.len())
    }

    /// Keeps a message that comes now until its delay is over.
    ///
    /// # Errors
    /// Too many wait.
    pub fn hold(&mut self, delayed: Delayed, now_ms: u64) -> Result<(), DelayFull> {
        if self.room() == 0 {
            return Err(DelayFull);
        }
        self.hold_granted(delayed, now_ms);
        Ok(())
    }

    /// The same for a message of a commit that found [`Delay::room`] before: it waits, whatever
    /// came meanwhile.
    pub fn hold_granted(&mut self, delayed: Delayed, now_ms: u64) {
        let due_ms = now_ms.saturating_add(delayed.delay_ms);
        self.waiting.insert((due_ms, self.count), delayed);
        self.count += 1;
    }

    /// When the next one is due.
    pub fn next_due_ms(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// Takes out what is due, at most `count`, in order.
    pub fn take_due(&mut self, now_ms: u64, count: usize) -> Vec<Delayed> {
        let mut due = Vec::new();
        while due.len() < count && self.next_due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            due.extend(self.waiting.pop_first().map(|(_, delayed)| delayed));
        }
        due
    }

    /// Takes out everything, due or not.
    #[must_use]
    pub fn take_all(&mut self) -> Vec<Delayed> {
        std::mem::take(&mut self.waiting).into_values().collect()
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

    fn bodies(taken: &[Delayed]) -> Vec<Vec<u8>> {
        let body = |one: &Delayed| one.message.body().iter().collect::<Vec<_>>().concat();
        taken.iter().map(body).collect()
    }

    #[derive(Clone, Debug)]
    enum Operation {
        Hold { delay_ms: u64 },
        Pass { ms: u64 },
        Take { count: usize },
        TakeAll,
    }

    fn operation() -> impl Strategy<Value = Operation> {
        prop_oneof![
            6 => prop_oneof![0u64..20, Just(u64::MAX)]
                .prop_map(|delay_ms| Operation::Hold { delay_ms }),
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
            let mut now_ms = 1_000;
            for (number, operation) in operations.into_iter().enumerate() {
                match operation {
                    Operation::Hold { delay_ms } => {
                        let body = number.to_string().into_bytes();
                        delay.hold(delayed(&body, delay_ms), now_ms).unwrap();
                        naive.push((now_ms.saturating_add(delay_ms), body));
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
                        prop_assert_eq!(bodies(&delay.take_due(now_ms, count)), expected);
                    }
                    Operation::TakeAll => {
                        naive.sort_by_key(|one| one.0);
                        let expected: Vec<_> = naive.drain(..).map(|one| one.1).collect();
                        prop_assert_eq!(bodies(&delay.take_all()), expected);
                    }
                }
                prop_assert_eq!(delay.len(), naive.len());
                prop_assert_eq!(delay.next_due_ms(), naive.iter().map(|one| one.0).min());
            }
        }
    }

    #[test]
    fn one_more_than_may_wait_is_refused() {
        let mut delay = Delay::default();
        let one = delayed(b"", 5);
        for _ in 0..DELAYED_MAX {
            delay.hold(one.clone(), 0).unwrap();
        }
        assert_eq!(delay.hold(one.clone(), 0), Err(DelayFull));
        delay.hold_granted(one.clone(), 0);
        assert_eq!((delay.len(), delay.room()), (DELAYED_MAX + 1, 0));
        assert_eq!(delay.take_due(5, 2).len(), 2);
        assert_eq!(delay.hold(one, 0), Ok(()));
    }
}
