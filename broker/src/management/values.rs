//! Values between plugins' words, in which arguments are kept, and management's.

use philter_management::value::Value;
use philter_plugin_api::Value as Argument;
use philter_plugin_api::value::encode_map;
use philter_plugin_api::{MapRef, ValueRef};

/// Arguments as they were declared with.
pub(super) fn shown(arguments: &[(String, Argument)]) -> Value {
    let pairs = arguments.iter().map(|(name, value)| (name.clone(), show(value)));
    Value::Map(pairs.collect())
}

/// Arguments in the encoding of AMQP 1.0; what can't be read is not shown.
pub(super) fn shown_encoded(arguments: &[u8]) -> Value {
    let map = MapRef::parse(arguments).unwrap_or_default();
    let value = |value: ValueRef<'_>| value.to_value().unwrap_or(Argument::Null);
    Value::Map(map.iter().map(|(name, given)| (name.to_owned(), show(&value(given)))).collect())
}

/// Properties that a method was given, as the arguments of a declare or bind.
pub(super) fn encoded<'a>(properties: impl Iterator<Item = &'a (String, Value)>) -> Vec<u8> {
    let pairs: Vec<(&str, Argument)> =
        properties.map(|(name, value)| (name.as_str(), given(value))).collect();
    if pairs.is_empty() {
        return Vec::new();
    }
    encode_map(pairs.iter().map(|(name, value)| (*name, value)))
}

/// A map that a method was given, in plugins' words.
pub(super) fn argument_pairs(pairs: &[(String, Value)]) -> Vec<(Argument, Argument)> {
    let pair = |(name, value): &(String, Value)| (Argument::String(name.clone()), given(value));
    pairs.iter().map(pair).collect()
}

fn show(value: &Argument) -> Value {
    match value {
        Argument::Null => Value::Void,
        Argument::Bool(value) => Value::Bool(*value),
        Argument::Ubyte(value) => Value::Unsigned(u64::from(*value)),
        Argument::Ushort(value) => Value::Unsigned(u64::from(*value)),
        Argument::Uint(value) => Value::Unsigned(u64::from(*value)),
        Argument::Char(value) => Value::Unsigned(u64::from(*value)),
        Argument::Ulong(value) => Value::Unsigned(*value),
        Argument::Byte(value) => Value::Signed(i64::from(*value)),
        Argument::Short(value) => Value::Signed(i64::from(*value)),
        Argument::Int(value) => Value::Signed(i64::from(*value)),
        Argument::Long(value) | Argument::Timestamp(value) => Value::Signed(*value),
        Argument::Float(value) => Value::Double(f64::from(*value)),
        Argument::Double(value) => Value::Double(*value),
        Argument::Decimal32(bytes) => Value::Binary(bytes.to_vec()),
        Argument::Decimal64(bytes) => Value::Binary(bytes.to_vec()),
        Argument::Decimal128(bytes) => Value::Binary(bytes.to_vec()),
        Argument::Uuid(value) => Value::Uuid(*value),
        Argument::Binary(bytes) => Value::Binary(bytes.clone()),
        Argument::String(text) | Argument::Symbol(text) => Value::Text(text.clone()),
        Argument::List(items) | Argument::Array(items) => {
            Value::List(items.iter().map(show).collect())
        }
        Argument::Map(pairs) => Value::Map(pairs.iter().filter_map(shown_pair).collect()),
        Argument::Described(described) => show(&described.1),
    }
}

/// A pair of a map; maps of management have names alone for keys.
fn shown_pair((key, value): &(Argument, Argument)) -> Option<(String, Value)> {
    match key {
        Argument::String(name) | Argument::Symbol(name) => Some((name.clone(), show(value))),
        _ => None,
    }
}

fn given(value: &Value) -> Argument {
    match value {
        Value::Void => Argument::Null,
        Value::Bool(value) => Argument::Bool(*value),
        Value::Unsigned(value) | Value::Time(value) | Value::Duration(value) => {
            Argument::Ulong(*value)
        }
        Value::Signed(value) => Argument::Long(*value),
        Value::Double(value) => Argument::Double(*value),
        Value::Text(text) => Argument::String(text.clone()),
        Value::Reference(name) => Argument::String(name.0.clone()),
        Value::Uuid(value) => Argument::Uuid(*value),
        Value::Binary(bytes) => Argument::Binary(bytes.clone()),
        Value::List(items) => Argument::List(items.iter().map(given).collect()),
        Value::Map(pairs) => Argument::Map(argument_pairs(pairs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_become_arguments_and_are_shown_as_they_were() {
        let inner = Value::Map(vec![("x".into(), Value::Bool(true))]);
        let properties = vec![
            ("qpid.max_count".to_owned(), Value::Unsigned(5)),
            ("name".to_owned(), Value::from("a")),
            ("inner".to_owned(), inner),
            ("list".to_owned(), Value::List(vec![Value::Signed(-1), Value::Void])),
        ];
        let encoded = encoded(properties.iter());
        assert_eq!(shown_encoded(&encoded), Value::Map(properties));
    }

    #[test]
    fn no_properties_are_no_arguments() {
        assert!(encoded([].iter()).is_empty());
        assert_eq!(shown_encoded(&[]), Value::Map(Vec::new()));
    }
}
