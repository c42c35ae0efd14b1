//! A plugin's name: what its crate, its library and its type are called by.

use std::fmt;
use std::path::Path;

use super::ProjectError;

/// Characters of a name. With `x-` before it, it is a type's name, which has at most 127.
pub(super) const LENGTH_MAX: usize = 64;

/// What no crate may be called: words of Rust's, and crates that are there already.
const TAKEN: [&str; 62] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "philter-plugin-api",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "thiserror",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// A name that a plugin may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProjectName(String);

impl ProjectName {
    /// The name that was given, or that of the folder.
    ///
    /// # Errors
    /// One that a plugin may not have.
    pub(crate) fn new(given: Option<&str>, folder: &Path) -> Result<Self, ProjectError> {
        let of_folder = || {
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
            folder.file_name().map(|name| name.to_string_lossy().into_owned())
        };
        let name = given.map(str::to_owned).or_else(of_folder).unwrap_or_default();
        if is_name(&name) { Ok(Self(name)) } else { Err(ProjectError::Name { given: name }) }
    }

    /// The same for where there may be no `-`.
    pub(super) fn with_underscores(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=LENGTH_MAX).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !TAKEN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_crates_and_types_may_be_called() {
        let long = "a".repeat(LENGTH_MAX);
        for name in ["a", "geo", "by-region-2", &long] {
            assert_eq!(ProjectName::new(Some(name), Path::new("")).unwrap().to_string(), name);
        }
        let too_long = "a".repeat(LENGTH_MAX + 1);
        for name in ["", "A", "a_b", "-a", "a-", "1a", "é", "a/b", "..", "fn", "std", &too_long] {
            let error = ProjectName::new(Some(name), Path::new("")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("'{name}' is no name for a plugin: ")), "{error}");
        }
    }

    #[test]
    fn is_the_folders_where_none_was_given() {
        let name = |given, folder| ProjectName::new(given, Path::new(folder)).map(|it| it.0);
        assert_eq!(name(None, "plugins/by-region/").unwrap(), "by-region");
        assert_eq!(name(Some("geo"), "plugins/By Region").unwrap(), "geo");
        assert!(name(None, "plugins/By Region").is_err());
        assert!(name(None, "/").is_err());
    }
}
