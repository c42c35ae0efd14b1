//! Arguments of methods and properties of clients in the types that the rest of the broker knows.

use philter_plugin_api::{MapRef, Value, ValueRef};
use philter_protocol::v0_9_1::Table;

pub(super) use crate::message::encode_arguments_of_0_9_1 as encode_arguments;
use crate::virtual_host::Arguments;

/// A table by name; what has no counterpart is null.
pub(super) fn to_arguments(table: &Table) -> Arguments {
    let encoded = encode_arguments(table);
    let pairs = MapRef::parse(&encoded).unwrap_or_default();
    let owned = |(name, value): (&str, ValueRef<'_>)| {
        (name.to_owned(), value.to_value().unwrap_or(Value::Null))
    };
    pairs.iter().map(owned).collect()
}
