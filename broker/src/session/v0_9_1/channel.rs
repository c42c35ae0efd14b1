//! One open channel: its consumers, what it holds, and which of the three ways of publishing it is
//! in.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use philter_model::queue::{ConsumerId, EntryId};
use philter_model::unsettled::Unsettled;

use super::confirm::Confirms;
use super::consumer::Consumer;
use super::get::Pollers;
use super::transaction::Transaction;
use crate::session::live::{Listed, LiveSession};
use crate::virtual_host::Queue;

/// A delivery that waits for its acknowledgement.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) queue: Arc<Queue>,
    pub(super) entry: EntryId,
    /// Who holds it, by its number in the queue.
    pub(super) holder: ConsumerId,
    /// The consumer's number in its channel; none where it was polled for.
    pub(super) consumer: Option<u64>,
    /// When it was sent.
    pub(super) at_ms: u64,
}

impl Held {
    /// Whether both can be settled by one call.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        self.holder == other.holder && Arc::ptr_eq(&self.queue, &other.queue)
    }
}

/// How a channel publishes.
#[derive(Default)]
pub(super) enum Mode {
    /// Nobody is told what became of a message.
    #[default]
    Plain,
    /// Each message is confirmed.
    Confirm(Confirms),
    /// Messages and acknowledgements wait for a commit.
    Transaction(Box<Transaction>),
}

/// A channel.
pub(super) struct Channel {
    /// Consumers by number, which is never used again.
    pub(super) consumers: BTreeMap<u64, Consumer>,
    /// Their numbers by tag.
    pub(super) tags: HashMap<Arc<str>, u64>,
    pub(super) next_consumer: u64,
    /// The consumer that was given something last: where they share a prefetch, those behind it
    /// come first.
    pub(super) last_served: u64,
    pub(super) unsettled: Unsettled<Held>,
    /// Deliveries to consumers that are not settled.
    pub(super) delivered: usize,
    /// The delivery tag that comes next, from 1.
    pub(super) next_tag: u64,
    /// Messages that a new consumer may hold; 0: any number.
    pub(super) prefetch_each: u16,
    /// Messages that all consumers together may hold; 0: any number.
    pub(super) prefetch_all: u16,
    /// The client wants deliveries now.
    pub(super) is_flowing: bool,
    /// The queue that was declared last: an empty name means it.
    pub(super) last_queue: Option<Arc<str>>,
    pub(super) mode: Mode,
    /// Where it polled, and as whom.
    pub(super) pollers: Pollers,
    /// Where replies to its requests come in.
    pub(super) replies: Option<Arc<Queue>>,
    /// Its entry in the directory.
    pub(super) live: Listed<LiveSession>,
}

impl Channel {
    pub(super) fn new(live: Listed<LiveSession>) -> Self {
        Self {
            consumers: BTreeMap::new(),
            tags: HashMap::default(),
            next_consumer: 1,
            last_served: 0,
            unsettled: Unsettled::default(),
            delivered: 0,
            next_tag: 1,
            prefetch_each: 0,
            prefetch_all: 0,
            is_flowing: true,
            last_queue: None,
            mode: Mode::Plain,
            pollers: Pollers::default(),
            replies: None,
            live,
        }
    }

    /// Messages that one of its consumers may be given now.
    pub(super) fn room_of(&self, consumer: &Consumer) -> usize {
        if !self.is_flowing {
            return 0;
        }
        if !consumer.is_acknowledged {
            return usize::MAX;
        }
        let of_all = match self.prefetch_all {
            0 => usize::MAX,
            max => usize::from(max).saturating_sub(self.delivered),
        };
        of_all.min(consumer.room())
    }

    /// Gives a delivery its tag; it waits for its acknowledgement if there will be one.
    pub(super) fn tag(&mut self, held: Option<Held>) -> u64 {
        let tag = self.next_tag;
        self.next_tag += 1;
        if let Some(held) = held {
            self.unsettled.insert(key_of(tag), held);
        }
        tag
    }

    /// Tells the directory how much it holds.
    pub(super) fn record(&self) {
        self.live.record_unacked(self.unsettled.len());
    }
}

/// A channel's name in the directory.
pub(super) fn name_of(connection: &str, channel: u16) -> Bytes {
    Bytes::from(format!("{connection} ({channel})"))
}

/// A delivery tag in the numbers that wrap.
pub(super) fn key_of(tag: u64) -> u32 {
    u32::try_from(tag & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}
