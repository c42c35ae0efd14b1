//! The arguments of a bind that ask for a transformation: `LANGUAGE-transform` with an expression,
//! and `LANGUAGE-transform-error` with what becomes of messages that it fails on.
//!
//! Invariant: whatever ends as these names do is the core's, so that a language which is not loaded
//! is refused rather than taken for an exchange's own argument.

use philter_plugin_api::{MapRef, ValueRef};

use crate::virtual_host::Error;
use crate::virtual_host::bind_arguments::text_of;

/// What ends the name of an expression's argument.
const SUFFIX: &str = "-transform";

/// What ends the name of its companion.
const ERROR_SUFFIX: &str = "-transform-error";

/// What becomes of a message at a binding whose transformation fails on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OnError {
    /// The binding takes nothing.
    #[default]
    Drop,
    /// It is delivered as it is.
    Pass,
    /// It goes where dead letters go.
    DeadLetter,
}

impl OnError {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Pass => "pass",
            Self::DeadLetter => "dead-letter",
        }
    }

    fn parse(name: &str, value: ValueRef<'_>) -> Result<Self, Error> {
        let known = [Self::Drop, Self::Pass, Self::DeadLetter];
        let text = text_of(value);
        let found = known.into_iter().find(|rule| text == Some(rule.word()));
        found.ok_or_else(|| {
            let found = text.map_or("no string".to_owned(), |text| format!("'{text}'"));
            wrong(name, &format!("'drop', 'pass' or 'dead-letter' expected, found {found}"))
        })
    }
}

/// A transformation to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TransformArgument<'a> {
    /// The argument's name.
    pub(super) name: &'a str,
    /// The language.
    pub(super) language: &'a str,
    /// The expression.
    pub(super) expression: &'a str,
    /// What becomes of messages that it fails on.
    pub(super) on_error: OnError,
}

impl<'a> TransformArgument<'a> {
    /// Reads the one among a binding's arguments, if there is one.
    ///
    /// # Errors
    /// There are two, or what becomes of failures is said of another one, or a value is wrong; the
    /// text names the argument.
    pub(super) fn parse(all: MapRef<'a>) -> Result<Option<Self>, Error> {
        let mut found: Option<Self> = None;
        let mut on_error = None;
        for (name, value) in all.iter() {
            if let Some(language) = name.strip_suffix(ERROR_SUFFIX) {
                on_error = Some((name, language, OnError::parse(name, value)?));
            } else if let Some(language) = name.strip_suffix(SUFFIX) {
                if let Some(Self { name: other, .. }) = found {
                    let text = format!("a binding transforms once, and there is '{other}' already");
                    return Err(wrong(name, &text));
                }
                let expression = text_of(value).ok_or_else(|| wrong(name, "a string expected"))?;
                found = Some(Self { name, language, expression, on_error: OnError::default() });
            }
        }
        let Some((name, language, on_error)) = on_error else { return Ok(found) };
        match found.filter(|transform| transform.language == language) {
            Some(transform) => Ok(Some(Self { on_error, ..transform })),
            None => Err(wrong(name, &format!("there is no '{language}{SUFFIX}' beside it"))),
        }
    }
}

/// Whether an argument of this name asks for a transformation.
pub(super) fn is_transform(name: &str) -> bool {
    name.ends_with(SUFFIX) || name.ends_with(ERROR_SUFFIX)
}

/// An argument of a binding is refused.
pub(super) fn wrong(name: &str, text: &str) -> Error {
    Error::InvalidArgument(format!("bind argument {name}: {text}"))
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::value::encode_map;

    use super::*;

    fn text(text: &str) -> Value {
        Value::String(text.into())
    }

    #[test]
    fn a_transformation_and_its_companion_are_read_in_any_order() {
        let cases = [
            (None, OnError::Drop),
            (Some("drop"), OnError::Drop),
            (Some("pass"), OnError::Pass),
            (Some("dead-letter"), OnError::DeadLetter),
        ];
        for (word, on_error) in cases {
            let companion = word.map(|word| ("l-transform-error", text(word)));
            let one = Some(("l-transform", text("e")));
            for given in [
                encode_map(one.clone().into_iter().chain(companion.clone())),
                encode_map(companion.into_iter().chain(one)),
            ] {
                let read = TransformArgument::parse(MapRef::parse(&given).unwrap()).unwrap();
                let name = "l-transform";
                let expected = TransformArgument { name, language: "l", expression: "e", on_error };
                assert_eq!(read, Some(expected));
            }
        }
        assert_eq!(TransformArgument::parse(MapRef::default()).unwrap(), None);
    }

    #[test]
    fn texts_may_come_as_bytes() {
        let bytes = |text: &str| Value::Binary(text.into());
        let companion = ("l-transform-error", bytes("pass"));
        let given = encode_map([("l-transform", bytes("'ü'")), companion]);
        let read = TransformArgument::parse(MapRef::parse(&given).unwrap()).unwrap().unwrap();
        assert_eq!((read.expression, read.on_error), ("'ü'", OnError::Pass));
        let given = encode_map([("l-transform", Value::Binary(vec![0xff]))]);
        assert!(TransformArgument::parse(MapRef::parse(&given).unwrap()).is_err());
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        let one = ("l-transform", text("e"));
        let cases = [
            (vec![("l-transform", Value::Int(1))], "l-transform: a string expected"),
            (vec![one.clone(), ("m-transform", text("e"))], "m-transform: a binding transforms"),
            (vec![one.clone(), ("l-transform-error", text("no"))], "l-transform-error: 'drop', "),
            (vec![one.clone(), ("l-transform-error", Value::Int(1))], "found no string"),
            (vec![one, ("m-transform-error", text("drop"))], "there is no 'm-transform'"),
            (vec![("l-transform-error", text("drop"))], "there is no 'l-transform'"),
        ];
        for (given, expected) in cases {
            let given = encode_map(given);
            let read = TransformArgument::parse(MapRef::parse(&given).unwrap());
            let error = read.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
