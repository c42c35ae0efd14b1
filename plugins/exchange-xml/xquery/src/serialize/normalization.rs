//! Sequence normalization (section 2): what the markup and text methods take.
//!
//! Invariants: no empty text; document nodes are replaced by their children.

use super::error;
use crate::error::Result;
use crate::evaluate::stack;
use crate::meter::Meter;
use crate::tree::{Node, NodeKind};
use crate::value::{Item, Sequence};

/// A child of the document that a sequence is taken for.
pub(super) enum Top<'a> {
    /// Atomic values, or a separator.
    Text(Box<str>),
    /// An element, text, comment or processing instruction.
    Node(Node<'a>),
}

impl Top<'_> {
    /// What it adds to the document's string value.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Node(node) => match node.kind() {
                NodeKind::Comment | NodeKind::ProcessingInstruction => "",
                _ => node.string_value(),
            },
        }
    }

    /// Whether it is character data.
    pub(super) fn is_text(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Node(node) => node.kind() == NodeKind::Text,
        }
    }

    /// The element, where it is one.
    pub(super) fn element(&self) -> Option<Node<'_>> {
        match self {
            Self::Node(node) if node.is_element() => Some(*node),
            _ => None,
        }
    }
}

/// The children of the document that a sequence is taken for.
///
/// # Errors
///
/// `SENR0001` for attributes, namespace nodes, maps and functions.
pub(super) fn normalize<'a>(
    sequence: &Sequence<'a>,
    separator: Option<&str>,
    meter: &Meter<'_>,
) -> Result<Vec<Top<'a>>> {
    let mut state = Normalization { tops: Vec::new(), separator, after: After::Nothing, meter };
    state.sequence(sequence)?;
    Ok(state.tops)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    Atomic,
    Node,
}

struct Normalization<'s, 'a, 'l> {
    tops: Vec<Top<'a>>,
    separator: Option<&'s str>,
    after: After,
    meter: &'s Meter<'l>,
}

impl<'a> Normalization<'_, 'a, '_> {
    fn sequence(&mut self, sequence: &Sequence<'a>) -> Result<()> {
        for item in sequence.iter() {
            self.meter.step()?;
            self.item(item)?;
        }
        Ok(())
    }

    fn item(&mut self, item: &Item<'a>) -> Result<()> {
        match item {
            Item::Atomic(value) => {
                self.separate(After::Atomic)?;
                self.text(&value.to_text())
            }
            Item::Node(node) => {
                self.separate(After::Node)?;
                self.node(*node)
            }
            // Arrays lie no deeper in each other than the limit on values.
            Item::Array(array) => {
                stack(|| array.members().iter().try_for_each(|member| self.sequence(member)))
            }
            Item::Map(_) => Err(refused("a map")),
            Item::Function(_) => Err(refused("a function")),
        }
    }

    /// Puts what belongs between the last item and one of kind `next`.
    fn separate(&mut self, next: After) -> Result<()> {
        let after = std::mem::replace(&mut self.after, next);
        match self.separator {
            Some(separator) if after != After::Nothing => self.text(separator),
            None if after == After::Atomic && next == After::Atomic => self.text(" "),
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.meter.build(text.len() + size_of::<Top<'_>>())?;
        if !text.is_empty() {
            self.tops.push(Top::Text(text.into()));
        }
        Ok(())
    }

    fn node(&mut self, node: Node<'a>) -> Result<()> {
        self.meter.build(size_of::<Top<'_>>())?;
        match node.kind() {
            NodeKind::Document => {
                for child in node.children() {
                    self.meter.step()?;
                    self.node(child)?;
                }
                Ok(())
            }
            NodeKind::Attribute => Err(refused("an attribute")),
            NodeKind::Namespace => Err(refused("a namespace node")),
            NodeKind::Text if node.string_value().is_empty() => Ok(()),
            _ => {
                self.tops.push(Top::Node(node));
                Ok(())
            }
        }
    }
}

fn refused(what: &str) -> crate::error::Error {
    error("SENR0001", format!("{what} by itself is nothing that this output method can write"))
}
