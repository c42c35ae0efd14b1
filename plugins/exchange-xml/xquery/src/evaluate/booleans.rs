//! Effective boolean values (XQuery 3.1, section 2.4.3).

use super::error;
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::value::{Item, Sequence};

/// The effective boolean value of items that are there already.
///
/// # Errors
///
/// `FORG0006` for what has none.
pub(crate) fn effective_boolean_value(sequence: &Sequence<'_>) -> Result<bool> {
    match sequence.as_slice() {
        [] => Ok(false),
        [Item::Node(_), ..] => Ok(true),
        [item] => boolean_of(item),
        [first, ..] => Err(no_boolean(&format!("several items, the first {}", first.describe()))),
    }
}

/// The effective boolean value of one item.
fn boolean_of(item: &Item<'_>) -> Result<bool> {
    match item {
        Item::Node(_) => Ok(true),
        Item::Atomic(Atomic::Boolean(value)) => Ok(*value),
        Item::Atomic(Atomic::String(text, _) | Atomic::Untyped(text) | Atomic::AnyUri(text)) => {
            Ok(!text.is_empty())
        }
        Item::Atomic(Atomic::Integer(number, _)) => Ok(*number != 0),
        Item::Atomic(Atomic::Decimal(number)) => Ok(!number.is_zero()),
        Item::Atomic(Atomic::Float(number)) => Ok(*number != 0.0 && !number.is_nan()),
        Item::Atomic(Atomic::Double(number)) => Ok(*number != 0.0 && !number.is_nan()),
        Item::Atomic(_) | Item::Function(_) | Item::Map(_) | Item::Array(_) => {
            Err(no_boolean(&item.describe()))
        }
    }
}

fn no_boolean(found: &str) -> Error {
    let text = format!(
        "a condition is a node, a boolean, a string or a number, or nothing for false; found \
         {found}"
    );
    error("FORG0006", text)
}
