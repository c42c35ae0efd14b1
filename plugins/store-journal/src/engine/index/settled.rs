//! Entries that were taken out of their queue all at once, by a purge or by deletes in a row, and
//! whose messages are let go of in steps: others wait for as long as a step takes.
//!
//! Invariants:
//! - nothing but this leads to such an entry any more;
//! - while there is one, usages count its message as live and lack its tombstone, so no segment may
//!   be chosen to be freed.

use std::vec;

use super::entries::{Block, Blocks};
use super::queue::{Marks, Queue};
use super::shard::Mark;
use super::slots::Slots;
use super::usage::Usages;

/// Entries that one segment's operations settled.
#[derive(Debug)]
pub(super) struct Settled {
    /// The segment in which that is said.
    by: u32,
    blocks: Taken,
    marks: Option<hashbrown::hash_map::IntoValues<u64, Mark>>,
}

#[derive(Debug)]
enum Taken {
    All(Blocks),
    Some(vec::IntoIter<Box<Block>>),
}

impl Iterator for Taken {
    type Item = Box<Block>;

    fn next(&mut self) -> Option<Box<Block>> {
        match self {
            Self::All(blocks) => blocks.next(),
            Self::Some(blocks) => blocks.next(),
        }
    }
}

impl Settled {
    /// All of a queue.
    pub(super) fn queue(queue: Queue, by: u32) -> Self {
        let (blocks, marks): (Blocks, Marks) = queue.into_parts();
        Self { by, blocks: Taken::All(blocks), marks: Some(marks.into_values()) }
    }

    /// Blocks of a queue, whose delivery counts are gone already.
    pub(super) fn blocks(blocks: vec::IntoIter<Box<Block>>, by: u32) -> Self {
        Self { by, blocks: Taken::Some(blocks), marks: None }
    }

    /// Lets go of about so many entries; answers how many of those that it may are left to do: none
    /// where this is through.
    pub(super) fn step(
        &mut self,
        slots: &mut Slots,
        usages: &mut Usages,
        entries_max: usize,
    ) -> usize {
        let mut left = entries_max;
        while left > 0
            && let Some(block) = self.blocks.next()
        {
            for (_, entry) in block.entries(0) {
                let of = slots.leave(entry.slot, usages);
                usages.bury(of, self.by);
                left = left.saturating_sub(1);
            }
        }
        let marks = self.marks.iter_mut().flatten().take(left);
        left - marks.map(|mark| usages.remove_record(mark.place())).count()
    }
}
