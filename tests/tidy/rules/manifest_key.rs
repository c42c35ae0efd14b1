//! A crate takes version, edition, licence, lints and every dependency from the workspace's tables.
//! None says `default-run`: with it `cargo run` builds that program alone, and no plugin.

use toml::Value;

use crate::manifest::Manifest;
use crate::violation::Violation;

const KEYS: [&str; 5] = ["version", "edition", "rust-version", "license", "repository"];
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn check(manifest: &Manifest) -> Vec<Violation> {
    let keys = KEYS.into_iter().filter(|key| !inherits(manifest.get(&["package", key])));
    let keys = keys.map(|key| violation(manifest, key, format!("`package.{key}` of its own")));
    let lints = (!inherits(manifest.get(&["lints"])))
        .then(|| violation(manifest, "[lints]", "no `lints.workspace = true`".into()));
    let own = DEPENDENCIES.into_iter().flat_map(|kind| manifest.dependencies(kind));
    let own = own.filter(|(_, value)| !inherits(Some(value)));
    let own =
        own.map(|(name, _)| violation(manifest, name, format!("dependency `{name}` of its own")));
    let run = manifest.get(&["package", "default-run"]).map(|_| Violation {
        why: "`cargo run` would build no plugin",
        ..violation(manifest, "default-run", "`package.default-run`".into())
    });
    keys.chain(lints).chain(own).chain(run).collect()
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|v| v.get("workspace")).and_then(Value::as_bool) == Some(true)
}

fn violation(manifest: &Manifest, begins: &str, what: String) -> Violation {
    let why = "the workspace has one table of each";
    Violation { path: manifest.path.clone(), line: manifest.line(begins), what, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = 'a'\nversion.workspace = true\nedition.workspace = true\n\
                        rust-version.workspace = true\nlicense.workspace = true\n\
                        repository.workspace = true\n[dependencies]\nb.workspace = true\n\
                        c = { workspace = true, features = ['d'] }\n[lints]\nworkspace = true\n";

    fn found(text: &str) -> Vec<String> {
        check(&Manifest::new("a/Cargo.toml", text)).iter().map(Violation::to_string).collect()
    }

    #[test]
    fn finds_what_a_crate_says_for_itself() {
        assert_eq!(found(GOOD), Vec::<String>::new());
        assert_eq!(found(&GOOD.replace("edition.workspace = true", "edition = '2024'")).len(), 1);
        assert_eq!(found(&GOOD.replace("[lints]\nworkspace = true", "")).len(), 1);
        let run = GOOD.replace("name = 'a'", "name = 'a'\ndefault-run = 'a'");
        assert_eq!(found(&run).len(), 1);
        let own = found(&GOOD.replace("b.workspace = true", "b = '1'"));
        assert!(own[0].starts_with("a/Cargo.toml:9: dependency `b`"), "{own:?}");
    }
}
