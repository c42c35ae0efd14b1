//! The state of a connection of AMQP 0-10, server's and client's side (sections 2.2 and 2.4, class
//! connection).
//!
//! The owner offers bytes with [`Connection::feed`], takes events, answers them by methods, and
//! writes [`Connection::output`] to the socket. After [`Event::Failed`] or [`Event::Closed`]
//! nothing more is read; what waits in the output says goodbye.
//!
//! Invariants:
//! - a control is accepted only in the state that expects it;
//! - the same bytes give the same events, however they are cut: what ends a session is taken when
//!   its owner has seen everything before it, and what follows a failed command is dropped;
//! - an unauthenticated peer can send [`UNAUTHENTICATED_BYTES_MAX`] bytes and no more;
//! - commands on a channel without a session are dropped, as what crosses a detach must be.

mod channel;
mod deadline;
mod event;
mod handshake;
mod in_place;
mod outgoing;
mod resume;

use std::collections::{BTreeMap, VecDeque};

use bytes::BytesMut;

use crate::error::ConnectionError;
use crate::limits::{
    CHANNEL_MAX, EVENTS_MAX, FRAME_BYTES_MAX, FRAME_BYTES_MAX_MIN, UNAUTHENTICATED_BYTES_MAX,
};
use crate::preface::{PREFACE_BYTES, Preface};
use crate::traffic::Traffic;
use crate::v0_10::control::{self, Control, close_code};
use crate::v0_10::frame::{
    FRAME_HEADER_BYTES, Frame, FrameError, Place, SegmentKind, write_segment,
};
use crate::v0_10::session::{Session, SessionEvent};
use crate::writer::Writer;

use channel::Channel;
pub use event::{ClientConfig, Event, ServerConfig};
pub use in_place::TransferInPlace;
pub use outgoing::Transfer;
pub use resume::DetachedSession;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Eight bytes are expected.
    Preface,
    AwaitStart,
    AwaitStartOk,
    /// Server: the owner has a SASL message to answer. Client: it has a challenge.
    SaslPending,
    AwaitSecureOk,
    /// Client: secure or tune.
    AwaitSecureOrTune,
    AwaitTuneOk,
    AwaitOpen,
    /// The owner has a virtual host to find.
    OpenPending,
    AwaitOpenOk,
    Open,
    /// This side closed and waits for close-ok.
    Closing,
    Closed,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Preface => "the protocol header is expected",
            Self::AwaitStart => "connection.start is expected",
            Self::AwaitStartOk => "connection.start-ok is expected",
            Self::SaslPending => "an authentication step is under way",
            Self::AwaitSecureOk => "connection.secure-ok is expected",
            Self::AwaitSecureOrTune => "connection.secure or connection.tune is expected",
            Self::AwaitTuneOk => "connection.tune-ok is expected",
            Self::AwaitOpen => "connection.open is expected",
            Self::OpenPending => "connection.open is being answered",
            Self::AwaitOpenOk => "connection.open-ok is expected",
            Self::Open => "the connection is open",
            Self::Closing => "the connection is closing",
            Self::Closed => "the connection is closed",
        }
    }
}

#[derive(Debug)]
enum Role {
    Server(ServerConfig),
    Client(ClientConfig),
}

/// A connection as a value.
#[derive(Debug)]
pub struct Connection {
    role: Role,
    state: State,
    output: Writer,
    events: VecDeque<Event>,
    channels: BTreeMap<u16, Box<Channel>>,
    frame_bytes_max: u16,
    channel_max: u16,
    heartbeat_ms: u64,
    started_ms: u64,
    heard_ms: u64,
    said_ms: u64,
    unauthenticated_bytes: usize,
    /// Bytes that the channels hold of segments that are not there in full.
    unfinished_bytes: usize,
    /// After close: when the peer's answer is given up on; none until the time is known.
    closing_until_ms: Option<u64>,
    /// Server: a control that waits until its owner took the events before it.
    deferred: Option<(u16, Control)>,
    /// Server: the owner took transfers in place, and did not report since that it is done with
    /// them.
    has_taken: bool,
    scratch: Vec<u8>,
    /// Server: the owner has an attach to answer; nothing is read before it did.
    is_attach_pending: bool,
    /// Channels whose sessions have something to report.
    to_report: Vec<u16>,
    /// Server: sessions that are attached no more and that the owner did not take yet.
    detached: BTreeMap<u16, Session>,
    frames_in: u64,
    bytes_in: u64,
}

impl Connection {
    /// The server's side; waits for the client's protocol header.
    pub fn server(config: ServerConfig, now_ms: u64) -> Self {
        Self::new(Role::Server(config), now_ms)
    }

    /// The client's side; the protocol header waits to be written.
    pub fn client(config: ClientConfig, now_ms: u64) -> Self {
        let mut connection = Self::new(Role::Client(config), now_ms);
        connection.output.put(&Preface::V0_10.bytes());
        connection
    }

    fn new(role: Role, now_ms: u64) -> Self {
        Self {
            role,
            state: State::Preface,
            output: Writer::new(),
            events: VecDeque::new(),
            channels: BTreeMap::new(),
            frame_bytes_max: FRAME_BYTES_MAX,
            channel_max: CHANNEL_MAX,
            heartbeat_ms: 0,
            started_ms: now_ms,
            heard_ms: now_ms,
            said_ms: now_ms,
            unauthenticated_bytes: 0,
            unfinished_bytes: 0,
            closing_until_ms: None,
            deferred: None,
            has_taken: false,
            scratch: Vec::new(),
            is_attach_pending: false,
            to_report: Vec::new(),
            detached: BTreeMap::new(),
            frames_in: 0,
            bytes_in: 0,
        }
    }

    /// What went over it so far; of what comes in, whole frames.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            frames_in: self.frames_in,
            frames_out: self.output.frames_in_all(),
            bytes_in: self.bytes_in,
            bytes_out: self.output.bytes_in_all(),
        }
    }

    /// What waits to be written.
    pub fn output(&mut self) -> &mut Writer {
        &mut self.output
    }

    /// The next event, in order.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether the connection is open for sessions.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether nothing more will be read or said once the output is written.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Whether a control waits until the owner took the events before it, and did what they ask
    /// for.
    pub fn is_deferring(&self) -> bool {
        self.deferred.is_some()
    }

    /// Takes whole frames from the front of `inbox` until it holds none, or until its owner has to
    /// take events or to answer one: do so and call again while bytes were taken. Read no more of
    /// the socket while an answer is due.
    pub fn feed(&mut self, inbox: &mut BytesMut, now_ms: u64) {
        if !inbox.is_empty() {
            self.heard_ms = now_ms;
        }
        while self.events.len() < EVENTS_MAX {
            match self.step(inbox) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Takes one frame or the protocol header; whether there was one.
    fn step(&mut self, inbox: &mut BytesMut) -> Result<bool, ConnectionError> {
        match self.state {
            State::Closed => {
                inbox.clear();
                return Ok(false);
            }
            // The owner answers first.
            State::SaslPending | State::OpenPending => return Ok(false),
            State::Preface => return self.take_preface(inbox),
            _ if self.is_attach_pending => return Ok(false),
            _ => {}
        }
        if let Some((channel, control)) = self.deferred.take() {
            return self.handle_control(channel, control).map(|()| self.deferred.is_none());
        }
        let Some(frame) = Frame::take(inbox, self.frame_bytes_max)? else {
            self.count_unauthenticated(inbox.len())?;
            return Ok(false);
        };
        self.frames_in += 1;
        self.bytes_in += (FRAME_HEADER_BYTES + frame.payload.len()) as u64;
        if !self.is_authenticated() {
            self.unauthenticated_bytes += FRAME_HEADER_BYTES + frame.payload.len();
            self.count_unauthenticated(0)?;
        }
        self.handle_frame(frame)?;
        Ok(true)
    }

    fn take_preface(&mut self, inbox: &mut BytesMut) -> Result<bool, ConnectionError> {
        match Preface::detect(inbox) {
            None => Ok(false),
            Some(Preface::V0_10) => {
                let _ = inbox.split_to(PREFACE_BYTES);
                self.bytes_in += PREFACE_BYTES as u64;
                self.begin();
                Ok(true)
            }
            Some(other) => Err(ConnectionError::Preface(other)),
        }
    }

    fn is_authenticated(&self) -> bool {
        matches!(
            self.state,
            State::AwaitTuneOk
                | State::AwaitOpen
                | State::OpenPending
                | State::AwaitOpenOk
                | State::Open
                | State::Closing
        )
    }

    fn count_unauthenticated(&self, waiting_bytes: usize) -> Result<(), ConnectionError> {
        let max = UNAUTHENTICATED_BYTES_MAX;
        if !self.is_authenticated() && self.unauthenticated_bytes + waiting_bytes > max {
            return Err(ConnectionError::UnauthenticatedBytes { max });
        }
        Ok(())
    }

    fn handle_frame(&mut self, frame: Frame) -> Result<(), ConnectionError> {
        if frame.channel > self.channel_max {
            let (channel, max) = (frame.channel, self.channel_max);
            return Err(FrameError::Channel { channel, max }.into());
        }
        if frame.kind == SegmentKind::Control {
            return self.handle_control_frame(frame);
        }
        match self.state {
            State::Open => self.handle_command_frame(frame),
            State::Closing => Ok(()),
            state => Err(ConnectionError::UnexpectedCommand { state: state.name() }),
        }
    }

    fn handle_control(&mut self, channel: u16, control: Control) -> Result<(), ConnectionError> {
        if self.must_wait(&control) {
            self.deferred = Some((channel, control));
            return Ok(());
        }
        match control {
            Control::Close(close) => {
                self.say(0, control::CloseOk {});
                self.end(Some(close.reply_code), close.reply_text);
                Ok(())
            }
            Control::CloseOk(_) if self.state == State::Closing => {
                self.end(None, String::new());
                Ok(())
            }
            _ if self.state == State::Closing => Ok(()),
            Control::Heartbeat(_) => Ok(()),
            control if control.is_of_session() => {
                if self.state != State::Open {
                    return Err(self.unexpected(&control));
                }
                self.handle_session_control(channel, control)
            }
            control => self.handle_handshake(control),
        }
    }

    /// Whether the owner has to take the events before this control, because what it says to them
    /// is part of the control's answer, or too late behind it.
    fn must_wait(&self, control: &Control) -> bool {
        let is_about_what_came = matches!(
            control,
            Control::Detach(_)
                | Control::Detached(_)
                | Control::Flush(_)
                | Control::RequestTimeout(_)
                | Control::Expected(_)
                | Control::CommandPoint(_)
                | Control::Close(_)
                | Control::CloseOk(_)
        );
        let has_more = !self.events.is_empty() || self.has_taken;
        is_about_what_came && has_more && matches!(self.role, Role::Server(_))
    }

    fn end(&mut self, code: Option<u16>, text: String) {
        self.state = State::Closed;
        self.detach_all();
        self.events.push_back(Event::Closed { code, text });
    }

    fn unexpected(&self, control: &Control) -> ConnectionError {
        let (control, state) = (control.name(), self.state.name());
        ConnectionError::UnexpectedControl { control, state }
    }

    /// Ends the connection in order and waits for the peer's answer.
    pub fn close(&mut self, code: u16, text: &str) {
        if matches!(self.state, State::Closed | State::Closing) {
            return;
        }
        self.say_close(code, text);
        self.state = State::Closing;
        self.detach_all();
    }

    /// Ends the connection for the peer's mistake: says so and reads no more.
    pub fn fail(&mut self, error: ConnectionError) {
        if self.state == State::Closed {
            return;
        }
        match (&error, self.state) {
            // A peer that speaks something else is told what is spoken here (section 2.2).
            (ConnectionError::Preface(_), _) => self.output.put(&Preface::V0_10.bytes()),
            (_, State::Preface | State::Closing) => {}
            _ => self.say_close(error.close_code(), &error.to_string()),
        }
        self.state = State::Closed;
        self.detach_all();
        self.events.push_back(Event::Failed(error));
    }

    fn say_close(&mut self, reply_code: u16, text: &str) {
        let end = text.floor_char_boundary(255);
        let reply_text = text.get(..end).unwrap_or_default().to_owned();
        self.say(0, control::Close { reply_code, reply_text });
    }

    /// Ends the connection because this side ends.
    pub fn shut_down(&mut self, text: &str) {
        if matches!(self.state, State::Open | State::OpenPending | State::AwaitOpen) {
            self.close(close_code::CONNECTION_FORCED, text);
        } else {
            self.state = State::Closed;
        }
    }

    /// Writes a control.
    fn say(&mut self, channel: u16, control: impl Into<Control>) {
        let segment = control.into().encode();
        let place = Place { is_first: true, is_last: true };
        let max = self.frame_bytes_max;
        let kind = SegmentKind::Control;
        write_segment(&mut self.output, channel, kind, place, &[&segment], max);
    }

    fn emit(&mut self, channel: u16, event: SessionEvent) {
        self.events.push_back(Event::Session { channel, event });
    }
}

/// The smaller of what is offered and what is wanted, never under the specification's minimum.
fn agree_frame_max(offered: Option<u16>, wanted: u16) -> u16 {
    let offered = offered.filter(|max| *max > 0).unwrap_or(FRAME_BYTES_MAX);
    offered.min(wanted).max(FRAME_BYTES_MAX_MIN)
}

#[cfg(test)]
mod tests;
