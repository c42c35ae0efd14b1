//! Producer flow control: when publishers are held back, and when they go on.
//!
//! Invariant: between stop and resume nothing changes, so that publishers do not flutter.

use crate::queue::Queue;
use crate::queue::depth::Depth;
use crate::queue::settings::{Defaults, SettingsError};

/// When publishers are held back: above `stop`, until below `resume`. None: never for this reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowLimits {
    /// Entries (`qpid.flow_stop_count`).
    pub stop_count: Option<u64>,
    /// Header and body bytes (`qpid.flow_stop_size`).
    pub stop_bytes: Option<u64>,
    /// Entries (`qpid.flow_resume_count`).
    pub resume_count: Option<u64>,
    /// Header and body bytes (`qpid.flow_resume_size`).
    pub resume_bytes: Option<u64>,
}

impl FlowLimits {
    /// What was given (0: never), filled up from the limits of entries and bytes.
    pub(super) fn of(
        given: &FlowLimits,
        (count_max, bytes_max): (Option<u64>, Option<u64>),
        defaults: Option<&Defaults>,
    ) -> Result<Self, SettingsError> {
        let names = ["qpid.flow_resume_count", "qpid.flow_stop_count", "qpid.max_count"];
        let count = pair(names, (given.stop_count, given.resume_count), count_max, defaults)?;
        let names = ["qpid.flow_resume_size", "qpid.flow_stop_size", "qpid.max_size"];
        let bytes = pair(names, (given.stop_bytes, given.resume_bytes), bytes_max, defaults)?;
        let ((stop_count, resume_count), (stop_bytes, resume_bytes)) = (count, bytes);
        Ok(Self { stop_count, stop_bytes, resume_count, resume_bytes })
    }
}

/// Stop and resume of one measure.
type Pair = (Option<u64>, Option<u64>);

fn pair(
    [resume_name, stop_name, max_name]: [&'static str; 3],
    (stop, resume): Pair,
    max: Option<u64>,
    defaults: Option<&Defaults>,
) -> Result<Pair, SettingsError> {
    let share = |percent: fn(&Defaults) -> u8, half: u64| {
        max.zip(defaults).map(|(max, defaults)| per_cent(max, percent(defaults), half))
    };
    let given = (stop, resume);
    let stop = stop.or_else(|| share(|defaults| defaults.flow_stop_percent, 50));
    let Some(stop) = stop.filter(|stop| *stop > 0) else { return Ok((None, None)) };
    if let Some(limit) = max.filter(|max| stop > *max) {
        return Err(SettingsError::Above { lower: stop_name, found: stop, upper: max_name, limit });
    }
    let resume = match given.1.filter(|resume| *resume > 0) {
        Some(found) if found > stop => {
            let (lower, upper, limit) = (resume_name, stop_name, stop);
            return Err(SettingsError::Above { lower, found, upper, limit });
        }
        Some(resume) => resume,
        None => share(|defaults| defaults.flow_resume_percent, 0)
            .filter(|resume| (1..=stop).contains(resume))
            .unwrap_or(stop),
    };
    Ok((Some(stop), Some(resume)))
}

/// Part of a limit; `half` 50: to the nearest, 0: down.
fn per_cent(limit: u64, percent: u8, half: u64) -> u64 {
    let part = (u128::from(limit) * u128::from(percent) + u128::from(half)) / 100;
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// Whether publishers are held back now.
#[derive(Debug, Default)]
pub(super) struct FlowState {
    is_stopped: bool,
    has_resumed: bool,
    /// How often they were.
    pub(super) stops: u64,
}

impl FlowState {
    /// Above which depth something happens, and below which.
    pub(super) fn next_depths(&self, limits: &FlowLimits) -> (Depth, Depth) {
        let or = |depth: Option<u64>, never| depth.unwrap_or(never);
        match self.is_stopped {
            true => {
                ((u64::MAX, u64::MAX), (or(limits.resume_count, 0), or(limits.resume_bytes, 0)))
            }
            false => {
                let stop = (or(limits.stop_count, u64::MAX), or(limits.stop_bytes, u64::MAX));
                (stop, (0, 0))
            }
        }
    }

    pub(super) fn grew(&mut self, limits: &FlowLimits, (count, bytes): Depth) {
        let is_above = |depth, stop: Option<u64>| stop.is_some_and(|stop| depth > stop);
        if !self.is_stopped
            && (is_above(count, limits.stop_count) || is_above(bytes, limits.stop_bytes))
        {
            self.is_stopped = true;
            self.has_resumed = false;
            self.stops += 1;
        }
    }

    pub(super) fn shrank(&mut self, limits: &FlowLimits, (count, bytes): Depth) {
        let is_below = |depth, resume: Option<u64>| resume.is_none_or(|resume| depth < resume);
        if self.is_stopped
            && is_below(count, limits.resume_count)
            && is_below(bytes, limits.resume_bytes)
        {
            self.is_stopped = false;
            self.has_resumed = true;
        }
    }
}

impl Queue {
    /// Whether publishers are to be held back.
    pub fn is_flow_stopped(&self) -> bool {
        self.flow.is_stopped
    }

    /// Whether those that were held back may go on: true once after each stop that ended.
    pub fn take_flow_resumed(&mut self) -> bool {
        std::mem::take(&mut self.flow.has_resumed)
    }
}
