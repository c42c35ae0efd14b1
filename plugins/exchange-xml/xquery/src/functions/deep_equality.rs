//! Deep equality (XPath Functions 3.1, section 14.2.1).
//!
//! Invariants: trees are walked with a stack on the heap, two at a time; maps and arrays recurse
//! only as deep as the limit on values lets them lie in each other.

use super::{Call, Row, argument};
use crate::atomic::compare::Comparer;
use crate::error::Result;
use crate::meter::Meter;
use crate::tree::{Node, NodeKind};
use crate::value::{Array, Item, Map, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:deep-equal($parameter1 as item()*, $parameter2 as item()*) as xs:boolean",
        body: deep_equal,
    },
    Row {
        signature: "fn:deep-equal($parameter1 as item()*, $parameter2 as item()*, \
                    $collation as xs:string) as xs:boolean",
        body: deep_equal,
    },
];

fn deep_equal<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let collation = call.collation(arguments.get(2))?;
    let equality = Equality { call, comparer: call.comparer(&collation) };
    let equal = equality.sequences(argument(arguments, 0), argument(arguments, 1))?;
    Ok(Item::boolean(equal).into())
}

struct Equality<'e, 'c, 'a> {
    call: &'e Call<'c, 'a>,
    comparer: Comparer<'e>,
}

impl<'a> Equality<'_, '_, 'a> {
    fn meter(&self) -> &Meter<'a> {
        self.call.meter()
    }

    fn sequences(&self, left: &Sequence<'a>, right: &Sequence<'a>) -> Result<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        for (left, right) in left.iter().zip(right.iter()) {
            self.meter().step()?;
            if !self.items(left, right)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn items(&self, left: &Item<'a>, right: &Item<'a>) -> Result<bool> {
        match (left, right) {
            (Item::Function(_), _) | (_, Item::Function(_)) => {
                let text = "fn:deep-equal does not compare functions other than maps and arrays";
                Err(self.call.error("FOTY0015", text))
            }
            (Item::Atomic(left), Item::Atomic(right)) => Ok(self.comparer.equal(left, right, true)),
            (Item::Node(left), Item::Node(right)) => self.nodes(*left, *right),
            (Item::Map(left), Item::Map(right)) => self.deeper(|| self.maps(left, right)),
            (Item::Array(left), Item::Array(right)) => self.deeper(|| self.arrays(left, right)),
            _ => Ok(false),
        }
    }

    fn deeper(&self, compare: impl FnOnce() -> Result<bool>) -> Result<bool> {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, compare)
    }

    fn maps(&self, left: &Map<'a>, right: &Map<'a>) -> Result<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        for (key, value) in left.iter() {
            self.meter().step()?;
            match right.get(key) {
                Some(other) if self.sequences(value, other)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    fn arrays(&self, left: &Array<'a>, right: &Array<'a>) -> Result<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        for (left, right) in left.members().iter().zip(right.members()) {
            self.meter().step()?;
            if !self.sequences(left, right)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Two nodes with all that is below them.
    fn nodes(&self, left: Node<'a>, right: Node<'a>) -> Result<bool> {
        if !self.single_nodes(left, right)? {
            return Ok(false);
        }
        let mut open = vec![(left.children(), right.children())];
        while let Some((lefts, rights)) = open.last_mut() {
            self.meter().step()?;
            match (lefts.find(|node| counts(*node)), rights.find(|node| counts(*node))) {
                (None, None) => {
                    open.pop();
                }
                (Some(left), Some(right)) if self.single_nodes(left, right)? => {
                    if left.is_element() {
                        open.push((left.children(), right.children()));
                    }
                }
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Two nodes without their children.
    fn single_nodes(&self, left: Node<'a>, right: Node<'a>) -> Result<bool> {
        let kind = left.kind();
        if kind != right.kind() || left.expanded_name() != right.expanded_name() {
            return Ok(false);
        }
        match kind {
            NodeKind::Document => Ok(true),
            NodeKind::Element => self.attributes(left, right),
            _ => {
                let (left, right) = (left.string_value(), right.string_value());
                self.meter().steps(1 + left.len() as u64 / 256)?;
                Ok(self.comparer.collation.compare(left, right).is_eq())
            }
        }
    }

    /// Attributes have no order, though mostly the same one.
    fn attributes(&self, left: Node<'a>, right: Node<'a>) -> Result<bool> {
        let count = right.attributes().count();
        if left.attributes().count() != count {
            return Ok(false);
        }
        for (attribute, opposite) in left.attributes().zip(right.attributes()) {
            self.meter().step()?;
            let Some(name) = attribute.expanded_name() else { return Ok(false) };
            let other = if opposite.expanded_name() == Some(name) {
                Some(opposite)
            } else {
                self.meter().steps(count as u64)?;
                right.attribute(name.namespace, name.local)
            };
            match other {
                Some(other) if self.single_nodes(attribute, other)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Whether a child takes part in the comparison.
fn counts(node: Node<'_>) -> bool {
    matches!(node.kind(), NodeKind::Element | NodeKind::Text)
}

#[cfg(test)]
mod tests;
