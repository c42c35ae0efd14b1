//! Which segment is freed next.

use crate::disk::Disk;
use crate::engine::core::{Core, Present};
use crate::engine::index::Usages;
use crate::engine::segment::FIRST_FRAME;

/// A segment to be freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Choice {
    /// Nothing in it is needed.
    Free(u32),
    /// What is needed in it is copied first.
    Compact(u32),
}

/// Of a hundred bytes of a segment so many are needed at most when it is compacted, room that was
/// never filled counting as not needed. So the journal has at most twice the bytes that it needs,
/// and a byte is copied once for each that is freed.
const NEEDED_PERCENT_MAX: u64 = 50;

/// Of a hundred bytes of a segment so many must be dead where messages are refused for want of
/// room. Room that was never filled does not count here: copying would not fill it.
const DEAD_PERCENT_MIN_WHEN_FULL: u64 = 5;

impl<D: Disk, T> Core<D, T> {
    /// The segment to be freed next; none where all are worth their room, or what they are needed
    /// for is not all known.
    pub(in crate::engine) fn choose_victim(&self) -> Option<Choice> {
        if self.index.is_letting_go() {
            return None;
        }
        let usages = &self.index.usages;
        // Only what is wholly written can be read and can go.
        let closed = || self.present.range(..self.written.0);
        // One whose copies were begun before a new start goes first: its tombstones may have been
        // counted for the copies.
        let begun = closed()
            .find(|(number, _)| usages.get(**number).is_some_and(|usage| usage.is_moved_out));
        if let Some((&number, _)) = begun {
            return Some(Choice::Compact(number));
        }
        if let Some((&number, _)) = closed().find(|(number, _)| is_dead(usages, **number)) {
            return Some(Choice::Free(number));
        }
        let costs = closed().filter_map(|(&number, present)| {
            let cost = self.index.usages.needed_bytes(number, filled_bytes(present));
            self.is_worth_it(present, cost).then_some((cost, number))
        });
        let (cost, number) = costs.min()?;
        self.has_room_for(cost).then_some(Choice::Compact(number))
    }

    /// Whether to copy so many bytes to free a segment. What was just copied never is: it has
    /// nothing dead in it, so copying comes to an end.
    fn is_worth_it(&self, present: &Present<D::File>, cost: u64) -> bool {
        let room = self.options.segment_bytes.saturating_sub(FIRST_FRAME);
        let dead = filled_bytes(present).saturating_sub(cost);
        let is_full = self.full.is_some();
        cost * 100 <= room * NEEDED_PERCENT_MAX
            || (is_full && dead * 100 >= room * DEAD_PERCENT_MIN_WHEN_FULL)
    }

    /// Whether copies find room: in the last segment, in one that is ready, or on the disk.
    fn has_room_for(&self, bytes: u64) -> bool {
        let segment_bytes = self.options.segment_bytes;
        self.ready.is_some()
            || self.tail.offset + 2 * bytes < segment_bytes
            || self.free_bytes > bytes.saturating_add(segment_bytes.saturating_mul(2))
    }
}

fn filled_bytes<F>(present: &Present<F>) -> u64 {
    present.end_offset.saturating_sub(FIRST_FRAME)
}

fn is_dead(usages: &Usages, number: u32) -> bool {
    usages.get(number).is_some_and(|usage| usage.records == 0)
        && usages.needed_tombstones(number).next().is_none()
}
