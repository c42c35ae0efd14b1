//! Calling a method: its arguments are checked against the schema on the way in, and go out in the
//! schema's types.

use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use super::content::{map_body, put_map};
use super::value::{put_typed, typed};
use crate::object::{Arguments, Caller, Directory, MethodError, ObjectName};
use crate::schema::{self, Method};

/// Calls a method; the body of the answer.
///
/// # Errors
/// See [`MethodError`].
pub(super) fn call(
    object: &str,
    method: &str,
    arguments: &FieldMap,
    caller: &Caller,
    directory: &dyn Directory,
) -> Result<Vec<u8>, MethodError> {
    let method = find(object, method)?;
    let arguments = inputs(method, arguments)?;
    let name = ObjectName(object.to_owned());
    let outputs = directory.call(&name, method, &arguments, caller)?;
    Ok(response(method, &outputs))
}

/// The method of an object's class, which the object's name tells.
fn find(object: &str, method: &str) -> Result<&'static Method, MethodError> {
    let mut words = object.splitn(3, ':');
    let class = match (words.next(), words.next(), words.next()) {
        (Some(package), Some(name), Some(_)) => schema::find_class(package, name),
        _ => None,
    };
    let class = class.ok_or_else(|| MethodError::UnknownObject(object.to_owned()))?;
    let unknown = || MethodError::UnknownMethod(format!("{method} of {}", class.name));
    class.method(method).ok_or_else(unknown)
}

/// The arguments that the method knows, in its order. As with Qpid's broker, one that is absent or
/// void is left out, and those that nobody knows are passed over: its clients send both.
fn inputs(method: &Method, given: &FieldMap) -> Result<Arguments, MethodError> {
    let mut arguments = Arguments::new();
    for argument in method.arguments.iter().filter(|argument| argument.is_input()) {
        let value = match given.get(argument.name) {
            None | Some(Wire::Void) => continue,
            Some(value) => typed(argument.value_type, value).ok_or_else(|| {
                MethodError::InvalidParameter(format!(
                    "{} is no {}",
                    argument.name, argument.value_type
                ))
            })?,
        };
        arguments.push((argument.name.to_owned(), value));
    }
    Ok(arguments)
}

fn response(method: &Method, outputs: &Arguments) -> Vec<u8> {
    map_body(|map| {
        map.entry("_arguments", |into| {
            put_map(into, |map| {
                for argument in method.arguments.iter().filter(|argument| argument.is_output()) {
                    let found = outputs.iter().find(|(name, _)| name == argument.name);
                    if let Some((_, value)) = found {
                        map.entry(argument.name, |into| {
                            put_typed(into, argument.value_type, value);
                        });
                    }
                }
            });
        });
    })
}
