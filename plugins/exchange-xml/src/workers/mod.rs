//! Runs the engine on threads of its own: deep stacks, one engine a thread, a deadline for every
//! step.
//!
//! A caller hands over a job and waits. Where a step of it takes longer than the deadline, the
//! caller stops waiting and the thread is given up: nothing can end it from outside. Another takes
//! its place, at most [`ABANDONED_MAX`] times; beyond that evaluations fail until one of the lost
//! comes back.
//!
//! Invariants:
//! - a caller waits for its own steps and for the jobs before it, never for a lost thread;
//! - a query that a lost thread is still busy with runs on no other thread, so one query costs one
//!   thread;
//! - a query that panicked does not run again;
//! - there are never more jobs than callers, for each waits for its own.

mod bench;
mod compiling;
mod counts;
mod evaluating;
mod expression;
mod failure;
mod interned;
mod pool;
mod shared;
mod watch;

use std::sync::Arc;

use parking_lot::Mutex;

pub(crate) use evaluating::{Task, TaskBody};
pub(crate) use expression::Expression;
pub(crate) use failure::{CompileFailure, EvaluationFailure};
pub(crate) use shared::shared;

use self::compiling::Compiling;
use self::counts::Counts;
use self::evaluating::Evaluating;
use self::interned::Interned;
use self::pool::Pool;
use self::watch::{Ended, Step};
use crate::configuration::Configuration;
use crate::json_object::Object;

/// Threads that may be lost at a time to evaluations that do not end. Each may keep a core busy.
pub(crate) const ABANDONED_MAX: usize = 4;

/// What one evaluation gave.
pub(crate) type Outcome = Result<bool, EvaluationFailure>;

/// The threads, and the expressions that they know.
#[derive(Debug)]
pub(crate) struct Workers {
    configuration: Configuration,
    pool: Pool,
    counts: Arc<Counts>,
    interned: Mutex<Interned>,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(configuration: &Configuration) -> std::io::Result<Self> {
        let counts = Arc::new(Counts::default());
        let pool = Pool::start(configuration, &counts)?;
        let configuration = configuration.clone();
        Ok(Self { configuration, pool, counts, interned: Mutex::default() })
    }

    /// Compiles an expression, or finds the equal one that is compiled already.
    ///
    /// # Errors
    /// A query that is refused, or takes longer than the deadline, or no thread to do it.
    pub(crate) fn compile(&self, text: &str) -> Result<Arc<Expression>, CompileFailure> {
        if let Some(known) = self.interned.lock().get(text) {
            return Ok(known);
        }
        let job = Arc::new(Compiling::new(text));
        let ended = self.pool.run(&job, job.watch(), |_, _| ());
        match (ended, job.watch().take().pop()) {
            (_, Some(Ok(analysis))) => {
                let expression = Arc::new(Expression::new(text, analysis));
                Ok(self.interned.lock().insert(expression))
            }
            (_, Some(Err(error))) => Err(CompileFailure::Refused(error)),
            (Ended::Overdue(_), None) => {
                Err(CompileFailure::Overdue { deadline_ms: self.configuration.deadline_ms })
            }
            (_, None) => Err(CompileFailure::NoThread),
        }
    }

    /// Evaluates every expression of every task, in order. A body is read once for its task.
    pub(crate) fn evaluate(&self, tasks: Vec<Task>) -> Vec<Outcome> {
        let tasks: Arc<[Task]> = tasks.into();
        let wanted = tasks.iter().map(|task| task.expressions.len()).sum();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(wanted);
        while outcomes.len() < wanted {
            let job = Arc::new(Evaluating::new(&tasks, outcomes.len()));
            let ended = self.pool.run(&job, job.watch(), |done, step| job.suspend(done, step));
            outcomes.extend(job.watch().take());
            let missing = wanted - outcomes.len();
            let (lost, failure) = match ended {
                Ended::Overdue(Step::Evaluating) => (1, self.overdue()),
                Ended::Overdue(Step::Reading { expressions }) => (expressions, self.overdue()),
                Ended::Done | Ended::NoThread => (missing, EvaluationFailure::NoThread),
            };
            outcomes.extend(std::iter::repeat_n(Err(failure), lost.min(missing)));
        }
        self.counts.count(&outcomes);
        outcomes
    }

    /// What it runs under.
    pub(crate) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// What it has done, as the members of a JSON object.
    pub(crate) fn to_json(&self) -> Object {
        let mut json = self.counts.to_json();
        json.insert("lost_threads".to_owned(), self.pool.abandoned().into());
        json
    }

    fn overdue(&self) -> EvaluationFailure {
        EvaluationFailure::Overdue { deadline_ms: self.configuration.deadline_ms }
    }
}

#[cfg(test)]
mod tests;
