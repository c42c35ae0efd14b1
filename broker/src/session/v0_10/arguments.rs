//! Arguments of commands and properties of clients in the types that the rest of the broker knows.

use philter_plugin_api::{MapRef, Value};
use philter_protocol::v0_10::FieldMap;

use crate::message::values::encode_arguments;
use crate::virtual_host::Arguments;

/// A map by name; what has no counterpart is null.
pub(super) fn to_arguments(map: Option<&FieldMap>) -> Arguments {
    let encoded = encode_arguments(map);
    let pairs = MapRef::parse(&encoded).unwrap_or_default();
    let owned = |(name, value): (&str, philter_plugin_api::ValueRef<'_>)| {
        (name.to_owned(), value.to_value().unwrap_or(Value::Null))
    };
    pairs.iter().map(owned).collect()
}
