//! Whether a queue that is declared again is the same, as RabbitMQ asks.
//!
//! Invariant: numbers of different integer types are equal where they are the same number, and a
//! name that means nothing here makes no difference.

use philter_plugin_api::{Value, ValueRef};

use super::value::{shown, whole};
use super::{QueueSettings, SettingsError};

/// The arguments that have to be the same.
const COMPARED: [&str; 11] = [
    "x-queue-type",
    "x-message-ttl",
    "x-expires",
    "x-max-length",
    "x-max-length-bytes",
    "x-overflow",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-max-priority",
    "x-single-active-consumer",
    "x-delivery-limit",
];

/// What is meant where no type is given.
const CLASSIC: ValueRef<'static> = ValueRef::String("classic");

impl QueueSettings {
    /// Checks that a second declare asks for what is there.
    ///
    /// # Errors
    /// It does not: the first that differs, with what was received and what is there.
    pub fn check_same<'a>(
        &self,
        is_durable: bool,
        is_exclusive: bool,
        is_auto_delete: bool,
        arguments: impl IntoIterator<Item = (&'a str, ValueRef<'a>)>,
    ) -> Result<(), SettingsError> {
        for (argument, received, current) in [
            ("durable", is_durable, self.is_durable),
            ("exclusive", is_exclusive, self.is_exclusive),
            ("auto_delete", is_auto_delete, self.is_auto_delete),
        ] {
            if received != current {
                let (received, current) = (format!("'{received}'"), format!("'{current}'"));
                return Err(self.different(argument, received, current));
            }
        }
        let received: Vec<(&str, ValueRef<'_>)> = arguments.into_iter().collect();
        COMPARED.iter().try_for_each(|name| self.check_argument(name, &received))
    }

    fn check_argument(
        &self,
        name: &'static str,
        received: &[(&str, ValueRef<'_>)],
    ) -> Result<(), SettingsError> {
        let default = (name == "x-queue-type").then_some(CLASSIC);
        let received = received.iter().rev().find(|(given, _)| *given == name);
        let received = received.map(|(_, value)| *value).or(default);
        let current = self.arguments.iter().rev().find(|(given, _)| given == name);
        let current = current.map(|(_, value)| borrowed(value)).or(default);
        let is_same = match (received, current) {
            (Some(received), Some(current)) => is_equal(received, current),
            (received, current) => received.is_none() && current.is_none(),
        };
        match is_same {
            true => Ok(()),
            false => Err(self.different(name, told(received), told(current))),
        }
    }

    fn different(
        &self,
        argument: &'static str,
        received: String,
        current: String,
    ) -> SettingsError {
        SettingsError::Different { queue: self.name.to_string(), argument, received, current }
    }
}

fn is_equal(one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// What these arguments hold; what can't stand in one of them is nothing.
fn borrowed(value: &Value) -> ValueRef<'_> {
    match value {
        Value::Bool(value) => ValueRef::Bool(*value),
        Value::Ubyte(number) => ValueRef::Ubyte(*number),
        Value::Ushort(number) => ValueRef::Ushort(*number),
        Value::Uint(number) => ValueRef::Uint(*number),
        Value::Ulong(number) => ValueRef::Ulong(*number),
        Value::Byte(number) => ValueRef::Byte(*number),
        Value::Short(number) => ValueRef::Short(*number),
        Value::Int(number) => ValueRef::Int(*number),
        Value::Long(number) => ValueRef::Long(*number),
        Value::String(text) => ValueRef::String(text),
        Value::Symbol(text) => ValueRef::Symbol(text),
        Value::Binary(bytes) => ValueRef::Binary(bytes),
        _ => ValueRef::Null,
    }
}

fn told(value: Option<ValueRef<'_>>) -> String {
    match value {
        None => "none".to_owned(),
        Some(value @ (ValueRef::String(_) | ValueRef::Symbol(_))) => shown(value),
        Some(value) => format!("'{}'", shown(value)),
    }
}
