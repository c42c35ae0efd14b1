//! The configuration of a type as a struct.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Reads the configuration of a type, a JSON object ([`crate::Context::configuration`]). With the
/// crate's feature `serde`.
///
/// # Errors
/// [`crate::ErrorKind::InvalidArgument`], with the type, the place (`limits.rows[2]`) and what is
/// wrong there, a value of a wrong type included.
pub fn read_configuration<T: DeserializeOwned>(type_name: &str, configuration: &str) -> Result<T> {
    let wrong = |what: String| Error::invalid(format!("configuration of '{type_name}': {what}"));
    // An array would do for the struct as well.
    let object: Map<String, Value> =
        serde_json::from_str(configuration).map_err(|error| wrong(error.to_string()))?;
    serde_path_to_error::deserialize(Value::Object(object)).map_err(|error| {
        // What is missing is named by what is wrong.
        match error.path().to_string().as_str() {
            "." => wrong(error.inner().to_string()),
            place => wrong(format!("{place}: {}", error.inner())),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Shop {
        #[serde(default)]
        rows: Vec<Row>,
        open: bool,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Row {
        places: u8,
    }

    #[test]
    fn an_object_is_read() {
        let shop = Shop { rows: vec![Row { places: 3 }], open: true };
        let read = read_configuration("shop", r#"{"rows": [{"places": 3}], "open": true}"#);
        assert_eq!(read, Ok(shop));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (json, text) in [
            (r#"{"open": 1}"#, "open: invalid type: integer `1`, expected a boolean"),
            (
                r#"{"open": true, "rows": [{"places": 3}, {"places": 300}]}"#,
                "rows[1].places: invalid value: integer `300`, expected u8",
            ),
            ("{}", "missing field `open`"),
            (r#"{"opens": true}"#, "opens: unknown field `opens`, expected `rows` or `open`"),
            ("[[], true]", "invalid type: sequence, expected a map at line 1 column 0"),
        ] {
            let error = read_configuration::<Shop>("shop", json).unwrap_err();
            assert_eq!(error.text(), format!("configuration of 'shop': {text}"));
        }
    }
}
