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
