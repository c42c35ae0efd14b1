//! A queue whose durable messages are stored: what enters is put, what leaves is deleted, and what
//! the store has is seen.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{AwaySegment, Changes, ConsumerId, EntryId, SEGMENT_ENTRIES};
use smallvec::SmallVec;

use crate::long_work::off_turn;
use crate::store::{self, Leaves, Ledger, RecoveredEntries, RecoveredEntry, first_of_epoch};
use crate::virtual_host::Queue;

/// Messages that entered a queue and are to be stored; mostly one.
pub(crate) type Entered = SmallVec<[(Arc<Message>, EntryId); 1]>;

/// Where the messages of a queue are stored, or those that wait in an exchange.
#[derive(Clone, Debug)]
pub(in crate::virtual_host) struct Kept {
    ledger: Arc<Ledger>,
    number: u64,
}

impl Kept {
    /// In this store, under this number.
    pub(in crate::virtual_host) fn new(ledger: &Arc<Ledger>, number: u64) -> Self {
        Self { ledger: Arc::clone(ledger), number }
    }

    /// The number.
    pub(in crate::virtual_host) fn number(&self) -> u64 {
        self.number
    }

    /// The store.
    pub(in crate::virtual_host) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Whether the store takes nothing now.
    pub(in crate::virtual_host) fn is_refusing(&self) -> bool {
        self.ledger.is_refusing()
    }

    /// Whether the store takes a message of this size at all.
    pub(super) fn takes(&self, message: &Message) -> bool {
        message.size() <= self.ledger.message_bytes_max()
    }

    /// A message with its body; none where the store does not have that any more, or can't read it.
    pub(in crate::virtual_host) fn read(&self, message: &Arc<Message>) -> Option<Arc<Message>> {
        match message.place() {
            None => Some(Arc::clone(message)),
            Some(place) => Some(Arc::new(message.with_body(self.ledger.read(place)?))),
        }
    }

    /// The entries of a segment that is away, for whom they can't stay so.
    pub(in crate::virtual_host) fn read_segment(
        &self,
        segment: &AwaySegment,
    ) -> Vec<RecoveredEntry> {
        let first = segment.number * SEGMENT_ENTRIES as u64;
        let read = self.ledger.entries(self.number, first..first + SEGMENT_ENTRIES as u64);
        let entries = read.unwrap_or_default().into_iter().map(|stored| RecoveredEntry {
            delivery_count: segment.delivery_count,
            ..RecoveredEntry::from(stored)
        });
        entries.collect()
    }

    /// Tells the store what became of entries.
    pub(super) fn tell(&self, changes: &Changes, leaves: Leaves) {
        if !changes.gone.is_empty() {
            self.ledger.delete(self.number, &changes.gone, leaves);
        }
        if !changes.returned.is_empty() {
            self.ledger.mark(self.number, &changes.returned);
        }
    }
}

impl Queue {
    /// Where it is stored, if it is.
    pub(in crate::virtual_host) fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    /// Whether a message that enters is stored.
    pub(super) fn keeps(&self, message: &Message) -> bool {
        self.kept.is_some() && message.is_durable()
    }

    /// Whether a dead letter that stays here is stored.
    pub(super) fn stores(&self, message: &Message) -> bool {
        self.kept.as_ref().is_some_and(|kept| message.is_durable() && kept.takes(message))
    }

    /// Messages entered that are to be stored.
    pub(in crate::virtual_host) fn store(self: &Arc<Self>, entered: Entered) {
        if let Some(Kept { ledger, number }) = &self.kept {
            ledger.put(self, *number, entered);
        }
    }

    /// Waits until what has entered is stored, and so seen: for who asks now how much there is, or
    /// wants what there is now. Never under a lock.
    pub(crate) fn wait_stored(&self) {
        let Some(kept) = &self.kept else { return };
        if !self.state.lock().entries.has_hidden() {
            return;
        }
        // What this turn brought as well.
        store::append_now();
        off_turn(|| kept.ledger.block_for_all());
    }

    /// The store has these entries, or did not take them. Called on any thread, under no lock.
    pub(crate) fn end_storing(&self, ids: &[EntryId], is_stored: bool) {
        let Some(kept) = &self.kept else { return };
        let gone = self.change(|state, woken| {
            if state.is_deleted {
                return ids.to_vec();
            }
            let all = ids;
            let ids = ids.iter().copied();
            let gone = match is_stored {
                true => {
                    let gone = state.entries.stored(ids, woken);
                    let is_too_much = kept.ledger.pages(state.entries.resident_bytes());
                    state.entries.page(kept.number, all.iter().copied(), is_too_much);
                    gone
                }
                false => {
                    state.entries.not_stored(ids, woken);
                    Vec::new()
                }
            };
            state.unstick(woken);
            gone
        });
        if is_stored && !gone.is_empty() {
            kept.tell(&Changes { gone, ..Changes::default() }, Leaves::Alone);
        }
    }

    /// Entries are held again at a start: by whoever holds some already, or by somebody new.
    /// Answers who that is, and which of them are there.
    pub(in crate::virtual_host) fn hold_again(
        &self,
        holder: Option<ConsumerId>,
        ids: &[EntryId],
    ) -> (ConsumerId, Vec<EntryId>) {
        let (holder, mut held) = self.change(|state, _| state.entries.hold_again(holder, []));
        self.change_each(ids, Leaves::WithTheRest, |state, _, ids| {
            let (_, more) = state.entries.hold_again(Some(holder), ids.iter().copied());
            held.extend(more);
        });
        (holder, held)
    }

    /// Numbers the entries of a new queue so that an id tells which broker's run it is from.
    pub(in crate::virtual_host) fn number_entries(&self) {
        let Some(kept) = &self.kept else { return };
        let first = EntryId(kept.ledger.first_entry());
        self.change(|state, _| {
            state.entries.count_from(first);
            state.entries.number_from(first);
        });
    }

    /// Takes its entries back at a start.
    pub(in crate::virtual_host) fn restore(&self, recovered: RecoveredEntries) {
        let Some(kept) = &self.kept else { return };
        let RecoveredEntries { entries, away } = recovered;
        let may_leave = self.state.lock().entries.may_leave();
        let mut entries = entries.into_iter().peekable();
        for segment in away {
            let first = segment.number * SEGMENT_ENTRIES as u64;
            let before = std::iter::from_fn(|| entries.next_if(|entry| entry.id.0 < first));
            self.restore_here(kept, before.collect());
            match may_leave {
                true => self.change(|state, _| state.entries.restore_away(&segment)),
                false => self.restore_here(kept, kept.read_segment(&segment)),
            }
        }
        self.restore_here(kept, entries.collect());
        self.change(|state, _| {
            // Its number has the epoch in which it was made, and so have its first ids.
            state.entries.count_from(EntryId(first_of_epoch(kept.number)));
            state.entries.number_from(EntryId(kept.ledger.first_entry()));
        });
    }

    fn restore_here(&self, kept: &Kept, entries: Vec<RecoveredEntry>) {
        if entries.is_empty() {
            return;
        }
        let admitted: Vec<_> = match self.settings.key_header() {
            None => entries.iter().map(|_| None).collect(),
            Some(_) => entries.iter().map(|entry| self.key_of(&entry.message)).collect(),
        };
        self.change(|state, _| {
            for (entry, key) in entries.into_iter().zip(admitted) {
                let RecoveredEntry { id, message, delivery_count, entered_ms, .. } = entry;
                let key = key.as_deref();
                state.entries.restore(id, message, key, delivery_count, entered_ms);
                let is_too_much = kept.ledger.pages(state.entries.resident_bytes());
                state.entries.page(kept.number, [id], is_too_much);
            }
        });
    }
}
