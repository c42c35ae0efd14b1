//! Functions on strings (XPath Functions 3.1, chapter 5 but for regular expressions).

mod forms;
mod parts;

use super::{Call, Row, argument};
use crate::atomic::Atomic;
use crate::atomic::rounding::half_up;
use crate::characters::{is_space, is_xml_char, words};
use crate::error::Result;
use crate::text::TextBuilder;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:codepoints-to-string($arg as xs:integer*) as xs:string",
        body: codepoints_to_string,
    },
    Row {
        signature: "fn:string-to-codepoints($arg as xs:string?) as xs:integer*",
        body: string_to_codepoints,
    },
    Row {
        signature: "fn:compare($comparand1 as xs:string?, $comparand2 as xs:string?) as \
            xs:integer?",
        body: compare,
    },
    Row {
        signature: "fn:compare($comparand1 as xs:string?, $comparand2 as xs:string?, $collation as \
            xs:string) as xs:integer?",
        body: compare,
    },
    Row {
        signature: "fn:codepoint-equal($comparand1 as xs:string?, $comparand2 as xs:string?) as \
            xs:boolean?",
        body: codepoint_equal,
    },
    Row {
        signature: "fn:collation-key($key as xs:string) as xs:base64Binary",
        body: collation_key,
    },
    Row {
        signature: "fn:collation-key($key as xs:string, $collation as xs:string) as \
            xs:base64Binary",
        body: collation_key,
    },
    Row {
        signature: "fn:contains-token($input as xs:string*, $token as xs:string) as xs:boolean",
        body: contains_token,
    },
    Row {
        signature: "fn:contains-token($input as xs:string*, $token as xs:string, $collation as \
            xs:string) as xs:boolean",
        body: contains_token,
    },
    Row {
        signature: "fn:concat($arg1 as xs:anyAtomicType?, $arg2 as xs:anyAtomicType?, ...) as \
            xs:string",
        body: concat,
    },
    Row { signature: "fn:string-join($arg1 as xs:anyAtomicType*) as xs:string", body: string_join },
    Row {
        signature: "fn:string-join($arg1 as xs:anyAtomicType*, $arg2 as xs:string) as xs:string",
        body: string_join,
    },
    Row {
        signature: "fn:substring($sourceString as xs:string?, $start as xs:double) as xs:string",
        body: substring,
    },
    Row {
        signature: "fn:substring($sourceString as xs:string?, $start as xs:double, $length as \
            xs:double) as xs:string",
        body: substring,
    },
    Row { signature: "fn:string-length() as xs:integer", body: forms::string_length },
    Row {
        signature: "fn:string-length($arg as xs:string?) as xs:integer",
        body: forms::string_length,
    },
    Row { signature: "fn:normalize-space() as xs:string", body: forms::normalize_space },
    Row {
        signature: "fn:normalize-space($arg as xs:string?) as xs:string",
        body: forms::normalize_space,
    },
    Row {
        signature: "fn:normalize-unicode($arg as xs:string?) as xs:string",
        body: forms::normalize_unicode,
    },
    Row {
        signature: "fn:normalize-unicode($arg as xs:string?, $normalizationForm as xs:string) as \
            xs:string",
        body: forms::normalize_unicode,
    },
    Row {
        signature: "fn:upper-case($arg as xs:string?) as xs:string",
        body: |call, arguments| forms::cased(call, arguments, str::to_uppercase),
    },
    Row {
        signature: "fn:lower-case($arg as xs:string?) as xs:string",
        body: |call, arguments| forms::cased(call, arguments, str::to_lowercase),
    },
    Row {
        signature: "fn:translate($arg as xs:string?, $mapString as xs:string, $transString as \
            xs:string) as xs:string",
        body: forms::translate,
    },
    Row {
        signature: "fn:contains($arg1 as xs:string?, $arg2 as xs:string?) as xs:boolean",
        body: parts::contains,
    },
    Row {
        signature: "fn:contains($arg1 as xs:string?, $arg2 as xs:string?, $collation as xs:string) \
            as xs:boolean",
        body: parts::contains,
    },
    Row {
        signature: "fn:starts-with($arg1 as xs:string?, $arg2 as xs:string?) as xs:boolean",
        body: parts::starts_with,
    },
    Row {
        signature: "fn:starts-with($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:boolean",
        body: parts::starts_with,
    },
    Row {
        signature: "fn:ends-with($arg1 as xs:string?, $arg2 as xs:string?) as xs:boolean",
        body: parts::ends_with,
    },
    Row {
        signature: "fn:ends-with($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:boolean",
        body: parts::ends_with,
    },
    Row {
        signature: "fn:substring-before($arg1 as xs:string?, $arg2 as xs:string?) as xs:string",
        body: parts::substring_before,
    },
    Row {
        signature: "fn:substring-before($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:string",
        body: parts::substring_before,
    },
    Row {
        signature: "fn:substring-after($arg1 as xs:string?, $arg2 as xs:string?) as xs:string",
        body: parts::substring_after,
    },
    Row {
        signature: "fn:substring-after($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:string",
        body: parts::substring_after,
    },
];

/// Bytes of a text that are gone over for one step.
const BYTES_PER_STEP: usize = 64;

/// Counts that a function goes over a text.
pub(super) fn scan(call: &Call<'_, '_>, text: &str) -> Result<()> {
    call.meter().steps((text.len() / BYTES_PER_STEP) as u64)
}

/// A string as the result, counted.
pub(super) fn string<'a>(call: &Call<'_, 'a>, text: &str) -> Result<Sequence<'a>> {
    call.meter().build(text.len())?;
    Ok(Item::string(text).into())
}

fn boolean<'a>(value: bool) -> Sequence<'a> {
    Item::boolean(value).into()
}

fn codepoints_to_string<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let mut text = TextBuilder::new(call.meter());
    for item in argument(arguments, 0).iter() {
        call.meter().step()?;
        let Item::Atomic(Atomic::Integer(number, _)) = item else { continue };
        let character = u32::try_from(*number).ok().and_then(char::from_u32);
        let Some(character) = character.filter(|c| is_xml_char(*c)) else {
            let text = format!("XML has no character with the code point {number}");
            return Err(call.error("FOCH0001", text));
        };
        text.push(character)?;
    }
    string(call, text.as_str())
}

fn string_to_codepoints<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    let count = text.chars().count();
    call.meter().steps(count as u64)?;
    call.meter().items(count)?;
    call.meter().build(count.saturating_mul(size_of::<Item<'_>>()))?;
    Ok(text.chars().map(|c| Item::integer(u32::from(c))).collect())
}

fn compare<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let collation = call.collation(arguments.get(2))?;
    let left = call.optional_text(arguments, 0)?;
    let Some((left, right)) = left.zip(call.optional_text(arguments, 1)?) else {
        return Ok(Sequence::Empty);
    };
    scan(call, left)?;
    Ok(Item::integer(collation.compare(left, right) as i8).into())
}

fn codepoint_equal<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let left = call.optional_text(arguments, 0)?;
    let both = left.zip(call.optional_text(arguments, 1)?);
    Ok(both.map_or(Sequence::Empty, |(left, right)| boolean(left == right)))
}

fn collation_key<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    // A key has about as many bytes for each of its levels as the text.
    const BYTES_PER_BYTE: usize = 8;
    let text = call.text(arguments, 0)?;
    scan(call, text)?;
    call.meter().build(text.len().saturating_mul(BYTES_PER_BYTE))?;
    let key = call.collation(arguments.get(1))?.key(text);
    Ok(Item::Atomic(Atomic::Base64Binary(key.into())).into())
}

fn contains_token<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let collation = call.collation(arguments.get(2))?;
    let token = call.text(arguments, 1)?.trim_matches(is_space);
    if token.is_empty() {
        return Ok(boolean(false));
    }
    for item in argument(arguments, 0).iter() {
        let text = call.string_value(item)?;
        scan(call, &text)?;
        for word in words(&text) {
            call.meter().step()?;
            if collation.equal(word, token) {
                return Ok(boolean(true));
            }
        }
    }
    Ok(boolean(false))
}

fn concat<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut text = TextBuilder::new(call.meter());
    for index in 0..arguments.len() {
        call.meter().step()?;
        if let Some(atomic) = call.optional_atomic(arguments, index)? {
            text.push_str(&atomic.to_text())?;
        }
    }
    string(call, text.as_str())
}

fn string_join<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let separator = call.text(arguments, 1)?;
    let mut text = TextBuilder::new(call.meter());
    for (index, item) in argument(arguments, 0).iter().enumerate() {
        call.meter().step()?;
        if index > 0 {
            text.push_str(separator)?;
        }
        text.push_str(&call.string_value(item)?)?;
    }
    string(call, text.as_str())
}

fn substring<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    scan(call, text)?;
    let start = half_up(call.double(arguments, 1)?);
    let end = match arguments.len() {
        0..=2 => f64::INFINITY,
        _ => start + half_up(call.double(arguments, 2)?),
    };
    string(call, characters(text, start, end))
}

/// The characters with positions, from 1, that are at least `start` and less than `end`; none
/// where either is no number.
fn characters(text: &str, start: f64, end: f64) -> &str {
    if start.is_nan() || end.is_nan() || end <= start.max(1.0) {
        return "";
    }
    let start = start.max(1.0);
    // Numbers that are too large become the largest there is, and those are behind any text.
    let (skip, take) = ((start - 1.0) as usize, (end - start) as usize);
    let (_, rest) = text.split_at_checked(offset(text, skip)).unwrap_or_default();
    rest.split_at_checked(offset(rest, take)).unwrap_or_default().0
}

/// The byte at which the character at an index from 0 begins; the text's length for none.
fn offset(text: &str, index: usize) -> usize {
    if index >= text.len() || text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices().nth(index).map_or(text.len(), |(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substring_takes_the_characters_between_rounded_positions() {
        let cases = [
            (1.5, 3.0 - 0.4, "234"),
            (0.0, 3.0, "12"),
            (5.0, -3.0, ""),
            (-3.0, 5.0, "1"),
            (f64::NAN, 3.0, ""),
            (1.0, f64::NAN, ""),
            (-42.0, f64::INFINITY, "12345é"),
            (f64::NEG_INFINITY, f64::INFINITY, ""),
            (6.0, 1e300, "é"),
            (1e300, 1.0, ""),
        ];
        for (start, length, expected) in cases {
            let (start, length) = (half_up(start), half_up(length));
            assert_eq!(characters("12345é", start, start + length), expected, "{start} {length}");
        }
        assert_eq!(characters("12345", f64::NAN, f64::INFINITY), "");
    }
}
