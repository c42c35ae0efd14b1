//! Comparison of atomic values (XQuery 3.1, section 3.7.1; XPath Functions 3.1).

use std::cmp::Ordering;

use super::Atomic;
use crate::collation::Collation;
use crate::error::Result;
use crate::expression::Comparison;

/// What comparing needs of the context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparer<'c> {
    pub(crate) collation: &'c Collation,
    pub(crate) implicit_timezone_minutes: i16,
}

impl Comparer<'_> {
    /// A value comparison; untyped values are compared as strings.
    ///
    /// # Errors
    ///
    /// `XPTY0004` where the types are not comparable this way.
    pub(crate) fn value(&self, how: Comparison, left: &Atomic, right: &Atomic) -> Result<bool> {
        let _ = (how, left, right);
        todo!("helper: atomic")
    }

    /// A pair of a general comparison: untyped values are cast first (XQuery 3.1, section 3.7.2).
    ///
    /// # Errors
    ///
    /// As `value`, and `FORG0001` where the cast fails.
    pub(crate) fn general(&self, how: Comparison, left: &Atomic, right: &Atomic) -> Result<bool> {
        let _ = (how, left, right);
        todo!("helper: atomic")
    }

    /// The order of two values for `order by`, `fn:min`, `fn:max` and `fn:sort`; NaN is equal to
    /// itself and less than any other number.
    ///
    /// # Errors
    ///
    /// `XPTY0004` where the types have no order.
    pub(crate) fn order(&self, left: &Atomic, right: &Atomic) -> Result<Ordering> {
        let _ = (left, right);
        todo!("helper: atomic")
    }

    /// Whether two values are equal as `fn:distinct-values`, `fn:index-of`, `fn:deep-equal` and
    /// `group by` see it: never an error, NaN equals itself where `nan_equal`.
    pub(crate) fn equal(&self, left: &Atomic, right: &Atomic, nan_equal: bool) -> bool {
        let _ = (left, right, nan_equal);
        todo!("helper: atomic")
    }

    /// A key that is the same for values that `equal` (NaN equal) takes for the same, for hashing.
    pub(crate) fn equality_key(&self, value: &Atomic) -> Vec<u8> {
        let _ = value;
        todo!("helper: atomic")
    }
}
