//! `philter config show`: every option's value, and where it comes from.

use serde_json::{Value, json};

use super::{DONE, Terminal};
use crate::config::{Config, Origin, Shown};

/// Says every option's value, and where it comes from.
pub(crate) fn run(config: &Config, as_json: bool, terminal: &mut Terminal<'_>) -> i32 {
    let shown = config.shown();
    let text = if as_json {
        let objects: serde_json::Map<String, Value> =
            shown.iter().map(|shown| (shown.name.clone(), json_of(shown))).collect();
        format!("{:#}\n", Value::Object(objects))
    } else {
        text_of(&shown)
    };
    terminal.say(&text);
    DONE
}

/// A line an option: name, value, origin. A value that is too long pushes its own line alone.
fn text_of(shown: &[Shown<'_>]) -> String {
    const VALUE_CHARS_MAX: usize = 32;
    let names = shown.iter().map(|shown| shown.name.chars().count());
    let values = shown.iter().map(|shown| value(&shown.value).chars().count());
    let (name_chars, value_chars) = (names.max(), values.filter(|it| *it <= VALUE_CHARS_MAX).max());
    let (name_chars, value_chars) = (name_chars.unwrap_or(0), value_chars.unwrap_or(0));
    let line = |shown: &Shown<'_>| {
        let (name, value, origin) = (&shown.name, value(&shown.value), origin(shown));
        format!("{name:name_chars$}  {value:value_chars$}  {origin}\n")
    };
    shown.iter().map(line).collect()
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "-".to_owned(),
        Value::Array(values) => values.iter().map(self::value).collect::<Vec<String>>().join(", "),
        other => other.to_string(),
    }
}

fn origin(shown: &Shown<'_>) -> String {
    let words = shown.origins.iter().map(|origin| match origin {
        Origin::CommandLine { option } => format!("{option} on the command line"),
        Origin::Environment { .. } | Origin::File { .. } => origin.to_string(),
    });
    let words: Vec<String> = words.collect();
    let origin = if words.is_empty() { "default".to_owned() } else { words.join(", ") };
    match &shown.note {
        Some(note) => format!("{origin}: {note}"),
        None => origin,
    }
}

fn json_of(shown: &Shown<'_>) -> Value {
    let origins: Vec<Value> = shown.origins.iter().map(|origin| origin_json(origin)).collect();
    let mut object = json!({ "value": shown.value, "origins": origins });
    if let (Some(note), Some(object)) = (&shown.note, object.as_object_mut()) {
        object.insert("note".to_owned(), json!(note));
    }
    object
}

fn origin_json(origin: &Origin) -> Value {
    match origin {
        Origin::CommandLine { option } => json!({ "option": option }),
        Origin::Environment { variable } => json!({ "variable": variable }),
        Origin::File { path, line, column: None, key } => {
            json!({ "file": path, "line": line, "key": key })
        }
        Origin::File { path, line, column: Some(column), key } => {
            json!({ "file": path, "line": line, "column": column, "key": key })
        }
    }
}
