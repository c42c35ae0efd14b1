//! One Rust source of the tree, with its views.

use crate::rust_text::Views;
use crate::violation::Violation;

/// A `.rs` file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path from the workspace's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) views: Views,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), views: Views::of(text) }
    }

    /// The file's name without `.rs`.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".rs").unwrap_or(name)
    }

    /// How many lines come before the unit tests; all of them where there are none.
    pub(crate) fn lines_before_tests(&self) -> usize {
        let lines: Vec<&str> = self.views.code.lines().collect();
        let begins = |i: usize| {
            let follows = lines[i + 1..].iter().map(|l| l.trim()).find(|l| !l.starts_with("#["));
            lines[i].trim() == "#[cfg(test)]" && follows.is_some_and(|l| l == "mod tests {")
        };
        (0..lines.len()).find(|&i| begins(i)).unwrap_or(self.text.lines().count())
    }

    /// Whether the line, from 1, belongs to tests.
    pub(crate) fn is_test_line(&self, line: usize) -> bool {
        let whole = self.path.starts_with("tests/")
            || self.stem() == "tests"
            || self.path.contains("/tests/");
        whole || line > self.lines_before_tests()
    }

    /// The line, from 1, of a byte offset into the code view.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        1 + self.views.code[..offset].matches('\n').count()
    }

    pub(crate) fn violation(&self, line: usize, what: String, why: &'static str) -> Violation {
        Violation { path: self.path.clone(), line, what, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_a_file_at_its_unit_tests() {
        let source = Source::new("a/src/b.rs", "//! x\nfn f() {}\n#[cfg(test)]\nmod tests {\n}\n");
        assert_eq!(source.lines_before_tests(), 2);
        assert!(source.is_test_line(4) && !source.is_test_line(2));
    }

    #[test]
    fn counts_every_line_where_tests_stand_elsewhere() {
        let source = Source::new("a/src/b.rs", "//! x\nfn f() {}\n#[cfg(test)]\nmod tests;\n");
        assert_eq!(source.lines_before_tests(), 4);
    }
}
