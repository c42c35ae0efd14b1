//! What one thread keeps: the queries that it has compiled.
//!
//! Invariants: a query that nobody uses any more is dropped before as many again are compiled; a
//! panic of the engine ends neither the thread nor the job.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Weak};

use super::counts::Counts;
use super::expression::Expression;
use crate::engine::{
    Analysis, Document, DocumentError, DynamicError, Limits, Query, StaticError, StaticFault,
    Variables,
};

/// Compiled queries before the first sweep.
const SWEEP_MIN: usize = 64;

/// One thread's engine.
#[derive(Debug)]
pub(super) struct Bench {
    limits: Limits,
    counts: Arc<Counts>,
    /// By the address of the expression, which the weak reference keeps from being used again.
    compiled: HashMap<*const Expression, (Weak<Expression>, Rc<Query>)>,
    sweep_at: usize,
}

impl Bench {
    /// A bench with nothing on it.
    pub(super) fn new(limits: Limits, counts: Arc<Counts>) -> Self {
        Self { limits, counts, compiled: HashMap::new(), sweep_at: SWEEP_MIN }
    }

    /// The same, as new.
    pub(super) fn clear(&mut self) {
        self.compiled = HashMap::new();
        self.sweep_at = SWEEP_MIN;
    }

    /// Compiles a query to see whether it can be.
    pub(super) fn analyse(&self, text: &str) -> Result<Analysis, StaticError> {
        self.compile(text).map(|query| query.analysis().clone())
    }

    /// Reads a body.
    pub(super) fn read(&self, body: &[u8]) -> Result<Document, Arc<DocumentError>> {
        Counts::add(&self.counts.documents);
        let read = || Document::parse(body, &self.limits);
        let read = caught(read).unwrap_or_else(|text| Err(DocumentError::Tree(text)));
        read.map_err(|error| {
            Counts::add(&self.counts.refused_documents);
            Arc::new(error)
        })
    }

    /// Evaluates an expression. After a panic the document is in an unknown state.
    pub(super) fn evaluate(
        &mut self,
        expression: &Arc<Expression>,
        document: &mut Document,
        variables: &Variables,
    ) -> Result<bool, DynamicError> {
        let query =
            self.query(expression).map_err(|error| DynamicError::Engine(error.to_string()))?;
        let answer = caught(|| query.evaluate(document, variables));
        answer.unwrap_or_else(|text| {
            expression.discard();
            Err(DynamicError::Engine(text))
        })
    }

    fn query(&mut self, expression: &Arc<Expression>) -> Result<Rc<Query>, StaticError> {
        if let Some((_, query)) = self.compiled.get(&Arc::as_ptr(expression)) {
            return Ok(Rc::clone(query));
        }
        if self.compiled.len() >= self.sweep_at {
            self.compiled.retain(|_, (expression, _)| expression.strong_count() > 0);
            self.sweep_at = SWEEP_MIN.max(2 * self.compiled.len());
        }
        let query = Rc::new(self.compile(expression.text())?);
        let entry = (Arc::downgrade(expression), Rc::clone(&query));
        self.compiled.insert(Arc::as_ptr(expression), entry);
        Ok(query)
    }

    fn compile(&self, text: &str) -> Result<Query, StaticError> {
        Counts::add(&self.counts.compiled);
        caught(|| Query::compile(text, &self.limits))
            .unwrap_or_else(|text| Err(StaticFault::Engine(text).into()))
    }
}

/// The result, or the text of a panic.
fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "a panic without a text".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench() -> Bench {
        Bench::new(Limits::default(), Arc::default())
    }

    #[test]
    fn compiles_a_query_once_and_forgets_it_when_nobody_uses_it() {
        let mut bench = bench();
        let kept = Arc::new(Expression::new("1 = 1", Analysis::default()));
        for number in 0..500 {
            let expression =
                Arc::new(Expression::new(&format!("{number} = 1"), Analysis::default()));
            bench.query(&expression).unwrap();
            bench.query(&kept).unwrap();
        }
        assert!(bench.compiled.len() <= 2 * SWEEP_MIN);
        assert_eq!(bench.counts.compiled.load(std::sync::atomic::Ordering::Relaxed), 501);
    }

    #[test]
    fn a_panic_is_a_text() {
        assert_eq!(caught(|| panic!("a {}", 1)), Err::<(), _>("a 1".to_owned()));
        assert_eq!(caught(|| panic!("b")), Err::<(), _>("b".to_owned()));
    }
}
