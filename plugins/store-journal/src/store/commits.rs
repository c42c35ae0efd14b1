//! A commit and what follows it: answers, another segment, a word about a disk that failed.
//!
//! The writer's thread commits, and so does a caller whose thread has nothing else to do, where the
//! disk takes less time than waking two threads would.
//!
//! Invariants:
//! - one commit runs at a time; what comes while it runs waits for the next one;
//! - what nobody waits for is committed with what comes next, or soon by the writer, which was rung
//!   for it or looks after it already;
//! - answers are given without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use philter_plugin_api::{Level, log};

use super::Engine;
use super::bell::Bell;
use super::ticket::Ticket;
use super::watches::Watches;
use crate::engine::{Answer, Gathered};
use crate::limits::COMMIT_HERE_MAX;

/// Commits of one journal.
#[derive(Debug)]
pub(super) struct Commits {
    engine: Arc<Engine>,
    watches: Arc<Watches>,
    upkeep: Bell,
    pace: Pace,
    /// Commits of which somebody was told.
    count: AtomicU64,
    /// The writer looks by itself for what nobody waits for.
    is_looked_after: AtomicBool,
    has_stopped: AtomicBool,
}

impl Commits {
    /// Of this journal; `upkeep` is rung when the log wants another segment.
    pub(super) fn new(engine: Arc<Engine>, watches: Arc<Watches>, upkeep: Bell) -> Self {
        Self {
            engine,
            watches,
            upkeep,
            pace: Pace::default(),
            count: AtomicU64::new(0),
            is_looked_after: AtomicBool::new(false),
            has_stopped: AtomicBool::new(false),
        }
    }

    /// What waits for a commit.
    pub(super) fn gathered(&self) -> Gathered {
        self.engine.gathered()
    }

    /// How many commits there were of which somebody was told.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Whether the writer looks by itself for what nobody waits for. After false it has to look at
    /// [`Commits::gathered`] once more, for who came before that has not rung.
    pub(super) fn look_after(&self, looks: bool) {
        self.is_looked_after.store(looks, Ordering::SeqCst);
    }

    /// Whether the writer need not be rung for what was gathered and nobody waits for.
    pub(super) fn is_looked_after(&self) -> bool {
        self.is_looked_after.load(Ordering::SeqCst)
    }

    /// Commits what was gathered.
    pub(super) fn run(&self) {
        let begin = Instant::now();
        let answers = self.engine.commit();
        self.end(begin, answers);
    }

    /// Commits what was gathered on the caller's thread; false where another thread commits, or
    /// where commits take so long of late that the caller had better not wait.
    pub(super) fn run_here(&self) -> bool {
        if !self.pace.is_quick() {
            return false;
        }
        let begin = Instant::now();
        let Some(answers) = self.engine.try_commit() else { return false };
        self.end(begin, answers);
        true
    }

    #[cfg(test)]
    pub(super) fn forget_pace(&self) {
        self.pace.average_ns.store(0, Ordering::Relaxed);
    }

    fn end(&self, begin: Instant, answers: Vec<Answer<Ticket>>) {
        if !answers.is_empty() {
            self.pace.note(begin.elapsed());
            self.count.fetch_add(1, Ordering::SeqCst);
        }
        for (ticket, result) in answers {
            ticket.answer(result, &self.watches);
        }
        if self.engine.wants_segment() {
            self.upkeep.ring();
        }
        if let Some(reason) = self.engine.stopped()
            && !self.has_stopped.swap(true, Ordering::Relaxed)
        {
            log(Level::Error, &format!("the journal has stopped: {reason}"));
        }
    }
}

/// How long commits take of late: an average in which each one has an eighth.
#[derive(Debug, Default)]
struct Pace {
    average_ns: AtomicU64,
}

impl Pace {
    fn note(&self, took: Duration) {
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX / 8);
        let average_ns = self.average_ns.load(Ordering::Relaxed);
        let next_ns = average_ns - average_ns / 8 + took_ns / 8;
        self.average_ns.store(next_ns, Ordering::Relaxed);
    }

    fn is_quick(&self) -> bool {
        Duration::from_nanos(self.average_ns.load(Ordering::Relaxed)) <= COMMIT_HERE_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_disk_is_known_after_one_commit_and_a_quick_one_after_some() {
        let pace = Pace::default();
        assert!(pace.is_quick());
        pace.note(Duration::from_millis(5));
        assert!(!pace.is_quick());
        (0..4).for_each(|_| pace.note(Duration::from_micros(50)));
        assert!(!pace.is_quick());
        (0..20).for_each(|_| pace.note(Duration::from_micros(50)));
        assert!(pace.is_quick());
    }
}
