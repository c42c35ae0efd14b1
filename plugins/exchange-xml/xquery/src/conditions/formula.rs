//! A query as a formula over terms.
//!
//! Invariants: a formula without `Unknown` and `Weak` is true exactly where the query is; false and
//! failed are told apart where that makes a difference, which is under a negation; no formula has
//! more than [`TERMS_MAX`] terms and unknown parts, however often a query's parts stand in each
//! other.

use super::term::Term;

/// Beyond this what is left of a formula is left to evaluation.
const TERMS_MAX: usize = 256;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Formula {
    True,
    False,
    Term(Term),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    /// True exactly where this is, but where this is false the query may fail instead: a condition
    /// that comes first, as a predicate's, is an error even where what follows is false.
    Ordered(Box<Formula>),
    /// What no term says.
    Unknown,
    /// True only where this is, which is not all there is to it.
    Weak(Box<Formula>),
}

impl Formula {
    pub(super) fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        let fitting = fitting(&kept);
        let is_whole = fitting == kept.len();
        kept.truncate(fitting);
        let all = match kept.len() {
            0 => Self::True,
            1 => kept.pop().unwrap_or(Self::True),
            _ => Self::And(kept),
        };
        if is_whole { all } else { all.weak() }
    }

    pub(super) fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::False,
            1 => kept.pop().unwrap_or(Self::False),
            count if fitting(&kept) < count => Self::Unknown,
            _ => Self::Or(kept),
        }
    }

    /// How many terms and unknown parts there are, each as often as it stands there.
    fn size(&self) -> usize {
        match self {
            Self::True | Self::False => 0,
            Self::Term(_) | Self::Unknown => 1,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::size).sum(),
            Self::Ordered(inner) | Self::Weak(inner) => inner.size(),
        }
    }

    /// `fn:not`: true where this is false. By De Morgan's laws, which hold with errors as well.
    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Term(term) => Self::Term(Term { is_negated: !term.is_negated, ..term }),
            Self::And(parts) => Self::or(parts.into_iter().map(Self::not)),
            Self::Or(parts) => Self::and(parts.into_iter().map(Self::not)),
            Self::Ordered(inner) if !inner.may_fail() => inner.not(),
            // Where the unknown part is false, all may be.
            Self::Unknown | Self::Weak(_) | Self::Ordered(_) => Self::Unknown,
        }
    }

    /// Whether it may fail.
    pub(super) fn may_fail(&self) -> bool {
        match self {
            Self::True | Self::False => false,
            Self::Term(term) => term.may_fail(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::may_fail),
            Self::Ordered(inner) => inner.may_fail(),
            Self::Unknown | Self::Weak(_) => true,
        }
    }

    /// With what comes first in it evaluated first.
    pub(super) fn ordered(self) -> Self {
        match self {
            Self::And(_) | Self::Or(_) => Self::Ordered(Box::new(self)),
            other => other,
        }
    }

    /// Necessary for this, and no more.
    pub(super) fn weak(self) -> Self {
        match self {
            Self::Weak(_) | Self::Unknown | Self::False => self,
            Self::True => Self::Unknown,
            other => Self::Weak(Box::new(other)),
        }
    }

    /// What of this is necessary wherever it is asked about some one of several nodes: negations
    /// of what such a node has say nothing about all of them.
    pub(super) fn of_some(self) -> Self {
        match self {
            Self::Term(term) if term.is_negated => Self::Unknown,
            Self::Term(term) => {
                let is_single = term.test.is_single();
                let test = term.test.of_any();
                let term = Self::Term(Term { test, ..term });
                if is_single { term.weak() } else { term }
            }
            Self::And(parts) => Self::and(parts.into_iter().map(Self::of_some)),
            Self::Or(parts) => Self::or(parts.into_iter().map(Self::of_some)),
            Self::Weak(inner) => inner.of_some().weak(),
            Self::Ordered(inner) => inner.of_some().ordered(),
            other => other,
        }
    }
}

/// How many of these, from the first, are no larger than [`TERMS_MAX`] together.
fn fitting(parts: &[Formula]) -> usize {
    let together = parts.iter().scan(0, |size, part| {
        *size += part.size();
        Some(*size)
    });
    together.take_while(|size| *size <= TERMS_MAX).count()
}
