//! Class exchange.

use std::sync::atomic::{AtomicU64, Ordering};

use philter_management::object::Object;
use philter_management::schema::EXCHANGE;
use philter_management::value::Value;

use crate::management::names;
use crate::management::objects::inspection::Inspection;
use crate::management::objects::record;
use crate::management::values::shown;
use crate::virtual_host::{DEFAULT_HOST, Exchange};

/// An exchange.
pub(super) fn object(exchange: &Exchange) -> Object {
    let (settings, counters) = (exchange.settings(), &exchange.counters);
    let bindings = exchange.binding_count() as u64;
    let inspection = Inspection::of(exchange, None);
    let count = |counter: &AtomicU64| Value::Unsigned(counter.load(Ordering::Relaxed));
    record(&EXCHANGE, &settings.name, exchange.created_ns, |name| {
        Some(match name {
            "vhostRef" => Value::Reference(names::vhost(DEFAULT_HOST)),
            "name" => Value::from(&*settings.name),
            "type" => Value::from(&*settings.type_name),
            "durable" => Value::Bool(settings.is_durable),
            "autoDelete" => Value::Bool(settings.is_auto_delete),
            "altExchange" => {
                let alternate = settings.alternate_exchange.as_deref()?;
                Value::Reference(names::exchange(alternate))
            }
            "arguments" => shown(&settings.arguments),
            "bindingCount" | "bindingCountHigh" | "bindingCountLow" => Value::Unsigned(bindings),
            "msgReceives" => count(&counters.received),
            "msgDrops" => count(&counters.dropped),
            "msgRoutes" => count(&counters.routed),
            "byteReceives" => count(&counters.received_bytes),
            "byteDrops" => count(&counters.dropped_bytes),
            "byteRoutes" => count(&counters.routed_bytes),
            "routingFailures" => Value::Unsigned(exchange.failures()),
            _ => return inspection.of_exchange(name),
        })
    })
}
