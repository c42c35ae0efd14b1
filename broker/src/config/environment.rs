//! The environment's layers: `PHILTER_` and an option's name in upper case, `-` written `_`; below
//! it `QPID_` in the same way.
//!
//! Invariant: a variable of ours that means nothing is an error. One of Qpid's is an error where
//! it was meant for a broker and can't be followed, and only noted where other programs may be
//! meant: Qpid's clients and tools share the prefix.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::error::ConfigError;
use super::given::{Given, Layer, Origin};
use super::known;
use super::missing;
use super::name::{Arity, Name};

const PREFIX: &str = "PHILTER_";
const QPIDS_PREFIX: &str = "QPID_";

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// `PHILTER_…`.
    pub(super) own: Layer,
    /// `QPID_…`.
    pub(super) qpids: Layer,
    /// The user's home.
    pub(super) home: Option<PathBuf>,
    /// Variables of Qpid's that are left alone.
    pub(super) left_alone: Vec<String>,
}

impl Environment {
    /// Takes what is Philter's out of the environment. Options that may stand many times are
    /// separated by commas. What means nothing, or is not Unicode, is added to `errors`.
    pub(super) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        errors: &mut Vec<ConfigError>,
    ) -> Self {
        let mut environment = Self::default();
        for (variable, value) in variables {
            if variable == "HOME" && !value.is_empty() {
                environment.home = Some(PathBuf::from(&value));
            }
            if let Some(variable) = variable.to_str()
                && let Err(error) = environment.take(variable, &value)
            {
                errors.push(error);
            }
        }
        environment
    }

    fn take(&mut self, variable: &str, value: &OsStr) -> Result<(), ConfigError> {
        let origin = Origin::Environment { variable: variable.to_owned() };
        let name = |text: &str| text.to_ascii_lowercase().replace('_', "-");
        if let Some(text) = variable.strip_prefix(PREFIX) {
            let name = known::option(&name(text), &origin)?;
            return push(&mut self.own, name, value, &origin);
        }
        let Some(text) = variable.strip_prefix(QPIDS_PREFIX) else { return Ok(()) };
        match qpids_option(&name(text), &origin)? {
            Some(name) => push(&mut self.qpids, name, value, &origin),
            None => {
                self.left_alone.push(variable.to_owned());
                Ok(())
            }
        }
    }
}

/// The option that a variable of Qpid's means; none where it is left alone.
fn qpids_option(text: &str, origin: &Origin) -> Result<Option<Name>, ConfigError> {
    // Qpid's log-level says whether lines show their level.
    const OTHERS: [&str; 2] = ["log-level", "log"];
    if let Some(name) = Name::find(text).filter(|_| !OTHERS.contains(&text)) {
        return Ok(Some(name));
    }
    match missing::find(text) {
        Some((long, missing)) if !missing::is_read_by_clients(long) => {
            Err(known::is_missing(missing, origin.clone()))
        }
        Some(_) => Ok(None),
        None => match Name::nearest(text, 1).filter(|_| !OTHERS.contains(&text)) {
            None => Ok(None),
            nearest => Err(ConfigError::Unknown { origin: origin.clone(), nearest }),
        },
    }
}

fn push(layer: &mut Layer, name: Name, value: &OsStr, origin: &Origin) -> Result<(), ConfigError> {
    let Some(value) = value.to_str() else {
        let (origin, value) = (origin.clone(), value.to_string_lossy().into_owned());
        return Err(ConfigError::BadValue { origin, value, wanted: "UTF-8".to_owned() });
    };
    let is_many = name.arity() == Arity::Many;
    let values = value.split(|c| is_many && c == ',').map(str::trim);
    for value in values.filter(|value| !is_many || !value.is_empty()) {
        layer.push(Given { name, value: value.to_owned(), origin: origin.clone() })?;
    }
    Ok(())
}
