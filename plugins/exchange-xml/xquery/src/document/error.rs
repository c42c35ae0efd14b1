//! Why a text is no document.

use crate::error::{Error, ErrorCode};

/// What the parser says, with line and column in front; `inserted` bytes before the text are not
/// the author's.
pub(super) fn malformed(error: &roxmltree::Error, inserted: usize) -> Error {
    let place = error.pos();
    let text = error.to_string();
    let text = text.strip_suffix(&format!(" at {place}")).unwrap_or(&text);
    let inserted = if place.row == 1 { u32::try_from(inserted).unwrap_or(0) } else { 0 };
    at(place.row, place.col.saturating_sub(inserted).max(1), text)
}

/// An error at a byte of a text.
pub(super) fn malformed_at(text: &str, byte: usize, message: &str) -> Error {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    at(number(line), number(column), message)
}

fn at(line: u32, column: u32, message: &str) -> Error {
    new(format!("the document is not well-formed at line {line}, column {column}: {message}"))
}

/// An error of the whole document.
pub(super) fn new(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::Standard("FODC0006"), message)
}
