//! broker.delete: queues, exchanges, bindings and virtual hosts.

use super::failure::{no_such_type, refused};
use super::given::flag;
use super::{Answer, Call, done, vhost};
use crate::management::methods::create::Place;
use crate::virtual_host::{DeleteIf, Endpoint, Error, Unbind};

/// Deletes what the arguments name.
pub(super) fn call(call: &Call<'_>) -> Answer {
    let (kind, name) = (call.given.name("type")?, call.given.text("name")?);
    let host = &call.management.host;
    match kind {
        "queue" => delete_queue(call, name),
        "exchange" | "topic" => {
            host.delete_exchange(name, false, &call.actor).map_err(refused)?;
            done()
        }
        "binding" => {
            let place = Place::parse(name)?;
            let exchange = host.exchange(place.exchange).map_err(refused)?;
            let queue = host.queue(place.queue).map_err(refused)?;
            let unbind = Unbind {
                exchange: &exchange,
                to: &Endpoint::Queue(queue),
                key: place.key,
                arguments: None,
                by: &call.actor,
            };
            match host.unbind(&unbind) {
                // As in Qpid's brokers: what is not there needs no unbinding.
                Ok(()) | Err(Error::NoSuchBinding { .. }) => done(),
                Err(error) => Err(refused(error)),
            }
        }
        "vhost" => vhost::delete(call, name),
        _ => Err(no_such_type(kind)),
    }
}

/// Deletes a queue, whoever has exclusive use of it.
fn delete_queue(call: &Call<'_>, name: &str) -> Answer {
    let mut when = DeleteIf::default();
    for (option, value) in call.given.map("options")? {
        match option.as_str() {
            "if_empty" => when.empty = flag(option, value)?,
            "if_unused" => when.unused = flag(option, value)?,
            _ => {}
        }
    }
    let host = &call.management.host;
    let owner = host.find_queue(name).and_then(|queue| queue.owner());
    host.delete_queue(name, owner, when, &call.actor).map_err(refused)?;
    done()
}
