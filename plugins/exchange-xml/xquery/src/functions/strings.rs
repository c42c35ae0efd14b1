//! Functions on strings (XPath Functions 3.1, chapter 5 but for regular expressions).

use unicode_normalization::UnicodeNormalization;

use super::{Call, Row, argument};
use crate::atomic::Atomic;
use crate::collation::Collation;
use crate::error::Result;
use crate::text::{TextBuilder, is_whitespace, is_xml, words};
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
    Row { signature: "fn:string-length() as xs:integer", body: string_length_of_context },
    Row { signature: "fn:string-length($arg as xs:string?) as xs:integer", body: string_length },
    Row { signature: "fn:normalize-space() as xs:string", body: normalize_space_of_context },
    Row { signature: "fn:normalize-space($arg as xs:string?) as xs:string", body: normalize_space },
    Row {
        signature: "fn:normalize-unicode($arg as xs:string?) as xs:string",
        body: normalize_unicode,
    },
    Row {
        signature: "fn:normalize-unicode($arg as xs:string?, $normalizationForm as xs:string) as \
            xs:string",
        body: normalize_unicode,
    },
    Row { signature: "fn:upper-case($arg as xs:string?) as xs:string", body: upper_case },
    Row { signature: "fn:lower-case($arg as xs:string?) as xs:string", body: lower_case },
    Row {
        signature: "fn:translate($arg as xs:string?, $mapString as xs:string, $transString as \
            xs:string) as xs:string",
        body: translate,
    },
    Row {
        signature: "fn:contains($arg1 as xs:string?, $arg2 as xs:string?) as xs:boolean",
        body: contains,
    },
    Row {
        signature: "fn:contains($arg1 as xs:string?, $arg2 as xs:string?, $collation as xs:string) \
            as xs:boolean",
        body: contains,
    },
    Row {
        signature: "fn:starts-with($arg1 as xs:string?, $arg2 as xs:string?) as xs:boolean",
        body: starts_with,
    },
    Row {
        signature: "fn:starts-with($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:boolean",
        body: starts_with,
    },
    Row {
        signature: "fn:ends-with($arg1 as xs:string?, $arg2 as xs:string?) as xs:boolean",
        body: ends_with,
    },
    Row {
        signature: "fn:ends-with($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:boolean",
        body: ends_with,
    },
    Row {
        signature: "fn:substring-before($arg1 as xs:string?, $arg2 as xs:string?) as xs:string",
        body: substring_before,
    },
    Row {
        signature: "fn:substring-before($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:string",
        body: substring_before,
    },
    Row {
        signature: "fn:substring-after($arg1 as xs:string?, $arg2 as xs:string?) as xs:string",
        body: substring_after,
    },
    Row {
        signature: "fn:substring-after($arg1 as xs:string?, $arg2 as xs:string?, $collation as \
            xs:string) as xs:string",
        body: substring_after,
    },
];

/// Bytes of a text that are gone over for one step.
const BYTES_PER_STEP: usize = 64;

/// Counts that a function goes over a text.
fn scan(call: &Call<'_, '_>, text: &str) -> Result<()> {
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
        let Some(character) = character.filter(|c| is_xml(*c)) else {
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
    let token = call.text(arguments, 1)?.trim_matches(is_whitespace);
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
    let start = round(call.double(arguments, 1)?);
    let end = match arguments.len() {
        0..=2 => f64::INFINITY,
        _ => start + round(call.double(arguments, 2)?),
    };
    string(call, characters(text, start, end))
}

/// The characters with positions, from 1, that are at least `start` and less than `end`; none
/// where either is no number.
fn characters(text: &str, start: f64, end: f64) -> &str {
    let start = start.max(1.0);
    if !(start < end) {
        return "";
    }
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

/// To the nearest integer, halves upwards, as `fn:round` does.
fn round(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 { floor + 1.0 } else { floor }
}

fn string_length<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    length(call, call.text(arguments, 0)?)
}

fn string_length_of_context<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    length(call, &call.string_value(call.context_item()?)?)
}

fn length<'a>(call: &Call<'_, 'a>, text: &str) -> Result<Sequence<'a>> {
    scan(call, text)?;
    Ok(Item::integer(text.chars().count() as i128).into())
}

fn normalize_space<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    normalized_space(call, call.text(arguments, 0)?)
}

fn normalize_space_of_context<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    normalized_space(call, &call.string_value(call.context_item()?)?)
}

fn normalized_space<'a>(call: &Call<'_, 'a>, text: &str) -> Result<Sequence<'a>> {
    scan(call, text)?;
    let mut normalized = TextBuilder::new(call.meter());
    for word in words(text) {
        if !normalized.as_str().is_empty() {
            normalized.push(' ')?;
        }
        normalized.push_str(word)?;
    }
    string(call, normalized.as_str())
}

fn normalize_unicode<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    let form = match arguments.len() {
        0 | 1 => "NFC".to_owned(),
        _ => call.text(arguments, 1)?.trim_matches(is_whitespace).to_uppercase(),
    };
    call.meter().steps(text.len() as u64 / 8)?;
    let mut normalized = TextBuilder::new(call.meter());
    match form.as_str() {
        "" => normalized.push_str(text)?,
        "NFC" => normalized.extend(text.nfc())?,
        "NFD" => normalized.extend(text.nfd())?,
        "NFKC" => normalized.extend(text.nfkc())?,
        "NFKD" => normalized.extend(text.nfkd())?,
        other => {
            let text = format!(
                "\"{other}\" is no form that this engine normalises to: NFC, NFD, NFKC and NFKD are"
            );
            return Err(call.error("FOCH0003", text));
        }
    }
    string(call, normalized.as_str())
}

fn upper_case<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    scan(call, text)?;
    call.meter().build(text.len())?;
    string(call, &text.to_uppercase())
}

fn lower_case<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    scan(call, text)?;
    call.meter().build(text.len())?;
    string(call, &text.to_lowercase())
}

fn translate<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (text, from) = (call.text(arguments, 0)?, call.text(arguments, 1)?);
    call.meter().steps((text.len() + from.len()) as u64 / 8)?;
    call.meter().build(from.len().saturating_mul(size_of::<(char, Option<char>)>()))?;
    let mut to = call.text(arguments, 2)?.chars();
    let mut pairs: Vec<(char, Option<char>)> = from.chars().map(|c| (c, to.next())).collect();
    // Of pairs for one character the first counts.
    pairs.sort_by_key(|pair| pair.0);
    pairs.dedup_by_key(|pair| pair.0);
    let mut translated = TextBuilder::new(call.meter());
    for c in text.chars() {
        let found = pairs.binary_search_by_key(&c, |pair| pair.0).ok();
        match found.and_then(|index| pairs.get(index)) {
            Some((_, Some(replacement))) => translated.push(*replacement)?,
            Some((_, None)) => {}
            None => translated.push(c)?,
        }
    }
    string(call, translated.as_str())
}

/// What the functions on parts of strings are given.
fn parts<'s, 'a>(
    call: &Call<'_, 'a>,
    arguments: &'s [Sequence<'a>],
) -> Result<(&'s str, &'s str, Collation)> {
    let (text, part) = (call.text(arguments, 0)?, call.text(arguments, 1)?);
    scan(call, text)?;
    Ok((text, part, call.collation(arguments.get(2))?))
}

fn contains<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    Ok(boolean(collation.find(call.meter(), text, part)?.is_some()))
}

fn starts_with<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    Ok(boolean(collation.starts_with(call.meter(), text, part)?))
}

fn ends_with<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    Ok(boolean(collation.ends_with(call.meter(), text, part)?))
}

fn substring_before<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    let found = collation.find(call.meter(), text, part)?;
    string(call, found.and_then(|found| text.get(..found.start)).unwrap_or_default())
}

fn substring_after<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (text, part, collation) = parts(call, arguments)?;
    let found = collation.find(call.meter(), text, part)?;
    string(call, found.and_then(|found| text.get(found.end..)).unwrap_or_default())
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
            let (start, length) = (round(start), round(length));
            assert_eq!(characters("12345é", start, start + length), expected, "{start} {length}");
        }
        assert_eq!(round(-0.5), 0.0);
        assert_eq!(round(0.499_999_999_999_999_94), 0.0);
    }
}
