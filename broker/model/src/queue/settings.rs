//! What a queue is declared with, parsed and checked once.

use std::sync::Arc;

use philter_plugin_api::{Value, ValueRef};

use crate::queue::overflow::OverflowPolicy;

/// Arguments that Qpid's brokers know and this one does not yet.
const NOT_YET: &[&str] = &[
    "qpid.flow_stop_count",
    "qpid.flow_stop_size",
    "qpid.flow_resume_count",
    "qpid.flow_resume_size",
    "qpid.alert_count",
    "qpid.alert_count_up",
    "qpid.alert_count_down",
    "qpid.alert_size",
    "qpid.alert_size_up",
    "qpid.alert_size_down",
    "qpid.alert_repeat_gap",
    "qpid.last_value_queue",
    "qpid.last_value_queue_key",
    "qpid.last_value_queue_no_browse",
    "qpid.priorities",
    "qpid.fairshare",
    "qpid.group_header_key",
    "qpid.shared_msg_group",
    "qpid.group_timestamp",
    "qpid.paging",
    "qpid.max_pages_loaded",
    "qpid.page_factor",
    "qpid.browse-only",
    "no-local",
    "qpid.auto_delete_timeout",
    "qpid.lifetime-policy",
    "qpid.filter",
    "qpid.queue_msg_sequence",
    "qpid.trace.id",
    "qpid.trace.exclude",
    "x-qpid-priorities",
    "x-qpid-fairshare",
    "x-qpid-maximum-message-count",
    "x-qpid-maximum-message-size",
];

/// An argument that a queue can't be declared with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is known and can't be done yet.
    #[error("queue argument {0} is not implemented yet")]
    NotYet(String),
    /// Nobody knows it.
    #[error("unknown queue argument {0}: names that begin with 'qpid.' are the broker's own")]
    Unknown(String),
    /// Its value is not of the right type, or out of range.
    #[error("queue argument {name}: {expected} expected, found {found}")]
    Value {
        /// The argument.
        name: String,
        /// What it takes.
        expected: &'static str,
        /// What it was given.
        found: String,
    },
}

/// What a queue is declared with.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueSettings {
    /// Its name.
    pub name: Arc<str>,
    /// It is to outlive the broker.
    pub is_durable: bool,
    /// It goes when its last consumer has gone.
    pub is_auto_delete: bool,
    /// Where its dead letters go.
    pub alternate_exchange: Option<Arc<str>>,
    /// Entries at the most; none: no limit.
    pub count_max: Option<u64>,
    /// Header and body bytes at the most; none: no limit.
    pub bytes_max: Option<u64>,
    /// What happens at a limit.
    pub policy: OverflowPolicy,
    /// The arguments as they were given, for queries.
    pub arguments: Vec<(String, Value)>,
}

impl QueueSettings {
    /// Settings without arguments, and without a limit.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            is_durable: false,
            is_auto_delete: false,
            alternate_exchange: None,
            count_max: None,
            bytes_max: None,
            policy: OverflowPolicy::Reject,
            arguments: Vec::new(),
        }
    }

    /// Takes over the arguments of a declare. Names that do not begin with `qpid.` and mean nothing
    /// here are kept for queries.
    ///
    /// # Errors
    /// An unknown name that begins with `qpid.`, a known one that is not implemented, or a value
    /// that is wrong.
    pub fn parse_arguments<'a>(
        &mut self,
        arguments: impl IntoIterator<Item = (&'a str, ValueRef<'a>)>,
    ) -> Result<(), SettingsError> {
        for (name, value) in arguments {
            match name {
                "qpid.max_count" => self.count_max = limit(name, value)?,
                "qpid.max_size" => self.bytes_max = limit(name, value)?,
                "qpid.policy_type" => self.policy = policy(name, value)?,
                _ if NOT_YET.contains(&name) || name.starts_with("qpid.fairshare-") => {
                    return Err(SettingsError::NotYet(name.to_owned()));
                }
                _ if name.starts_with("qpid.") => {
                    return Err(SettingsError::Unknown(name.to_owned()));
                }
                _ => {}
            }
            let value = value.to_value().unwrap_or(Value::Null);
            self.arguments.push((name.to_owned(), value));
        }
        Ok(())
    }
}

/// A limit; 0 says that there is none.
fn limit(name: &str, value: ValueRef<'_>) -> Result<Option<u64>, SettingsError> {
    let number = match value {
        ValueRef::Ubyte(number) => Some(u64::from(number)),
        ValueRef::Ushort(number) => Some(u64::from(number)),
        ValueRef::Uint(number) => Some(u64::from(number)),
        ValueRef::Ulong(number) => Some(number),
        ValueRef::Byte(number) => u64::try_from(number).ok(),
        ValueRef::Short(number) => u64::try_from(number).ok(),
        ValueRef::Int(number) => u64::try_from(number).ok(),
        ValueRef::Long(number) => u64::try_from(number).ok(),
        // Qpid's tools send numbers as they were typed.
        ValueRef::String(text) => text.parse().ok(),
        _ => None,
    };
    match number {
        Some(0) => Ok(None),
        Some(max) => Ok(Some(max)),
        None => Err(wrong(name, "a whole number from 0", value)),
    }
}

fn policy(name: &str, value: ValueRef<'_>) -> Result<OverflowPolicy, SettingsError> {
    match value {
        ValueRef::String("reject") => Ok(OverflowPolicy::Reject),
        ValueRef::String("ring") => Ok(OverflowPolicy::Ring),
        ValueRef::String(policy @ ("self-destruct" | "ring_strict" | "flow_to_disk")) => {
            Err(SettingsError::NotYet(format!("{name}={policy}")))
        }
        _ => Err(wrong(name, "'reject' or 'ring'", value)),
    }
}

fn wrong(name: &str, expected: &'static str, value: ValueRef<'_>) -> SettingsError {
    SettingsError::Value { name: name.to_owned(), expected, found: format!("{value:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: ValueRef<'_>) -> Result<QueueSettings, SettingsError> {
        let mut settings = QueueSettings::new("q");
        settings.parse_arguments([(name, value)]).map(|()| settings)
    }

    #[test]
    fn limits_come_in_any_integer_and_zero_is_none() {
        assert_eq!(parse("qpid.max_count", ValueRef::Int(5)).unwrap().count_max, Some(5));
        assert_eq!(parse("qpid.max_size", ValueRef::Ulong(9)).unwrap().bytes_max, Some(9));
        assert_eq!(parse("qpid.max_size", ValueRef::Long(0)).unwrap().bytes_max, None);
        let error = parse("qpid.max_count", ValueRef::Int(-1)).unwrap_err();
        assert!(error.to_string().contains("qpid.max_count"), "{error}");
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        let not_yet = parse("qpid.priorities", ValueRef::Int(5)).unwrap_err();
        assert_eq!(not_yet, SettingsError::NotYet("qpid.priorities".into()));
        let unknown = parse("qpid.max_cuont", ValueRef::Int(5)).unwrap_err();
        assert_eq!(unknown, SettingsError::Unknown("qpid.max_cuont".into()));
        assert!(parse("my.own", ValueRef::Null).is_ok());
    }
}
