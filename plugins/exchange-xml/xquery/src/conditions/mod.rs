//! What a filter comes down to: simple conditions on paths and variables that a caller can index,
//! so that many queries cost one pass over a document.
//!
//! The conditions of a query are branches of terms. A query whose context item is a document is
//! true exactly where all terms of one of its exact branches are, or where it is evaluated to true;
//! and it can be true only where all terms of some branch are.
//!
//! Terms are three-valued, as evaluation is: a comparison that fails is neither true nor false, and
//! a negation of it is not true. That makes the laws of distribution hold, on which branches rest.
//!
//! Invariant: the conditions are an optimisation. Evaluating the query gives the same answer.

mod branches;
mod extraction;
mod formula;
mod operand;
mod path;
mod term;
#[cfg(test)]
mod tests;

pub use branches::Branch;
pub use path::{Path, PathStep, StepKind, StepTest};
pub use term::{Key, Number, Subject, Term, Test};

pub use crate::expression::Comparison;
use crate::expression::Program;

/// A query as branches of terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions {
    /// Any one of these; none: the query is never true.
    pub branches: Vec<Branch>,
}

impl Conditions {
    /// The conditions of a compiled query.
    pub(crate) fn of(program: &Program) -> Self {
        Self { branches: branches::branches(&extraction::extract(program)) }
    }

    /// Whether the terms alone decide, so that nothing has to be evaluated.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.branches.iter().all(|branch| branch.is_exact)
    }

    /// The answer, where it is always the same.
    #[must_use]
    pub fn constant(&self) -> Option<bool> {
        if self.branches.is_empty() {
            return Some(false);
        }
        let is_true = |branch: &Branch| branch.is_exact && branch.terms.is_empty();
        self.branches.iter().any(is_true).then_some(true)
    }
}
