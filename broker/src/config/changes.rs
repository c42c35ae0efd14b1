//! What differs between two configurations, as an operator names it.

use super::given::Layers;
use super::{Config, Name, PluginSettings, SECTIONS};

impl Config {
    /// The options that another configuration gives other values, in the order in which people
    /// read them.
    pub(crate) fn changed_options(&self, other: &Self) -> Vec<Name> {
        let entries = SECTIONS.iter().flat_map(|(_, entries)| entries.iter());
        let names = entries.map(|entry| entry.name);
        names.filter(|name| values(&self.layers, *name) != values(&other.layers, *name)).collect()
    }
}

/// What is given of an option, in the highest layer that has it.
fn values(layers: &Layers, name: Name) -> Vec<&str> {
    // A configuration whose layers contradict themselves was refused.
    let given = layers.chosen(&[name]).unwrap_or_default();
    given.into_iter().map(|given| given.value.as_str()).collect()
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
        if self.pins != other.pins {
            changed.push("[pin]".to_owned());
        }
        changed
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
        let new = config(&file, "port = 2\nmax-connections = 5\nauth = \"no\"\n");
        assert_eq!(old.changed_options(&new), [Name::Port, Name::Interface, Name::Auth]);
        assert_eq!(old.changed_options(&old), []);
    }

    #[test]
    fn what_a_higher_layer_hides_has_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("philter.toml");
        let old = config(&file, "realm = \"A\"\n");
        assert_eq!(old.changed_options(&config(&file, "realm = \"B\"\n")), []);
    }

    #[test]
    fn names_the_tables_of_plugins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("philter.toml");
        let old = config(&file, "[plugin.a]\nx = 1\n[plugin.b]\ny = 1\n[plugin.c]\n");
        let new = config(&file, "[plugin.a]\nx = 2\n\n[plugin.b]\ny = 1\n[plugin.d]\n");
        let changed = old.plugins.changed_tables(&new.plugins);
        assert_eq!(changed, ["[plugin.a]", "[plugin.c]", "[plugin.d]"]);
    }
}
