//! Every source under a `src` folder is a module of its crate. The compiler is silent about one
//! that nobody names.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

const ROOTS: [&str; 3] = ["lib", "main", "build"];

pub(crate) fn check(sources: &[Source]) -> Vec<Violation> {
    let orphans = sources.iter().filter(|s| is_module_file(s) && !has_parent(s, sources));
    let what = |s: &Source| format!("no `mod {}` names this file", module(s).1);
    orphans.map(|s| s.violation(1, what(s), "a file that nobody compiles is dead")).collect()
}

fn is_module_file(source: &Source) -> bool {
    let in_source_folder = source.path.contains("/src/") && !source.path.contains("/src/bin/");
    in_source_folder && !ROOTS.contains(&source.stem())
}

/// The folder that the module stands in, and the module's name.
fn module(source: &Source) -> (&str, &str) {
    let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    match source.stem() {
        "mod" => folder.rsplit_once('/').unwrap_or(("", folder)),
        stem => (folder, stem),
    }
}

fn has_parent(source: &Source, sources: &[Source]) -> bool {
    let (folder, name) = module(source);
    let candidates = [
        format!("{folder}/mod.rs"),
        format!("{folder}/lib.rs"),
        format!("{folder}/main.rs"),
        format!("{folder}.rs"),
    ];
    sources.iter().filter(|s| candidates.contains(&s.path)).any(|parent| {
        let code = &parent.views.code;
        words(code).zip(words(code).skip(1)).any(|((_, a), (_, b))| a == "mod" && b == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_file_that_no_module_names() {
        let sources = [
            Source::new("a/src/lib.rs", "mod queue;\npub mod b; // mod dead;"),
            Source::new("a/src/queue/mod.rs", "mod entry;"),
            Source::new("a/src/queue/entry.rs", "mod inner;"),
            Source::new("a/src/queue/entry/inner.rs", ""),
            Source::new("a/src/b.rs", ""),
            Source::new("a/src/dead.rs", ""),
            Source::new("a/src/queue/dead.rs", ""),
        ];
        let found: Vec<_> = check(&sources).into_iter().map(|v| v.path).collect();
        assert_eq!(found, ["a/src/dead.rs", "a/src/queue/dead.rs"]);
    }
}
