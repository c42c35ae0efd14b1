//! Which messages management means: all, or those with a header of a value.

use philter_model::message::Message;
use philter_plugin_api::{MessageView, Value};

use crate::message::View;
use crate::message::values::text_of;
use crate::virtual_host::Error;

/// The names of the filter of purge, move and reroute, as the schema's methods take it.
const TYPE: &str = "filter_type";
const PARAMETERS: &str = "filter_params";
const HEADER_MATCH: &str = "header_match_str";
const HEADER: &str = "header_key";
const VALUE: &str = "header_value";

/// A choice of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum MessageMatch {
    /// All of them.
    #[default]
    All,
    /// Those whose header has this value, as text.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: String,
    },
}

impl MessageMatch {
    /// Reads the filter of a method; an empty one means all messages.
    ///
    /// # Errors
    /// A filter of another kind, or one that lacks a part.
    pub(crate) fn parse(filter: &[(Value, Value)]) -> Result<Self, Error> {
        if filter.is_empty() {
            return Ok(Self::All);
        }
        let unknown = || {
            Error::InvalidArgument(format!(
                "message filter: a map with {TYPE} '{HEADER_MATCH}' and {PARAMETERS} \
                 {{{HEADER}, {VALUE}}} expected"
            ))
        };
        let is_known = get(filter, TYPE).and_then(text) == Some(HEADER_MATCH);
        let parameters = get(filter, PARAMETERS).filter(|_| is_known);
        let Some(Value::Map(parameters)) = parameters else { return Err(unknown()) };
        let part = |name| get(parameters, name).and_then(text).map(str::to_owned);
        Ok(Self::Header {
            name: part(HEADER).ok_or_else(unknown)?,
            value: part(VALUE).ok_or_else(unknown)?,
        })
    }

    /// Whether a message is meant.
    pub(super) fn matches(&self, message: &Message) -> bool {
        match self {
            Self::All => true,
            Self::Header { name, value } => {
                let view = View::new(message, "");
                view.header(name).is_some_and(|have| text_of(have) == value.as_bytes())
            }
        }
    }
}

fn get<'a>(map: &'a [(Value, Value)], name: &str) -> Option<&'a Value> {
    map.iter().find(|(key, _)| text(key) == Some(name)).map(|(_, value)| value)
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) | Value::Symbol(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn a_filter_is_empty_or_names_a_header_and_its_value() {
        assert_eq!(MessageMatch::parse(&[]).unwrap(), MessageMatch::All);
        let parameters =
            Value::Map(vec![(text(HEADER), text("colour")), (text(VALUE), text("red"))]);
        let filter = [(text(TYPE), text(HEADER_MATCH)), (text(PARAMETERS), parameters.clone())];
        let expected = MessageMatch::Header { name: "colour".into(), value: "red".into() };
        assert_eq!(MessageMatch::parse(&filter).unwrap(), expected);
        let other = [(text(TYPE), text("xpath")), (text(PARAMETERS), parameters)];
        assert!(MessageMatch::parse(&other).is_err());
        assert!(MessageMatch::parse(&filter[..1]).is_err());
    }
}
