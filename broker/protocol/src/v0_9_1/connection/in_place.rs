//! Publishes and acknowledgements read where they lie. The usual message comes in three frames, and
//! small; taken from here it costs no event, no reference to what came in and no copy but its
//! owner's.
//!
//! Invariant: what is taken here leaves the connection as [`Connection::feed`] would have left it,
//! and says what its event would have said. Whatever is unusual is not taken.

use super::channels::{Channel, Stage};
use super::content::HeaderHead;
use super::{Connection, Role, State};
use crate::limits::BODY_BYTES_MAX;
use crate::v0_9_1::frame::{
    CONTENT_HEADER_BYTES, FRAME_END, FRAME_HEADER_BYTES, FRAME_OVERHEAD_BYTES, FrameHeader,
    FrameKind,
};

/// Class basic and method publish.
const PUBLISH: [u8; 4] = [0, 60, 0, 40];

/// Bytes of a publish before the exchange's name: ids, the reserved ticket, the name's length.
const PUBLISH_HEAD_BYTES: usize = 7;

/// A whole basic.ack behind its channel: 13 bytes of payload, of which class and method.
const ACK: [u8; 8] = [0, 0, 0, 13, 0, 60, 0, 80];

/// Bytes of a basic.ack's frame.
const ACK_FRAME_BYTES: usize = 21;

/// A basic.ack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckInPlace {
    /// Its channel.
    pub channel: u16,
    /// The delivery's number; 0 with `multiple`: all.
    pub delivery_tag: u64,
    /// It and all before.
    pub multiple: bool,
    /// Bytes at the front of what came in that it takes: they are its owner's to drop.
    pub bytes: usize,
}

/// A publish with header and body, in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishInPlace<'i> {
    /// Its channel.
    pub channel: u16,
    /// The exchange.
    pub exchange: &'i str,
    /// The routing key.
    pub routing_key: &'i str,
    /// It shall come back where no queue takes it.
    pub is_mandatory: bool,
    /// It shall come back where no consumer takes it at once.
    pub is_immediate: bool,
    /// Property flags and list.
    pub header: &'i [u8],
    /// The body.
    pub body: &'i [u8],
    /// Bytes at the front of what came in that it takes: they are its owner's to drop.
    pub bytes: usize,
}

impl Connection {
    /// Server: takes a publish that lies whole at the front of what came in, with a body of at
    /// most `body_bytes_max` in one frame. None where something else lies there, or where something
    /// was taken by [`Connection::feed`] that its owner did not take yet: then it is `feed`'s turn.
    /// Do what is due for what was taken here before `feed` is called.
    pub fn take_publish<'i>(
        &mut self,
        inbox: &'i [u8],
        body_bytes_max: usize,
        now_ms: u64,
    ) -> Option<PublishInPlace<'i>> {
        if !self.is_turn_in_place() || !matches!(self.role, Role::Server(_)) {
            return None;
        }
        let (found, frames) = find(inbox, body_bytes_max, self.frame_bytes_max)?;
        self.count_in_place(found.channel, frames, found.bytes, now_ms).then_some(found)
    }

    /// Takes a basic.ack that lies whole at the front of what came in; none and what is due as for
    /// [`Connection::take_publish`].
    pub fn take_ack(&mut self, inbox: &[u8], now_ms: u64) -> Option<AckInPlace> {
        if !self.is_turn_in_place() {
            return None;
        }
        let found = ack(inbox)?;
        self.count_in_place(found.channel, 1, found.bytes, now_ms).then_some(found)
    }

    fn is_turn_in_place(&self) -> bool {
        self.state == State::Open && self.events.is_empty() && self.deferred.is_none()
    }

    /// Counts what is taken from an open channel; whether it is one, and between contents.
    fn count_in_place(&mut self, channel: u16, frames: u64, bytes: usize, now_ms: u64) -> bool {
        let is_usual = |state: &Channel| state.stage == Stage::Open && state.content.is_none();
        if !self.channels.get(channel).is_some_and(is_usual) {
            return false;
        }
        self.heard_ms = now_ms;
        self.frames_in += frames;
        self.bytes_in += bytes as u64;
        true
    }
}

fn ack(inbox: &[u8]) -> Option<AckInPlace> {
    let frame = inbox.first_chunk::<ACK_FRAME_BYTES>()?;
    let [1, high, low, s, t, u, v, w, x, y, z, a, b, c, d, e, f, g, h, bits, FRAME_END] = *frame
    else {
        return None;
    };
    let delivery_tag = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    ([s, t, u, v, w, x, y, z] == ACK).then_some(AckInPlace {
        channel: u16::from_be_bytes([high, low]),
        delivery_tag,
        multiple: bits & 1 != 0,
        bytes: ACK_FRAME_BYTES,
    })
}

/// Two or three frames that are a publish, and how many.
fn find(inbox: &[u8], body_max: usize, frame_max: usize) -> Option<(PublishInPlace<'_>, u64)> {
    let header = FrameHeader::read(inbox)?;
    if header.kind != FrameKind::Method as u8 {
        return None;
    }
    let channel = header.channel;
    let (method, rest) = payload(inbox, header.size, frame_max)?;
    let (exchange, routing_key, bits) = publish(method)?;
    let (header, rest) = frame(rest, FrameKind::Header, channel, frame_max)?;
    let HeaderHead { class_id: 60, body_bytes } = HeaderHead::read(header)? else { return None };
    let body_bytes = usize::try_from(body_bytes).ok()?;
    if body_bytes > body_max.min(BODY_BYTES_MAX) {
        return None;
    }
    let (body, rest, frames) = if body_bytes == 0 {
        (&[][..], rest, 2)
    } else {
        let (body, rest) = frame(rest, FrameKind::Body, channel, frame_max)?;
        (body, rest, 3)
    };
    if body.len() != body_bytes {
        return None;
    }
    let found = PublishInPlace {
        channel,
        exchange: std::str::from_utf8(exchange).ok()?,
        routing_key: std::str::from_utf8(routing_key).ok()?,
        is_mandatory: bits & 1 != 0,
        is_immediate: bits & 2 != 0,
        header: header.get(CONTENT_HEADER_BYTES..)?,
        body,
        bytes: inbox.len() - rest.len(),
    };
    Some((found, frames))
}

/// The payload of the frame that is of this kind and channel, and what lies behind.
#[inline]
fn frame(
    bytes: &[u8],
    kind: FrameKind,
    channel: u16,
    frame_bytes_max: usize,
) -> Option<(&[u8], &[u8])> {
    let header = FrameHeader::read(bytes)?;
    if (header.kind, header.channel) != (kind as u8, channel) {
        return None;
    }
    payload(bytes, header.size, frame_bytes_max)
}

/// The payload of the frame at the front, and what lies behind.
#[inline]
fn payload(bytes: &[u8], size: u32, frame_bytes_max: usize) -> Option<(&[u8], &[u8])> {
    let size = usize::try_from(size).ok().filter(|size| *size <= frame_bytes_max)?;
    let (frame, behind) = bytes.split_at_checked(size + FRAME_OVERHEAD_BYTES)?;
    let [payload @ .., FRAME_END] = frame.get(FRAME_HEADER_BYTES..)? else { return None };
    Some((payload, behind))
}

/// Exchange, routing key and bits of a basic.publish.
#[inline]
fn publish(method: &[u8]) -> Option<(&[u8], &[u8], u8)> {
    let (head, rest) = method.split_first_chunk::<PUBLISH_HEAD_BYTES>()?;
    let [a, b, c, d, _, _, exchange_bytes] = *head;
    if [a, b, c, d] != PUBLISH {
        return None;
    }
    let (exchange, rest) = rest.split_at_checked(usize::from(exchange_bytes))?;
    let (key_bytes, rest) = rest.split_first()?;
    let (routing_key, rest) = rest.split_at_checked(usize::from(*key_bytes))?;
    let [bits] = *rest else { return None };
    Some((exchange, routing_key, bits))
}

#[cfg(test)]
mod tests;
