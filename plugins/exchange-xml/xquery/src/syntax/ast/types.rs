//! Sequence types, kind tests, tests of names (XQuery 3.1, section 2.5).

use super::Name;
use crate::error::Span;

/// `NameTest`.
#[derive(Clone, Debug)]
pub(crate) enum NameTest {
    Name(Name),
    /// `*`.
    Any,
    /// `*:local`.
    AnyNamespace(Box<str>),
    /// `prefix:*`.
    Prefix(Box<str>, Span),
    /// `Q{uri}*`.
    Namespace(Box<str>),
}

/// `KindTest`.
#[derive(Clone, Debug)]
pub(crate) enum KindTest {
    /// `node()`.
    Any,
    Text,
    Comment,
    NamespaceNode,
    /// `document-node()`, with an element test.
    Document(Option<Box<KindTest>>),
    /// `element()`, with a name (none for `*`), a type, and whether `?` follows the type.
    Element(Option<Name>, Option<(Name, bool)>),
    /// `attribute()`, with a name (none for `*`) and a type.
    Attribute(Option<Name>, Option<Name>),
    /// `schema-element(name)`.
    SchemaElement(Name),
    /// `schema-attribute(name)`.
    SchemaAttribute(Name),
    /// `processing-instruction()`, with a target.
    ProcessingInstruction(Option<Box<str>>),
}

/// `SequenceType`.
#[derive(Clone, Debug)]
pub(crate) struct SequenceType {
    /// None for `empty-sequence()`.
    pub(crate) item: Option<ItemType>,
    pub(crate) occurrence: Occurrence,
    pub(crate) span: Span,
}

/// `OccurrenceIndicator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occurrence {
    One,
    Optional,
    Any,
    AtLeastOne,
}

/// `ItemType`.
#[derive(Clone, Debug)]
pub(crate) enum ItemType {
    /// `item()`.
    Any,
    /// `AtomicOrUnionType`.
    Named(Name),
    Kind(KindTest),
    /// `function(*)`, or with types of parameters and result.
    Function(Vec<Name>, Option<(Vec<SequenceType>, Box<SequenceType>)>),
    /// `map(*)`, or with types of keys and values.
    Map(Option<(Name, Box<SequenceType>)>),
    /// `array(*)`, or with the type of members.
    Array(Option<Box<SequenceType>>),
    /// `ParenthesizedItemType`.
    Parenthesized(Box<ItemType>),
}
