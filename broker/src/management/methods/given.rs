//! What a method is given, read in the types that it wants. Tools send numbers in any width, and
//! yes and no as text; what is absent is nothing, as in Qpid's brokers.

use philter_management::object::{Arguments, MethodError};
use philter_management::value::Value;

/// The arguments of a call by name.
#[derive(Clone, Copy)]
pub(super) struct Given<'a>(pub(super) &'a Arguments);

impl<'a> Given<'a> {
    /// A text; empty where it is absent.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, MethodError> {
        match self.get(name) {
            None => Ok(""),
            Some(Value::Text(text)) => Ok(text),
            Some(Value::Binary(bytes)) => {
                std::str::from_utf8(bytes).map_err(|_| wrong(name, "a text"))
            }
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    /// A text that has to be there.
    pub(super) fn name(&self, name: &str) -> Result<&'a str, MethodError> {
        let text = self.text(name)?;
        if text.is_empty() { Err(wrong(name, "a name")) } else { Ok(text) }
    }

    /// A whole number from 0; 0 where it is absent.
    pub(super) fn number(&self, name: &str) -> Result<u64, MethodError> {
        let number = match self.get(name) {
            None => Some(0),
            Some(Value::Unsigned(number)) => Some(*number),
            Some(Value::Signed(number)) => u64::try_from(*number).ok(),
            Some(Value::Text(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.ok_or_else(|| wrong(name, "a whole number from 0"))
    }

    /// Yes or no; no where it is absent.
    pub(super) fn flag(&self, name: &str) -> Result<bool, MethodError> {
        self.get(name).map_or(Ok(false), |value| flag(name, value))
    }

    /// A map; empty where it is absent.
    pub(super) fn map(&self, name: &str) -> Result<&'a [(String, Value)], MethodError> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Map(pairs)) => Ok(pairs),
            Some(_) => Err(wrong(name, "a map")),
        }
    }

    /// Any value.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        let value = self.0.iter().find(|(have, _)| have == name).map(|(_, value)| value);
        value.filter(|value| **value != Value::Void)
    }
}

/// Yes or no, in the ways that tools write it.
pub(super) fn flag(name: &str, value: &Value) -> Result<bool, MethodError> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Unsigned(number) => Ok(*number != 0),
        Value::Signed(number) => Ok(*number != 0),
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" | "on" => Ok(true),
            "false" | "no" | "0" | "off" | "" => Ok(false),
            _ => Err(wrong(name, "true or false")),
        },
        _ => Err(wrong(name, "true or false")),
    }
}

/// An argument that is not what it should be.
pub(super) fn wrong(name: &str, expected: &str) -> MethodError {
    MethodError::InvalidParameter(format!("{name}: {expected} expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_flags_come_in_any_width() {
        let arguments = vec![
            ("a".to_owned(), Value::Signed(5)),
            ("b".to_owned(), Value::from("7")),
            ("c".to_owned(), Value::from("True")),
            ("d".to_owned(), Value::Signed(-1)),
            ("e".to_owned(), Value::Void),
        ];
        let given = Given(&arguments);
        assert_eq!(given.number("a"), Ok(5));
        assert_eq!(given.number("b"), Ok(7));
        assert_eq!(given.flag("c"), Ok(true));
        assert_eq!(given.number("e"), Ok(0));
        assert_eq!(given.flag("none"), Ok(false));
        let error = given.number("d").unwrap_err().to_string();
        assert_eq!(error, "invalid parameter: d: a whole number from 0 expected");
    }

    #[test]
    fn a_name_has_to_be_there() {
        let arguments = Vec::new();
        assert!(Given(&arguments).name("type").is_err());
        assert_eq!(Given(&arguments).text("type"), Ok(""));
        assert_eq!(Given(&arguments).map("properties"), Ok(&[][..]));
    }
}
