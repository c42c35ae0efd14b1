//! A test waits for an event, never for time to pass.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

const SLEEPS: [&str; 4] = ["sleep", "sleep_ms", "sleep_until", "park_timeout"];

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    let code = &source.views.code;
    let called = words(code).filter(|(at, word)| {
        SLEEPS.contains(word) && code[at + word.len()..].trim_start().starts_with('(')
    });
    let in_tests = called.map(|(at, word)| (source.line_of(at), word));
    let what = |word: &str| format!("`{word}` in a test");
    let why = "a test waits for an event";
    let in_tests = in_tests.filter(|(line, _)| source.is_test_line(*line));
    in_tests.map(|(line, word)| source.violation(line, what(word), why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_test_that_sleeps() {
        let text = "//! x\nfn f() { tokio::time::sleep(d) }\n#[cfg(test)]\nmod tests {\n\
                    fn g() { std::thread::sleep(d) } // sleep(\n}\n";
        let found = check(&Source::new("broker/src/a.rs", text));
        assert_eq!(found.iter().map(|v| v.line).collect::<Vec<_>>(), [5]);
        assert_eq!(check(&Source::new("tests/behaviour/a.rs", text)).len(), 2);
    }
}
