//! Arrays (data model, section 2.7.4): persistent, members shared between versions.

use imbl::GenericVector;
use imbl::shared_ptr::RcK;

use super::{Sequence, with_stack};

/// An array. Its members are sequences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Array<'a> {
    members: GenericVector<Sequence<'a>, RcK>,
    /// Never less than the deepest member's and one.
    depth: usize,
}

impl<'a> Array<'a> {
    /// An array of these members.
    pub(crate) fn new(members: GenericVector<Sequence<'a>, RcK>, members_depth: usize) -> Self {
        Self { members, depth: members_depth + 1 }
    }

    /// The members.
    pub(crate) fn members(&self) -> &GenericVector<Sequence<'a>, RcK> {
        &self.members
    }

    /// The member at an index from 0.
    pub(crate) fn get(&self, index: usize) -> Option<&Sequence<'a>> {
        self.members.get(index)
    }

    /// How many members there are.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// How many maps, arrays and functions lie in each other, this one included.
    pub(crate) fn depth(&self) -> usize {
        self.depth.max(1)
    }
}

impl<'a> FromIterator<Sequence<'a>> for Array<'a> {
    fn from_iter<I: IntoIterator<Item = Sequence<'a>>>(members: I) -> Self {
        let members: GenericVector<_, _> = members.into_iter().collect();
        let depth = members.iter().map(Sequence::depth).max().unwrap_or(0);
        Self::new(members, depth)
    }
}

impl Drop for Array<'_> {
    fn drop(&mut self) {
        if self.depth > 1 {
            let members = std::mem::take(&mut self.members);
            with_stack(|| drop(members));
        }
    }
}
