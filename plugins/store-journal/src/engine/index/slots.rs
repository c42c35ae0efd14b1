//! One slot for each live message of a shard: where it stands and how many entries it has.

use super::Place;
use super::usage::Usages;

/// A slot's number, below 2^31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotId(pub(super) u32);

/// A live message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Of a slot that is free: the next one that is.
    pub(super) message: u64,
    /// Where it was appended; a copy keeps it.
    pub(super) position: u64,
    pub(super) place: Place,
    /// Entries that are left; 0: the slot is free.
    pub(super) entries: u32,
}

/// What a number that is no slot's leads to: nothing that is anywhere.
const NOWHERE: Slot = Slot {
    message: u64::MAX,
    position: u64::MAX,
    place: Place { segment: u32::MAX, offset: 0, bytes: 0 },
    entries: 0,
};

/// All slots. Those that are free are a chain, so that to free one never moves others.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    first_free: u64,
    free: usize,
}

/// The end of the chain of free slots.
const NONE: u64 = u64::MAX;

impl Default for Slots {
    fn default() -> Self {
        Self { slots: Vec::new(), first_free: NONE, free: 0 }
    }
}

impl Slots {
    pub(super) fn insert(&mut self, slot: Slot) -> SlotId {
        if let Some(id) = u32::try_from(self.first_free).ok()
            && let Some(place) = self.slots.get_mut(id as usize)
        {
            self.first_free = std::mem::replace(place, slot).message;
            self.free -= 1;
            return SlotId(id);
        }
        let id = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(slot);
        SlotId(id)
    }

    pub(super) fn get(&self, id: SlotId) -> &Slot {
        self.slots.get(id.0 as usize).unwrap_or(&NOWHERE)
    }

    /// Gives a message another place; answers the former.
    pub(super) fn move_to(&mut self, id: SlotId, place: Place) -> Option<Place> {
        let slot = self.slots.get_mut(id.0 as usize)?;
        Some(std::mem::replace(&mut slot.place, place))
    }

    pub(super) fn add_entry(&mut self, id: SlotId) {
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            slot.entries += 1;
        }
    }

    /// Takes an entry off a message, which goes with its last; answers the segment that has it.
    pub(super) fn leave(&mut self, id: SlotId, usages: &mut Usages) -> u32 {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return NOWHERE.place.segment };
        slot.entries = slot.entries.saturating_sub(1);
        if slot.entries == 0 {
            slot.message = std::mem::replace(&mut self.first_free, u64::from(id.0));
            self.free += 1;
            usages.remove_record(slot.place);
        }
        slot.place.segment
    }

    /// The slots that are taken of so many from one on, in no order of positions.
    pub(super) fn taken(
        &self,
        begin: usize,
        count: usize,
    ) -> impl Iterator<Item = (SlotId, &Slot)> {
        let ids = (u32::try_from(begin).unwrap_or(u32::MAX)..).map(SlotId);
        let slots = self.slots.iter().skip(begin).take(count);
        ids.zip(slots).filter(|(_, slot)| slot.entries > 0)
    }

    /// The number behind the last slot's.
    pub(super) fn end(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free
    }
}
