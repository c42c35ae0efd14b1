//! What a query, a document and an evaluation may cost.
//!
//! Invariant: every limit has a default that a filter never meets and a test that reaches it; an
//! error of a limit names the field.

use std::time::Duration;

/// Limits of queries and evaluations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a module's text.
    pub query_bytes_max: usize,
    /// Expressions inside each other, chains of operators among them.
    pub nesting_max: usize,
    /// Steps of an evaluation: about one for each expression evaluated and each item looked at.
    pub steps_max: u64,
    /// How long an evaluation may take; checked every thousand steps or so.
    pub deadline: Duration,
    /// Calls of functions inside each other.
    pub call_depth_max: usize,
    /// Items of a sequence that is kept, members of an array, entries of a map.
    pub sequence_items_max: usize,
    /// Bytes of strings, sequences and trees that an evaluation builds, in all; what it has let go
    /// counts as well.
    pub built_bytes_max: usize,
    /// Maps, arrays and functions held inside each other.
    pub value_depth_max: usize,
    /// Bytes of a compiled regular expression.
    pub regex_bytes_max: usize,
    /// For the documents that a query makes itself, by `fn:parse-xml` and the like.
    pub document: DocumentLimits,
}

/// Limits of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Bytes of the text.
    pub document_bytes_max: usize,
    /// Elements open at a time.
    pub depth_max: usize,
    /// Attributes of one element, declarations of namespaces among them.
    pub attributes_max: usize,
    /// Declarations of namespaces in scope at one place, of a document and of a query.
    pub namespaces_max: usize,
    /// Entities declared in the internal subset.
    pub entities_max: usize,
    /// Entities referred to inside each other.
    pub entity_depth_max: usize,
    /// Bytes that all references to entities expand to.
    pub entity_bytes_max: usize,
    /// Whether a document may have a DOCTYPE at all.
    pub doctype_allowed: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            query_bytes_max: 65_536,
            nesting_max: 512,
            steps_max: 10_000_000,
            deadline: Duration::from_secs(1),
            call_depth_max: 2_000,
            sequence_items_max: 1_000_000,
            built_bytes_max: 64 * 1024 * 1024,
            value_depth_max: 1_000,
            regex_bytes_max: 1024 * 1024,
            document: DocumentLimits::default(),
        }
    }
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            document_bytes_max: 1024 * 1024,
            depth_max: 256,
            attributes_max: 256,
            namespaces_max: 128,
            entities_max: 256,
            entity_depth_max: 8,
            entity_bytes_max: 1024 * 1024,
            doctype_allowed: true,
        }
    }
}
