//! The part of the configuration that is about plugins.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::given::Origin;
use super::wasm::WasmTable;
use crate::plugin::Digest;

/// Where to look for plugins.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) enum PluginDirectory {
    /// Beside the executable, else where plugins are installed.
    #[default]
    Default,
    /// In this folder.
    Given(PluginFile),
    /// In no folder.
    None,
}

/// A file or folder that the operator named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PluginFile {
    /// Which.
    pub(crate) path: PathBuf,
    /// Where it was named.
    pub(crate) origin: Origin,
}

/// A table `[plugin.NAME]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PluginTable {
    /// Its content as JSON.
    pub(crate) configuration: serde_json::Map<String, serde_json::Value>,
    /// Where it stands.
    pub(crate) origin: Origin,
}

/// A line of `[pin]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// The SHA-256 that the file must have.
    pub(crate) digest: Digest,
    /// Where it stands.
    pub(crate) origin: Origin,
}

/// What to load and with which configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct PluginSettings {
    /// Where to look.
    pub(crate) directory: PluginDirectory,
    /// Files to load besides, in this order.
    pub(crate) files: Vec<PluginFile>,
    /// What files must be, by their names.
    pub(crate) pins: BTreeMap<String, Pin>,
    /// Configurations by type name or by file name.
    pub(crate) tables: BTreeMap<String, PluginTable>,
    /// What components may take and do, by type name or by file name.
    pub(crate) wasm: BTreeMap<String, WasmTable>,
}
