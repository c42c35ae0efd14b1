//! A queue whose durable messages are stored: what enters is put, what leaves is deleted, and what
//! the store has is seen.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{Changes, ConsumerId, EntryId};

use crate::long_work::off_turn;
use crate::store::{self, Leaves, Ledger, RecoveredEntry, first_of_epoch};
use crate::virtual_host::Queue;

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

    /// Messages entered that are to be stored.
    pub(in crate::virtual_host) fn store(self: &Arc<Self>, entered: Vec<(Arc<Message>, EntryId)>) {
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
                    if kept.ledger.pages(state.entries.resident_bytes()) {
                        state.entries.page_out(kept.number, all.iter().copied());
                    }
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
        self.change(|state, _| state.entries.hold_again(holder, ids.iter().copied()))
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
    pub(in crate::virtual_host) fn restore(&self, entries: Vec<RecoveredEntry>) {
        let admitted: Vec<_> = match self.settings.key_header() {
            None => entries.iter().map(|_| None).collect(),
            Some(_) => entries.iter().map(|entry| self.key_of(&entry.message)).collect(),
        };
        let Some(kept) = &self.kept else { return };
        self.change(|state, _| {
            for (entry, key) in entries.into_iter().zip(admitted) {
                let RecoveredEntry { id, message, delivery_count, entered_ms, .. } = entry;
                let key = key.as_deref();
                state.entries.restore(id, message, key, delivery_count, entered_ms);
                if kept.ledger.pages(state.entries.resident_bytes()) {
                    state.entries.page_out(kept.number, [id]);
                }
            }
            // Its number has the epoch in which it was made, and so have its first ids.
            state.entries.count_from(EntryId(first_of_epoch(kept.number)));
            state.entries.number_from(EntryId(kept.ledger.first_entry()));
        });
    }
}
