//! Methods of class plugin.

use philter_management::object::MethodError;
use philter_management::value::Value;

use super::failure::EXCEPTION;
use super::{Answer, Call, unknown_method};
use crate::plugin::{Plugin, ReloadError};

/// Calls a method of a type by its key; or of a plugin by a name by which operators mean it.
pub(super) fn call(call: &Call<'_>, key: &str, method: &str) -> Answer {
    let plugin = find(call, key)?;
    match method {
        "reload" => {
            call.management.host.catalog().reload(plugin).map_err(refused)?;
            Ok(vec![("version".to_owned(), Value::Text(plugin.version()))])
        }
        _ => Err(unknown_method(method)),
    }
}

fn find<'a>(call: &Call<'a>, key: &str) -> Result<&'a Plugin, MethodError> {
    let catalog = call.management.host.catalog();
    let by_key = key.split_once(',').and_then(|(kind, type_name)| {
        catalog.plugins().iter().find(|plugin| {
            let mut factories = plugin.description().factories.iter();
            factories.any(|one| one.kind.name() == kind && one.type_name == type_name)
        })
    });
    match by_key {
        Some(plugin) => Ok(plugin),
        None => catalog.meant(key).map(|plugin| &**plugin).map_err(refused),
    }
}

fn refused(error: ReloadError) -> MethodError {
    match error {
        ReloadError::Unknown { name } => MethodError::UnknownObject(name),
        ReloadError::Ambiguous { .. }
        | ReloadError::Native { .. }
        | ReloadError::Refused { .. } => {
            MethodError::Failed { code: EXCEPTION, text: error.to_string() }
        }
    }
}
