//! What a plugin says of itself, and its limits, as text for people and as JSON.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::schema;
use crate::plugin::{Carrier, Digest, FactoryDescription};

/// Everything that a plugin says of itself, in lines.
pub(crate) fn of_plugin(path: &Path, carrier: &dyn Carrier) -> String {
    let plugin = carrier.description();
    let mut text = format!(
        "{} {} ({}), ABI {}\n  file: {}\n  SHA-256: {}\n",
        plugin.name,
        plugin.version,
        plugin.licence,
        plugin.abi,
        path.display(),
        digest(path)
    );
    if let Some(sandbox) = carrier.sandbox() {
        let limits = sandbox.settings().shown();
        let limits: Vec<_> = limits.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let _ = writeln!(text, "  component: {}", limits.join(", "));
    }
    for factory in &plugin.factories {
        // Writing to a String does not fail.
        let _ = write_factory(&mut text, factory);
    }
    for reason in &plugin.refused {
        let _ = writeln!(text, "  left out: {reason}");
    }
    text
}

fn write_factory(text: &mut String, factory: &FactoryDescription) -> std::fmt::Result {
    let draft = if factory.is_draft { " (draft)" } else { "" };
    let (kind, version) = (factory.kind.name(), factory.kind_version);
    writeln!(text, "  {kind} {}: {kind} kind {version}{draft}", factory.type_name)?;
    writeln!(text, "    may block: {}", if factory.may_block { "yes" } else { "no" })?;
    if let Some(subcommand) = &factory.subcommand {
        writeln!(text, "    subcommand: philter {subcommand}")?;
    }
    writeln!(text, "    optional entries: {}", factory.entries.join(", "))?;
    let lines = schema::lines(&schema_of(factory));
    writeln!(text, "    configuration:{}", if lines.is_empty() { " none" } else { "" })?;
    lines.iter().try_for_each(|line| writeln!(text, "      {line}"))
}

/// Everything that a plugin says of itself, as JSON.
pub(crate) fn as_json(path: &Path, carrier: &dyn Carrier) -> Value {
    let plugin = carrier.description();
    let mut object = json!(plugin);
    let factories = object.get_mut("factories").and_then(Value::as_array_mut);
    for (json, factory) in factories.into_iter().flatten().zip(&plugin.factories) {
        if let Some(json) = json.as_object_mut() {
            json.insert("configuration_schema".to_owned(), schema_of(factory));
        }
    }
    if let Some(object) = object.as_object_mut() {
        object.insert("file".to_owned(), json!(path));
        object.insert("sha256".to_owned(), json!(digest(path)));
        object.insert("carrier".to_owned(), json!(carrier.name()));
        if let Some(sandbox) = carrier.sandbox() {
            let limits = sandbox.settings().shown().into_iter();
            let limits: serde_json::Map<String, Value> =
                limits.map(|(key, value)| (key.to_owned(), value)).collect();
            object.insert("limits".to_owned(), Value::Object(limits));
        }
    }
    object
}

/// The schema as JSON; as text where it is none.
fn schema_of(factory: &FactoryDescription) -> Value {
    serde_json::from_str(&factory.configuration_schema)
        .unwrap_or_else(|_| Value::String(factory.configuration_schema.clone()))
}

fn digest(path: &Path) -> String {
    std::fs::File::open(path)
        .and_then(Digest::of_file)
        .map_or_else(|error| error.to_string(), |digest| digest.to_string())
}
