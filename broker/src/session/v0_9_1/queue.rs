//! Methods of class queue.

use std::sync::Arc;

use philter_plugin_api::{MapRef, Protocol};
use philter_protocol::v0_9_1::method::queue;
use philter_protocol::v0_9_1::reply_code;

use super::arguments::encode_arguments;
use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::queue_name::{GENERATED, unique};
use super::reply_to::REPLY_TO;
use crate::store;
use crate::virtual_host::{
    Bind, DeclareQueue, DeleteIf, Endpoint, Error, MessageMatch, Queue, Unbind,
};

/// What begins the names that are the broker's own.
const RESERVED: &str = "amq.";

impl Connection {
    pub(super) fn declare_queue(&mut self, channel: u16, declare: &queue::Declare) -> Outcome {
        if declare.queue == REPLY_TO || (declare.passive && declare.queue.starts_with(REPLY_TO)) {
            return self.declare_reply_queue(channel, declare);
        }
        let queue = if declare.passive {
            self.queue_to_use(channel, &declare.queue)?
        } else {
            self.make_queue(declare)?
        };
        queue.touch(self.now_ms);
        self.channel(channel)?.last_queue = Some(Arc::clone(queue.name()));
        queue.wait_stored();
        let (messages, consumers) = queue.counts();
        let ok = queue::DeclareOk {
            queue: queue.name().to_string(),
            message_count: count(messages),
            consumer_count: count(consumers),
        };
        self.answer(channel, declare.no_wait, ok.into());
        Ok(())
    }

    fn make_queue(&mut self, declare: &queue::Declare) -> Outcome<Arc<Queue>> {
        let name = match declare.queue.as_str() {
            "" => unique(GENERATED)?,
            name => name.to_owned(),
        };
        let owner = declare.exclusive.then_some(self.owner);
        let arguments = encode_arguments(&declare.arguments);
        let arguments = MapRef::parse(&arguments).unwrap_or_default();
        if let Some(queue) = self.host.find_queue(&name) {
            if queue.owner() != owner {
                return Err(Failure::queue_is_locked(&name, self.vhost()));
            }
            let queue::Declare { durable, exclusive, auto_delete, .. } = *declare;
            let same = queue.settings().check_same(durable, exclusive, auto_delete, arguments);
            same.map_err(|error| Failure::precondition(error.to_string()))?;
            return Ok(queue);
        }
        if name.starts_with(RESERVED) && !declare.queue.is_empty() {
            return Err(Failure::access_refused(format!(
                "queue name '{name}' contains reserved prefix 'amq.*'"
            )));
        }
        let made = self.host.declare_queue(&DeclareQueue {
            name: &name,
            alternate: None,
            is_durable: declare.durable,
            is_auto_delete: declare.auto_delete,
            owner,
            session: None,
            declared_by: Protocol::V0_9_1,
            arguments,
            by: &self.actor,
        });
        let queue = made.map_err(|error| match error {
            Error::ResourceLocked(_) => Failure::queue_is_locked(&name, self.vhost()),
            error => self.refused(&error),
        })?;
        if owner.is_some() {
            // Those that went by themselves are no longer its own.
            self.owned.retain(|owned| !owned.is_deleted());
            self.owned.push(Arc::clone(&queue));
        }
        Ok(queue)
    }

    /// The queue of this name, or the one that was declared last on the channel; not one that is
    /// exclusive to another connection.
    pub(super) fn queue_to_use(&mut self, channel: u16, name: &str) -> Outcome<Arc<Queue>> {
        let last = match name {
            "" => Some(self.last_queue(channel)?),
            _ => None,
        };
        let name = last.as_deref().unwrap_or(name);
        let Some(queue) = self.host.find_queue(name) else {
            return Err(Failure::no_queue(name, self.vhost()));
        };
        if queue.is_locked_for(self.owner) {
            return Err(Failure::queue_is_locked(name, self.vhost()));
        }
        Ok(queue)
    }

    fn last_queue(&mut self, channel: u16) -> Outcome<Arc<str>> {
        let last = self.channel(channel)?.last_queue.clone();
        last.ok_or_else(|| Failure::not_found("no previously declared queue"))
    }

    pub(super) fn bind_queue(&mut self, channel: u16, bind: &queue::Bind) -> Outcome {
        let queue = self.queue_to_use(channel, &bind.queue)?;
        self.refuse_default_exchange(&bind.exchange)?;
        let exchange = self.host.exchange(&bind.exchange).map_err(|error| self.refused(&error))?;
        // A queue and a key that are both left out mean the last queue under its name.
        let is_by_name = bind.queue.is_empty() && bind.routing_key.is_empty();
        let key = if is_by_name { queue.name() } else { bind.routing_key.as_str() };
        let arguments = encode_arguments(&bind.arguments);
        let bound = self.host.bind(&Bind {
            exchange: &exchange,
            to: &Endpoint::from(&queue),
            key,
            arguments: &arguments,
            declared_by: Protocol::V0_9_1,
            scope: None,
            by: &self.actor,
        });
        bound.map_err(|error| self.refused(&error))?;
        self.answer(channel, bind.no_wait, queue::BindOk {}.into());
        Ok(())
    }

    /// queue.unbind: what is not bound is unbound, also where queue or exchange are not there.
    pub(super) fn unbind_queue(&mut self, channel: u16, unbind: &queue::Unbind) -> Outcome {
        self.refuse_default_exchange(&unbind.exchange)?;
        let exchange = self.host.find_exchange(&unbind.exchange);
        let queue = match self.queue_to_use(channel, &unbind.queue) {
            Err(failure) if failure.code != reply_code::NOT_FOUND => return Err(failure),
            found => found.ok(),
        };
        if let (Some(exchange), Some(queue)) = (exchange, queue) {
            let is_by_name = unbind.queue.is_empty() && unbind.routing_key.is_empty();
            let key = if is_by_name { queue.name() } else { unbind.routing_key.as_str() };
            let arguments = encode_arguments(&unbind.arguments);
            self.unbind(&Unbind {
                exchange: &exchange,
                to: &Endpoint::from(&queue),
                key,
                arguments: Some(&arguments),
                by: &self.actor,
            })?;
        }
        self.answer(channel, false, queue::UnbindOk {}.into());
        Ok(())
    }

    pub(super) fn purge_queue(&mut self, channel: u16, purge: &queue::Purge) -> Outcome {
        let queue = self.queue_to_use(channel, &purge.queue)?;
        let purged = self.host.purge(&queue, None, &MessageMatch::All);
        store::await_turn();
        let ok = queue::PurgeOk { message_count: count(purged) };
        self.answer(channel, purge.no_wait, ok.into());
        Ok(())
    }

    pub(super) fn delete_queue(&mut self, channel: u16, delete: &queue::Delete) -> Outcome {
        let mut message_count = 0;
        if delete.queue.is_empty() || self.host.find_queue(&delete.queue).is_some() {
            let queue = self.queue_to_use(channel, &delete.queue)?;
            queue.wait_stored();
            (message_count, _) = queue.counts();
            let (name, host) = (queue.name(), self.vhost());
            // To RabbitMQ what is delivered is in it no more.
            let when = DeleteIf {
                unused: delete.if_unused,
                nothing_ready: delete.if_empty,
                ..DeleteIf::default()
            };
            match self.host.delete_queue(name, Some(self.owner), when, &self.actor) {
                // Somebody was faster.
                Ok(()) | Err(Error::NoSuchQueue(_)) => {}
                Err(Error::PreconditionFailed(_)) => {
                    let why = if delete.if_unused && queue.counts().1 > 0 {
                        "in use"
                    } else {
                        "not empty"
                    };
                    let text = format!("queue '{name}' in vhost '{host}' {why}");
                    return Err(Failure::precondition(text));
                }
                Err(Error::ResourceLocked(_)) => return Err(Failure::queue_is_locked(name, host)),
                Err(error) => return Err(self.refused(&error)),
            }
            self.owned.retain(|owned| !Arc::ptr_eq(owned, &queue));
        }
        let ok = queue::DeleteOk { message_count: count(message_count) };
        self.answer(channel, delete.no_wait, ok.into());
        Ok(())
    }
}

/// A count as it goes over the wire.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
