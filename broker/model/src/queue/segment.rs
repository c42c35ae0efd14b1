//! Entries by id in segments of a fixed size, so that an id leads to its entry at once, and a queue
//! of which little is left gives its memory back.
//!
//! Invariant: a segment without entries has no memory, but for the one that is still being filled.

use std::collections::VecDeque;

use crate::queue::entry::{Entry, EntryId};

/// Entries of one segment. Few, so that one message left of a thousand keeps little alive.
const SEGMENT_ENTRIES: usize = 32;

#[derive(Debug, Default)]
struct Segment {
    live: usize,
    slots: [Option<Entry>; SEGMENT_ENTRIES],
}

/// All entries of a queue.
#[derive(Debug, Default)]
pub(super) struct Segments {
    segments: VecDeque<Option<Box<Segment>>>,
    /// The number of the first segment.
    base: u64,
    next: u64,
    len: usize,
}

impl Segments {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push(&mut self, entry: Entry) -> EntryId {
        let id = EntryId(self.next);
        let (segment, slot) = place(id);
        if self.segments.is_empty() {
            self.base = segment;
        }
        while self.base + self.segments.len() as u64 <= segment {
            self.segments.push_back(None);
        }
        if let Some(last) = self.segments.back_mut() {
            let segment = last.get_or_insert_with(Box::default);
            if let Some(slot) = segment.slots.get_mut(slot) {
                *slot = Some(entry);
            }
            segment.live += 1;
        }
        self.next += 1;
        self.len += 1;
        id
    }

    pub(super) fn get(&self, id: EntryId) -> Option<&Entry> {
        let (index, slot) = self.index(id)?;
        self.segments.get(index)?.as_ref()?.slots.get(slot)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: EntryId) -> Option<&mut Entry> {
        let (index, slot) = self.index(id)?;
        self.segments.get_mut(index)?.as_mut()?.slots.get_mut(slot)?.as_mut()
    }

    pub(super) fn remove(&mut self, id: EntryId) -> Option<Entry> {
        let (index, slot) = self.index(id)?;
        let place = self.segments.get_mut(index)?;
        let segment = place.as_mut()?;
        let entry = segment.slots.get_mut(slot)?.take()?;
        segment.live -= 1;
        self.len -= 1;
        if segment.live == 0 {
            *place = None;
            self.trim();
        }
        Some(entry)
    }

    /// The first entry.
    pub(super) fn first(&self) -> Option<EntryId> {
        self.at_or_after(EntryId::FIRST)
    }

    /// The first entry whose id is at least `from`. Skips empty segments whole.
    pub(super) fn at_or_after(&self, from: EntryId) -> Option<EntryId> {
        let (segment, slot) = place(from);
        let (mut index, mut slot) = match segment.checked_sub(self.base) {
            Some(index) => (usize::try_from(index).ok()?, slot),
            None => (0, 0),
        };
        while let Some(place) = self.segments.get(index) {
            if let Some(segment) = place {
                let found = segment.slots.iter().skip(slot).position(Option::is_some);
                if let Some(step) = found {
                    let first = (self.base + index as u64) * SEGMENT_ENTRIES as u64;
                    return Some(EntryId(first + (slot + step) as u64));
                }
            }
            index += 1;
            slot = 0;
        }
        None
    }

    fn index(&self, id: EntryId) -> Option<(usize, usize)> {
        let (segment, slot) = place(id);
        Some((usize::try_from(segment.checked_sub(self.base)?).ok()?, slot))
    }

    fn trim(&mut self) {
        while self.segments.front().is_some_and(Option::is_none) {
            self.segments.pop_front();
            self.base += 1;
        }
        if self.segments.capacity() > 4 * self.segments.len() + 64 {
            self.segments.shrink_to(2 * self.segments.len());
        }
    }
}

fn place(id: EntryId) -> (u64, usize) {
    let size = SEGMENT_ENTRIES as u64;
    (id.0 / size, usize::try_from(id.0 % size).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::tests::message;

    #[test]
    fn a_sparse_queue_gives_its_memory_back() {
        let mut entries = Segments::default();
        for _ in 0..100_000 {
            entries.push(Entry::new(Arc::new(message(b""))));
        }
        for id in (0..100_000).filter(|id| id % 1_000 != 999) {
            entries.remove(EntryId(id)).unwrap();
        }
        assert_eq!(entries.len(), 100);
        let kept = entries.segments.iter().flatten().count();
        assert_eq!(kept, 100);
        assert_eq!(entries.first(), Some(EntryId(999)));
        assert_eq!(entries.at_or_after(EntryId(1_000)), Some(EntryId(1_999)));
        assert_eq!(entries.at_or_after(EntryId(100_000)), None);
        for id in (0..100_000).filter(|id| id % 1_000 == 999) {
            entries.remove(EntryId(id)).unwrap();
        }
        assert!(entries.segments.is_empty() && entries.segments.capacity() < 128);
        assert_eq!(entries.push(Entry::new(Arc::new(message(b"")))), EntryId(100_000));
        assert_eq!(entries.first(), Some(EntryId(100_000)));
    }
}
