//! Why a configuration was refused: always the operator's to mend, and always with the place.

use std::fmt;
use std::path::PathBuf;

use super::given::{Given, Origin};
use super::log_selector::SelectorError;

/// A configuration that the broker does not start with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A name that means nothing.
    #[error("{origin}: no such option{}", did_you_mean(*nearest))]
    Unknown {
        /// Where it stands.
        origin: Origin,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// An option of Qpid's that Philter does not have yet.
    #[error("not yet: {origin}")]
    NotYet {
        /// Where it stands.
        origin: Origin,
    },
    /// An option of Qpid's that makes no sense here.
    #[error("{origin}: no option here: {why}")]
    Never {
        /// Where it stands.
        origin: Origin,
        /// Why.
        why: &'static str,
    },
    /// A value that the option will take and does not take yet.
    #[error("not yet: {}", with_value(origin, value))]
    ValueNotYet {
        /// Where it stands.
        origin: Origin,
        /// What stands there.
        value: String,
    },
    /// A value that the option does not take.
    #[error("{}: wanted {wanted}", with_value(origin, value))]
    BadValue {
        /// Where it stands.
        origin: Origin,
        /// What stands there.
        value: String,
        /// What may stand there.
        wanted: String,
    },
    /// A rule of Qpid's that the log can't follow.
    #[error("{}: {source}", with_value(origin, value))]
    Rule {
        /// Where it stands.
        origin: Origin,
        /// What stands there.
        value: String,
        /// Why.
        source: SelectorError,
    },
    /// Two that exclude each other, or one twice.
    #[error("{second} does not go together with {first}")]
    Together {
        /// The one that stands first.
        first: Origin,
        /// The other.
        second: Origin,
    },
    /// A line of a file in Qpid's form is no pair.
    #[error("{}:{line}: {text}: wanted name=value", path.display())]
    NoPair {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// The file is no TOML, nor of Qpid's form.
    #[error("{}:{line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is too large to be a configuration.
    #[error("{}: has {found_bytes} bytes, a configuration has at most {bytes_max}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        found_bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// There is no place for the default data directory.
    #[error("HOME is not set: say --data-dir DIR or --no-data-dir")]
    NoHome,
}

/// Everything that is wrong with a configuration; at least one thing.
#[derive(Debug)]
pub(crate) struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Nothing to complain about, or all of it: what stands in a file line by line, then the
    /// environment, then the command line.
    pub(crate) fn check(mut errors: Vec<ConfigError>) -> Result<(), Self> {
        errors.sort_by_key(ConfigError::place);
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// One by one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl ConfigError {
    /// The line of a file and the column there; above all lines for the environment, and then for
    /// the command line.
    fn place(&self) -> (u8, usize, u32) {
        let origin = match self {
            Self::Unknown { origin, .. }
            | Self::NotYet { origin }
            | Self::Never { origin, .. }
            | Self::ValueNotYet { origin, .. }
            | Self::BadValue { origin, .. }
            | Self::Rule { origin, .. }
            | Self::Together { second: origin, .. } => origin,
            Self::NoPair { line, .. } | Self::Syntax { line, .. } => return (0, *line, 0),
            Self::Unreadable { .. } | Self::TooLarge { .. } => return (0, 0, 0),
            Self::NoHome => return (2, 0, 0),
        };
        match origin {
            Origin::File { line, column, .. } => (0, *line, column.unwrap_or(0)),
            Origin::Environment { .. } => (1, 0, 0),
            Origin::CommandLine { .. } => (2, 0, 0),
        }
    }

    /// This value is not one that the option takes.
    pub(crate) fn bad_value(given: &Given, wanted: impl Into<String>) -> Self {
        Self::BadValue {
            origin: given.origin.clone(),
            value: given.value.clone(),
            wanted: wanted.into(),
        }
    }

    /// This value is one that the option does not take yet.
    pub(crate) fn value_not_yet(given: &Given) -> Self {
        Self::ValueNotYet { origin: given.origin.clone(), value: given.value.clone() }
    }
}

fn did_you_mean(nearest: Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

fn with_value(origin: &Origin, value: &str) -> String {
    match origin {
        Origin::CommandLine { .. } => format!("{origin} {value}"),
        Origin::Environment { .. } => format!("{origin}={value}"),
        Origin::File { .. } => format!("{origin} = {value}"),
    }
}
