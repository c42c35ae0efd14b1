//! A value outside of an evaluation: what a caller gives as a variable or gets as a result.

use super::{Item, Sequence};
use crate::atomic::Atomic;
use crate::error::Result;
use crate::evaluate::stack;
use crate::meter::Meter;
use crate::tree::{Node, OwnedNode};

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
    /// The node.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        self.0.node()
    }

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

impl Value {
    /// The items of an evaluation as values.
    pub(crate) fn from_items(meter: &Meter<'_>, items: &Sequence<'_>) -> Result<Vec<Self>> {
        meter.build(items.len() * size_of::<Self>())?;
        items.iter().map(|item| Self::from_item(meter, item)).collect()
    }

    fn from_item(meter: &Meter<'_>, item: &Item<'_>) -> Result<Self> {
        meter.step()?;
        Ok(match item {
            Item::Atomic(atomic) => Self::Atomic(atomic.clone()),
            Item::Node(node) => match Node::to_owned(*node) {
                Some(node) => Self::Node(NodeValue(node)),
                // Nodes of an evaluation have trees that live.
                None => Self::Function("node".to_owned()),
            },
            Item::Function(_) => Self::Function(item.describe()),
            Item::Map(map) => stack(|| {
                meter.build(map.len() * size_of::<(Atomic, Vec<Self>)>())?;
                let entries = map.iter();
                let entries =
                    entries.map(|(key, value)| Ok((key.clone(), Self::from_items(meter, value)?)));
                entries.collect::<Result<_>>().map(Self::Map)
            })?,
            Item::Array(array) => stack(|| {
                meter.build(array.len() * size_of::<Vec<Self>>())?;
                let members = array.members().iter();
                let members = members.map(|member| Self::from_items(meter, member));
                members.collect::<Result<_>>().map(Self::Array)
            })?,
        })
    }
}
