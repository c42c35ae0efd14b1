//! The entries of one queue as a start finds them: what fits into memory, and of all else no more
//! than which entries there are and how large they are together.
//!
//! Invariant: a segment's entries are in memory, or all of them are away.

use std::collections::BTreeMap;
use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{AwaySegment, EntryId, SEGMENT_ENTRIES};
use philter_plugin_api::Result as StoreResult;

use super::Ledger;
use super::ledger::StoredMessage;
use super::record::Later;

/// An entry as it was stored.
pub(crate) struct RecoveredEntry {
    pub(crate) id: EntryId,
    pub(crate) message: Arc<Message>,
    pub(crate) delivery_count: u32,
    pub(crate) entered_ms: u64,
    /// It waits in an exchange.
    pub(crate) later: Option<Box<Later>>,
}

/// The entries of a queue.
#[derive(Default)]
pub(crate) struct RecoveredEntries {
    /// Those in memory, in order.
    pub(crate) entries: Vec<RecoveredEntry>,
    /// Those that are not, in order.
    pub(crate) away: Vec<AwaySegment>,
}

impl RecoveredEntries {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        let away = self.away.iter().map(|segment| segment.present.count_ones() as usize);
        self.entries.len() + away.sum::<usize>()
    }
}

/// The entries of a queue while they are read.
#[derive(Default)]
pub(super) struct Gathering {
    entries: Vec<RecoveredEntry>,
    /// Headers and bodies of these.
    pub(super) resident_bytes: u64,
    away: BTreeMap<u64, Gathered>,
}

/// Entries of a segment that are not in memory.
#[derive(Clone, Copy, Default)]
struct Gathered {
    present: u32,
    bytes: u64,
    /// Each of them has to be looked at.
    is_mixed: bool,
}

impl Gathering {
    /// An entry that stays in memory.
    pub(super) fn add(&mut self, entry: RecoveredEntry) {
        self.resident_bytes += entry.message.size();
        self.entries.push(entry);
    }

    /// An entry that does not, of so many bytes of header and body.
    pub(super) fn add_away(&mut self, id: EntryId, bytes: u64) {
        let (number, bit) = place(id);
        let segment = self.away.entry(number).or_default();
        if segment.present & bit == 0 {
            segment.present |= bit;
            segment.bytes += bytes;
        }
    }

    /// The store said later that an entry is gone.
    pub(super) fn remove(&mut self, id: EntryId) {
        self.entries.retain(|entry| entry.id != id);
        self.mix(id);
    }

    /// Something is known of an entry that others of its segment have not.
    pub(super) fn mix(&mut self, id: EntryId) {
        let (number, bit) = place(id);
        if let Some(segment) = self.away.get_mut(&number) {
            segment.is_mixed |= segment.present & bit != 0;
        }
    }

    /// Puts segments together of which some entries stayed in memory, before what is known of
    /// single entries is said: away, if they may be.
    pub(super) fn unite(&mut self) {
        self.entries.sort_by_key(|entry| entry.id);
        self.entries.dedup_by_key(|entry| entry.id);
        let away = &mut self.away;
        self.entries.retain(|entry| {
            let (number, bit) = place(entry.id);
            let Some(segment) = away.get_mut(&number) else { return true };
            if segment.present & bit == 0 {
                segment.present |= bit;
                segment.bytes += entry.message.size();
                segment.is_mixed |= !may_leave(&entry.message);
            }
            false
        });
    }

    /// All that there is, in order. Segments of which each entry has to be looked at are read.
    ///
    /// # Errors
    /// The store can't read them.
    pub(super) fn finish(self, queue: u64, ledger: &Ledger) -> StoreResult<RecoveredEntries> {
        let Self { mut entries, away, .. } = self;
        let mut left = Vec::with_capacity(away.len());
        for (number, Gathered { present, bytes, is_mixed }) in away {
            let first = number * SEGMENT_ENTRIES as u64;
            if is_mixed {
                let read = ledger.read_entries(queue, first..first + SEGMENT_ENTRIES as u64)?;
                entries.extend(read.into_iter().map(RecoveredEntry::from));
            } else {
                let delivery_count = u32::from(ledger.is_doubtful(first));
                left.push(AwaySegment { number, present, delivery_count, bytes });
            }
        }
        entries.sort_by_key(|entry| entry.id);
        Ok(RecoveredEntries { entries, away: left })
    }
}

impl From<StoredMessage> for RecoveredEntry {
    fn from(stored: StoredMessage) -> Self {
        let StoredMessage { id, message, entered_ms } = stored;
        Self { id, message, delivery_count: 0, entered_ms, later: None }
    }
}

/// Whether an entry may leave memory by its message.
pub(super) fn may_leave(message: &Message) -> bool {
    message.is_durable() && message.expires_at_ms().is_none()
}

/// The number of an entry's segment, and its bit there.
fn place(id: EntryId) -> (u64, u32) {
    let size = SEGMENT_ENTRIES as u64;
    (id.0 / size, 1 << (id.0 % size))
}
