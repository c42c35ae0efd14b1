//! What was given and where, before it is interpreted; layers and their precedence.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::name::{Arity, Name};

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// On the command line.
    CommandLine {
        /// The option, with its dashes.
        option: String,
    },
    /// In the environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// In the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1, where a line may hold more than one key.
        column: Option<u32>,
        /// The key, with its table.
        key: Box<str>,
    },
}

impl Origin {
    /// An option of the command line.
    pub(crate) fn option(name: &str) -> Self {
        Self::CommandLine { option: format!("--{name}") }
    }

    /// What a relative path stands against: the file's own folder; elsewhere the working directory.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => path.parent(),
            Self::CommandLine { .. } | Self::Environment { .. } => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine { option } => f.write_str(option),
            Self::Environment { variable } => f.write_str(variable),
            Self::File { path, line, column: None, key } => {
                write!(f, "{}:{line}: {key}", path.display())
            }
            Self::File { path, line, column: Some(column), key } => {
                write!(f, "{}:{line}:{column}: {key}", path.display())
            }
        }
    }
}

/// One option with its value as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// Which option.
    pub(crate) name: Name,
    /// Its value; `yes` for a flag of the command line.
    pub(crate) value: String,
    /// Where it stands.
    pub(crate) origin: Origin,
}

/// Everything that one source gave, in its order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    given: Vec<Given>,
}

impl Layer {
    /// Adds an option.
    ///
    /// # Errors
    /// It stands here already and may stand but once.
    pub(crate) fn push(&mut self, given: Given) -> Result<(), ConfigError> {
        let is_many = given.name.arity() == Arity::Many;
        let before = self.given.iter().find(|other| other.name == given.name);
        if let Some(before) = before.filter(|_| !is_many) {
            let first = before.origin.clone();
            return Err(ConfigError::Together { first, second: given.origin });
        }
        self.given.push(given);
        Ok(())
    }

    /// Puts an option in the place of all that was given for it.
    pub(crate) fn replace(&mut self, given: Given) {
        self.given.retain(|other| other.name != given.name);
        self.given.push(given);
    }

    /// Everything, in its order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Given> {
        self.given.iter()
    }

    fn of<'a>(&'a self, names: &[Name]) -> impl Iterator<Item = &'a Given> {
        self.given.iter().filter(move |given| names.contains(&given.name))
    }
}

/// The layers, highest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    /// The command line.
    pub(crate) command_line: Layer,
    /// The environment, in our words.
    pub(crate) environment: Layer,
    /// The environment, in Qpid's words.
    pub(crate) qpids_environment: Layer,
    /// The configuration file.
    pub(crate) file: Layer,
}

impl Layers {
    /// What is given of these options, which exclude each other, in the highest layer that has one.
    ///
    /// # Errors
    /// One layer gives two of them.
    pub(crate) fn chosen(&self, names: &[Name]) -> Result<Vec<&Given>, ConfigError> {
        for layer in self.highest_first() {
            let given: Vec<&Given> = layer.of(names).collect();
            let Some(first) = given.first() else { continue };
            if let Some(second) = given.iter().find(|given| given.name != first.name) {
                let (first, second) = (first.origin.clone(), second.origin.clone());
                return Err(ConfigError::Together { first, second });
            }
            return Ok(given);
        }
        Ok(Vec::new())
    }

    fn highest_first(&self) -> [&Layer; 4] {
        [&self.command_line, &self.environment, &self.qpids_environment, &self.file]
    }
}
