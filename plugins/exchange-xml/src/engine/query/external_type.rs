//! The types that an external variable can be declared `as`: those that a message has values of.

use crate::engine::value::Value;

/// What an external variable must be; its value is always one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExternalType {
    /// Any of them.
    Any,
    /// xs:boolean.
    Boolean,
    /// xs:integer.
    Integer,
    /// xs:double.
    Double,
    /// xs:integer or xs:double.
    Numeric,
    /// xs:string.
    String,
}

impl ExternalType {
    /// Reads a sequence type; none for a type that no message has a value of.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let item = compact.strip_suffix(['?', '*', '+']).unwrap_or(&compact);
        match item {
            "item()" | "xs:anyAtomicType" => Some(Self::Any),
            "xs:boolean" => Some(Self::Boolean),
            // Every integer is a decimal, and nothing else of a message is one.
            "xs:integer" | "xs:decimal" => Some(Self::Integer),
            "xs:double" => Some(Self::Double),
            "xs:numeric" => Some(Self::Numeric),
            "xs:string" => Some(Self::String),
            _ => None,
        }
    }

    /// Whether a value is of this type.
    pub(super) fn accepts(self, value: &Value) -> bool {
        match value {
            Value::Boolean(_) => matches!(self, Self::Any | Self::Boolean),
            Value::Integer(_) => matches!(self, Self::Any | Self::Integer | Self::Numeric),
            Value::Double(_) => matches!(self, Self::Any | Self::Double | Self::Numeric),
            Value::String(_) => matches!(self, Self::Any | Self::String),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_occurrence_and_spaces() {
        assert_eq!(ExternalType::parse("item( ) *"), Some(ExternalType::Any));
        assert_eq!(ExternalType::parse("xs:string?"), Some(ExternalType::String));
        assert_eq!(ExternalType::parse("xs:int"), None);
        assert_eq!(ExternalType::parse(""), None);
    }

    #[test]
    fn an_integer_is_a_decimal_and_no_double() {
        let one = Value::Integer(1);
        assert!(ExternalType::parse("xs:decimal").is_some_and(|t| t.accepts(&one)));
        assert!(!ExternalType::Double.accepts(&one));
        assert!(ExternalType::Numeric.accepts(&one));
    }
}
