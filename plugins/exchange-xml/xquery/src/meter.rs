//! Counts what an evaluation spends, and ends it at its limits.
//!
//! Invariants: whatever loops over items or builds something asks here; the clock is read every
//! [`STEPS_BETWEEN_CLOCKS`] steps, and not at all by an evaluation that takes fewer: time counts
//! from the first look; no evaluation takes a step more than `steps_max`.

use std::cell::Cell;
use std::time::Instant;

use crate::error::{Error, ErrorCode, Result};
use crate::limits::Limits;

/// Steps between two looks at the clock.
const STEPS_BETWEEN_CLOCKS: u64 = 1024;

/// What one evaluation has left.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    pub(crate) limits: &'a Limits,
    begun: Cell<Option<Instant>>,
    steps: Cell<u64>,
    next_clock: Cell<u64>,
    built_bytes: Cell<usize>,
    call_depth: Cell<usize>,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            begun: Cell::new(None),
            steps: Cell::new(0),
            next_clock: Cell::new(next_clock(0, limits)),
            built_bytes: Cell::new(0),
            call_depth: Cell::new(0),
        }
    }

    /// Counts one step.
    #[inline]
    pub(crate) fn step(&self) -> Result<()> {
        self.steps(1)
    }

    /// Counts `count` steps.
    #[inline]
    pub(crate) fn steps(&self, count: u64) -> Result<()> {
        let steps = self.steps.get().saturating_add(count);
        self.steps.set(steps);
        if steps < self.next_clock.get() { Ok(()) } else { self.clock() }
    }

    /// Looks at the clock: after some steps, or for what takes long without one.
    #[cold]
    pub(crate) fn clock(&self) -> Result<()> {
        let steps = self.steps.get();
        self.next_clock.set(next_clock(steps, self.limits));
        if steps > self.limits.steps_max {
            let steps_max = self.limits.steps_max;
            return Err(limit(
                "steps_max",
                format!("the evaluation took more than {steps_max} steps"),
            ));
        }
        let begun = self.begun.get().unwrap_or_else(Instant::now);
        self.begun.set(Some(begun));
        if begun.elapsed() > self.limits.deadline {
            let text = format!("the evaluation took longer than {:?}", self.limits.deadline);
            return Err(limit("deadline", text));
        }
        Ok(())
    }

    /// Counts bytes that are built, before they are.
    #[inline]
    pub(crate) fn build(&self, bytes: usize) -> Result<()> {
        let built = self.built_bytes.get().saturating_add(bytes);
        self.built_bytes.set(built);
        let bytes_max = self.limits.built_bytes_max;
        if built > bytes_max {
            return Err(limit(
                "built_bytes_max",
                format!("the evaluation built more than {bytes_max} bytes"),
            ));
        }
        Ok(())
    }

    /// Checks the length of a sequence, array or map that is about to be kept.
    #[inline]
    pub(crate) fn items(&self, items: usize) -> Result<()> {
        let items_max = self.limits.sequence_items_max;
        if items > items_max {
            let text = format!("a sequence, an array or a map has more than {items_max} items");
            return Err(limit("sequence_items_max", text));
        }
        Ok(())
    }

    /// Checks how deep values lie in each other.
    #[inline]
    pub(crate) fn value_depth(&self, depth: usize) -> Result<()> {
        let depth_max = self.limits.value_depth_max;
        if depth > depth_max {
            let text = format!("more than {depth_max} maps, arrays and functions in each other");
            return Err(limit("value_depth_max", text));
        }
        Ok(())
    }

    /// Enters a call of a function. Whoever enters leaves.
    pub(crate) fn enter_call(&self) -> Result<()> {
        let depth_max = self.limits.call_depth_max;
        if self.call_depth.get() >= depth_max {
            let text = format!("more than {depth_max} calls of functions inside each other");
            return Err(limit("call_depth_max", text));
        }
        self.call_depth.set(self.call_depth.get() + 1);
        Ok(())
    }

    /// Leaves a call of a function.
    pub(crate) fn leave_call(&self) {
        self.call_depth.set(self.call_depth.get().saturating_sub(1));
    }

    /// Steps so far.
    #[cfg(test)]
    pub(crate) fn steps_taken(&self) -> u64 {
        self.steps.get()
    }
}

/// The step to look at the clock next, or the first one too many.
fn next_clock(steps: u64, limits: &Limits) -> u64 {
    steps.saturating_add(STEPS_BETWEEN_CLOCKS).min(limits.steps_max.saturating_add(1))
}

/// The error of a limit.
pub(crate) fn limit(name: &'static str, text: String) -> Error {
    Error::new(ErrorCode::Limit(name), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_ends_at_the_first_step_too_many() {
        for steps_max in [0, 10, STEPS_BETWEEN_CLOCKS, 3 * STEPS_BETWEEN_CLOCKS + 10] {
            let limits = Limits { steps_max, ..Limits::default() };
            let meter = Meter::new(&limits);
            for step in 0..steps_max {
                assert!(meter.step().is_ok(), "step {step} of {steps_max}");
            }
            assert_eq!(meter.step().unwrap_err().code(), &ErrorCode::Limit("steps_max"));
            assert!(meter.step().is_err());
        }
        let limits = Limits { steps_max: u64::MAX, ..Limits::default() };
        assert!(Meter::new(&limits).steps(u64::MAX).is_ok());
    }
}
