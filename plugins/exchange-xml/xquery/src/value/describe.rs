//! Items in messages: what kind of thing was found, and shortly its value.

use super::{Item, Sequence};
use crate::atomic::quoted;
use crate::tree::NodeKind;

impl Item<'_> {
    /// The item for a message: `xs:string "abc"`, `element a`, `map(*)`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Atomic(atomic) => {
                format!("{} {}", atomic.type_of(), quoted(&atomic.to_text()))
            }
            Self::Node(node) => {
                let kind = match node.kind() {
                    NodeKind::Document => "document node",
                    NodeKind::Element => "element",
                    NodeKind::Attribute => "attribute",
                    NodeKind::Text => "text node",
                    NodeKind::Comment => "comment",
                    NodeKind::ProcessingInstruction => "processing instruction",
                    NodeKind::Namespace => "namespace node",
                };
                node.name().map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}"))
            }
            Self::Function(function) => {
                let arity = function.signature.parameters.len();
                match &function.name {
                    Some(name) => format!("function {name}#{arity}"),
                    None => format!("a function of {arity} parameters"),
                }
            }
            Self::Map(_) => "a map".to_owned(),
            Self::Array(_) => "an array".to_owned(),
        }
    }
}

impl Sequence<'_> {
    /// The sequence for a message: its only item, or how many there are.
    pub(crate) fn describe(&self) -> String {
        match self.as_slice() {
            [] => "an empty sequence".to_owned(),
            [item] => item.describe(),
            [first, ..] => format!("{} items, the first {}", self.len(), first.describe()),
        }
    }
}
