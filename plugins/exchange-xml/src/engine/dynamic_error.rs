//! Why a query gave no answer for one message: no match for that message, counted, and nothing
//! else.

use std::sync::Arc;

use super::document::DocumentError;
use super::place::Place;

/// An evaluation that failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum DynamicError {
    /// The query looks at the body, and the body is no document.
    #[error("the body is no XML document: {0}")]
    Document(Arc<DocumentError>),
    /// A dynamic or type error of the language.
    #[error("{code}: {text}{}", at(*place))]
    Language {
        /// The W3C code, such as XPTY0004.
        code: String,
        /// In words.
        text: String,
        /// Where in the query, if the engine says.
        place: Option<Place>,
    },
    /// The query needs a variable that the message has no value for.
    #[error("XPDY0002: the message has no {names}{}", at(*place))]
    AbsentVariable {
        /// The variables without a value, as `$a, $b`.
        names: String,
        /// Where in the query, if the engine says.
        place: Option<Place>,
    },
    /// The engine failed.
    #[error("the engine failed: {0}")]
    Engine(String),
}

fn at(place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| {
        format!(" (line {}, column {})", place.line, place.column)
    })
}
