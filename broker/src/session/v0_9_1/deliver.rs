//! Deliveries to a client: pull from queues while there is room, and send.

use std::borrow::Cow;
use std::sync::Arc;

use philter_model::message::{Format, Message};
use philter_model::queue::{Delivery, PullState};
use philter_plugin_api::Value;
use philter_protocol::body::BodyPiece;
use philter_protocol::v0_9_1::connection::DeliverHead;
use smallvec::SmallVec;

use super::blocked::MEMORY;
use super::channel::Held;
use super::connection::Connection;
use crate::message::{header_for_v0_9_1, stamp_header};
use crate::net::Token;
use crate::virtual_host::Queue;

/// Messages that one pull takes at the most: they share a queue's lock, and other consumers of this
/// connection wait for them.
const PULL_MESSAGES_MAX: usize = 64;

/// The header by which a queue that counts deliveries says how many there were.
const DELIVERY_COUNT: &str = "x-delivery-count";

impl Connection {
    /// A consumer may have something to pull.
    pub(super) fn make_ready(&mut self, token: Token) {
        if token == MEMORY {
            self.look_for_room();
            return;
        }
        let channel = self.channels.get_mut(&token.channel);
        let consumer = channel.and_then(|state| state.consumers.get_mut(&token.consumer));
        if let Some(consumer) = consumer.filter(|consumer| !consumer.is_ready) {
            consumer.is_ready = true;
            self.ready.push_back(token);
        }
    }

    /// Room may have come for consumers of a channel: they are looked at in turn, from the one
    /// behind whoever was given something last.
    pub(super) fn attend_all(&mut self, channel: u16) {
        let Some(state) = self.channels.get(&channel) else { return };
        let behind = state.consumers.range(state.last_served + 1..);
        let numbers = behind.chain(state.consumers.range(..=state.last_served));
        let numbers: Vec<u64> = numbers.map(|(number, _)| *number).collect();
        for consumer in numbers {
            self.attend(Token { channel, consumer });
        }
    }

    /// Room may have come for a consumer, or have gone.
    pub(super) fn attend(&mut self, token: Token) {
        let Some(state) = self.channels.get_mut(&token.channel) else { return };
        let Some(consumer) = state.consumers.get(&token.consumer) else { return };
        let has_room = state.room_of(consumer) > 0 && !self.is_draining;
        if let Some(consumer) = state.consumers.get_mut(&token.consumer) {
            consumer.attend(has_room);
        }
        if has_room {
            self.make_ready(token);
        }
    }

    /// Pulls for ready consumers in turn until about `room_bytes` were written; whether there is
    /// more. Without room they let others go first, so that nothing waits for a peer that does not
    /// read.
    pub(super) fn pull_deliveries(&mut self, room_bytes: usize) -> bool {
        let mut woken = std::mem::take(&mut self.woken);
        self.mailbox.take(&mut woken);
        woken.drain(..).for_each(|token| self.make_ready(token));
        self.woken = woken;
        let end = self.protocol.output().len() + room_bytes;
        loop {
            let room_bytes = end.saturating_sub(self.protocol.output().len());
            if room_bytes == 0 {
                break;
            }
            let Some(token) = self.ready.pop_front() else { return false };
            self.pull_for(token, room_bytes);
        }
        for index in 0..self.ready.len() {
            let Some(token) = self.ready.get(index).copied() else { break };
            let channel = self.channels.get_mut(&token.channel);
            if let Some(state) = channel
                && let Some(consumer) = state.consumers.get_mut(&token.consumer)
            {
                consumer.rest();
            }
        }
        !self.ready.is_empty()
    }

    /// One pull for one consumer, up to `room_bytes` or one message that is larger; it goes to the
    /// end of the line where there may be more.
    fn pull_for(&mut self, token: Token, room_bytes: usize) {
        let Some(state) = self.channels.get_mut(&token.channel) else { return };
        let Some(consumer) = state.consumers.get_mut(&token.consumer) else { return };
        if !std::mem::take(&mut consumer.is_ready) {
            return;
        }
        if consumer.queue.is_deleted() {
            self.cancel_by_broker(token);
            return;
        }
        let Some(consumer) = state.consumers.get(&token.consumer) else { return };
        let count = state.room_of(consumer).min(PULL_MESSAGES_MAX);
        if count == 0 || self.is_draining {
            self.attend(token);
            return;
        }
        let Some(consumer) = state.consumers.get_mut(&token.consumer) else { return };
        // It may have rested for want of room.
        consumer.attend(true);
        let mut pulled = Vec::with_capacity(count);
        let (queue, id, now_ms) = (Arc::clone(&consumer.queue), consumer.id, self.now_ms);
        let mut end = queue.pull(id, count, room_bytes as u64, now_ms, &mut pulled);
        if end == PullState::TooLarge && pulled.is_empty() {
            end = queue.pull(id, 1, u64::MAX, now_ms, &mut pulled);
        }
        self.send_all(token, &queue, &pulled);
        if end == PullState::Waiting {
            let Some(state) = self.channels.get_mut(&token.channel) else { return };
            let Some(consumer) = state.consumers.get(&token.consumer) else { return };
            let has_room = state.room_of(consumer) > 0;
            if let Some(consumer) = state.consumers.get_mut(&token.consumer) {
                consumer.attend(has_room);
            }
        } else {
            self.attend(token);
        }
    }

    fn send_all(&mut self, token: Token, queue: &Arc<Queue>, pulled: &[Delivery]) {
        let Token { channel, consumer: number } = token;
        let Some(state) = self.channels.get_mut(&channel) else { return };
        let Some(consumer) = state.consumers.get_mut(&number) else { return };
        let (tag, id) = (Arc::clone(&consumer.tag), consumer.id);
        let is_acknowledged = consumer.is_acknowledged;
        consumer.live.add_delivered(pulled.len());
        if !pulled.is_empty() {
            state.last_served = number;
        }
        if is_acknowledged {
            consumer.unsettled += pulled.len();
            state.delivered += pulled.len();
            self.ack_timeout.sent(self.now_ms);
        }
        self.messages_out += pulled.len() as u64;
        let mut gone = SmallVec::<[_; PULL_MESSAGES_MAX]>::new();
        for delivery in pulled {
            let message = &delivery.message;
            let held = is_acknowledged.then(|| Held {
                queue: Arc::clone(queue),
                entry: delivery.id,
                holder: id,
                consumer: Some(number),
                at_ms: self.now_ms,
            });
            let head = DeliverHead {
                consumer_tag: &tag,
                delivery_tag: state.tag(held),
                redelivered: delivery.is_redelivered(),
                exchange: message.exchange(),
                routing_key: message.routing_key(),
            };
            let header = header_of(queue, delivery, false);
            let (bytes, body) = (message.body_bytes(), body_of(message));
            self.protocol.deliver(channel, &head, &header, bytes, body);
            if !is_acknowledged {
                gone.push(delivery.id);
            }
        }
        state.record();
        if !gone.is_empty() {
            queue.accept(id, &gone);
        }
    }
}

/// The header as it is delivered. A queue that counts deliveries says how many came before: to a
/// consumer from the second on, to `basic.get` always, as RabbitMQ does.
pub(super) fn header_of<'d>(
    queue: &Queue,
    delivery: &'d Delivery,
    is_polled: bool,
) -> Cow<'d, [u8]> {
    let header = header_for_v0_9_1(&delivery.message);
    let is_told = is_polled || delivery.delivery_count > 0;
    if is_told && queue.settings().delivery_limit.is_some() {
        let count = Value::Long(i64::from(delivery.delivery_count));
        return Cow::Owned(stamp_header(Format::V0_9_1, &header, DELIVERY_COUNT, count));
    }
    header
}

/// The body as it is written: what is large by reference.
pub(super) fn body_of(message: &Message) -> impl Iterator<Item = BodyPiece<'_>> {
    let body = message.body();
    let small = Some(body.small).filter(|small| !small.is_empty());
    let large = body.large.iter().map(|chunk| BodyPiece::Shared(chunk.clone()));
    small.into_iter().map(BodyPiece::Slice).chain(large)
}
