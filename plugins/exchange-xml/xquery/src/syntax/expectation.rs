//! What syntax errors say: what was expected, what was found, and where a slip is a common one, how
//! it is written.
//!
//! Invariant: nothing here decides whether a text is an error.

use super::parser::{Parser, span};
use crate::characters::{is_space, is_xml_char};
use crate::error::{Error, Span};

/// Characters of a token that a message quotes.
const QUOTED_CHARS_MAX: usize = 40;

/// Slips and what to write instead. The first that fits counts.
const SLIPS: [(&str, &str); 14] = [
    ("===", "equality is `=` or `eq`"),
    ("==", "equality is `=` or `eq`"),
    ("&&", "conjunction is `and`"),
    ("<>", "inequality is `!=` or `ne`"),
    (":=", "comparisons are `=` or `eq`; only `let` and `declare variable` bind with `:=`"),
    ("%", "the remainder of a division is `mod`"),
    (";", "`;` ends declarations of the prolog only"),
    ("!", "negation is `not(…)`"),
    ("“", "strings stand in straight quotes"),
    ("”", "strings stand in straight quotes"),
    ("‘", "strings stand in straight quotes"),
    ("’", "strings stand in straight quotes"),
    ("&", "references such as `&amp;` stand in strings and constructors only"),
    ("\\", "division is `div`"),
];

impl Parser<'_> {
    /// The error of a token that is not what was expected.
    pub(super) fn expected(&self, what: &str) -> Error {
        self.expected_with(what, self.slip())
    }

    /// The same with a hint of its own.
    pub(super) fn expected_with(&self, what: &str, hint: Option<&str>) -> Error {
        let (found, span) = self.found();
        let mut message = format!("expected {what}, found {found}");
        if let Some(hint) = hint {
            message.push_str("; ");
            message.push_str(hint);
        }
        self.error(message, span)
    }

    /// The error of a token that is none of some keywords.
    pub(super) fn expected_word(&self, words: &[&str]) -> Error {
        let what = alternatives(words);
        let found = self.word();
        match words.iter().find(|word| is_near(word, found)) {
            Some(word) => self.expected_with(&what, Some(&format!("did you mean `{word}`?"))),
            None => self.expected(&what),
        }
    }

    /// The error of a bracket that is not closed.
    pub(super) fn unclosed(&self, symbol: &str, open: usize) -> Error {
        let opening = match symbol {
            ")" => "(",
            "]" => "[",
            _ => "{",
        };
        let place = self.place(open);
        self.expected(&format!("`{symbol}` for the `{opening}` at {place}"))
    }

    /// The token that is looked at, in words, and where it stands.
    pub(super) fn found(&self) -> (String, Span) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            let end = self.source.len();
            return ("the end of the query".to_owned(), span(end, end));
        };
        let token = |text: &str| {
            let shown: String = text.chars().take(QUOTED_CHARS_MAX).collect();
            let more = if shown.len() < text.len() { "…" } else { "" };
            (format!("`{shown}{more}`"), span(self.at, self.at + text.len()))
        };
        if rest.starts_with("(:") {
            let found = "a comment that has no end `:)`".to_owned();
            return (found, span(self.at, self.at + 2));
        }
        if let quote @ ('"' | '\'') = first {
            let end = rest.char_indices().skip(1).find(|(_, c)| *c == quote);
            let found = if end.is_some() { "a string" } else { "a string that has no end" };
            let length = end.map_or(1, |(at, _)| at + 1);
            return (found.to_owned(), span(self.at, self.at + length));
        }
        if let Some((slip, _)) = SLIPS.iter().find(|(slip, _)| rest.starts_with(slip)) {
            return token(slip);
        }
        match (self.word(), self.symbol(), first) {
            ("", "", '0'..='9') => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
                token(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default())
            }
            ("", "", c) if is_space(c) => ("whitespace".to_owned(), span(self.at, self.at + 1)),
            ("", "", c) if c.is_control() || !is_xml_char(c) => {
                let end = self.at + c.len_utf8();
                (format!("the character U+{:04X}", u32::from(c)), span(self.at, end))
            }
            ("", "", c) => token(rest.get(..c.len_utf8()).unwrap_or_default()),
            ("", symbol, _) => token(symbol),
            (word, _, _) => token(word),
        }
    }

    /// How the token that is looked at is written right, where it is a common slip.
    pub(super) fn slip(&self) -> Option<&'static str> {
        let rest = self.rest();
        if matches!(self.word(), "elseif" | "elsif" | "elif") {
            return Some("write `else if`");
        }
        SLIPS.iter().find(|(slip, _)| rest.starts_with(slip)).map(|(_, hint)| *hint)
    }
}

/// Keywords as a list in words.
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => format!("`{word}`"),
        [words @ .., last] => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", words.join(", "))
        }
    }
}

/// Whether two words differ by one letter added, left out or changed, or by two that have changed
/// places.
fn is_near(expected: &str, found: &str) -> bool {
    let (a, b) = (expected.as_bytes(), found.as_bytes());
    if b.len() < 2 || a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    let behind = |text: &[u8]| -> Vec<u8> { text.iter().skip(1).copied().collect() };
    match (a, b) {
        ([a1, a2, a @ ..], [b1, b2, b @ ..]) if a1 == b2 && a2 == b1 && a == b => true,
        _ => behind(a) == behind(b) || behind(a) == b || a == behind(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_near_that_differ_by_one_slip() {
        for found in ["wehre", "wher", "wheree", "whare", "hwere", "here"] {
            assert!(is_near("where", found), "{found}");
        }
        for found in ["where", "w", "whose", "there1", ""] {
            assert!(!is_near("where", found), "{found}");
        }
    }
}
