//! From a formula to branches: the disjunctive form, up to a cap.
//!
//! Invariants: no more than [`BRANCHES_MAX`] branches, of [`TERMS_MAX`] terms each; what would not
//! fit is left to evaluation.

use super::formula::Formula;
use super::term::Term;

/// Beyond this a query is cheaper to evaluate.
const BRANCHES_MAX: usize = 64;

/// Beyond this the rest of a branch's terms is left to evaluation.
const TERMS_MAX: usize = 16;

/// All of some terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branch {
    /// All must be true.
    pub terms: Vec<Term>,
    /// Whether the query is true where they are; else it has to be evaluated.
    pub is_exact: bool,
}

/// The branches of a formula.
pub(super) fn branches(formula: &Formula) -> Vec<Branch> {
    let branches = expand(formula);
    let mut kept: Vec<Branch> = Vec::new();
    for branch in branches {
        if !kept.contains(&branch) {
            kept.push(branch);
        }
    }
    kept
}

fn expand(formula: &Formula) -> Vec<Branch> {
    match formula {
        Formula::True => vec![Branch { terms: Vec::new(), is_exact: true }],
        Formula::False => Vec::new(),
        Formula::Term(term) => vec![Branch { terms: vec![term.clone()], is_exact: true }],
        Formula::Unknown => vec![Branch::default()],
        Formula::Weak(inner) => {
            let weak = expand(inner).into_iter();
            weak.map(|branch| Branch { is_exact: false, ..branch }).collect()
        }
        Formula::Or(parts) => {
            let all: Vec<_> = parts.iter().flat_map(expand).collect();
            if all.len() > BRANCHES_MAX { vec![Branch::default()] } else { all }
        }
        Formula::And(parts) => product(parts),
        Formula::Ordered(inner) => expand(inner),
    }
}

/// Parts with one branch come first, so that where all would be too many, what is left out is the
/// part with the most.
fn product(parts: &[Formula]) -> Vec<Branch> {
    let mut factors: Vec<_> = parts.iter().map(expand).collect();
    factors.sort_by_key(Vec::len);
    let mut product = vec![Branch { terms: Vec::new(), is_exact: true }];
    for factor in factors {
        if product.len() * factor.len() > BRANCHES_MAX {
            product.iter_mut().for_each(|branch| branch.is_exact = false);
            continue;
        }
        let with =
            |branch: &Branch| factor.iter().map(|other| branch.and(other)).collect::<Vec<_>>();
        product = product.iter().flat_map(with).collect();
        product.iter_mut().for_each(Branch::cut);
    }
    product
}

impl Branch {
    fn and(&self, other: &Self) -> Self {
        let mut terms = self.terms.clone();
        terms.extend(other.terms.iter().filter(|term| !self.terms.contains(term)).cloned());
        Self { terms, is_exact: self.is_exact && other.is_exact }
    }

    fn cut(&mut self) {
        if self.terms.len() > TERMS_MAX {
            // Those that something can be found by are worth more.
            self.terms.sort_by_key(|term| term.key().is_none());
            self.terms.truncate(TERMS_MAX);
            self.is_exact = false;
        }
    }
}
