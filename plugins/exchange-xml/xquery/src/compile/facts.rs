//! What is known of an expression's value before it is evaluated.
//!
//! Invariant: a fact is only claimed where it holds for every evaluation; what is not known is
//! false, or [`Items::Any`].

use crate::atomic::{Atomic, AtomicType};
use crate::expression::Axis;
use crate::types::{ItemType, NodeTest, Occurrence, SequenceType};

/// What the items are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Items {
    Any,
    Nodes,
    Numbers,
    /// Atomic values or functions, no numbers among them.
    Others,
}

impl Items {
    pub(super) fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Any }
    }
}

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) items: Items,
    pub(super) at_most_one: bool,
    /// Nodes come in document order, each once.
    pub(super) sorted: bool,
    /// No node is inside another.
    pub(super) peers: bool,
    /// Nodes are the context node or inside it.
    pub(super) downward: bool,
    /// Nodes are the context node or its attributes.
    pub(super) local: bool,
    /// They are attributes.
    pub(super) attributes: bool,
    /// It is an axis step whose predicates ask for positions.
    pub(super) positional: bool,
}

impl Facts {
    /// Nothing.
    pub(super) const UNKNOWN: Self = Self {
        items: Items::Any,
        at_most_one: false,
        sorted: false,
        peers: false,
        downward: false,
        local: false,
        attributes: false,
        positional: false,
    };

    /// Items of one kind, any number.
    pub(super) const fn many(items: Items) -> Self {
        Self { items, ..Self::UNKNOWN }
    }

    /// One item or none.
    pub(super) const fn one(items: Items) -> Self {
        Self { items, at_most_one: true, sorted: true, peers: true, ..Self::UNKNOWN }
    }

    /// A boolean.
    pub(super) const BOOLEAN: Self = Self::one(Items::Others);

    /// The context item.
    pub(super) const CONTEXT_ITEM: Self =
        Self { downward: true, local: true, ..Self::one(Items::Any) };

    /// Of a literal.
    pub(super) fn of_atomic(value: &Atomic) -> Self {
        Self::one(of_type(value.type_of()))
    }

    /// Of all values of a type.
    pub(super) fn of_sequence_type(kind: &SequenceType) -> Self {
        let Some(item) = &kind.item else { return Self::one(Items::Nodes) };
        let items = match item {
            ItemType::Any => Items::Any,
            ItemType::Atomic(kind) => of_type(*kind),
            ItemType::Numeric => Items::Numbers,
            ItemType::Node(NodeTest::Nothing) | ItemType::Error => Items::Others,
            ItemType::Node(_) => Items::Nodes,
            ItemType::Function(_) | ItemType::Map(_) | ItemType::Array(_) => Items::Others,
        };
        match kind.occurrence {
            Occurrence::One | Occurrence::Optional => Self::one(items),
            Occurrence::Any | Occurrence::AtLeastOne => Self::many(items),
        }
    }

    /// Of an axis step without predicates.
    pub(super) const fn of_axis(axis: Axis) -> Self {
        let (peers, downward) = match axis {
            Axis::Child | Axis::Attribute | Axis::Itself => (true, true),
            Axis::Descendant | Axis::DescendantOrSelf => (false, true),
            Axis::FollowingSibling | Axis::PrecedingSibling | Axis::Parent => (true, false),
            _ => (false, false),
        };
        Self {
            items: Items::Nodes,
            at_most_one: matches!(axis, Axis::Itself | Axis::Parent),
            sorted: true,
            peers,
            downward,
            local: matches!(axis, Axis::Itself | Axis::Attribute),
            attributes: matches!(axis, Axis::Attribute),
            positional: false,
        }
    }

    /// Of `base/step`, by what is known of both.
    pub(super) fn of_path(base: Self, step: Self) -> Self {
        let is_atomic = matches!(step.items, Items::Numbers | Items::Others);
        let is_nested = base.sorted && base.peers && step.downward && step.sorted;
        let sorted = is_atomic
            || base.at_most_one && step.sorted
            || is_nested
            || base.sorted && step.local && step.sorted;
        let peers = if base.at_most_one {
            step.peers
        } else {
            step.attributes || base.peers && step.downward && step.peers
        };
        Self {
            items: step.items,
            at_most_one: base.at_most_one && step.at_most_one,
            sorted,
            peers,
            downward: base.downward && step.downward,
            local: base.local && step.local,
            attributes: step.attributes,
            positional: false,
        }
    }

    /// Of one of its items alone.
    pub(super) fn at_most_one(self) -> Self {
        Self { at_most_one: true, sorted: true, peers: true, ..self }
    }

    /// As a variable's: nothing then relates it to the context item.
    pub(super) fn of_variable(self) -> Self {
        Self { downward: false, local: false, positional: false, ..self }
    }

    /// Of a value that is this one or the other.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            items: self.items.or(other.items),
            at_most_one: self.at_most_one && other.at_most_one,
            sorted: self.sorted && other.sorted,
            peers: self.peers && other.peers,
            downward: self.downward && other.downward,
            local: self.local && other.local,
            attributes: self.attributes && other.attributes,
            positional: false,
        }
    }

    /// Whether a predicate with this value may ask for a position.
    pub(super) fn may_be_number(self) -> bool {
        matches!(self.items, Items::Any | Items::Numbers)
    }
}

fn of_type(kind: AtomicType) -> Items {
    match kind {
        AtomicType::AnyAtomic => Items::Any,
        kind if kind.is_numeric() => Items::Numbers,
        _ => Items::Others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(axes: &[Axis]) -> Facts {
        let start = Facts::one(Items::Nodes);
        axes.iter().fold(start, |base, axis| Facts::of_path(base, Facts::of_axis(*axis)))
    }

    #[test]
    fn paths_are_sorted_where_that_needs_no_sorting() {
        for (axes, sorted) in [
            (&[Axis::Child, Axis::Child][..], true),
            (&[Axis::Child, Axis::Child, Axis::Attribute], true),
            (&[Axis::Child, Axis::Descendant], true),
            (&[Axis::Descendant], true),
            (&[Axis::Descendant, Axis::Attribute], true),
            (&[Axis::Descendant, Axis::Itself], true),
            (&[Axis::Descendant, Axis::Child], false),
            (&[Axis::Descendant, Axis::Itself, Axis::Child], false),
            (&[Axis::Descendant, Axis::Descendant], false),
            (&[Axis::Parent, Axis::Child], true),
            (&[Axis::Child, Axis::Parent], false),
            (&[Axis::Ancestor], true),
            (&[Axis::Ancestor, Axis::Child], false),
            (&[Axis::FollowingSibling, Axis::Child], true),
            (&[Axis::Child, Axis::FollowingSibling], false),
            (&[Axis::Following, Axis::Child], false),
        ] {
            assert_eq!(path(axes).sorted, sorted, "{axes:?}");
        }
    }
}
