//! What differs between two configurations, as an operator names it.

use super::{Config, Name, PluginSettings, table};
use crate::plugin::{Digest, is_component_name};

impl Config {
    /// The options that have other values in another configuration, in the order in which people
    /// read them; wherever they were given, and whatever stands below.
    pub(crate) fn changed_options(&self, other: &Self) -> Vec<Name> {
        let changed = table::entries().filter(|entry| self.value(entry) != other.value(entry));
        changed.map(|entry| entry.name).collect()
    }
}

impl PluginSettings {
    /// The tables of the file that say something else in another configuration.
    pub(crate) fn changed_tables(&self, other: &Self) -> Vec<String> {
        let table = |settings: &Self, name: &str| {
            settings.tables.get(name).map(|table| table.configuration.clone())
        };
        let mut names: Vec<&String> = self.tables.keys().chain(other.tables.keys()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| table(self, name) != table(other, name));
        let mut changed: Vec<String> =
            names.into_iter().map(|name| format!("[plugin.{name}]")).collect();
        changed.extend(self.changed_wasm(other));
        let digests = |settings: &Self| -> Vec<(String, Digest)> {
            // A component is judged by its new pin when it is loaded again.
            let pins = settings.pins.iter().filter(|(file, _)| !is_component_name(file));
            pins.map(|(file, pin)| (file.clone(), pin.digest)).collect()
        };
        if digests(self) != digests(other) {
            changed.push("[pin]".to_owned());
        }
        changed
    }

    fn changed_wasm(&self, other: &Self) -> Vec<String> {
        let settings =
            |of: &Self, name: &str| of.wasm.get(name).map(|table| table.settings.clone());
        let mut names: Vec<&String> = self.wasm.keys().chain(other.wasm.keys()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| settings(self, name) != settings(other, name));
        names.into_iter().map(|name| format!("[wasm.{name}]")).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::*;
    use crate::config::{Given, Layer, Origin};

    fn config(file: &Path, text: &str) -> Config {
        std::fs::write(file, text).unwrap();
        let mut layer = Layer::default();
        let value = file.to_str().unwrap().to_owned();
        layer.push(Given { name: Name::Config, value, origin: Origin::option("config") }).unwrap();
        let environment = [("HOME", "/h"), ("PHILTER_REALM", "R")];
        let environment = environment.map(|(name, value)| (name.into(), OsString::from(value)));
        Config::load(layer, environment).unwrap()
    }

    #[test]
    fn names_what_was_added_changed_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("philter.toml");
        let old = config(&file, "port = 1\ninterface = [\"::1\"]\nmax-connections = 5\n");
        let new = config(&file, "port = 2\nmax-connections = 5\nmgmt-qmf1 = \"yes\"\n");
        assert_eq!(old.changed_options(&new), [Name::Port, Name::Interface, Name::MgmtQmf1]);
        assert_eq!(old.changed_options(&old), []);
    }

    #[test]
    fn what_a_higher_layer_hides_or_the_default_says_has_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("philter.toml");
        let [bare, plain] = ["", "port = 5672\n"].map(|text| config(&file, text));
        assert_eq!(bare.changed_options(&plain), []);
        let old = config(&file, "realm = \"A\"\n");
        assert_eq!(old.changed_options(&config(&file, "realm = \"B\"\n")), []);
    }

    #[test]
    fn names_the_tables_of_plugins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("philter.toml");
        let pin = format!("[pin]\n\"x.so\" = \"{}\"\n", "0".repeat(64));
        let old = "[plugin.a]\nx = 1\n[plugin.b]\ny = 1\n[plugin.c]\n";
        let old = config(&file, &format!("{old}{pin}"));
        let new = "[plugin.a]\nx = 2\n\n[plugin.b]\ny = 1\n[plugin.d]\n";
        let new = config(&file, &format!("{new}{pin}"));
        let changed = old.plugins.changed_tables(&new.plugins);
        assert_eq!(changed, ["[plugin.a]", "[plugin.c]", "[plugin.d]"]);
    }

    #[test]
    fn names_what_components_may_take_and_not_their_pins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("philter.toml");
        let text = |calls: u8, digit: &str| {
            let pin = format!("[pin]\n\"geo.wasm\" = \"{}\"\n", digit.repeat(64));
            format!("[wasm.geo]\ncall_ms_max = {calls}\n[wasm.same]\n{pin}")
        };
        let old = config(&file, &text(1, "0"));
        let changed =
            |calls, digit| old.plugins.changed_tables(&config(&file, &text(calls, digit)).plugins);
        assert_eq!(changed(2, "1"), ["[wasm.geo]"]);
        assert!(changed(1, "1").is_empty());
    }
}
