//! The engine's limits, each with its default and its reason, in one place.
//!
//! Invariant: the ceilings are what was measured to be safe on a stack of [`STACK_BYTES`]; a
//! configuration may stay below them, never go above.

/// The stack of a thread that compiles and evaluates. The worst query of 4 KiB, two thousand
/// additions in a row, takes between 8 and 32 MiB of it; the pages that are not touched cost
/// nothing.
pub(crate) const STACK_BYTES: usize = 128 * 1024 * 1024;

/// Distinct names of elements, attributes and namespaces in one document. The tree numbers names in
/// 16 bits and does not notice when it runs out of numbers.
pub(super) const DOCUMENT_NAMES_MAX: usize = 32 * 1024;

/// Namespace declarations in scope at one place of a document. The parser lists all of them anew
/// for every element that declares one.
pub(super) const NAMESPACES_IN_SCOPE_MAX: usize = 128;

/// Characters of text quoted in an error: enough to find the place, too little to flood a log.
pub(super) const QUOTED_CHARACTERS_MAX: usize = 64;

/// What a configuration may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of a query.
    pub(crate) query_bytes_max: usize,
    /// Parentheses, brackets and braces open at a time in a query.
    pub(crate) nesting_max: usize,
    /// Bytes of a document, and bytes that its entities may expand to.
    pub(crate) document_bytes_max: usize,
    /// Elements open at a time in a document.
    pub(crate) depth_max: usize,
    /// Attributes of one element, namespace declarations among them.
    pub(crate) attributes_max: usize,
}

impl Limits {
    /// The highest values; the reason of each stands at its default.
    pub(crate) const CEILING: Self = Self {
        query_bytes_max: 4096,
        nesting_max: 8,
        document_bytes_max: 64 * 1024 * 1024,
        depth_max: 1024,
        attributes_max: 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // xee compiles the worst query of 4 KiB in seconds; people write 200 bytes.
            query_bytes_max: 4096,
            // Each level doubles what the parser does; at 17 levels it takes seconds.
            nesting_max: 8,
            // A message that is routed by its content is a document that somebody reads.
            document_bytes_max: 1024 * 1024,
            // The tree looks up namespaces through all open elements.
            depth_max: 256,
            // The parser compares every attribute of an element with every other.
            attributes_max: 256,
        }
    }
}
