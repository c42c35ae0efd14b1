//! The entries of one queue: ids, mostly in a row, and the slot of each.
//!
//! Ids lie in blocks, so that an entry in a row costs four bytes and a hash table of a long queue
//! has a thirty-second of its entries and never grows for long.

use std::ops::Range;

use hashbrown::HashMap;

use super::slots::SlotId;

/// Ids of a block: its number times this is the first.
pub(super) const BLOCK_IDS: u64 = 32;

/// No entry has this id.
const ABSENT: u32 = u32::MAX;

/// The entry has a delivery count.
const MARKED: u32 = 1 << 31;

/// The entries of a queue.
#[derive(Debug, Default)]
pub(super) struct Entries {
    blocks: HashMap<u64, Box<Block>, foldhash::fast::FixedState>,
    entries: u64,
}

/// The blocks of a queue that is gone, in no order.
pub(super) type Blocks = hashbrown::hash_map::IntoValues<u64, Box<Block>>;

/// Entries whose ids are next to each other.
#[derive(Debug)]
pub(super) struct Block {
    present: u32,
    slots: [u32; BLOCK_IDS as usize],
}

/// An entry that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) slot: SlotId,
    pub(super) is_marked: bool,
}

impl Entry {
    fn from_bits(bits: u32) -> Option<Self> {
        (bits != ABSENT)
            .then_some(Self { slot: SlotId(bits & !MARKED), is_marked: bits & MARKED != 0 })
    }
}

impl Entries {
    pub(super) fn len(&self) -> u64 {
        self.entries
    }

    pub(super) fn get(&self, id: u64) -> Option<Entry> {
        let block = self.blocks.get(&(id / BLOCK_IDS))?;
        Entry::from_bits(*block.slots.get(within(id))?)
    }

    /// Puts an entry; answers the one that had its id.
    pub(super) fn insert(&mut self, id: u64, slot: SlotId) -> Option<Entry> {
        let block = self.blocks.entry(id / BLOCK_IDS).or_insert_with(Block::empty);
        let place = block.slots.get_mut(within(id))?;
        let former = Entry::from_bits(std::mem::replace(place, slot.0));
        if former.is_none() {
            block.present += 1;
            self.entries += 1;
        }
        former
    }

    pub(super) fn set_marked(&mut self, id: u64) {
        if let Some(block) = self.blocks.get_mut(&(id / BLOCK_IDS))
            && let Some(place) = block.slots.get_mut(within(id))
            && *place != ABSENT
        {
            *place |= MARKED;
        }
    }

    /// Removes the entry with this id where `is_meant` says so of it.
    pub(super) fn remove_if(
        &mut self,
        id: u64,
        is_meant: impl FnOnce(Entry) -> bool,
    ) -> Option<Entry> {
        let key = id / BLOCK_IDS;
        let block = self.blocks.get_mut(&key)?;
        let place = block.slots.get_mut(within(id))?;
        let entry = Entry::from_bits(*place).filter(|entry| is_meant(*entry))?;
        *place = ABSENT;
        block.present -= 1;
        self.entries -= 1;
        if block.present == 0 {
            self.blocks.remove(&key);
        }
        Some(entry)
    }

    /// Takes out a block with all that is in it.
    pub(super) fn take_block(&mut self, number: u64) -> Option<Box<Block>> {
        let block = self.blocks.remove(&number)?;
        self.entries -= u64::from(block.present);
        Some(block)
    }

    /// Every block.
    pub(super) fn into_blocks(self) -> Blocks {
        self.blocks.into_values()
    }

    /// The entries whose ids are in a range, in order. Costs a look at each block of the range, or
    /// at each there is: what are fewer.
    pub(super) fn range(&self, ids: Range<u64>) -> impl Iterator<Item = (u64, Entry)> {
        let blocks = ids.start / BLOCK_IDS..ids.end.div_ceil(BLOCK_IDS);
        let span = usize::try_from(blocks.end.saturating_sub(blocks.start)).unwrap_or(usize::MAX);
        let is_wide = span > self.blocks.len();
        let mut present: Vec<u64> = match is_wide {
            true => self.blocks.keys().copied().filter(|key| blocks.contains(key)).collect(),
            false => Vec::new(),
        };
        present.sort_unstable();
        let narrow = if is_wide { 0..0 } else { blocks };
        let keys = present.into_iter().chain(narrow);
        let found = keys.filter_map(|key| Some((key, self.blocks.get(&key)?)));
        let entries = found.flat_map(|(key, block)| {
            let ids = (0..BLOCK_IDS).map(move |within| key * BLOCK_IDS + within);
            ids.zip(&block.slots).filter_map(|(id, bits)| Some((id, Entry::from_bits(*bits)?)))
        });
        entries.filter(move |(id, _)| ids.contains(id))
    }

    /// Every entry, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        self.blocks.iter().flat_map(|(number, block)| block.entries(*number))
    }
}

impl Block {
    /// How many entries it has.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.present)
    }

    /// Its entries, where it is the one with this number.
    pub(super) fn entries(&self, number: u64) -> impl Iterator<Item = (u64, Entry)> {
        let ids = (number * BLOCK_IDS..).zip(&self.slots);
        ids.filter_map(|(id, bits)| Some((id, Entry::from_bits(*bits)?)))
    }

    fn empty() -> Box<Self> {
        Box::new(Self { present: 0, slots: [ABSENT; BLOCK_IDS as usize] })
    }
}

fn within(id: u64) -> usize {
    usize::try_from(id % BLOCK_IDS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn are_a_map_from_ids_to_slots(
            steps in prop::collection::vec((0..200_u64, 0..3_u8, 0..50_u32), 0..400)
        ) {
            let (mut entries, mut model) = (Entries::default(), BTreeMap::new());
            for (id, step, slot) in steps {
                let id = if id > 190 { u64::MAX - id } else { id };
                match step {
                    0 => {
                        let former = entries.insert(id, SlotId(slot));
                        let expected = model.insert(id, (slot, false));
                        prop_assert_eq!(former.map(|e| (e.slot.0, e.is_marked)), expected);
                    }
                    1 => {
                        let former = entries.remove_if(id, |entry| entry.slot.0 > 10);
                        let expected = model.get(&id).copied().filter(|(slot, _)| *slot > 10);
                        prop_assert_eq!(former.map(|e| (e.slot.0, e.is_marked)), expected);
                        if expected.is_some() {
                            model.remove(&id);
                        }
                    }
                    _ => {
                        entries.set_marked(id);
                        if let Some(entry) = model.get_mut(&id) {
                            entry.1 = true;
                        }
                    }
                }
                prop_assert_eq!(entries.len(), model.len() as u64);
            }
            let found: BTreeMap<_, _> =
                entries.iter().map(|(id, e)| (id, (e.slot.0, e.is_marked))).collect();
            prop_assert_eq!(&found, &model);
            for ids in [0..200, 31..65, 64..64, 0..u64::MAX, 150..u64::MAX, 7..8] {
                let found: Vec<_> = entries.range(ids.clone()).map(|(id, _)| id).collect();
                let expected = model.range(ids).map(|(id, _)| *id);
                prop_assert_eq!(found, expected.collect::<Vec<_>>());
            }
            for id in 0..200 {
                prop_assert_eq!(entries.get(id).map(|e| e.slot.0), model.get(&id).map(|e| e.0));
            }
        }
    }
}
