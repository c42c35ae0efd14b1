//! basic.get: one message, if there is one.

use std::sync::Arc;

use philter_model::queue::ConsumerId;
use philter_protocol::v0_9_1::connection::GetOkHead;
use philter_protocol::v0_9_1::method::basic;

use super::channel::Held;
use super::connection::Connection;
use super::deliver::{body_of, header_of};
use super::failure::Outcome;
use super::queue::count;
use crate::virtual_host::Queue;

impl Connection {
    pub(super) fn get(&mut self, channel: u16, get: &basic::Get) -> Outcome {
        let queue = self.queue_to_use(channel, &get.queue)?;
        let poller = self.poller(channel, &queue)?;
        queue.touch(self.now_ms);
        let Some((delivery, left)) = queue.poll(poller, self.now_ms) else {
            self.answer(channel, false, basic::GetEmpty::default().into());
            return Ok(());
        };
        let now_ms = self.now_ms;
        let held = (!get.no_ack).then(|| Held {
            queue: Arc::clone(&queue),
            entry: delivery.id,
            holder: poller,
            consumer: None,
            at_ms: now_ms,
        });
        let state = self.channel(channel)?;
        let head = GetOkHead {
            delivery_tag: state.tag(held),
            redelivered: delivery.is_redelivered(),
            exchange: delivery.message.exchange(),
            routing_key: delivery.message.routing_key(),
            message_count: count(left),
        };
        state.record();
        let header = header_of(&queue, &delivery);
        let message = &delivery.message;
        self.protocol.get_ok(channel, &head, &header, message.body_bytes(), body_of(message));
        self.messages_out += 1;
        if get.no_ack {
            queue.accept(poller, &[delivery.id]);
        } else {
            self.ack_timeout.sent(now_ms);
        }
        Ok(())
    }

    /// As whom the channel polls a queue.
    fn poller(&mut self, channel: u16, queue: &Arc<Queue>) -> Outcome<ConsumerId> {
        let pollers = &mut self.channel(channel)?.pollers;
        if let Some((_, poller)) = pollers.iter().find(|(known, _)| Arc::ptr_eq(known, queue)) {
            return Ok(*poller);
        }
        pollers.retain(|(known, _)| !known.is_deleted());
        let poller = queue.poller();
        pollers.push((Arc::clone(queue), poller));
        Ok(poller)
    }
}
