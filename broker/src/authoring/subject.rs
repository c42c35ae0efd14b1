//! The plugin's file, opened as the broker opens it, and the type of it that is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use philter_plugin_api::{Context, InstanceId, Kind, MapRef};

use super::{AuthoringError, Question};
use crate::config::Config;
use crate::config::wasm::OnFailure;
use crate::plugin::{Carrier, FactoryDescription, Opener, admit, configuration_of};

/// A type of a plugin.
pub(crate) struct Subject {
    /// Its file.
    pub(crate) file: PathBuf,
    /// Its plugin.
    pub(crate) carrier: Arc<dyn Carrier>,
    /// What the plugin says of the type.
    pub(crate) factory: FactoryDescription,
    configuration: String,
}

impl Subject {
    /// Opens the file, and finds the type that is asked.
    ///
    /// # Errors
    /// A file that the broker would refuse; no such type, or one of a kind that is not asked.
    pub(crate) fn open(
        config: &Config,
        file: &Path,
        question: &Question,
    ) -> Result<Self, AuthoringError> {
        let refused = |reasons| AuthoringError::Refused { file: file.to_owned(), reasons };
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let pin = config.plugins.pins.get(&name).map(|pin| pin.digest);
        let admitted = admit(file, pin)
            .map_err(|wrong| refused(wrong.iter().map(ToString::to_string).collect()))?;
        let config = &told_of_failures(config);
        let opened = Opener::new(config).open(&admitted);
        let carrier = opened.map_err(|failure| refused(vec![failure.reason]))?;
        Self::of(config, file, &name, carrier, question)
    }

    /// The type of an open plugin that is asked.
    pub(super) fn of(
        config: &Config,
        file: &Path,
        file_name: &str,
        carrier: Arc<dyn Carrier>,
        question: &Question,
    ) -> Result<Self, AuthoringError> {
        let factory = choose(file, &carrier.description().factories, question)?.clone();
        let configuration = match &question.configuration {
            Some(given) => given.clone(),
            None => configuration_of(config, &factory, file_name),
        };
        Ok(Self { file: file.to_owned(), carrier, factory, configuration })
    }

    /// What its instance is made from.
    pub(super) fn context<'a>(&'a self, arguments: &'a [u8]) -> Context<'a> {
        Context {
            instance: InstanceId(1),
            name: &self.factory.type_name,
            virtual_host: "/",
            configuration: &self.configuration,
            data_dir: None,
            arguments: MapRef::parse(arguments).unwrap_or_default(),
        }
    }
}

/// The configuration in which no component's failure becomes an answer, whatever `on_failure` says:
/// whoever asks here is to hear of it.
fn told_of_failures(config: &Config) -> Config {
    let mut config = config.clone();
    for table in config.plugins.wasm.values_mut() {
        table.settings.on_failure = OnFailure::Reject;
    }
    config
}

/// The type of this name; without one the only filter or exchange, by what is asked of it.
fn choose<'a>(
    file: &Path,
    factories: &'a [FactoryDescription],
    question: &Question,
) -> Result<&'a FactoryDescription, AuthoringError> {
    let names = |of: &[&FactoryDescription]| of.iter().map(|it| it.type_name.clone()).collect();
    let all: Vec<&FactoryDescription> = factories.iter().collect();
    let kinds = if question.expression.is_some() {
        &[Kind::Filter][..]
    } else if question.bindings.is_empty() {
        &[Kind::Filter, Kind::Exchange][..]
    } else {
        &[Kind::Exchange][..]
    };
    let named = |it: &&FactoryDescription| match &question.type_name {
        Some(name) => it.type_name == *name,
        None => true,
    };
    let found: Vec<&FactoryDescription> = all.iter().copied().filter(named).collect();
    let asked: Vec<&FactoryDescription> =
        found.iter().copied().filter(|it| kinds.contains(&it.kind)).collect();
    match (asked.as_slice(), found.as_slice(), &question.type_name) {
        ([only], _, _) => Ok(only),
        ([_, ..], _, _) => {
            Err(AuthoringError::SeveralTypes { file: file.to_owned(), offered: names(&asked) })
        }
        ([], [], Some(wanted)) => Err(AuthoringError::NoType {
            file: file.to_owned(),
            wanted: wanted.clone(),
            offered: names(&all),
        }),
        ([], [first, ..], _) => {
            let is_asked =
                |it: &&&FactoryDescription| matches!(it.kind, Kind::Filter | Kind::Exchange);
            let other = found.iter().find(is_asked).unwrap_or(first);
            Err(wrong_kind(file, other, question))
        }
        // The host takes no plugin without types.
        ([], [], None) => {
            Err(AuthoringError::SeveralTypes { file: file.to_owned(), offered: Vec::new() })
        }
    }
}

fn wrong_kind(file: &Path, found: &FactoryDescription, question: &Question) -> AuthoringError {
    let (kind, type_name) = (found.kind.name(), found.type_name.clone());
    match found.kind {
        Kind::Filter => AuthoringError::Meaningless { kind, type_name, option: "--bind" },
        Kind::Exchange if question.expression.is_some() => {
            AuthoringError::Meaningless { kind, type_name, option: "--expression" }
        }
        _ => AuthoringError::OtherKind { kind, type_name, file: file.to_owned() },
    }
}

#[cfg(test)]
mod tests;
