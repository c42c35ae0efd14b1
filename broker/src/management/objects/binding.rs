//! Class binding.

use philter_management::object::Object;
use philter_management::schema::BINDING;
use philter_management::value::Value;

use crate::management::names;
use crate::management::objects::inspection::Inspection;
use crate::management::objects::record;
use crate::management::values::shown_encoded;
use crate::virtual_host::{BindingEntry, Exchange, VirtualHost};

/// A binding of an exchange to a queue. The schema has no word for one to another exchange.
pub(super) fn object(exchange: &Exchange, binding: &BindingEntry) -> Option<Object> {
    let queue = binding.to.as_queue()?.name();
    let key = names::binding_key(exchange.name(), queue, &binding.key);
    let inspection = Inspection::of(exchange, Some(binding.id));
    let object = record(&BINDING, &key, binding.created_ns, |name| {
        Some(match name {
            "exchangeRef" => Value::Reference(names::exchange(exchange.name())),
            "queueRef" => Value::Reference(names::queue(queue)),
            "bindingKey" => Value::from(&*binding.key),
            "arguments" => shown_encoded(&binding.arguments),
            "msgMatched" => Value::Unsigned(binding.matched),
            "transformationFailures" => Value::Unsigned(binding.transformation_failures),
            _ => return inspection.of_binding(name),
        })
    });
    Some(object)
}

/// The binding with this key: the names of exchange and queue, and the binding key, each of which
/// may hold commas.
pub(super) fn find(host: &VirtualHost, key: &str) -> Option<Object> {
    let rest = key.strip_prefix(names::exchange("").0.as_str())?;
    let middle = format!(",{}", names::queue(""));
    let mut at = 0;
    while let Some(place) = rest.get(at..)?.find(&middle) {
        let end = at + place;
        let exchange = rest.get(..end).and_then(|name| host.find_exchange(name));
        if let Some(exchange) = exchange {
            let wanted = rest.get(end + middle.len()..)?;
            let is_wanted = |binding: &&BindingEntry| {
                let queue = binding.to.as_queue().map(|queue| &**queue.name());
                let own_key = queue.and_then(|queue| wanted.strip_prefix(queue));
                own_key.and_then(|rest| rest.strip_prefix(',')) == Some(&*binding.key)
            };
            if let Some(binding) = exchange.bindings().iter().find(is_wanted) {
                return object(&exchange, binding);
            }
        }
        at = end + 1;
    }
    None
}
