//! What a component says of itself, read from the JSON of `describe` and checked.

use philter_plugin_api::abi::host::FactoryInfo;
use philter_plugin_api::abi::magic::KindVersion;
use philter_plugin_api::limits::{NAME_BYTES_MAX, SCHEMA_BYTES_MAX};
use philter_plugin_api::{Kind, NO_CONFIGURATION};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::contract::Contract;
use crate::limits::DESCRIPTION_BYTES_MAX;

/// The description of one interface.
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: String,
    pub(crate) factory: FactoryInfo,
}

/// The JSON. Members that this version does not know are left alone.
#[derive(Deserialize)]
struct Said {
    name: String,
    version: String,
    licence: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(rename = "configuration-schema")]
    configuration_schema: Option<Map<String, Value>>,
    #[serde(default)]
    entries: Vec<String>,
    subcommand: Option<String>,
}

/// Reads and checks a description.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read<C: Contract>(json: &str) -> Result<Described, String> {
    if json.len() > DESCRIPTION_BYTES_MAX {
        let bytes = json.len();
        return Err(format!("it has {bytes} bytes, at most {DESCRIPTION_BYTES_MAX} are taken"));
    }
    let said: Said = serde_json::from_str(json).map_err(|error| error.to_string())?;
    for (what, text) in [
        ("name", &said.name),
        ("version", &said.version),
        ("licence", &said.licence),
        ("type", &said.type_name),
        ("subcommand", said.subcommand.as_ref().unwrap_or(&said.name)),
    ] {
        if !(1..=NAME_BYTES_MAX).contains(&text.len()) {
            let bytes = text.len();
            return Err(format!("'{what}' has {bytes} bytes, wanted are 1 to {NAME_BYTES_MAX}"));
        }
    }
    let is_allowed = |letter: &char| letter.is_ascii_alphanumeric() || "._-".contains(*letter);
    if let Some(letter) = said.type_name.chars().find(|letter| !is_allowed(letter)) {
        return Err(format!("'type' has {letter:?}, wanted are A-Z a-z 0-9 . _ -"));
    }
    let schema = said.configuration_schema.map(|schema| schema_text(&Value::Object(schema)));
    let configuration_schema = schema.unwrap_or_default();
    if configuration_schema.len() > SCHEMA_BYTES_MAX {
        let bytes = configuration_schema.len();
        return Err(format!(
            "'configuration-schema' has {bytes} bytes, at most {SCHEMA_BYTES_MAX} are taken"
        ));
    }
    let kind_version = version::<C>();
    Ok(Described {
        factory: FactoryInfo {
            kind: C::KIND,
            kind_version,
            is_draft: KindVersion::is_draft(kind_version),
            type_name: said.type_name,
            configuration_schema,
            may_block: C::KIND == Kind::Store,
            optional_entries: entries::<C>(&said.entries, said.subcommand.is_some()),
            subcommand: said.subcommand,
        },
        name: said.name,
        version: said.version,
        licence: said.licence,
    })
}

/// A schema in the words of the SDK where it is that of a type that takes no configuration.
fn schema_text(schema: &Value) -> String {
    match serde_json::from_str::<Value>(NO_CONFIGURATION) {
        Ok(none) if *schema == none => NO_CONFIGURATION.to_owned(),
        _ => schema.to_string(),
    }
}

/// The version of an interface, which may be a draft where the kind is none.
fn version<C: Contract>() -> KindVersion {
    let version = C::INTERFACE.split_once('@').map(|(_, version)| version.split('.'));
    let mut numbers = version.into_iter().flatten().map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    KindVersion { major: next(), minor: next() }
}

/// The optional entries that are there, by the names of the native table. Names that this version
/// does not know are of a later one.
fn entries<C: Contract>(named: &[String], has_command: bool) -> Vec<&'static str> {
    let known = C::ENTRIES.iter().filter(|(name, _)| named.iter().any(|named| named == name));
    let mut entries: Vec<_> = known.map(|(_, entry)| *entry).collect();
    if has_command {
        entries.push("command");
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::FilterContract;

    const GOOD: &str = r#"{"name":"n","version":"1","licence":"MIT","type":"t"}"#;

    fn wrong(json: &str) -> String {
        read::<FilterContract>(json).err().unwrap()
    }

    #[test]
    fn what_is_not_said_is_not_there() {
        let factory = read::<FilterContract>(GOOD).unwrap().factory;
        assert_eq!((factory.type_name.as_str(), factory.configuration_schema.as_str()), ("t", ""));
        assert!(factory.optional_entries.is_empty() && factory.subcommand.is_none());
    }

    #[test]
    fn entries_have_the_names_of_the_native_table() {
        let json = GOOD.replace(
            '}',
            r#","entries":["try","later","transform"],"subcommand":"s","configuration-schema":{}}"#,
        );
        let factory = read::<FilterContract>(&json).unwrap().factory;
        assert_eq!(factory.optional_entries, ["transform", "try_expression", "command"]);
        assert_eq!(factory.configuration_schema, "{}");
    }

    #[test]
    fn the_schema_of_no_configuration_is_that_of_the_sdk() {
        let schema =
            r#", "configuration-schema": {"additionalProperties": false, "type": "object"}}"#;
        let factory = read::<FilterContract>(&GOOD.replace('}', schema)).unwrap().factory;
        assert_eq!(factory.configuration_schema, NO_CONFIGURATION);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(wrong("{").contains("EOF while parsing"));
        let long = " ".repeat(DESCRIPTION_BYTES_MAX + 1);
        assert_eq!(wrong(&long), "it has 262145 bytes, at most 262144 are taken");
        assert!(wrong("{}").contains("missing field `name`"));
        let no_name = wrong(&GOOD.replace("\"n\"", "\"\""));
        assert_eq!(no_name, "'name' has 0 bytes, wanted are 1 to 127");
        let spaced = wrong(&GOOD.replace("\"t\"", "\"a b\""));
        assert_eq!(spaced, "'type' has ' ', wanted are A-Z a-z 0-9 . _ -");
    }
}
