//! What the broker does for a plugin, whatever carries it.

use std::sync::OnceLock;

use philter_plugin_api::abi::host::HostServices;
use philter_plugin_api::value::Value;
use philter_plugin_api::{Event, InstanceId, Level};
use tracing::debug;

use super::log::PluginLog;

/// What the broker does for one plugin.
#[derive(Default)]
pub(crate) struct Services {
    log: OnceLock<PluginLog>,
}

impl HostServices for Services {
    fn log(&self, plugin: &str, level: Level, text: &str) {
        self.log.get_or_init(|| PluginLog::new(plugin)).write(level, text);
    }

    fn notify(&self, plugin: &str, instance: InstanceId, event: Event, value: &Value) {
        // Nothing in the broker listens to a plugin yet; the log shows what one says.
        debug!("{plugin}: instance {}: {event:?} {value:?}", instance.0);
    }
}
