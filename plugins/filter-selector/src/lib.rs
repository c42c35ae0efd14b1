//! Filter language `selector`: the message selectors of JMS 3.1 (section 3.8), compiled once and
//! evaluated over a message's headers and properties.
//!
//! The way of a selector: `lexer` makes tokens of its text, `parser` an expression of the tokens,
//! `evaluation` an answer of the expression and a message. `field` is the one place that knows
//! what an identifier reads.
//!
//! Invariants: parsing and evaluating never panic and never recurse past [`limits::NESTING_MAX`];
//! the body of a message is never read.

mod error;
mod evaluation;
mod expression;
mod field;
mod filter;
mod identifier;
mod lexer;
mod like;
pub mod limits;
mod parser;
mod place;
mod selector;
mod tally;
mod token;
mod value;

pub use error::{Fault, SelectorError};
pub use filter::SelectorFilter;
pub use place::Place;
pub use selector::Selector;
pub use value::Truth;

philter_plugin_api::export_plugin! { filter: [SelectorFilter] }
