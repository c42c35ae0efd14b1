//! Transfers read where they lie. The usual message comes in one frame a segment, and small; taken
//! from here it costs no event, no reference to what came in and no copy but its owner's.
//!
//! Invariant: what is taken here leaves the connection as [`Connection::feed`] would have left it,
//! and says what its event would have said. Whatever is unusual is not taken.

use super::{Connection, State};
use crate::limits::INCOMPLETE_RANGES_MAX;
use crate::v0_10::command::MessageTransfer;
use crate::v0_10::frame::{FRAME_HEADER_BYTES, FrameHeader, Place, SegmentKind};
use crate::v0_10::packed::Packed;
use crate::v0_10::range_set::CommandId;

/// Flags, type and track of the frames of command, header and body, each a whole segment.
const SEGMENTS: [(u8, u8, u8); 3] = [
    FrameHeader::whole(SegmentKind::Command, Place { is_first: true, is_last: false }),
    FrameHeader::whole(SegmentKind::Header, Place { is_first: false, is_last: false }),
    FrameHeader::whole(SegmentKind::Body, Place { is_first: false, is_last: true }),
];

/// A transfer with header and body, in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferInPlace<'i> {
    /// Its session's channel.
    pub channel: u16,
    /// Its number in the session.
    pub id: CommandId,
    /// The exchange.
    pub destination: &'i str,
    /// The header segment.
    pub header: &'i [u8],
    /// The body.
    pub body: &'i [u8],
    /// Bytes at the front of what came in that it takes: they are its owner's to drop.
    pub bytes: usize,
}

impl Connection {
    /// Server: takes a transfer that lies whole at the front of what came in, with a body of at
    /// most `body_bytes_max`. None where something else lies there, or where something was taken by
    /// [`Connection::feed`] that its owner did not take yet: then it is `feed`'s turn. A control
    /// that comes behind waits for [`Connection::report_completed`].
    pub fn take_transfer<'i>(
        &mut self,
        inbox: &'i [u8],
        body_bytes_max: usize,
        now_ms: u64,
    ) -> Option<TransferInPlace<'i>> {
        if self.state != State::Open || self.is_attach_pending || self.deferred.is_some() {
            return None;
        }
        let found = Found::at(inbox, usize::from(self.frame_bytes_max))?;
        if found.body.len() > body_bytes_max || !self.events.is_empty() {
            return None;
        }
        let channel = self.channels.get_mut(&found.channel)?;
        if channel.is_assembling() {
            return None;
        }
        let session = channel.session.as_mut()?;
        let is_usual = session.is_live() && !session.is_silent && !session.is_behind();
        if !is_usual || session.incomplete_ranges() >= INCOMPLETE_RANGES_MAX {
            return None;
        }
        let id = session.receive()?;
        self.has_taken = true;
        self.heard_ms = now_ms;
        self.frames_in += SEGMENTS.len() as u64;
        self.bytes_in += found.bytes as u64;
        let Found { channel, destination, header, body, bytes } = found;
        Some(TransferInPlace { channel, id, destination, header, body, bytes })
    }
}

/// Three frames that are a transfer.
struct Found<'i> {
    channel: u16,
    destination: &'i str,
    header: &'i [u8],
    body: &'i [u8],
    bytes: usize,
}

impl<'i> Found<'i> {
    fn at(inbox: &'i [u8], frame_bytes_max: usize) -> Option<Self> {
        let mut payloads: [&[u8]; 3] = [&[]; 3];
        let (mut rest, mut channels) = (inbox, [0; 3]);
        for (index, segment) in SEGMENTS.into_iter().enumerate() {
            let (channel, payload, behind) = frame(rest, segment, frame_bytes_max)?;
            *channels.get_mut(index)? = channel;
            *payloads.get_mut(index)? = payload;
            rest = behind;
        }
        let [command, header, body] = payloads;
        let [channel, of_header, of_body] = channels;
        if of_header != channel || of_body != channel {
            return None;
        }
        let destination = destination(command)?;
        let bytes = inbox.len() - rest.len();
        Some(Self { channel, destination, header, body, bytes })
    }
}

/// The channel and the payload of the frame that is this segment, and what lies behind.
fn frame(
    bytes: &[u8],
    segment: (u8, u8, u8),
    frame_bytes_max: usize,
) -> Option<(u16, &[u8], &[u8])> {
    let FrameHeader { flags, kind, size, track, channel } = FrameHeader::read(bytes)?;
    let size = usize::from(size);
    if (flags, kind, track) != segment || size > frame_bytes_max {
        return None;
    }
    let (frame, behind) = bytes.split_at_checked(size)?;
    Some((channel, frame.get(FRAME_HEADER_BYTES..)?, behind))
}

/// The destination in the command segment of a message.transfer with its three fields.
fn destination(command: &[u8]) -> Option<&str> {
    let (class, code) = MessageTransfer::CODE;
    let [have_class, have_code, 1, 0 | 1, 0b111, 0, length, fields @ ..] = command else {
        return None;
    };
    let (destination, modes) = fields.split_at_checked(usize::from(*length))?;
    let is_transfer = (*have_class, *have_code, modes.len()) == (class, code, 2);
    is_transfer.then(|| std::str::from_utf8(destination).ok()).flatten()
}

#[cfg(test)]
mod tests;
