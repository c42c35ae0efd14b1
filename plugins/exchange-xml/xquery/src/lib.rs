//! XQuery 3.1 for programs that run other people's queries: compile once, run on any thread, and
//! never pay more than was agreed.

#[cfg(any(test, feature = "arbitrary"))]
pub mod arbitrary;
mod atomic;
mod characters;
mod collation;
mod compile;
pub mod conditions;
mod document;
mod environment;
mod error;
mod evaluate;
mod evaluation;
mod expression;
mod functions;
mod limits;
mod meter;
mod name;
mod options;
mod query;
mod regex;
mod serialize;
mod sorting;
mod syntax;
mod text;
mod tree;
mod types;
mod uri;
mod value;
mod view;

pub use atomic::lexical::parse_double;
pub use atomic::{Atomic, AtomicType, DateTime, Duration};
pub use document::{Document, DocumentReader, Origin};
pub use environment::{Environment, Resources};
pub use error::{Error, ErrorCode, Place, Result, Span};
pub use evaluation::Evaluation;
pub use limits::{DocumentLimits, Limits};
pub use name::QName;
pub use options::{ModuleSource, Modules, Options, StaticVariable};
pub use query::{ExternalVariable, Query};
pub use tree::{Node, NodeKind};
pub use value::{NodeValue, Value};
pub use view::DocumentNames;
