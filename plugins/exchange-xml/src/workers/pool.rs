//! The threads and their queue.
//!
//! Invariants: a lost thread comes back into the pool, or ends, as soon as its step ends; there are
//! never more than the configured number of threads that take jobs; all end when the pool is
//! dropped.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use philter_plugin_api::{Level, log};

use super::ABANDONED_MAX;
use super::bench::Bench;
use super::counts::Counts;
use super::watch::{Ended, Step, Watch};
use crate::configuration::Configuration;
use crate::engine::{Limits, STACK_BYTES};

/// What a thread can be given to do.
pub(super) trait Job: Send + Sync + 'static {
    /// Does it.
    fn run(&self, bench: &mut Bench) -> Ran;
}

/// How a job ended for its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// In time, or before it began.
    Done,
    /// Its caller gave up, and this thread with it.
    Lost,
}

/// The threads.
#[derive(Debug)]
pub(super) struct Pool {
    state: Arc<PoolState>,
    deadline: Duration,
}

struct PoolState {
    queue: Mutex<Queue>,
    ready: Condvar,
    workers: usize,
    limits: Limits,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Arc<dyn Job>>,
    /// Threads that take jobs.
    serving: usize,
    abandoned: usize,
    /// Threads ever started, for their names.
    started: usize,
    is_closed: bool,
}

impl std::fmt::Debug for PoolState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolState").field("workers", &self.workers).finish_non_exhaustive()
    }
}

impl Pool {
    /// Starts the threads.
    pub(super) fn start(
        configuration: &Configuration,
        counts: &Arc<Counts>,
    ) -> std::io::Result<Self> {
        let state = Arc::new(PoolState {
            queue: Mutex::default(),
            ready: Condvar::new(),
            workers: configuration.workers,
            limits: configuration.limits(),
            counts: Arc::clone(counts),
        });
        let deadline = Duration::from_millis(configuration.deadline_ms);
        let pool = Self { state, deadline };
        for _ in 0..configuration.workers {
            pool.state.start_thread()?;
        }
        Ok(pool)
    }

    /// Runs a job and waits for it.
    pub(super) fn run<T>(
        &self,
        job: &Arc<impl Job>,
        watch: &Watch<T>,
        on_overdue: impl FnOnce(usize, Step),
    ) -> Ended {
        if !self.state.submit(Arc::clone(job) as Arc<dyn Job>) {
            return Ended::NoThread;
        }
        let has_threads = || self.state.queue.lock().serving > 0;
        let ended = watch.wait(self.deadline, has_threads, on_overdue);
        if matches!(ended, Ended::Overdue(_)) {
            self.state.replace_lost_thread();
        }
        ended
    }

    /// Threads that are lost now.
    pub(super) fn abandoned(&self) -> usize {
        self.state.queue.lock().abandoned
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.state.queue.lock().is_closed = true;
        self.state.ready.notify_all();
    }
}

impl PoolState {
    fn start_thread(self: &Arc<Self>) -> std::io::Result<()> {
        let state = Arc::clone(self);
        let number = {
            let mut queue = self.queue.lock();
            queue.serving += 1;
            queue.started += 1;
            queue.started
        };
        let spawned = std::thread::Builder::new()
            .name(format!("xquery-{number}"))
            .stack_size(STACK_BYTES)
            .spawn(move || state.serve());
        if spawned.is_err() {
            self.queue.lock().serving -= 1;
        }
        spawned.map(|_| ())
    }

    fn serve(&self) {
        let mut bench = Bench::new(self.limits, Arc::clone(&self.counts));
        while let Some(job) = self.next_job() {
            if job.run(&mut bench) == Ran::Lost {
                bench.clear();
                if !self.come_back() {
                    return;
                }
            }
        }
    }

    fn next_job(&self) -> Option<Arc<dyn Job>> {
        let mut queue = self.queue.lock();
        loop {
            if queue.is_closed {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            self.ready.wait(&mut queue);
        }
    }

    /// Whether a thread will take it.
    fn submit(&self, job: Arc<dyn Job>) -> bool {
        let mut queue = self.queue.lock();
        let is_served = queue.serving > 0;
        if is_served {
            queue.jobs.push_back(job);
            self.ready.notify_one();
        }
        is_served
    }

    fn replace_lost_thread(self: &Arc<Self>) {
        let abandoned = {
            let mut queue = self.queue.lock();
            queue.serving -= 1;
            queue.abandoned += 1;
            queue.abandoned
        };
        let deadline_text = format!("{abandoned} evaluations take longer than deadline_ms allows");
        if abandoned <= ABANDONED_MAX && self.start_thread().is_ok() {
            log(Level::Warn, &format!("xquery: {deadline_text}; their queries are suspended"));
            return;
        }
        let left = self.queue.lock().serving;
        let text =
            format!("xquery: {deadline_text}, and no more threads are started: {left} are left");
        log(Level::Error, &text);
    }

    /// A lost thread is free again. False: it is needed no more.
    fn come_back(&self) -> bool {
        let mut queue = self.queue.lock();
        queue.abandoned -= 1;
        let is_needed = queue.serving < self.workers && !queue.is_closed;
        queue.serving += usize::from(is_needed);
        is_needed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A job that waits until it is let go.
    struct Held {
        watch: Watch<()>,
        release: Mutex<Receiver<()>>,
    }

    impl Job for Held {
        fn run(&self, _: &mut Bench) -> Ran {
            if !self.watch.begin(Step::Evaluating) {
                return Ran::Done;
            }
            // An error means that the test is over.
            let _ = self.release.lock().recv();
            let is_wanted = self.watch.record(());
            self.watch.finish();
            if is_wanted { Ran::Done } else { Ran::Lost }
        }
    }

    fn held() -> (Arc<Held>, Sender<()>) {
        let (sender, receiver) = channel();
        (Arc::new(Held { watch: Watch::new(), release: Mutex::new(receiver) }), sender)
    }

    fn pool(workers: usize, deadline_ms: u64) -> Pool {
        let configuration = Configuration { workers, deadline_ms, ..Configuration::default() };
        Pool::start(&configuration, &Arc::default()).unwrap()
    }

    fn run(pool: &Pool, job: &Arc<Held>) -> Ended {
        pool.run(job, &job.watch, |_, _| ())
    }

    fn released(pool: &Pool) -> Ended {
        let (job, release) = held();
        release.send(()).unwrap();
        run(pool, &job)
    }

    #[test]
    fn a_lost_thread_is_replaced() {
        let pool = pool(1, 20);
        let (stuck, release) = held();
        assert_eq!(run(&pool, &stuck), Ended::Overdue(Step::Evaluating));
        assert_eq!(pool.abandoned(), 1);
        release.send(()).unwrap();
        while pool.abandoned() > 0 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn only_so_many_threads_are_lost_and_the_first_to_end_serves_again() {
        let pool = pool(1, 20);
        let stuck: Vec<_> = (0..=ABANDONED_MAX).map(|_| held()).collect();
        for (job, _) in &stuck {
            assert_eq!(run(&pool, job), Ended::Overdue(Step::Evaluating));
        }
        assert_eq!(pool.abandoned(), ABANDONED_MAX + 1);
        assert_eq!(released(&pool), Ended::NoThread);
        stuck[2].1.send(()).unwrap();
        while pool.abandoned() > ABANDONED_MAX {
            std::thread::yield_now();
        }
        assert_eq!(pool.state.queue.lock().serving, 1);
    }

    #[test]
    fn threads_end_with_the_pool() {
        let pool = pool(3, 3_600_000);
        assert_eq!(released(&pool), Ended::Done);
        let state = Arc::downgrade(&pool.state);
        drop(pool);
        while state.strong_count() > 0 {
            std::thread::yield_now();
        }
    }
}
