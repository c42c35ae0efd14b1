//! What each segment is needed for: its live records, and the tombstones in it.
//!
//! A tombstone is an operation that killed a record of another segment. It is needed as long as
//! that other segment is there, for a recovery would find the record again.

use std::collections::VecDeque;

use super::Place;

/// What one segment is needed for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    /// Live messages, current delivery counts and current values of keys.
    pub(crate) records: u64,
    /// Their bytes.
    pub(crate) live_bytes: u64,
    /// Bytes of all records that were ever put here.
    record_bytes: u64,
    /// Bytes of the operations that may be tombstones.
    tombstone_bytes: u64,
    /// Segments with records that operations of this one killed.
    tombstones: Vec<u32>,
    /// Whether a record of it stands elsewhere as well: its compaction has begun.
    pub(crate) is_moved_out: bool,
}

/// The usage of every segment that is there.
#[derive(Debug, Default)]
pub(crate) struct Usages {
    first: u32,
    usages: VecDeque<Option<Usage>>,
}

impl Usages {
    /// A segment is there from now on.
    pub(crate) fn add(&mut self, segment: u32) {
        if self.usages.is_empty() {
            self.first = segment;
        }
        let Some(place) = segment.checked_sub(self.first) else { return };
        while self.usages.len() <= place as usize {
            self.usages.push_back(None);
        }
        if let Some(usage) = self.usages.get_mut(place as usize) {
            *usage = Some(Usage::default());
        }
    }

    /// A segment is not there any more.
    pub(crate) fn remove(&mut self, segment: u32) {
        if let Some(place) = segment.checked_sub(self.first)
            && let Some(usage) = self.usages.get_mut(place as usize)
        {
            *usage = None;
        }
        while let Some(None) = self.usages.front() {
            self.usages.pop_front();
            self.first += 1;
        }
    }

    pub(crate) fn get(&self, segment: u32) -> Option<&Usage> {
        let place = segment.checked_sub(self.first)?;
        self.usages.get(place as usize)?.as_ref()
    }

    fn get_mut(&mut self, segment: u32) -> Option<&mut Usage> {
        let place = segment.checked_sub(self.first)?;
        self.usages.get_mut(place as usize)?.as_mut()
    }

    pub(crate) fn contains(&self, segment: u32) -> bool {
        self.get(segment).is_some()
    }

    /// The segments that are there, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Usage)> {
        let usages = (self.first..).zip(&self.usages);
        usages.filter_map(|(segment, usage)| Some((segment, usage.as_ref()?)))
    }

    /// Bytes of all live records.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.iter().map(|(_, usage)| usage.live_bytes).sum()
    }

    /// The segments with records that operations of this segment killed, and that are there.
    pub(crate) fn needed_tombstones(&self, segment: u32) -> impl Iterator<Item = u32> {
        let tombstones = self.get(segment).map_or(&[][..], |usage| &usage.tombstones);
        tombstones.iter().copied().filter(move |of| *of != segment && self.contains(*of))
    }

    /// A copy of a segment's tombstones is in another.
    pub(crate) fn inherit(&mut self, from: u32, to: u32) {
        let inherited: Vec<u32> = self.needed_tombstones(from).collect();
        for of in inherited {
            self.bury(of, to);
        }
    }

    /// Of `bytes` of frames in a segment, those that are needed: frames have heads, and a copy has
    /// as many as what it is a copy of.
    pub(crate) fn needed_bytes(&self, segment: u32, bytes: u64) -> u64 {
        let Some(usage) = self.get(segment) else { return 0 };
        let is_tombstone = self.needed_tombstones(segment).next().is_some();
        let tombstones = if is_tombstone { usage.tombstone_bytes } else { 0 };
        let all = u128::from(usage.record_bytes + usage.tombstone_bytes);
        let needed = u128::from(usage.live_bytes + tombstones) * u128::from(bytes);
        u64::try_from(needed.checked_div(all).unwrap_or_default()).unwrap_or(bytes)
    }

    /// An operation that may kill records stands at this place.
    pub(super) fn add_tombstone(&mut self, place: Place) {
        if let Some(usage) = self.get_mut(place.segment) {
            usage.tombstone_bytes += u64::from(place.bytes);
        }
    }

    /// A record is live at this place.
    pub(super) fn add_record(&mut self, place: Place) {
        if let Some(usage) = self.get_mut(place.segment) {
            usage.record_bytes += u64::from(place.bytes);
            usage.records += 1;
            usage.live_bytes += u64::from(place.bytes);
        }
    }

    /// A record is not live any more.
    pub(super) fn remove_record(&mut self, place: Place) {
        if let Some(usage) = self.get_mut(place.segment) {
            usage.records = usage.records.saturating_sub(1);
            usage.live_bytes = usage.live_bytes.saturating_sub(u64::from(place.bytes));
        }
    }

    /// A record stands elsewhere.
    pub(super) fn move_record(&mut self, from: Place, to: Place) {
        self.remove_record(from);
        self.add_record(to);
        if let Some(usage) = self.get_mut(from.segment) {
            usage.is_moved_out = true;
        }
    }

    /// An operation in segment `by` killed a record that stands in segment `of`.
    pub(super) fn bury(&mut self, of: u32, by: u32) {
        if of == by {
            return;
        }
        if let Some(usage) = self.get_mut(by)
            && usage.tombstones.last() != Some(&of)
            && !usage.tombstones.contains(&of)
        {
            usage.tombstones.push(of);
        }
    }
}
