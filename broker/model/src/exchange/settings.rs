//! What an exchange is declared with, and the names that are the broker's own.

use std::fmt;
use std::sync::Arc;

use philter_plugin_api::{Value, ValueRef};

use crate::limits::SHOWN_CHARACTERS_MAX;

/// The argument that names an alternate exchange, and what an error calls either kind.
const ALTERNATE: &str = "alternate-exchange";

/// The type of exchanges that hold messages until they are due.
const DELAYED_TYPE: &str = "x-delayed-message";

/// The argument that names the type by which such an exchange routes.
const ROUTED_BY: &str = "x-delayed-type";

/// What an error shows where there is no name.
const NONE: &str = "<none>";

/// An exchange that is there from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingExchange {
    /// Its name; empty: the default exchange, to which every queue is bound by its name.
    pub name: &'static str,
    /// Its type.
    pub type_name: &'static str,
    /// It counts as durable.
    pub is_durable: bool,
    /// Management is reached by it.
    pub is_for_management: bool,
}

const fn standing(
    name: &'static str,
    type_name: &'static str,
    is_durable: bool,
) -> StandingExchange {
    StandingExchange { name, type_name, is_durable, is_for_management: false }
}

const fn for_management(name: &'static str, type_name: &'static str) -> StandingExchange {
    StandingExchange { name, type_name, is_durable: false, is_for_management: true }
}

/// The exchanges that clients expect, of whichever broker they were written for.
pub const STANDING: [StandingExchange; 9] = [
    standing("", "direct", false),
    standing("amq.direct", "direct", true),
    standing("amq.topic", "topic", true),
    standing("amq.fanout", "fanout", true),
    standing("amq.match", "headers", true),
    standing("amq.headers", "headers", true),
    for_management("qpid.management", "topic"),
    for_management("qmf.default.topic", "topic"),
    for_management("qmf.default.direct", "direct"),
];

/// Why an exchange can't be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The name is one of the broker's own.
    #[error("exchange names that begin with 'amq.' or 'qpid.' are reserved: {0}")]
    Reserved(String),
    /// Nobody knows the argument.
    #[error("unknown exchange argument {0}: names that begin with 'qpid.' are the broker's own")]
    Unknown(String),
    /// An argument's value is of the wrong kind.
    #[error("exchange argument {name}: {expected} expected, found {found}")]
    Value {
        /// The argument.
        name: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it was given.
        found: String,
    },
    /// An exchange that delays needs to know how to route.
    #[error("exchange type {DELAYED_TYPE}: argument {ROUTED_BY} expected, the type to route by")]
    NoRoutedBy,
    /// It exists and is something else.
    #[error("exchange '{name}' has {what} {found}, requested {wanted}")]
    Different {
        /// The exchange.
        name: String,
        /// What differs.
        what: &'static str,
        /// What it has.
        found: String,
        /// What was asked for.
        wanted: String,
    },
}

/// What an exchange is declared with.
#[derive(Clone, Debug, PartialEq)]
pub struct ExchangeSettings {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub type_name: Arc<str>,
    /// It is to outlive the broker.
    pub is_durable: bool,
    /// It goes when its last binding has gone.
    pub is_auto_delete: bool,
    /// It holds messages until they are due, and routes them by this type then.
    pub delayed_type: Option<Arc<str>>,
    /// Clients can't publish to it: messages come by bindings and as alternate exchange only.
    pub is_internal: bool,
    /// Where messages go that match nothing: an exchange that is there as long as this one is.
    pub alternate_exchange: Option<Arc<str>>,
    /// The same by name alone (`alternate-exchange`): looked up when a message needs it, and there
    /// may be none of this name.
    pub alternate_by_name: Option<Arc<str>>,
    /// Every message gets a number (`qpid.msg_sequence`).
    pub is_sequenced: bool,
    /// A new binding gets the last message that it matches (`qpid.ive`).
    pub keeps_last: bool,
    /// The arguments as they were given.
    pub arguments: Vec<(String, Value)>,
}

impl ExchangeSettings {
    /// Settings without arguments.
    pub fn new(name: &str, type_name: &str) -> Self {
        Self {
            name: name.into(),
            type_name: type_name.into(),
            is_durable: false,
            is_auto_delete: false,
            delayed_type: None,
            is_internal: false,
            alternate_exchange: None,
            alternate_by_name: None,
            is_sequenced: false,
            keeps_last: false,
            arguments: Vec::new(),
        }
    }

    /// Takes over the arguments of a declare; those that mean nothing here are the plugin's.
    ///
    /// # Errors
    /// An unknown name that begins with `qpid.`, or a value of the wrong kind.
    pub fn parse_arguments<'a>(
        &mut self,
        arguments: impl IntoIterator<Item = (&'a str, ValueRef<'a>)>,
    ) -> Result<(), SettingsError> {
        for (name, value) in arguments {
            match name {
                "qpid.msg_sequence" => self.is_sequenced = is_set(value),
                "qpid.ive" => self.keeps_last = is_set(value),
                ROUTED_BY if self.is_delayed_type() => {
                    self.delayed_type = Some(name_in(ROUTED_BY, value)?);
                }
                ALTERNATE => self.alternate_by_name = Some(name_in(ALTERNATE, value)?),
                _ if name.starts_with("qpid.") => {
                    return Err(SettingsError::Unknown(name.to_owned()));
                }
                _ => {}
            }
            let value = value.to_value().unwrap_or(Value::Null);
            self.arguments.push((name.to_owned(), value));
        }
        match self.delayed_type.as_deref() {
            None if self.is_delayed_type() => Err(SettingsError::NoRoutedBy),
            Some(DELAYED_TYPE) => Err(SettingsError::Value {
                name: ROUTED_BY,
                expected: "another type",
                found: DELAYED_TYPE.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The type of plugin that it routes by.
    pub fn plugin_type(&self) -> &Arc<str> {
        self.delayed_type.as_ref().unwrap_or(&self.type_name)
    }

    fn is_delayed_type(&self) -> bool {
        *self.type_name == *DELAYED_TYPE
    }

    /// Checks that a client may make an exchange of this name.
    ///
    /// # Errors
    /// The name is reserved.
    pub fn check_name(name: &str) -> Result<(), SettingsError> {
        if name.starts_with("amq.") || name.starts_with("qpid.") || name.is_empty() {
            return Err(SettingsError::Reserved(name.to_owned()));
        }
        Ok(())
    }

    /// The name of the exchange where messages go that match nothing, however it was given.
    pub fn alternate_name(&self) -> Option<&Arc<str>> {
        self.alternate_exchange.as_ref().or(self.alternate_by_name.as_ref())
    }

    /// Checks that a declare of an exchange that exists asks for what is there, in everything that
    /// is the broker's own. Arguments that are the type's are not compared.
    ///
    /// # Errors
    /// The first thing that differs.
    pub fn check_same_strictly(&self, wanted: &Self) -> Result<(), SettingsError> {
        self.same("type", &self.type_name, &wanted.type_name)?;
        self.same("durable", self.is_durable, wanted.is_durable)?;
        self.same("auto-delete", self.is_auto_delete, wanted.is_auto_delete)?;
        self.same("internal", self.is_internal, wanted.is_internal)?;
        let alternate = |settings: &Self| settings.alternate_name().map_or(NONE.into(), Arc::clone);
        self.same(ALTERNATE, alternate(self), alternate(wanted))
    }

    fn same<T: PartialEq + fmt::Display>(
        &self,
        what: &'static str,
        found: T,
        wanted: T,
    ) -> Result<(), SettingsError> {
        if found == wanted {
            return Ok(());
        }
        let (found, wanted) = (found.to_string(), wanted.to_string());
        Err(SettingsError::Different { name: self.name.to_string(), what, found, wanted })
    }

    /// Checks a declare of an exchange that exists: the type and the alternate must be the same
    /// where they are given.
    ///
    /// # Errors
    /// They differ.
    pub fn check_same(
        &self,
        type_name: &str,
        alternate: Option<&str>,
    ) -> Result<(), SettingsError> {
        if !type_name.is_empty() {
            self.same("type", &*self.type_name, type_name)?;
        }
        match alternate {
            Some(wanted) => {
                self.same(ALTERNATE, self.alternate_exchange.as_deref().unwrap_or(NONE), wanted)
            }
            None => Ok(()),
        }
    }
}

fn name_in(name: &'static str, value: ValueRef<'_>) -> Result<Arc<str>, SettingsError> {
    let wrong = || {
        let found: String = format!("{value:?}").chars().take(SHOWN_CHARACTERS_MAX).collect();
        SettingsError::Value { name, expected: "a name", found }
    };
    value.as_str().filter(|text| !text.is_empty()).map(Arc::from).ok_or_else(wrong)
}

/// Whether a switch is on: to Qpid's brokers it is wherever it stands, so only what says no is one.
fn is_set(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Bool(is_set) => is_set,
        ValueRef::String(text) => !matches!(text, "0" | "false" | "False"),
        ValueRef::Int(number) => number != 0,
        ValueRef::Long(number) => number != 0,
        ValueRef::Uint(number) => number != 0,
        ValueRef::Ulong(number) => number != 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_and_differences_are_named() {
        assert!(ExchangeSettings::check_name("amq.mine").is_err());
        assert!(ExchangeSettings::check_name("news").is_ok());
        let settings = ExchangeSettings::new("news", "topic");
        assert!(settings.check_same("", None).is_ok());
        let error = settings.check_same("direct", None).unwrap_err();
        assert_eq!(error.to_string(), "exchange 'news' has type topic, requested direct");
        let error = settings.check_same("topic", Some("alt")).unwrap_err();
        assert!(error.to_string().contains("has alternate-exchange <none>, requested alt"));
    }

    #[test]
    fn arguments_of_the_type_are_kept_and_unknown_ones_of_the_broker_refused() {
        let mut settings = ExchangeSettings::new("x", "x-consistent-hash");
        settings.parse_arguments([("hash-header", ValueRef::String("h"))]).unwrap();
        assert_eq!(settings.arguments.len(), 1);
        let error = settings.parse_arguments([("qpid.vie", ValueRef::Int(1))]).unwrap_err();
        assert_eq!(error, SettingsError::Unknown("qpid.vie".into()));
        let switches = [("qpid.ive", ValueRef::Int(1)), ("qpid.msg_sequence", ValueRef::Null)];
        settings.parse_arguments(switches).unwrap();
        assert!(settings.keeps_last && settings.is_sequenced);
    }

    fn news() -> ExchangeSettings {
        ExchangeSettings::new("news", "topic")
    }

    #[test]
    fn a_strict_comparison_names_what_is_there_and_what_was_asked_for() {
        assert!(news().check_same_strictly(&news()).is_ok());
        let by_name = ExchangeSettings { alternate_by_name: Some("alt".into()), ..news() };
        let others = [
            (ExchangeSettings::new("news", "direct"), "type topic, requested direct"),
            (ExchangeSettings { is_durable: true, ..news() }, "durable false, requested true"),
            (
                ExchangeSettings { is_auto_delete: true, ..news() },
                "auto-delete false, requested true",
            ),
            (ExchangeSettings { is_internal: true, ..news() }, "internal false, requested true"),
            (by_name.clone(), "alternate-exchange <none>, requested alt"),
        ];
        for (wanted, text) in others {
            let error = news().check_same_strictly(&wanted).unwrap_err().to_string();
            assert_eq!(error, format!("exchange 'news' has {text}"));
        }
        let by_field = ExchangeSettings { alternate_exchange: Some("alt".into()), ..news() };
        assert!(by_name.check_same_strictly(&by_field).is_ok());
    }

    #[test]
    fn an_exchange_that_delays_names_the_type_that_it_routes_by() {
        let parse = |arguments: &[(&'static str, ValueRef<'static>)]| {
            let mut settings = ExchangeSettings::new("later", DELAYED_TYPE);
            let parsed = settings.parse_arguments(arguments.iter().copied());
            parsed.map(|()| settings).map_err(|error| error.to_string())
        };
        let settings = parse(&[(ROUTED_BY, ValueRef::String("topic"))]).unwrap();
        assert_eq!(&**settings.plugin_type(), "topic");
        let text = "exchange type x-delayed-message: argument x-delayed-type expected, the type to \
                    route by";
        assert_eq!(parse(&[]).unwrap_err(), text);
        let error = parse(&[(ROUTED_BY, ValueRef::Int(1))]).unwrap_err();
        assert!(error.starts_with("exchange argument x-delayed-type: a name expected"), "{error}");
        let error = parse(&[(ROUTED_BY, ValueRef::String(DELAYED_TYPE))]).unwrap_err();
        assert!(error.contains("another type expected, found x-delayed-message"), "{error}");
        let mut other = news();
        other.parse_arguments([(ROUTED_BY, ValueRef::String("direct"))]).unwrap();
        assert_eq!(&**other.plugin_type(), "topic");
    }

    #[test]
    fn an_alternate_by_name_is_a_name() {
        let mut settings = news();
        settings.parse_arguments([(ALTERNATE, ValueRef::String("alt"))]).unwrap();
        assert_eq!(settings.alternate_name().map(|name| &**name), Some("alt"));
        let error = settings.parse_arguments([(ALTERNATE, ValueRef::Int(1))]).unwrap_err();
        let text = "exchange argument alternate-exchange: a name expected, found Int(1)";
        assert_eq!(error.to_string(), text);
    }
}
