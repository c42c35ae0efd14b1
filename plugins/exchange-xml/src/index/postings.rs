//! Conjuncts that one thing is necessary for.
//!
//! Invariants: a conjunct is in it once; adding and taking away cost the same whatever their
//! number; one conjunct needs no allocation.

use indexmap::IndexSet;

use super::ConjunctId;

/// A set of conjuncts.
#[derive(Debug, Default)]
pub(super) enum Postings {
    #[default]
    None,
    One(ConjunctId),
    Many(Box<IndexSet<ConjunctId, foldhash::fast::RandomState>>),
}

impl Postings {
    pub(super) fn insert(&mut self, conjunct: ConjunctId) {
        match self {
            Self::None => *self = Self::One(conjunct),
            Self::One(first) => {
                let both = [*first, conjunct].into_iter().collect();
                *self = Self::Many(Box::new(both));
            }
            Self::Many(all) => {
                all.insert(conjunct);
            }
        }
    }

    pub(super) fn remove(&mut self, conjunct: ConjunctId) {
        match self {
            Self::One(only) if *only == conjunct => *self = Self::None,
            Self::None | Self::One(_) => {}
            Self::Many(all) => {
                all.swap_remove(&conjunct);
                if all.is_empty() {
                    *self = Self::None;
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(all) => all.len(),
        }
    }

    pub(super) fn add_to(&self, fired: &mut Vec<ConjunctId>) {
        match self {
            Self::None => {}
            Self::One(only) => fired.push(*only),
            Self::Many(all) => fired.extend(all.iter()),
        }
    }
}
