//! What a plugin says of itself, whatever carries it.

use std::fmt;

use philter_plugin_api::Kind;
use philter_plugin_api::abi::host::{FactoryInfo, PluginInfo};

/// A plugin's own words.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Description {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence, as SPDX says it.
    pub(crate) licence: String,
    /// The version of the mechanism that carries it.
    pub(crate) abi: Version,
    /// What it offers.
    pub(crate) factories: Vec<FactoryDescription>,
    /// Why this broker leaves some of its factories out; the others work without them.
    pub(crate) refused: Vec<String>,
}

impl Description {
    /// What a loaded plugin says.
    pub(crate) fn of(info: &PluginInfo) -> Self {
        let (major, minor) = info.abi;
        Self {
            name: info.name.clone(),
            version: info.version.clone(),
            licence: info.licence.clone(),
            abi: Version { major, minor },
            factories: info.factories.iter().map(FactoryDescription::of).collect(),
            refused: info.refused.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A type that a plugin offers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct FactoryDescription {
    /// Its kind.
    #[serde(serialize_with = "kind_as_text")]
    pub(crate) kind: Kind,
    /// The version of the kind.
    pub(crate) kind_version: Version,
    /// Whether that version is a draft.
    pub(crate) is_draft: bool,
    /// The name of the type.
    pub(crate) type_name: String,
    /// Whether its hot entries may wait.
    pub(crate) may_block: bool,
    /// The subcommand of `philter` that it answers.
    pub(crate) subcommand: Option<String>,
    /// The optional entries that it has.
    pub(crate) entries: Vec<String>,
    /// JSON Schema of its configuration.
    pub(crate) configuration_schema: String,
}

impl FactoryDescription {
    fn of(factory: &FactoryInfo) -> Self {
        let version = factory.kind_version;
        Self {
            kind: factory.kind,
            kind_version: Version { major: version.major, minor: version.minor },
            is_draft: factory.is_draft,
            type_name: factory.type_name.clone(),
            may_block: factory.may_block,
            subcommand: factory.subcommand.clone(),
            entries: factory.optional_entries.iter().map(|entry| (*entry).to_owned()).collect(),
            configuration_schema: factory.configuration_schema.clone(),
        }
    }
}

/// A version of the ABI or of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    /// What must be equal.
    pub(crate) major: u16,
    /// What may grow.
    pub(crate) minor: u16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn kind_as_text<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}
