//! Short strings of AMQP 0-9-1 (section 4.2.5.3): up to 255 bytes, which should be UTF-8.
//!
//! Servers do not check that, so clients send Latin-1 as well. A [`ShortStr`] keeps the bytes and
//! reads them as text where somebody asks.

use std::borrow::Cow;
use std::fmt;

/// The longest short string, in bytes: its length field has 8 bits.
pub const SHORT_STR_BYTES_MAX: usize = 255;

/// Up to 255 bytes that are text, mostly in UTF-8.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortStr<'a>(&'a [u8]);

impl<'a> ShortStr<'a> {
    /// The text; what is longer than 255 bytes is cut off, at a character's end.
    pub fn new(text: &'a str) -> Self {
        Self(cut(text).as_bytes())
    }

    /// Bytes in whatever encoding; what is longer than 255 bytes is cut off.
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes.get(..SHORT_STR_BYTES_MAX).unwrap_or(bytes))
    }

    /// The bytes as they came.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The text, if it is UTF-8.
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }

    /// The text: UTF-8, or Latin-1 where it is no UTF-8.
    pub fn to_text(self) -> Cow<'a, str> {
        text_of(self.0)
    }

    /// Whether it has no bytes.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Writes it behind its length.
    pub fn encode(self, into: &mut Vec<u8>) {
        into.push(u8::try_from(self.0.len()).unwrap_or(u8::MAX));
        into.extend_from_slice(self.0);
    }
}

/// Bytes as text: UTF-8, or Latin-1 where they are no UTF-8.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// As much of a text as fits a short string.
pub(crate) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SHORT_STR_BYTES_MAX)).unwrap_or_default()
}

impl<'a> From<&'a str> for ShortStr<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text)
    }
}

impl PartialEq<str> for ShortStr<'_> {
    fn eq(&self, text: &str) -> bool {
        self.0 == text.as_bytes()
    }
}

impl PartialEq<&str> for ShortStr<'_> {
    fn eq(&self, text: &&str) -> bool {
        self.0 == text.as_bytes()
    }
}

impl fmt::Display for ShortStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for ShortStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_utf_8_keeps_its_bytes_and_reads_as_latin_1() {
        let text = ShortStr::from_bytes(b"caf\xe9");
        assert_eq!((text.as_bytes(), text.as_str()), (&b"caf\xe9"[..], None));
        assert_eq!(text.to_string(), "café");
        assert_eq!(ShortStr::new("café"), "café");
    }

    #[test]
    fn a_long_text_is_cut_at_a_characters_end() {
        let text = "é".repeat(200);
        assert_eq!(ShortStr::new(&text).as_bytes().len(), 254);
        assert_eq!(ShortStr::from_bytes(text.as_bytes()).as_bytes().len(), 255);
    }
}
