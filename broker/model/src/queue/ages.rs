//! How old the entries of a queue with a time to live of its own are: by runs of entries that came
//! in the same millisecond.
//!
//! Invariants:
//! - times never go back from one entry to the next, so that the oldest expires first;
//! - there are at most twice as many runs as entries, and a few.

use std::collections::VecDeque;

use crate::queue::EntryId;
use crate::queue::segment::Segments;

/// Below this nothing is swept.
const SWEEP_MIN: usize = 64;

/// When entries came in.
#[derive(Debug)]
pub(super) struct Ages {
    ttl_ms: u64,
    /// The first entry of each run, and when the run came in.
    runs: VecDeque<(EntryId, u64)>,
}

impl Ages {
    pub(super) fn new(ttl_ms: u64) -> Self {
        Self { ttl_ms, runs: VecDeque::new() }
    }

    /// An entry came in.
    pub(super) fn add(&mut self, id: EntryId, now_ms: u64) {
        match self.runs.back() {
            Some((_, last_ms)) if *last_ms >= now_ms => {}
            _ => self.runs.push_back((id, now_ms)),
        }
    }

    /// When an entry expires.
    pub(super) fn due_ms(&self, id: EntryId) -> u64 {
        let behind = self.runs.partition_point(|(first, _)| *first <= id);
        let run = behind.checked_sub(1).and_then(|at| self.runs.get(at));
        run.map_or(u64::MAX, |(_, came_ms)| came_ms.saturating_add(self.ttl_ms))
    }

    /// Entries left: runs without any are forgotten.
    pub(super) fn forget(&mut self, entries: &Segments) {
        let Some(first) = entries.first() else {
            self.runs.clear();
            return;
        };
        while self.runs.get(1).is_some_and(|(next, _)| *next <= first) {
            self.runs.pop_front();
        }
        if self.runs.len() > SWEEP_MIN.max(2 * entries.len()) {
            self.sweep(entries);
        }
    }

    /// One old entry may keep those before all others: looks at each run.
    fn sweep(&mut self, entries: &Segments) {
        let ends: Vec<EntryId> = self.runs.iter().skip(1).map(|(first, _)| *first).collect();
        let mut ends = ends.into_iter();
        self.runs.retain(|(first, _)| {
            let end = ends.next().unwrap_or(EntryId::LAST);
            entries.at_or_after(*first).is_some_and(|id| id < end)
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::tests::message;
    use crate::queue::entry::Entry;

    #[test]
    fn one_old_entry_keeps_few_runs_while_others_come_and_go() {
        let (mut entries, mut ages) = (Segments::default(), Ages::new(10));
        for now_ms in 0..10_000 {
            let id = entries.push(Entry::new(Arc::new(message(b""))));
            ages.add(id, now_ms);
            assert_eq!(ages.due_ms(id), now_ms + 10);
            if now_ms > 0 {
                entries.remove(id);
                ages.forget(&entries);
            }
            assert!(ages.len() <= SWEEP_MIN + 1);
        }
        assert_eq!(ages.due_ms(EntryId::FIRST), 10);
        entries.remove(EntryId::FIRST);
        ages.forget(&entries);
        assert_eq!(ages.len(), 0);
    }

    #[test]
    fn a_time_that_goes_back_makes_no_entry_older_than_one_before_it() {
        let mut ages = Ages::new(10);
        for (id, now_ms) in [(0, 100), (1, 90), (2, 101)] {
            ages.add(EntryId(id), now_ms);
        }
        assert_eq!([0, 1, 2].map(|id| ages.due_ms(EntryId(id))), [110, 110, 111]);
    }
}
