//! Which entry is next: in order of arrival, by priority, or one for each key.

/// Which entry is next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// In order of arrival.
    #[default]
    Fifo,
    /// In order of arrival, and a new message takes out the last one of the same key
    /// (`qpid.last_value_queue_key`, and the two legacy arguments).
    LastValue {
        /// The header that holds the key; messages without it have the empty key.
        key: String,
    },
    /// The highest level first, in order of arrival within it (`qpid.priorities`).
    Priority(PriorityLevels),
}

/// Priorities of messages on a number of levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityLevels {
    /// How many.
    pub levels: usize,
    /// How many entries of each level are handed out in a row before the next level has its turn
    /// (`qpid.fairshare`); 0: as many as there are. Empty where no level has a share.
    pub shares: Vec<u32>,
    /// Which priority goes to which level.
    pub mapping: PriorityMapping,
}

/// How priorities go to levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriorityMapping {
    /// Ten priorities to however many levels, those in the middle told apart (AMQP 0-10, queues,
    /// rule priority-level-implementation).
    #[default]
    Middle,
    /// Each priority is a level, and those above the highest go to the highest
    /// (`x-max-priority`).
    Direct,
}

impl PriorityLevels {
    /// The level of a priority. Those beyond the levels go to the lowest and the highest.
    pub fn level(&self, priority: u8) -> usize {
        let first = match self.mapping {
            PriorityMapping::Middle => 5_usize.saturating_sub(self.levels.div_ceil(2)),
            PriorityMapping::Direct => 0,
        };
        usize::from(priority).saturating_sub(first).min(self.levels.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_that_have_no_level_of_their_own_share_the_outer_ones() {
        let map = |levels| {
            let mapping = PriorityMapping::Middle;
            let levels = PriorityLevels { levels, shares: Vec::new(), mapping };
            (0..=10).map(|priority| levels.level(priority)).collect::<Vec<_>>()
        };
        assert_eq!(map(10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]);
        assert_eq!(map(5), [0, 0, 0, 1, 2, 3, 4, 4, 4, 4, 4]);
        assert_eq!(map(2), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
        assert_eq!(map(1), [0; 11]);
    }

    #[test]
    fn a_priority_above_the_highest_level_counts_as_the_highest() {
        let mapping = PriorityMapping::Direct;
        let levels = PriorityLevels { levels: 4, shares: Vec::new(), mapping };
        let mapped: Vec<usize> = [0, 1, 3, 4, 255].map(|priority| levels.level(priority)).into();
        assert_eq!(mapped, [0, 1, 3, 3, 3]);
    }
}
