//! Threads that do the slow work of logins, so that no worker of the broker waits for a hash.
//!
//! Invariants: at most a fixed number of jobs wait; a job is worked off once or handed back; a job
//! that panics costs itself alone; dropping the pool waits for the jobs that have begun.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Threads and the jobs that wait for them.
pub(crate) struct HashingPool<T> {
    queue: Arc<Queue<T>>,
    waiting_max: usize,
    threads: Vec<JoinHandle<()>>,
}

struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    jobs: VecDeque<T>,
    is_closed: bool,
}

impl<T: Send + 'static> HashingPool<T> {
    /// Starts `threads_max` threads, or fewer where there are fewer cores, that call `work`.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(
        threads_max: usize,
        waiting_max: usize,
        work: fn(T),
    ) -> Result<Self, io::Error> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let state = Mutex::new(State { jobs: VecDeque::new(), is_closed: false });
        let queue = Arc::new(Queue { state, changed: Condvar::new() });
        let mut pool = Self { queue, waiting_max, threads: Vec::new() };
        for _ in 0..threads_max.min(cores) {
            let queue = Arc::clone(&pool.queue);
            let thread = thread::Builder::new().name("auth-file-hash".to_owned());
            pool.threads.push(thread.spawn(move || queue.work_off(work))?);
        }
        Ok(pool)
    }

    /// Hands a job over; gives it back where too many wait.
    ///
    /// # Errors
    /// The job.
    pub(crate) fn submit(&self, job: T) -> Result<(), T> {
        let mut state = self.queue.lock();
        if state.jobs.len() >= self.waiting_max {
            return Err(job);
        }
        state.jobs.push_back(job);
        drop(state);
        self.queue.changed.notify_one();
        Ok(())
    }
}

impl<T> HashingPool<T> {
    /// Jobs that no thread has begun.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.lock().jobs.len()
    }
}

impl<T> Drop for HashingPool<T> {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A thread's end says nothing: panics of jobs are caught.
            let _ = thread.join();
        }
    }
}

impl<T> Queue<T> {
    fn work_off(&self, work: fn(T)) {
        while let Some(job) = self.next() {
            // The job answers its caller when it is dropped, so nothing is lost with the panic.
            let _ = catch_unwind(AssertUnwindSafe(|| work(job)));
        }
    }

    fn next(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    type Job = (Sender<&'static str>, Option<Receiver<()>>);

    fn work((answer, gate): Job) {
        if let Some(gate) = gate {
            answer.send("begun").unwrap();
            gate.recv().unwrap();
        }
        answer.send("done").unwrap();
    }

    #[test]
    fn hands_a_job_back_when_too_many_wait() {
        let pool = HashingPool::start(1, 1, work).unwrap();
        let (answer, answers) = channel();
        let (open, gate) = channel();
        assert!(pool.submit((answer.clone(), Some(gate))).is_ok());
        assert_eq!(answers.recv(), Ok("begun"));
        assert!(pool.submit((answer.clone(), None)).is_ok());
        assert_eq!(pool.waiting(), 1);
        assert!(pool.submit((answer.clone(), None)).is_err());
        open.send(()).unwrap();
        assert_eq!(answers.recv(), Ok("done"));
        assert_eq!(answers.recv(), Ok("done"));
    }

    #[test]
    fn a_job_that_panics_costs_itself_alone() {
        let pool = HashingPool::start(1, 4, |job: Option<Sender<()>>| {
            job.expect("this job has no sender").send(()).unwrap();
        })
        .unwrap();
        let (answer, answers) = channel();
        assert!(pool.submit(None).is_ok());
        assert!(pool.submit(Some(answer)).is_ok());
        assert_eq!(answers.recv(), Ok(()));
    }

    #[test]
    fn dropping_the_pool_drops_what_waits() {
        let pool = HashingPool::start(1, 4, work).unwrap();
        let (answer, answers) = channel();
        let (open, gate) = channel();
        assert!(pool.submit((answer.clone(), Some(gate))).is_ok());
        assert_eq!(answers.recv(), Ok("begun"));
        assert!(pool.submit((answer, None)).is_ok());
        pool.queue.lock().is_closed = true;
        open.send(()).unwrap();
        drop(pool);
        assert_eq!(answers.iter().collect::<Vec<_>>(), ["done"]);
    }
}
