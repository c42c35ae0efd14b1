//! What the broker does for a plugin, whatever carries it.

use parking_lot::Mutex;
use philter_plugin_api::abi::host::HostServices;
use philter_plugin_api::value::Value;
use philter_plugin_api::{Event, InstanceId, Level};
use tracing::debug;

use super::log::PluginLog;

/// What the broker does for one plugin.
#[derive(Default)]
pub(crate) struct Services {
    /// Its log, by the name that it has: until a component has said its own, that of its file.
    logs: Mutex<Vec<(String, PluginLog)>>,
}

impl Services {
    fn log_of(&self, plugin: &str) -> PluginLog {
        let mut logs = self.logs.lock();
        if let Some((_, log)) = logs.iter().find(|(name, _)| name == plugin) {
            return *log;
        }
        let log = PluginLog::new(plugin);
        logs.push((plugin.to_owned(), log));
        log
    }
}

impl HostServices for Services {
    fn log(&self, plugin: &str, level: Level, text: &str) {
        self.log_of(plugin).write(level, text);
    }

    fn notify(&self, plugin: &str, instance: InstanceId, event: Event, value: &Value) {
        // Nothing in the broker listens to a plugin yet; the log shows what one says.
        debug!("{plugin}: instance {}: {event:?} {value:?}", instance.0);
    }
}
