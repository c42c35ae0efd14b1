//! The function library (XPath and XQuery Functions and Operators 3.1), a module a chapter.
//!
//! Each function is a row of a table: its signature as the specification writes it, and what it
//! does. Arguments come converted to the types of the signature (XQuery 3.1, section 3.1.5.2).
//!
//! Invariant: a function that loops over items or builds something asks the meter.

mod aggregates;
mod arrays;
mod booleans;
mod context;
mod date_format;
mod dates;
mod deep_equality;
mod documents;
mod errors;
mod higher_order;
mod identifiers;
mod json;
mod maps;
mod nodes;
mod number_format;
mod numbers;
mod parsing;
mod qnames;
mod random;
mod regular_expressions;
mod sequences;
mod strings;
mod uris;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::error::{Result, Span};
use crate::evaluate::{Evaluator, Focus};
use crate::expression::StaticContext;
use crate::types::FunctionType;
use crate::value::Sequence;

/// What a function of the library does.
pub(crate) type Body = for<'c, 'a> fn(&Call<'c, 'a>, &[Sequence<'a>]) -> Result<Sequence<'a>>;

/// One call: what a function may know besides its arguments.
pub(crate) struct Call<'c, 'a> {
    pub(crate) evaluator: &'c Evaluator<'a>,
    /// None where there is no context item.
    pub(crate) focus: Option<&'c Focus<'a>>,
    pub(crate) context: &'c StaticContext,
    pub(crate) span: Span,
}

/// A row of a table: one function with one number of parameters.
pub(crate) struct Row {
    /// As in the specification, with the usual prefix:
    /// `fn:substring($source as xs:string?, $start as xs:double) as xs:string`. A `...` behind the
    /// last parameter stands for any number of such (`fn:concat`).
    pub(crate) signature: &'static str,
    pub(crate) body: Body,
}

/// A function of the library, its signature read.
pub(crate) struct Builtin {
    /// Namespace and local name.
    pub(crate) namespace: &'static str,
    pub(crate) local: &'static str,
    /// For the messages: `fn:substring`.
    pub(crate) name: &'static str,
    pub(crate) signature: Arc<FunctionType>,
    /// Any number of the last parameter, two at least in all.
    pub(crate) is_variadic: bool,
    pub(crate) body: Body,
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.name, self.signature.parameters.len())
    }
}

/// All tables, one a chapter's module.
const TABLES: &[&[Row]] = &[
    aggregates::TABLE,
    arrays::TABLE,
    booleans::TABLE,
    context::TABLE,
    date_format::TABLE,
    dates::TABLE,
    deep_equality::TABLE,
    documents::TABLE,
    errors::TABLE,
    higher_order::TABLE,
    identifiers::TABLE,
    json::TABLE,
    maps::TABLE,
    nodes::TABLE,
    number_format::TABLE,
    numbers::TABLE,
    parsing::TABLE,
    qnames::TABLE,
    random::TABLE,
    regular_expressions::TABLE,
    sequences::TABLE,
    strings::TABLE,
    uris::TABLE,
];
