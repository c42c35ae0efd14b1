//! Attaching, as a server: a new session, or one that lived on without a connection (0-10, class
//! session).
//!
//! A session that is attached again goes on in steps: both sides ask by session.flush; each says
//! what it expects, what it has and what is complete; each sends again what the other has not, and
//! passes over what it has. A peer that expects nothing, or sends commands before it said what it
//! expects, begins a new session under the old name.
//!
//! Invariant: between attached and the peer's session.expected nothing is sent in such a session,
//! only kept.

use super::{Connection, State};
use crate::v0_10::control::{self, detach_code};
use crate::v0_10::frame::{BodyPiece, Place, SegmentKind, write_body, write_segment};
use crate::v0_10::range_set::RangeSet;
use crate::v0_10::session::{Kept, Session, SessionEvent};
use crate::writer::Writer;

/// A session without a connection: what it sent and was told, for a connection to come.
#[derive(Debug)]
pub struct DetachedSession {
    session: Session,
}

impl DetachedSession {
    /// Seconds that it shall live; 0: it ends now.
    pub fn timeout_s(&self) -> u32 {
        self.session.timeout_s()
    }
}

impl Connection {
    /// Server: the session is attached, and new.
    pub fn attached(&mut self, channel: u16) {
        self.is_attach_pending = false;
        let Some(session) = self.session(channel).filter(|session| session.is_attaching) else {
            return;
        };
        session.is_attaching = false;
        let name = session.name.to_vec();
        self.say(channel, control::Attached { name });
        self.say_command_point(channel);
    }

    /// Server: the session is attached, and goes on with what it was. Commands may be sent in it
    /// after [`SessionEvent::Resumed`]; until then they are kept.
    pub fn resume(&mut self, channel: u16, detached: DetachedSession) {
        self.is_attach_pending = false;
        let Some(session) = self.session(channel).filter(|session| session.is_attaching) else {
            return;
        };
        *session = detached.session;
        session.resume();
        let name = session.name.to_vec();
        self.say(channel, control::Attached { name });
        self.say(channel, control::Flush { expected: true, confirmed: true, completed: true });
    }

    /// Server: the session can't be attached, with a code of [`detach_code`].
    pub fn refuse_attach(&mut self, channel: u16, code: u8) {
        self.is_attach_pending = false;
        if let Some(session) = self.free(channel) {
            self.say(channel, control::Detached { name: session.name.to_vec(), code });
        }
    }

    /// Server: the state of a session whose detach was told, or of any where the connection ended.
    pub fn take_detached(&mut self, channel: u16) -> Option<DetachedSession> {
        self.detached.remove(&channel).map(|session| DetachedSession { session })
    }

    /// Server: takes a session away from the peer: it was taken over by another connection.
    pub fn hand_over(&mut self, channel: u16) -> Option<DetachedSession> {
        self.drop_commands(channel);
        let session = self.live_session(channel).is_some().then(|| self.free(channel))??;
        let code = detach_code::SESSION_BUSY;
        self.say(channel, control::Detached { name: session.name.to_vec(), code });
        Some(DetachedSession { session })
    }

    /// The connection ends: its owner may keep what is attached.
    pub(super) fn detach_all(&mut self) {
        for (channel, state) in std::mem::take(&mut self.channels) {
            if let Some(session) = state.session.filter(|session| session.is_live()) {
                self.detached.insert(channel, session);
            }
        }
        self.unfinished_bytes = 0;
    }

    /// The socket is gone: everything attached can be taken.
    pub fn lose(&mut self) {
        self.state = State::Closed;
        self.detach_all();
    }

    pub(super) fn handle_flush(&mut self, channel: u16, flush: &control::Flush) {
        let Some(session) = self.live_session(channel) else { return };
        let (expected, confirmed) = (session.expected(), session.confirmed());
        let (completed, _) = session.report();
        if flush.expected {
            self.say(channel, control::Expected { commands: expected, fragments: None });
        }
        if flush.confirmed {
            self.say(channel, control::Confirmed { commands: confirmed, fragments: None });
        }
        if flush.completed {
            self.say(channel, control::Completed { commands: completed, timely_reply: true });
        }
    }

    /// Begins the session anew where its peer goes on without having said what it expects.
    pub(super) fn restart_unless_resumed(&mut self, channel: u16) {
        let Some(session) = self.live_session(channel).filter(|session| session.is_silent) else {
            return;
        };
        *session = Session::attaching(session.name.clone());
        session.is_attaching = false;
        self.say_command_point(channel);
        self.emit(channel, SessionEvent::Restarted);
    }

    /// The peer of a session that is attached again says where to go on.
    pub(super) fn handle_expected(&mut self, channel: u16, commands: &RangeSet) {
        let Some(session) = self.live_session(channel).filter(|session| session.is_silent) else {
            return;
        };
        let Some((first, _)) = commands.ranges().first().copied() else {
            return self.restart_unless_resumed(channel);
        };
        if !session.can_go_on(first) {
            let what = "the commands that the peer expects are not kept any more";
            return self.emit(channel, SessionEvent::Unresumable(what));
        }
        session.is_silent = false;
        self.say(channel, control::CommandPoint { command_id: first, command_offset: 0 });
        let max = self.frame_bytes_max;
        let session = self.channels.get(&channel).and_then(|state| state.session.as_ref());
        for command in session.into_iter().flat_map(|session| session.kept_from(first)) {
            write_kept(&mut self.output, channel, command, max);
        }
        self.list_report(channel);
        self.emit(channel, SessionEvent::Resumed);
    }
}

/// Writes a command as it was written before, in frames of this connection.
pub(super) fn write_kept(output: &mut Writer, channel: u16, command: &Kept, max: u16) {
    let Kept { command: segment, header, body } = command;
    let place = Place { is_first: true, is_last: header.is_none() && body.is_none() };
    write_segment(output, channel, SegmentKind::Command, place, &[segment], max);
    if let Some(header) = header {
        let place = Place { is_first: false, is_last: body.is_none() };
        write_segment(output, channel, SegmentKind::Header, place, &[header], max);
    }
    if let Some(body) = body {
        let pieces = body.iter().map(|piece| BodyPiece::Shared(piece.clone()));
        write_body(output, channel, pieces, command.body_bytes(), max);
    }
}

#[cfg(test)]
mod tests;
