//! Calls of methods: arguments by the types of the schema, and an `m` with status, text and what
//! the method gives back.

use philter_protocol::reader::Reader;

use super::catalog::Catalog;
use super::command::Call;
use super::object_id::ObjectId;
use super::value::{self, put_text16};
use crate::object::{Arguments, Caller, Directory, MethodError};
use crate::schema::{Class, Method};

/// The status of a call that succeeded.
const STATUS_OK: u32 = 0;

/// Calls a method, and writes what stands behind the header of the `m`.
pub(super) fn answer(
    catalog: &Catalog,
    call: Call<'_>,
    caller: &Caller,
    directory: &dyn Directory,
    into: &mut Vec<u8>,
) {
    match invoke(catalog, call, caller, directory) {
        Ok((method, out)) => encode_success(method, &out, into),
        Err(error) => encode_failure(&error, into),
    }
}

/// Writes that a call failed.
pub(super) fn encode_failure(error: &MethodError, into: &mut Vec<u8>) {
    into.extend_from_slice(&error.status().to_be_bytes());
    put_text16(into, &error.status_text());
}

fn invoke(
    catalog: &Catalog,
    call: Call<'_>,
    caller: &Caller,
    directory: &dyn Directory,
) -> Result<(&'static Method, Arguments), MethodError> {
    let class = class_of(catalog, &call)?;
    let object = call.object.find([class], directory).ok_or_else(|| {
        MethodError::UnknownObject(format!("{} of class {}", call.object, class.name))
    })?;
    let method = class.method(call.method).ok_or_else(|| {
        MethodError::UnknownMethod(format!("{} of class {}", call.method, class.name))
    })?;
    let arguments = decode_arguments(catalog, method, call.arguments, directory)?;
    Ok((method, directory.call(&object, method, &arguments, caller)?))
}

fn class_of(catalog: &Catalog, call: &Call<'_>) -> Result<&'static Class, MethodError> {
    let key = call.class;
    catalog.find_classes(Some(key.package), key.name).next().ok_or_else(|| {
        MethodError::InvalidParameter(format!("there is no class {}:{}", key.package, key.name))
    })
}

/// The in arguments, in the schema's order.
fn decode_arguments(
    catalog: &Catalog,
    method: &Method,
    mut reader: Reader<'_>,
    directory: &dyn Directory,
) -> Result<Arguments, MethodError> {
    let find = |id: ObjectId| id.find(catalog.classes(), directory);
    let wanted = method.arguments.iter().filter(|argument| argument.is_input());
    wanted
        .map(|argument| {
            let value =
                value::decode(argument.value_type, &mut reader, &find).map_err(|fault| {
                    MethodError::InvalidParameter(format!("{}: {fault}", argument.name))
                })?;
            Ok((argument.name.to_owned(), value))
        })
        .collect()
}

fn encode_success(method: &Method, out: &Arguments, into: &mut Vec<u8>) {
    into.extend_from_slice(&STATUS_OK.to_be_bytes());
    put_text16(into, "OK");
    let told = method.arguments.iter().filter(|argument| argument.is_output());
    for argument in told {
        let value = out.iter().find(|(name, _)| name == argument.name).map(|(_, value)| value);
        value::encode(argument.value_type, value, into);
    }
}
