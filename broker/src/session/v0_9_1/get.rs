//! basic.get: one message, if there is one.

use std::sync::Arc;

use foldhash::HashMap;
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
        let header = header_of(&queue, &delivery, true);
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
        Ok(self.channel(channel)?.pollers.of(queue))
    }
}

/// The queues that a channel polled, and as whom.
#[derive(Default)]
pub(super) struct Pollers {
    by_queue: HashMap<usize, (Arc<Queue>, ConsumerId)>,
    /// Those whose queues are gone are swept out when there are twice as many as were left last
    /// time.
    sweep_at: usize,
}

/// Below this nothing is swept.
const SWEEP_MIN: usize = 64;

impl Pollers {
    fn of(&mut self, queue: &Arc<Queue>) -> ConsumerId {
        let address = Arc::as_ptr(queue).addr();
        if let Some((_, poller)) = self.by_queue.get(&address) {
            return *poller;
        }
        if self.by_queue.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.by_queue.retain(|_, (queue, _)| !queue.is_deleted());
            self.sweep_at = 2 * self.by_queue.len();
        }
        let poller = queue.poller();
        self.by_queue.insert(address, (Arc::clone(queue), poller));
        poller
    }
}
