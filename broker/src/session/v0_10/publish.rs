//! Transfers from a client: checked, made into messages, and published in batches.

use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use philter_model::limits::BODY_COPY_BYTES_MAX;
use philter_model::message::{Format, Message, NewMessage};
use philter_protocol::v0_10::command::{MessageTransfer, error_code};
use philter_protocol::v0_10::connection::TransferInPlace;
use philter_protocol::v0_10::headers::{Delivery, Headers};
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::withheld::Gate;
use crate::clock::unix_ns;
use crate::virtual_host::{Exchange, Published, Queue, Refusal, Refused};

/// Messages of one batch at the most: enough to share a queue's lock, few enough to let others in.
const BATCH_MESSAGES_MAX: usize = 128;

/// The value of delivery-mode that asks for a message to outlive the broker.
const PERSISTENT: u8 = 2;

/// The priority of a message that names none.
const PRIORITY_DEFAULT: u8 = 4;

/// Timestamps count seconds.
const NS_PER_S: u64 = 1_000_000_000;

/// The highest priority there is; more means no more.
const PRIORITY_MAX: u8 = 9;

/// Transfers on one channel to one exchange that wait to be published together.
#[derive(Default)]
pub(super) struct Batch {
    channel: u16,
    exchange: Option<Arc<Exchange>>,
    messages: Vec<Arc<Message>>,
    ids: Vec<CommandId>,
    scratch: Vec<u8>,
}

/// A message that comes in.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'m> {
    pub(super) destination: &'m str,
    pub(super) header: &'m [u8],
    pub(super) body: Content<'m>,
}

/// Its body.
#[derive(Clone, Copy)]
pub(super) enum Content<'m> {
    /// In pieces, of which large ones may be kept; none where it has no body.
    Pieces(&'m [Bytes]),
    /// Small, to be copied.
    InPlace(&'m [u8]),
}

impl Connection {
    /// Takes the transfers that lie whole at the front of what came in.
    pub(super) fn take_transfers(&mut self, inbox: &mut BytesMut) {
        let now_ms = self.now_ms;
        while let Some(transfer) = self.protocol.take_transfer(inbox, BODY_COPY_BYTES_MAX, now_ms) {
            let TransferInPlace { channel, id, destination, header, body, bytes } = transfer;
            let body = Content::InPlace(body);
            self.handle_transfer(channel, id, Incoming { destination, header, body });
            inbox.advance(bytes);
        }
    }

    pub(super) fn handle_transfer(&mut self, channel: u16, id: CommandId, incoming: Incoming<'_>) {
        if let Err(failure) = self.take_message(channel, id, incoming) {
            self.publish_batch();
            self.fail(channel, id, MessageTransfer::CODE, 0, failure);
        }
    }

    fn take_message(&mut self, channel: u16, id: CommandId, incoming: Incoming<'_>) -> Outcome {
        let Incoming { destination, header: segment, body } = incoming;
        self.aim(channel, destination)?;
        // Publishing what came before may have ended it: nothing behind a failure takes effect.
        self.session(channel)?;
        let Some(exchange) = self.batch.exchange.as_ref() else { return Ok(()) };
        let parsed = Headers::parse(segment)
            .map_err(|fault| Failure::new(error_code::COMMAND_INVALID, fault.to_string()))?;
        check_user(parsed.message.user_id, &self.identity)?;
        let stamp_s = self.host.stamps_received().then(|| unix_ns() / NS_PER_S);
        encode_header(segment, &parsed, exchange.name(), stamp_s, &mut self.batch.scratch);
        let delivery = &parsed.delivery;
        let pieces = match body {
            Content::Pieces(pieces) => pieces,
            Content::InPlace(_) => &[],
        };
        let new = NewMessage {
            format: Format::V0_10,
            exchange: Arc::clone(exchange.name()),
            routing_key: delivery.routing_key.unwrap_or(""),
            publisher: Arc::clone(&self.identity),
            header: &self.batch.scratch,
            body: pieces,
            is_durable: delivery.delivery_mode == Some(PERSISTENT),
            priority: delivery.priority.unwrap_or(PRIORITY_DEFAULT).min(PRIORITY_MAX),
            // To Qpid's brokers and clients a time to live of 0 is none.
            expires_at_ms: delivery
                .ttl
                .filter(|ttl_ms| *ttl_ms > 0)
                .map(|ttl_ms| self.now_ms.saturating_add(ttl_ms)),
        };
        let message = match body {
            Content::Pieces(_) => Message::new(&new),
            Content::InPlace(body) => Message::copied(&new, body),
        };
        let message = message.over(self.actor.connection.0);
        self.batch.messages.push(Arc::new(message));
        self.batch.ids.push(id);
        if self.batch.messages.len() >= BATCH_MESSAGES_MAX {
            self.publish_batch();
        }
        Ok(())
    }

    /// Sees to it that the batch is for this channel and exchange.
    fn aim(&mut self, channel: u16, destination: &str) -> Outcome {
        let batch = &self.batch;
        let is_same = batch.channel == channel
            && batch.exchange.as_ref().is_some_and(|exchange| {
                **exchange.name() == *destination && !exchange.is_deleted()
            });
        if !is_same {
            self.publish_batch();
            self.batch.exchange = None;
            let exchange = self.host.exchange(destination)?;
            if exchange.settings().is_internal {
                let text = format!("exchange '{destination}' is internal: nobody publishes to it");
                return Err(Failure::not_allowed(text));
            }
            self.batch.exchange = Some(exchange);
            self.batch.channel = channel;
        }
        Ok(())
    }

    /// Publishes what waits, and completes it; in a transaction, keeps it for the commit.
    pub(super) fn publish_batch(&mut self) {
        if self.batch.messages.is_empty() {
            return;
        }
        let Some(exchange) = self.batch.exchange.clone() else { return };
        let channel = self.batch.channel;
        let mut messages = std::mem::take(&mut self.batch.messages);
        let ids = std::mem::take(&mut self.batch.ids);
        self.messages_in += messages.len() as u64;
        let session = self.sessions.get_mut(&channel);
        let kept = session.and_then(|session| session.keep(&exchange, &mut messages));
        if let Some(kept) = kept {
            let result = kept.and_then(|()| self.check_kept()).map_err(|failure| (0, failure));
            self.settle_batch(channel, &ids, result, Vec::new(), false);
        } else if let Err(failure) = self.check_memory(channel) {
            self.settle_batch(channel, &ids, Err((0, failure)), Vec::new(), false);
        } else {
            let Published { refused, held, .. } =
                self.host.publish(&exchange, &messages, self.now_ms);
            let memory = self.host.memory();
            let is_over = if exchange.is_tapped() { memory.is_beyond() } else { memory.is_over() };
            let first = refused.iter().min_by_key(|refused| refused.index);
            let result = first.map_or(Ok(()), |first| Err((first.index, refusal(first))));
            self.settle_batch(channel, &ids, result, held, is_over);
        }
        // The vectors' room serves the next batch.
        self.batch.messages = cleared(messages);
        self.batch.ids = cleared(ids);
    }

    /// Completes what went well, but for what is held back; fails the session where a message was
    /// refused.
    fn settle_batch(
        &mut self,
        channel: u16,
        ids: &[CommandId],
        result: Result<(), (usize, Failure)>,
        held: Vec<(usize, Arc<Queue>)>,
        is_over_memory: bool,
    ) {
        let good = result.as_ref().err().map_or(ids.len(), |(index, _)| *index);
        let mut waiting = RangeSet::default();
        if !held.is_empty() {
            let with_id = |(index, queue)| Some((*ids.get(index)?, Gate::Queue(queue)));
            waiting = self.withhold(channel, held.into_iter().filter_map(with_id));
        }
        if is_over_memory {
            let gate = Gate::Memory(Arc::clone(self.host.memory()));
            let all = ids.iter().take(good).map(|id| (*id, gate.clone()));
            waiting = waiting.union(&self.withhold(channel, all));
        }
        for id in ids.iter().take(good).filter(|id| !waiting.contains(**id)) {
            self.protocol.complete(channel, *id);
        }
        if let (Err((_, failure)), Some(id)) = (result, ids.get(good)) {
            self.fail(channel, *id, MessageTransfer::CODE, 0, failure);
        }
    }
}

/// Why a message was refused.
pub(super) fn refusal(refused: &Refused) -> Failure {
    Failure::new(code_of(refused), refused.why.to_string())
}

/// The code for it.
pub(super) fn code_of(refused: &Refused) -> u16 {
    match refused.why {
        Refusal::Full { .. } => error_code::RESOURCE_LIMIT_EXCEEDED,
        Refusal::Undecided(_) => error_code::INTERNAL_ERROR,
    }
}

fn cleared<T>(mut list: Vec<T>) -> Vec<T> {
    list.clear();
    list
}

/// A message may claim no other user than its publisher, with the realm or without.
fn check_user(claimed: Option<&[u8]>, identity: &str) -> Outcome {
    let Some(claimed) = claimed.filter(|claimed| !claimed.is_empty()) else { return Ok(()) };
    let name = identity.rsplit_once('@').map_or(identity, |(name, _)| name);
    if claimed == identity.as_bytes() || claimed == name.as_bytes() {
        return Ok(());
    }
    let text = format!(
        "message.transfer: the user-id of the message is '{}', its publisher is '{identity}'",
        claimed.escape_ascii()
    );
    Err(Failure::new(error_code::UNAUTHORIZED_ACCESS, text))
}

/// The header as it is delivered: the delivery-properties name the exchange, everything else is
/// what came in.
fn encode_header(
    segment: &[u8],
    parsed: &Headers<'_>,
    exchange: &str,
    stamp_s: Option<u64>,
    into: &mut Vec<u8>,
) {
    into.clear();
    let timestamp = stamp_s.or(parsed.delivery.timestamp);
    let own = parsed.delivery;
    let delivery = Delivery { exchange: Some(exchange), redelivered: false, timestamp, ..own };
    delivery.encode(into);
    let range = &parsed.delivery_range;
    into.extend_from_slice(segment.get(..range.start).unwrap_or(&[]));
    into.extend_from_slice(segment.get(range.end..).unwrap_or(&[]));
}
