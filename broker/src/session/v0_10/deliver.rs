//! Deliveries to a client: pull from queues while there is credit and room, and send.

use std::borrow::Cow;
use std::iter;
use std::sync::Arc;

use philter_model::credit::FlowMode;
use philter_model::message::Format;
use philter_model::queue::{Delivery, PullState};
use philter_plugin_api::Value;
use philter_protocol::v0_10::CommandId;
use philter_protocol::v0_10::command::{AcceptMode, AcquireMode, MessageSubscribe, error_code};
use philter_protocol::v0_10::connection::Transfer;
use philter_protocol::v0_10::frame::BodyPiece;
use philter_protocol::v0_10::headers::{Delivery as DeliveryProperties, Headers};
use philter_protocol::v0_10::packed::Packed;
use smallvec::SmallVec;

use super::connection::Connection;
use super::failure::Failure;
use super::session::{Held, InWindow};
use super::withheld::FLOW;
use crate::message::{header_for_v0_10, stamp_header};
use crate::net::Token;
use crate::net::connection::OUTBOX_BYTES_MAX;

/// Messages that one pull takes at the most: they share a queue's lock, and other consumers of this
/// connection wait for them.
const PULL_MESSAGES_MAX: usize = 64;

impl Connection {
    /// A consumer may have something to pull.
    pub(super) fn make_ready(&mut self, token: Token) {
        if token.consumer == FLOW {
            self.let_go(token.channel);
            return;
        }
        let consumer = self
            .sessions
            .get_mut(&token.channel)
            .and_then(|session| session.consumers.get_mut(&token.consumer));
        if let Some(consumer) = consumer.filter(|consumer| !consumer.is_ready) {
            consumer.is_ready = true;
            self.ready.push_back(token);
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
            if self.consumer(token).is_some_and(|consumer| consumer.is_ready) {
                self.pull_for(token, room_bytes);
            }
        }
        for index in 0..self.ready.len() {
            let token = self.ready.get(index).copied();
            if let Some(consumer) = token.and_then(|token| self.consumer(token)) {
                consumer.rest();
            }
        }
        !self.ready.is_empty()
    }

    /// One pull for one consumer, up to `room_bytes` or one message that is larger; it goes to the
    /// end of the line where there may be more.
    fn pull_for(&mut self, token: Token, room_bytes: usize) {
        let Token { channel, consumer: number } = token;
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Some(consumer) = session.consumers.get_mut(&number) else { return };
        consumer.is_ready = false;
        if session.is_silent {
            return;
        }
        if consumer.queue.is_deleted() && !consumer.knows_of_delete {
            let text = format!("queue '{}' was deleted", consumer.queue.name());
            let failure = Failure::new(error_code::RESOURCE_DELETED, text);
            self.fail(channel, CommandId(0), MessageSubscribe::CODE, 0, failure);
            return;
        }
        if self.is_draining || !consumer.credit.is_open() {
            self.end_flush(token);
            return;
        }
        // It may have rested for want of room.
        consumer.attend();
        let credit = usize::try_from(consumer.credit.messages_left()).unwrap_or(usize::MAX);
        let count = credit.min(PULL_MESSAGES_MAX);
        let credit_bytes = consumer.credit.bytes_left();
        let room_bytes = credit_bytes.min(room_bytes as u64);
        let mut pulled = Vec::with_capacity(count);
        let (queue, id, now_ms) = (&consumer.queue, consumer.id, self.now_ms);
        let mut state = queue.pull(id, count, room_bytes, now_ms, &mut pulled);
        if state == PullState::TooLarge && pulled.is_empty() && room_bytes < credit_bytes {
            state = queue.pull(id, 1, credit_bytes, now_ms, &mut pulled);
        }
        let is_stuck = state == PullState::TooLarge && pulled.is_empty();
        self.send_all(token, &pulled);
        let Some(consumer) = self.consumer(token) else { return };
        consumer.attend();
        if is_stuck {
            // The next message is larger than the credit in bytes: another may have it, and the
            // queue wakes this consumer when the next one is another.
            consumer.rest();
        }
        if state == PullState::Waiting || is_stuck || !consumer.credit.is_open() {
            self.end_flush(token);
        } else {
            self.make_ready(token);
        }
    }

    fn consumer(&mut self, token: Token) -> Option<&mut super::consumer::Consumer> {
        self.sessions.get_mut(&token.channel)?.consumers.get_mut(&token.consumer)
    }

    /// A command comes that changes what a flush under way is about: what the flush waits for is
    /// sent first, as far as the outbox has room.
    pub(super) fn finish_flush(&mut self, token: Token) {
        let is_silent = self.sessions.get(&token.channel).is_some_and(|session| session.is_silent);
        while !is_silent && self.consumer(token).is_some_and(|consumer| consumer.flush.is_some()) {
            let room_bytes = OUTBOX_BYTES_MAX.saturating_sub(self.protocol.output().len());
            if room_bytes == 0 {
                break;
            }
            self.pull_for(token, room_bytes);
        }
        self.end_flush(token);
    }

    /// A flush that waited for the last delivery is done: the credit is gone.
    fn end_flush(&mut self, token: Token) {
        let Some(consumer) = self.consumer(token) else { return };
        if let Some(id) = consumer.flush.take() {
            consumer.stop();
            self.protocol.complete(token.channel, id);
        }
    }

    fn send_all(&mut self, token: Token, pulled: &[Delivery]) {
        let Token { channel, consumer: number } = token;
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Some(consumer) = session.consumers.get_mut(&number) else { return };
        let accept_mode = u8::from(consumer.accept == AcceptMode::None);
        let acquire_mode = u8::from(consumer.acquire == AcquireMode::NotAcquired);
        let is_window = consumer.credit.mode() == FlowMode::Window && !consumer.is_unbounded();
        let is_settled = consumer.accept == AcceptMode::None && consumer.acquires();
        let mut gone = SmallVec::<[_; PULL_MESSAGES_MAX]>::new();
        let mut kept = Vec::with_capacity(if is_settled { 0 } else { pulled.len() });
        let queue = Arc::clone(&consumer.queue);
        let sequence_header = queue.settings().sequence_header.as_deref();
        consumer.live.add_delivered(pulled.len());
        self.messages_out += pulled.len() as u64;
        for delivery in pulled {
            let message = &delivery.message;
            let bytes = message.size();
            consumer.credit.take(bytes);
            let sync = consumer.wants_sync();
            let header = header_of(delivery, sequence_header);
            let transfer = Transfer {
                destination: &consumer.destination,
                accept_mode,
                acquire_mode,
                header: &[&header],
                body_bytes: message.body_bytes(),
                sync,
            };
            let body = message.body();
            let is_small = message.has_body() && body.large.is_empty();
            let small = iter::once(BodyPiece::Slice(body.small)).filter(|_| is_small);
            let large = body.large.iter().map(|chunk| BodyPiece::Shared(chunk.clone()));
            let Some(id) = self.protocol.transfer(channel, &transfer, small.chain(large)) else {
                break;
            };
            if is_window {
                let in_window =
                    InWindow { consumer: number, epoch: consumer.credit.epoch(), bytes };
                in_window.count(&mut session.windows, id);
            }
            if is_settled {
                gone.push(delivery.id);
            } else {
                let held = Held {
                    queue: consumer.queue.clone(),
                    entry: delivery.id,
                    consumer: consumer.id,
                    is_acquired: consumer.acquires(),
                    is_accept_none: consumer.accept == AcceptMode::None,
                };
                kept.push((id, held));
            }
        }
        if !gone.is_empty() {
            consumer.queue.accept(consumer.id, &gone);
        }
        kept.into_iter().for_each(|(id, held)| session.hold(id, held));
        session.record();
    }
}

/// The header as it is delivered: with the number that its queue gave it, and marked where somebody
/// may have seen it.
fn header_of<'d>(delivery: &'d Delivery, sequence_header: Option<&str>) -> Cow<'d, [u8]> {
    let mut header = header_for_v0_10(&delivery.message);
    if let (Some(name), Some(number)) = (sequence_header, delivery.sequence) {
        // 32 bits, as Qpid's brokers number them.
        let number = u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        header = Cow::Owned(stamp_header(Format::V0_10, &header, name, Value::Uint(number)));
    }
    if delivery.is_redelivered() {
        header = Cow::Owned(mark_redelivered(&header));
    }
    header
}

/// The header with delivery-properties that say redelivered.
fn mark_redelivered(header: &[u8]) -> Vec<u8> {
    let Ok(parsed) = Headers::parse(header) else { return header.to_vec() };
    let mut marked = Vec::with_capacity(header.len() + 4);
    DeliveryProperties { redelivered: true, ..parsed.delivery }.encode(&mut marked);
    let range = &parsed.delivery_range;
    marked.extend_from_slice(header.get(..range.start).unwrap_or(&[]));
    marked.extend_from_slice(header.get(range.end..).unwrap_or(&[]));
    marked
}
