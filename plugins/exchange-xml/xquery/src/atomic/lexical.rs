//! Strings to values: the lexical forms of XML Schema 1.1, part 2, section 3.

use super::{Atomic, AtomicType};
use crate::error::Result;

/// The value of a text as a type; whitespace is handled as the type says. `xs:QName` and
/// `xs:NOTATION` need namespaces and are refused.
///
/// # Errors
///
/// `FORG0001`, or `FOAR0002` and its kin for what is out of range.
pub(crate) fn parse(text: &str, to: AtomicType) -> Result<Atomic> {
    let _ = (text, to);
    todo!("helper: atomic")
}

/// The double of an untyped value, without allocating: the way of comparisons with numbers.
pub(crate) fn parse_double(text: &str) -> Option<f64> {
    let _ = text;
    todo!("helper: atomic")
}
