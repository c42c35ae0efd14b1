//! A place in a queue: a message, who holds it, and how often it was handed out.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::message::Message;
use crate::queue::ConsumerId;

/// The number of an entry in its queue, ascending, never used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub u64);

impl EntryId {
    /// The first entry of any queue.
    pub const FIRST: EntryId = EntryId(0);
    /// Behind every entry.
    pub const LAST: EntryId = EntryId(u64::MAX);

    /// The id behind this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// An entry. Sixteen bytes, also as an option: a million of them are in a long queue.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    pub(super) holder: Option<NonZeroU32>,
    /// How often it came back marked as redelivered.
    pub(super) delivery_count: u32,
}

impl Entry {
    pub(super) fn new(message: Arc<Message>) -> Self {
        Self { message, holder: None, delivery_count: 0 }
    }

    /// With the first entry that the queue ever had, its own number is told.
    pub(super) fn deliver(&self, id: EntryId, first: Option<EntryId>) -> Delivery {
        let message = Arc::clone(&self.message);
        let sequence = first.map(|first| id.0.saturating_sub(first.0).saturating_add(1));
        Delivery { id, message, delivery_count: self.delivery_count, sequence }
    }

    pub(super) fn is_held_by(&self, consumer: ConsumerId) -> bool {
        self.holder == Some(consumer.0)
    }
}

/// An entry on its way to a consumer.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its place.
    pub id: EntryId,
    /// The message.
    pub message: Arc<Message>,
    /// How often it was handed out before and came back.
    pub delivery_count: u32,
    /// Its number in the queue, from 1, where the queue has a header for it
    /// ([`QueueSettings::sequence_header`](crate::queue::QueueSettings::sequence_header)).
    pub sequence: Option<u64>,
}

impl Delivery {
    /// Whether somebody may have seen it before.
    pub fn is_redelivered(&self) -> bool {
        self.delivery_count > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_sixteen_bytes() {
        assert_eq!(size_of::<Option<Entry>>(), 16);
    }
}
