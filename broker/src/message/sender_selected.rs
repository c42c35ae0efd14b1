//! Routing keys that a publisher adds by headers, as RabbitMQ's documents on sender-selected
//! distribution define them: CC, which everybody sees, and BCC, which nobody does.

use std::borrow::Cow;

use philter_model::message::{Format, Message};
use philter_protocol::v0_9_1::{FieldRef, Properties, TableRef};

use crate::message::rewrite::Changes;

/// The header of keys that everybody sees.
pub(super) const CC: &str = "CC";

/// The header of keys that is taken away before a message enters a queue.
pub(super) const BCC: &str = "BCC";

/// A header of keys that is no array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("header '{name}': an array of routing keys expected, {found} found")]
pub(crate) struct NoKeys {
    /// `CC` or `BCC`.
    pub(crate) name: &'static str,
    /// The type that stands there.
    pub(crate) found: &'static str,
}

/// The keys beside its own with which a message of 0-9-1 is routed, in order; none for most. What
/// stands among them and is no text is no key, as it is to RabbitMQ.
///
/// # Errors
/// A header of keys that is no array.
pub(crate) fn sender_selected_keys(headers: TableRef<'_>) -> Result<Vec<String>, NoKeys> {
    let mut keys = Vec::new();
    for name in [CC, BCC] {
        match headers.get(name) {
            None => {}
            Some(FieldRef::Array(array)) => {
                keys.extend(array.iter().filter_map(FieldRef::as_str).map(str::to_owned));
            }
            Some(other) => return Err(NoKeys { name, found: type_name(other) }),
        }
    }
    Ok(keys)
}

/// The same keys of a message that is on its way already; none where they are no array.
pub(crate) fn further_keys(message: &Message) -> Vec<String> {
    if message.format() != Format::V0_9_1 {
        return Vec::new();
    }
    let headers = Properties::parse(message.header()).ok().and_then(|list| list.headers);
    headers.and_then(|headers| sender_selected_keys(headers).ok()).unwrap_or_default()
}

/// The header of a message of 0-9-1 as others may see it.
pub(crate) fn without_bcc(list: &[u8]) -> Cow<'_, [u8]> {
    let properties = Properties::parse(list).unwrap_or_default();
    if properties.headers.and_then(|headers| headers.get(BCC)).is_none() {
        return Cow::Borrowed(list);
    }
    let changes = Changes { headers: vec![(BCC, None)], ..Changes::default() };
    Cow::Owned(changes.apply(Format::V0_9_1, list))
}

/// A type's name as RabbitMQ's messages have it.
fn type_name(value: FieldRef<'_>) -> &'static str {
    match value {
        FieldRef::Bool(_) => "bool",
        FieldRef::Int8(_) => "byte",
        FieldRef::Uint8(_) => "unsignedbyte",
        FieldRef::Int16(_) => "short",
        FieldRef::Uint16(_) => "unsignedshort",
        FieldRef::Int32(_) => "signedint",
        FieldRef::Uint32(_) => "unsignedint",
        FieldRef::Int64(_) => "long",
        FieldRef::Float(_) => "float",
        FieldRef::Double(_) => "double",
        FieldRef::Decimal { .. } => "decimal",
        FieldRef::LongString(_) => "longstr",
        FieldRef::Array(_) => "array",
        FieldRef::Timestamp(_) => "timestamp",
        FieldRef::Table(_) => "table",
        FieldRef::Void => "void",
        FieldRef::Bytes(_) => "binary",
    }
}

#[cfg(test)]
mod tests {
    use philter_protocol::v0_9_1::{FieldValue, Table};

    use super::*;
    use crate::message::v0_9_1::read_table;

    fn encoded(table: &Table) -> Vec<u8> {
        let mut bytes = Vec::new();
        table.encode(&mut bytes);
        bytes
    }

    fn keys(table: &Table) -> Result<Vec<String>, NoKeys> {
        sender_selected_keys(read_table(&encoded(table)).unwrap())
    }

    fn array<const N: usize>(keys: [&str; N]) -> FieldValue {
        FieldValue::Array(keys.map(FieldValue::from).to_vec())
    }

    #[test]
    fn keys_are_those_of_cc_and_then_of_bcc() {
        let table = Table::new().with("BCC", array(["c"])).with("CC", array(["a", "b"]));
        assert_eq!(keys(&table).unwrap(), ["a", "b", "c"]);
        let mixed = FieldValue::Array(vec![FieldValue::Int8(5), "a".into()]);
        assert_eq!(keys(&Table::new().with("CC", mixed)).unwrap(), ["a"]);
        assert!(keys(&Table::new().with("cc", array(["a"]))).unwrap().is_empty());
    }

    #[test]
    fn keys_that_are_no_array_are_refused_by_name() {
        let error = keys(&Table::new().with("BCC", "a")).unwrap_err();
        let text = "header 'BCC': an array of routing keys expected, longstr found";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn only_bcc_is_taken_away() {
        let table = Table::new().with("BCC", array(["c"])).with("CC", array(["a"]));
        let table = encoded(&table);
        let mut list = Vec::new();
        let properties = Properties { priority: Some(3), ..Properties::default() };
        Properties { headers: read_table(&table), ..properties.clone() }.encode(&mut list);
        let without = without_bcc(&list).into_owned();
        let found = Properties::parse(&without).unwrap();
        assert_eq!(found.priority, Some(3));
        let left = found.headers.unwrap().to_table();
        assert_eq!(left, Table::new().with("CC", array(["a"])));
        assert!(matches!(without_bcc(&without), Cow::Borrowed(_)));

        let only = encoded(&Table::new().with("BCC", array(["c"])));
        let mut list = Vec::new();
        Properties { headers: read_table(&only), ..properties }.encode(&mut list);
        assert_eq!(Properties::parse(&without_bcc(&list)).unwrap().headers, None);
    }
}
