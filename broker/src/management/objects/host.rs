//! Classes system, memory and vhost: what the broker runs on and in.

use philter_management::object::Object;
use philter_management::schema::{MEMORY, SYSTEM, VHOST};
use philter_management::value::Value;

use crate::management::Management;
use crate::management::facts::{heap_bytes, hyphenated};
use crate::management::names;
use crate::management::objects::record;
use crate::virtual_host::VirtualHost;

/// The machine.
pub(super) fn system(management: &Management) -> Object {
    let facts = &management.facts;
    let machine = &facts.machine;
    record(&SYSTEM, &hyphenated(&facts.system_id), facts.started_ns, |name| {
        Some(match name {
            "systemId" => Value::Uuid(facts.system_id),
            "osName" => Value::from(&*machine.os_name),
            "nodeName" => Value::from(&*machine.node_name),
            "release" => Value::from(&*machine.release),
            "version" => Value::from(&*machine.version),
            "machine" => Value::from(&*machine.processor),
            _ => return None,
        })
    })
}

/// The process's heap.
pub(super) fn memory(management: &Management) -> Object {
    let heap_bytes = heap_bytes();
    record(&MEMORY, names::BROKER_KEY, management.facts.started_ns, |name| {
        Some(match name {
            "name" => Value::from(names::BROKER_KEY),
            // The rest is the allocator's own and not to be had from outside.
            "malloc_arena" => Value::Unsigned(heap_bytes?),
            _ => return None,
        })
    })
}

/// A virtual host.
pub(super) fn vhost(management: &Management, host: &VirtualHost) -> Object {
    let facts = &management.facts;
    record(&VHOST, &names::vhost_key(host.name()), facts.started_ns, |name| {
        Some(match name {
            "brokerRef" => Value::Reference(names::broker()),
            "name" => Value::from(host.name()),
            "federationTag" => Value::Text(hyphenated(&facts.system_id)),
            _ => return None,
        })
    })
}
