//! Parts of strings by the Unicode Collation Algorithm (XPath Functions 3.1, section 5.5): a string
//! is cut into units, each with a key, and those that count are compared one by one.
//!
//! A unit is a character with the marks that combine with it, or a number where numbers are
//! compared as such. Sequences that a language treats as one letter count as several.
//!
//! Invariant: every unit and every comparison is a step.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::unicode::Unicode;
use crate::error::Result;
use crate::meter::Meter;

/// What a key takes beyond its text, about.
const KEY_BYTES: usize = 32;

struct Unit {
    range: Range<usize>,
    key: Vec<u8>,
}

pub(super) fn find(
    unicode: &Unicode,
    meter: &Meter<'_>,
    text: &str,
    part: &str,
) -> Result<Option<Range<usize>>> {
    let (text, part) = (units(unicode, meter, text)?, units(unicode, meter, part)?);
    let Some(length) = part.len().checked_sub(1) else { return Ok(Some(0..0)) };
    for window in text.windows(part.len()) {
        if matches(meter, window, &part)? {
            let ends = window.first().zip(window.get(length));
            return Ok(ends.map(|(first, last)| first.range.start..last.range.end));
        }
    }
    Ok(None)
}

pub(super) fn starts_with(
    unicode: &Unicode,
    meter: &Meter<'_>,
    text: &str,
    part: &str,
) -> Result<bool> {
    let (text, part) = (units(unicode, meter, text)?, units(unicode, meter, part)?);
    match text.get(..part.len()) {
        Some(start) => matches(meter, start, &part),
        None => Ok(false),
    }
}

pub(super) fn ends_with(
    unicode: &Unicode,
    meter: &Meter<'_>,
    text: &str,
    part: &str,
) -> Result<bool> {
    let (text, part) = (units(unicode, meter, text)?, units(unicode, meter, part)?);
    match text.len().checked_sub(part.len()).and_then(|start| text.get(start..)) {
        Some(end) => matches(meter, end, &part),
        None => Ok(false),
    }
}

fn matches(meter: &Meter<'_>, text: &[Unit], part: &[Unit]) -> Result<bool> {
    for (left, right) in text.iter().zip(part) {
        meter.step()?;
        if left.key != right.key {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The units that count.
fn units(unicode: &Unicode, meter: &Meter<'_>, text: &str) -> Result<Vec<Unit>> {
    let mut units = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        let is_number = unicode.is_numeric() && first.is_numeric();
        let mut end = start + first.len_utf8();
        while let Some((at, c)) =
            characters.next_if(|&(_, c)| continues(c) || is_number && c.is_numeric())
        {
            end = at + c.len_utf8();
        }
        meter.step()?;
        meter.build(size_of::<Unit>() + KEY_BYTES + 4 * (end - start))?;
        let key = unicode.key(text.get(start..end).unwrap_or_default());
        if !unicode.is_ignorable(&key) {
            units.push(Unit { range: start..end, key });
        }
    }
    Ok(units)
}

/// Whether a character belongs to the one before: marks, and the later parts of a syllable of
/// Hangul.
fn continues(c: char) -> bool {
    is_combining_mark(c) || ('\u{1160}'..='\u{11FF}').contains(&c)
}
