//! Every plugin and every example says in a README what it is for.

use crate::violation::Violation;

pub(crate) fn check(paths: &[String]) -> Vec<Violation> {
    let mut folders: Vec<String> = paths.iter().filter_map(|path| folder(path)).collect();
    folders.dedup();
    let missing = folders.into_iter().filter(|f| !paths.contains(&format!("{f}/README.md")));
    let violation = |folder: String| Violation {
        path: folder,
        line: 1,
        what: "no README.md".into(),
        why: "a plugin or an example says what it is for",
    };
    missing.map(violation).collect()
}

/// `plugins/x` or `examples/x`, where the path is of a file inside.
fn folder(path: &str) -> Option<String> {
    let mut parts = path.split('/');
    let (top, name) = (parts.next()?, parts.next()?);
    let inside = parts.next().is_some();
    (inside && ["plugins", "examples"].contains(&top)).then(|| format!("{top}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_plugin_without_readme() {
        let paths = ["examples/README.md", "plugins/a/README.md", "plugins/b/src/lib.rs"];
        let paths: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
        let found = check(&paths);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "plugins/b");
    }
}
