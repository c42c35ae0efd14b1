//! The `Cargo.toml` files of the workspace's members, as rules see them.

use toml::{Table, Value};

use crate::tree;

/// One member's manifest.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Path from the workspace's root.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) table: Table,
}

impl Manifest {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let table = text.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
        Self { path: path.to_owned(), text: text.to_owned(), table }
    }

    pub(crate) fn name(&self) -> &str {
        self.get(&["package", "name"]).and_then(Value::as_str).unwrap_or("")
    }

    /// The folder of the crate, from the root.
    pub(crate) fn folder(&self) -> &str {
        self.path.strip_suffix("/Cargo.toml").unwrap_or("")
    }

    pub(crate) fn get(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(key))
    }

    /// Names and values of a table of dependencies. A crate that asks for features of itself in its
    /// tests depends on nobody.
    pub(crate) fn dependencies(&self, kind: &str) -> Vec<(&str, &Value)> {
        let table = self.get(&[kind]).and_then(Value::as_table);
        let all = table.into_iter().flatten().map(|(name, value)| (name.as_str(), value));
        all.filter(|(name, _)| kind != "dev-dependencies" || *name != self.name()).collect()
    }

    /// The first line, from 1, that begins with a text; 1 where none does.
    pub(crate) fn line(&self, begins: &str) -> usize {
        self.text.lines().position(|line| line.starts_with(begins)).map_or(1, |i| i + 1)
    }
}

/// The members' manifests, by the list in the root's.
pub(crate) fn members() -> Vec<Manifest> {
    let root = Manifest::new("Cargo.toml", &tree::read("Cargo.toml"));
    let listed = root.get(&["workspace", "members"]).and_then(Value::as_array);
    let listed: Vec<&str> = listed.into_iter().flatten().filter_map(Value::as_str).collect();
    let is_member = |path: &str| {
        let folder = path.strip_suffix("/Cargo.toml");
        folder.is_some_and(|folder| listed.iter().any(|pattern| matches(pattern, folder)))
    };
    let paths = tree::files().into_iter().filter(|path| is_member(path));
    paths.map(|path| Manifest::new(&path, &tree::read(&path))).collect()
}

/// `plugins/*` means one level.
fn matches(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(parent) => folder.rsplit_once('/').is_some_and(|(above, _)| above == parent),
        None => pattern == folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_members_by_name_and_by_folder() {
        assert!(matches("plugins/*", "plugins/a") && !matches("plugins/*", "plugins/a/b"));
        assert!(matches("broker", "broker") && !matches("broker", "broker/model"));
    }
}
