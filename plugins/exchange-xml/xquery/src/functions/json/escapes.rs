//! Characters of JSON strings, as they are and escaped (RFC 8259, section 7; XPath Functions 3.1,
//! sections 17.5.1 and 17.5.4).

use crate::error::Result;
use crate::text::TextBuilder;

/// The letter behind the backslash for a character that has one.
pub(super) fn letter(c: char) -> Option<char> {
    Some(match c {
        '"' | '\\' | '/' => c,
        '\u{8}' => 'b',
        '\u{C}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        _ => return None,
    })
}

/// The character for the letter behind a backslash.
pub(super) fn character(letter: char) -> Option<char> {
    Some(match letter {
        '"' | '\\' | '/' => letter,
        'b' => '\u{8}',
        'f' => '\u{C}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return None,
    })
}

/// Whether a character is one of the controls that are always escaped.
pub(super) fn is_control(code: u32) -> bool {
    matches!(code, 0..=0x1F | 0x7F..=0x9F)
}

/// Writes `\uHHHH`.
pub(super) fn push_code(text: &mut TextBuilder<'_, '_>, unit: u32) -> Result<()> {
    text.push_str(&format!("\\u{unit:04X}"))
}

/// Four digits of an escape, as a number.
pub(super) fn unit(digits: &str) -> Option<u32> {
    let is_hex = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The character of two units of UTF-16.
pub(super) fn pair(high: u32, low: u32) -> Option<char> {
    if !(0xD800..0xDC00).contains(&high) || !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
}
