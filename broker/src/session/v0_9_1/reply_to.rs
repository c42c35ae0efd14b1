//! Direct reply-to: a client that asks consumes replies from a pseudo-queue, and its requests carry
//! a name that only whoever got one knows.
//!
//! Behind the pseudo-queue stands one queue a channel, under a name that nobody guesses, which goes
//! with the channel. So a reply takes the way of any message through the default exchange.

use std::borrow::Cow;
use std::sync::Arc;

use philter_model::message::Format;
use philter_plugin_api::{MapRef, Protocol};
use philter_protocol::v0_9_1::Properties;
use philter_protocol::v0_9_1::method::queue;

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::queue_name::unique;
use crate::message::with_reply_to;
use crate::virtual_host::{DeclareQueue, Queue};

/// The pseudo-queue's name, and what begins the names of those behind it.
pub(super) const REPLY_TO: &str = "amq.rabbitmq.reply-to";

impl Connection {
    /// The queue behind the pseudo-queue, for its channel's consumer of replies.
    pub(super) fn open_reply_queue(&mut self, channel: u16, no_ack: bool) -> Outcome<Arc<Queue>> {
        if !no_ack {
            return Err(Failure::precondition("reply consumer cannot acknowledge"));
        }
        if self.reply_queue(channel)?.is_some() {
            return Err(Failure::precondition("reply consumer already set"));
        }
        let name = unique(&format!("{REPLY_TO}."))?;
        let made = self.host.declare_queue(&DeclareQueue {
            name: &name,
            alternate: None,
            is_durable: false,
            is_auto_delete: true,
            owner: Some(self.owner),
            session: None,
            declared_by: Protocol::V0_9_1,
            arguments: MapRef::default(),
            by: &self.actor,
        });
        let queue = made.map_err(|error| self.refused(&error))?;
        self.channel(channel)?.replies = Some(Arc::clone(&queue));
        Ok(queue)
    }

    fn reply_queue(&mut self, channel: u16) -> Outcome<Option<Arc<Queue>>> {
        let replies = self.channel(channel)?.replies.clone();
        Ok(replies.filter(|queue| !queue.is_deleted()))
    }

    /// Answers whether somebody waits for a reply under this name (a passive declare).
    pub(super) fn declare_reply_queue(
        &mut self,
        channel: u16,
        declare: &queue::Declare,
    ) -> Outcome {
        let name = &declare.queue;
        if name != REPLY_TO && self.host.find_queue(name).is_none() {
            return Err(Failure::no_queue(name, self.vhost()));
        }
        let ok = queue::DeclareOk { queue: name.clone(), message_count: 0, consumer_count: 1 };
        self.answer(channel, declare.no_wait, ok.into());
        Ok(())
    }

    /// The header with the real name for replies, where the message asks for them.
    pub(super) fn with_reply_queue<'h>(
        &mut self,
        channel: u16,
        properties: &Properties<'_>,
        header: Cow<'h, [u8]>,
    ) -> Outcome<Cow<'h, [u8]>> {
        let is_direct = properties.reply_to.is_some_and(|to| to.as_bytes() == REPLY_TO.as_bytes());
        if !is_direct {
            return Ok(header);
        }
        let Some(queue) = self.reply_queue(channel)? else {
            return Err(Failure::precondition("fast reply consumer does not exist"));
        };
        Ok(Cow::Owned(with_reply_to(Format::V0_9_1, &header, queue.name())))
    }
}
