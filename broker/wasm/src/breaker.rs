//! Leaves a plugin alone for a while that fails again and again.
//!
//! Invariant: after so many failures in a row nothing is asked until the time is over; then one
//! call is let through, and what becomes of it decides.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Whether a plugin is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakerState {
    /// It is.
    #[default]
    Closed,
    /// The next call decides.
    HalfOpen,
    /// It is not.
    Open,
}

impl BreakerState {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }
}

/// What a call's end did to the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing.
    Stays,
    /// It opened.
    Opens,
    /// It closed.
    Closes,
}

/// The breaker of one pool.
pub(crate) struct Breaker {
    failures_max: u32,
    retry: Duration,
    began: Instant,
    failures: AtomicU32,
    /// When the next call may be tried, in milliseconds since it began; 0: it is closed.
    open_until_ms: AtomicU64,
    is_tried: AtomicBool,
}

impl Breaker {
    pub(crate) fn new(failures_max: u32, retry_ms: u64) -> Self {
        Self {
            failures_max: failures_max.max(1),
            retry: Duration::from_millis(retry_ms),
            began: Instant::now(),
            failures: AtomicU32::new(0),
            open_until_ms: AtomicU64::new(0),
            is_tried: AtomicBool::new(false),
        }
    }

    /// Whether a call may be made now. Who hears yes tells how it ended.
    pub(crate) fn lets_through(&self) -> bool {
        match self.open_until_ms.load(Ordering::Acquire) {
            0 => true,
            until => self.now_ms() >= until && !self.is_tried.swap(true, Ordering::AcqRel),
        }
    }

    pub(crate) fn succeeded(&self) -> Turn {
        if self.failures.load(Ordering::Relaxed) == 0 {
            return Turn::Stays;
        }
        self.failures.store(0, Ordering::Relaxed);
        match self.open_until_ms.swap(0, Ordering::AcqRel) {
            0 => Turn::Stays,
            _ => Turn::Closes,
        }
    }

    pub(crate) fn failed(&self) -> Turn {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if failures < self.failures_max {
            return Turn::Stays;
        }
        let until = self.now_ms().saturating_add(self.retry_ms()).max(1);
        let before = self.open_until_ms.swap(until, Ordering::AcqRel);
        self.is_tried.store(false, Ordering::Release);
        if before == 0 { Turn::Opens } else { Turn::Stays }
    }

    /// The call that was let through did not come to ask: another one may.
    pub(crate) fn undecided(&self) {
        self.is_tried.store(false, Ordering::Release);
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.open_until_ms.load(Ordering::Acquire) {
            0 => BreakerState::Closed,
            until if self.now_ms() >= until => BreakerState::HalfOpen,
            _ => BreakerState::Open,
        }
    }

    /// How long it stays open, in milliseconds.
    pub(crate) fn retry_ms(&self) -> u64 {
        u64::try_from(self.retry.as_millis()).unwrap_or(u64::MAX)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_alone() {
        let breaker = Breaker::new(3, 1_000_000);
        assert_eq!([breaker.failed(), breaker.failed()], [Turn::Stays; 2]);
        assert_eq!(breaker.succeeded(), Turn::Stays);
        assert_eq!([breaker.failed(), breaker.failed()], [Turn::Stays; 2]);
        assert!(breaker.lets_through());
        assert_eq!(breaker.failed(), Turn::Opens);
        assert!(!breaker.lets_through());
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[test]
    fn one_call_is_tried_when_the_time_is_over_and_decides() {
        let breaker = Breaker::new(1, 0);
        assert_eq!(breaker.failed(), Turn::Opens);
        let tried = || (breaker.lets_through(), breaker.lets_through());
        while breaker.state() != BreakerState::HalfOpen {}
        assert_eq!(tried(), (true, false));
        assert_eq!(breaker.failed(), Turn::Stays);
        while breaker.state() != BreakerState::HalfOpen {}
        assert_eq!(tried(), (true, false));
        assert_eq!(breaker.succeeded(), Turn::Closes);
        assert_eq!(tried(), (true, true));
    }
}
