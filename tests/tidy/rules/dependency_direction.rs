//! Who may import whom: plugin SDK and protocol nobody of ours, the model and the host for
//! components the SDK, the broker these, a plugin the SDK and the crates of its own folder; and
//! nobody imports the broker. Tests of all of them may use the components in text.

use crate::manifest::Manifest;
use crate::violation::Violation;

const SDK: &str = "philter-plugin-api";
const CONFORMANCE: &str = "philter-plugin-conformance";
const COMPONENTS: &str = "philter-test-components";

pub(crate) fn check(manifest: &Manifest, members: &[Manifest]) -> Vec<Violation> {
    let used = ["dependencies", "build-dependencies", "dev-dependencies"].into_iter();
    let used =
        used.flat_map(|kind| manifest.dependencies(kind).into_iter().map(move |d| (kind, d.0)));
    let ours = used.filter(|(_, name)| *name == "philter" || name.starts_with("philter-"));
    let wrong = ours.filter(|(kind, name)| !may_import(manifest, kind, name, members));
    let why = "the layers are one way: see ARCHITECTURE.md";
    let violation = |(kind, name): (&str, &str)| Violation {
        path: manifest.path.clone(),
        line: manifest.line(name),
        what: format!("{} has `{name}` in its {kind}", manifest.name()),
        why,
    };
    wrong.map(violation).collect()
}

fn may_import(manifest: &Manifest, kind: &str, name: &str, members: &[Manifest]) -> bool {
    if kind == "dev-dependencies" && name == COMPONENTS {
        return true;
    }
    let plugin_under_test = kind == "dev-dependencies" && name == CONFORMANCE;
    match manifest.folder() {
        "plugin-api" | "broker/protocol" => false,
        "broker/model" => name == SDK,
        "broker/management" => name == "philter-protocol",
        "broker/wasm" => name == SDK,
        "broker" => {
            let layers =
                [SDK, "philter-protocol", "philter-model", "philter-management", "philter-wasm"];
            layers.contains(&name)
        }
        folder if folder.starts_with("tests") => name != "philter",
        folder => match plugin_folder(folder) {
            Some(plugin) if plugin == folder => {
                name == SDK || plugin_under_test || stands_in(plugin, name, members)
            }
            // An engine inside a plugin's folder knows nothing of brokers.
            Some(plugin) => stands_in(plugin, name, members),
            None => false,
        },
    }
}

/// `plugins/x` of `plugins/x` and of `plugins/x/y`.
fn plugin_folder(folder: &str) -> Option<&str> {
    let name = folder.strip_prefix("plugins/")?;
    let length = name.find('/').unwrap_or(name.len());
    folder.get(.."plugins/".len() + length)
}

fn stands_in(plugin: &str, name: &str, members: &[Manifest]) -> bool {
    let inside = |m: &&Manifest| m.folder().starts_with(&format!("{plugin}/"));
    members.iter().filter(inside).any(|m| m.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(folder: &str, name: &str, uses: &str) -> Manifest {
        let text = format!("[package]\nname = '{name}'\n[dependencies]\n{uses}.workspace = true\n");
        Manifest::new(&format!("{folder}/Cargo.toml"), &text)
    }

    fn allowed(folder: &str, uses: &str) -> bool {
        let engine = manifest("plugins/exchange-xml/xquery", "philter-xquery", "serde");
        check(&manifest(folder, "philter-x", uses), &[engine]).is_empty()
    }

    #[test]
    fn finds_imports_against_the_layers() {
        for (folder, uses) in [
            ("plugin-api", "philter-model"),
            ("broker/protocol", "philter-plugin-api"),
            ("broker/model", "philter-protocol"),
            ("broker", "philter-exchange-direct"),
            ("plugins/exchange-xml", "philter-model"),
            ("plugins/exchange-direct", "philter-xquery"),
            ("plugins/exchange-xml/xquery", "philter-plugin-api"),
            ("tests", "philter"),
            ("elsewhere", "philter-plugin-api"),
        ] {
            assert!(!allowed(folder, uses), "{folder} uses {uses}");
        }
    }

    #[test]
    fn passes_a_crate_that_asks_for_features_of_itself_in_its_tests() {
        let itself = "[package]\nname = 'philter-plugin-api'\n[dev-dependencies]\n\
                      philter-plugin-api = { path = '.', features = ['host'] }\n";
        assert!(check(&Manifest::new("plugin-api/Cargo.toml", itself), &[]).is_empty());
    }

    #[test]
    fn passes_imports_along_the_layers() {
        for (folder, uses) in [
            ("broker/model", "philter-plugin-api"),
            ("broker", "philter-model"),
            ("plugins/exchange-xml", "philter-xquery"),
            ("plugins/exchange-direct", "philter-plugin-api"),
            ("tests", "philter-protocol"),
            ("plugin-api", "serde"),
        ] {
            assert!(allowed(folder, uses), "{folder} uses {uses}");
        }
    }
}
