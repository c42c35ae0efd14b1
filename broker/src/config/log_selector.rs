//! What is logged, in Qpid's words: `LEVEL[+][:PART]`, with `!` in front for what is left out. The
//! log's own words, `LEVEL` and `TARGET=LEVEL`, do as well.
//!
//! The log knows thresholds and targets alone. So `debug` means debug and everything above it, as
//! `debug+` does, and `debug-`, everything up to debug, is refused; a part is one of Qpid's, a
//! module of ours, or a plugin, and not any fragment of a name.

use std::collections::BTreeMap;

use super::error::ConfigError;
use super::given::Given;

/// The log's levels, the quietest first.
pub(crate) const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

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

/// The broker's own modules that log.
const MODULES: [&str; 12] = [
    "auth",
    "cli",
    "config",
    "launcher",
    "logging",
    "management",
    "message",
    "net",
    "plugin",
    "session",
    "shutdown",
    "virtual_host",
];

/// Why words of Qpid's do not say what is logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SelectorError {
    /// There is none.
    #[error("wanted LEVEL[+][:PART], such as info+ or debug+:Network")]
    Empty,
    /// There is no such level.
    #[error("{0}: no such level; there are: trace, debug, info, notice, warning, error, critical")]
    Level(String),
    /// There is no such part.
    #[error("{selector}: no such part of the log; there are: {}", parts())]
    Part {
        /// What was to be chosen.
        selector: String,
    },
    /// The log can't choose up to a level.
    #[error("{0}: levels up to one can't be chosen")]
    UpTo(String),
    /// The log can't leave out from a level on.
    #[error("!{0}: what is above can't be left out without what is below")]
    Above(String),
}

/// The log's filter for the rules of `log-enable`.
///
/// # Errors
/// The first rule that does not say what is logged.
pub(super) fn of_rules(rules: &[&Given]) -> Result<String, ConfigError> {
    for rule in rules {
        let filter = match rule.value.contains('=') {
            true => Err(SelectorError::Empty),
            false => filter(&rule.value),
        };
        filter.map_err(|source| ConfigError::Rule {
            origin: rule.origin.clone(),
            value: rule.value.clone(),
            source,
        })?;
    }
    let all: Vec<&str> = rules.iter().map(|rule| rule.value.as_str()).collect();
    // Each was checked; together they are one more list.
    Ok(filter(&all.join(",")).unwrap_or_default())
}

/// The log's filter for Qpid's words.
///
/// # Errors
/// What can't be understood, or what the log can't do.
pub(crate) fn filter(level: &str) -> Result<String, SelectorError> {
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
        return Err(SelectorError::Empty);
    }
    Ok(all.join(","))
}

/// A selector as target and threshold.
fn parse(selector: &str) -> Result<(String, usize), SelectorError> {
    let (level, target) = split(selector)?;
    if level.ends_with('-') {
        return Err(SelectorError::UpTo(selector.to_owned()));
    }
    Ok((target, threshold(selector, level.trim_end_matches('+'))?))
}

/// What is left out, as the threshold that remains.
fn parse_left_out(selector: &str) -> Result<(String, usize), SelectorError> {
    let (level, target) = split(selector)?;
    let threshold = threshold(selector, level.trim_end_matches(['+', '-']))?;
    if !level.ends_with('+') {
        return Ok((target, threshold.saturating_sub(1)));
    }
    if LEVELS.get(threshold) == Some(&"trace") {
        return Ok((target, 0));
    }
    Err(SelectorError::Above(selector.to_owned()))
}

fn split(selector: &str) -> Result<(&str, String), SelectorError> {
    let Some((level, part)) = selector.split_once(':') else {
        return Ok((selector, String::new()));
    };
    let known = PARTS.iter().find(|(name, _)| part.eq_ignore_ascii_case(name));
    let lower = part.to_ascii_lowercase();
    let module = part.strip_prefix("philter::").unwrap_or(&lower);
    let first = module.split("::").next().unwrap_or_default();
    let target = match known {
        Some((_, target)) => (*target).to_owned(),
        None if part.starts_with("plugin::") => part.to_owned(),
        None if MODULES.contains(&first) => format!("philter::{module}"),
        None => return Err(SelectorError::Part { selector: selector.to_owned() }),
    };
    Ok((level, target))
}

fn threshold(selector: &str, level: &str) -> Result<usize, SelectorError> {
    let unknown = || SelectorError::Level(selector.to_owned());
    let (_, name) = NAMES.iter().find(|(name, _)| *name == level).ok_or_else(unknown)?;
    LEVELS.iter().position(|have| have == name).ok_or_else(unknown)
}

fn parts() -> String {
    let parts: Vec<&str> = PARTS.iter().map(|(name, _)| *name).chain(MODULES).collect();
    format!("{}, plugin::NAME", parts.join(", "))
}

#[cfg(test)]
mod tests {
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
        for text in ["", "loud+", "debug-", "!warning+:Network", "debug+:ha::", "info:Nothing"] {
            assert!(super::filter(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_is_a_module_of_ours_or_a_plugin() {
        let filter = |text| super::filter(text).unwrap();
        assert_eq!(filter("trace+:virtual_host::queue"), "philter::virtual_host::queue=trace");
        assert_eq!(filter("trace+:philter::net"), "philter::net=trace");
        assert_eq!(filter("debug:plugin::exchange-xml"), "plugin::exchange-xml=debug");
    }
}
