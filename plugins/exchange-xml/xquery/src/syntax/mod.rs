//! XQuery's syntax: text to a syntax tree (XQuery 3.1, appendix A).
//!
//! Invariant: what a query means is not decided here; names keep the prefixes they were written
//! with.

pub(crate) mod ast;
mod depth;

use crate::error::Result;
use crate::limits::Limits;

/// The syntax tree of a module's text.
///
/// # Errors
///
/// `XPST0003` and the few other codes that can be seen in the text alone; the limits
/// `query_bytes_max` and `nesting_max`.
pub(crate) fn parse(source: &str, limits: &Limits) -> Result<ast::Module> {
    let _ = (source, limits);
    todo!("helper: syntax")
}
