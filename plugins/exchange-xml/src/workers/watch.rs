//! Between the caller of a job and the thread that runs it: what is done, and since when the
//! present step runs.
//!
//! Invariants: what a thread records after its caller gave up is dropped; a caller gives up only on
//! a step that has run for the whole deadline, or on a job that no thread will begin.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// What a thread is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A body, for so many expressions that wait for it.
    Reading {
        /// How many outcomes are missing without it.
        expressions: usize,
    },
    /// One expression, compiled or evaluated.
    Evaluating,
}

/// How a job ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything is recorded.
    Done,
    /// This step took too long; the thread is lost.
    Overdue(Step),
    /// No thread is left to begin it.
    NoThread,
}

#[derive(Debug)]
enum Phase {
    Waiting,
    Running { since: Instant, step: Step },
    Done,
    GivenUp,
}

/// The state of one job.
#[derive(Debug)]
pub(super) struct Watch<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    phase: Phase,
    outcomes: Vec<T>,
}

impl<T> Watch<T> {
    /// A job that nobody has begun.
    pub(super) fn new() -> Self {
        let state = State { phase: Phase::Waiting, outcomes: Vec::new() };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The thread begins a step. False: the caller gave up.
    pub(super) fn begin(&self, step: Step) -> bool {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::GivenUp) {
            return false;
        }
        if matches!(state.phase, Phase::Waiting) {
            self.changed.notify_all();
        }
        state.phase = Phase::Running { since: Instant::now(), step };
        true
    }

    /// The thread ended a step. False: the caller gave up, and the outcome is dropped.
    pub(super) fn record(&self, outcome: T) -> bool {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::GivenUp) {
            return false;
        }
        if let Phase::Running { since, .. } = &mut state.phase {
            *since = Instant::now();
        }
        state.outcomes.push(outcome);
        true
    }

    /// The thread ended the job.
    pub(super) fn finish(&self) {
        let mut state = self.state.lock();
        if !matches!(state.phase, Phase::GivenUp) {
            state.phase = Phase::Done;
        }
        self.changed.notify_all();
    }

    /// The caller waits. `on_overdue` is told how many outcomes there are and which step is lost,
    /// before the thread can go on.
    pub(super) fn wait(
        &self,
        deadline: Duration,
        has_threads: impl Fn() -> bool,
        on_overdue: impl FnOnce(usize, Step),
    ) -> Ended {
        let mut state = self.state.lock();
        loop {
            let left = match &state.phase {
                Phase::Done => return Ended::Done,
                Phase::GivenUp => return Ended::NoThread,
                Phase::Waiting if !has_threads() => {
                    state.phase = Phase::GivenUp;
                    return Ended::NoThread;
                }
                Phase::Waiting => deadline,
                Phase::Running { since, step } => match deadline.checked_sub(since.elapsed()) {
                    Some(left) if !left.is_zero() => left,
                    _ => {
                        let step = *step;
                        state.phase = Phase::GivenUp;
                        on_overdue(state.outcomes.len(), step);
                        return Ended::Overdue(step);
                    }
                },
            };
            self.wait_for(&mut state, left);
        }
    }

    /// The outcomes so far; the next call gives none of them again.
    pub(super) fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.state.lock().outcomes)
    }

    fn wait_for(&self, state: &mut MutexGuard<'_, State<T>>, left: Duration) {
        self.changed.wait_for(state, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_finished_job_is_done_with_what_it_recorded() {
        let watch = Watch::new();
        assert!(watch.begin(Step::Evaluating));
        assert!(watch.record(1));
        watch.finish();
        assert_eq!(watch.wait(NEVER, || true, |_, _| ()), Ended::Done);
        assert_eq!(watch.take(), [1]);
    }

    #[test]
    fn a_job_that_nobody_will_begin_is_given_up() {
        let watch: Watch<u8> = Watch::new();
        assert_eq!(watch.wait(NEVER, || false, |_, _| ()), Ended::NoThread);
        assert!(!watch.begin(Step::Evaluating));
    }

    #[test]
    fn what_comes_after_the_deadline_is_dropped() {
        let watch = Watch::new();
        assert!(watch.begin(Step::Evaluating) && watch.record(1));
        assert!(watch.begin(Step::Reading { expressions: 3 }));
        let mut lost = None;
        let ended = watch.wait(Duration::ZERO, || true, |done, step| lost = Some((done, step)));
        assert_eq!(ended, Ended::Overdue(Step::Reading { expressions: 3 }));
        assert_eq!(lost, Some((1, Step::Reading { expressions: 3 })));
        assert!(!watch.record(2) && !watch.begin(Step::Evaluating));
        watch.finish();
        assert_eq!(watch.take(), [1]);
    }
}
