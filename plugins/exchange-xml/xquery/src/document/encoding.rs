//! Bytes to text, by byte order mark and XML declaration (XML 1.0, section 4.3.3 and appendix F).

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::error;
use crate::error::Result;

/// How far into a document its XML declaration may reach; longer ones are nobody's.
const DECLARATION_BYTES_MAX: usize = 256;

/// As much of a name as an error shows.
const NAME_CHARS_MAX: usize = 40;

const ENCODING: &[u8] = b"encoding";

/// An encoding of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// By its byte order mark, big-endian without one.
    Utf16,
    Utf16Be,
    Utf16Le,
    Latin1,
    Ascii,
}

/// The encoding of this name, in any case.
pub(crate) fn named(name: &str) -> Option<Encoding> {
    if name.eq_ignore_ascii_case("utf-8") {
        return Some(Encoding::Utf8);
    }
    match name.to_ascii_lowercase().as_str() {
        "utf8" => Some(Encoding::Utf8),
        "utf-16" | "iso-10646-ucs-2" | "ucs-2" => Some(Encoding::Utf16),
        "utf-16be" => Some(Encoding::Utf16Be),
        "utf-16le" => Some(Encoding::Utf16Le),
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" => Some(Encoding::Latin1),
        "us-ascii" | "ascii" | "iso646-us" => Some(Encoding::Ascii),
        _ => None,
    }
}

/// The text of a document.
///
/// # Errors
///
/// `FODC0006` for bytes that are no text, or an encoding that is not known.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    let encoding = match bytes {
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => Encoding::Utf16,
        [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8,
        [0, b'<', ..] => Encoding::Utf16Be,
        [b'<', 0, ..] => Encoding::Utf16Le,
        _ => declared(bytes)?,
    };
    encoding.text(bytes).ok_or_else(|| error::new(format!("the document is no text in {encoding}")))
}

/// The encoding that an XML declaration names; UTF-8 where it names none.
fn declared(bytes: &[u8]) -> Result<Encoding> {
    let Some(name) = declared_name(bytes) else { return Ok(Encoding::Utf8) };
    match named(name) {
        // The declaration itself was read byte by byte, so it can't be one of these.
        Some(Encoding::Utf16 | Encoding::Utf16Be | Encoding::Utf16Le) => {
            Err(error::new(format!("the document is not in {name}, which it declares")))
        }
        Some(encoding) => Ok(encoding),
        None => Err(error::new(format!("the document's encoding {name} is not supported"))),
    }
}

/// The name in `<?xml … encoding="…"?>`, cut where it is long.
fn declared_name(bytes: &[u8]) -> Option<&str> {
    // Behind `<?xml-stylesheet` stands another document's encoding.
    let rest = bytes
        .strip_prefix(b"<?xml")
        .filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))?;
    let rest = rest.get(..DECLARATION_BYTES_MAX).unwrap_or(rest);
    let declaration = rest.get(..memmem::find(rest, b"?>")?)?;
    let value = declaration.get(memmem::find(declaration, ENCODING)? + ENCODING.len()..)?;
    let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first().filter(|(c, _)| matches!(c, b'"' | b'\''))?;
    let name = std::str::from_utf8(value.get(..memchr(*quote, value)?)?).ok()?;
    Some(name.char_indices().nth(NAME_CHARS_MAX).map_or(name, |(end, _)| name.split_at(end).0))
}

impl Encoding {
    /// The text of bytes, without a byte order mark. None where they are no such text.
    pub(crate) fn text(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                std::str::from_utf8(bytes).ok().map(Cow::Borrowed)
            }
            Self::Utf16 => match bytes {
                [0xff, 0xfe, ..] => Self::Utf16Le.text(bytes),
                _ => Self::Utf16Be.text(bytes),
            },
            Self::Utf16Be => utf16(bytes, u16::from_be_bytes).map(Cow::Owned),
            Self::Utf16Le => utf16(bytes, u16::from_le_bytes).map(Cow::Owned),
            Self::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
            Self::Ascii if bytes.is_ascii() => Self::Utf8.text(bytes),
            Self::Ascii => None,
        }
    }
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Utf16Be => "UTF-16BE",
            Self::Utf16Le => "UTF-16LE",
            Self::Latin1 => "ISO-8859-1",
            Self::Ascii => "US-ASCII",
        })
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().copied().map(unit);
    let text: std::result::Result<String, _> = char::decode_utf16(units).collect();
    let text = text.ok().filter(|_| odd.is_empty())?;
    Some(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_encodings_that_are_declared_or_seen() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let be = |text: &str| units(text).into_iter().flat_map(u16::to_be_bytes).collect();
        let le = |text: &str| units(text).into_iter().flat_map(u16::to_le_bytes).collect();
        let cases: [(Vec<u8>, &str); 9] = [
            (be("\u{feff}<ä/>"), "<ä/>"),
            (le("\u{feff}<ä/>"), "<ä/>"),
            (be("<a>\u{1f600}</a>"), "<a>\u{1f600}</a>"),
            (le("<a/>"), "<a/>"),
            ("\u{feff}<ä/>".into(), "<ä/>"),
            ("<ä/>".into(), "<ä/>"),
            (
                b"<?xml version='1.0' encoding = 'ISO-8859-1'?><a>\xe4</a>".into(),
                "<?xml version='1.0' encoding = 'ISO-8859-1'?><a>ä</a>",
            ),
            (b"<?xml encoding=\"us-ascii\"?><a/>".into(), "<?xml encoding=\"us-ascii\"?><a/>"),
            (
                "<?xml-stylesheet encoding='ISO-8859-1'?><ä/>".into(),
                "<?xml-stylesheet encoding='ISO-8859-1'?><ä/>",
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(decode(&bytes).unwrap(), expected);
        }
    }

    #[test]
    fn refuses_what_is_no_text() {
        for (bytes, expected) in [
            (&b"<a>\xff</a>"[..], "no text in UTF-8"),
            (b"\xfe\xff\x00", "no text in UTF-16"),
            (b"\xfe\xff\xd8\x00", "no text in UTF-16"),
            (b"<?xml version='1.0' encoding='EBCDIC'?><a/>", "EBCDIC is not supported"),
            (b"<?xml version='1.0' encoding='UTF-16'?><a/>", "not in UTF-16"),
            (b"<?xml version='1.0' encoding='ascii'?><a>\xe4</a>", "no text in US-ASCII"),
        ] {
            let error = decode(bytes).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
