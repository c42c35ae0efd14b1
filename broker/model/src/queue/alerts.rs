//! Threshold alerts: somebody is told when a queue grows beyond a mark, and when it has shrunk
//! again.
//!
//! Invariant: hysteresis. Between the upper and the lower mark of a measure nothing is raised;
//! after an alert upward the next of that measure is downward.

use std::collections::VecDeque;

use crate::limits::ALERTS_WAITING_MAX;
use crate::queue::Queue;
use crate::queue::depth::Depth;

/// Marks that were given; up 0: no alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GivenAlerts {
    pub(super) count_up: Option<u64>,
    pub(super) count_down: Option<u64>,
    pub(super) bytes_up: Option<u64>,
    pub(super) bytes_down: Option<u64>,
}

/// When alerts are raised: at `up` or above, and then at `down` or below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertLimits {
    /// Entries; none: no alert.
    pub count: Option<Marks>,
    /// Header and body bytes; none: no alert.
    pub bytes: Option<Marks>,
    /// No lower mark was given: consoles also expect the older event `queueThresholdExceeded`.
    pub is_one_sided: bool,
}

/// Two marks of one measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The upper one.
    pub up: u64,
    /// The lower one.
    pub down: u64,
}

impl AlertLimits {
    /// What was given, filled up: the upper mark from the limits of entries and bytes, the lower
    /// one from the upper.
    pub(super) fn of(
        given: &GivenAlerts,
        (count_max, bytes_max): (Option<u64>, Option<u64>),
        percent: u8,
    ) -> Self {
        let marks = |up: Option<u64>, down: Option<u64>, max: Option<u64>| {
            let of_limit = |max| u128::from(percent) * u128::from(max) / 100;
            let of_limit = |max| u64::try_from(of_limit(max)).unwrap_or(u64::MAX);
            let up = up.or(max.map(of_limit)).filter(|up| *up > 0)?;
            Some(Marks { up, down: down.filter(|down| *down < up).unwrap_or(up / 2) })
        };
        Self {
            count: marks(given.count_up, given.count_down, count_max),
            bytes: marks(given.bytes_up, given.bytes_down, bytes_max),
            is_one_sided: given.count_down.is_none() && given.bytes_down.is_none(),
        }
    }
}

/// Which way a mark was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It grew to the upper mark.
    Up,
    /// It shrank to the lower one.
    Down,
}

/// A mark was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Which way.
    pub direction: Direction,
    /// Entries at that moment.
    pub messages: u64,
    /// Their header and body bytes.
    pub bytes: u64,
}

/// Which marks were passed, and what the owner has not been told yet.
#[derive(Debug, Default)]
pub(super) struct AlertState {
    is_count_up: bool,
    is_bytes_up: bool,
    waiting: VecDeque<Alert>,
}

impl AlertState {
    /// Above which depth something happens, and below which.
    pub(super) fn next_depths(&self, limits: &AlertLimits) -> (Depth, Depth) {
        let next = |marks: Option<Marks>, is_up: bool| match marks {
            Some(marks) if is_up => (u64::MAX, marks.down.saturating_add(1)),
            Some(marks) => (marks.up.saturating_sub(1), 0),
            None => (u64::MAX, 0),
        };
        let count = next(limits.count, self.is_count_up);
        let bytes = next(limits.bytes, self.is_bytes_up);
        ((count.0, bytes.0), (count.1, bytes.1))
    }

    pub(super) fn grew(&mut self, limits: &AlertLimits, depth: Depth) {
        let is_reached = |depth, marks: Option<Marks>| marks.is_some_and(|marks| depth >= marks.up);
        if !self.is_bytes_up && is_reached(depth.1, limits.bytes) {
            self.is_bytes_up = true;
            self.raise(Direction::Up, depth);
        }
        if !self.is_count_up && is_reached(depth.0, limits.count) {
            self.is_count_up = true;
            self.raise(Direction::Up, depth);
        }
    }

    pub(super) fn shrank(&mut self, limits: &AlertLimits, depth: Depth) {
        let is_left = |depth, marks: Option<Marks>| marks.is_some_and(|marks| depth <= marks.down);
        if self.is_bytes_up && is_left(depth.1, limits.bytes) {
            self.is_bytes_up = false;
            self.raise(Direction::Down, depth);
        }
        if self.is_count_up && is_left(depth.0, limits.count) {
            self.is_count_up = false;
            self.raise(Direction::Down, depth);
        }
    }

    fn raise(&mut self, direction: Direction, (messages, bytes): Depth) {
        if self.waiting.len() == ALERTS_WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Alert { direction, messages, bytes });
    }
}

impl Queue {
    /// Whether marks were passed since the last [`Queue::take_alerts`].
    pub fn has_alerts(&self) -> bool {
        !self.alerts.waiting.is_empty()
    }

    /// The marks that were passed since the last call, in order. Depths change with every push and
    /// settlement; the owner asks after these.
    pub fn take_alerts(&mut self) -> Vec<Alert> {
        std::mem::take(&mut self.alerts.waiting).into()
    }
}
