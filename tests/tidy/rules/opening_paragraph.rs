//! A source opens with `//!`, so that a reader learns first why the file exists.

use crate::source::Source;
use crate::violation::Violation;

pub(crate) fn check(source: &Source) -> Option<Violation> {
    let first = source.text.lines().next().unwrap_or("");
    let says_why = first.strip_prefix("//!").is_some_and(|text| !text.trim().is_empty());
    let why = "a file begins by saying why it exists";
    (!says_why).then(|| source.violation(1, "no `//!` paragraph opens the file".into(), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_file_without_opening() {
        assert!(check(&Source::new("a.rs", "use b;\n")).is_some());
        assert!(check(&Source::new("a.rs", "//!\nuse b;\n")).is_some());
        assert!(check(&Source::new("a.rs", "//! Why.\nuse b;\n")).is_none());
    }
}
