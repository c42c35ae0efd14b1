//! Entries that management takes out of a queue: all that nobody holds, or those that it chooses,
//! in bounded steps.
//!
//! Invariant: a message is chosen without the lock, and taken if it is still there and free.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{EntryId, Peek, Removal};

use crate::store::Leaves;
use crate::virtual_host::Queue;
use crate::virtual_host::limits::STEP_ENTRIES;

/// A walk through a queue's entries.
pub(in crate::virtual_host) struct Selection<'q> {
    queue: &'q Queue,
    why: Removal,
    from: Option<EntryId>,
    /// How many more are wanted.
    left: usize,
    /// Entries that were there at the call: what comes later is not chosen, or it would never end.
    to_see: usize,
}

impl Queue {
    /// Takes out entries that nobody holds and that are there now, at most `count`, in steps.
    pub(in crate::virtual_host) fn select(&self, count: usize, why: Removal) -> Selection<'_> {
        let to_see = self.state.lock().entries.ready();
        Selection { queue: self, why, from: Some(EntryId::FIRST), left: count, to_see }
    }
}

impl Selection<'_> {
    /// Drops what comes next unread, where it is away and all of it is chosen; how much that was.
    pub(in crate::virtual_host) fn purge_away(&mut self) -> usize {
        let (Some(from), at_most) = (self.from, self.left.min(self.to_see)) else { return 0 };
        let purged = self.queue.finish(|state, woken| {
            let mut purged = 0;
            while purged < STEP_ENTRIES {
                match state.entries.purge_away(from, at_most - purged) {
                    0 => break,
                    more => purged += more,
                }
            }
            state.unstick(woken);
            purged
        });
        self.left -= purged;
        self.to_see -= purged;
        purged
    }

    /// Takes out the next of those that `is_chosen`; none at the end. It may be none of a step.
    pub(in crate::virtual_host) fn step(
        &mut self,
        is_chosen: impl Fn(&Message) -> bool,
    ) -> Option<Vec<Arc<Message>>> {
        let from = self.from.filter(|_| self.left > 0 && self.to_see > 0)?;
        let count = STEP_ENTRIES.min(self.to_see);
        let (Peek { entries, next }, wanted) = {
            let mut state = self.queue.state.lock();
            (state.entries.peek(from, count), state.entries.take_wanted())
        };
        if let Some(wanted) = wanted.filter(|_| entries.is_empty()) {
            // The walk goes on from here.
            return self.queue.bring_in(&wanted).then(Vec::new);
        }
        self.from = next;
        self.to_see -= entries.len();
        let chosen: Vec<EntryId> = entries
            .iter()
            .filter(|entry| is_chosen(&entry.message))
            .map(|entry| entry.id)
            .take(self.left)
            .collect();
        let (why, mut taken) = (self.why, Vec::new());
        let leaves = match why {
            Removal::Purged => Leaves::Alone,
            Removal::Rerouted | Removal::Moved => Leaves::WithTheRest,
        };
        self.queue.change_each(&chosen, leaves, |state, woken, ids| {
            taken.extend(state.entries.remove_unheld(ids.iter().copied(), why));
            state.unstick(woken);
        });
        self.left -= taken.len();
        Some(match self.why {
            Removal::Purged => taken,
            Removal::Rerouted | Removal::Moved => self.queue.read_messages(taken),
        })
    }
}
