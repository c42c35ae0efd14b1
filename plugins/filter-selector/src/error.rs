//! Why a selector is refused: what was expected, what was found, and where.
//!
//! All of it is the fault of whoever wrote the selector, and reaches no further than that selector.

use philter_plugin_api::{Error, ErrorKind};

use crate::limits::{
    LIKE_PIECE_CHARACTERS_MAX, LIST_MEMBERS_MAX, NESTING_MAX, NODES_MAX, QUOTED_CHARACTERS_MAX,
    SELECTOR_BYTES_MAX,
};
use crate::place::Place;

/// A selector that was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} (line {}, column {})", .place.line, .place.column)]
pub struct SelectorError {
    /// What is wrong.
    pub fault: Fault,
    /// Where what was found begins.
    pub place: Place,
}

/// What is wrong with a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum Fault {
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: &'static str, found: String },
    #[error("expected a closing {quote}, found the end of the selector")]
    Unclosed { quote: char },
    #[error("expected a number, found '{found}'")]
    NotANumber { found: String },
    #[error("expected an integer of 64 bits, found '{found}'")]
    IntegerOutOfRange { found: String },
    #[error("expected a number that fits its floating-point type, found '{found}'")]
    FloatOutOfRange { found: String },
    #[error("expected one character other than % and _ after ESCAPE, found '{found}'")]
    BadEscape { found: String },
    #[error("expected a character behind the escape character {escape}, found the pattern's end")]
    NothingEscaped { escape: char },
    #[error("expected a name that a message has a value for, found '{found}'; {why}")]
    UnknownField { found: String, why: &'static str },
    #[error("expected at most {SELECTOR_BYTES_MAX} bytes of a selector, found {bytes}")]
    TooLong { bytes: usize },
    #[error("expected at most {NESTING_MAX} parentheses, NOT and signs in each other, found more")]
    TooDeep,
    #[error("expected at most {NODES_MAX} values, identifiers and operators, found more")]
    TooManyNodes,
    #[error("expected at most {LIST_MEMBERS_MAX} members of a list, found more")]
    ListTooLong,
    #[error(
        "expected at most {LIKE_PIECE_CHARACTERS_MAX} characters between two % of a pattern where \
         a _ is among them, found {characters}"
    )]
    PieceTooLong { characters: usize },
}

impl Fault {
    fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::TooLong { .. }
                | Self::TooDeep
                | Self::TooManyNodes
                | Self::ListTooLong
                | Self::PieceTooLong { .. }
        )
    }
}

/// A fault and the byte offset where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) fault: Fault,
    pub(crate) offset: usize,
}

impl Located {
    /// A fault at a byte offset.
    pub(crate) fn new(fault: Fault, offset: usize) -> Self {
        Self { fault, offset }
    }

    /// The error as the author of the selector sees it.
    pub(crate) fn in_selector(self, text: &str) -> SelectorError {
        SelectorError { fault: self.fault, place: Place::of(text, self.offset) }
    }
}

impl From<SelectorError> for Error {
    fn from(error: SelectorError) -> Self {
        let kind = match error.fault.is_limit() {
            true => ErrorKind::LimitExceeded,
            false => ErrorKind::InvalidArgument,
        };
        let Place { line, column } = error.place;
        Error::new(kind, format!("selector: {}", error.fault)).at(line, column)
    }
}

/// The beginning of what was found, short enough for an error and on one line.
pub(crate) fn quoted(found: &str) -> String {
    let mut characters = found.chars();
    let mut text = String::new();
    for character in characters.by_ref().take(QUOTED_CHARACTERS_MAX) {
        match character.is_control() {
            true => text.extend(character.escape_debug()),
            false => text.push(character),
        }
    }
    if characters.next().is_some() {
        text.push('…');
    }
    text
}
