//! JSON objects as `inspect`, `explain` and `try` answer with them.

use serde_json::{Map, Value};

/// The members of an object.
pub(crate) type Object = Map<String, Value>;

/// An object of these members.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Object {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The text of an object with some members more.
pub(crate) fn text_with<const N: usize>(mut object: Object, members: [(&str, Value); N]) -> String {
    object.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object).to_string()
}
