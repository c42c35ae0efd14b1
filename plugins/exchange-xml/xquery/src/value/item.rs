//! An item of an evaluation.

use std::rc::Rc;

use super::{Array, Function, Map};
use crate::atomic::Atomic;
use crate::tree::Node;

/// A node, an atomic value or a function; maps and arrays are functions (data model, section 2.1).
#[derive(Clone, Debug)]
pub(crate) enum Item<'a> {
    Node(Node<'a>),
    Atomic(Atomic),
    Function(Rc<Function<'a>>),
    Map(Rc<Map<'a>>),
    Array(Rc<Array<'a>>),
}

impl<'a> Item<'a> {
    /// A string.
    pub(crate) fn string(text: &str) -> Self {
        Self::Atomic(Atomic::string(text))
    }

    /// An integer.
    pub(crate) fn integer(number: impl Into<i128>) -> Self {
        Self::Atomic(Atomic::integer(number))
    }

    /// A boolean.
    pub(crate) fn boolean(value: bool) -> Self {
        Self::Atomic(Atomic::Boolean(value))
    }

    /// The node, where it is one.
    pub(crate) fn as_node(&self) -> Option<Node<'a>> {
        match self {
            Self::Node(node) => Some(*node),
            _ => None,
        }
    }

    /// How many maps, arrays and functions lie in each other here; 0 for nodes and atomic values.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Node(_) | Self::Atomic(_) => 0,
            Self::Function(function) => function.depth,
            Self::Map(map) => map.depth(),
            Self::Array(array) => array.depth(),
        }
    }
}

impl From<Atomic> for Item<'_> {
    fn from(atomic: Atomic) -> Self {
        Self::Atomic(atomic)
    }
}

impl<'a> From<Node<'a>> for Item<'a> {
    fn from(node: Node<'a>) -> Self {
        Self::Node(node)
    }
}
