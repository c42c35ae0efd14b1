//! Reads the files of components again while the broker runs.
//!
//! Invariants:
//! - a file that is read again is judged by the policy as at the start, by the name that it had
//!   then, which may be a link to another file by now;
//! - what was loaded stays until its successor is ready, and where there is none.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::{error, info};

use super::report::TARGET;
use super::{Catalog, Plugin, digest_of, file_name, pins_of};
use crate::config::PluginSettings;
use crate::plugin::policy::{Code, admit};

/// Why a plugin was not read again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReloadError {
    /// The name means nothing.
    #[error("no loaded plugin has a type or a file named '{name}'")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The name means several.
    #[error("'{name}' may be {}: say the name of the file", files.join(" or "))]
    Ambiguous {
        /// The name.
        name: String,
        /// The files that it may be.
        files: Vec<String>,
    },
    /// It is part of the broker's process.
    #[error("{} is a native library: it stays until the broker is started again", path.display())]
    Native {
        /// Which.
        path: PathBuf,
    },
    /// What stands in the file now is not taken.
    #[error("{}: {}; what was loaded before stays", path.display(), reasons.join("; "))]
    Refused {
        /// Which.
        path: PathBuf,
        /// Everything that is wrong with it.
        reasons: Vec<String>,
    },
}

impl Catalog {
    /// The plugin that an operator means.
    ///
    /// # Errors
    /// None, or several.
    pub(crate) fn meant(&self, name: &str) -> Result<&Arc<Plugin>, ReloadError> {
        let meant: Vec<_> = self.plugins.iter().filter(|plugin| plugin.answers_to(name)).collect();
        match meant.as_slice() {
            [] => Err(ReloadError::Unknown { name: name.to_owned() }),
            [plugin] => Ok(plugin),
            _ => {
                let files = meant.iter().map(|plugin| file_name(&plugin.path)).collect();
                Err(ReloadError::Ambiguous { name: name.to_owned(), files })
            }
        }
    }

    /// Reads a component's file again, whether it has changed or not. This takes as long as it
    /// takes to compile it.
    ///
    /// # Errors
    /// Why not; what was loaded before stays.
    pub(crate) fn reload(&self, plugin: &Plugin) -> Result<(), ReloadError> {
        let path = plugin.path.clone();
        let Some(sandbox) = plugin.sandbox() else { return Err(ReloadError::Native { path }) };
        // Until it is done nobody else reads it.
        let mut digest = plugin.digest.lock();
        let before = plugin.version();
        let found = self.read(&plugin.path).and_then(|code| {
            sandbox.reload(&code.bytes).map(|()| code.digest).map_err(|reason| vec![reason])
        });
        *digest = Some(found.map_err(|reasons| ReloadError::Refused { path, reasons })?);
        // What the old code answered is void from here on.
        self.swaps.fetch_add(1, Ordering::AcqRel);
        let (now, path) = (plugin.version(), plugin.path.display());
        info!(target: TARGET, "loaded {now} from {path} in the place of {before}");
        Ok(())
    }

    /// Reads the files of those components again that have changed, under the pins of a
    /// configuration that is read again too. What fails stays, and the log says why.
    pub(crate) fn reload_changed(&self, settings: &PluginSettings) {
        *self.pins.lock() = pins_of(settings);
        for plugin in self.plugins.iter().filter(|plugin| plugin.sandbox().is_some()) {
            let loaded = *plugin.digest.lock();
            if loaded.is_some() && digest_of(&plugin.path) == loaded {
                continue;
            }
            if let Err(error) = self.reload(plugin) {
                error!(target: TARGET, "{error}");
            }
        }
    }

    /// How often code was swapped: what it answered is void when this rises.
    pub(crate) fn swaps(&self) -> &Arc<AtomicU64> {
        &self.swaps
    }

    fn read(&self, path: &Path) -> Result<Code, Vec<String>> {
        let pin = self.pins.lock().get(&file_name(path)).copied();
        let admitted = admit(path, pin)
            .map_err(|wrong| -> Vec<String> { wrong.iter().map(ToString::to_string).collect() })?;
        admitted.code.ok_or_else(|| vec!["it is no component".to_owned()])
    }
}
