//! A query in an index.

use philter_xquery::conditions::Conditions;

use super::ConjunctId;

/// An entry's place.
pub(crate) type EntryId = u32;

/// A query, by the conjuncts that decide about it.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(super) conjuncts: Box<[ConjunctId]>,
    /// How it is decided.
    pub(crate) way: Way,
    /// Whom the answer is for.
    pub(crate) owner: T,
}

/// How a query is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is the same for every message.
    Constant,
    /// By the index alone.
    Indexed,
    /// The index finds it, then it is evaluated.
    Residual,
    /// Nothing finds it, but its terms decide: they are looked at for every message.
    Scanned,
    /// It is evaluated for every message.
    Evaluated,
}

impl Way {
    pub(super) fn of(conditions: &Conditions, has_unfiled: bool) -> Self {
        if conditions.constant().is_some() {
            return Self::Constant;
        }
        match (conditions.is_exact(), has_unfiled) {
            (true, false) => Self::Indexed,
            (false, false) => Self::Residual,
            (true, true) => Self::Scanned,
            (false, true) => Self::Evaluated,
        }
    }

    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Indexed => "indexed",
            Self::Residual => "residual",
            Self::Scanned => "scanned",
            Self::Evaluated => "always evaluated",
        }
    }
}
