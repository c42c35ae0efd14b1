//! A component's limits while the kit looks at it: those of the broker, but for the time of a call,
//! which the kit says for plugins of all carriers.

use philter_wasm::Settings;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::subject::Options;

/// The settings are none; whoever typed them is at fault.
#[derive(Debug, Error)]
#[error("--settings '{given}': {reason}")]
pub(crate) struct BadSettings {
    given: String,
    reason: serde_json::Error,
}

impl Options {
    /// What a component is opened with.
    ///
    /// # Errors
    /// No JSON object, or members that no table `[wasm.NAME]` has.
    pub(crate) fn component_settings(&self) -> Result<Settings, BadSettings> {
        let bad = |reason| BadSettings { given: self.settings.clone(), reason };
        let mut members: Map<String, Value> = serde_json::from_str(&self.settings).map_err(bad)?;
        // What the broker does where a component fails; here it has failed.
        members.remove("on_failure");
        for time in ["call_ms_max", "create_ms_max"] {
            members.entry(time).or_insert(self.deadline_ms.into());
        }
        // A plugin that fails a rule is looked at by the next one all the same.
        members.entry("traps_max").or_insert(u32::MAX.into());
        serde_json::from_value(Value::Object(members)).map_err(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_may_take_as_long_as_the_kit_waits() {
        let options = |settings: &str| Options {
            deadline_ms: 700,
            settings: settings.to_owned(),
            ..Options::default()
        };
        let settings = options(r#"{"call_ms_max": 3}"#).component_settings().unwrap();
        assert_eq!((settings.call_ms_max, settings.create_ms_max), (3, 700));
        let granting = r#"{"files": {"k": "/k"}, "http": {"i": {"url": "https://i"}}}"#;
        let granted = options(granting).component_settings().unwrap();
        assert_eq!((granted.files.len(), granted.http["i"].timeout_ms), (1, 2000));
        let error = options(r#"{"calls": 3}"#).component_settings().unwrap_err();
        assert!(error.to_string().contains("calls"), "{error}");
        assert!(options("3").component_settings().is_err());
    }
}
