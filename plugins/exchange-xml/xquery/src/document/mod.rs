//! Documents: from text or bytes to a tree that queries run on.
//!
//! roxmltree reads the text (well-formedness, namespaces, entities of the internal subset); one
//! pass makes the tree of its result.
//!
//! Invariants:
//! - a text that reaches the parser is inside the limits that the parser's time and memory depend
//!   on ([`glance`], [`survey`]);
//! - nothing outside the text is ever read: an external entity is empty, an external subset is
//!   ignored.

mod encoding;
mod error;
mod fragment;
mod glance;
mod load;
mod reader;
mod subset;
mod survey;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use roxmltree::ParsingOptions;

pub(crate) use encoding::{Encoding, decode, named as encoding_named};
pub use reader::DocumentReader;

use crate::error::Result;
use crate::limits::DocumentLimits;
use crate::meter::Meter;
use crate::name::QName;
use crate::tree::{Names, NodeKind, OwnedNode, Tree};
use crate::value::{NodeValue, Value};
use load::Written;
use survey::Survey;

/// A parsed document. Cheap to clone, and shared between threads.
#[derive(Clone, Debug)]
pub struct Document(pub(crate) Arc<Tree>);

/// Where a document comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// What relative references in the document are resolved against; an absolute URI.
    pub base_uri: Option<String>,
    /// The URI that the document is had by (`fn:document-uri`).
    pub document_uri: Option<String>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// `FODC0006` for what is not a well-formed document, with line and column; the limit that was
    /// reached.
    pub fn parse(text: &str, limits: &DocumentLimits) -> Result<Self> {
        Self::parse_from(text, &Origin::default(), limits)
    }

    /// Reads a document in UTF-8, UTF-16, ISO-8859-1 or US-ASCII, by byte order mark and XML
    /// declaration (XML 1.0, section 4.3.3).
    ///
    /// # Errors
    ///
    /// As [`Self::parse`], and `FODC0006` for bytes that are no text.
    pub fn parse_bytes(bytes: &[u8], limits: &DocumentLimits) -> Result<Self> {
        Self::parse_bytes_from(bytes, &Origin::default(), limits)
    }

    /// [`Self::parse`] with URIs.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`].
    pub fn parse_from(text: &str, origin: &Origin, limits: &DocumentLimits) -> Result<Self> {
        Self::parse_like(text, origin, limits, None)
    }

    /// [`Self::parse_from`] with the names of an earlier document.
    fn parse_like(
        text: &str,
        origin: &Origin,
        limits: &DocumentLimits,
        names: Option<Arc<Names>>,
    ) -> Result<Self> {
        survey::check_length(text.len(), limits)?;
        let written = match glance::passes(text, limits) {
            None => Survey::of(text, limits)?.written(),
            declarations => Written { declarations, ..Written::default() },
        };
        let parsed = parse(text).map_err(|found| error::malformed(&found, 0))?;
        load::tree(parsed.root(), &written, origin, limits.depth_max, names).map(Self)
    }

    /// [`Self::parse_bytes`] with URIs.
    ///
    /// # Errors
    ///
    /// As [`Self::parse_bytes`].
    pub fn parse_bytes_from(
        bytes: &[u8],
        origin: &Origin,
        limits: &DocumentLimits,
    ) -> Result<Self> {
        survey::check_length(bytes.len(), limits)?;
        Self::parse_from(&decode(bytes)?, origin, limits)
    }

    /// Reads a document for a query, counted before it is made.
    pub(crate) fn parse_counted(text: &str, origin: &Origin, meter: &Meter<'_>) -> Result<Self> {
        let limits = &meter.limits.document;
        survey::check_length(text.len(), limits)?;
        let survey = Survey::of(text, limits)?;
        meter.build(survey.memory_bytes())?;
        meter.steps(text.len() as u64 / 64)?;
        let parsed = parse(text).map_err(|found| error::malformed(&found, 0))?;
        load::tree(parsed.root(), &survey.written(), origin, limits.depth_max, None).map(Self)
    }

    /// The root element's name; none for a document without an element, which a query may make.
    #[must_use]
    pub fn root_element_name(&self) -> Option<QName> {
        self.0.root().children().find(|child| child.kind() == NodeKind::Element)?.name()
    }

    /// The text of all its text nodes.
    #[must_use]
    pub fn string_value(&self) -> &str {
        self.0.root().string_value()
    }

    /// The URI that it was had by.
    #[must_use]
    pub fn document_uri(&self) -> Option<&str> {
        self.0.document_uri().map(|uri| &**uri)
    }
}

impl From<Document> for Value {
    /// The document node.
    fn from(document: Document) -> Self {
        Self::Node(NodeValue(OwnedNode::root(document.0)))
    }
}

/// External entities are empty.
fn no_external<'t>(
    _public_id: Option<&str>,
    _uri: &str,
) -> std::result::Result<Option<&'t str>, String> {
    Ok(Some(""))
}

fn parse(text: &str) -> std::result::Result<roxmltree::Document<'_>, roxmltree::Error> {
    let options = ParsingOptions {
        allow_dtd: true,
        entity_resolver: Some(&no_external),
        ..ParsingOptions::default()
    };
    roxmltree::Document::parse_with_options(text, options)
}
