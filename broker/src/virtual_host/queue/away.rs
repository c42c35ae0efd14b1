//! Entries that are in the store alone are read where somebody comes to them: with those behind
//! them, so that who takes one after the other seldom waits.
//!
//! Invariants:
//! - the store is read under no lock; who comes to the same queue meanwhile waits for the end of
//!   that read and looks again, so that nothing is read twice for many at once;
//! - whoever goes on after a read finds what he wanted, unless it left the queue or memory again.

use parking_lot::{Condvar, Mutex};
use philter_model::queue::{EntryId, Wanted, Woken};
use tracing::error;

use crate::long_work::off_turn;
use crate::store::Leaves;
use crate::virtual_host::Queue;
use crate::virtual_host::queue::State;

/// One at a time has a turn.
#[derive(Default)]
pub(super) struct Turns {
    is_taken: Mutex<bool>,
    free: Condvar,
}

/// A turn, until it is dropped.
struct Turn<'t> {
    turns: &'t Turns,
}

impl Turns {
    /// Takes the turn; none where another one had it, and has ended it by now.
    fn take(&self) -> Option<Turn<'_>> {
        let mut is_taken = self.is_taken.lock();
        if *is_taken {
            self.free.wait_while(&mut is_taken, |is_taken| *is_taken);
            return None;
        }
        *is_taken = true;
        Some(Turn { turns: self })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.turns.is_taken.lock() = false;
        self.turns.free.notify_all();
    }
}

impl Queue {
    /// Reads what is wanted; false where the store can't. Never under a lock.
    pub(super) fn bring_in(&self, wanted: &Wanted) -> bool {
        off_turn(|| match self.reading.take() {
            Some(_turn) => self.read(wanted),
            None => true,
        })
    }

    /// Headers and bodies of it that are in memory, in bytes.
    #[cfg(test)]
    pub(in crate::virtual_host) fn resident_bytes(&self) -> u64 {
        self.state.lock().entries.resident_bytes()
    }

    fn read(&self, wanted: &Wanted) -> bool {
        let Some(kept) = &self.kept else { return false };
        let ids = wanted.ids.clone();
        let Some(read) = kept.ledger().entries(kept.number(), ids) else { return false };
        let messages = read.into_iter().map(|stored| (stored.id, stored.message)).collect();
        let lost = self.change(|state, _| {
            let lost = state.entries.bring_in(wanted, messages);
            let is_too_much = kept.ledger().pages(state.entries.resident_bytes());
            state.entries.settle_brought(is_too_much);
            lost
        });
        if lost > 0 {
            error!("queue '{}': the store has lost {lost} of its messages", self.name());
        }
        true
    }

    /// Does something to entries in their order, each time to some of them, those that are away
    /// read in before. What can't be read is left out.
    pub(super) fn change_each(
        &self,
        ids: &[EntryId],
        leaves: Leaves,
        mut change: impl FnMut(&mut State, &mut Woken, &[EntryId]),
    ) {
        let mut rest = ids;
        loop {
            let (later, wanted) = self.change_with(leaves, |state, woken| {
                let here = state.entries.count_here(rest);
                let (now, later) = rest.split_at_checked(here).unwrap_or((rest, &[]));
                change(state, woken, now);
                (later, state.entries.take_wanted())
            });
            rest = later;
            match wanted {
                Some(wanted) if self.bring_in(&wanted) => {}
                _ => return,
            }
        }
    }
}
