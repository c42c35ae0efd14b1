//! What goes out on channels: methods, acknowledgements and messages.
//!
//! Invariants:
//! - nothing is said on a channel that is not open: each method here answers whether it was;
//! - a message's body is not copied but for small pieces, and its frames are as large as the peer
//!   takes.

use super::{Connection, State};
use crate::body::BodyPiece;
use crate::v0_9_1::frame::{FRAME_END, FrameHeader, FrameKind, write_content};
use crate::v0_9_1::method::Method;
use crate::v0_9_1::short_str::cut;

/// basic.deliver.
#[derive(Clone, Copy, Debug)]
pub struct DeliverHead<'a> {
    /// The consumer.
    pub consumer_tag: &'a str,
    /// The delivery's number on its channel.
    pub delivery_tag: u64,
    /// It was delivered before.
    pub redelivered: bool,
    /// The exchange it was published to.
    pub exchange: &'a str,
    /// The routing key it was published with.
    pub routing_key: &'a str,
}

/// basic.return.
#[derive(Clone, Copy, Debug)]
pub struct ReturnHead<'a> {
    /// Why.
    pub reply_code: u16,
    /// Why, as text.
    pub reply_text: &'a str,
    /// The exchange it was published to.
    pub exchange: &'a str,
    /// The routing key it was published with.
    pub routing_key: &'a str,
}

/// basic.get-ok.
#[derive(Clone, Copy, Debug)]
pub struct GetOkHead<'a> {
    /// The delivery's number on its channel.
    pub delivery_tag: u64,
    /// It was delivered before.
    pub redelivered: bool,
    /// The exchange it was published to.
    pub exchange: &'a str,
    /// The routing key it was published with.
    pub routing_key: &'a str,
    /// Messages that the queue still has.
    pub message_count: u32,
}

/// basic.publish.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishHead<'a> {
    /// The exchange.
    pub exchange: &'a str,
    /// The routing key.
    pub routing_key: &'a str,
    /// It shall come back where no queue takes it.
    pub is_mandatory: bool,
    /// It shall come back where no consumer takes it at once.
    pub is_immediate: bool,
}

/// A message's content: `header` is its property flags and list, `body` has `bytes` in all.
struct Content<'h, I> {
    header: &'h [u8],
    bytes: usize,
    body: I,
}

impl Connection {
    /// Whether something may be said on the channel.
    pub fn is_channel_open(&self, channel: u16) -> bool {
        self.state == State::Open && self.channels.is_open(channel)
    }

    /// Sends a method without content.
    pub fn send(&mut self, channel: u16, method: impl Into<Method>) -> bool {
        let is_open = self.is_channel_open(channel);
        if is_open {
            self.say(channel, method);
        }
        is_open
    }

    /// Sends basic.ack: a server confirms publishes, a client acknowledges deliveries.
    pub fn ack(&mut self, channel: u16, delivery_tag: u64, multiple: bool) -> bool {
        self.settle(channel, 80, delivery_tag, u8::from(multiple))
    }

    /// Sends basic.nack; a client's puts nothing back into the queue.
    pub fn nack(&mut self, channel: u16, delivery_tag: u64, multiple: bool) -> bool {
        self.settle(channel, 120, delivery_tag, u8::from(multiple))
    }

    fn settle(&mut self, channel: u16, method: u8, delivery_tag: u64, bits: u8) -> bool {
        if !self.is_channel_open(channel) {
            return false;
        }
        let [kind, high, low, s, t, u, v] = FrameHeader::bytes(FrameKind::Method, channel, 13);
        let [a, b, c, d, e, f, g, h] = delivery_tag.to_be_bytes();
        self.output.count_frame();
        self.output.put(&[
            kind, high, low, s, t, u, v, 0, 60, 0, method, a, b, c, d, e, f, g, h, bits, FRAME_END,
        ]);
        true
    }

    /// Server: sends a message to a consumer. `header` is the property flags and list, `body` has
    /// `body_bytes` in all.
    pub fn deliver<'a>(
        &mut self,
        channel: u16,
        head: &DeliverHead<'_>,
        header: &[u8],
        body_bytes: usize,
        body: impl Iterator<Item = BodyPiece<'a>>,
    ) -> bool {
        let consumer_tag = Short::new(head.consumer_tag);
        let exchange = Short::new(head.exchange);
        let routing_key = Short::new(head.routing_key);
        let [a, b, c, d, e, f, g, h] = head.delivery_tag.to_be_bytes();
        let method: [&[u8]; 7] = [
            &[],
            &[0, 60, 0, 60, consumer_tag.length],
            consumer_tag.bytes,
            &[a, b, c, d, e, f, g, h, u8::from(head.redelivered), exchange.length],
            exchange.bytes,
            &[routing_key.length],
            routing_key.bytes,
        ];
        self.send_content(channel, method, Content { header, bytes: body_bytes, body })
    }

    /// Server: sends a message back to its publisher.
    pub fn return_<'a>(
        &mut self,
        channel: u16,
        head: &ReturnHead<'_>,
        header: &[u8],
        body_bytes: usize,
        body: impl Iterator<Item = BodyPiece<'a>>,
    ) -> bool {
        let text = Short::new(head.reply_text);
        let exchange = Short::new(head.exchange);
        let routing_key = Short::new(head.routing_key);
        let [high, low] = head.reply_code.to_be_bytes();
        let method: [&[u8]; 7] = [
            &[],
            &[0, 60, 0, 50, high, low, text.length],
            text.bytes,
            &[exchange.length],
            exchange.bytes,
            &[routing_key.length],
            routing_key.bytes,
        ];
        self.send_content(channel, method, Content { header, bytes: body_bytes, body })
    }

    /// Server: sends the message that basic.get asked for.
    pub fn get_ok<'a>(
        &mut self,
        channel: u16,
        head: &GetOkHead<'_>,
        header: &[u8],
        body_bytes: usize,
        body: impl Iterator<Item = BodyPiece<'a>>,
    ) -> bool {
        let exchange = Short::new(head.exchange);
        let routing_key = Short::new(head.routing_key);
        let [a, b, c, d, e, f, g, h] = head.delivery_tag.to_be_bytes();
        let redelivered = u8::from(head.redelivered);
        let method: [&[u8]; 6] = [
            &[],
            &[0, 60, 0, 71, a, b, c, d, e, f, g, h, redelivered, exchange.length],
            exchange.bytes,
            &[routing_key.length],
            routing_key.bytes,
            &head.message_count.to_be_bytes(),
        ];
        self.send_content(channel, method, Content { header, bytes: body_bytes, body })
    }

    /// Client: publishes a message.
    pub fn publish<'a>(
        &mut self,
        channel: u16,
        head: &PublishHead<'_>,
        header: &[u8],
        body_bytes: usize,
        body: impl Iterator<Item = BodyPiece<'a>>,
    ) -> bool {
        let exchange = Short::new(head.exchange);
        let routing_key = Short::new(head.routing_key);
        let method: [&[u8]; 6] = [
            &[],
            &[0, 60, 0, 40, 0, 0, exchange.length],
            exchange.bytes,
            &[routing_key.length],
            routing_key.bytes,
            &[u8::from(head.is_mandatory) | u8::from(head.is_immediate) << 1],
        ];
        self.send_content(channel, method, Content { header, bytes: body_bytes, body })
    }

    /// Writes a method with its content. The first piece is empty: the frame's header goes there.
    fn send_content<'a, const N: usize>(
        &mut self,
        channel: u16,
        method: [&[u8]; N],
        content: Content<'_, impl Iterator<Item = BodyPiece<'a>>>,
    ) -> bool {
        if !self.is_channel_open(channel) {
            return false;
        }
        let size = method.iter().map(|piece| piece.len()).sum();
        let header = FrameHeader::bytes(FrameKind::Method, channel, size);
        let mut pieces: [&[u8]; N] = method;
        if let Some(first) = pieces.first_mut() {
            *first = &header;
        }
        self.output.count_frame();
        self.output.put_pieces(pieces);
        let Content { header, bytes, body } = content;
        write_content(&mut self.output, channel, header, bytes, body, self.frame_bytes_max);
        true
    }
}

/// A short string with its length.
struct Short<'a> {
    length: u8,
    bytes: &'a [u8],
}

impl<'a> Short<'a> {
    #[inline]
    fn new(text: &'a str) -> Self {
        match u8::try_from(text.len()) {
            Ok(length) => Self { length, bytes: text.as_bytes() },
            Err(_) => Self::new(cut(text)),
        }
    }
}
