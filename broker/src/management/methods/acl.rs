//! Methods of class acl. No rules are loaded, so everything is allowed.

use philter_management::object::MethodError;
use philter_management::value::Value;

use super::{Answer, Call, unknown_method};
use crate::management::methods::failure::EXCEPTION;

/// Calls a method.
pub(super) fn call(call: &Call<'_>, method: &str) -> Answer {
    match method {
        "reloadACLFile" => {
            let text = "no ACL file is loaded".to_owned();
            Err(MethodError::Failed { code: EXCEPTION, text })
        }
        "Lookup" => {
            call.given.map("propertyMap")?;
            for name in ["userId", "action", "object", "objectName"] {
                call.given.text(name)?;
            }
            Ok(allow())
        }
        "LookupPublish" => {
            for name in ["userId", "exchangeName", "routingKey"] {
                call.given.text(name)?;
            }
            Ok(allow())
        }
        _ => Err(unknown_method(method)),
    }
}

fn allow() -> Vec<(String, Value)> {
    vec![("result".to_owned(), Value::from("allow"))]
}
