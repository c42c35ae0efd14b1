//! A binding key as a pattern: words, `*` for exactly one word, `#` for any number of words.
//!
//! Invariant: a pattern is in normal form. In a run of wildcards every `*` stands before one `#`
//! at the most, which matches the same keys (`#.*.#` is `*.#`) and keeps the trie's paths few.

use std::fmt;

use crate::error::TopicError;

/// Bytes of a binding key: what AMQP 0-9-1 and 0-10 can carry (a short string), held for 1.0 as
/// well. It bounds a pattern to 256 words and so how deep the trie nests.
pub(crate) const PATTERN_BYTES_MAX: usize = 255;

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// This word.
    Word(Box<str>),
    /// `*`: exactly one word, an empty one too.
    One,
    /// `#`: zero or more words.
    Many,
}

/// A binding key, parsed and in normal form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

impl Pattern {
    /// Parses a binding key. Every text within the limit is a pattern.
    ///
    /// # Errors
    /// [`TopicError::PatternTooLong`].
    pub(crate) fn parse(key: &str) -> Result<Self, TopicError> {
        if key.len() > PATTERN_BYTES_MAX {
            return Err(TopicError::PatternTooLong { bytes: key.len() });
        }
        let mut parts = Vec::new();
        // A `#` waits here until the run of wildcards it stands in has ended.
        let mut many_waits = false;
        for word in words(key) {
            match word {
                "#" => many_waits = true,
                "*" => parts.push(Part::One),
                word => {
                    if std::mem::take(&mut many_waits) {
                        parts.push(Part::Many);
                    }
                    parts.push(Part::Word(word.into()));
                }
            }
        }
        if many_waits {
            parts.push(Part::Many);
        }
        Ok(Self { parts })
    }

    /// The steps in normal form.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            let text = match part {
                Part::Word(word) => word,
                Part::One => "*",
                Part::Many => "#",
            };
            write!(f, "{dot}{text}")?;
        }
        Ok(())
    }
}

/// The words of a key. The empty key has none; elsewhere a word may be empty (`a..b` has three).
pub(crate) fn words(key: &str) -> impl Iterator<Item = &str> {
    let no_words = key.is_empty();
    key.split('.').filter(move |_| !no_words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_wildcards_in_normal_form() {
        for (key, normal) in [
            ("", ""),
            ("a.b.c", "a.b.c"),
            ("a.*.c", "a.*.c"),
            ("#.#.#", "#"),
            ("#.*.#.*.#.#.*", "*.*.*.#"),
            ("a.*.#.*.b.#.*", "a.*.*.#.b.*.#"),
            ("a..b", "a..b"),
            (".", "."),
            ("a#.*b", "a#.*b"),
        ] {
            assert_eq!(Pattern::parse(key).unwrap().to_string(), normal, "{key}");
        }
    }

    #[test]
    fn splits_empty_words_but_gives_the_empty_key_none() {
        let split = |key| words(key).collect::<Vec<_>>();
        assert_eq!(split(""), [""; 0]);
        assert_eq!(split("."), ["", ""]);
        assert_eq!(split("a..b"), ["a", "", "b"]);
        assert_eq!(split(".a."), ["", "a", ""]);
    }

    #[test]
    fn refuses_a_key_past_255_bytes() {
        assert!(Pattern::parse(&"a".repeat(255)).is_ok());
        let error = Pattern::parse(&"a".repeat(256)).unwrap_err();
        assert_eq!(error, TopicError::PatternTooLong { bytes: 256 });
    }
}
