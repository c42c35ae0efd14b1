//! Class plugin: the types that loaded plugins offer.

use philter_management::object::Object;
use philter_management::schema::PLUGIN;
use philter_management::value::Value;

use crate::management::objects::record;
use crate::management::{Management, names};
use crate::plugin::{FactoryDescription, Figures, Plugin, Sandbox};

/// Every type of every loaded plugin, in the order in which they were loaded.
pub(super) fn objects(management: &Management) -> impl Iterator<Item = Object> {
    let created_ns = management.facts.started_ns;
    management.host.catalog().plugins().iter().flat_map(move |plugin| {
        let factories = plugin.description().factories.iter();
        factories.map(move |factory| object(plugin, factory, created_ns))
    })
}

fn object(plugin: &Plugin, factory: &FactoryDescription, created_ns: u64) -> Object {
    let figures = plugin.sandbox().map(Sandbox::figures);
    let (kind, type_name) = (factory.kind.name(), factory.type_name.as_str());
    record(&PLUGIN, &names::plugin_key(kind, type_name), created_ns, |name| {
        Some(match name {
            "kind" => Value::from(kind),
            "type" => Value::from(type_name),
            "name" => Value::from(&*plugin.description().name),
            "version" => Value::Text(plugin.version()),
            "carrier" => Value::from(plugin.carrier().name()),
            "path" => Value::Text(plugin.path().display().to_string()),
            _ => return figures.as_ref().and_then(|figures| figure(figures, name)),
        })
    })
}

fn figure(figures: &Figures, name: &str) -> Option<Value> {
    Some(match name {
        "breaker" => Value::Text(figures.breaker.to_string()),
        "lastError" => Value::from(figures.last_error.as_deref()?),
        "callTime" => Value::Duration(figures.call_ns),
        _ => Value::Unsigned(match name {
            "calls" => figures.calls,
            "messages" => figures.messages,
            "traps" => figures.traps,
            "deadlineHits" => figures.deadline_hits,
            "memoryRefusals" => figures.refused_memory,
            "outgrown" => figures.outgrown,
            "faults" => figures.faults,
            "broken" => figures.broken,
            "instances" => figures.instances,
            "memory" => figures.memory_bytes,
            "breakerOpened" => figures.breaker_opened,
            "reloads" => figures.reloads,
            _ => return None,
        }),
    })
}
