//! Which configuration an instance gets: its table in the file, and what the broker's own options
//! add; and whether it is one, by the schema of its type.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError};
use philter_plugin_api::{Kind, NO_CONFIGURATION};
use serde_json::{Map, Value};

use super::description::FactoryDescription;
use crate::config::{AuthMode, Config, PluginSettings, PluginTable, defaults};

/// The table for a type: by its own name, else by its library's file name, with or without its
/// ending.
pub(crate) fn table<'a>(
    settings: &'a PluginSettings,
    type_name: &str,
    file_name: &str,
) -> Option<&'a PluginTable> {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    [type_name, file_name, stem].into_iter().find_map(|name| settings.tables.get(name))
}

/// The configuration of a type as a JSON object. Auth providers that know a `realm` get the
/// broker's, and the anonymous one lets everyone in where the operator said `--auth no`.
pub(crate) fn of_type(config: &Config, factory: &FactoryDescription, file_name: &str) -> String {
    let given = table(&config.plugins, &factory.type_name, file_name);
    let mut object = given.map(|table| table.configuration.clone()).unwrap_or_default();
    if factory.kind == Kind::Auth {
        add_auth_options(config, factory, &mut object);
    }
    Value::Object(object).to_string()
}

/// The configuration of a provider that also lets the guest of RabbitMQ's clients in where it lets
/// anybody in: the given one and `guest`; none where the provider knows no such thing or an
/// operator said something of it.
pub(crate) fn with_guest(configuration: &str, factory: &FactoryDescription) -> Option<String> {
    let mut object = serde_json::from_str::<Map<String, Value>>(configuration).ok()?;
    if object.contains_key("guest") || !knows(factory, "guest") {
        return None;
    }
    object.insert("guest".to_owned(), Value::Bool(true));
    Some(Value::Object(object).to_string())
}

fn add_auth_options(
    config: &Config,
    factory: &FactoryDescription,
    object: &mut Map<String, Value>,
) {
    if !object.contains_key("realm") && knows(factory, "realm") {
        object.insert("realm".to_owned(), Value::String(config.realm.clone()));
    }
    if config.auth == AuthMode::Everyone && factory.type_name == defaults::ANONYMOUS_PROVIDER {
        object.insert("accept".to_owned(), Value::String("everyone".to_owned()));
    }
}

fn knows(factory: &FactoryDescription, property: &str) -> bool {
    let schema = serde_json::from_str::<Value>(&factory.configuration_schema).ok();
    schema.is_some_and(|schema| schema.pointer(&format!("/properties/{property}")).is_some())
}

/// How long a configuration may be held against the schema of a component. One that takes longer is
/// never done: how long is the schema's own choice, by references that double at each level.
pub(crate) const SCHEMA_TIME_MAX: Duration = Duration::from_secs(5);

/// Something in a configuration that its type does not take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// Where: nothing, or members that lead there, each behind a point.
    pub(crate) place: String,
    /// What is wrong with it.
    pub(crate) text: String,
}

/// What of a configuration its type does not take, by the type's schema. Values are not shown, for
/// they may be secrets.
///
/// # Errors
/// The schema is none, and why.
pub(crate) fn faults(configuration: &str, schema: &str) -> Result<Vec<Fault>, String> {
    // In the header's words, a type without one takes no configuration.
    let schema = if schema.is_empty() { NO_CONFIGURATION } else { schema };
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let configuration: Value =
        serde_json::from_str(configuration).map_err(|error| error.to_string())?;
    // A plugin's patterns may take no more than linear time.
    let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
    let validator = options.build(&schema).map_err(|error| error.to_string())?;
    Ok(validator.iter_errors(&configuration).map(|error| fault(&configuration, &error)).collect())
}

/// The same by a schema of somebody who is not trusted: it is given up after `time_max`, which is a
/// fault, on a thread that ends with the process.
///
/// # Errors
/// As those of [`faults`].
pub(crate) fn faults_in_time(
    configuration: &str,
    schema: &str,
    time_max: Duration,
) -> Result<Vec<Fault>, String> {
    let (tell, told) = mpsc::sync_channel(1);
    let (configuration, schema) = (configuration.to_owned(), schema.to_owned());
    let look = move || drop(tell.send(faults(&configuration, &schema)));
    thread::Builder::new()
        .name("plugin schema".to_owned())
        .spawn(look)
        .map_err(|error| format!("no thread for it: {error}"))?;
    told.recv_timeout(time_max).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => {
            let text = format!("its schema took longer than {time_max:?}");
            Ok(vec![Fault { place: String::new(), text }])
        }
        RecvTimeoutError::Disconnected => Err("it was given up, by a panic".to_owned()),
    })
}

fn fault(configuration: &Value, error: &ValidationError<'_>) -> Fault {
    let pointer = error.instance_path().as_str();
    // Members as they are written: RFC 6901, section 4.
    let place = pointer.replace('/', ".").replace("~1", "/").replace("~0", "~");
    let there = configuration.pointer(pointer).and_then(Value::as_object);
    let text = match (error.kind(), there) {
        (ValidationErrorKind::FalseSchema, Some(object)) => {
            let members: Vec<String> = object.keys().map(|key| format!("'{key}'")).collect();
            format!("takes no {}", members.join(" and no "))
        }
        _ => error.masked().to_string(),
    };
    Fault { place, text }
}
