//! From an option's text to its value, one function a kind of value.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use philter_protocol::preface::Preface;
use tracing_subscriber::EnvFilter;

use super::AuthMode;
use super::defaults;
use super::error::ConfigError;
use super::given::Given;
use super::log::LogFormat;
use crate::virtual_host::{HOST_NAME_BYTES_MAX, is_host_name};

type Parsed<T> = Result<T, ConfigError>;

/// A TCP port; 0 lets the system choose.
pub(crate) fn port(given: &Given) -> Parsed<u16> {
    in_range(given, 0..=u16::MAX)
}

/// An address of this machine; IPv6 may stand in brackets.
pub(crate) fn interface(given: &Given) -> Parsed<IpAddr> {
    let text = given.value.as_str();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| {
        ConfigError::bad_value(given, "an IP address of this machine such as 127.0.0.1 or ::1")
    })
}

/// A path; in a file it stands against the file's folder.
pub(crate) fn path(given: &Given) -> Parsed<PathBuf> {
    if given.value.is_empty() {
        return Err(ConfigError::bad_value(given, "a path"));
    }
    Ok(match given.origin.folder() {
        Some(folder) => folder.join(&given.value),
        None => PathBuf::from(&given.value),
    })
}

/// Yes or no, in the words that Qpid and TOML have for them.
pub(crate) fn yes_or_no(given: &Given) -> Parsed<bool> {
    match given.value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" | "on" => Ok(true),
        "no" | "false" | "0" | "off" => Ok(false),
        _ => Err(ConfigError::bad_value(given, "yes or no")),
    }
}

/// Whether peers have to say who they are.
pub(crate) fn auth_mode(given: &Given) -> Parsed<AuthMode> {
    yes_or_no(given).map(|yes| if yes { AuthMode::Required } else { AuthMode::Everyone })
}

/// What follows the `@` of an identity.
pub(crate) fn realm(given: &Given) -> Parsed<String> {
    let text = &given.value;
    let is_text = !text.chars().any(|c| c == '@' || c.is_control());
    if is_text && text.len() <= defaults::REALM_BYTES_MAX {
        return Ok(text.clone());
    }
    let limit = defaults::REALM_BYTES_MAX;
    let wanted = format!("at most {limit} bytes, without @ and control characters");
    Err(ConfigError::bad_value(given, wanted))
}

/// The name of a virtual host.
pub(crate) fn virtual_host(given: &Given) -> Parsed<String> {
    if is_host_name(&given.value) {
        return Ok(given.value.clone());
    }
    let wanted = format!("1 to {HOST_NAME_BYTES_MAX} bytes without control characters");
    Err(ConfigError::bad_value(given, wanted))
}

/// The name of a plugin's type.
pub(crate) fn type_name(given: &Given) -> Parsed<String> {
    if given.value.is_empty() {
        return Err(ConfigError::bad_value(given, "the name of an auth provider"));
    }
    Ok(given.value.clone())
}

/// A level, or a list of `target=level`.
pub(crate) fn log_filter(given: &Given) -> Parsed<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_known = |directive: &str| {
        let directive = directive.trim();
        let level = directive.to_ascii_lowercase();
        directive.contains(['=', '[']) || LEVELS.contains(&level.as_str())
    };
    let text = &given.value;
    if text.split(',').all(is_known) && EnvFilter::try_new(text).is_ok() {
        return Ok(text.clone());
    }
    let wanted = "off, error, warn, info, debug, trace, or a list of TARGET=LEVEL";
    Err(ConfigError::bad_value(given, wanted))
}

/// The form of the log.
pub(crate) fn log_format(given: &Given) -> Parsed<LogFormat> {
    let known = [LogFormat::Human, LogFormat::Json];
    let found = known.into_iter().find(|format| format.name() == given.value);
    found.ok_or_else(|| ConfigError::bad_value(given, "human or json"))
}

/// What the system's log calls the broker.
pub(crate) fn syslog_name(given: &Given) -> Parsed<String> {
    let (text, limit) = (&given.value, defaults::SYSLOG_NAME_BYTES_MAX);
    let is_name = text.bytes().all(|byte| byte.is_ascii_graphic() && !b":[]".contains(&byte));
    if is_name && (1..=limit).contains(&text.len()) {
        return Ok(text.clone());
    }
    let wanted = format!("1 to {limit} letters and digits without blanks, colons and brackets");
    Err(ConfigError::bad_value(given, wanted))
}

/// Connections that wait to be accepted.
pub(crate) fn backlog(given: &Given) -> Parsed<i32> {
    in_range(given, 1..=defaults::CONNECTION_BACKLOG_BOUND)
}

/// A protocol, in Qpid's words.
pub(crate) fn protocol(given: &Given) -> Parsed<Preface> {
    let known = SPOKEN.iter().find(|(name, _)| *name == given.value);
    match (known, given.value.as_str()) {
        (Some((_, preface)), _) => Ok(*preface),
        (None, "amqp1.0") => Err(ConfigError::value_not_yet(given)),
        _ => {
            let names = SPOKEN.map(|(name, _)| name);
            Err(ConfigError::bad_value(given, names.join(" or ")))
        }
    }
}

/// What there is to be spoken.
pub(crate) const SPOKEN: [(&str, Preface); 2] =
    [("amqp0-10", Preface::V0_10), ("amqp0-9-1", Preface::V0_9_1)];

/// Milliseconds that a delivery may wait for its acknowledgement; 0: any time.
pub(crate) fn consumer_timeout_ms(given: &Given) -> Parsed<u64> {
    in_range(given, 0..=defaults::CONSUMER_TIMEOUT_MS_BOUND)
}

/// What nobody may ask for before it is there: no is fine.
pub(crate) fn no_alone(given: &Given) -> Parsed<()> {
    if yes_or_no(given)? { Err(ConfigError::value_not_yet(given)) } else { Ok(()) }
}

/// Seconds between two looks for expired messages.
pub(crate) fn purge_interval_s(given: &Given) -> Parsed<u64> {
    in_seconds(given, 0..=defaults::QUEUE_PURGE_INTERVAL_S_BOUND)
}

/// Seconds that a branch of a distributed transaction may take: what the protocol can say; 0: any
/// time.
pub(crate) fn dtx_timeout_s(given: &Given) -> Parsed<u32> {
    in_seconds(given, 0..=u32::MAX)
}

/// Seconds to wait for a daemon.
pub(crate) fn wait_s(given: &Given) -> Parsed<u64> {
    in_range(given, 1..=defaults::WAIT_S_BOUND)
}

/// Milliseconds of an orderly end.
pub(crate) fn drain_ms(given: &Given) -> Parsed<u64> {
    in_range(given, 0..=defaults::DRAIN_MS_BOUND)
}

/// Connections at a time.
pub(crate) fn connections_max(given: &Given) -> Parsed<usize> {
    in_range(given, 1..=defaults::CONNECTIONS_BOUND)
}

/// Milliseconds until a peer must be authenticated.
pub(crate) fn negotiate_time_ms(given: &Given) -> Parsed<u64> {
    in_range(given, 1..=defaults::NEGOTIATE_TIME_MS_BOUND)
}

/// A number of bytes.
pub(crate) fn bytes(given: &Given) -> Parsed<u64> {
    in_range(given, 0..=u64::MAX)
}

/// Seconds between two broadcasts of management.
pub(crate) fn interval_s(given: &Given) -> Parsed<u16> {
    in_seconds(given, 1..=u16::MAX)
}

/// Per cent of a limit.
pub(crate) fn per_cent(given: &Given, range: RangeInclusive<u8>) -> Parsed<u8> {
    in_range(given, range)
}

/// The name of a message group.
pub(crate) fn group_id(given: &Given) -> Parsed<Arc<str>> {
    let limit = defaults::GROUP_ID_BYTES_MAX;
    if (1..=limit).contains(&given.value.len()) {
        return Ok(given.value.as_str().into());
    }
    Err(ConfigError::bad_value(given, format!("1 to {limit} bytes")))
}

/// Threads.
pub(crate) fn worker_threads(given: &Given) -> Parsed<usize> {
    in_range(given, 1..=defaults::WORKER_THREADS_BOUND)
}

/// Whole seconds, which Qpid's brokers take with `s` or `ms` behind them as well.
fn in_seconds<T>(given: &Given, range: RangeInclusive<T>) -> Parsed<T>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let text = given.value.as_str();
    let whole = |ms: u64| ms.is_multiple_of(1_000).then(|| (ms / 1_000).to_string());
    let seconds = match text.strip_suffix("ms") {
        Some(ms) => ms.parse().ok().and_then(whole),
        None => Some(text.strip_suffix('s').unwrap_or(text).to_owned()),
    };
    let value = seconds.unwrap_or_else(|| text.to_owned());
    let seconds = Given { value, ..given.clone() };
    in_range(&seconds, range).map_err(|error| match error {
        ConfigError::BadValue { wanted, .. } => ConfigError::bad_value(given, wanted),
        other => other,
    })
}

fn in_range<T>(given: &Given, range: RangeInclusive<T>) -> Parsed<T>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    given.value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        ConfigError::bad_value(given, wanted)
    })
}
