//! A line has at most 100 columns. A comment that holds an address of the web may be longer.

use crate::source::Source;
use crate::violation::Violation;

const COLUMNS_MAX: usize = 100;

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    let numbered = source.text.lines().enumerate();
    let wide = numbered.filter(|(_, line)| line.chars().count() > COLUMNS_MAX && !is_address(line));
    let what = |line: &str| format!("{} columns", line.chars().count());
    wide.map(|(i, line)| source.violation(i + 1, what(line), "a line has at most 100")).collect()
}

fn is_address(line: &str) -> bool {
    line.trim_start().starts_with("//") && line.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_wide_line() {
        let wide = "é".repeat(101);
        assert_eq!(check(&Source::new("a.rs", &format!("x\n{wide}\n")))[0].line, 2);
        assert!(check(&Source::new("a.rs", &"é".repeat(100))).is_empty());
        assert!(check(&Source::new("a.rs", &format!("// http://{wide}"))).is_empty());
        assert!(!check(&Source::new("a.rs", &format!("let a = \"http://{wide}\";"))).is_empty());
    }
}
