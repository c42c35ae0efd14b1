//! Entries that nobody holds, by level of priority, and whose turn it is among the levels.
//!
//! Invariant: a level has exactly the available entries of its priorities. Without shares the
//! highest level is always next. With shares a level that has had its share waits until all others
//! had their turn.

use std::collections::BTreeSet;

use crate::queue::{EntryId, PriorityLevels};

/// Available entries by level.
#[derive(Debug)]
pub(super) struct Levels {
    priorities: PriorityLevels,
    available: Vec<BTreeSet<EntryId>>,
    turn: Turn,
    /// The turn in which the entry that was named as next is.
    next_turn: Turn,
}

/// A level, and how many entries in a row were of it.
#[derive(Clone, Copy, Debug)]
struct Turn {
    level: usize,
    count: u32,
}

impl Levels {
    pub(super) fn new(priorities: PriorityLevels) -> Self {
        let levels = priorities.levels;
        let turn = Turn { level: levels.saturating_sub(1), count: 0 };
        let available = vec![BTreeSet::new(); levels];
        Self { priorities, available, turn, next_turn: turn }
    }

    /// How many levels.
    pub(super) fn count(&self) -> usize {
        self.available.len()
    }

    pub(super) fn level(&self, priority: u8) -> usize {
        self.priorities.level(priority)
    }

    /// The entry that is next; [`Levels::take_turn`] says that it was taken.
    pub(super) fn first(&mut self) -> Option<EntryId> {
        if self.priorities.shares.is_empty() {
            return self.available.iter().rev().find_map(|level| level.first().copied());
        }
        let mut turn = self.turn;
        let share = self.priorities.shares.get(turn.level).copied().unwrap_or(0);
        if share > 0 {
            turn.count = turn.count.saturating_add(1);
            if turn.count > share {
                turn = self.after(turn);
            }
        }
        for _ in 0..self.available.len() {
            if let Some(id) = self.available.get(turn.level).and_then(BTreeSet::first) {
                self.next_turn = turn;
                return Some(*id);
            }
            turn = self.after(turn);
        }
        None
    }

    /// The entry that was named as next was taken.
    pub(super) fn take_turn(&mut self) {
        self.turn = self.next_turn;
    }

    fn after(&self, turn: Turn) -> Turn {
        let highest = self.available.len().saturating_sub(1);
        Turn { level: turn.level.checked_sub(1).unwrap_or(highest), count: 1 }
    }

    /// The first entry of the lowest level that has one: the first to be dropped.
    pub(super) fn lowest(&self) -> Option<EntryId> {
        self.available.iter().find_map(|level| level.first().copied())
    }

    /// The oldest entry of all levels.
    pub(super) fn oldest(&self) -> Option<EntryId> {
        self.available.iter().filter_map(BTreeSet::first).min().copied()
    }

    /// The first entry of a level from `from` on.
    pub(super) fn at_or_after(&self, level: usize, from: EntryId) -> Option<EntryId> {
        self.available.get(level)?.range(from..).next().copied()
    }

    /// An entry is available.
    pub(super) fn add(&mut self, id: EntryId, priority: u8) {
        let level = self.level(priority);
        if let Some(available) = self.available.get_mut(level) {
            available.insert(id);
        }
    }

    /// An entry is held, or gone.
    pub(super) fn remove(&mut self, id: EntryId, priority: u8) {
        let level = self.level(priority);
        if let Some(available) = self.available.get_mut(level) {
            available.remove(&id);
        }
    }
}
