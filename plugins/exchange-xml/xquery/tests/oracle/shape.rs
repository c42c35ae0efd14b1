//! Which queries xee can take: it has no limits, so some run for ever and some end the process.

/// Brackets open at a time: each doubles what its parser does.
const NESTING_MAX: usize = 8;
const BYTES_MAX: usize = 1200;
/// Digits in a row: longer numbers make ranges that never end.
const DIGITS_MAX: usize = 5;

/// Words of what depends on the world, or never ends, or has more than one right answer.
const WORDS: [&str; 17] = [
    "collection",
    "current-date",
    "current-time",
    "doc(",
    "doc#",
    "doc-available",
    "document-uri",
    "environment-variable",
    "function-lookup",
    "generate-id",
    "json-doc",
    "load-xquery-module",
    "random-number-generator",
    "transform",
    "unordered",
    "unparsed-text",
    "base-uri",
];

/// Whether a query may be given to xee.
pub(crate) fn is_safe(query: &str) -> bool {
    let digits = query.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    query.len() <= BYTES_MAX
        && digits.unwrap_or(0) <= DIGITS_MAX
        && nesting(query) <= NESTING_MAX
        && !WORDS.iter().any(|word| query.contains(word))
}

fn nesting(query: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for c in query.chars() {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}
