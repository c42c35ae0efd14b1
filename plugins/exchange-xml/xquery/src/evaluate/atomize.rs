//! Atomization: items to atomic values (XQuery 3.1, section 2.4.2), and their string values.
//!
//! Invariant: no schema, no typed nodes: the typed value of a document, an element, an attribute or
//! a text node is untyped, that of other nodes a string.

use std::borrow::Cow;
use std::sync::Arc;

use super::error;
use crate::atomic::{Atomic, AtomicType};
use crate::error::Result;
use crate::meter::Meter;
use crate::tree::{Node, NodeKind};
use crate::value::{Array, Item, Sequence, SequenceBuilder};

/// The typed values of items (`fn:data`; data model, section 5.15).
///
/// # Errors
///
/// `FOTY0013` for a map or another function, limits.
pub(crate) fn atomize<'a>(meter: &Meter<'a>, sequence: &Sequence<'a>) -> Result<Sequence<'a>> {
    if sequence.iter().all(|item| matches!(item, Item::Atomic(_))) {
        return Ok(sequence.clone());
    }
    if let [Item::Node(node)] = sequence.as_slice() {
        return Ok(Sequence::One(Item::Atomic(typed_value(meter, *node)?)));
    }
    let mut values = SequenceBuilder::new(meter);
    for item in sequence.iter() {
        atomize_item(meter, item, &mut |value| values.push(value.into()))?;
    }
    Ok(values.finish())
}

/// Gives the typed values of one item; several for an array.
pub(crate) fn atomize_item<'a>(
    meter: &Meter<'_>,
    item: &Item<'a>,
    give: &mut dyn FnMut(Atomic) -> Result<()>,
) -> Result<()> {
    match item {
        Item::Atomic(atomic) => give(atomic.clone()),
        Item::Node(node) => give(typed_value(meter, *node)?),
        Item::Array(array) => stack(|| atomize_array(meter, array, give)),
        Item::Map(_) | Item::Function(_) => {
            let found = item.describe();
            Err(error("FOTY0013", format!("an atomic value was expected, found {found}")))
        }
    }
}

fn atomize_array<'a>(
    meter: &Meter<'_>,
    array: &Array<'a>,
    give: &mut dyn FnMut(Atomic) -> Result<()>,
) -> Result<()> {
    for member in array.members() {
        meter.step()?;
        member.iter().try_for_each(|item| atomize_item(meter, item, give))?;
    }
    Ok(())
}

/// What of the stack is left at the least to what does not ask: sequence types inside each other
/// are copied, compared and printed without asking, as deep as a query may nest.
const STACK_BYTES_LEFT: usize = 256 * 1024;

/// What is added where less is left.
const STACK_BYTES_ADDED: usize = 2 * 1024 * 1024;

/// Calls with enough of the stack for what nests inside.
#[inline]
pub(crate) fn stack<T>(call: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_BYTES_LEFT, STACK_BYTES_ADDED, call)
}

/// The typed value of a node (data model, section 5.15).
pub(crate) fn typed_value(meter: &Meter<'_>, node: Node<'_>) -> Result<Atomic> {
    let text = node.string_value();
    meter.build(text.len())?;
    let text: Arc<str> = text.into();
    Ok(if is_untyped(node) {
        Atomic::Untyped(text)
    } else {
        Atomic::String(text, AtomicType::String)
    })
}

/// Whether the node's typed value is untyped, and not a string.
#[inline]
pub(crate) fn is_untyped(node: Node<'_>) -> bool {
    use NodeKind::{Comment, Namespace, ProcessingInstruction};
    !matches!(node.kind(), Comment | Namespace | ProcessingInstruction)
}

/// The string value of an item (`fn:string`); a node's is borrowed.
///
/// # Errors
///
/// `FOTY0014` for a map, an array or another function.
pub(crate) fn string_value<'s>(item: &'s Item<'_>) -> Result<Cow<'s, str>> {
    match item {
        Item::Node(node) => Ok(Cow::Borrowed(node.string_value())),
        Item::Atomic(atomic) => Ok(atomic.to_text()),
        Item::Map(_) | Item::Array(_) | Item::Function(_) => {
            let found = item.describe();
            Err(error("FOTY0014", format!("{found} has no string value")))
        }
    }
}
