//! The border: what crosses between a plugin's library and its host, and how.

use crate::factory::InstanceId;
use crate::log::Level;
use crate::notify::Event;
use crate::value::Value;

pub(crate) fn host_log(level: Level, text: &str) {
    crate::testing::record_line(level, text);
}

pub(crate) fn host_notify(instance: InstanceId, event: Event, value: &Value) {
    let _ = (instance, event, value);
}
