//! A binding's arguments, parsed: conditions on headers and whether all or any of them must hold.
//!
//! Invariants: a header is named by one condition at most; `x-match` is never a condition.

use philter_plugin_api::{Binding, MessageView, Protocol, ValueRef};

use crate::condition::Condition;
use crate::error::HeadersError;

/// Headers that one binding may name. People name a handful; each costs a look at every message
/// that comes near the binding.
pub(crate) const CONDITIONS_MAX: usize = 256;

/// The argument that says whether all or any must hold.
const X_MATCH: &str = "x-match";

/// How many conditions must hold, and whether those on `x-` headers count in 0-9-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    All,
    Any,
    AllWithX,
    AnyWithX,
}

/// How a pattern is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Every message matches, without a look at it.
    Always,
    /// No message matches, without a look at it.
    Never,
    /// Every condition must hold.
    All,
    /// One condition must hold.
    Any,
}

/// A binding's arguments, parsed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    mode: Mode,
    conditions: Vec<Condition>,
}

impl Mode {
    /// The word of the argument.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::All => "all",
            Mode::Any => "any",
            Mode::AllWithX => "all-with-x",
            Mode::AnyWithX => "any-with-x",
        }
    }

    fn parse(binding: &Binding<'_>) -> Result<Self, HeadersError> {
        let value = match binding.argument(X_MATCH) {
            None if binding.declared_by == Protocol::V0_9_1 => return Ok(Mode::All),
            None => return Err(HeadersError::MatchMissing),
            Some(value) => text(value).ok_or(HeadersError::MatchNotText)?,
        };
        [Mode::All, Mode::Any, Mode::AllWithX, Mode::AnyWithX]
            .into_iter()
            .find(|mode| mode.name() == value)
            .ok_or_else(|| HeadersError::MatchUnknown { value: value.chars().take(64).collect() })
    }

    /// Whether an argument of this name is a condition.
    fn takes(self, name: &str, declared_by: Protocol) -> bool {
        let counts_x = match self {
            Mode::AllWithX | Mode::AnyWithX => true,
            Mode::All | Mode::Any => declared_by != Protocol::V0_9_1,
        };
        name != X_MATCH && (counts_x || !name.starts_with("x-"))
    }
}

impl Pattern {
    /// Parses a binding's arguments.
    ///
    /// # Errors An `x-match` that is missing, no text or no known word; more than
    /// [`CONDITIONS_MAX`] headers.
    pub(crate) fn parse(binding: &Binding<'_>) -> Result<Self, HeadersError> {
        let mode = Mode::parse(binding)?;
        let headers = binding.arguments.len();
        if headers > CONDITIONS_MAX + 1 {
            return Err(HeadersError::TooManyConditions { headers });
        }
        let mut conditions: Vec<Condition> = Vec::new();
        for (name, value) in binding.arguments.iter() {
            let is_new = conditions.iter().all(|known| *known.name != *name);
            if is_new && mode.takes(name, binding.declared_by) {
                conditions.push(Condition::new(name, value));
            }
        }
        match conditions.len() {
            headers if headers > CONDITIONS_MAX => Err(HeadersError::TooManyConditions { headers }),
            _ => Ok(Self { mode, conditions }),
        }
    }

    /// The mode it was declared with.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Its conditions, in the order of the arguments.
    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// How it is decided.
    pub(crate) fn decision(&self) -> Decision {
        let mut conditions = self.conditions.iter();
        match self.mode {
            Mode::All | Mode::AllWithX if self.conditions.is_empty() => Decision::Always,
            Mode::All | Mode::AllWithX if conditions.any(Condition::is_hopeless) => Decision::Never,
            Mode::All | Mode::AllWithX => Decision::All,
            Mode::Any | Mode::AnyWithX if conditions.all(Condition::is_hopeless) => Decision::Never,
            Mode::Any | Mode::AnyWithX => Decision::Any,
        }
    }

    /// Whether a message matches.
    pub(crate) fn accepts(&self, message: &dyn MessageView) -> bool {
        let holds = |condition: &Condition| condition.accepts(message.header(&condition.name));
        match self.decision() {
            Decision::Always => true,
            Decision::Never => false,
            Decision::All => self.conditions.iter().all(holds),
            Decision::Any => self.conditions.iter().any(holds),
        }
    }
}

/// A text, also where a client sends its texts as bytes (Qpid's Python client does).
fn text(value: ValueRef<'_>) -> Option<&str> {
    value.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::testing::{Arguments, arguments, binding};

    use super::*;

    fn parse(declared_by: Protocol, arguments: &Arguments) -> Result<Pattern, HeadersError> {
        Pattern::parse(&Binding { declared_by, ..binding(1, "q", "", arguments) })
    }

    fn names(declared_by: Protocol, x_match: &str) -> Vec<String> {
        let arguments = arguments([
            ("x-match", Value::from(x_match)),
            ("a", Value::Int(1)),
            ("x-b", Value::Int(2)),
        ]);
        let pattern = parse(declared_by, &arguments).unwrap();
        pattern.conditions().iter().map(|condition| condition.name.to_string()).collect()
    }

    #[test]
    fn ignores_x_headers_where_0_9_1_declared_without_with_x() {
        for mode in ["all", "any"] {
            assert_eq!(names(Protocol::V0_9_1, mode), ["a"]);
        }
        for mode in ["all-with-x", "any-with-x"] {
            assert_eq!(names(Protocol::V0_9_1, mode), ["a", "x-b"]);
        }
    }

    #[test]
    fn matches_x_headers_where_another_protocol_declared() {
        for protocol in [Protocol::V0_10, Protocol::V1_0, Protocol::Broker] {
            for mode in ["all", "any", "all-with-x", "any-with-x"] {
                assert_eq!(names(protocol, mode), ["a", "x-b"]);
            }
        }
    }

    #[test]
    fn defaults_to_all_where_0_9_1_declared_alone() {
        let none = Arguments::default();
        assert_eq!(parse(Protocol::V0_9_1, &none).unwrap().mode(), Mode::All);
        for protocol in [Protocol::V0_10, Protocol::V1_0, Protocol::Broker] {
            assert_eq!(parse(protocol, &none), Err(HeadersError::MatchMissing));
        }
    }

    #[test]
    fn refuses_an_unknown_x_match_by_name() {
        let unknown = arguments([("x-match", Value::from("some"))]);
        let error = parse(Protocol::V0_9_1, &unknown).unwrap_err();
        assert_eq!(
            error.to_string(),
            "argument 'x-match' is 'some', not one of all, any, all-with-x, any-with-x"
        );
        let number = arguments([("x-match", Value::Int(1))]);
        assert_eq!(parse(Protocol::V0_10, &number), Err(HeadersError::MatchNotText));
    }

    #[test]
    fn takes_an_x_match_that_is_sent_as_bytes() {
        let bytes = arguments([("x-match", Value::Binary(b"any".to_vec()))]);
        assert_eq!(parse(Protocol::V0_10, &bytes).unwrap().mode(), Mode::Any);
    }

    #[test]
    fn refuses_more_headers_than_the_limit() {
        let of_size = |headers: usize| {
            let named = (0..headers).map(|n| (format!("h{n}"), Value::Int(1)));
            let x_match = ("x-match".to_owned(), Value::from("all"));
            parse(Protocol::V0_10, &arguments(named.chain([x_match])))
        };
        assert!(of_size(CONDITIONS_MAX).is_ok());
        let refused = of_size(CONDITIONS_MAX + 1);
        assert!(matches!(refused, Err(HeadersError::TooManyConditions { .. })));
    }

    #[test]
    fn decides_empty_patterns_without_a_look() {
        let decision = |mode: &str| {
            let arguments = arguments([("x-match", Value::from(mode))]);
            parse(Protocol::V0_10, &arguments).unwrap().decision()
        };
        assert_eq!(decision("all"), Decision::Always);
        assert_eq!(decision("any"), Decision::Never);
    }
}
