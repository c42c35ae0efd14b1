//! Leaves a plugin alone for a while that fails again and again.
//!
//! Invariant: after so many failures in a row nothing is asked until the time is over; then one
//! call is let through, and what becomes of it decides.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

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
    /// Whether there was no failure since the last success: then nothing else is looked at.
    is_plain: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In a row.
    failures: u32,
    /// When the next call may be tried, where it is open.
    open_until: Option<Instant>,
    is_tried: bool,
}

impl Breaker {
    pub(crate) fn new(failures_max: u32, retry_ms: u64) -> Self {
        Self {
            failures_max: failures_max.max(1),
            retry: Duration::from_millis(retry_ms),
            is_plain: AtomicBool::new(true),
            state: Mutex::default(),
        }
    }

    /// Whether a call may be made now. Who hears yes tells how it ended.
    pub(crate) fn lets_through(&self) -> bool {
        if self.is_plain.load(Ordering::Acquire) {
            return true;
        }
        let mut state = self.state.lock();
        match state.open_until {
            None => true,
            Some(until) => Instant::now() >= until && !mem::replace(&mut state.is_tried, true),
        }
    }

    pub(crate) fn succeeded(&self) -> Turn {
        if self.is_plain.load(Ordering::Acquire) {
            return Turn::Stays;
        }
        self.close()
    }

    /// Forgets all failures, as those of former code.
    pub(crate) fn close(&self) -> Turn {
        let mut state = self.state.lock();
        let before = mem::take(&mut *state);
        self.is_plain.store(true, Ordering::Release);
        if before.open_until.is_some() { Turn::Closes } else { Turn::Stays }
    }

    pub(crate) fn failed(&self) -> Turn {
        let mut state = self.state.lock();
        self.is_plain.store(false, Ordering::Release);
        state.failures = state.failures.saturating_add(1);
        if state.failures < self.failures_max {
            return Turn::Stays;
        }
        state.is_tried = false;
        let until = Instant::now() + self.retry;
        if state.open_until.replace(until).is_none() { Turn::Opens } else { Turn::Stays }
    }

    /// The call that was let through did not come to ask: another one may.
    pub(crate) fn undecided(&self) {
        if !self.is_plain.load(Ordering::Acquire) {
            self.state.lock().is_tried = false;
        }
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.state.lock().open_until {
            None => BreakerState::Closed,
            Some(until) if Instant::now() >= until => BreakerState::HalfOpen,
            Some(_) => BreakerState::Open,
        }
    }

    /// After how many failures in a row it opens.
    pub(crate) fn failures_max(&self) -> u32 {
        self.failures_max
    }

    /// How long it stays open, in milliseconds.
    pub(crate) fn retry_ms(&self) -> u64 {
        u64::try_from(self.retry.as_millis()).unwrap_or(u64::MAX)
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

    #[test]
    fn whatever_ends_at_once_one_call_is_tried_again() {
        let breaker = Breaker::new(2, 0);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let breaker = &breaker;
                scope.spawn(move || {
                    for round in 0..20_000 {
                        if breaker.lets_through() {
                            match (round + thread) % 3 {
                                0 => drop(breaker.succeeded()),
                                1 => drop(breaker.failed()),
                                _ => breaker.undecided(),
                            }
                        }
                    }
                });
            }
        });
        while breaker.state() == BreakerState::Open {}
        assert!(breaker.lets_through());
        breaker.succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn it_is_closed_for_new_code() {
        let breaker = Breaker::new(1, 1_000_000);
        assert_eq!(breaker.failed(), Turn::Opens);
        assert_eq!(breaker.close(), Turn::Closes);
        assert!(breaker.lets_through());
        assert_eq!(breaker.failed(), Turn::Opens);
    }
}
