//! What the log says of plugins when the broker starts.

use std::fmt;

use tracing::{info, warn};

use super::{Catalog, Refused, file_name};
use crate::config::Config;

/// The log's target for what is said of plugins.
pub(crate) const TARGET: &str = "philter::plugin";

impl Catalog {
    /// Writes what was loaded, from where, and what was not, and why.
    pub(crate) fn report(&self, config: &Config) {
        if let Some(directory) = self.directory() {
            info!(target: TARGET, "plugin directory: {}", directory.display());
        }
        if let Some(error) = self.unreadable_directory() {
            warn!(target: TARGET, "plugin directory: {error}");
        }
        for (plugin, _, factory) in self.factories() {
            let kind = factory.kind.name();
            let (name, version) = (&factory.type_name, &plugin.description().version);
            let path = plugin.path().display();
            info!(target: TARGET, "loaded {kind} {name} {version} from {path}");
        }
        for plugin in self.plugins() {
            for reason in &plugin.description().refused {
                warn!(target: TARGET, "{}: left out: {reason}", plugin.path().display());
            }
        }
        for refused in self.refused() {
            if refused.is_stranger {
                info!(target: TARGET, "{refused}");
            } else {
                warn!(target: TARGET, "{refused}");
            }
        }
        let files: Vec<String> =
            self.plugins().iter().map(|plugin| file_name(plugin.path())).collect();
        for name in config.plugins.pins.keys().filter(|name| !files.contains(name)) {
            warn!(target: TARGET, "[pin] names {name}, which is not loaded");
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not loaded: {}: {}", self.path.display(), self.reasons.join("; "))
    }
}
