//! The state of a connection of AMQP 0-9-1, server's and client's side (section 2.2, classes
//! connection and channel).
//!
//! The owner offers bytes with [`Connection::feed`], takes events, answers them by methods, and
//! writes [`Connection::output`] to the socket. After [`Event::Failed`] or [`Event::Closed`]
//! nothing more is read; what waits in the output says goodbye.
//!
//! Invariants:
//! - a method is accepted only in the state that expects it;
//! - the same bytes give the same events and answers, however they are cut: what ends the
//!   connection is taken when its owner has seen everything before it, a channel whose owner has
//!   an answer due is not read, and what follows a channel's error on it is dropped;
//! - an unauthenticated peer can send [`UNAUTHENTICATED_BYTES_MAX`] bytes and no more;
//! - nothing is said on a channel that is not open.

mod channels;
mod content;
mod deadline;
mod event;
mod goodbye;
mod handshake;
mod in_place;
mod outgoing;
mod queue;

use bytes::BytesMut;

use crate::limits::{EVENTS_MAX, UNAUTHENTICATED_BYTES_MAX};
use crate::preface::{PREFACE_BYTES, Preface};
use crate::traffic::Traffic;
use crate::v0_9_1::error::ConnectionError;
use crate::v0_9_1::frame::{Frame, FrameHeader, FrameKind, write_frame};
use crate::v0_9_1::method::{Arguments, Method, channel, connection, method_code};
use crate::v0_9_1::value::Table;
use crate::writer::Writer;

use channels::Channels;
pub use event::{ChannelEvent, ClientConfig, Event, ServerConfig};
pub use in_place::{AckInPlace, PublishInPlace};
pub use outgoing::{DeliverHead, GetOkHead, PublishHead, ReturnHead};
use queue::{Queue, Queued};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Server: eight bytes are expected.
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

/// What may end the connection, and waits until the owner took the events before it: what it says
/// to those goes out first, and may change what this means.
#[derive(Debug)]
enum Deferred {
    /// A frame that was taken.
    Frame(Frame),
    /// What lies at the front, which is no frame.
    Bytes,
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
    events: Queue,
    channels: Channels,
    frame_bytes_max: usize,
    channel_max: u16,
    heartbeat_ms: u64,
    started_ms: u64,
    heard_ms: u64,
    /// When it was last looked whether something was said, and how much had been.
    said_ms: u64,
    said_bytes: u64,
    unauthenticated_bytes: usize,
    /// After close: when the peer's answer is given up on; none until the time is known.
    closing_until_ms: Option<u64>,
    /// What waits until the owner took the events before it.
    deferred: Option<Deferred>,
    /// Server: what the client says of itself.
    client_properties: Table,
    /// Server: the mechanism that the client chose.
    mechanism: String,
    scratch: Vec<u8>,
    frames_in: u64,
    bytes_in: u64,
}

impl Connection {
    /// The server's side; waits for the client's protocol header.
    pub fn server(config: ServerConfig, now_ms: u64) -> Self {
        let (frame_bytes_max, channel_max) = (config.frame_bytes_max, config.channel_max);
        let role = Role::Server(config);
        Self::new(role, State::Preface, (frame_bytes_max, channel_max), now_ms)
    }

    /// The client's side; the protocol header waits to be written.
    pub fn client(config: ClientConfig, now_ms: u64) -> Self {
        let (frame_bytes_max, channel_max) = (config.frame_bytes_max, config.channel_max);
        let role = Role::Client(config);
        let limits = (frame_bytes_max, channel_max);
        let mut connection = Self::new(role, State::AwaitStart, limits, now_ms);
        connection.output.put(&Preface::V0_9_1.bytes());
        connection
    }

    fn new(role: Role, state: State, (frame, channel): (u32, u16), now_ms: u64) -> Self {
        Self {
            role,
            state,
            output: Writer::new(),
            events: Queue::default(),
            channels: Channels::default(),
            frame_bytes_max: handshake::frame_bytes(frame),
            channel_max: channel,
            heartbeat_ms: 0,
            started_ms: now_ms,
            heard_ms: now_ms,
            said_ms: now_ms,
            said_bytes: 0,
            unauthenticated_bytes: 0,
            closing_until_ms: None,
            deferred: None,
            client_properties: Table::new(),
            mechanism: String::new(),
            scratch: Vec::new(),
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
        loop {
            match self.events.pop()? {
                Queued::Event(event) => return Some(event),
                Queued::CloseOk(channel) => self.say(channel, channel::CloseOk {}),
            }
        }
    }

    /// Whether the connection is open for channels.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether nothing more will be read or said once the output is written.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Whether something that may end the connection waits until the owner took the events before
    /// it: call [`Connection::feed`] again when that is done.
    pub fn is_deferring(&self) -> bool {
        self.deferred.is_some()
    }

    /// The highest channel, as negotiated.
    pub fn channel_max(&self) -> u16 {
        self.channel_max
    }

    /// The largest frame, header and end octet included, as negotiated.
    pub fn frame_bytes_max(&self) -> usize {
        self.frame_bytes_max
    }

    /// The heartbeat interval as negotiated; 0: none.
    pub fn heartbeat_ms(&self) -> u64 {
        self.heartbeat_ms
    }

    /// Server: what the client said of itself; empty before it did.
    pub fn client_properties(&self) -> &Table {
        &self.client_properties
    }

    /// Takes whole frames from the front of `inbox` until it holds none, or until its owner has to
    /// take events or to answer one: do so and call again while bytes were taken or
    /// [`Connection::is_deferring`]. Read no more of the socket while an answer is due.
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
            _ if self.deferred.is_some() && !self.events.is_empty() => return Ok(false),
            // The owner answers first.
            State::SaslPending | State::OpenPending => return Ok(false),
            State::Preface => return self.take_preface(inbox),
            State::AwaitStart => self.refuse_preface(inbox)?,
            _ => {}
        }
        if let Some(Deferred::Frame(frame)) = self.deferred.take() {
            return self.handle_frame(&frame).map(|()| true);
        }
        if FrameHeader::read(inbox).is_some_and(|frame| self.channels.must_wait(frame.channel)) {
            return Ok(false);
        }
        let frame = match self.take_frame(inbox) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(false),
            Err(_) if !self.events.is_empty() => {
                self.deferred = Some(Deferred::Bytes);
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        if self.events.is_empty() {
            return self.handle_frame(&frame).map(|()| true);
        }
        let is_late = self.is_answered_at_once(&frame) || self.handle_frame(&frame).is_err();
        if is_late {
            self.deferred = Some(Deferred::Frame(frame));
        }
        Ok(!is_late)
    }

    /// Whether a frame ends the connection, or closes a channel that this side closed: what the
    /// owner says to the events before goes out first.
    fn is_answered_at_once(&self, frame: &Frame) -> bool {
        if frame.kind != FrameKind::Method {
            return false;
        }
        match method_code(&frame.payload) {
            Some(connection::Close::CODE | connection::CloseOk::CODE) => frame.channel == 0,
            Some(channel::Close::CODE) => self.channels.is_closing(frame.channel),
            _ => false,
        }
    }

    fn take_frame(&mut self, inbox: &mut BytesMut) -> Result<Option<Frame>, ConnectionError> {
        let at = self.bytes_in;
        let taken = Frame::take(inbox, self.frame_bytes_max)
            .map_err(|error| ConnectionError::Frame { at, error })?;
        let Some(frame) = taken else {
            self.count_unauthenticated(inbox.len())?;
            return Ok(None);
        };
        self.frames_in += 1;
        self.bytes_in += frame.len() as u64;
        if !self.is_authenticated() {
            self.unauthenticated_bytes += frame.len();
            self.count_unauthenticated(0)?;
        }
        Ok(Some(frame))
    }

    fn take_preface(&mut self, inbox: &mut BytesMut) -> Result<bool, ConnectionError> {
        match Preface::detect(inbox) {
            None => Ok(false),
            Some(Preface::V0_9_1) => {
                let _ = inbox.split_to(PREFACE_BYTES);
                self.bytes_in += PREFACE_BYTES as u64;
                self.begin();
                Ok(true)
            }
            Some(other) => Err(ConnectionError::Preface(other)),
        }
    }

    /// Client: a server that does not speak 0-9-1 answers with what it speaks.
    fn refuse_preface(&self, inbox: &[u8]) -> Result<(), ConnectionError> {
        match Preface::detect(inbox) {
            None | Some(Preface::Foreign(_)) => Ok(()),
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

    /// Does what a frame asks for, or nothing where that is an error.
    fn handle_frame(&mut self, frame: &Frame) -> Result<(), ConnectionError> {
        let Frame { kind, channel, .. } = *frame;
        match (kind, channel) {
            (FrameKind::Heartbeat, 0) => Ok(()),
            (FrameKind::Method, 0) => match Method::decode(&frame.payload) {
                Ok(method) => self.handle_connection_method(method),
                Err(_) if self.state == State::Closing => Ok(()),
                Err(fault) => Err(ConnectionError::Method { channel, fault }),
            },
            _ if self.state == State::Closing => Ok(()),
            (FrameKind::Heartbeat, _) => Err(ConnectionError::HeartbeatChannel(channel)),
            (_, 0) => {
                let expected = "a method";
                let code = (0, 0);
                Err(ConnectionError::UnexpectedFrame { channel, expected, found: kind, code })
            }
            _ => match self.state {
                State::Open => self.handle_channel_frame(frame),
                state => Err(ConnectionError::NotOpen { channel, kind, state: state.name() }),
            },
        }
    }

    fn unexpected(&self, channel: u16, method: &Method, why: &'static str) -> ConnectionError {
        let (method, code) = (method.name(), method.code());
        ConnectionError::UnexpectedMethod { channel, method, code, why }
    }

    /// Writes a method.
    fn say(&mut self, channel: u16, method: impl Into<Method>) {
        self.scratch.clear();
        method.into().encode(&mut self.scratch);
        write_frame(&mut self.output, FrameKind::Method, channel, &self.scratch);
    }

    fn emit(&mut self, channel: u16, event: ChannelEvent) {
        self.events.push(Event::Channel { channel, event });
    }
}

#[cfg(test)]
mod tests;
