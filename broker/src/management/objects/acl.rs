//! Class acl: rules of who may do what. None are loaded.

use philter_management::object::Object;
use philter_management::schema::ACL;
use philter_management::value::Value;

use crate::management::Management;
use crate::management::names;
use crate::management::objects::record;

/// The rules, which are none.
pub(super) fn object(management: &Management) -> Object {
    let facts = &management.facts;
    record(&ACL, &names::broker().0, facts.started_ns, |name| {
        Some(match name {
            "brokerRef" => Value::Reference(names::broker()),
            "policyFile" => Value::from(""),
            "maxConnections" => Value::Unsigned(facts.connections_max as u64),
            // Zeros: no rules, no quotas, nothing denied.
            _ => return None,
        })
    })
}
