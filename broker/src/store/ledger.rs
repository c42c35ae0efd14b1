//! The broker's side of a store that outlives it: numbers for what is stored, what is on its way to
//! it, and what is read from it. What is appended stands in `append.rs`, what it has no room for in
//! `room.rs`.
//!
//! Invariant: a number is given once: those of queues and messages hold the epoch, which rises with
//! each start.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use philter_model::memory::message_bytes;
use philter_model::message::{Message, Place};
use philter_model::queue::EntryId;
use philter_plugin_api::{
    Completion, Epoch, Error, Offers, QueueRecord, Result as StoreResult, Shard, Store, StoredEntry,
};
use tracing::error;

use super::Awaited;
use super::definition::CLEAN;
use super::inspect::Durability;
use super::record::{Reader, Stored};
use super::rescue::Rescue;
use super::room::Room;

/// The one shard of a store that belongs to one broker.
pub(super) const SHARD: Shard = Shard(0);

/// Appends among which nobody looks for those that ended: more than connections begin at once.
const IN_HAND_MIN: usize = 64;

/// Where the epoch stands in a number: four thousand million numbers for each.
pub(super) const EPOCH_SHIFT: u32 = 32;

/// What may be in memory of what the store has as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PagingLimits {
    /// Headers and bodies of one queue.
    pub(crate) queue_bytes_max: u64,
    /// All messages.
    pub(crate) all_bytes_max: u64,
}

/// The first number of the epoch in which a number was given.
pub(crate) fn first_of_epoch(number: u64) -> u64 {
    number >> EPOCH_SHIFT << EPOCH_SHIFT
}

/// An entry as the store has it.
pub(crate) struct StoredMessage {
    pub(crate) id: EntryId,
    pub(crate) message: Arc<Message>,
    /// When it came.
    pub(crate) entered_ms: u64,
}

/// A store that outlives the broker, ready to be appended to.
pub(crate) struct Ledger {
    pub(super) store: Box<dyn Store>,
    pub(super) epoch: Epoch,
    pub(super) operations_max: usize,
    pub(super) bytes_max: u64,
    message_bytes_max: u64,
    next_queue: AtomicU64,
    next_message: AtomicU64,
    /// Entries before this one may have been delivered, whatever their delivery counts say.
    doubtful_before: AtomicU64,
    paging: PagingLimits,
    durability: Durability,
    /// Whether it takes what is appended, and what it is owed.
    pub(super) room: Room,
    in_hand: Mutex<InHand>,
    /// Looks after workers that write themselves.
    pub(super) rescue: Rescue,
}

/// Appends that have not ended, and perhaps some that have.
#[derive(Default)]
struct InHand {
    appends: Vec<Arc<Awaited>>,
    /// With so many it is looked which of them have ended.
    swept_at: usize,
}

impl InHand {
    fn add(&mut self, append: &Arc<Awaited>) {
        if self.appends.len() >= self.swept_at {
            self.sweep();
        }
        self.appends.push(Arc::clone(append));
    }

    /// Forgets those that have ended; not again before there are twice as many, so that an append
    /// costs the same however many are on their way.
    fn sweep(&mut self) {
        self.appends.retain(|append| append.outcome().is_none());
        self.swept_at = (2 * self.appends.len()).max(IN_HAND_MIN);
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Over a store whose shard this broker acquired.
    pub(super) fn new(store: Box<dyn Store>, epoch: Epoch, paging: PagingLimits) -> Self {
        let can = store.capabilities();
        let durability = Durability::of(&*store);
        let first = epoch.0 << EPOCH_SHIFT;
        Self {
            store,
            epoch,
            operations_max: usize::try_from(can.batch_operations_max).unwrap_or(usize::MAX),
            bytes_max: can.batch_bytes_max,
            // With names and numbers it has to fit into an append.
            message_bytes_max: can.body_bytes_max.min(can.batch_bytes_max / 16 * 15),
            next_queue: AtomicU64::new(first),
            next_message: AtomicU64::new(first),
            doubtful_before: AtomicU64::new(first),
            paging,
            durability,
            room: Room::default(),
            in_hand: Mutex::default(),
            rescue: Rescue::new(),
        }
    }

    /// The number of a new queue.
    pub(crate) fn next_queue(&self) -> u64 {
        self.next_queue.fetch_add(1, Ordering::Relaxed)
    }

    /// The number of a new message.
    pub(super) fn next_message(&self) -> u64 {
        self.next_message.fetch_add(1, Ordering::Relaxed)
    }

    /// Ids of entries that enter from now on are at least this one.
    pub(crate) fn first_entry(&self) -> u64 {
        self.epoch.0 << EPOCH_SHIFT
    }

    /// Appends that have not ended.
    pub(crate) fn in_hand(&self) -> Vec<Arc<Awaited>> {
        let mut in_hand = self.in_hand.lock();
        in_hand.sweep();
        in_hand.appends.clone()
    }

    /// The same for who waits for them: what was appended in no haste is stored now.
    pub(crate) fn in_hand_hurried(&self) -> Vec<Arc<Awaited>> {
        let in_hand = self.in_hand();
        if in_hand.iter().any(|awaited| awaited.is_lazy()) {
            self.hurry_appended();
        }
        in_hand
    }

    /// Has the store keep what was appended in no haste.
    pub(super) fn hurry_appended(&self) {
        // An empty append is done when everything before it is.
        self.store.append(SHARD, self.epoch, &[], Completion::new(drop));
    }

    /// Blocks this thread until all that was appended by now has ended, however.
    pub(crate) fn block_for_all(&self) {
        self.in_hand_hurried().iter().for_each(|awaited| drop(awaited.block()));
    }

    /// An append begins.
    pub(super) fn take_in_hand(&self, append: &Arc<Awaited>) {
        self.in_hand.lock().add(append);
    }

    /// What the store says of what it keeps.
    pub(crate) fn durability(&self) -> &Durability {
        &self.durability
    }

    /// Whether bodies that a queue with so many bytes in memory gets are to be in the store alone.
    pub(crate) fn pages(&self, queue_bytes: u64) -> bool {
        queue_bytes > self.paging.queue_bytes_max || message_bytes() > self.paging.all_bytes_max
    }

    /// The body at a place; none where the entry is gone, or the store can't read it and has
    /// failed.
    pub(crate) fn read(&self, place: Place) -> Option<Vec<u8>> {
        let Place { queue, entry, .. } = place;
        match self.store.read(SHARD, QueueRecord { queue, id: entry }) {
            Ok(body) => body,
            Err(error) => {
                self.fail(&error.to_string());
                None
            }
        }
    }

    /// Whether the store hands over entries by their ids, so that they may leave memory.
    pub(crate) fn hands_over_entries(&self) -> bool {
        self.store.offers().contains(Offers::ENTRIES)
    }

    /// Whether the store may leave what nobody waits for.
    pub(super) fn leaves_the_unawaited(&self) -> bool {
        self.store.offers().contains(Offers::APPEND_LAZILY)
    }

    /// The entries of a queue with these ids, in order; none where the store can't read them and
    /// has failed.
    pub(crate) fn entries(&self, queue: u64, ids: Range<u64>) -> Option<Vec<StoredMessage>> {
        let read = self.read_entries(queue, ids);
        read.map_err(|error| self.fail(&error.to_string())).ok()
    }

    pub(super) fn read_entries(
        &self,
        queue: u64,
        ids: Range<u64>,
    ) -> StoreResult<Vec<StoredMessage>> {
        let (mut reader, mut found, mut unknown) = (Reader::default(), Vec::new(), None);
        let mut visit = |StoredEntry { id, header, body }: StoredEntry<'_>| {
            match reader.decode(header, Cow::Borrowed(body)) {
                Some(Stored { message, entered_ms, .. }) => {
                    let (id, message) = (EntryId(id), Arc::new(message));
                    found.push(StoredMessage { id, message, entered_ms });
                }
                None => unknown = Some(id),
            }
            unknown.is_none()
        };
        self.store.entries(SHARD, queue, ids, &mut visit)?;
        match unknown {
            None => Ok(found),
            Some(id) => Err(Error::internal(format!(
                "entry {id} of queue {queue} is no message of this broker's"
            ))),
        }
    }

    /// Delivery counts of entries from this one on are exact: the broker before ended in order, and
    /// said so.
    pub(super) fn trust_counts_from(&self, entry: u64) {
        self.doubtful_before.store(entry, Ordering::Relaxed);
    }

    /// Whether an entry may have been delivered that has no delivery count.
    pub(super) fn is_doubtful(&self, entry: u64) -> bool {
        entry < self.doubtful_before.load(Ordering::Relaxed)
    }

    /// Bytes of header and body of the largest message that it takes.
    pub(crate) fn message_bytes_max(&self) -> u64 {
        self.message_bytes_max
    }
    /// Says that the broker ends in order, and waits until the store has all that it was told.
    pub(crate) fn end_in_order(self: &Arc<Self>) {
        if self.is_refusing() {
            return;
        }
        let (awaited, _) = super::turn(|| {
            let doubtful_before = self.doubtful_before.load(Ordering::Relaxed);
            self.set(CLEAN.to_owned(), doubtful_before.to_be_bytes().to_vec());
            super::awaited()
        });
        if let Some(Err(why)) = awaited.map(|awaited| awaited.block()) {
            error!("{why}: what was delivered and not settled comes back as redelivered");
        }
    }
}
