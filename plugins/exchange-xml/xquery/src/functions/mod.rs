//! The function library (XPath and XQuery Functions and Operators 3.1), a module a chapter.
//!
//! Each function is a row of a table: its signature as the specification writes it, and what it
//! does. Arguments come converted to the types of the signature (XQuery 3.1, section 3.1.5.2).
//!
//! Invariant: a function that loops over items or builds something asks the meter.

mod aggregates;
mod arrays;
mod booleans;
mod call;
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
mod refused;
mod regular_expressions;
mod sequences;
mod serialization;
mod signature;
mod strings;
mod uris;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::collation::Collation;
use crate::error::{Result, Span};
use crate::evaluate::{Evaluator, Focus};
use crate::expression::StaticContext;
use crate::types::{FunctionType, SequenceType};
use crate::value::{Item, Sequence};

pub(crate) use call::argument;
pub(crate) use documents::Read;
pub(crate) use number_format::family_of;

/// What a function of the library does.
pub(crate) type Body = for<'c, 'a> fn(&Call<'c, 'a>, &[Sequence<'a>]) -> Result<Sequence<'a>>;

/// One call: what a function may know besides its arguments.
pub(crate) struct Call<'c, 'a> {
    pub(crate) evaluator: &'c Evaluator<'a>,
    /// None where there is no context item.
    pub(crate) focus: Option<&'c Focus<'a>>,
    pub(crate) context: &'a StaticContext,
    pub(crate) span: Span,
}

impl Call<'_, '_> {
    /// The collation that an argument names; the default one where there is no argument or none is
    /// given (XPath Functions 3.1, section 5.3.7).
    ///
    /// # Errors
    ///
    /// `FOCH0002` where there is no such collation.
    pub(crate) fn collation(&self, argument: Option<&Sequence<'_>>) -> Result<Collation> {
        match argument.and_then(Sequence::first) {
            Some(Item::Atomic(uri)) => {
                Collation::named(&uri.to_text(), self.context.base_uri.as_ref())
            }
            _ => self.default_collation(),
        }
    }

    /// The default collation of the static context.
    ///
    /// # Errors
    ///
    /// `FOCH0002` where there is no such collation.
    pub(crate) fn default_collation(&self) -> Result<Collation> {
        match &*self.context.default_collation {
            "" => Ok(Collation::Codepoint),
            uri => Collation::named(uri, self.context.base_uri.as_ref()),
        }
    }
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
    refused::TABLE,
    regular_expressions::TABLE,
    sequences::TABLE,
    serialization::TABLE,
    strings::TABLE,
    uris::TABLE,
];

/// By namespace and local name, each with its numbers of parameters in ascending order.
type Library = HashMap<&'static str, HashMap<&'static str, Vec<Builtin>>>;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut library = Library::new();
    for row in TABLES.iter().copied().flatten() {
        let Some(read) = signature::read(row.signature) else { continue };
        let builtins = library.entry(read.namespace).or_default();
        let builtins = builtins.entry(read.local).or_default();
        builtins.push(Builtin {
            namespace: read.namespace,
            local: read.local,
            name: read.name,
            signature: Arc::new(read.kind),
            is_variadic: read.is_variadic,
            body: row.body,
        });
        builtins.sort_by_key(|builtin| builtin.signature.parameters.len());
    }
    library
});

/// The function of the library with this name and number of parameters.
pub(crate) fn find(namespace: &str, local: &str, arity: usize) -> Option<&'static Builtin> {
    named(namespace, local).iter().find(|builtin| builtin.takes(arity))
}

/// All functions of the library with this name, fewest parameters first.
pub(crate) fn named(namespace: &str, local: &str) -> &'static [Builtin] {
    let builtins = LIBRARY.get(namespace).and_then(|library| library.get(local));
    builtins.map_or(&[], Vec::as_slice)
}

/// All functions of the library, in no order.
pub(crate) fn all() -> impl Iterator<Item = &'static Builtin> {
    LIBRARY.values().flat_map(HashMap::values).flatten()
}

impl Builtin {
    /// Whether it can be called with this many arguments.
    pub(crate) fn takes(&self, arity: usize) -> bool {
        let parameters = self.signature.parameters.len();
        if self.is_variadic { arity >= parameters } else { arity == parameters }
    }

    /// The type of the parameter at an index from 0.
    pub(crate) fn parameter(&self, index: usize) -> Option<&SequenceType> {
        let parameters = &self.signature.parameters;
        parameters.get(index).or_else(|| parameters.last().filter(|_| self.is_variadic))
    }

    /// The signature for a number of arguments that it takes.
    pub(crate) fn signature_of(&self, arity: usize) -> Arc<FunctionType> {
        if arity == self.signature.parameters.len() {
            return Arc::clone(&self.signature);
        }
        let parameters = (0..arity).filter_map(|index| self.parameter(index).cloned()).collect();
        Arc::new(FunctionType { parameters, result: self.signature.result.clone() })
    }
}

#[cfg(test)]
pub(crate) use signature::sequence_type;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_none_is_twice() {
        let mut seen = std::collections::HashSet::new();
        for row in TABLES.iter().copied().flatten() {
            let read = signature::read(row.signature)
                .unwrap_or_else(|| panic!("does not read: {}", row.signature));
            let arity = read.kind.parameters.len();
            assert!(seen.insert((read.name, arity)), "twice: {}", row.signature);
            assert!(find(read.namespace, read.local, arity).is_some(), "{}", row.signature);
        }
    }
}
