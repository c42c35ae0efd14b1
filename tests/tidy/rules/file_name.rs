//! A file and a folder are named by a noun of the specification, not by "the rest"; and what tools
//! leave beside a file that they change is no file of ours.

use crate::violation::Violation;

const BANNED: [&str; 8] =
    ["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"];

const LEFT_BEHIND: [&str; 4] = [".orig", ".rej", ".bak", "~"];

pub(crate) fn check(path: &str) -> Option<Violation> {
    if let Some(ending) = LEFT_BEHIND.into_iter().find(|ending| path.ends_with(ending)) {
        let (what, why) = (format!("a file `*{ending}`"), "a tool left it behind");
        return Some(Violation { path: path.to_owned(), line: 1, what, why });
    }
    let names = path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let what =
        names.filter(|name| is_banned(name)).map(|name| format!("`{name}` in a path")).next()?;
    let why = "a file or folder is named by what it holds";
    Some(Violation { path: path.to_owned(), line: 1, what, why })
}

fn is_banned(name: &str) -> bool {
    let last = name.rsplit(['_', '-']).next().unwrap_or(name);
    BANNED.contains(&last.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_banned_names_of_files_and_folders() {
        for bad in ["a/src/utils.rs", "a/helpers/b.rs", "a/queue_manager.rs", "common/x.py"] {
            assert!(check(bad).is_some(), "{bad}");
        }
        assert!(check("a/src/queue/entry.rs").is_none());
    }

    #[test]
    fn finds_what_a_merge_or_an_editor_left() {
        for bad in ["a/full.rs.orig", "a/full.rs.rej", "b.md~", "c.bak"] {
            assert!(check(bad).is_some_and(|bad| bad.why == "a tool left it behind"), "{bad}");
        }
    }
}
