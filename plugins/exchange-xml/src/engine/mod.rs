//! Compiles queries, reads documents and evaluates the one over the other: everything that knows
//! XQuery.
//!
//! [`Query::compile`], [`Document::parse`] and [`Query::evaluate`] are the whole of it for the rest
//! of the plugin. Behind them xee-xpath does the work, an engine for XPath 3.1; what of XQuery is
//! not XPath is translated here where that is exact, and refused by name where it is not.
//!
//! Invariants:
//! - what reaches xee is inside the [`Limits`]: it recurses on nested queries, takes time
//!   exponential in their parentheses and numbers names in 16 bits;
//! - nothing here reads a file, the network, the environment or another document;
//! - neither [`Query`] nor [`Document`] leaves the thread that made it, and both want a deep stack
//!   ([`STACK_BYTES`]).

mod document;
mod dynamic_error;
mod limits;
mod place;
mod query;
mod static_error;
mod value;

pub(crate) use document::{Document, DocumentError};
pub(crate) use dynamic_error::DynamicError;
pub(crate) use limits::{Limits, STACK_BYTES};
pub(crate) use query::{Analysis, Query};
pub(crate) use static_error::{StaticError, StaticFault};
pub(crate) use value::{Value, Variables};
