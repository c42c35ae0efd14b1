//! Sequence types with names resolved (XQuery 3.1, section 2.5.4).

mod print;
mod subtype;

use std::sync::Arc;

use crate::atomic::AtomicType;
use crate::name::QName;
pub(crate) use crate::syntax::ast::Occurrence;
use crate::tree::NodeKind;
pub(crate) use subtype::{function_subtype, subtype};

/// A sequence type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SequenceType {
    /// None for `empty-sequence()`.
    pub(crate) item: Option<ItemType>,
    pub(crate) occurrence: Occurrence,
}

/// An item type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ItemType {
    /// `item()`.
    Any,
    Atomic(AtomicType),
    /// `xs:numeric`: decimal, float or double.
    Numeric,
    /// `xs:error`: no value at all.
    Error,
    Node(NodeTest),
    /// `function(*)`, or one with this signature.
    Function(Option<Arc<FunctionType>>),
    /// `map(*)`, or one with keys and values of these types.
    Map(Option<Box<(ItemType, SequenceType)>>),
    /// `array(*)`, or one with members of this type.
    Array(Option<Box<SequenceType>>),
}

/// A function's signature.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunctionType {
    pub(crate) parameters: Vec<SequenceType>,
    pub(crate) result: SequenceType,
}

/// A node test (section 3.3.2.2), with the principal kind of its axis made explicit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeTest {
    /// `node()`.
    Any,
    /// A kind alone: `text()`, `element()`, `*` on an axis of elements …
    Kind(NodeKind),
    /// A kind and a test of the name. Targets of processing instructions are names of no namespace.
    Named(NodeKind, NameTest),
    /// `document-node(element(…))`.
    Document(Box<NodeTest>),
    /// What no node passes: a type annotation that only a schema could give.
    Nothing,
}

/// A test of an expanded name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NameTest {
    Name(QName),
    /// `*:local`.
    Local(Arc<str>),
    /// `prefix:*`.
    Namespace(Arc<str>),
}

impl SequenceType {
    /// `item()*`.
    pub(crate) const ANY: Self = Self { item: Some(ItemType::Any), occurrence: Occurrence::Any };
    /// `empty-sequence()`.
    pub(crate) const EMPTY: Self = Self { item: None, occurrence: Occurrence::Any };

    /// Exactly one item.
    pub(crate) const fn one(item: ItemType) -> Self {
        Self { item: Some(item), occurrence: Occurrence::One }
    }
}
