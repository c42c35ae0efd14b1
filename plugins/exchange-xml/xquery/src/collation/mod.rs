//! Collations (XPath Functions 3.1, section 5.3): how strings are compared.
//!
//! Invariants: `compare` and `key` agree; a match lies at boundaries of characters.

mod parameters;
mod unicode;
mod units;

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use crate::atomic::quoted;
use crate::error::{Error, ErrorCode, Result};
use crate::meter::Meter;
use crate::uri;

use unicode::Unicode;

/// The URI of the codepoint collation.
pub(crate) const CODEPOINT: &str = "http://www.w3.org/2005/xpath-functions/collation/codepoint";

/// The URI of the HTML ASCII case-insensitive collation.
const ASCII_CASE_INSENSITIVE: &str =
    "http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive";

/// What the URIs of the Unicode Collation Algorithm begin with.
const UNICODE: &str = "http://www.w3.org/2013/collation/UCA";

/// A collation.
#[derive(Clone, Debug)]
pub(crate) enum Collation {
    /// By code points.
    Codepoint,
    /// `html-ascii-case-insensitive`.
    AsciiCaseInsensitive,
    /// The Unicode Collation Algorithm, with the parameters of its URI.
    Unicode(Arc<Unicode>),
}

impl Collation {
    /// The collation of a URI, resolved against the base URI where it is relative.
    ///
    /// # Errors
    ///
    /// `FOCH0002` where there is no such collation.
    pub(crate) fn named(uri: &str, base_uri: Option<&Arc<str>>) -> Result<Self> {
        if let Some(known) = Self::absolute(uri)? {
            return Ok(known);
        }
        let resolved = base_uri.and_then(|base| uri::resolve(uri, base).ok());
        match resolved {
            Some(resolved) if resolved != uri => Self::absolute(&resolved)?,
            _ => None,
        }
        .ok_or_else(|| unknown(format!("no collation has the URI {}", quoted(uri))))
    }

    fn absolute(uri: &str) -> Result<Option<Self>> {
        Ok(match uri {
            CODEPOINT => Some(Self::Codepoint),
            ASCII_CASE_INSENSITIVE => Some(Self::AsciiCaseInsensitive),
            _ => match uri.strip_prefix(UNICODE) {
                Some("") => Some(Self::Unicode(Arc::new(Unicode::new("")?))),
                Some(rest) => match rest.strip_prefix('?') {
                    Some(query) => Some(Self::Unicode(Arc::new(Unicode::new(query)?))),
                    None => None,
                },
                None => None,
            },
        })
    }

    /// The order of two strings.
    #[inline]
    pub(crate) fn compare(&self, left: &str, right: &str) -> Ordering {
        match self {
            // UTF-8 orders as code points do.
            Self::Codepoint => left.cmp(right),
            Self::AsciiCaseInsensitive => ascii_folded(left).cmp(ascii_folded(right)),
            Self::Unicode(unicode) => unicode.compare(left, right),
        }
    }

    /// Whether two strings are equal.
    #[inline]
    pub(crate) fn equal(&self, left: &str, right: &str) -> bool {
        match self {
            Self::Codepoint => left == right,
            Self::AsciiCaseInsensitive => left.eq_ignore_ascii_case(right),
            Self::Unicode(unicode) => unicode.compare(left, right).is_eq(),
        }
    }

    /// A key: two strings are equal in this collation where their keys are, and sort as they do.
    pub(crate) fn key(&self, text: &str) -> Vec<u8> {
        match self {
            Self::Codepoint => text.as_bytes().to_vec(),
            Self::AsciiCaseInsensitive => text.to_ascii_uppercase().into_bytes(),
            Self::Unicode(unicode) => unicode.key(text),
        }
    }

    /// The first place in `text` that matches `part` (XPath Functions 3.1, section 5.5).
    pub(crate) fn find(
        &self,
        meter: &Meter<'_>,
        text: &str,
        part: &str,
    ) -> Result<Option<Range<usize>>> {
        Ok(match self {
            Self::Codepoint => text.find(part).map(|start| start..start + part.len()),
            Self::AsciiCaseInsensitive => {
                meter.build(text.len() + part.len())?;
                let (text, part) = (text.to_ascii_uppercase(), part.to_ascii_uppercase());
                text.find(&part).map(|start| start..start + part.len())
            }
            Self::Unicode(unicode) => units::find(unicode, meter, text, part)?,
        })
    }

    /// Whether `text` begins with what matches `part`.
    pub(crate) fn starts_with(&self, meter: &Meter<'_>, text: &str, part: &str) -> Result<bool> {
        Ok(match self {
            Self::Codepoint => text.starts_with(part),
            Self::AsciiCaseInsensitive => text
                .split_at_checked(part.len())
                .is_some_and(|(start, _)| start.eq_ignore_ascii_case(part)),
            Self::Unicode(unicode) => units::starts_with(unicode, meter, text, part)?,
        })
    }

    /// Whether `text` ends with what matches `part`.
    pub(crate) fn ends_with(&self, meter: &Meter<'_>, text: &str, part: &str) -> Result<bool> {
        Ok(match self {
            Self::Codepoint => text.ends_with(part),
            Self::AsciiCaseInsensitive => text
                .len()
                .checked_sub(part.len())
                .and_then(|start| text.split_at_checked(start))
                .is_some_and(|(_, end)| end.eq_ignore_ascii_case(part)),
            Self::Unicode(unicode) => units::ends_with(unicode, meter, text, part)?,
        })
    }
}

/// Capitals stand for small letters, so that the order is that of the capitals.
fn ascii_folded(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_uppercase())
}

fn unknown(message: String) -> Error {
    Error::new(ErrorCode::Standard("FOCH0002"), message)
}

#[cfg(test)]
mod tests;
