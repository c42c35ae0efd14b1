//! Types as a query would write them, for the messages.

use std::fmt::{Display, Formatter, Result};

use super::{FunctionType, ItemType, NameTest, NodeTest, Occurrence, SequenceType};
use crate::tree::NodeKind;

impl Display for SequenceType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Some(item) = &self.item else { return f.write_str("empty-sequence()") };
        let mark = match self.occurrence {
            Occurrence::One => "",
            Occurrence::Optional => "?",
            Occurrence::Any => "*",
            Occurrence::AtLeastOne => "+",
        };
        if matches!(item, ItemType::Function(Some(_))) && !mark.is_empty() {
            return write!(f, "({item}){mark}");
        }
        write!(f, "{item}{mark}")
    }
}

impl Display for ItemType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Any => f.write_str("item()"),
            Self::Atomic(kind) => write!(f, "{kind}"),
            Self::Numeric => f.write_str("xs:numeric"),
            Self::Error => f.write_str("xs:error"),
            Self::Node(test) => write!(f, "{test}"),
            Self::Function(None) => f.write_str("function(*)"),
            Self::Function(Some(kind)) => write!(f, "{kind}"),
            Self::Map(None) => f.write_str("map(*)"),
            Self::Map(Some(entry)) => write!(f, "map({}, {})", entry.0, entry.1),
            Self::Array(None) => f.write_str("array(*)"),
            Self::Array(Some(member)) => write!(f, "array({member})"),
        }
    }
}

impl Display for FunctionType {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("function(")?;
        for (index, parameter) in self.parameters.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            write!(f, "{parameter}")?;
        }
        write!(f, ") as {}", self.result)
    }
}

impl Display for NodeTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Any => f.write_str("node()"),
            Self::Kind(kind) => write!(f, "{}()", kind_name(*kind)),
            Self::Named(kind, name) => write!(f, "{}({name})", kind_name(*kind)),
            Self::Document(test) => write!(f, "document-node({test})"),
            Self::Nothing => f.write_str("node() with a type of a schema"),
        }
    }
}

impl Display for NameTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Name(name) if name.prefix.is_none() && !name.namespace.is_empty() => {
                f.write_str(&name.braced())
            }
            Self::Name(name) => write!(f, "{name}"),
            Self::Local(local) => write!(f, "*:{local}"),
            Self::Namespace(uri) => write!(f, "Q{{{uri}}}*"),
        }
    }
}

fn kind_name(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Document => "document-node",
        NodeKind::Element => "element",
        NodeKind::Attribute => "attribute",
        NodeKind::Text => "text",
        NodeKind::Comment => "comment",
        NodeKind::ProcessingInstruction => "processing-instruction",
        NodeKind::Namespace => "namespace-node",
    }
}
