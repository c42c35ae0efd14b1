//! Functions that use regular expressions (XPath Functions 3.1, section 5.6).

use std::sync::Arc;

use super::strings::{scan, string};
use super::{Call, Row};
use crate::atomic::quoted;
use crate::characters::words;
use crate::error::Result;
use crate::regex::replacement::{self, Part};
use crate::regex::{Flags, Regex};
use crate::text::TextBuilder;
use crate::value::{Item, Sequence};

mod analysis;

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:matches($input as xs:string?, $pattern as xs:string) as xs:boolean",
        body: matches,
    },
    Row {
        signature: "fn:matches($input as xs:string?, $pattern as xs:string, $flags as xs:string) \
            as xs:boolean",
        body: matches,
    },
    Row {
        signature: "fn:replace($input as xs:string?, $pattern as xs:string, $replacement as \
            xs:string) as xs:string",
        body: replace,
    },
    Row {
        signature: "fn:replace($input as xs:string?, $pattern as xs:string, $replacement as \
            xs:string, $flags as xs:string) as xs:string",
        body: replace,
    },
    Row { signature: "fn:tokenize($input as xs:string?) as xs:string*", body: tokenize_words },
    Row {
        signature: "fn:tokenize($input as xs:string?, $pattern as xs:string) as xs:string*",
        body: tokenize,
    },
    Row {
        signature: "fn:tokenize($input as xs:string?, $pattern as xs:string, $flags as xs:string) \
            as xs:string*",
        body: tokenize,
    },
    Row {
        signature: "fn:analyze-string($input as xs:string?, $pattern as xs:string) as \
            element(fn:analyze-string-result)",
        body: analysis::analyze_string,
    },
    Row {
        signature: "fn:analyze-string($input as xs:string?, $pattern as xs:string, $flags as \
            xs:string) as element(fn:analyze-string-result)",
        body: analysis::analyze_string,
    },
];

/// The pattern of an argument with the flags of another, which may be absent.
fn regex<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    pattern: usize,
    flags: usize,
) -> Result<(Arc<Regex>, Flags)> {
    let flags = call.text(arguments, flags)?;
    scan(call, flags)?;
    let flags = Flags::parse(flags).map_err(|error| error.at(call.span))?;
    let pattern = call.text(arguments, pattern)?;
    let regex = call.evaluator.program.regexes.get(call.meter(), pattern, flags);
    Ok((regex.map_err(|error| error.at(call.span))?, flags))
}

/// A pattern that cuts texts, so it must not match the empty string.
fn cutting_regex<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    flags: usize,
) -> Result<(Arc<Regex>, Flags)> {
    let (regex, flags) = regex(call, arguments, 1, flags)?;
    if regex.matches_empty() {
        let pattern = quoted(call.text(arguments, 1)?);
        let text = format!("the regular expression {pattern} matches the empty string");
        return Err(call.error("FORX0003", text));
    }
    Ok((regex, flags))
}

fn matches<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (regex, _) = regex(call, arguments, 1, 2)?;
    Ok(Item::boolean(regex.is_match(call.meter(), call.text(arguments, 0)?)?).into())
}

fn replace<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    let (regex, flags) = cutting_regex(call, arguments, 3)?;
    let replacement = call.text(arguments, 2)?;
    scan(call, replacement)?;
    call.meter().build(replacement.len().saturating_mul(size_of::<Part>()))?;
    let parts = match flags.literal {
        true => vec![Part::Text(replacement.to_owned())],
        false => {
            replacement::parse(replacement, regex.groups()).map_err(|error| error.at(call.span))?
        }
    };
    let mut result = TextBuilder::new(call.meter());
    let mut copied = 0;
    let mut matches = regex.matches(text);
    while matches.next(call.meter())? {
        let range = matches.range();
        result.push_str(text.get(copied..range.start).unwrap_or_default())?;
        for part in &parts {
            result.push_str(match part {
                Part::Text(text) => text,
                Part::Group(group) => {
                    let captured = matches.group(*group).and_then(|range| text.get(range));
                    captured.unwrap_or_default()
                }
            })?;
        }
        copied = range.end;
    }
    result.push_str(text.get(copied..).unwrap_or_default())?;
    string(call, result.as_str())
}

fn tokenize_words<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    scan(call, text)?;
    let mut tokens = Vec::new();
    for word in words(text) {
        call.gather(&mut tokens, string(call, word)?)?;
    }
    Ok(tokens.into())
}

fn tokenize<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (regex, _) = cutting_regex(call, arguments, 2)?;
    let text = call.text(arguments, 0)?;
    if text.is_empty() {
        return Ok(Sequence::Empty);
    }
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut matches = regex.matches(text);
    while matches.next(call.meter())? {
        let range = matches.range();
        let token = text.get(start..range.start).unwrap_or_default();
        call.gather(&mut tokens, string(call, token)?)?;
        start = range.end;
    }
    call.gather(&mut tokens, string(call, text.get(start..).unwrap_or_default())?)?;
    Ok(tokens.into())
}

#[cfg(test)]
mod tests;
