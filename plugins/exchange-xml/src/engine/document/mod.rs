//! A message's body as a tree.
//!
//! roxmltree reads the text (well-formedness, namespaces, internal entities), and the tree is
//! copied into the arena that the engine evaluates over. Every document has an arena of its own:
//! making one takes two microseconds, names never run out of their 16 bits, and the memory is gone
//! with the document.
//!
//! Invariants:
//! - a document that reaches the parser is inside the limits that the parser's time and memory
//!   depend on (`survey`), and a tree that reaches the engine is inside all of them;
//! - nothing outside the text is ever read: an external entity is empty.

mod encoding;
mod error;
mod survey;
mod tree;

use std::fmt;

use roxmltree::ParsingOptions;
use xee_interpreter::context::DocumentsRef;
use xee_interpreter::sequence::Item;
use xot::{Node, Xot};

pub(crate) use error::DocumentError;

use super::limits::Limits;

/// A tree in an arena of its own.
pub(crate) struct Document {
    pub(super) arena: Xot,
    pub(super) documents: DocumentsRef,
    root: Option<Node>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// What is no document, or is beyond a limit.
    pub(crate) fn parse(body: &[u8], limits: &Limits) -> Result<Self, DocumentError> {
        let document_bytes_max = limits.document_bytes_max;
        if body.len() > document_bytes_max {
            return Err(DocumentError::TooLong { bytes: body.len(), document_bytes_max });
        }
        let text = encoding::decode(body)?;
        survey::check(&text, limits)?;
        let no_external = |_: Option<&str>, _: &str| Ok(Some(""));
        let options = ParsingOptions {
            allow_dtd: true,
            entity_resolver: Some(&no_external),
            ..ParsingOptions::default()
        };
        let parsed = roxmltree::Document::parse_with_options(&text, options)
            .map_err(|error| DocumentError::Malformed(error.to_string()))?;
        let mut document = Self::absent();
        document.root = Some(tree::copy(&parsed, &mut document.arena, limits)?);
        Ok(document)
    }

    /// No document: a query that uses the context item fails.
    pub(crate) fn absent() -> Self {
        Self { arena: Xot::new(), documents: DocumentsRef::new(), root: None }
    }

    /// The document node.
    pub(super) fn context_item(&self) -> Option<Item> {
        self.root.map(Item::Node)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("root", &self.root).finish_non_exhaustive()
    }
}
