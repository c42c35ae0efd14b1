//! A value outside of an evaluation: what a caller gives as a variable or gets as a result.

use crate::atomic::Atomic;
use crate::tree::OwnedNode;

/// An item that keeps alive what it needs.
#[derive(Clone, Debug)]
pub enum Value {
    /// An atomic value.
    Atomic(Atomic),
    /// A node of a document, or of a tree that a query made.
    Node(NodeValue),
    /// A map: entries in the order of its keys.
    Map(Vec<(Atomic, Vec<Value>)>),
    /// An array: its members.
    Array(Vec<Vec<Value>>),
    /// A function, which can't leave its evaluation: its name and arity, for messages.
    Function(String),
}

/// A node as a value.
#[derive(Clone, Debug)]
pub struct NodeValue(pub(crate) OwnedNode);

impl NodeValue {
    /// The node's string value.
    #[must_use]
    pub fn string_value(&self) -> &str {
        self.0.node().string_value()
    }
}

impl From<Atomic> for Value {
    fn from(atomic: Atomic) -> Self {
        Self::Atomic(atomic)
    }
}
