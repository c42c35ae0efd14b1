//! A query as its host has it: compiled once, evaluated any number of times, on any thread.
//!
//! Invariant: whatever a query gives outlives its evaluation, and no error leaves here without its
//! line and column where the text is known.

use std::sync::Arc;

use typed_arena::Arena;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::evaluate::Evaluator;
use crate::expression::Program;
use crate::limits::Limits;
use crate::options::Options;
use crate::serialize::{Parameters, serialize};
use crate::value::Value;
use crate::{compile, syntax};

/// A compiled query. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Query(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    program: Program,
    limits: Limits,
}

impl Query {
    /// Compiles a main module.
    ///
    /// # Errors
    ///
    /// The static errors of XQuery 3.1 (section 2.3.1), and the limits of queries.
    pub fn compile(text: &str, options: &Options) -> Result<Self> {
        let module = syntax::parse(text, &options.limits);
        let program = module.and_then(|module| compile::compile(module, text, options));
        let program = program.map_err(|error| match error.module() {
            None => error.in_source(text),
            Some(_) => error,
        })?;
        Ok(Self(Arc::new(Compiled { program, limits: options.limits.clone() })))
    }

    /// The query's result.
    ///
    /// # Errors
    ///
    /// The query's own (section 2.3.1), and the limits of an evaluation.
    pub fn evaluate(&self, environment: &Environment) -> Result<Vec<Value>> {
        self.run(environment, |evaluator| {
            let result = evaluator.run()?;
            Value::from_items(&evaluator.meter, &result)
        })
    }

    /// The effective boolean value (section 2.4.3) of the query's result. What does not matter for
    /// it is not evaluated.
    ///
    /// # Errors
    ///
    /// As [`Self::evaluate`], and `FORG0006` for a result without such a value.
    pub fn matches(&self, environment: &Environment) -> Result<bool> {
        self.run(environment, |evaluator| evaluator.run_boolean())
    }

    /// The query's result as text, as its output declarations say (section 2.2.4).
    ///
    /// # Errors
    ///
    /// As [`Self::evaluate`], and those of XSLT and XQuery Serialization 3.1.
    pub fn serialize(&self, environment: &Environment) -> Result<String> {
        self.run(environment, |evaluator| {
            let meter = &evaluator.meter;
            let parameters = Parameters::of_program(evaluator.program, environment, meter)?;
            serialize(&evaluator.run()?, &parameters, meter)
        })
    }

    fn run<T>(
        &self,
        environment: &Environment,
        run: impl for<'a> FnOnce(&Evaluator<'a>) -> Result<T>,
    ) -> Result<T> {
        let Compiled { program, limits } = &*self.0;
        let trees = Arena::new();
        run(&Evaluator::new(program, environment, &trees, limits))
            .map_err(|error| self.with_place(error))
    }

    fn with_place(&self, error: Error) -> Error {
        let mut sources = self.0.program.sources.iter();
        let source = sources.find(|(uri, _)| uri.as_deref() == error.module());
        match source {
            Some((_, text)) => error.in_source(text),
            None => error,
        }
    }
}
