//! The broker's options among a plugin's arguments: `philter user add jo --data-dir DIR`.
//!
//! Invariant: behind `--` everything is the plugin's.

use super::options::given;
use crate::config::{Arity, ConfigError, Entry, Layer, SECTIONS};

/// Takes the broker's options out of a subcommand and its arguments; the subcommand and what is
/// left.
///
/// # Errors
/// An option without its value, or one that does not go together with another.
pub(crate) fn take_out(
    words: Vec<String>,
    layer: &mut Layer,
) -> Result<(String, Vec<String>), ConfigError> {
    let mut words = words.into_iter();
    let subcommand = words.next().unwrap_or_default();
    let mut left = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            left.push(word);
            left.extend(words);
            break;
        }
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let Some(entry) = find(option) else {
            left.push(word);
            continue;
        };
        let value = match entry.arity {
            Arity::Flag => value.or_else(|| Some("yes".to_owned())),
            Arity::One | Arity::Many => value.or_else(|| words.next()),
        };
        let Some(value) = value else {
            return Err(ConfigError::bad_value(&given(entry.name, ""), "a value"));
        };
        layer.push(given(entry.name, &value))?;
    }
    Ok((subcommand, left))
}

/// The option, if subcommands take it; all others are the plugin's.
fn find(option: &str) -> Option<&'static Entry> {
    let name = option.strip_prefix("--")?;
    let mut entries = SECTIONS.iter().flat_map(|(_, entries)| entries.iter());
    entries.find(|entry| entry.is_global && (entry.text == name || entry.alias == Some(name)))
}
