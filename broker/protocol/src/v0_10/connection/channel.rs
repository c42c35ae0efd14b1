//! Channels and the sessions attached to them: what comes in, controls of class session and
//! commands.
//!
//! Invariant: what the channels hold of unfinished segments is counted, and bounded in all.

use bytes::Bytes;

use super::{Connection, Event, Role};
use crate::error::ConnectionError;
use crate::limits::{
    COMMAND_BYTES_MAX, DETACHED_S_MAX, INCOMPLETE_RANGES_MAX, SESSIONS_MAX, UNFINISHED_BYTES_MAX,
};
use crate::v0_10::assembly::{Assembler, SegmentBuffer};
use crate::v0_10::command::{Command, CommandSegment};
use crate::v0_10::control::{self, Control, detach_code};
use crate::v0_10::frame::{Frame, FrameError, SegmentKind};
use crate::v0_10::session::{Session, SessionEvent};

/// One channel.
#[derive(Debug, Default)]
pub(super) struct Channel {
    assembler: Assembler,
    /// A control of several frames, so far.
    partial_control: Option<SegmentBuffer>,
    pub(super) session: Option<Session>,
}

impl Channel {
    /// Whether the rest of a command or of a control is to come.
    pub(super) fn is_assembling(&self) -> bool {
        self.assembler.is_busy() || self.partial_control.is_some()
    }

    /// Bytes that wait for the rest of their segment.
    fn held_bytes(&self) -> usize {
        let control = self.partial_control.as_ref().map_or(0, SegmentBuffer::len);
        self.assembler.held_bytes() + control
    }
}

impl Connection {
    pub(super) fn handle_control_frame(&mut self, frame: Frame) -> Result<(), ConnectionError> {
        let channel = frame.channel;
        let Frame { is_first, is_last, payload, .. } = frame;
        if is_first && is_last {
            let control = Control::decode(&payload).map_err(ConnectionError::Control)?;
            return self.handle_control(channel, control);
        }
        let state = self.channel(channel)?;
        let kind = SegmentKind::Control;
        let held = state.held_bytes();
        let mut whole = match (state.partial_control.take(), is_first) {
            (None, true) => SegmentBuffer::default(),
            (Some(partial), false) => partial,
            _ => return Err(FrameError::OutOfPlace { channel, kind }.into()),
        };
        whole.push(payload);
        if whole.len() > COMMAND_BYTES_MAX {
            let max = COMMAND_BYTES_MAX;
            return Err(FrameError::TooLong { channel, kind, max }.into());
        }
        if !is_last {
            state.partial_control = Some(whole);
            let holds = state.held_bytes();
            return self.count_unfinished(held, holds);
        }
        let holds = state.held_bytes();
        if state.session.is_none() {
            self.channels.remove(&channel);
        }
        self.count_unfinished(held, holds)?;
        let control = Control::decode(&whole.finish()).map_err(ConnectionError::Control)?;
        self.handle_control(channel, control)
    }

    /// A channel that held `held` bytes of unfinished segments holds `holds` now.
    fn count_unfinished(&mut self, held: usize, holds: usize) -> Result<(), ConnectionError> {
        self.unfinished_bytes = self.unfinished_bytes.saturating_sub(held) + holds;
        if self.unfinished_bytes > UNFINISHED_BYTES_MAX {
            return Err(ConnectionError::UnfinishedBytes { max: UNFINISHED_BYTES_MAX });
        }
        Ok(())
    }

    /// Frees a channel; the session that was attached to it.
    pub(super) fn free(&mut self, channel: u16) -> Option<Session> {
        let state = self.channels.remove(&channel)?;
        self.unfinished_bytes = self.unfinished_bytes.saturating_sub(state.held_bytes());
        state.session
    }

    /// The channel, made where it is not there yet.
    fn channel(&mut self, channel: u16) -> Result<&mut Channel, ConnectionError> {
        if !self.channels.contains_key(&channel) && self.channels.len() >= SESSIONS_MAX {
            return Err(ConnectionError::TooManySessions { max: SESSIONS_MAX });
        }
        Ok(self.channels.entry(channel).or_default())
    }

    pub(super) fn session(&mut self, channel: u16) -> Option<&mut Session> {
        self.channels.get_mut(&channel)?.session.as_mut()
    }

    /// The session, unless it is attaching or ending.
    pub(super) fn live_session(&mut self, channel: u16) -> Option<&mut Session> {
        self.session(channel).filter(|session| session.is_live())
    }

    pub(super) fn handle_command_frame(&mut self, frame: Frame) -> Result<(), ConnectionError> {
        let channel = frame.channel;
        let Some(state) = self.channels.get_mut(&channel) else { return Ok(()) };
        if state.session.is_none() {
            return Ok(());
        }
        let held = state.held_bytes();
        let assembly = state.assembler.push(frame)?;
        let holds = state.held_bytes();
        self.count_unfinished(held, holds)?;
        let Some(assembly) = assembly else { return Ok(()) };
        self.restart_unless_resumed(channel);
        let Some(session) = self.live_session(channel) else { return Ok(()) };
        let Some(id) = session.receive() else { return Ok(()) };
        if session.incomplete_ranges() > INCOMPLETE_RANGES_MAX {
            let max = INCOMPLETE_RANGES_MAX;
            return Err(ConnectionError::IncompleteCommands { channel, max });
        }
        let event = match CommandSegment::decode(&assembly.command) {
            Ok(CommandSegment { command: Command::Sync(_), .. }) => {
                session.sync(id);
                self.list_report(channel);
                SessionEvent::Waits
            }
            Ok(CommandSegment { sync, command }) => {
                let (header, body) = (assembly.header, assembly.body);
                SessionEvent::Command { id, sync, command, header, body }
            }
            Err(fault) => SessionEvent::Fault { id, fault },
        };
        self.emit(channel, event);
        Ok(())
    }

    pub(super) fn handle_session_control(
        &mut self,
        channel: u16,
        control: Control,
    ) -> Result<(), ConnectionError> {
        match control {
            Control::Attach(attach) => return self.handle_attach(channel, attach),
            Control::Detach(detach) => self.handle_detach(channel, detach),
            Control::Detached(detached) => {
                // An answer that comes late is not about the channel's next session. Qpid's Python
                // client names none where it has none.
                let is_meant =
                    detached.name.is_empty() || self.is_attached(channel, &detached.name);
                if is_meant && let Some(session) = self.free(channel) {
                    self.emit_detached(channel, session, detached.code);
                }
            }
            Control::Attached(_) => {
                if let Some(session) = self.session(channel).filter(|s| s.is_attaching) {
                    session.is_attaching = false;
                    self.say_command_point(channel);
                    self.emit(channel, SessionEvent::Attached);
                }
            }
            control => self.handle_progress(channel, control),
        }
        Ok(())
    }

    fn handle_attach(
        &mut self,
        channel: u16,
        attach: control::Attach,
    ) -> Result<(), ConnectionError> {
        let name = Bytes::from(attach.name);
        let state = self.channel(channel)?;
        if let Some(session) = &state.session {
            // Attaching again what is attached says nothing new; another session finds it taken.
            if session.name != name {
                let code = detach_code::TRANSPORT_BUSY;
                self.say(channel, control::Detached { name: name.to_vec(), code });
            }
            return Ok(());
        }
        state.session = Some(Session::attaching(name.clone()));
        self.is_attach_pending = true;
        self.emit(channel, SessionEvent::Attach { name, force: attach.force });
        Ok(())
    }

    fn handle_detach(&mut self, channel: u16, detach: control::Detach) {
        let is_meant = self.is_attached(channel, &detach.name);
        let session = if is_meant { self.free(channel) } else { None };
        let code = match &session {
            Some(_) => detach_code::NORMAL,
            None => detach_code::NOT_ATTACHED,
        };
        self.say(channel, control::Detached { name: detach.name, code });
        if let Some(session) = session {
            self.emit_detached(channel, session, code);
        }
    }

    fn is_attached(&mut self, channel: u16, name: &[u8]) -> bool {
        self.session(channel).is_some_and(|session| session.name == name)
    }

    /// A server's owner ended the session when it asked for that; a client waits for the answer.
    fn emit_detached(&mut self, channel: u16, session: Session, code: u8) {
        if matches!(self.role, Role::Client(_)) {
            self.emit(channel, SessionEvent::Detached { code });
        } else if !session.is_ending {
            self.detached.insert(channel, session);
            self.emit(channel, SessionEvent::Detached { code });
        }
    }

    /// Controls about ids, completion and timeouts.
    fn handle_progress(&mut self, channel: u16, control: Control) {
        if matches!(control, Control::CommandPoint(_)) {
            self.restart_unless_resumed(channel);
        }
        let Some(session) = self.live_session(channel) else { return };
        match control {
            Control::CommandPoint(point) => {
                session.set_incoming(point.command_id);
                if point.command_offset != 0 {
                    let what = "session.command-point with an offset within a command";
                    self.emit(channel, SessionEvent::NotImplemented(what));
                }
            }
            Control::RequestTimeout(request) => {
                let timeout_s = request.timeout.unwrap_or(DETACHED_S_MAX).min(DETACHED_S_MAX);
                session.set_timeout(timeout_s);
                self.say(channel, control::Timeout { timeout: Some(timeout_s) });
            }
            Control::Expected(expected) => self.handle_expected(channel, &expected.commands),
            Control::Confirmed(confirmed) => session.confirm(&confirmed.commands),
            Control::Completed(completed) => {
                session.confirm(&completed.commands);
                if completed.timely_reply {
                    let commands = completed.commands.clone();
                    self.say(channel, control::KnownCompleted { commands });
                }
                self.emit(channel, SessionEvent::Completed(completed.commands));
            }
            Control::KnownCompleted(known) => session.known_completed(&known.commands),
            Control::Flush(flush) => self.handle_flush(channel, &flush),
            Control::Gap(_) => self.emit(channel, SessionEvent::NotImplemented("session.gap")),
            _ => {}
        }
    }

    pub(super) fn say_command_point(&mut self, channel: u16) {
        let Some(session) = self.session(channel) else { return };
        let command_id = session.next_outgoing();
        self.say(channel, control::CommandPoint { command_id, command_offset: 0 });
    }

    /// Client: attaches a new session to a free channel.
    ///
    /// # Errors
    /// The limit of sessions.
    pub fn attach(&mut self, channel: u16, name: &[u8]) -> Result<(), ConnectionError> {
        let session = Session::attaching(Bytes::copy_from_slice(name));
        self.channel(channel)?.session = Some(session);
        self.say(channel, control::Attach { name: name.to_vec(), force: false });
        Ok(())
    }

    /// Detaches a session. The channel is free again when the peer answered; a client hears of that
    /// as [`SessionEvent::Detached`]. Commands that nobody took yet are dropped, as those are that
    /// are still on their way.
    pub fn detach(&mut self, channel: u16) {
        self.drop_commands(channel);
        let Some(session) = self.session(channel).filter(|session| !session.is_ending) else {
            return;
        };
        session.is_ending = true;
        let name = session.name.to_vec();
        self.say(channel, control::Detach { name });
    }

    pub(super) fn drop_commands(&mut self, channel: u16) {
        self.events.retain(|event| match event {
            Event::Session { channel: of, event } => *of != channel || event.is_about_attachment(),
            _ => true,
        });
    }
}
