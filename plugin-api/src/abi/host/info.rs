//! What a plugin says of itself, checked and owned.

use super::LoadError;
use crate::abi::magic::KindVersion;
use crate::factory::Kind;

/// What a library says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginInfo {
    /// The plugin's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, an SPDX expression.
    pub licence: String,
    /// Major and minor of the mechanism that it was built for.
    pub abi: (u16, u16),
    /// The types that it offers and this host takes.
    pub factories: Vec<FactoryInfo>,
    /// The factories of kinds that this host does not know; the rest of the plugin works without
    /// them.
    pub refused: Vec<LoadError>,
}

/// A type that a plugin offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactoryInfo {
    /// Its kind.
    pub kind: Kind,
    /// The version of the kind that it was built for.
    pub kind_version: KindVersion,
    /// Whether that version is a draft.
    pub is_draft: bool,
    /// The type's name: an exchange's type, a filter's language, a provider's or store's name.
    pub type_name: String,
    /// JSON Schema of the configuration; empty: takes none.
    pub configuration_schema: String,
    /// Whether `route`, `matches` or `append` may wait for something.
    pub may_block: bool,
    /// The subcommand of `philter` that it answers.
    pub subcommand: Option<String>,
    /// The optional entries that are present.
    pub optional_entries: Vec<&'static str>,
}
