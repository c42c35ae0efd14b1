//! A query as callers have it: compiled once, evaluated as often as they like, on any thread.
//!
//! Invariant: what a query gives depends on its text, its options and what the evaluation is given;
//! nothing is kept from one evaluation to the next but compiled regular expressions.

use std::sync::Arc;

use crate::compile;
use crate::conditions::Conditions;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::evaluation::Evaluation;
use crate::expression::{Global, Program};
use crate::limits::Limits;
use crate::name::QName;
use crate::options::Options;
use crate::syntax;
use crate::value::Value;

/// A compiled query. Cheap to clone, and shared between threads.
///
/// ```
/// use philter_xquery::{Document, DocumentLimits, Environment, Options, Query};
///
/// let query = Query::compile("count(//book[price < 20])", &Options::default())?;
/// let text = "<books><book><price>15</price></book><book><price>25</price></book></books>";
/// let document = Document::parse(text, &DocumentLimits::default())?;
/// let environment = Environment { context_item: Some(document.into()), ..Environment::default() };
/// assert_eq!(query.serialize(&environment)?, "1");
/// # Ok::<(), philter_xquery::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Query(pub(crate) Arc<Compiled>);

/// What clones of a query share.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) program: Program,
    pub(crate) limits: Limits,
}

impl Query {
    /// Compiles a query.
    ///
    /// ```
    /// use philter_xquery::{Options, Query};
    ///
    /// let error = Query::compile("let $a := 1 return $b", &Options::default()).unwrap_err();
    /// assert_eq!(error.code().to_string(), "XPST0008");
    /// assert_eq!(error.place().map(|place| place.column), Some(20));
    /// ```
    ///
    /// # Errors
    ///
    /// Static errors of the query (XQuery 3.1, section 2.3.1), with line and column, and the limits
    /// of its length and nesting.
    pub fn compile(source: &str, options: &Options) -> Result<Self> {
        let module = syntax::parse(source, &options.limits);
        let module = module.map_err(|error| error.in_source(source))?;
        let program = compile::compile(module, source, options)?;
        Ok(Self(Arc::new(Compiled { program, limits: options.limits.clone() })))
    }

    /// The query's text.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0.program.source(None).unwrap_or_default()
    }

    /// The items of the result.
    ///
    /// ```
    /// use philter_xquery::{Environment, Options, Query, Value};
    ///
    /// let query = Query::compile("(1 to 3) ! (. * .)", &Options::default())?;
    /// assert_eq!(query.evaluate(&Environment::default())?.len(), 3);
    /// # Ok::<(), philter_xquery::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Errors of types and dynamic errors of the query, and the limits of an evaluation.
    pub fn evaluate(&self, environment: &Environment) -> Result<Vec<Value>> {
        Evaluation::new(self).environment(environment).evaluate()
    }

    /// The result's effective boolean value (XQuery 3.1, section 2.4.3), which is a filter's
    /// answer. [`Evaluation`] gives the same for a borrowed document and borrowed variables.
    ///
    /// # Errors
    ///
    /// As [`Self::evaluate`]; `FORG0006` for a result without a boolean value.
    pub fn boolean(&self, environment: &Environment) -> Result<bool> {
        Evaluation::new(self).environment(environment).boolean()
    }

    /// The result as text, by the query's output declarations (XQuery 3.1, section 2.2.4).
    ///
    /// # Errors
    ///
    /// As [`Self::evaluate`], and those of serialization.
    pub fn serialize(&self, environment: &Environment) -> Result<String> {
        Evaluation::new(self).environment(environment).serialize()
    }

    /// Whether the result may depend on the context item.
    ///
    /// ```
    /// use philter_xquery::{Options, Query};
    ///
    /// let filter = Query::compile("./weather/temperature > 50", &Options::default())?;
    /// assert!(filter.reads_context_item());
    /// let numbers = Query::compile("(1, 2)[. > 1]", &Options::default())?;
    /// assert!(!numbers.reads_context_item());
    /// # Ok::<(), philter_xquery::Error>(())
    /// ```
    #[must_use]
    pub fn reads_context_item(&self) -> bool {
        self.0.program.analysis.reads_context_item
    }

    /// The query's answer, where it comes to `true()` or `false()` without any input.
    #[must_use]
    pub fn constant(&self) -> Option<bool> {
        self.0.program.analysis.constant
    }

    /// The external variables that the query declares, and those that its options give.
    pub fn external_variables(&self) -> impl Iterator<Item = ExternalVariable<'_>> {
        let program = &self.0.program;
        let globals = program.globals.iter().enumerate();
        globals.filter(|(_, global)| global.external).map(move |(index, global)| ExternalVariable {
            global,
            is_used: program.analysis.external_variables.contains(&index),
        })
    }

    /// The media type of what [`Self::serialize`] gives: what the output declaration `media-type`
    /// says, else that of the method (Serialization 3.1, section 3; RFC 7303, RFC 8259).
    #[must_use]
    pub fn media_type(&self) -> &str {
        let declared = |name: &str| {
            let mut output = self.0.program.output.iter();
            output.find(|(known, _)| **known == *name).map(|(_, value)| &**value)
        };
        declared("media-type").unwrap_or_else(|| match declared("method") {
            Some("json") => "application/json",
            Some("html") => "text/html",
            Some("xhtml") => "application/xhtml+xml",
            Some("text" | "adaptive") => "text/plain",
            _ => "application/xml",
        })
    }

    /// What the query comes down to where it is a filter.
    #[must_use]
    pub fn conditions(&self) -> Conditions {
        Conditions::of(&self.0.program)
    }

    /// An error of an evaluation with line and column.
    pub(crate) fn placed(&self, error: Error) -> Error {
        match self.0.program.source(error.module()) {
            Some(source) => error.in_source(source),
            None => error,
        }
    }
}

impl Program {
    /// The text of a module by its URI; of the main module for none.
    pub(crate) fn source(&self, module: Option<&str>) -> Option<&str> {
        let source = self.sources.iter().find(|(uri, _)| uri.as_deref() == module);
        source.map(|(_, text)| &**text)
    }
}

/// An external variable of a query (XQuery 3.1, section 4.16).
#[derive(Clone, Copy, Debug)]
pub struct ExternalVariable<'q> {
    global: &'q Global,
    is_used: bool,
}

impl<'q> ExternalVariable<'q> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'q QName {
        &self.global.name
    }

    /// Whether the result may depend on it.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.is_used
    }
}
