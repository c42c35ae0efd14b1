//! What a plugin is asked about: a type of it, how that is made, and an expression or bindings.

use serde_json::Value as Json;

use super::AuthoringError;
use super::binding::BindingText;
use super::recorded::value;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Question {
    /// The type, where the file offers several.
    pub(crate) type_name: Option<String>,
    /// The instance's configuration; the configuration file's where none is given.
    pub(crate) configuration: Option<String>,
    /// A filter's expression.
    pub(crate) expression: Option<String>,
    /// An exchange's bindings; their ids count from 1.
    pub(crate) bindings: Vec<BindingText>,
    /// The arguments of an exchange's declare, encoded.
    pub(crate) arguments: Vec<u8>,
}

impl Question {
    /// Reads what the options of the command line say.
    ///
    /// # Errors
    /// The option, and what is wrong in its JSON.
    pub(crate) fn read(
        type_name: Option<String>,
        configuration: Option<String>,
        expression: Option<String>,
        bindings: &[String],
        arguments: Option<&str>,
    ) -> Result<Self, AuthoringError> {
        if let Some(text) = &configuration {
            object(text).map_err(|why| refused("--configuration", text, why))?;
        }
        let bindings = bindings.iter().map(|text| {
            BindingText::read(text).map_err(|fault| refused("--bind", text, fault.to_string()))
        });
        let arguments = arguments.map_or(Ok(Vec::new()), |text| {
            read_arguments(text).map_err(|why| refused("--declare", text, why))
        });
        Ok(Self {
            type_name,
            configuration,
            expression,
            bindings: bindings.collect::<Result<_, _>>()?,
            arguments: arguments?,
        })
    }
}

fn refused(option: &'static str, given: &str, why: String) -> AuthoringError {
    AuthoringError::Option { option, given: given.to_owned(), why }
}

fn object(text: &str) -> Result<Json, String> {
    match serde_json::from_str::<Json>(text) {
        Ok(json @ Json::Object(_)) => Ok(json),
        Ok(_) => Err("wanted a JSON object".to_owned()),
        Err(error) => Err(format!("no JSON: {error}")),
    }
}

fn read_arguments(text: &str) -> Result<Vec<u8>, String> {
    value::map(&object(text)?).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(configuration: Option<&str>, bind: &[&str], declare: Option<&str>) -> String {
        let bindings: Vec<String> = bind.iter().map(|text| (*text).to_owned()).collect();
        let configuration = configuration.map(str::to_owned);
        Question::read(None, configuration, None, &bindings, declare).unwrap_err().to_string()
    }

    #[test]
    fn an_option_is_named_with_the_field_that_is_wrong() {
        assert_eq!(error(Some("[]"), &[], None), "--configuration []: wanted a JSON object");
        assert!(error(Some("{"), &[], None).starts_with("--configuration {: no JSON: EOF"));
        let bind = r#"{"key": 1}"#;
        assert_eq!(error(None, &[bind], None), format!("--bind {bind}: key: 1 is no text"));
        let declare = r#"{"a": {"$ubyte": 256}}"#;
        assert_eq!(
            error(None, &[], Some(declare)),
            format!("--declare {declare}: a.$ubyte: 256 is no whole number that fits a ubyte")
        );
    }
}
