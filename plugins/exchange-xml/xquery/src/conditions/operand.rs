//! What an expression stands for, where it is something that terms can be about.

use std::collections::HashMap;

use super::formula::Formula;
use super::path::{Path, PathStep};
use super::term::{Subject, Term, Test};
use crate::atomic::Atomic;
use crate::expression::Slot;
use crate::name::QName;

/// A value as far as it is known without a document.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// The nodes of a path that meet a condition.
    Nodes(Nodes),
    /// An external variable, with whether its type is declared.
    Variable {
        name: QName,
        typed: bool,
    },
    Literal(Atomic),
    Literals(Vec<Atomic>),
    Unknown,
}

/// Nodes that a path leads to.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    pub(super) path: Path,
    /// The path stands for `descendant-or-self::node()` behind it, which only a further step makes
    /// a path of nodes.
    pub(super) is_below: bool,
    /// What predicates on the way ask for. Exact where every path with a predicate leads to one
    /// node at the most, else necessary.
    pub(super) condition: Condition,
}

/// Conditions on the way of a path.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// There are these nodes exactly where this is true.
    Exact(Formula),
    /// There are such nodes only where this is true.
    Necessary(Formula),
    /// There is such a node exactly where this is true, but nothing is said of which ones.
    ExactlyExists(Formula),
}

impl Default for Condition {
    fn default() -> Self {
        Self::Exact(Formula::True)
    }
}

impl Nodes {
    /// Whether there is one.
    pub(super) fn exists(&self) -> Formula {
        if self.is_below {
            return Formula::Unknown;
        }
        let there = exists(&self.path);
        match &self.condition {
            Condition::Exact(formula) => Formula::and([there, formula.clone()]).ordered(),
            Condition::ExactlyExists(formula) => formula.clone(),
            Condition::Necessary(formula) => Formula::and([there, formula.clone()]).weak(),
        }
    }

    /// A test of them, with what predicates ask for.
    pub(super) fn test(&self, test: Test) -> Formula {
        if self.is_below {
            return Formula::Unknown;
        }
        let subject = Subject::Path(self.path.clone());
        let term = Formula::Term(Term { subject, test, is_negated: false });
        match &self.condition {
            Condition::Exact(formula) => Formula::and([formula.clone(), term]).ordered(),
            Condition::Necessary(formula) | Condition::ExactlyExists(formula) => {
                // Nodes that a predicate keeps may be one where the path alone leads to more.
                Formula::and([formula.clone(), term.of_some()]).weak()
            }
        }
    }

    /// Whether finding them can't fail.
    pub(super) fn is_safe(&self) -> bool {
        matches!(&self.condition, Condition::Exact(formula) if !formula.may_fail())
    }

    /// The nodes at the end of a step more.
    pub(super) fn then(&self, step: PathStep) -> Self {
        let step = PathStep { below: step.below || self.is_below, ..step };
        let path = self.path.then(step);
        let condition = match &self.condition {
            Condition::Exact(formula) => Condition::Exact(formula.clone()),
            Condition::Necessary(formula) | Condition::ExactlyExists(formula) => {
                Condition::Necessary(formula.clone())
            }
        };
        Self { path, is_below: false, condition }
    }

    /// Those of them that meet a predicate, a formula about each of them.
    pub(super) fn filtered(&self, predicate: Formula) -> Self {
        let path = self.path.clone();
        let condition = match (&self.condition, path.is_single() && !self.is_below) {
            (Condition::Exact(before), true) => {
                Condition::Exact(Formula::and([before.clone(), predicate]))
            }
            // One that fails for some node fails before another node is asked.
            (Condition::Exact(Formula::True), false) => match self.sole_term(&predicate) {
                Some(term) if !term.may_fail() => Condition::ExactlyExists(Formula::Term(term)),
                _ => Condition::Necessary(predicate.of_some()),
            },
            (
                Condition::Exact(before)
                | Condition::Necessary(before)
                | Condition::ExactlyExists(before),
                _,
            ) => Condition::Necessary(Formula::and([before.clone(), predicate.of_some()])),
        };
        Self { path, is_below: self.is_below, condition }
    }

    /// Whether some one of them meets a formula about each, errors of others aside.
    pub(super) fn some(&self, formula: Formula) -> Formula {
        match (&self.condition, self.sole_term(&formula)) {
            (Condition::Exact(Formula::True), Some(term)) => Formula::Term(term),
            _ => self.filtered(formula).exists(),
        }
    }

    /// The one term that a predicate is, where it asks for a node below: then some node of the path
    /// meets it exactly where some node of the longer path passes.
    fn sole_term(&self, predicate: &Formula) -> Option<Term> {
        let Formula::Term(term) = predicate else { return None };
        let Subject::Path(path) = &term.subject else { return None };
        let is_sole = !term.is_negated && !term.test.is_single() && path.extends(&self.path);
        is_sole.then(|| term.clone())
    }

    /// Whether this is one node at the most, and known by its path alone.
    pub(super) fn is_single(&self) -> bool {
        self.path.is_single() && !self.is_below && matches!(self.condition, Condition::Exact(_))
    }
}

/// Whether a path leads anywhere. There is always a document.
fn exists(path: &Path) -> Formula {
    if path.steps.is_empty() {
        return Formula::True;
    }
    let subject = Subject::Path(path.clone());
    Formula::Term(Term { subject, test: Test::Exists, is_negated: false })
}

/// What names mean at a place.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The context item.
    pub(super) context: Operand,
    pub(super) slots: HashMap<Slot, Operand>,
}

impl Scope {
    /// Outside of everything: the context item is the document.
    pub(super) fn of_document() -> Self {
        Self { context: Operand::Nodes(Nodes::default()), slots: HashMap::new() }
    }

    pub(super) fn with_context(&self, context: Operand) -> Self {
        Self { context, slots: self.slots.clone() }
    }
}
