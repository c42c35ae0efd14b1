//! `philter plugin list`.

use serde_json::json;

use super::{DONE, Terminal, text};
use crate::config::Config;
use crate::plugin::Catalog;

/// Says everything about every plugin that the broker would load, and what it would not.
pub(crate) fn run(config: &Config, as_json: bool, terminal: &mut Terminal<'_>) -> i32 {
    let catalog = Catalog::load(config);
    let text = if as_json { format!("{:#}\n", json_of(&catalog)) } else { text_of(&catalog) };
    terminal.say(&text);
    DONE
}

fn text_of(catalog: &Catalog) -> String {
    let mut text = match (catalog.directory(), catalog.unreadable_directory()) {
        (Some(directory), None) => format!("plugin directory: {}\n\n", directory.display()),
        (Some(directory), Some(error)) => {
            format!("plugin directory: {}: {error}\n\n", directory.display())
        }
        (None, _) => String::new(),
    };
    for plugin in catalog.plugins() {
        text.push_str(&text::of_plugin(plugin.path(), plugin.carrier()));
        text.push('\n');
    }
    for refused in catalog.refused() {
        text.push_str(&format!("{refused}\n"));
    }
    text
}

fn json_of(catalog: &Catalog) -> serde_json::Value {
    let plugins = catalog.plugins().iter();
    let plugins = plugins.map(|plugin| text::as_json(plugin.path(), plugin.carrier()));
    let refused = catalog.refused().iter();
    let refused = refused.map(|it| json!({ "file": it.path, "reasons": it.reasons }));
    json!({
        "directory": catalog.directory(),
        "directory_error": catalog.unreadable_directory(),
        "plugins": plugins.collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
    })
}
