//! A query that compiles, as bindings share it.
//!
//! Invariant: a query that its conditions decide about is not kept compiled: the index has all of
//! it, and a hundred thousand of them would fill memory.

use std::sync::Arc;

use philter_xquery::Query;
use philter_xquery::conditions::Conditions;

/// A query that compiles.
#[derive(Debug)]
pub(crate) struct Expression {
    text: Arc<str>,
    facts: Facts,
    query: Option<Query>,
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
        let query = (!conditions.is_exact()).then_some(query);
        Self { text: text.into(), facts, query }
    }

    /// The query's text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is known of it.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The query, where its conditions leave something to evaluate.
    pub(super) fn query(&self) -> Option<&Query> {
        self.query.as_ref()
    }

    pub(super) fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}
