//! Which configuration an instance gets: its table in the file, and what the broker's own options
//! add; and whether it is one, by the schema of its type.

use jsonschema::PatternOptions;
use jsonschema::error::ValidationErrorKind;
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

/// What of a configuration its type does not take, by the type's schema: where in it, and what is
/// wrong with that. Values are not shown, for they may be secrets.
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
    let faults = validator.iter_errors(&configuration).map(|error| Fault {
        place: error.instance_path().as_str().replace('/', "."),
        text: match error.kind() {
            ValidationErrorKind::FalseSchema => "nothing may stand here".to_owned(),
            _ => error.masked().to_string(),
        },
    });
    Ok(faults.collect())
}

/// Something that a type does not take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// Where in the configuration: nothing, or members that lead there, each behind a point.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) text: String,
}
