//! Random queries and documents for tests, with the feature `arbitrary`: texts that a grammar
//! allows over so few names and values that they often meet.
//!
//! Invariants: bytes decide, the same ones the same way; no bytes, or only zeros, give the shortest
//! text; a text is short however many bytes there are; queries are right by the grammar and by the
//! names they use, not by their types, although those are mostly right as well.

mod choices;
mod document;
mod expressions;
mod filter;
mod paths;
mod sequences;
mod xquery;

use choices::Choices;

/// The prefix that queries use, and its namespace.
pub const NAMESPACE: (&str, &str) = ("p", "urn:p");

/// What a query may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// All of XQuery 3.1. The query declares [`NAMESPACE`].
    XQuery,
    /// XPath 3.1 alone. Whoever evaluates it knows [`NAMESPACE`].
    XPath,
}

/// A query over documents as [`document`] makes them.
#[must_use]
pub fn query(bytes: &[u8], dialect: Dialect) -> String {
    Generator::new(bytes, dialect).query()
}

/// A query that is a filter: conditions on paths and on the external variables `$v` and `$w`, which
/// it declares where it uses them.
#[must_use]
pub fn filter(bytes: &[u8]) -> String {
    Generator::new(bytes, Dialect::XQuery).filter()
}

/// A small document.
#[must_use]
pub fn document(bytes: &[u8]) -> String {
    document::document(&mut Choices::new(bytes))
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Nodes,
    Number,
    Any,
}

/// Writes expressions.
struct Generator<'b> {
    choices: Choices<'b>,
    dialect: Dialect,
    /// How much deeper expressions may lie in each other.
    depth: u32,
    /// How many more expressions there may be.
    budget: u32,
    /// The variables in scope.
    variables: Vec<(&'static str, Kind)>,
    /// Whether there is a context item, which is a node then.
    has_context: bool,
}

impl<'b> Generator<'b> {
    fn new(bytes: &'b [u8], dialect: Dialect) -> Self {
        let choices = Choices::new(bytes);
        Self { choices, dialect, depth: 6, budget: 40, variables: Vec::new(), has_context: true }
    }

    /// Chooses one of `count` forms, of which the first is the shortest.
    fn form(&mut self, count: u8) -> u8 {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 || self.depth == 0 { 0 } else { self.choices.below(count) }
    }

    /// Writes a part of an expression.
    fn deeper(&mut self, write: impl FnOnce(&mut Self) -> String) -> String {
        self.depth = self.depth.saturating_sub(1);
        let text = write(self);
        self.depth += 1;
        text
    }

    /// Writes what sees one more variable.
    fn binding(
        &mut self,
        variable: &'static str,
        kind: Kind,
        write: impl FnOnce(&mut Self) -> String,
    ) -> String {
        self.variables.push((variable, kind));
        let text = write(self);
        self.variables.pop();
        text
    }

    /// Writes the body of a function, which has parameters alone.
    fn without_context(&mut self, write: impl FnOnce(&mut Self) -> String) -> String {
        let had_context = std::mem::replace(&mut self.has_context, false);
        let text = write(self);
        self.has_context = had_context;
        text
    }

    /// A variable in scope of a kind. An inner one hides outer ones of its name.
    fn variable(&mut self, kind: Kind) -> Option<String> {
        let (mut seen, mut fit) = (Vec::new(), Vec::new());
        for (name, of) in self.variables.iter().rev() {
            if !seen.contains(name) {
                seen.push(*name);
                fit.extend((*of == kind || kind == Kind::Any).then_some(*name));
            }
        }
        if fit.is_empty() { None } else { Some(format!("${}", self.choices.of(&fit))) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, document, filter, query};
    use crate::{Document, DocumentLimits, Options, Query};
    use proptest::prelude::*;

    #[test]
    fn no_bytes_give_the_shortest_texts() {
        assert_eq!(query(&[], Dialect::XPath), "a");
        assert_eq!(filter(&[]), "a = 1");
        assert_eq!(document(&[]), "<a xmlns:p=\"urn:p\"/>");
    }

    proptest! {
        #[test]
        fn queries_compile(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let compiles = |text: &str| match Query::compile(text, &Options::default()) {
                Ok(_) => Ok(()),
                Err(error) => Err(TestCaseError::fail(format!("{text}\n{}", error.report()))),
            };
            compiles(&query(&bytes, Dialect::XQuery))?;
            compiles(&filter(&bytes))?;
            let path = query(&bytes, Dialect::XPath);
            compiles(&format!("declare namespace p = 'urn:p'; {path}"))?;
        }

        #[test]
        fn documents_are_well_formed(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let text = document(&bytes);
            prop_assert!(Document::parse(&text, &DocumentLimits::default()).is_ok(), "{}", text);
        }
    }
}
