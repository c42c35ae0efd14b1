//! What is logged, in Qpid's words: `LEVEL[+][:PART]`, separated by commas or blanks, with `!` in
//! front for what is left out. The log's own words, `LEVEL` and `TARGET=LEVEL`, do as well.
//!
//! The log knows thresholds alone: `debug` means debug and everything above it, as `debug+` does,
//! and `debug-`, everything up to debug, is refused.

use std::collections::BTreeMap;

use philter_management::object::MethodError;

use super::given::wrong;
use crate::logging;

/// The log's levels, the quietest first.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Qpid's names of levels and those of the log.
const NAMES: [(&str, &str); 8] = [
    ("critical", "error"),
    ("error", "error"),
    ("warning", "warn"),
    ("notice", "info"),
    ("info", "info"),
    ("debug", "debug"),
    ("trace", "trace"),
    ("warn", "warn"),
];

/// Qpid's parts of a broker and the log's targets.
const PARTS: [(&str, &str); 11] = [
    ("security", "philter::auth"),
    ("broker", "philter"),
    ("management", "philter::management"),
    ("protocol", "philter::session"),
    ("network", "philter::net"),
    ("model", "philter::virtual_host"),
    ("store", "philter::store"),
    ("system", "philter::plugin"),
    ("messaging", "philter::message"),
    ("exchange", "philter::virtual_host::exchange"),
    ("queue", "philter::virtual_host::queue"),
];

/// Changes what is logged.
///
/// # Errors
/// What can't be understood, or not be done.
pub(super) fn set(level: &str) -> Result<(), MethodError> {
    let filter = filter(level)?;
    let failed = |error| MethodError::InvalidParameter(format!("level: {error}"));
    logging::set(&filter, level).map_err(failed)?;
    tracing::info!("the log level is {level}");
    Ok(())
}

/// A level as tools show it: the log's own single words as Qpid has them.
pub(super) fn shown(level: &str) -> String {
    let is_word = |word: &str| LEVELS.contains(&word) && word != "off";
    let words: Vec<String> = level
        .split(',')
        .map(|word| match word.trim() {
            "warn" => "warning+".to_owned(),
            word if is_word(word) => format!("{word}+"),
            word => word.to_owned(),
        })
        .collect();
    words.join(",")
}

/// The log's filter for Qpid's words.
fn filter(level: &str) -> Result<String, MethodError> {
    // By target, the empty one being everything else.
    let mut chosen: BTreeMap<String, usize> = BTreeMap::new();
    let mut left_out: Vec<(String, usize)> = Vec::new();
    let mut own: Vec<&str> = Vec::new();
    for selector in level.split([',', ' ']).filter(|text| !text.is_empty()) {
        if selector.contains('=') || selector == "off" {
            own.push(selector);
        } else if let Some(selector) = selector.strip_prefix('!') {
            left_out.push(parse_left_out(selector)?);
        } else {
            let (target, threshold) = parse(selector)?;
            let have = chosen.entry(target).or_insert(threshold);
            *have = threshold.max(*have);
        }
    }
    for (target, threshold) in left_out {
        let have = chosen.entry(target).or_insert(threshold);
        *have = threshold.min(*have);
    }
    let name = |threshold: usize| LEVELS.get(threshold).copied().unwrap_or("info");
    let directives = chosen.iter().map(|(target, threshold)| match target.as_str() {
        "" => name(*threshold).to_owned(),
        target => format!("{target}={}", name(*threshold)),
    });
    let all: Vec<String> = directives.chain(own.into_iter().map(str::to_owned)).collect();
    if all.is_empty() {
        return Err(wrong("level", "LEVEL[+][:PART], such as info+ or debug+:Network"));
    }
    Ok(all.join(","))
}

/// A selector as target and threshold.
fn parse(selector: &str) -> Result<(String, usize), MethodError> {
    let (level, target) = split(selector);
    if level.ends_with('-') {
        let text = format!("level: {selector}: levels up to one can't be chosen");
        return Err(MethodError::InvalidParameter(text));
    }
    Ok((target, threshold(selector, level.trim_end_matches('+'))?))
}

/// What is left out, as the threshold that remains.
fn parse_left_out(selector: &str) -> Result<(String, usize), MethodError> {
    let (level, target) = split(selector);
    let threshold = threshold(selector, level.trim_end_matches(['+', '-']))?;
    if !level.ends_with('+') {
        return Ok((target, threshold.saturating_sub(1)));
    }
    if LEVELS.get(threshold) == Some(&"trace") {
        return Ok((target, 0));
    }
    let text = format!("level: !{selector}: what is above can't be left out without what is below");
    Err(MethodError::InvalidParameter(text))
}

fn split(selector: &str) -> (&str, String) {
    let Some((level, part)) = selector.split_once(':') else { return (selector, String::new()) };
    let known = PARTS.iter().find(|(name, _)| part.eq_ignore_ascii_case(name));
    let target = match known {
        Some((_, target)) => (*target).to_owned(),
        None if part.contains("::") => part.to_owned(),
        None => format!("philter::{}", part.to_ascii_lowercase()),
    };
    (level, target)
}

fn threshold(selector: &str, level: &str) -> Result<usize, MethodError> {
    let unknown = || MethodError::InvalidParameter(format!("level: unknown: {selector}"));
    let (_, name) = NAMES.iter().find(|(name, _)| *name == level).ok_or_else(unknown)?;
    LEVELS.iter().position(|have| have == name).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qpids_words_become_the_logs() {
        let filter = |text| super::filter(text).unwrap();
        assert_eq!(filter("notice+"), "info");
        assert_eq!(filter("info+,debug+:Network"), "info,philter::net=debug");
        assert_eq!(filter("info+ trace+:session"), "info,philter::session=trace");
        assert_eq!(filter("debug+:Queue"), "philter::virtual_host::queue=debug");
        assert_eq!(filter("debug"), "debug");
        assert_eq!(filter("info+,debug+"), "debug");
        assert_eq!(filter("debug+,!debug-:Security"), "debug,philter::auth=info");
        assert_eq!(filter("info+,!trace+:Model"), "info,philter::virtual_host=off");
        assert_eq!(filter("warn,philter::net=trace"), "warn,philter::net=trace");
    }

    #[test]
    fn what_the_log_can_not_do_is_refused() {
        for text in ["", "loud+", "debug-", "!warning+:Network"] {
            assert!(super::filter(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_logs_words_are_shown_as_qpids() {
        assert_eq!(shown("info"), "info+");
        assert_eq!(shown("warn,philter::net=debug"), "warning+,philter::net=debug");
        assert_eq!(shown("debug+:Network"), "debug+:Network");
    }
}
