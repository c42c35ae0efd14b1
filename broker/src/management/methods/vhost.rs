//! Virtual hosts, by the broker's methods create, delete and query.

use philter_management::object::MethodError;
use philter_management::value::Value;
use philter_protocol::v0_10::control::close_code;

use super::failure::refused;
use super::{Answer, Call, done};

/// Adds one.
pub(super) fn create(call: &Call<'_>, name: &str, has_properties: bool) -> Answer {
    if has_properties {
        let text = format!("virtual host '{name}': there are no properties");
        return Err(MethodError::InvalidParameter(text));
    }
    call.management.hosts.add(name, &call.actor).map_err(refused)?;
    done()
}

/// Deletes one: closes its connections, and then drops what is in it.
pub(super) fn delete(call: &Call<'_>, name: &str) -> Answer {
    let host = call.management.hosts.remove(name, &call.actor).map_err(refused)?;
    let text = format!("virtual host '{name}' was deleted");
    for connection in call.management.live.connections() {
        if *connection.remote.virtual_host == *name {
            connection.close(close_code::CONNECTION_FORCED, &text);
        }
    }
    host.clear(&call.actor);
    done()
}

/// What is in each, by its name.
pub(super) fn all(call: &Call<'_>) -> Value {
    let hosts = call.management.hosts.all();
    let one = |name: &str| (name.to_owned(), Value::Map(counts(call, name)));
    Value::Map(hosts.iter().map(|host| one(host.name())).collect())
}

/// What is in one, for an operator who looks from outside.
pub(super) fn counts(call: &Call<'_>, name: &str) -> Vec<(String, Value)> {
    let Some(host) = call.management.hosts.find(name) else { return Vec::new() };
    let connections = call.management.live.connections();
    let own = connections.iter().filter(|one| *one.remote.virtual_host == *host.name()).count();
    let sums = host.sums();
    let counts = [
        ("connections", own as u64),
        ("exchanges", host.exchanges().len() as u64),
        ("messages", sums.queues.depth_messages),
        ("queues", sums.queue_count as u64),
    ];
    counts.map(|(name, count)| (name.to_owned(), Value::Unsigned(count))).into()
}
