//! The job of evaluating expressions over messages.
//!
//! Invariants: outcomes come in the order of tasks and of their expressions; a body is read when
//! the first expression needs it, and once.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Outcome;
use super::bench::Bench;
use super::expression::Expression;
use super::failure::EvaluationFailure;
use super::pool::{Job, Ran};
use super::watch::{Step, Watch};
use crate::engine::{Document, DocumentError, DynamicError, Variables};

/// One message and what to ask of it.
#[derive(Debug, Default)]
pub(crate) struct Task {
    /// The body, where an expression reads it and it is not too long to be read.
    pub(crate) body: TaskBody,
    /// The values of the variables that the expressions use.
    pub(crate) variables: Variables,
    /// The expressions.
    pub(crate) expressions: Vec<Arc<Expression>>,
}

impl Task {
    /// What its copy of the body takes.
    pub(crate) fn bytes(&self) -> usize {
        if let TaskBody::Bytes(bytes) = &self.body { bytes.len() } else { 0 }
    }
}

/// The body of a message as far as it is needed.
#[derive(Debug, Default)]
pub(crate) enum TaskBody {
    /// No expression reads it.
    #[default]
    Unused,
    /// All of it.
    Bytes(Vec<u8>),
    /// Why it is not read.
    Refused(DocumentError),
}

/// Tasks to evaluate, from the first outcome that is missing.
#[derive(Debug)]
pub(super) struct Evaluating {
    tasks: Arc<[Task]>,
    from: usize,
    watch: Watch<Outcome>,
    /// What the thread was lost over; it is suspended until the thread comes back.
    lost_over: Mutex<Option<Arc<Expression>>>,
}

/// Why a job ends before its end.
struct GivenUp;

impl Evaluating {
    /// The job for what is behind the first `from` outcomes.
    pub(super) fn new(tasks: &Arc<[Task]>, from: usize) -> Self {
        Self { tasks: Arc::clone(tasks), from, watch: Watch::new(), lost_over: Mutex::default() }
    }

    /// Where its outcomes arrive.
    pub(super) fn watch(&self) -> &Watch<Outcome> {
        &self.watch
    }

    /// The thread is lost in this step, after so many outcomes.
    pub(super) fn suspend(&self, done: usize, step: Step) {
        if step == Step::Evaluating
            && let Some(expression) = self.expressions().nth(self.from + done)
        {
            expression.suspend();
            *self.lost_over.lock() = Some(Arc::clone(expression));
        }
    }

    fn expressions(&self) -> impl Iterator<Item = &Arc<Expression>> {
        self.tasks.iter().flat_map(|task| &task.expressions)
    }

    fn all(&self, bench: &mut Bench) -> Result<(), GivenUp> {
        let mut skip = self.from;
        for task in self.tasks.iter() {
            let expressions = task.expressions.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(task.expressions.len());
            self.task(task, expressions, bench)?;
        }
        Ok(())
    }

    fn task(
        &self,
        task: &Task,
        expressions: &[Arc<Expression>],
        bench: &mut Bench,
    ) -> Result<(), GivenUp> {
        let mut body = Body::Unread;
        for (index, expression) in expressions.iter().enumerate() {
            if let Some(failure) = expression.unfit() {
                self.record(Err(failure))?;
                continue;
            }
            if expression.analysis().reads_document && matches!(body, Body::Unread) {
                self.begin(Step::Reading { expressions: expressions.len() - index })?;
                body = Body::read(bench, &task.body);
            }
            self.begin(Step::Evaluating)?;
            let outcome = body.evaluate(bench, expression, &task.variables);
            self.record(outcome.map_err(EvaluationFailure::Dynamic))?;
        }
        Ok(())
    }

    fn begin(&self, step: Step) -> Result<(), GivenUp> {
        if self.watch.begin(step) { Ok(()) } else { Err(GivenUp) }
    }

    fn record(&self, outcome: Outcome) -> Result<(), GivenUp> {
        if self.watch.record(outcome) { Ok(()) } else { Err(GivenUp) }
    }
}

impl Job for Evaluating {
    fn run(&self, bench: &mut Bench) -> Ran {
        if !self.watch.begin(Step::Evaluating) {
            return Ran::Done;
        }
        let ran = self.all(bench);
        self.watch.finish();
        if ran.is_ok() {
            return Ran::Done;
        }
        if let Some(expression) = self.lost_over.lock().take() {
            expression.resume();
        }
        Ran::Lost
    }
}

/// A body on its way to being a document.
enum Body {
    Unread,
    Read(Box<Document>),
    Refused(Arc<DocumentError>),
}

impl Body {
    fn read(bench: &Bench, body: &TaskBody) -> Self {
        let read = match body {
            TaskBody::Unused => bench.read(&[]),
            TaskBody::Bytes(bytes) => bench.read(bytes),
            TaskBody::Refused(error) => Err(Arc::new(error.clone())),
        };
        read.map_or_else(Self::Refused, |document| Self::Read(Box::new(document)))
    }

    fn evaluate(
        &mut self,
        bench: &mut Bench,
        expression: &Arc<Expression>,
        variables: &Variables,
    ) -> Result<bool, DynamicError> {
        if !expression.analysis().reads_document {
            return bench.evaluate(expression, &mut Document::absent(), variables);
        }
        match self {
            Self::Unread => Err(DynamicError::Engine("the body was not read".to_owned())),
            Self::Refused(error) => Err(DynamicError::Document(Arc::clone(error))),
            Self::Read(document) => {
                let outcome = bench.evaluate(expression, document, variables);
                if matches!(outcome, Err(DynamicError::Engine(_))) {
                    *self = Self::Unread;
                }
                outcome
            }
        }
    }
}
