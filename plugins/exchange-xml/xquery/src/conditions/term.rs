//! A term: a subject, a test, and whether it is negated.
//!
//! Invariant: a test answers as evaluating the comparison would: true, false, or none for an error.

use std::fmt;
use std::sync::Arc;

use super::path::Path;
use crate::atomic::compare::Comparer;
use crate::atomic::lexical::parse_double;
use crate::atomic::{Atomic, AtomicType};
use crate::collation::Collation;
use crate::evaluate::truth_of;
use crate::expression::Comparison;
use crate::name::QName;

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What is looked at.
    pub subject: Subject,
    /// What must be true of it.
    pub test: Test,
    /// The test must be false: true and failed will not do.
    pub is_negated: bool,
}

/// What a term looks at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// All nodes that a path leads to.
    Path(Path),
    /// An external variable.
    Variable(QName),
}

/// What a term asks. Of several nodes one that passes is enough.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Test {
    /// There is a node.
    Exists,
    /// The variable's effective boolean value.
    Truth,
    /// Compared as text, by code points.
    Text {
        /// Which comparison, the literal on its right side.
        comparison: Comparison,
        /// The literal.
        literal: Arc<str>,
        /// Two nodes are an error: a value comparison.
        single: bool,
    },
    /// Compared as a number.
    Number {
        /// Which comparison, the literal on its right side.
        comparison: Comparison,
        /// The literal, as it was written.
        literal: Number,
    },
    /// A variable is equal to this boolean.
    Boolean(bool),
    /// `fn:starts-with`; two nodes are an error where `single`.
    StartsWith(Arc<str>, bool),
    /// `fn:ends-with`; two nodes are an error where `single`.
    EndsWith(Arc<str>, bool),
    /// `fn:contains`; two nodes are an error where `single`.
    Contains(Arc<str>, bool),
}

/// A numeric literal.
#[derive(Clone, Debug)]
pub struct Number {
    /// What was written.
    pub(crate) atomic: Atomic,
    /// The nearest double.
    pub(crate) double: f64,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.double.to_bits() == other.double.to_bits()
            && self.atomic.type_of() == other.atomic.type_of()
            && self.atomic.to_text() == other.atomic.to_text()
    }
}

/// What a term can be found by, without looking at it: each a necessary condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Key<'t> {
    /// A value is this text.
    Text(&'t str),
    /// A value begins with this text.
    Prefix(&'t str),
    /// A value, rounded to a double, is this number.
    Number(f64),
    /// A value, rounded to a double, is this number or greater.
    NumberFrom(f64),
    /// A value, rounded to a double, is this number or less.
    NumberTo(f64),
    /// A value is this text or greater.
    TextFrom(&'t str),
    /// A value is this text or less.
    TextTo(&'t str),
    /// There is a value.
    Exists,
}

impl Term {
    /// What the term can be found by; none where its being true needs nothing to be there.
    #[must_use]
    pub fn key(&self) -> Option<Key<'_>> {
        self.test.key().filter(|_| !self.is_negated)
    }

    /// Whether it may fail.
    pub(crate) fn may_fail(&self) -> bool {
        let is_path = matches!(self.subject, Subject::Path(_));
        let never = matches!(self.test, Test::Exists | Test::Text { single: false, .. });
        !(is_path && never)
    }
}

impl Test {
    /// What a value must be for the test to be true of it.
    #[must_use]
    pub fn key(&self) -> Option<Key<'_>> {
        use Comparison as C;
        Some(match self {
            Self::Exists | Self::Truth | Self::Boolean(_) => Key::Exists,
            Self::Text { comparison, literal, .. } => match comparison {
                C::Equal => Key::Text(literal),
                C::NotEqual => Key::Exists,
                C::Less | C::LessOrEqual => Key::TextTo(literal),
                C::Greater | C::GreaterOrEqual => Key::TextFrom(literal),
            },
            Self::Number { comparison, literal } => match comparison {
                C::Equal => Key::Number(literal.double),
                C::NotEqual => Key::Exists,
                C::Less | C::LessOrEqual => Key::NumberTo(literal.double),
                C::Greater | C::GreaterOrEqual => Key::NumberFrom(literal.double),
            },
            Self::StartsWith(prefix, _) => Key::Prefix(prefix),
            Self::EndsWith(..) | Self::Contains(..) => Key::Exists,
        })
    }

    /// What it says of nodes with these string values: true, false, or none for an error.
    #[must_use]
    pub fn of_nodes<'v>(&self, mut values: impl ExactSizeIterator<Item = &'v str>) -> Option<bool> {
        match self {
            Self::Exists => Some(values.len() > 0),
            Self::Truth | Self::Boolean(_) => None,
            Self::Text { comparison, literal, single } => {
                if *single && values.len() > 1 {
                    return None;
                }
                Some(values.any(|value| comparison.holds(Some((*value).cmp(&**literal)))))
            }
            Self::Number { comparison, literal } => any(values, |value| {
                Some(comparison.holds(parse_double(value)?.partial_cmp(&literal.double)))
            }),
            Self::StartsWith(text, single) => {
                string_test(values, *single, |value| value.starts_with(&**text))
            }
            Self::EndsWith(text, single) => {
                string_test(values, *single, |value| value.ends_with(&**text))
            }
            Self::Contains(text, single) => {
                string_test(values, *single, |value| value.contains(&**text))
            }
        }
    }

    /// What it says of a variable: true, false, or none for an error, as one without a value is.
    #[must_use]
    pub fn of_variable(&self, value: Option<&Atomic>) -> Option<bool> {
        let value = value?;
        let text = |test: &dyn Fn(&str) -> bool| match value {
            Atomic::String(value, _) | Atomic::Untyped(value) | Atomic::AnyUri(value) => {
                Some(test(value))
            }
            _ => None,
        };
        match self {
            Self::Exists => Some(true),
            Self::Truth => truth_of(value),
            Self::Boolean(wanted) => match value {
                Atomic::Boolean(value) => Some(value == wanted),
                _ => None,
            },
            Self::Text { comparison, literal, .. } => {
                text(&|value| comparison.holds(Some((*value).cmp(&**literal))))
            }
            Self::Number { comparison, literal } => {
                if !value.type_of().is_numeric() {
                    return None;
                }
                let collation = &Collation::Codepoint;
                let comparer = Comparer { collation, implicit_timezone_minutes: 0 };
                comparer.value(*comparison, value, &literal.atomic).ok()
            }
            Self::StartsWith(wanted, _) => text(&|value| value.starts_with(&**wanted)),
            Self::EndsWith(wanted, _) => text(&|value| value.ends_with(&**wanted)),
            Self::Contains(wanted, _) => text(&|value| value.contains(&**wanted)),
        }
    }

    /// The test without asking for a single node: what is left of it where there may be more.
    pub(crate) fn of_any(&self) -> Self {
        let mut test = self.clone();
        match &mut test {
            Self::Text { single, .. }
            | Self::StartsWith(_, single)
            | Self::EndsWith(_, single)
            | Self::Contains(_, single) => *single = false,
            _ => {}
        }
        test
    }

    /// Whether two nodes are an error.
    pub(crate) fn is_single(&self) -> bool {
        match self {
            Self::Text { single, .. }
            | Self::StartsWith(_, single)
            | Self::EndsWith(_, single)
            | Self::Contains(_, single) => *single,
            _ => false,
        }
    }
}

/// True if one is, an error if none is and one is, else false.
fn any<'v>(
    values: impl Iterator<Item = &'v str>,
    test: impl Fn(&str) -> Option<bool>,
) -> Option<bool> {
    let mut answer = Some(false);
    for value in values {
        match test(value) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => answer = None,
        }
    }
    answer
}

fn string_test<'v>(
    mut values: impl ExactSizeIterator<Item = &'v str>,
    single: bool,
    test: impl Fn(&str) -> bool,
) -> Option<bool> {
    if single && values.len() > 1 {
        return None;
    }
    Some(values.any(test))
}

impl Number {
    /// A literal of a numeric type; none for another, and for NaN.
    pub(crate) fn of(atomic: &Atomic) -> Option<Self> {
        if !atomic.type_of().is_numeric() {
            return None;
        }
        let double = crate::atomic::cast::cast(atomic, AtomicType::Double).ok()?;
        match double {
            Atomic::Double(double) if !double.is_nan() => {
                Some(Self { atomic: atomic.clone(), double })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match &self.subject {
            Subject::Path(path) => path.to_string(),
            Subject::Variable(name) => format!("${name}"),
        };
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let test = match &self.test {
            Test::Exists => format!("exists({subject})"),
            Test::Truth => format!("boolean({subject})"),
            Test::Text { comparison, literal, single } => {
                let sign = if *single { comparison.word() } else { comparison.sign() };
                format!("{subject} {sign} {}", quoted(literal))
            }
            Test::Number { comparison, literal } => {
                format!("{subject} {} {}", comparison.sign(), literal.atomic.to_text())
            }
            Test::Boolean(value) => format!("{subject} = {value}()"),
            Test::StartsWith(text, _) => format!("starts-with({subject}, {})", quoted(text)),
            Test::EndsWith(text, _) => format!("ends-with({subject}, {})", quoted(text)),
            Test::Contains(text, _) => format!("contains({subject}, {})", quoted(text)),
        };
        if self.is_negated { write!(f, "not({test})") } else { f.write_str(&test) }
    }
}
