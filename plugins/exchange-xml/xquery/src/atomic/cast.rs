//! Casting (XPath Functions 3.1, section 19).

use super::{Atomic, AtomicType};
use crate::error::Result;

/// Casts a value. To and from `xs:QName` works between names alone.
///
/// # Errors
///
/// `XPTY0004` where the types do not allow it, `FORG0001` and its kin where the value does not.
pub(crate) fn cast(value: &Atomic, to: AtomicType) -> Result<Atomic> {
    let _ = (value, to);
    todo!("helper: atomic")
}

/// Promotes a number or a URI (XQuery 3.1, appendix B.1); none where the types do not allow it.
pub(crate) fn promote(value: &Atomic, to: AtomicType) -> Option<Atomic> {
    let _ = (value, to);
    todo!("helper: atomic")
}
