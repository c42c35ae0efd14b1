//! Arithmetic (XQuery 3.1, section 3.5; XPath Functions 3.1, sections 4.2, 8.4 and 9.7).

use super::Atomic;
use crate::error::Result;
use crate::expression::Arithmetic;

/// `left operator right`. Untyped values are numbers already.
///
/// # Errors
///
/// `XPTY0004` for types that the operator does not take, `FOAR0001` for a division by zero,
/// `FOAR0002`, `FODT0001`, `FODT0002` for an overflow.
pub(crate) fn arithmetic(
    operator: Arithmetic,
    left: &Atomic,
    right: &Atomic,
    implicit_timezone_minutes: i16,
) -> Result<Atomic> {
    let _ = (operator, left, right, implicit_timezone_minutes);
    todo!("helper: atomic")
}

/// Unary minus.
///
/// # Errors
///
/// `XPTY0004` for what is no number, `FOAR0002` for an overflow.
pub(crate) fn negate(value: &Atomic) -> Result<Atomic> {
    let _ = value;
    todo!("helper: atomic")
}
