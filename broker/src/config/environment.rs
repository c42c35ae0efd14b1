//! The environment's layer: `PHILTER_` and an option's name in upper case, `-` written `_`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::error::ConfigError;
use super::given::{Given, Layer, Origin};
use super::is_not_yet;
use super::name::{Arity, Name};

const PREFIX: &str = "PHILTER_";

/// Takes what is Philter's out of the environment, and the user's home. Options that may stand many
/// times are separated by commas. What means nothing, or is not Unicode, is added to `errors`.
pub(super) fn read(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    errors: &mut Vec<ConfigError>,
) -> (Layer, Option<PathBuf>) {
    let mut layer = Layer::default();
    let mut home = None;
    for (variable, value) in variables {
        if variable == "HOME" && !value.is_empty() {
            home = Some(PathBuf::from(&value));
        }
        if let Some(variable) = variable.to_str().filter(|name| name.starts_with(PREFIX))
            && let Err(error) = take(&mut layer, variable, &value)
        {
            errors.push(error);
        }
    }
    (layer, home)
}

fn take(layer: &mut Layer, variable: &str, value: &OsStr) -> Result<(), ConfigError> {
    let origin = Origin::Environment { variable: variable.to_owned() };
    let name = name_of(variable, &origin)?;
    let Some(value) = value.to_str() else {
        let value = value.to_string_lossy().into_owned();
        return Err(ConfigError::BadValue { origin, value, wanted: "UTF-8".to_owned() });
    };
    let is_many = name.arity() == Arity::Many;
    let values = value.split(|c| is_many && c == ',').map(str::trim);
    for value in values.filter(|value| !is_many || !value.is_empty()) {
        layer.push(Given { name, value: value.to_owned(), origin: origin.clone() })?;
    }
    Ok(())
}

fn name_of(variable: &str, origin: &Origin) -> Result<Name, ConfigError> {
    let text = variable.strip_prefix(PREFIX).unwrap_or_default();
    let text = text.to_ascii_lowercase().replace('_', "-");
    if let Some(name) = Name::find(&text) {
        return Ok(name);
    }
    let origin = origin.clone();
    if is_not_yet(&text).is_some() {
        return Err(ConfigError::NotYet { origin });
    }
    Err(ConfigError::Unknown { origin, nearest: Name::nearest(&text) })
}
