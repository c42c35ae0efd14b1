//! Threads that call an instance at once.

use std::sync::Barrier;
use std::thread;

use crate::limits::THREADS;
use crate::rule::{Stop, demand};

/// Runs `work` in [`THREADS`] threads that begin together, each with its number; the first that
/// stops decides.
pub(crate) fn together(work: impl Fn(usize) -> Result<(), Stop> + Sync) -> Result<(), Stop> {
    let start = Barrier::new(THREADS);
    let run = |number: usize| {
        start.wait();
        work(number)
    };
    let ends: Vec<_> = thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    demand(ends.iter().all(Result::is_ok), || "a thread of the kit panicked".to_owned())?;
    ends.into_iter().flatten().collect()
}
