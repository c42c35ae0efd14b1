//! No source has more than 800 lines without its unit tests, and nine of ten have at most 400.

use crate::source::Source;
use crate::violation::Violation;

const LINES_MAX: usize = 800;
const LINES_LONG: usize = 400;

pub(crate) fn check(source: &Source) -> Option<Violation> {
    let lines = source.lines_before_tests();
    let what = format!("{lines} lines without tests");
    (lines > LINES_MAX).then(|| source.violation(LINES_MAX + 1, what, "a file has at most 800"))
}

/// Of the whole tree: the long files, where they are more than one in ten.
pub(crate) fn check_share(sources: &[Source]) -> Vec<Violation> {
    let long: Vec<_> = sources.iter().filter(|s| s.lines_before_tests() > LINES_LONG).collect();
    if long.len() * 10 <= sources.len() {
        return Vec::new();
    }
    let what = |s: &Source| format!("{} lines without tests", s.lines_before_tests());
    let why = "more than one file in ten is over 400";
    long.into_iter().map(|s| s.violation(LINES_LONG + 1, what(s), why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_lines(count: usize) -> Source {
        Source::new("a/src/a.rs", &"x\n".repeat(count))
    }

    #[test]
    fn finds_a_file_that_is_too_long() {
        assert!(check(&of_lines(801)).is_some());
        assert!(check(&of_lines(800)).is_none());
    }

    #[test]
    fn does_not_count_unit_tests() {
        let text =
            format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(700), "y\n".repeat(700));
        assert!(check(&Source::new("a/src/a.rs", &text)).is_none());
    }

    #[test]
    fn finds_too_many_long_files() {
        let mut sources: Vec<_> = (0..9).map(|_| of_lines(10)).collect();
        sources.push(of_lines(401));
        assert!(check_share(&sources).is_empty());
        sources.push(of_lines(401));
        assert_eq!(check_share(&sources).len(), 2);
    }
}
