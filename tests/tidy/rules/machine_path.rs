//! No text names a folder of the machine it was written on.

use crate::violation::Violation;

const FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

pub(crate) fn check(path: &str, text: &str) -> Vec<Violation> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(i, line)| named(line).map(|folder| (i + 1, folder)));
    let why = "a text is true on every machine";
    let violation = |(line, folder): (usize, &str)| Violation {
        path: path.to_owned(),
        line,
        what: format!("`{folder}`"),
        why,
    };
    found.map(violation).collect()
}

/// The folder that a line names from the root; a relative one is none.
fn named(line: &str) -> Option<&'static str> {
    let absolute = |at: usize| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~}*".contains(c))
    };
    FOLDERS.into_iter().find(|folder| line.match_indices(folder).any(|(at, _)| absolute(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_folder_of_this_machine() {
        for folder in FOLDERS {
            assert_eq!(check("a.md", &format!("x\nsee `{folder}a.txt`\n"))[0].line, 2);
            assert!(check("a.md", &format!("in artifacts{folder}a")).is_empty());
        }
        assert!(check("a.md", "workers/root").is_empty());
    }
}
