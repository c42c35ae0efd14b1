//! Entries by id in segments of a fixed size, so that an id leads to its entry at once, and a queue
//! of which little is left gives its memory back.
//!
//! A segment whose entries the store has may be away: of it is known which ids are there, and their
//! bytes in all ([`Away`]). No entry of it is found by its id, but [`Segments::at_or_after`] finds
//! the ids.
//!
//! Invariant: a segment without entries has no memory, but for the one that is being filled (an
//! entry that comes and goes in an empty queue costs no allocation, nor a search through the map).
//! One old entry keeps its own segment alive and nothing else, however many came and went after it.

use std::collections::BTreeMap;

use crate::queue::away::Away;
use crate::queue::entry::{Entry, EntryId};

/// Entries of one segment. Few, so that one message left of a thousand keeps little alive.
pub const SEGMENT_ENTRIES: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Segment {
    live: usize,
    pub(super) slots: [Option<Entry>; SEGMENT_ENTRIES],
}

/// All entries of a queue.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// Those that were filled, by number.
    filled: BTreeMap<u64, Box<Segment>>,
    /// The one that is being filled, once there was an entry for it.
    tail: Option<Box<Segment>>,
    /// Those that are away, by number. None of them has a place above.
    away: BTreeMap<u64, Away>,
    next: u64,
    len: usize,
}

impl Segments {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The id that the next entry gets.
    pub(super) fn next_id(&self) -> EntryId {
        EntryId(self.next)
    }

    /// The next entry gets this id, if it is beyond all there were.
    pub(super) fn skip_to(&mut self, id: EntryId) {
        if id.0 <= self.next {
            return;
        }
        let number = self.tail_number();
        if place(id).0 != number
            && let Some(tail) = self.tail.take()
            && tail.live > 0
        {
            self.filled.insert(number, tail);
        }
        self.next = id.0;
    }

    pub(super) fn push(&mut self, entry: Entry) -> EntryId {
        let id = EntryId(self.next);
        let (number, slot) = place(id);
        let tail = self.tail.get_or_insert_default();
        if let Some(slot) = tail.slots.get_mut(slot) {
            *slot = Some(entry);
        }
        tail.live += 1;
        self.next += 1;
        self.len += 1;
        if slot + 1 == SEGMENT_ENTRIES
            && let Some(full) = self.tail.take()
        {
            self.filled.insert(number, full);
        }
        id
    }

    pub(super) fn get(&self, id: EntryId) -> Option<&Entry> {
        let (number, slot) = place(id);
        let segment = match number == self.tail_number() {
            true => self.tail.as_ref()?,
            false => self.filled.get(&number)?,
        };
        segment.slots.get(slot)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: EntryId) -> Option<&mut Entry> {
        let (number, slot) = place(id);
        let segment = match number == self.tail_number() {
            true => self.tail.as_mut()?,
            false => self.filled.get_mut(&number)?,
        };
        segment.slots.get_mut(slot)?.as_mut()
    }

    pub(super) fn remove(&mut self, id: EntryId) -> Option<Entry> {
        let (number, slot) = place(id);
        let is_tail = number == self.tail_number();
        let segment = match is_tail {
            true => self.tail.as_mut()?,
            false => self.filled.get_mut(&number)?,
        };
        let entry = segment.slots.get_mut(slot)?.take()?;
        segment.live -= 1;
        self.len -= 1;
        if segment.live == 0 && !is_tail {
            self.filled.remove(&number);
        }
        Some(entry)
    }

    /// The first entry.
    pub(super) fn first(&self) -> Option<EntryId> {
        self.at_or_after(EntryId::FIRST)
    }

    /// The first entry whose id is at least `from`: in its segment, or in the one behind it. It may
    /// be away.
    pub(super) fn at_or_after(&self, from: EntryId) -> Option<EntryId> {
        let here = self.here_at_or_after(from);
        if self.away.is_empty() {
            return here;
        }
        let mut away = self.away.range(place(from).0..);
        let away = away.find_map(|(number, away)| away.at_or_after(*number, from));
        away.into_iter().chain(here).min()
    }

    fn here_at_or_after(&self, from: EntryId) -> Option<EntryId> {
        let (first, slot) = place(from);
        let tail = self.tail_number();
        let find = |number: u64, segment: &Segment| {
            let skipped = if number == first { slot } else { 0 };
            let step = segment.slots.iter().skip(skipped).position(Option::is_some)?;
            Some(EntryId(number * SEGMENT_ENTRIES as u64 + (skipped + step) as u64))
        };
        if first < tail && !self.filled.is_empty() {
            let mut filled = self.filled.range(first..);
            let found = filled.find_map(|(number, segment)| find(*number, segment));
            if found.is_some() {
                return found;
            }
        }
        self.tail.as_ref().filter(|_| first <= tail).and_then(|segment| find(tail, segment))
    }

    /// Whether an entry is there and away.
    pub(super) fn is_away(&self, id: EntryId) -> bool {
        !self.away.is_empty() && self.away_with(id).is_some()
    }

    /// The number of the segment that an entry is away with.
    pub(super) fn away_with(&self, id: EntryId) -> Option<u64> {
        let number = place(id).0;
        self.away.get(&number).filter(|away| away.has(number, id)).map(|_| number)
    }

    /// What is away of a segment.
    pub(super) fn away(&self, number: u64) -> Option<&Away> {
        self.away.get(&number)
    }

    /// The first segment that is away.
    pub(super) fn first_away(&self) -> Option<u64> {
        self.away.first_key_value().map(|(number, _)| *number)
    }

    /// A segment that is in memory, and full.
    pub(super) fn filled(&self, number: u64) -> Option<&Segment> {
        self.filled.get(&number).map(AsRef::as_ref)
    }

    /// The number of the first segment that is in memory and full, from one on and before another.
    pub(super) fn next_filled(&self, from: u64, end: u64) -> Option<u64> {
        self.filled.range(from..end.max(from)).next().map(|(number, _)| *number)
    }

    /// A segment that is in memory and full leaves it.
    pub(super) fn send_away(&mut self, number: u64, away: Away) {
        if self.filled.remove(&number).is_some() {
            self.away.insert(number, away);
        }
    }

    /// Takes a segment out that is away, with all its entries.
    pub(super) fn take_away(&mut self, number: u64) -> Option<Away> {
        let away = self.away.remove(&number)?;
        self.len -= away.len();
        Some(away)
    }

    /// Puts a segment back that was taken out by [`Segments::take_away`].
    pub(super) fn put_back(&mut self, entries: impl Iterator<Item = (EntryId, Entry)>) {
        for (id, entry) in entries {
            let (number, slot) = place(id);
            let segment = self.filled.entry(number).or_default();
            if let Some(place) = segment.slots.get_mut(slot) {
                *place = Some(entry);
                segment.live += 1;
                self.len += 1;
            }
        }
    }

    /// A segment that is away, beyond all there are: ids go on behind it.
    pub(super) fn push_away(&mut self, number: u64, away: Away) {
        self.skip_to(first_of(number.saturating_add(1)));
        self.len += away.len();
        self.away.insert(number, away);
    }

    /// The number of the segment that is being filled.
    pub(super) fn tail_number(&self) -> u64 {
        place(EntryId(self.next)).0
    }

    #[cfg(test)]
    fn segments(&self) -> usize {
        self.filled.len() + usize::from(self.tail.is_some())
    }
}

/// The first id of a segment.
pub(super) fn first_of(number: u64) -> EntryId {
    EntryId(number.saturating_mul(SEGMENT_ENTRIES as u64))
}

/// The number of an entry's segment, and its slot there.
pub(super) fn place(id: EntryId) -> (u64, usize) {
    let size = SEGMENT_ENTRIES as u64;
    (id.0 / size, usize::try_from(id.0 % size).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::tests::message;

    fn entry() -> Entry {
        Entry::new(Arc::new(message(b"")))
    }

    #[test]
    fn a_sparse_queue_gives_its_memory_back() {
        let mut entries = Segments::default();
        for _ in 0..100_000 {
            entries.push(entry());
        }
        for id in (0..100_000).filter(|id| id % 1_000 != 999) {
            entries.remove(EntryId(id)).unwrap();
        }
        assert_eq!(entries.len(), 100);
        assert_eq!(entries.segments(), 100);
        assert_eq!(entries.first(), Some(EntryId(999)));
        assert_eq!(entries.at_or_after(EntryId(1_000)), Some(EntryId(1_999)));
        assert_eq!(entries.at_or_after(EntryId(100_000)), None);
        for id in (0..100_000).filter(|id| id % 1_000 == 999) {
            entries.remove(EntryId(id)).unwrap();
        }
        assert_eq!(entries.segments(), 0);
        assert_eq!(entries.push(entry()), EntryId(100_000));
        assert_eq!(entries.first(), Some(EntryId(100_000)));
    }

    #[test]
    fn one_old_entry_keeps_one_segment_while_others_come_and_go() {
        let mut entries = Segments::default();
        entries.push(entry());
        for _ in 0..100_000 {
            let id = entries.push(entry());
            entries.remove(id).unwrap();
            assert!(entries.segments() <= 2);
        }
        assert_eq!(entries.first(), Some(EntryId::FIRST));
        assert_eq!(entries.at_or_after(EntryId(1)), None);
    }

    #[test]
    fn a_segment_costs_little_beyond_its_entries() {
        assert_eq!(size_of::<Segment>(), 16 * SEGMENT_ENTRIES + 8);
    }
}
