//! `xs:hexBinary` and `xs:base64Binary` as texts (XML Schema 1.1 part 2, sections 3.3.15 and
//! 3.3.16).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::characters::is_space;

/// The bytes of pairs of hexadecimal digits.
pub(super) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
            _ => None,
        })
        .collect()
}

/// The bytes of a text in base 64, whose characters spaces may part.
pub(super) fn parse_base64(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.chars().filter(|c| !is_space(*c)).collect();
    STANDARD.decode(packed).ok()
}

/// Bytes as hexadecimal digits, in capitals.
pub(super) fn print_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).map_or('0', |b| char::from(*b));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Bytes in base 64.
pub(super) fn print_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
