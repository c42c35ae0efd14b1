//! XQuery's syntax: text to a syntax tree (XQuery 3.1, appendix A).
//!
//! Invariant: what a query means is not decided here; names keep the prefixes they were written
//! with.

pub(crate) mod ast;
