//! The broker's options among a plugin's arguments: `philter user add jo --data-dir DIR`.
//!
//! Invariant: behind `--` everything is the plugin's.

use super::options::given;
use crate::config::{ConfigError, Layer, Name};

/// The options that say where the broker keeps its things; all others are the plugin's.
const WITH_VALUE: [(&str, Name); 6] = [
    ("--config", Name::Config),
    ("--data-dir", Name::DataDir),
    ("--load-module", Name::LoadModule),
    ("--module-dir", Name::PluginDir),
    ("--plugin-dir", Name::PluginDir),
    ("--realm", Name::Realm),
];

const FLAGS: [(&str, Name); 2] =
    [("--no-data-dir", Name::NoDataDir), ("--no-module-dir", Name::NoModuleDir)];

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
        let find = |table: &[(&str, Name)]| {
            table.iter().find(|(known, _)| *known == option).map(|(_, name)| *name)
        };
        if let Some(name) = find(&WITH_VALUE) {
            let Some(value) = value.or_else(|| words.next()) else {
                return Err(ConfigError::bad_value(&given(name, ""), "a value"));
            };
            layer.push(given(name, &value))?;
        } else if let Some(name) = find(&FLAGS).filter(|_| value.is_none()) {
            layer.push(given(name, "yes"))?;
        } else {
            left.push(word);
        }
    }
    Ok((subcommand, left))
}
