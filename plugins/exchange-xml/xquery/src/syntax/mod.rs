//! XQuery's syntax: text to a syntax tree (XQuery 3.1, appendix A).
//!
//! A parser by recursive descent that reads characters: what a character begins depends on what may
//! stand there, so there is no list of tokens.
//!
//! Invariants: what a query means is not decided here; names keep the prefixes they were written
//! with; the time is linear in the text, the depth of recursion bounded.

pub(crate) mod ast;
mod computed;
mod depth;
mod direct;
mod expectation;
mod expressions;
mod flwor;
mod kinds;
mod literals;
mod names;
mod operators;
mod parser;
mod paths;
mod primary;
#[cfg(test)]
mod printed;
mod prolog;
#[cfg(test)]
mod tests;

use crate::characters::is_xml_char;
use crate::error::Result;
use crate::limits::Limits;
use crate::meter::limit;
use parser::{Parser, span};

/// The syntax tree of a module's text.
///
/// # Errors
///
/// `XPST0003` and the few other codes that can be seen in the text alone; the limits
/// `query_bytes_max` and `nesting_max`.
pub(crate) fn parse(source: &str, limits: &Limits) -> Result<ast::Module> {
    let bytes_max = limits.query_bytes_max;
    if source.len() > bytes_max || u32::try_from(source.len()).is_err() {
        return Err(limit("query_bytes_max", format!("a query of more than {bytes_max} bytes")));
    }
    let mut parser = Parser::new(source, limits);
    if let Some((at, c)) = source.char_indices().find(|(_, c)| !is_xml_char(*c)) {
        let message = format!("U+{:04X} is no character of XML", u32::from(c));
        return Err(parser.error(message, span(at, at + c.len_utf8())));
    }
    parser.module()
}
