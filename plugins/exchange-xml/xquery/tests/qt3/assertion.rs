//! What a case expects: the elements below `result`.

use std::path::Path;

use roxmltree::Node;

use crate::catalog::{beside, read_text, required, text_of};

/// An expectation.
#[derive(Debug)]
pub(crate) enum Assertion {
    /// An expression that sees the result as `$result` and must be true.
    Holds(Expression),
    /// A value that the result must be equal to.
    Equal(Expression),
    /// A sequence that the result must be deeply equal to.
    DeepEqual(Expression),
    /// One that the result must be deeply equal to in some order.
    Permutation(Expression),
    /// A sequence type that the result must match.
    Type(Expression),
    Count(usize),
    Empty,
    True,
    False,
    StringValue {
        text: String,
        normalized: bool,
    },
    Xml {
        text: String,
        prefixes_matter: bool,
    },
    /// `*` for any error.
    Error(String),
    SerializationError(String),
    SerializationMatches {
        pattern: String,
        flags: String,
    },
    AllOf(Vec<Assertion>),
    AnyOf(Vec<Assertion>),
    Not(Box<Assertion>),
}

/// An expression with the namespaces that its element has in scope.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) namespaces: Vec<(String, String)>,
}

impl Assertion {
    /// Reads an assertion of a file.
    pub(crate) fn read(element: Node<'_, '_>, path: &Path) -> Self {
        let all = || {
            let parts = element.children().filter(Node::is_element);
            parts.map(|part| Self::read(part, path)).collect::<Vec<_>>()
        };
        match element.tag_name().name() {
            "assert" => Self::Holds(Expression::read(element)),
            "assert-eq" => Self::Equal(Expression::read(element)),
            "assert-deep-eq" => Self::DeepEqual(Expression::read(element)),
            "assert-permutation" => Self::Permutation(Expression::read(element)),
            "assert-type" => Self::Type(Expression::read(element)),
            "assert-count" => Self::Count(text_of(element).trim().parse().expect("a number")),
            "assert-empty" => Self::Empty,
            "assert-true" => Self::True,
            "assert-false" => Self::False,
            "assert-string-value" => Self::StringValue {
                text: text_of(element),
                normalized: is_set(element, "normalize-space"),
            },
            "assert-xml" => Self::read_xml(element, path),
            "error" => Self::Error(required(element, "code").to_owned()),
            "assert-serialization-error" => {
                Self::SerializationError(required(element, "code").to_owned())
            }
            "serialization-matches" => Self::SerializationMatches {
                pattern: text_of(element),
                flags: element.attribute("flags").unwrap_or_default().to_owned(),
            },
            "all-of" => Self::AllOf(all()),
            "any-of" => Self::AnyOf(all()),
            "not" => Self::Not(Box::new(all().pop().expect("an assertion to negate"))),
            name => panic!("an unknown assertion, {name}"),
        }
    }

    fn read_xml(element: Node<'_, '_>, path: &Path) -> Self {
        let text = match element.attribute("file") {
            Some(file) => read_text(&beside(path, file)),
            None => text_of(element),
        };
        Self::Xml { text, prefixes_matter: !is_set(element, "ignore-prefixes") }
    }
}

impl Expression {
    fn read(element: Node<'_, '_>) -> Self {
        let namespaces = element.namespaces().filter_map(|namespace| {
            Some((namespace.name()?.to_owned(), namespace.uri().to_owned()))
        });
        // It is XPath, where an ampersand is a character like others.
        let text = text_of(element).replace('&', "&amp;");
        Self { text, namespaces: namespaces.collect() }
    }
}

fn is_set(element: Node<'_, '_>, name: &str) -> bool {
    element.attribute(name) == Some("true")
}

/// What an assertion looks like in a report.
impl std::fmt::Display for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = |word: &str, parts: &[Self]| {
            write!(f, "{word} (")?;
            parts.iter().enumerate().try_for_each(|(index, part)| {
                let comma = if index == 0 { "" } else { ", " };
                write!(f, "{comma}{part}")
            })?;
            write!(f, ")")
        };
        match self {
            Self::AllOf(parts) => list("all of", parts),
            Self::AnyOf(parts) => list("any of", parts),
            Self::Not(part) => write!(f, "not {part}"),
            Self::Holds(expression) => write!(f, "holds: {}", expression.text),
            Self::Equal(expression) => write!(f, "equals {}", expression.text),
            Self::DeepEqual(expression) => write!(f, "deep-equals {}", expression.text),
            Self::Permutation(expression) => write!(f, "permutation of {}", expression.text),
            Self::Type(expression) => write!(f, "is a {}", expression.text),
            Self::Count(count) => write!(f, "{count} items"),
            Self::Empty => f.write_str("empty"),
            Self::True => f.write_str("true"),
            Self::False => f.write_str("false"),
            Self::StringValue { text, .. } => write!(f, "text {text:?}"),
            Self::Xml { text, .. } => write!(f, "XML {text}"),
            Self::Error(code) => write!(f, "error {code}"),
            Self::SerializationError(code) => write!(f, "error {code} of serialization"),
            Self::SerializationMatches { pattern, .. } => write!(f, "serialized as {pattern}"),
        }
    }
}
