//! Errors of a query: static, of types, dynamic, and of limits (XQuery 3.1, section 2.3).
//!
//! Invariants: an error is one pointer; it has a code of the W3C, or names the limit that was
//! reached; one that a limit raised can't be caught by a query.

mod code;
mod place;

pub use code::ErrorCode;
pub use place::Place;

use crate::name::QName;
use crate::value::Value;

/// What a fallible step gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in a query something stands: bytes from its beginning, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

/// Why a query does not compile, or gave no result.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: ErrorCode,
    message: String,
    span: Option<Span>,
    value: Vec<Value>,
    /// It was raised by what stands outside of all `try` that it may pass through.
    is_outside_of_try: bool,
    /// The module, where it is not the main one: the URI it was found under.
    module: Option<String>,
    /// Line and column, both from 1, once the source is known.
    place: Option<Place>,
}

impl Error {
    /// An error with a code and what was expected and found.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            span: None,
            value: Vec::new(),
            is_outside_of_try: false,
            module: None,
            place: None,
        }))
    }

    /// The same with its place, unless a nearer one is known.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    /// The same with the value of `fn:error` (`$err:value`).
    #[must_use]
    pub fn with_value(mut self, value: Vec<Value>) -> Self {
        self.0.value = value;
        self
    }

    /// The same, found in a library module.
    pub(crate) fn in_module(mut self, uri: &str) -> Self {
        self.0.module.get_or_insert_with(|| uri.to_owned());
        self
    }

    /// The same with line and column of its span in `source`, unless it has them.
    pub(crate) fn in_source(mut self, source: &str) -> Self {
        if let (None, Some(span)) = (&self.0.place, self.0.span) {
            self.0.place = Some(Place::of(span, source));
        }
        self
    }

    /// The same, no longer to be caught: it came out of a variable's value, which is evaluated
    /// where it is first used but stands elsewhere (XQuery 3.1, section 3.16).
    pub(crate) fn outside_of_try(mut self) -> Self {
        self.0.is_outside_of_try = true;
        self
    }

    /// Whether `try` may catch it.
    pub(crate) fn is_catchable(&self) -> bool {
        !self.is_limit() && !self.0.is_outside_of_try
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &ErrorCode {
        &self.0.code
    }

    /// The code as a name, in the namespace of the W3C's errors but for `fn:error`'s own.
    #[must_use]
    pub fn name(&self) -> QName {
        self.0.code.name()
    }

    /// What was expected and what was found.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it was found.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }

    /// Line and column, where known.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The URI of the library module that it was found in; none for the main module.
    #[must_use]
    pub fn module(&self) -> Option<&str> {
        self.0.module.as_deref()
    }

    /// The value that `fn:error` was given.
    #[must_use]
    pub fn value(&self) -> &[Value] {
        &self.0.value
    }

    /// Whether a limit of the evaluation was reached. Nothing may catch or put off such an error.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self.0.code, ErrorCode::Limit(_))
    }

    /// For people: message, line and column, and the line with a mark below the place.
    #[must_use]
    pub fn report(&self) -> String {
        match &self.0.place {
            Some(place) => format!("{self}\n{}", place.excerpt()),
            None => self.to_string(),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(module) = &self.0.module {
            write!(f, "module {module}: ")?;
        }
        if let Some(place) = &self.0.place {
            write!(f, "line {}, column {}: ", place.line, place.column)?;
        }
        write!(f, "{}: {}", self.0.code, self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_module_place_code_message_and_the_line() {
        let error = || Error::new(ErrorCode::Standard("XPST0003"), "expected `)`");
        assert_eq!(error().report(), "XPST0003: expected `)`");
        let placed = error().at(Span { start: 4, end: 5 }).at(Span { start: 0, end: 1 });
        let report = "line 2, column 3: XPST0003: expected `)`\n  (b]\n    ^";
        assert_eq!(placed.clone().in_source("a\n(b]").report(), report);
        let module = placed.in_module("urn:m").in_source("a\n(b]").in_source("other");
        assert_eq!(module.report(), format!("module urn:m: {report}"));
    }

    #[test]
    fn only_errors_of_limits_are_limits() {
        assert!(Error::new(ErrorCode::Limit("steps_max"), "").is_limit());
        assert!(!Error::new(ErrorCode::Standard("FOER0000"), "").is_limit());
    }
}
