//! A plugin's configuration schema in lines for people.

use serde_json::Value;

/// One line a property: its name, its default or type, what it is for, what it may be.
pub(crate) fn lines(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(name, property)| line(name, property)).collect()
}

fn line(name: &str, property: &Value) -> String {
    let text = |key: &str| property.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut line = match property.get("default") {
        Some(default) => format!("{name} = {default}"),
        None => format!("{name} ({})", text("type")),
    };
    if !text("description").is_empty() {
        line.push_str(&format!(": {}", text("description")));
    }
    let choices = property.get("enum").or_else(|| property.pointer("/items/enum"));
    if let Some(choices) = choices.and_then(Value::as_array) {
        let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
        line.push_str(&format!(" [{}]", choices.join(", ")));
    }
    if let (Some(from), Some(to)) = (property.get("minimum"), property.get("maximum")) {
        line.push_str(&format!(" [{from} to {to}]"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_default_purpose_choices_and_range() {
        let schema = serde_json::json!({ "properties": {
            "accept": { "enum": ["a", "b"], "default": "a", "description": "Whom to let in" },
            "path": { "type": "string" },
            "rounds": { "type": "integer", "default": 3, "minimum": 1, "maximum": 9 },
        }});
        let wanted =
            [r#"accept = "a": Whom to let in ["a", "b"]"#, "path (string)", "rounds = 3 [1 to 9]"];
        assert_eq!(lines(&schema), wanted);
        assert!(lines(&serde_json::json!({"type": "object"})).is_empty());
    }
}
