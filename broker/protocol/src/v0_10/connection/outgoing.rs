//! What goes out in sessions: completions, results, exceptions, commands and messages.
//!
//! Invariant: a message's body is not copied but for small pieces, and its frames are as large as
//! the peer takes.

use super::Connection;
use super::resume::write_kept;
use crate::v0_10::command::{Command, CommandSegment, Exception, MessageTransfer, Result_};
use crate::v0_10::control;
use crate::v0_10::frame::{Body, BodyPiece, Place, SegmentKind, write_body, write_segment};
use crate::v0_10::packed::Packed;
use crate::v0_10::range_set::CommandId;
use crate::v0_10::session::Kept;

/// A message on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Transfer<'a> {
    /// The subscription's destination, or an exchange.
    pub destination: &'a str,
    /// 0 explicit, 1 none.
    pub accept_mode: u8,
    /// 0 pre-acquired, 1 not-acquired.
    pub acquire_mode: u8,
    /// The header segment in pieces; none where there is none.
    pub header: &'a [&'a [u8]],
    /// The body's length.
    pub body_bytes: usize,
    /// The peer shall say when it has completed it.
    pub sync: bool,
}

impl Connection {
    /// A command of the peer is done. Reported with [`Connection::report_completed`].
    pub fn complete(&mut self, channel: u16, id: CommandId) {
        if let Some(session) = self.live_session(channel) {
            session.complete(id);
            self.list_report(channel);
        }
    }

    /// Notes that a session may have something to report.
    pub(super) fn list_report(&mut self, channel: u16) {
        if let Some(session) = self.session(channel)
            && session.has_report()
            && !session.is_listed
        {
            session.is_listed = true;
            self.to_report.push(channel);
        }
    }

    /// Tells the peer what was completed since the last report; call it at the end of a turn.
    pub fn report_completed(&mut self) {
        self.has_taken = false;
        let mut channels = std::mem::take(&mut self.to_report);
        // Which was listed first depends on how the bytes came in; what is said does not.
        channels.sort_unstable();
        for channel in channels.drain(..) {
            let Some(session) = self.session(channel) else { continue };
            session.is_listed = false;
            // A peer that begins anew would take what an old session completed for its own.
            if session.is_ending || session.is_silent {
                continue;
            }
            if let Some((commands, timely_reply)) = session.take_report() {
                self.say(channel, control::Completed { commands, timely_reply });
            }
        }
        self.to_report = channels;
    }

    /// Sends the answer of a command: the content of a struct32.
    pub fn result(&mut self, channel: u16, command_id: CommandId, value: Vec<u8>) {
        let result = Result_ { command_id, value: Some(value) };
        self.send(channel, result.into(), false);
    }

    /// A command failed: says why and ends the session (section 2.6). `field_index` counts from 1;
    /// 0 names no field.
    pub fn exception(&mut self, channel: u16, exception: Exception) {
        self.drop_commands(channel);
        if let Some(session) = self.live_session(channel) {
            // The peer of a session that was attached again may not know where it begins.
            if std::mem::take(&mut session.is_silent) {
                self.say_command_point(channel);
            }
            self.report_completed();
            self.send(channel, exception.into(), false);
            self.detach(channel);
        }
    }

    /// Sends a command without content; its id, or none where no session is attached.
    pub fn send(&mut self, channel: u16, command: Command, sync: bool) -> Option<CommandId> {
        let session = self.live_session(channel)?;
        let id = session.send();
        let is_silent = session.is_silent;
        let segment = CommandSegment { sync, command }.encode();
        if let Some(replay) = &mut session.replay {
            replay.keep(Kept::command(segment.clone()));
        }
        if !is_silent {
            let place = Place { is_first: true, is_last: true };
            let (kind, max) = (SegmentKind::Command, self.frame_bytes_max);
            write_segment(&mut self.output, channel, kind, place, &[&segment], max);
        }
        Some(id)
    }

    /// Sends a message; no piece of a body at all sends none, an empty piece an empty one. Its id,
    /// or none where no session is attached.
    pub fn transfer<'a>(
        &mut self,
        channel: u16,
        transfer: &Transfer<'_>,
        body: impl Iterator<Item = BodyPiece<'a>>,
    ) -> Option<CommandId> {
        let max = self.frame_bytes_max;
        let (class, code) = MessageTransfer::CODE;
        let destination = transfer.destination.as_bytes();
        let destination = destination.get(..255).unwrap_or(destination);
        self.scratch.clear();
        let sync = u8::from(transfer.sync);
        let length = u8::try_from(destination.len()).unwrap_or(u8::MAX);
        // Codes, session header, packing flags of three fields, destination, modes.
        self.scratch.extend_from_slice(&[class, code, 1, sync, 0b111, 0, length]);
        self.scratch.extend_from_slice(destination);
        self.scratch.extend_from_slice(&[transfer.accept_mode, transfer.acquire_mode]);
        let state = self.channels.get_mut(&channel)?;
        let session = state.session.as_mut().filter(|session| session.is_live())?;
        let id = session.send();
        if session.replay.is_some() {
            self.keep_and_send(channel, transfer, body);
            return Some(id);
        }
        let has_header = !transfer.header.is_empty();
        let mut body = body.peekable();
        let has_body = body.peek().is_some();
        let output = &mut self.output;
        let place = Place { is_first: true, is_last: !has_header && !has_body };
        write_segment(output, channel, SegmentKind::Command, place, &[&self.scratch], max);
        if has_header {
            let place = Place { is_first: false, is_last: !has_body };
            write_segment(output, channel, SegmentKind::Header, place, transfer.header, max);
        }
        if has_body {
            write_body(output, channel, body, transfer.body_bytes, max);
        }
        Some(id)
    }

    /// Keeps the message whose command is in the scratch, and sends it unless the session has to be
    /// silent; asks the peer to say what it has where much is kept.
    fn keep_and_send<'a>(
        &mut self,
        channel: u16,
        transfer: &Transfer<'_>,
        body: impl Iterator<Item = BodyPiece<'a>>,
    ) {
        let max = self.frame_bytes_max;
        let command = self.scratch.clone();
        let Some(session) = self.live_session(channel) else { return };
        let pieces: Body = body.map(BodyPiece::into_bytes).collect();
        let header = (!transfer.header.is_empty()).then(|| transfer.header.concat());
        let body = (!pieces.is_empty()).then_some(pieces);
        let kept = Kept { command, header, body };
        let is_silent = session.is_silent;
        if !is_silent {
            write_kept(&mut self.output, channel, &kept, max);
        }
        let Some(replay) = self.live_session(channel).and_then(|s| s.replay.as_mut()) else {
            return;
        };
        replay.keep(kept);
        if !is_silent && replay.wants_confirmation() {
            self.say(channel, control::Flush { expected: false, confirmed: true, completed: true });
        }
    }
}
