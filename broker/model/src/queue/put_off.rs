//! Entries that a consumer which chooses could not decide, because its filter failed: they are put
//! off until the owner says that it is time to look again.
//!
//! Invariants:
//! - what is put off is behind the consumer's search, and shown to it again: when its time has
//!   come, or when it came back; for other consumers nothing changes;
//! - where [`PUT_OFF_MAX`] are put off on a level, the search goes no further there.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::PUT_OFF_MAX;
use crate::queue::{ConsumerId, EntryId, Queue, Woken};

/// What the owner of a consumer that chooses says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It matches.
    Match,
    /// It does not match, and stays for others.
    NoMatch,
    /// Nobody can say now, which is not the entry's fault.
    PutOff,
    /// Nobody can say now, and that is the entry's fault as far as one can see.
    Failed,
}

impl From<bool> for Decision {
    fn from(is_match: bool) -> Self {
        if is_match { Self::Match } else { Self::NoMatch }
    }
}

/// What is put off on one level.
#[derive(Debug, Default)]
pub(super) struct PutOff(BTreeMap<EntryId, Doubt>);

#[derive(Debug, Default)]
struct Doubt {
    /// How often that was the entry's fault.
    failures: u32,
    /// Its time has not come yet.
    waits: bool,
}

impl PutOff {
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= PUT_OFF_MAX
    }

    /// An entry was looked at.
    pub(super) fn decide(&mut self, id: EntryId, decision: Decision) {
        match decision {
            Decision::Match | Decision::NoMatch => self.forget(id),
            Decision::PutOff | Decision::Failed => {
                let doubt = self.0.entry(id).or_default();
                doubt.waits = true;
                doubt.failures += u32::from(decision == Decision::Failed);
            }
        }
    }

    /// An entry is not there any more.
    pub(super) fn forget(&mut self, id: EntryId) {
        if !self.0.is_empty() {
            self.0.remove(&id);
        }
    }

    /// Entries from here on are shown again anyway.
    pub(super) fn forget_from(&mut self, id: EntryId) {
        self.0.split_off(&id);
    }

    /// The time of all of them has come.
    pub(super) fn take_waiting(&mut self, into: &mut BTreeSet<EntryId>) {
        let waiting = self.0.iter_mut().filter(|(_, doubt)| doubt.waits);
        into.extend(waiting.map(|(id, doubt)| {
            doubt.waits = false;
            *id
        }));
    }
}

impl Queue {
    /// Whether entries are put off, so that [`Queue::show_put_off`] is to be called some time.
    pub fn has_put_off(&self) -> bool {
        !self.put_off.is_empty()
    }

    /// How often it was an entry's own fault that a consumer could not decide it; none where it was
    /// not put off, or has been decided since.
    pub fn failures_of(&self, consumer: ConsumerId, id: EntryId) -> Option<u32> {
        let search = self.consumers.get(&consumer)?.search.as_ref()?;
        let places = search.places.iter();
        places.filter_map(|place| place.put_off.0.get(&id)).map(|doubt| doubt.failures).next()
    }

    /// It is time to look at entries again that were put off: those who put them off are woken.
    pub fn show_put_off(&mut self, woken: &mut Woken) {
        for id in std::mem::take(&mut self.put_off) {
            let consumer = self.consumers.get_mut(&id);
            let Some(search) = consumer.and_then(|consumer| consumer.search.as_mut()) else {
                continue;
            };
            for place in &mut search.places {
                place.put_off.take_waiting(&mut place.returned);
            }
            self.wake_chooser(id, woken);
        }
    }
}
