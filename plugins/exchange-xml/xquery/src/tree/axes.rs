//! The axes (XQuery 3.1, section 3.3.2.1), as walks over indexes that allocate nothing.
//!
//! Invariants: nodes come in the axis's own order, so that positions in predicates count the right
//! way; attributes and namespace nodes come on the attribute and self axes alone, and as the
//! descendant-or-self or ancestor-or-self of themselves.

use std::ops::ControlFlow;

use super::{NameId, Node, NodeKind, Record, TreeTest};
use crate::error::Result;
use crate::meter::Meter;
use crate::syntax::ast::Axis;

/// The nodes of an axis, or those of them that pass a test.
#[derive(Clone, Debug)]
pub(crate) struct AxisNodes<'a, 't> {
    /// The context node.
    from: Node<'a>,
    test: TreeTest<'t>,
    walk: Walk,
}

/// How to go on: indexes of nodes not yet looked at.
#[derive(Clone, Debug)]
enum Walk {
    Done,
    One(u32),
    /// Consecutive indexes.
    Attributes {
        next: u32,
        end: u32,
    },
    /// From a node to what follows its subtree.
    Siblings {
        next: u32,
        end: u32,
    },
    /// From a node to what follows its attributes.
    Descendants {
        next: u32,
        end: u32,
    },
    /// From a node to its parent.
    Ancestors {
        next: u32,
    },
    /// From the index behind a node to the sibling that ends there.
    PrecedingSiblings {
        end: u32,
        first: u32,
        parent: u32,
    },
    /// From an index to the one before.
    Preceding {
        end: u32,
    },
}

impl<'a> Node<'a> {
    /// The nodes of an axis.
    #[cfg(test)]
    pub(crate) fn axis(self, axis: Axis) -> AxisNodes<'a, 'static> {
        self.axis_where(axis, TreeTest::Any)
    }

    /// The nodes of an axis that pass a test, which must be one of this node's tree.
    pub(crate) fn axis_where<'t>(self, axis: Axis, test: TreeTest<'t>) -> AxisNodes<'a, 't> {
        let walk =
            if matches!(test, TreeTest::Nothing) { Walk::Done } else { Walk::new(self, axis) };
        AxisNodes { from: self, test, walk }
    }

    /// Visits the nodes of an axis that pass a test of this node's tree, until a visit breaks.
    /// Every node looked at is a step of the meter.
    #[inline]
    pub(crate) fn walk<'t>(
        self,
        axis: Axis,
        test: TreeTest<'t>,
        meter: &Meter<'_>,
        mut visit: impl FnMut(Node<'a>) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        if let (Axis::Child, TreeTest::Name(kind, name)) = (axis, test) {
            return self.walk_children(kind, name, meter, visit);
        }
        let mut nodes = self.axis_where(axis, test);
        while let Some((index, record)) = nodes.step() {
            meter.step()?;
            if nodes.test.passes(self.at(index), record) && visit(self.at(index))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The usual step.
    #[inline]
    fn walk_children(
        self,
        kind: NodeKind,
        name: NameId,
        meter: &Meter<'_>,
        mut visit: impl FnMut(Node<'a>) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let nodes = &self.tree.nodes;
        let Some(parent) = nodes.get(self.index as usize) else {
            return Ok(ControlFlow::Continue(()));
        };
        let mut next = self.index + 1 + parent.attributes;
        while next < parent.end {
            meter.step()?;
            let Some(child) = nodes.get(next as usize) else { break };
            let is_meant = child.name == name && child.kind == kind;
            if is_meant && visit(self.at(next))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            next = child.end;
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Walk {
    #[inline]
    fn new(from: Node<'_>, axis: Axis) -> Self {
        let record = from.record();
        let (index, end) = (from.index, record.end);
        let first = index + 1 + record.attributes;
        let is_attribute = matches!(record.kind, NodeKind::Attribute | NodeKind::Namespace);
        match axis {
            Axis::Child => Self::Siblings { next: first, end },
            Axis::Descendant => Self::Descendants { next: first, end },
            Axis::DescendantOrSelf => Self::Descendants { next: index, end },
            Axis::Attribute => Self::Attributes { next: index + 1, end: first },
            Axis::Itself => Self::One(index),
            Axis::Parent => from.parent().map_or(Self::Done, |parent| Self::One(parent.index)),
            Axis::Ancestor => Self::Ancestors { next: record.parent },
            Axis::AncestorOrSelf => Self::Ancestors { next: index },
            Axis::FollowingSibling | Axis::PrecedingSibling if is_attribute => Self::Done,
            Axis::FollowingSibling => from
                .parent()
                .map_or(Self::Done, |parent| Self::Siblings { next: end, end: parent.end() }),
            Axis::PrecedingSibling => from.parent().map_or(Self::Done, |parent| {
                let first = parent.index + 1 + parent.record().attributes;
                Self::PrecedingSiblings { end: index, first, parent: parent.index }
            }),
            Axis::Following => {
                let end = from.root().end();
                let next = match from.parent() {
                    // What follows an attribute begins with its element's first child.
                    Some(parent) if is_attribute => parent.index + 1 + parent.record().attributes,
                    _ => record.end,
                };
                Self::Descendants { next, end }
            }
            Axis::Preceding => Self::Preceding { end: index },
        }
    }
}

impl<'a> AxisNodes<'a, '_> {
    /// The next node, whether or not it passes the test.
    #[inline]
    fn step(&mut self) -> Option<(u32, Record)> {
        let from = self.from;
        let record = |index: u32| from.at(index).record();
        match &mut self.walk {
            Walk::Done => None,
            Walk::One(index) => {
                let index = *index;
                self.walk = Walk::Done;
                Some((index, record(index)))
            }
            Walk::Attributes { next, end } if *next < *end => {
                let index = *next;
                *next += 1;
                Some((index, record(index)))
            }
            Walk::Siblings { next, end } if *next < *end => {
                let (index, found) = (*next, record(*next));
                *next = found.end;
                Some((index, found))
            }
            Walk::Descendants { next, end } if *next < *end => {
                let (index, found) = (*next, record(*next));
                *next += 1 + found.attributes;
                Some((index, found))
            }
            Walk::Attributes { .. } | Walk::Siblings { .. } | Walk::Descendants { .. } => None,
            Walk::Ancestors { next: u32::MAX } => None,
            Walk::Ancestors { next } => {
                let (index, found) = (*next, record(*next));
                *next = found.parent;
                Some((index, found))
            }
            Walk::PrecedingSiblings { end, first, .. } if *end <= *first => None,
            Walk::PrecedingSiblings { end, parent, .. } => {
                // The last node before `end` is the sibling's last descendant, or the sibling.
                let mut index = *end - 1;
                let mut found = record(index);
                while found.parent != *parent && found.parent != u32::MAX {
                    index = found.parent;
                    found = record(index);
                }
                *end = index;
                Some((index, found))
            }
            Walk::Preceding { end } => {
                while let Some(index) = end.checked_sub(1) {
                    *end = index;
                    let found = record(index);
                    let is_ancestor = found.end > from.index;
                    if !is_ancestor && found.kind != NodeKind::Attribute {
                        return Some((index, found));
                    }
                }
                None
            }
        }
    }
}

impl<'a> Iterator for AxisNodes<'a, '_> {
    type Item = Node<'a>;

    #[inline]
    fn next(&mut self) -> Option<Node<'a>> {
        while let Some((index, record)) = self.step() {
            let node = self.from.at(index);
            if self.test.passes(node, record) {
                return Some(node);
            }
        }
        None
    }
}
