//! What a query can be told about a message: the values of its external variables.

use std::collections::HashMap;
use std::sync::Arc;

/// One value. Integers are whole: an `ulong` does not fit an `i64`, so they are kept wider than
/// both.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// xs:boolean.
    Boolean(bool),
    /// xs:integer.
    Integer(i128),
    /// xs:double.
    Double(f64),
    /// xs:string.
    String(Box<str>),
}

/// The values of a message by the names that queries use. A name without an entry is absent.
pub(crate) type Variables = HashMap<Arc<str>, Value>;
