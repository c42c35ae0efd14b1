//! Why a plugin was not asked, and whose fault that is.

use std::io;
use std::path::PathBuf;

use super::recorded::LineFault;

/// Why nothing was asked, or nothing was answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthoringError {
    /// The file is no plugin that the broker would load.
    #[error("{}: refused: {}", file.display(), reasons.join("; "))]
    Refused {
        /// Which.
        file: PathBuf,
        /// Everything that is wrong with it.
        reasons: Vec<String>,
    },
    /// The file offers no such type.
    #[error("{}: no type '{wanted}'; there are: {}", file.display(), offered.join(", "))]
    NoType {
        /// Which file.
        file: PathBuf,
        /// The type that was asked for.
        wanted: String,
        /// Its types.
        offered: Vec<String>,
    },
    /// The file offers several types, and nothing says which is meant.
    #[error("{}: which type? --type NAME, one of {}", file.display(), offered.join(", "))]
    SeveralTypes {
        /// Which file.
        file: PathBuf,
        /// Its types.
        offered: Vec<String>,
    },
    /// A kind that has no messages to be asked about.
    #[error(
        "{kind} '{type_name}': filters and exchanges are asked about messages; other kinds are \
         looked at by the conformance kit: philter-plugin-conformance {}", file.display()
    )]
    OtherKind {
        /// Its kind.
        kind: &'static str,
        /// Its type.
        type_name: String,
        /// Which file.
        file: PathBuf,
    },
    /// Something has to be said that was not.
    #[error("{kind} '{type_name}' needs {option}")]
    Missing {
        /// The kind that is asked.
        kind: &'static str,
        /// Its type.
        type_name: String,
        /// What was not given.
        option: &'static str,
    },
    /// An option that means nothing for this kind.
    #[error("{option} means nothing for {kind} '{type_name}'")]
    Meaningless {
        /// The kind that is asked.
        kind: &'static str,
        /// Its type.
        type_name: String,
        /// What was given.
        option: &'static str,
    },
    /// An option's JSON.
    #[error("{option} {given}: {why}")]
    Option {
        /// Which.
        option: &'static str,
        /// What was given.
        given: String,
        /// The field, what was found and what is wanted.
        why: String,
    },
    /// A line of the recorded messages.
    #[error("{}:{line}: {fault}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The field, and what is wrong with it.
        fault: LineFault,
    },
    /// The file of the messages can't be read.
    #[error("{}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file of the messages is larger than anybody records.
    #[error("{}: found {found} bytes, at most {max} are read", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its bytes.
        found: u64,
        /// The limit.
        max: u64,
    },
    /// There is no message in it.
    #[error("{}: no message in it", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// The plugin failed.
    #[error("{call}: {error}")]
    Plugin {
        /// What was called.
        call: String,
        /// What it says.
        error: philter_plugin_api::Error,
    },
}

impl AuthoringError {
    /// Whether the plugin is at fault, and not who asked.
    pub(crate) fn is_the_plugins(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Plugin { .. })
    }
}
