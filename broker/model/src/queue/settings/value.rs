//! Values of arguments, as clients and tools send them: a number in any integer type or as it was
//! typed, a flag as a boolean, a number or a word.

use philter_plugin_api::ValueRef;

use super::SettingsError;
use crate::limits::SHOWN_CHARACTERS_MAX;

/// A whole number from 0.
pub(super) fn number(name: &str, value: ValueRef<'_>) -> Result<u64, SettingsError> {
    let number = match value {
        // Qpid's tools send numbers as they were typed.
        ValueRef::String(text) | ValueRef::Symbol(text) => text.trim().parse().ok(),
        ValueRef::Binary(text) => {
            std::str::from_utf8(text).ok().and_then(|t| t.trim().parse().ok())
        }
        _ => whole(value).and_then(|number| u64::try_from(number).ok()),
    };
    number.ok_or_else(|| wrong(name, "a whole number from 0", value))
}

/// A whole number from 0, at most `max`, of an integer type and no other.
pub(super) fn integer(
    name: &str,
    value: ValueRef<'_>,
    max: u64,
    expected: &'static str,
) -> Result<u64, SettingsError> {
    let number = whole(value).and_then(|number| u64::try_from(number).ok());
    number.filter(|number| *number <= max).ok_or_else(|| wrong(name, expected, value))
}

/// A value of any integer type.
pub(super) fn whole(value: ValueRef<'_>) -> Option<i128> {
    Some(match value {
        ValueRef::Ubyte(number) => number.into(),
        ValueRef::Ushort(number) => number.into(),
        ValueRef::Uint(number) => number.into(),
        ValueRef::Ulong(number) => number.into(),
        ValueRef::Byte(number) => number.into(),
        ValueRef::Short(number) => number.into(),
        ValueRef::Int(number) => number.into(),
        ValueRef::Long(number) => number.into(),
        _ => return None,
    })
}

/// A number that is no limit where it is 0.
pub(super) fn limit(name: &str, value: ValueRef<'_>) -> Result<Option<u64>, SettingsError> {
    number(name, value).map(|number| (number != 0).then_some(number))
}

/// Yes or no; an argument that is there without a value says yes.
pub(super) fn flag(name: &str, value: ValueRef<'_>) -> Result<bool, SettingsError> {
    match value {
        ValueRef::Null => return Ok(true),
        ValueRef::Bool(flag) => return Ok(flag),
        _ => {}
    }
    let word = text(name, value).unwrap_or_default().trim().to_ascii_lowercase();
    match word.as_str() {
        "true" | "yes" | "on" => Ok(true),
        "false" | "no" | "off" => Ok(false),
        _ => match number(name, value) {
            Ok(number) => Ok(number != 0),
            Err(_) => Err(wrong(name, "true or false", value)),
        },
    }
}

/// A text.
pub(super) fn text(name: &str, value: ValueRef<'_>) -> Result<String, SettingsError> {
    match value {
        ValueRef::String(text) | ValueRef::Symbol(text) => Ok(text.to_owned()),
        ValueRef::Binary(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(wrong(name, "a text", value)),
        },
        _ => Err(wrong(name, "a text", value)),
    }
}

/// A text that is as good as absent where it is empty.
pub(super) fn name(name: &str, value: ValueRef<'_>) -> Result<Option<String>, SettingsError> {
    text(name, value).map(|text| (!text.is_empty()).then_some(text))
}

/// Says what an argument takes and what it was given.
pub(super) fn wrong(name: &str, expected: &'static str, value: ValueRef<'_>) -> SettingsError {
    SettingsError::Value { name: name.to_owned(), expected, found: shown(value) }
}

/// A value as its sender would write it; what is no number and no text by its kind alone.
pub(super) fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Bool(value) => value.to_string(),
        ValueRef::Ubyte(number) => number.to_string(),
        ValueRef::Ushort(number) => number.to_string(),
        ValueRef::Uint(number) => number.to_string(),
        ValueRef::Ulong(number) => number.to_string(),
        ValueRef::Byte(number) => number.to_string(),
        ValueRef::Short(number) => number.to_string(),
        ValueRef::Int(number) => number.to_string(),
        ValueRef::Long(number) => number.to_string(),
        ValueRef::Float(number) => number.to_string(),
        ValueRef::Double(number) => number.to_string(),
        ValueRef::String(text) | ValueRef::Symbol(text) => {
            let start: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
            let rest = if start.len() < text.len() { "…" } else { "" };
            format!("'{start}{rest}'")
        }
        ValueRef::Binary(bytes) => format!("{} bytes that are no text", bytes.len()),
        ValueRef::Encoded(_) => "a list or map".to_owned(),
        _ => "a value of another type".to_owned(),
    }
}
