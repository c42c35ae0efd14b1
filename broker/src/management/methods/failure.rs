//! What the virtual host refuses, in the words and numbers that tools know.

use philter_management::object::MethodError;
use philter_protocol::v0_10::command::error_code as code;

use crate::virtual_host::Error;

/// Qpid's number for what has no code of its own.
pub(super) const EXCEPTION: u32 = 7;

/// A refusal of the virtual host.
pub(super) fn refused(error: Error) -> MethodError {
    let number = match &error {
        Error::NoSuchQueue(_)
        | Error::NoSuchExchange(_)
        | Error::NoSuchVirtualHost(_)
        | Error::NoSuchBinding { .. } => code::NOT_FOUND,
        Error::NoSuchExchangeType { wanted, loaded } => {
            let text = format!("Invalid exchange type: {wanted}; loaded are: {loaded}");
            return MethodError::Failed { code: EXCEPTION, text };
        }
        Error::NotAllowed(_) | Error::Reserved(_) => code::NOT_ALLOWED,
        Error::ResourceLocked(_) => code::RESOURCE_LOCKED,
        Error::PreconditionFailed(_) => code::PRECONDITION_FAILED,
        Error::InvalidArgument(_) | Error::NoSuchLanguage { .. } => code::INVALID_ARGUMENT,
        Error::IllegalArgument(_) => code::ILLEGAL_ARGUMENT,
        Error::NotImplemented(_) => code::NOT_IMPLEMENTED,
        Error::LimitExceeded(_) => code::RESOURCE_LIMIT_EXCEEDED,
        Error::BindRefused { .. } | Error::Plugin(_) => code::INTERNAL_ERROR,
    };
    MethodError::Failed { code: u32::from(number), text: error.to_string() }
}

/// What stands there already.
pub(super) fn exists(name: &str) -> MethodError {
    MethodError::Failed { code: EXCEPTION, text: format!("object already exists: {name}") }
}

/// A type of object that nobody knows.
pub(super) fn unknown_type(name: &str) -> MethodError {
    MethodError::Failed { code: EXCEPTION, text: format!("unknown object type: {name}") }
}

/// Types of objects that Qpid's brokers make and this one does not yet.
const NOT_YET: [&str; 8] =
    ["link", "bridge", "domain", "incoming", "outgoing", "queuepolicy", "topicpolicy", "relay"];

/// A type of object that can't be made, deleted or asked for: not yet, or never.
pub(super) fn no_such_type(name: &str) -> MethodError {
    if NOT_YET.contains(&name.to_ascii_lowercase().as_str()) {
        return not_yet(&format!("objects of type '{name}'"));
    }
    unknown_type(name)
}

/// What is known and can't be done yet.
pub(super) fn not_yet(what: &str) -> MethodError {
    MethodError::NotImplemented(format!("{what}: not yet"))
}
