//! The length of strings, and strings in other forms (XPath Functions 3.1, sections 5.4.4 to
//! 5.4.9).

use unicode_normalization::UnicodeNormalization;

use super::{scan, string};
use crate::atomic::quoted;
use crate::characters::{is_space, words};
use crate::error::Result;
use crate::functions::Call;
use crate::text::TextBuilder;
use crate::value::{Item, Sequence};

pub(super) fn string_length<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let text = call.text_or_context(arguments)?;
    scan(call, &text)?;
    Ok(Item::integer(text.chars().count() as i128).into())
}

pub(super) fn normalize_space<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let text = call.text_or_context(arguments)?;
    scan(call, &text)?;
    let mut normalized = TextBuilder::new(call.meter());
    for word in words(&text) {
        if !normalized.as_str().is_empty() {
            normalized.push(' ')?;
        }
        normalized.push_str(word)?;
    }
    string(call, normalized.as_str())
}

pub(super) fn normalize_unicode<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    let form = match arguments.len() {
        0 | 1 => "NFC".to_owned(),
        _ => call.text(arguments, 1)?.trim_matches(is_space).to_uppercase(),
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
                "{} is no form that this engine normalises to: NFC, NFD, NFKC and NFKD are",
                quoted(other)
            );
            return Err(call.error("FOCH0003", text));
        }
    }
    string(call, normalized.as_str())
}

/// In another case, which may make a text longer.
pub(super) fn cased<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    case: impl FnOnce(&str) -> String,
) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    scan(call, text)?;
    call.meter().build(text.len())?;
    string(call, &case(text))
}

pub(super) fn translate<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
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
