//! One evaluation of a query, over what its caller has at hand.
//!
//! Invariants: nothing that is given is copied before the query asks for it; a filter that makes no
//! nodes and no sequences allocates nothing but the states of its variables.

use std::sync::LazyLock;

use crate::document::Document;
use crate::environment::Environment;
use crate::error::Result;
use crate::evaluate::{Evaluator, Trees};
use crate::name::QName;
use crate::query::Query;
use crate::serialize::{Parameters, serialize};
use crate::value::Value;

/// What a query sees that is given nothing.
static NOTHING: LazyLock<Environment> = LazyLock::new(Environment::default);

/// An evaluation that has not begun.
///
/// ```
/// use philter_xquery::{Atomic, Document, DocumentLimits, Evaluation, Options, Query};
///
/// let text = "declare variable $subject external; $subject = 'eu' and /order/total > 100";
/// let query = Query::compile(text, &Options::default())?;
/// let limits = DocumentLimits::default();
/// let document = Document::parse("<order><total>120</total></order>", &limits)?;
/// let subject = [Atomic::string("eu").into()];
/// let evaluation = Evaluation::new(&query).document(&document).variable("subject", &subject);
/// assert!(evaluation.boolean()?);
/// # Ok::<(), philter_xquery::Error>(())
/// ```
#[derive(Clone)]
pub struct Evaluation<'a> {
    query: &'a Query,
    environment: &'a Environment,
    document: Option<&'a Document>,
    /// By index among the query's variables.
    variables: Vec<(usize, &'a [Value])>,
}

impl<'a> Evaluation<'a> {
    /// An evaluation without context item and variables.
    #[must_use]
    pub fn new(query: &'a Query) -> Self {
        Self { query, environment: &NOTHING, document: None, variables: Vec::new() }
    }

    /// With all that an environment gives; what is given otherwise goes before it.
    #[must_use]
    pub fn environment(mut self, environment: &'a Environment) -> Self {
        self.environment = environment;
        self
    }

    /// With a document's root as the context item.
    #[must_use]
    pub fn document(mut self, document: &'a Document) -> Self {
        self.document = Some(document);
        self
    }

    /// With the value of an external variable that has no namespace. A variable that the query does
    /// not declare is ignored.
    #[must_use]
    pub fn variable(mut self, local: &str, value: &'a [Value]) -> Self {
        let is_meant = |name: &QName| name.namespace.is_empty() && *name.local == *local;
        let mut globals = self.query.0.program.globals.iter();
        let index = globals.position(|global| global.external && is_meant(&global.name));
        self.variables.extend(index.map(|index| (index, value)));
        self
    }

    /// The result's effective boolean value. What does not matter for it is not evaluated.
    ///
    /// # Errors
    ///
    /// As [`Query::boolean`].
    pub fn boolean(&self) -> Result<bool> {
        self.with(|evaluator| evaluator.run_boolean())
    }

    /// The items of the result.
    ///
    /// # Errors
    ///
    /// As [`Query::evaluate`].
    pub fn evaluate(&self) -> Result<Vec<Value>> {
        self.with(|evaluator| {
            let result = evaluator.run()?;
            Value::from_items(&evaluator.meter, &result)
        })
    }

    /// The result as text.
    ///
    /// # Errors
    ///
    /// As [`Query::serialize`].
    pub fn serialize(&self) -> Result<String> {
        self.with(|evaluator| {
            let result = evaluator.run()?;
            let meter = &evaluator.meter;
            let parameters =
                Parameters::of_program(evaluator.program, evaluator.environment, meter)?;
            serialize(&result, &parameters, meter)
        })
    }

    fn with<T>(&self, run: impl FnOnce(&Evaluator<'_>) -> Result<T>) -> Result<T> {
        let compiled = &*self.query.0;
        let trees = Trees::new();
        let evaluator =
            Evaluator::new(&compiled.program, self.environment, &trees, &compiled.limits);
        if let Some(document) = self.document {
            evaluator.give_context_item(document.root().into());
        }
        for (index, value) in &self.variables {
            evaluator.give_variable(*index, value);
        }
        run(&evaluator).map_err(|error| self.query.placed(error))
    }
}

impl std::fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluation").field("query", &self.query.source()).finish_non_exhaustive()
    }
}
