//! Bytes to text, by byte order mark and XML declaration (XML 1.0, section 4.3.3 and appendix F).

use std::borrow::Cow;

use super::error::DocumentError;
use crate::engine::limits::QUOTED_CHARACTERS_MAX;

/// How far into a document its XML declaration may reach; longer ones are nobody's.
const DECLARATION_BYTES_MAX: usize = 256;

/// The text of a document in UTF-8, UTF-16 or ISO-8859-1.
pub(super) fn decode(body: &[u8]) -> Result<Cow<'_, str>, DocumentError> {
    match body {
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => match declared_encoding(body) {
            None => utf8(body),
            Some(name) => match name.to_ascii_lowercase().as_str() {
                "utf-8" | "utf8" | "us-ascii" | "ascii" => utf8(body),
                "iso-8859-1" | "latin1" => Ok(body.iter().copied().map(char::from).collect()),
                _ => Err(DocumentError::Encoding(name)),
            },
        },
    }
}

fn utf8(body: &[u8]) -> Result<Cow<'_, str>, DocumentError> {
    std::str::from_utf8(body).map(Cow::Borrowed).map_err(|_| DocumentError::NotText("UTF-8"))
}

fn utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, DocumentError> {
    let (pairs, odd) = body.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    let text = String::from_utf16(&units).ok().filter(|_| odd.is_empty());
    text.ok_or(DocumentError::NotText("UTF-16"))
}

/// The name in `<?xml … encoding="…"?>`, quoted at most so far as an error shows.
fn declared_encoding(body: &[u8]) -> Option<String> {
    let start = body.get(..DECLARATION_BYTES_MAX).unwrap_or(body);
    let text: String = start.iter().copied().map(char::from).collect();
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let name = value.get(1..)?.split_once(quote)?.0;
    Some(name.chars().take(QUOTED_CHARACTERS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_encodings() {
        let utf16: Vec<u8> = "\u{feff}<ä/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&utf16).unwrap(), "<ä/>");
        let utf16: Vec<u8> = "\u{feff}<ä/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16).unwrap(), "<ä/>");
        assert_eq!(decode("\u{feff}<ä/>".as_bytes()).unwrap(), "<ä/>");
        assert_eq!(decode("<ä/>".as_bytes()).unwrap(), "<ä/>");
        let latin1 = b"<?xml version='1.0' encoding = 'ISO-8859-1'?><a>\xe4</a>";
        assert!(decode(latin1).unwrap().ends_with("<a>ä</a>"));
    }

    #[test]
    fn refuses_what_is_no_text() {
        assert_eq!(decode(b"<a>\xff</a>"), Err(DocumentError::NotText("UTF-8")));
        assert_eq!(decode(b"\xfe\xff\x00"), Err(DocumentError::NotText("UTF-16")));
        assert_eq!(decode(b"\xfe\xff\xd8\x00"), Err(DocumentError::NotText("UTF-16")));
        let other = b"<?xml version='1.0' encoding='EBCDIC'?><a/>";
        assert_eq!(decode(other), Err(DocumentError::Encoding("EBCDIC".to_owned())));
    }
}
