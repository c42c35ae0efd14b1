//! Objects, their methods and events as values, and where they come from.

use std::fmt;

use crate::schema::{Class, EventClass, Method};
use crate::value::Value;

/// An object's name: `package:class:key`, the key being the values of its index properties but the
/// virtual host, joined by `,`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName(pub String);

impl ObjectName {
    /// The name of an object of `class` with `key`.
    pub fn new(class: &Class, key: &str) -> Self {
        Self(format!("{}:{}:{key}", class.package, class.name))
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An object as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its class.
    pub class: &'static Class,
    /// Its name.
    pub name: ObjectName,
    /// Nanoseconds since 1970.
    pub created_ns: u64,
    /// Nanoseconds since 1970; 0 for one that lives.
    pub deleted_ns: u64,
    /// One for each property and then each statistic of the class, in its order; none where an
    /// optional property is absent.
    pub values: Vec<Option<Value>>,
}

impl Object {
    /// The value of the property or statistic of this name; none where it is absent.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let column = self.class.columns().position(|(column, _)| column == name)?;
        self.values.get(column)?.as_ref()
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its class.
    pub class: &'static EventClass,
    /// Nanoseconds since 1970.
    pub at_ns: u64,
    /// One for each argument of the class, in its order.
    pub values: Vec<Value>,
}

/// Who calls a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The identity.
    pub user: String,
    /// The peer's address.
    pub address: String,
}

/// Why a method failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// There is no such object.
    #[error("unknown object: {0}")]
    UnknownObject(String),
    /// The class has no such method.
    #[error("unknown method: {0}")]
    UnknownMethod(String),
    /// An argument is absent or wrong; the text names it.
    #[error("invalid parameter: {0}")]
    InvalidParameter(String),
    /// The caller may not.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// It is known and can't be done yet; the text names it.
    #[error("not implemented: {0}")]
    NotImplemented(String),
    /// It was refused or failed; the text says why, with the code of a broker's exception where
    /// there is one.
    #[error("{text}")]
    Failed {
        /// AMQP 0-10's error code, or 7 (exception) where there is none.
        code: u32,
        /// Why.
        text: String,
    },
}

impl MethodError {
    /// The status that consoles know: Qpid's numbers 1 to 7. A number of 65536 or more is the
    /// method's own.
    pub fn status(&self) -> u32 {
        match self {
            Self::UnknownObject(_) => 1,
            Self::UnknownMethod(_) => 2,
            Self::NotImplemented(_) => 3,
            Self::InvalidParameter(_) => 4,
            Self::Forbidden(_) => 6,
            Self::Failed { code: code @ 0x1_0000.., .. } => *code,
            Self::Failed { .. } => STATUS_EXCEPTION,
        }
    }

    /// The text that consoles show: Qpid's word for the status and what it is about; for a broker's
    /// exception the name of its code, as `not-found: no such queue`.
    pub fn status_text(&self) -> String {
        match self {
            Self::UnknownObject(what) => format!("UnknownObject: {what}"),
            Self::UnknownMethod(what) => format!("UnknownMethod: {what}"),
            Self::NotImplemented(what) => format!("NotImplemented: {what}"),
            Self::InvalidParameter(what) => format!("InvalidParameter: {what}"),
            Self::Forbidden(what) => format!("Forbidden: {what}"),
            Self::Failed { code, text } => match exception_name(*code) {
                Some(name) => format!("{name}: {text}"),
                None => text.clone(),
            },
        }
    }
}

/// Qpid's status of a method that ended in an exception.
const STATUS_EXCEPTION: u32 = 7;

/// The name of an AMQP 0-10 error code (sections 7.5.1 and 7.5.3, execution and connection).
fn exception_name(code: u32) -> Option<&'static str> {
    Some(match code {
        320 => "connection-forced",
        402 => "invalid-path",
        403 => "unauthorized-access",
        404 => "not-found",
        405 => "resource-locked",
        406 => "precondition-failed",
        408 => "resource-deleted",
        409 => "illegal-state",
        501 => "framing-error",
        503 => "command-invalid",
        506 => "resource-limit-exceeded",
        530 => "not-allowed",
        531 => "illegal-argument",
        540 => "not-implemented",
        541 => "internal-error",
        542 => "invalid-argument",
        _ => return None,
    })
}

/// Arguments by name.
pub type Arguments = Vec<(String, Value)>;

/// Where objects come from: the live broker.
///
/// Calls come from any thread, never under a lock of the caller's.
pub trait Directory {
    /// Calls `visit` with every object of a class, until it answers false.
    fn visit(&self, class: &'static Class, visit: &mut dyn FnMut(Object) -> bool);

    /// The object of this name, if it is there.
    fn find(&self, name: &ObjectName) -> Option<Object>;

    /// Calls a method of an object; answers its out arguments by name.
    ///
    /// # Errors
    /// See [`MethodError`].
    fn call(
        &self,
        object: &ObjectName,
        method: &'static Method,
        arguments: &Arguments,
        caller: &Caller,
    ) -> Result<Arguments, MethodError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brokers_exception_goes_out_as_qpid_says_it() {
        let error = MethodError::Failed { code: 404, text: "no such queue".to_owned() };
        assert_eq!((error.status(), error.status_text().as_str()), (7, "not-found: no such queue"));
        let error = MethodError::Failed { code: 7, text: "it broke".to_owned() };
        assert_eq!((error.status(), error.status_text().as_str()), (7, "it broke"));
        let error = MethodError::Failed { code: 0x1_0001, text: "level: x".to_owned() };
        assert_eq!((error.status(), error.status_text().as_str()), (0x1_0001, "level: x"));
    }

    #[test]
    fn a_status_is_named_before_what_it_is_about() {
        let error = MethodError::InvalidParameter("qty".to_owned());
        assert_eq!((error.status(), error.status_text().as_str()), (4, "InvalidParameter: qty"));
    }
}
