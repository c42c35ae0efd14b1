//! Messages from a client: checked, made into the model's, and published in batches.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use philter_model::limits::{BODY_COPY_BYTES_MAX, TTL_MS_MAX};
use philter_model::message::{Format, Message, NewMessage};
use philter_protocol::v0_9_1::connection::ReturnHead;
use philter_protocol::v0_9_1::{Properties, PublishInPlace, reply_code};

use super::channel::Mode;
use super::connection::Connection;
use super::deliver::body_of;
use super::failure::{Failure, Outcome};
use crate::clock::unix_ns;
use crate::message::{header_for_v0_9_1, sender_selected_keys, without_bcc};
use crate::virtual_host::{Exchange, Published};

/// Messages of one batch at the most: enough to share a queue's lock, few enough to let others in.
const BATCH_MESSAGES_MAX: usize = 128;

/// The value of delivery-mode that asks for a message to outlive the broker.
const PERSISTENT: u8 = 2;

/// Timestamps count seconds.
const NS_PER_S: u64 = 1_000_000_000;

/// Class and number of basic.publish.
const PUBLISH: (u16, u16) = (60, 40);

/// Messages on one channel to one exchange that wait to be published together.
#[derive(Default)]
pub(super) struct Batch {
    channel: u16,
    exchange: Option<Arc<Exchange>>,
    pub(super) messages: Messages,
}

/// Messages to one exchange, and what their publisher wants to hear of them.
#[derive(Default)]
pub(super) struct Messages {
    pub(super) list: Vec<Arc<Message>>,
    /// Their numbers, on a channel with confirms.
    numbers: Vec<u64>,
    /// Those that come back if they reach no queue, by their place.
    mandatory: Vec<usize>,
    /// Further routing keys of some, by their place.
    pub(super) keys: Vec<(usize, Vec<String>)>,
}

/// A message that comes in.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'m> {
    pub(super) exchange: &'m str,
    pub(super) routing_key: &'m str,
    pub(super) is_mandatory: bool,
    pub(super) is_immediate: bool,
    /// Property flags and list.
    pub(super) header: &'m [u8],
    pub(super) body: Content<'m>,
}

/// Its body.
#[derive(Clone, Copy)]
pub(super) enum Content<'m> {
    /// In pieces, of which large ones may be kept.
    Pieces(&'m [Bytes]),
    /// Small, to be copied.
    InPlace(&'m [u8]),
}

impl Connection {
    /// Takes the messages and acknowledgements that lie whole at the front of what came in; whether
    /// there was one.
    pub(super) fn take_in_place(&mut self, inbox: &mut BytesMut) -> bool {
        let (now_ms, mut has_taken) = (self.now_ms, false);
        loop {
            if let Some(publish) = self.protocol.take_publish(inbox, BODY_COPY_BYTES_MAX, now_ms) {
                let PublishInPlace { channel, exchange, routing_key, header, body, bytes, .. } =
                    publish;
                let incoming = Incoming {
                    exchange,
                    routing_key,
                    is_mandatory: publish.is_mandatory,
                    is_immediate: publish.is_immediate,
                    header,
                    body: Content::InPlace(body),
                };
                self.handle_publish(channel, &incoming);
                inbox.advance(bytes);
            } else if let Some(ack) = self.protocol.take_ack(inbox, now_ms) {
                self.handle_ack(ack.channel, ack.delivery_tag, ack.multiple);
                inbox.advance(ack.bytes);
            } else {
                return has_taken;
            }
            has_taken = true;
        }
    }

    pub(super) fn handle_publish(&mut self, channel: u16, incoming: &Incoming<'_>) {
        if let Err(failure) = self.take_message(channel, incoming) {
            self.fail(channel, PUBLISH, &failure);
        }
    }

    fn take_message(&mut self, channel: u16, incoming: &Incoming<'_>) -> Outcome {
        self.aim(channel, incoming.exchange)?;
        let properties = Properties::parse(incoming.header)
            .map_err(|fault| Failure::syntax(format!("basic.publish: {fault}")))?;
        let expires_at_ms = self.expiry_of(&properties)?;
        self.check_user(&properties)?;
        if incoming.is_immediate {
            return Err(Failure::not_implemented("immediate=true"));
        }
        let keys = properties.headers.map_or_else(|| Ok(Vec::new()), sender_selected_keys);
        let keys = keys.map_err(|error| Failure::precondition(error.to_string()))?;
        let header = match keys.as_slice() {
            [] => Cow::Borrowed(incoming.header),
            _ => without_bcc(incoming.header),
        };
        let header = self.with_reply_queue(channel, &properties, header)?;
        let header = if self.host.stamps_received() { stamped(&header).into() } else { header };
        // Publishing what came before may have ended it.
        let Some(state) = self.channels.get_mut(&channel) else { return Ok(()) };
        let Some(exchange) = self.batch.exchange.as_ref() else { return Ok(()) };
        let messages = &mut self.batch.messages;
        if let Mode::Confirm(confirms) = &mut state.mode {
            messages.numbers.push(confirms.next());
        }
        let place = messages.list.len();
        if incoming.is_mandatory {
            messages.mandatory.push(place);
        }
        if !keys.is_empty() {
            messages.keys.push((place, keys));
        }
        let pieces = match incoming.body {
            Content::Pieces(pieces) => pieces,
            Content::InPlace(_) => &[],
        };
        let new = NewMessage {
            format: Format::V0_9_1,
            exchange: Arc::clone(exchange.name()),
            routing_key: incoming.routing_key,
            publisher: Arc::clone(&self.identity),
            header: &header,
            body: pieces,
            is_durable: properties.delivery_mode == Some(PERSISTENT),
            priority: properties.priority.unwrap_or(0),
            expires_at_ms,
        };
        let message = match incoming.body {
            Content::Pieces(_) => Message::new(&new),
            Content::InPlace(body) => Message::copied(&new, body),
        };
        messages.list.push(Arc::new(message.over(self.actor.connection.0)));
        if place + 1 >= BATCH_MESSAGES_MAX {
            self.publish_batch();
        }
        Ok(())
    }

    /// Sees to it that the batch is for this channel and exchange.
    fn aim(&mut self, channel: u16, name: &str) -> Outcome {
        let batch = &self.batch;
        let is_same = batch.channel == channel
            && batch
                .exchange
                .as_ref()
                .is_some_and(|exchange| **exchange.name() == *name && !exchange.is_deleted());
        if is_same {
            return Ok(());
        }
        self.publish_batch();
        self.batch.exchange = None;
        let exchange = self.host.exchange(name).map_err(|error| self.refused(&error))?;
        if exchange.settings().is_internal {
            return Err(Failure::access_refused(format!(
                "cannot publish to internal exchange '{name}' in vhost '{}'",
                self.vhost()
            )));
        }
        self.batch.exchange = Some(exchange);
        self.batch.channel = channel;
        Ok(())
    }

    fn expiry_of(&self, properties: &Properties<'_>) -> Outcome<Option<u64>> {
        let Some(expiration) = properties.expiration else { return Ok(None) };
        let ttl_ms = expiration.as_str().and_then(|text| text.parse::<u64>().ok());
        let ttl_ms = ttl_ms.filter(|ttl_ms| *ttl_ms <= TTL_MS_MAX).ok_or_else(|| {
            Failure::precondition(format!(
                "invalid expiration '{}': a whole number of milliseconds expected",
                expiration.as_bytes().escape_ascii()
            ))
        })?;
        Ok(Some(self.now_ms.saturating_add(ttl_ms)))
    }

    /// Publishes what waits, and decides what is confirmed; in a transaction, keeps it for the
    /// commit.
    pub(super) fn publish_batch(&mut self) {
        if self.batch.messages.list.is_empty() {
            return;
        }
        let Some(exchange) = self.batch.exchange.clone() else { return };
        let channel = self.batch.channel;
        let mut messages = std::mem::take(&mut self.batch.messages);
        self.messages_in += messages.list.len() as u64;
        let outcome = match self.channels.get(&channel).map(|state| &state.mode) {
            // It ended meanwhile, and its client was told why.
            None => {
                messages.clear();
                Ok(())
            }
            Some(Mode::Transaction(_)) => {
                self.publish_later(channel, &exchange, std::mem::take(&mut messages))
            }
            Some(Mode::Plain | Mode::Confirm(_)) => {
                self.refuse_beyond_memory(channel, &mut messages);
                Ok(())
            }
        };
        if let Err(failure) = outcome {
            self.fail(channel, PUBLISH, &failure);
        } else if !messages.list.is_empty() {
            let published =
                self.host.publish_each(&exchange, &messages.list, &messages.keys, self.now_ms);
            self.tell_published(channel, &messages, &published);
            if !messages.is_confirmed() {
                self.tell_failure(channel, &published);
            }
        }
        self.look_at_memory();
        // The vectors' room serves the next batch.
        messages.clear();
        self.batch.messages = messages;
    }

    /// Returns what reached no queue and was to, and decides what is confirmed.
    pub(super) fn tell_published(
        &mut self,
        channel: u16,
        messages: &Messages,
        published: &Published,
    ) {
        for place in &published.unrouted {
            if messages.mandatory.contains(place)
                && let Some(message) = messages.list.get(*place)
            {
                self.return_message(channel, message);
            }
        }
        if published.refused.is_empty() {
            if let Some(number) = messages.numbers.last() {
                self.confirm(channel, *number);
            }
            return;
        }
        // In the order of their places.
        let refused = &published.refused;
        for (place, number) in messages.numbers.iter().enumerate() {
            match refused.binary_search_by_key(&place, |refused| refused.index) {
                Ok(_) => self.refuse(channel, *number),
                Err(_) => self.confirm(channel, *number),
            }
        }
    }

    /// Who selected no confirms hears of a message that a plugin failed on by the end of its
    /// channel.
    fn tell_failure(&mut self, channel: u16, published: &Published) {
        let failed = published.refused.iter().find(|refused| refused.is_undecided());
        if let Some(refused) = failed {
            let text = format!("basic.publish: {}", refused.why);
            self.fail(channel, PUBLISH, &Failure::of_plugin(text));
        }
    }

    /// Every message of a batch is refused.
    pub(super) fn refuse_all(&mut self, channel: u16, messages: &mut Messages) {
        for number in std::mem::take(&mut messages.numbers) {
            self.refuse(channel, number);
        }
        messages.clear();
    }

    fn return_message(&mut self, channel: u16, message: &Message) {
        let header = header_for_v0_9_1(message);
        let head = ReturnHead {
            reply_code: reply_code::NO_ROUTE,
            reply_text: "NO_ROUTE",
            exchange: message.exchange(),
            routing_key: message.routing_key(),
        };
        self.protocol.return_(channel, &head, &header, message.body_bytes(), body_of(message));
    }

    /// A message may claim no other user than its publisher.
    fn check_user(&self, properties: &Properties<'_>) -> Outcome {
        let claimed = properties.user_id.map(|claimed| claimed.as_bytes()).unwrap_or_default();
        let is_own = |own: &str| claimed == own.as_bytes();
        if claimed.is_empty() || is_own(&self.user_id) || is_own(&self.identity) {
            return Ok(());
        }
        Err(Failure::precondition(format!(
            "user_id property set to '{}' but authenticated user was '{}'",
            claimed.escape_ascii(),
            self.user_id
        )))
    }
}

/// The header with the time at which the message came in.
fn stamped(header: &[u8]) -> Vec<u8> {
    let mut stamped = Vec::with_capacity(header.len() + size_of::<u64>());
    match Properties::parse(header) {
        Ok(properties) => {
            let timestamp = Some(unix_ns() / NS_PER_S);
            Properties { timestamp, ..properties }.encode(&mut stamped);
        }
        Err(_) => stamped.extend_from_slice(header),
    }
    stamped
}

impl Messages {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.numbers.clear();
        self.mandatory.clear();
        self.keys.clear();
    }

    /// Whether its publisher is told message by message what became of it.
    pub(super) fn is_confirmed(&self) -> bool {
        !self.numbers.is_empty()
    }
}
