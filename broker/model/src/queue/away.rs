//! Entries that are in the store alone, as whole segments: of a long queue the middle is there, and
//! costs about a byte an entry here.
//!
//! A queue never reads. Where an operation comes to an entry that is away it ends early and says
//! that the entry is wanted; the owner takes that ([`Queue::take_wanted`]), reads outside of its
//! lock, hands in what it read ([`Queue::bring_in`]), and does the operation again.
//!
//! What came while there is too much in memory leaves it, and stays away until it is wanted; what
//! was read leaves again, oldest first, where there is still too much.
//!
//! Invariants:
//! - what is away is stored, durable, seen, held by nobody, without an end to its time, as often
//!   handed out as its neighbours in the segment, and behind all that is taken in order: it is as
//!   it was when it comes back;
//! - a queue of a kind that knows its entries one by one, by key, priority, group or age, or that
//!   drops them by itself, has none away.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::limits::{
    AHEAD_BYTES_MAX, AHEAD_SEGMENTS_MAX, AWAY_BYTES_MAX, BROUGHT_SEGMENTS_MAX, PAGED_BODY_BYTES_MIN,
};
use crate::message::Message;
use crate::queue::available::Kind;
use crate::queue::consumer::PullState;
use crate::queue::entry::Entry;
use crate::queue::segment::{SEGMENT_ENTRIES, Segment, first_of, place};
use crate::queue::{EntryId, OverflowPolicy, Queue};

/// A segment that is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Away {
    /// A bit for each id that is there.
    present: u32,
    /// How often each was handed out and came back.
    delivery_count: u32,
    /// Bytes of their headers and bodies.
    bytes: u64,
}

const _: () = assert!(SEGMENT_ENTRIES == u32::BITS as usize);

impl Away {
    /// What is left of a segment that leaves, and the bytes of bodies that left before; none where
    /// it may not leave.
    fn of(segment: &Segment) -> Option<(Self, u64)> {
        let (mut away, mut paged_bytes) = (None, 0);
        for (slot, entry) in segment.slots.iter().enumerate() {
            let Some(Entry { message, holder, delivery_count }) = entry else { continue };
            let delivery_count = *delivery_count;
            let away = away.get_or_insert(Self { present: 0, delivery_count, bytes: 0 });
            let is_lasting = message.is_durable() && message.expires_at_ms().is_none();
            if holder.is_some() || !is_lasting || away.delivery_count != delivery_count {
                return None;
            }
            away.present |= 1 << slot;
            away.bytes += message.size();
            paged_bytes += message.place().map_or(0, |place| place.body_bytes);
        }
        away.filter(|away| away.bytes <= AWAY_BYTES_MAX).map(|away| (away, paged_bytes))
    }

    pub(super) fn len(&self) -> usize {
        self.present.count_ones() as usize
    }

    pub(super) fn has(&self, number: u64, id: EntryId) -> bool {
        let (of, slot) = place(id);
        of == number && self.present & (1 << slot) != 0
    }

    /// The first entry of the segment with this number whose id is at least `from`.
    pub(super) fn at_or_after(&self, number: u64, from: EntryId) -> Option<EntryId> {
        let (first, slot) = place(from);
        let skipped = if number == first { slot } else { 0 };
        let rest = self.present & (u32::MAX << skipped);
        (rest != 0).then(|| EntryId(first_of(number).0 + u64::from(rest.trailing_zeros())))
    }

    fn ids(self, number: u64) -> impl Iterator<Item = EntryId> {
        let first = first_of(number).0;
        let ids = (0..).zip(first..).take(SEGMENT_ENTRIES);
        ids.filter(move |(slot, _)| self.present & (1 << slot) != 0).map(|(_, id)| EntryId(id))
    }
}

/// A segment that was stored, and that a queue has at its start without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaySegment {
    /// Its number: the first of its ids by [`SEGMENT_ENTRIES`].
    pub number: u64,
    /// A bit for each id that is there, the lowest for the first.
    pub present: u32,
    /// How often each was handed out.
    pub delivery_count: u32,
    /// Bytes of their headers and bodies.
    pub bytes: u64,
}

/// Entries that are wanted: those with these ids that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The ids.
    pub ids: Range<u64>,
}

/// What a queue has away, and what somebody wants of it.
#[derive(Debug, Default)]
pub(super) struct Absence {
    is_on: bool,
    /// Segments before this one have left, or stay.
    considered: u64,
    wanted: Option<EntryId>,
    /// Segments that were read, oldest first, and some that have gone since.
    brought: VecDeque<u64>,
}

impl Absence {
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }
}

impl Queue {
    /// The owner's store hands over entries by their ids: they may leave memory, where the queue's
    /// kind allows it.
    pub fn let_leave(&mut self) {
        self.absence.is_on = self.may_leave();
    }

    /// Whether entries of a queue of this kind may leave memory.
    pub fn may_leave(&self) -> bool {
        let settings = &self.settings;
        let is_plain = matches!(self.kind, Kind::Fifo) && settings.message_ttl_ms.is_none();
        is_plain && !self.limits_ready && settings.policy != OverflowPolicy::Ring
    }

    /// What came until now stays, as far as it has not left.
    pub(super) fn stay(&mut self) {
        self.absence.considered = self.seen_segments();
    }

    #[cfg(test)]
    pub(super) fn consider_again(&mut self) {
        self.absence.considered = 0;
    }

    /// The number of the first segment that has entries which are not seen, or is being filled.
    fn seen_segments(&self) -> u64 {
        place(self.keeping.hidden_from()).0.min(self.entries.tail_number())
    }

    /// Segments leave that are complete since somebody looked, or else the bodies in them.
    pub(super) fn send_away(&mut self, store_number: u64) {
        if !self.absence.is_on {
            return;
        }
        let end = self.seen_segments();
        while let Some(number) = self.entries.next_filled(self.absence.considered, end) {
            self.absence.considered = number + 1;
            if !self.send_segment(number) {
                let first = first_of(number).0;
                let ids = (first..).take(SEGMENT_ENTRIES).map(EntryId);
                ids.for_each(|id| self.page_body(store_number, id, PAGED_BODY_BYTES_MIN));
            }
        }
        self.absence.considered = end;
    }

    fn send_segment(&mut self, number: u64) -> bool {
        let is_last = number >= self.seen_segments();
        if is_last || !self.arrival.is_fresh(first_of(number)) {
            return false;
        }
        let left = self.entries.filled(number).and_then(Away::of);
        let Some((away, paged_bytes)) = left else { return false };
        self.keeping.paged_bytes += away.bytes.saturating_sub(paged_bytes);
        self.entries.send_away(number, away);
        true
    }

    /// An entry that is not in memory is wanted: the pull that came to it goes on when it is.
    pub(super) fn want(&mut self, id: EntryId) -> PullState {
        if !self.entries.is_away(id) {
            return PullState::Waiting;
        }
        self.absence.wanted = Some(id);
        PullState::More
    }

    /// What the last operation ended early for, with what is likely to be wanted next.
    pub fn take_wanted(&mut self) -> Option<Wanted> {
        let id = self.absence.wanted.take()?;
        let first = self.entries.away_with(id)?;
        let (mut end, mut bytes) = (first, 0);
        while let Some(away) = self.entries.away(end)
            && end - first < AHEAD_SEGMENTS_MAX as u64
            && (end == first || bytes + away.bytes <= AHEAD_BYTES_MAX)
        {
            bytes += away.bytes;
            end += 1;
        }
        Some(Wanted { ids: first_of(first).0..first_of(end).0 })
    }

    /// How many of these entries come before the first that is away; that one is wanted.
    pub fn count_here(&mut self, ids: &[EntryId]) -> usize {
        let away = ids.iter().position(|id| self.entries.is_away(*id));
        if let Some(id) = away.and_then(|at| ids.get(at)) {
            self.absence.wanted = Some(*id);
        }
        away.unwrap_or(ids.len())
    }

    /// Puts entries back that were wanted, with what the store has of them, in the order of ids.
    /// Those that came back meanwhile, or left, are passed over. Answers how many the store lacks:
    /// they are gone.
    pub fn bring_in(&mut self, wanted: &Wanted, messages: Vec<(EntryId, Arc<Message>)>) -> usize {
        let (first, end) = (place(EntryId(wanted.ids.start)).0, place(EntryId(wanted.ids.end)).0);
        let mut messages = messages.into_iter().peekable();
        let mut lost = 0;
        for number in first..end {
            let mut of_segment = Vec::with_capacity(SEGMENT_ENTRIES);
            while let Some((id, message)) = messages.next_if(|(id, _)| place(*id).0 <= number) {
                of_segment.push((id, message));
            }
            if let Some(away) = self.entries.take_away(number) {
                lost += self.put_back(number, away, of_segment);
            }
        }
        lost
    }

    fn put_back(
        &mut self,
        number: u64,
        away: Away,
        mut messages: Vec<(EntryId, Arc<Message>)>,
    ) -> usize {
        messages.retain(|(id, _)| away.has(number, *id));
        self.keeping.paged_bytes = self.keeping.paged_bytes.saturating_sub(away.bytes);
        let bytes: u64 = messages.iter().map(|(_, message)| message.size()).sum();
        let lost = away.len().saturating_sub(messages.len());
        let delivery_count = away.delivery_count;
        self.entries.put_back(
            messages
                .into_iter()
                .map(|(id, message)| (id, Entry { delivery_count, ..Entry::new(message) })),
        );
        self.absence.brought.push_back(number);
        if lost > 0 {
            self.ready -= lost;
            self.statistics.leave_together(lost as u64, away.bytes.saturating_sub(bytes));
            self.depth_shrank();
        }
        lost
    }

    /// What was read longest ago leaves memory again where there is too much; some may stay.
    pub fn settle_brought(&mut self, is_too_much: bool) {
        while self.absence.brought.len() > BROUGHT_SEGMENTS_MAX
            && let Some(number) = self.absence.brought.pop_front()
        {
            if is_too_much {
                self.send_segment(number);
            }
        }
    }

    /// Takes out the segment that the next entry from a place on is away with, unread, where it has
    /// at most `count`. Answers how many it had; 0 where that entry is in memory.
    pub fn drop_away(&mut self, from: EntryId, count: usize) -> usize {
        let next = self.entries.at_or_after(from);
        let Some(number) = next.and_then(|id| self.entries.away_with(id)) else { return 0 };
        let is_whole = self.entries.away(number).is_some_and(|away| {
            away.len() <= count && away.at_or_after(number, first_of(number)) == next
        });
        if !is_whole {
            return 0;
        }
        self.drop_segment(number)
    }

    /// Takes out segments that are away, wherever they are, with about so many entries: for a queue
    /// that is deleted. Answers how many they had.
    pub fn drop_unread(&mut self, count: usize) -> usize {
        let mut dropped = 0;
        while dropped < count
            && let Some(number) = self.entries.first_away()
        {
            dropped += self.drop_segment(number);
        }
        dropped
    }

    fn drop_segment(&mut self, number: u64) -> usize {
        let Some(away) = self.entries.take_away(number) else { return 0 };
        let dropped = away.len();
        self.ready -= dropped;
        self.statistics.leave_together(dropped as u64, away.bytes);
        self.keeping.left_together(away.ids(number), away.bytes);
        self.depth_shrank();
        dropped
    }

    /// The same for entries that are dropped by a purge.
    pub fn purge_away(&mut self, from: EntryId, count: usize) -> usize {
        let purged = self.drop_away(from, count);
        self.statistics.purged += purged as u64;
        purged
    }

    /// Puts back entries that were stored without reading them: behind all that are here. The queue
    /// is one whose entries may leave memory.
    pub fn restore_away(&mut self, segment: &AwaySegment) {
        let AwaySegment { number, present, delivery_count, bytes } = *segment;
        let away = Away { present, delivery_count, bytes };
        self.entries.push_away(number, away);
        self.ready += away.len();
        self.statistics.enter_together(away.len() as u64, bytes);
        self.keeping.paged_bytes += bytes;
        self.depth_grew();
    }
}
