//! Emptying a queue in steps: purge leaves what consumers hold, a delete leaves nothing; and taking
//! out what somebody chose from outside.

use std::sync::Arc;

use crate::limits::BROWSED_BATCH_MAX;
use crate::message::Message;
use crate::queue::{Delivery, EntryId, Queue};

/// A look at entries from a place on.
#[derive(Clone, Debug)]
pub struct Peek {
    /// Those that nobody holds, in order.
    pub entries: Vec<Delivery>,
    /// Where the next look begins; none: that was all.
    pub next: Option<EntryId>,
}

/// Why entries are taken out: what they count as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// They are dropped.
    Purged,
    /// They are routed again.
    Rerouted,
    /// They go to another queue.
    Moved,
}

impl Queue {
    /// Takes out entries that nobody holds, oldest first, of the lowest priority,
    /// at most `count`. It ends before one that is away; see [`Queue::take_wanted`].
    pub fn purge(&mut self, count: usize) -> Vec<Arc<Message>> {
        let mut purged = Vec::new();
        while purged.len() < count
            && let Some(id) = self.first_to_drop()
        {
            let Some(entry) = self.remove(id) else {
                self.want(id);
                break;
            };
            purged.push(entry.message);
        }
        self.statistics.purged += purged.len() as u64;
        purged
    }

    /// Takes out everything, held entries included, in order, at most `count`: for a queue that is
    /// deleted. Settling an entry that was held is answered as if it had never been there. It ends
    /// before one that is away; see [`Queue::take_wanted`].
    pub fn drain(&mut self, count: usize) -> Vec<Arc<Message>> {
        let mut drained = Vec::new();
        while drained.len() < count
            && let Some(id) = self.entries.first()
        {
            let Some(entry) = self.remove(id) else {
                self.want(id);
                break;
            };
            drained.push(entry.message);
        }
        drained
    }

    /// Looks at entries that nobody holds, in order from a place on, at most `count`, and changes
    /// nothing. What was chosen of them is taken out by [`Queue::remove_unheld`]. It ends before
    /// one that is away; see [`Queue::take_wanted`].
    pub fn peek(&mut self, from: EntryId, count: usize) -> Peek {
        let numbered_from = self.numbered_from();
        let (mut entries, mut at) = (Vec::new(), from);
        for _ in 0..BROWSED_BATCH_MAX {
            let next = self.entries.at_or_after(at).filter(|id| !self.keeping.hides(*id));
            let Some(id) = next else {
                return Peek { entries, next: None };
            };
            if entries.len() == count {
                break;
            }
            let Some(entry) = self.entries.get(id) else {
                self.want(id);
                return Peek { entries, next: Some(id) };
            };
            let free = Some(entry).filter(|entry| entry.holder.is_none());
            entries.extend(free.map(|entry| entry.deliver(id, numbered_from)));
            at = id.next();
        }
        Peek { entries, next: Some(at) }
    }

    /// Takes out those of these entries that are still there and that nobody holds.
    pub fn remove_unheld(
        &mut self,
        ids: impl IntoIterator<Item = EntryId>,
        why: Removal,
    ) -> Vec<Arc<Message>> {
        let mut removed = Vec::new();
        for id in ids {
            let is_free = self.entries.get(id).is_some_and(|entry| entry.holder.is_none());
            if is_free && !self.keeping.hides(id) {
                removed.extend(self.remove(id).map(|entry| entry.message));
            }
        }
        match why {
            Removal::Purged => self.statistics.purged += removed.len() as u64,
            Removal::Rerouted => self.statistics.rerouted += removed.len() as u64,
            Removal::Moved => {}
        }
        removed
    }
}
