//! Commands of class queue.

use std::sync::Arc;

use philter_plugin_api::{MapRef, Protocol};
use philter_protocol::v0_10::command::{QueueDeclare, QueueDelete, error_code};
use philter_protocol::v0_10::structs::{QueueQueryResult, encode_struct};

use super::connection::Connection;
use super::exchange::given;
use super::failure::{Failure, Outcome};
use crate::message::values::{encode_arguments, to_wire_map};
use crate::virtual_host::{DeclareQueue, DeleteIf, MessageMatch, Queue};

impl Connection {
    pub(super) fn declare_queue(&mut self, channel: u16, declare: &QueueDeclare) -> Outcome {
        let (host, actor) = (Arc::clone(&self.host), self.actor.clone());
        let session = self.session(channel)?;
        let owner = declare.exclusive.then_some(session.owner);
        if declare.passive {
            let queue = host.queue(&declare.queue)?;
            if owner.is_some_and(|owner| queue.owner() != Some(owner)) {
                return Err(Failure::locked(format!(
                    "can't grant exclusive access to queue '{}'",
                    queue.name()
                )));
            }
            return Ok(());
        }
        let arguments = encode_arguments(declare.arguments.as_ref());
        let queue = host.declare_queue(&DeclareQueue {
            name: &declare.queue,
            alternate: given(&declare.alternate_exchange),
            is_durable: declare.durable,
            is_auto_delete: declare.auto_delete,
            owner,
            session: Some(session.owner),
            declared_by: Protocol::V0_10,
            arguments: MapRef::parse(&arguments).unwrap_or_default(),
            by: &actor,
        })?;
        let is_known = session.owned.iter().any(|owned| Arc::ptr_eq(owned, &queue));
        if owner.is_some() && !is_known {
            // Those that went by themselves are no longer its own.
            session.owned.retain(|owned| !owned.is_deleted());
            session.owned.push(queue);
        }
        Ok(())
    }

    pub(super) fn delete_queue(&mut self, channel: u16, delete: &QueueDelete) -> Outcome {
        check_name("queue.delete", &delete.queue)?;
        let (host, actor) = (Arc::clone(&self.host), self.actor.clone());
        let session = self.session(channel)?;
        let (unused, empty) = (delete.if_unused, delete.if_empty);
        let when = DeleteIf { unused, empty, ..DeleteIf::default() };
        host.delete_queue(&delete.queue, Some(session.owner), when, &actor)?;
        session.owned.retain(|queue| **queue.name() != *delete.queue);
        for consumer in session.consumers.values_mut() {
            consumer.knows_of_delete |= consumer.queue.is_deleted();
        }
        Ok(())
    }

    pub(super) fn purge_queue(&mut self, channel: u16, name: &str) -> Outcome {
        check_name("queue.purge", name)?;
        let queue = self.host.queue(name)?;
        self.check_unlocked(channel, &queue, "purge")?;
        self.host.purge(&queue, None, &MessageMatch::All);
        Ok(())
    }

    pub(super) fn query_queue(&mut self, name: &str) -> Vec<u8> {
        let Some(queue) = self.host.find_queue(name) else {
            return encode_struct(&QueueQueryResult::default());
        };
        let settings = queue.settings();
        queue.wait_stored();
        let (messages, consumers) = queue.counts();
        encode_struct(&QueueQueryResult {
            queue: Some(name.to_owned()),
            alternate_exchange: settings.alternate_exchange.as_deref().map(str::to_owned),
            durable: settings.is_durable,
            exclusive: queue.owner().is_some(),
            auto_delete: settings.is_auto_delete,
            arguments: Some(to_wire_map(&settings.arguments)),
            message_count: Some(u32::try_from(messages).unwrap_or(u32::MAX)),
            subscriber_count: Some(u32::try_from(consumers).unwrap_or(u32::MAX)),
        })
    }

    /// Checks that no other session has exclusive use of a queue.
    pub(super) fn check_unlocked(&mut self, channel: u16, queue: &Queue, what: &str) -> Outcome {
        let owner = self.session(channel)?.owner;
        if queue.is_locked_for(owner) {
            return Err(Failure::locked(format!(
                "can't {what} queue '{}': it is exclusive to another session",
                queue.name()
            )));
        }
        Ok(())
    }
}

fn check_name(command: &str, name: &str) -> Outcome {
    if name.is_empty() {
        let text = format!("{command}: no queue name specified");
        return Err(Failure::new(error_code::ILLEGAL_ARGUMENT, text));
    }
    Ok(())
}
