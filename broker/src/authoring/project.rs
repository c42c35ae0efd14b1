//! `philter plugin new`: a project for a plugin, made of a template and of copies of what it is
//! built with.
//!
//! Invariant: a project stands by itself. It needs no checkout of the broker, and nothing in it
//! names this machine.

mod embedded;
mod name;
mod sdk;
mod template;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use name::ProjectName;
pub(crate) use template::{CarrierKind, Language, ProjectKind, Template};
pub(crate) use write::write;

use std::path::PathBuf;

/// Why no project was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    /// A name that is none.
    #[error(
        "'{given}' is no name for a plugin: 1 to {} of a-z, 0-9 and -, a letter first, no - last, \
         and no word of Rust's; --name says another one",
        name::LENGTH_MAX
    )]
    Name {
        /// What was given, or the folder's name.
        given: String,
    },
    /// There is no such template.
    #[error("no template for {wanted}; there are: {}", there_are.join(", "))]
    NoTemplate {
        /// What was asked for.
        wanted: String,
        /// The options of those that there are, of the same kind of plugin.
        there_are: Vec<String>,
    },
    /// Something is there already.
    #[error("{}: the folder is not empty", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// It can't be written.
    #[error("{}: {source}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The SDK's manifest is not what its copy can be made of; a fault of this program's.
    #[error("the SDK's Cargo.toml: {why}")]
    Manifest {
        /// What is wrong with it.
        why: String,
    },
}

impl ProjectError {
    /// Whether it was asked for wrongly.
    pub(crate) fn is_misuse(&self) -> bool {
        !matches!(self, Self::Unwritable { .. } | Self::Manifest { .. })
    }
}

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProjectFile {
    /// Its path in the project.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
    /// Whether it is a program.
    pub(crate) is_executable: bool,
}
