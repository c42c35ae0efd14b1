//! A query that compiles, as bindings share it.
//!
//! Invariant: a query that its conditions decide about is not kept compiled until somebody
//! evaluates it: an index has all of it, and a hundred thousand of them would fill memory.

use std::sync::{Arc, OnceLock};

use philter_xquery::Query;
use philter_xquery::conditions::Conditions;

/// A query that compiles.
#[derive(Debug)]
pub(crate) struct Expression {
    text: Arc<str>,
    facts: Facts,
    query: OnceLock<Query>,
}

/// What is known of a query before it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The external variables that it may use, of no namespace: headers by their names.
    pub(crate) variables: Box<[Arc<str>]>,
    /// Whether it looks at the body.
    pub(crate) reads_body: bool,
    /// Its answer, where that is the same for every message.
    pub(crate) constant: Option<bool>,
}

impl Facts {
    /// The facts of a query.
    pub(crate) fn of(query: &Query, conditions: &Conditions) -> Self {
        let used = query.external_variables().filter(|variable| variable.is_used());
        let used = used.map(|variable| variable.name()).filter(|name| name.namespace.is_empty());
        Self {
            variables: used.map(|name| Arc::clone(&name.local)).collect(),
            reads_body: query.reads_context_item(),
            constant: conditions.constant(),
        }
    }
}

impl Expression {
    /// A query.
    pub(super) fn new(text: &str, query: Query, conditions: &Conditions) -> Self {
        let facts = Facts::of(&query, conditions);
        let kept = OnceLock::new();
        if !conditions.is_exact() {
            // Nobody else has it yet.
            let _ = kept.set(query);
        }
        Self { text: text.into(), facts, query: kept }
    }

    /// The query's text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is known of it.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The query, compiled again where it is not kept.
    ///
    /// # Errors
    /// It compiles no more.
    pub(super) fn query<E>(
        &self,
        compile: impl FnOnce(&str) -> Result<Query, E>,
    ) -> Result<&Query, E> {
        if let Some(query) = self.query.get() {
            return Ok(query);
        }
        let query = compile(&self.text)?;
        Ok(self.query.get_or_init(|| query))
    }

    pub(super) fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}
