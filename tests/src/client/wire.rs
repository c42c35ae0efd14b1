//! The protocol's state over a socket: writes what waits, reads until an event comes.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use bytes::{Buf, BytesMut};
use philter_protocol::v0_10::command::{Command, Exception};
use philter_protocol::v0_10::connection::Transfer;
use philter_protocol::v0_10::frame::BodyPiece;
use philter_protocol::v0_10::{
    ClientConfig, CommandId, Connection, Event, FieldMap, RangeSet, SessionEvent,
};

use super::delivery::Delivery;
use super::message::Message;
use super::refusal::Refusal;

/// The broker's answers keep their channels; each session takes its own.
#[derive(Debug)]
pub(super) struct Wire {
    socket: TcpStream,
    connection: Connection,
    inbox: BytesMut,
    waiting: VecDeque<(u16, SessionEvent)>,
    /// Messages that came while something else was awaited, by channel.
    early: BTreeMap<u16, VecDeque<Delivery>>,
    /// What ended the connection; every later wait ends with it too.
    end: Option<Refusal>,
    began: Instant,
}

impl Wire {
    pub(super) fn new(socket: TcpStream, heartbeat_s: u16, virtual_host: &str) -> Self {
        let config = ClientConfig {
            properties: FieldMap::new(),
            virtual_host: virtual_host.to_owned(),
            heartbeat_s,
            frame_bytes_max: u16::MAX,
        };
        Self {
            socket,
            connection: Connection::client(config, 0),
            inbox: BytesMut::new(),
            waiting: VecDeque::new(),
            early: BTreeMap::new(),
            end: None,
            began: Instant::now(),
        }
    }

    pub(super) fn open(&mut self, mechanism: &str, response: &[u8]) -> Result<(), Refusal> {
        loop {
            match self.poll()? {
                Event::Mechanisms { .. } => self.connection.sasl_start(mechanism, Some(response)),
                Event::SaslChallenge(_) => self.connection.sasl_response(b""),
                Event::Opened => return Ok(()),
                event => panic!("{event:?} before the connection is open"),
            }
        }
    }

    pub(super) fn send_raw(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.socket.write_all(bytes).map_err(Refusal::lost)
    }

    pub(super) fn attach(&mut self, channel: u16, name: &str) -> Result<(), Refusal> {
        self.connection.attach(channel, name.as_bytes()).expect("a free channel");
        self.flush()
    }

    pub(super) fn detach(&mut self, channel: u16) -> Result<(), Refusal> {
        self.connection.detach(channel);
        self.flush()
    }

    /// Sends a command; its id.
    pub(super) fn send(&mut self, channel: u16, command: Command) -> Result<CommandId, Refusal> {
        let sent = self.connection.send(channel, command, true);
        let id = sent.ok_or(Refusal::Detached { code: 0 })?;
        self.flush()?;
        Ok(id)
    }

    /// Sends a message; its id.
    pub(super) fn transfer(
        &mut self,
        channel: u16,
        exchange: &str,
        message: &Message,
    ) -> Result<CommandId, Refusal> {
        let header = message.header_segment();
        let transfer = Transfer {
            destination: exchange,
            accept_mode: 1,
            acquire_mode: 0,
            header: &[&header],
            body_bytes: message.body.len(),
            sync: true,
        };
        let body = [BodyPiece::Slice(&message.body)].into_iter();
        let sent = self.connection.transfer(channel, &transfer, body);
        let id = sent.ok_or(Refusal::Detached { code: 0 })?;
        self.flush()?;
        Ok(id)
    }

    /// The messages of a channel that nobody took yet.
    pub(super) fn early(&mut self, channel: u16) -> &mut VecDeque<Delivery> {
        self.early.entry(channel).or_default()
    }

    /// Reports commands of the broker as complete.
    pub(super) fn complete(&mut self, channel: u16, commands: &RangeSet) -> Result<(), Refusal> {
        for id in commands.iter() {
            self.connection.complete(channel, id);
        }
        self.connection.report_completed();
        self.flush()
    }

    /// The next event of a channel, in its order.
    pub(super) fn next_event(&mut self, channel: u16) -> Result<SessionEvent, Refusal> {
        loop {
            if let Some(at) = self.waiting.iter().position(|(of, _)| *of == channel) {
                return Ok(self.waiting.remove(at).expect("just found").1);
            }
            match self.poll()? {
                Event::Session { channel, event } => self.waiting.push_back((channel, event)),
                event => panic!("{event:?} on an open connection"),
            }
        }
    }

    pub(super) fn close(&mut self) -> Result<(), Refusal> {
        self.connection.close(200, "bye");
        loop {
            match self.poll() {
                Ok(_) => {}
                Err(Refusal::Closed { code: None, .. }) => return Ok(()),
                Err(refusal) => return Err(refusal),
            }
        }
    }

    /// Writes what waits, then reads until there is an event.
    fn poll(&mut self) -> Result<Event, Refusal> {
        loop {
            if let Some(end) = &self.end {
                return Err(end.clone());
            }
            if let Some(event) = self.connection.poll_event() {
                match event {
                    Event::Closed { code, text } => self.end = Some(Refusal::Closed { code, text }),
                    Event::Failed(error) => panic!("the broker broke the protocol: {error}"),
                    event => return Ok(event),
                }
            } else {
                self.flush()?;
                // What was read may hold more than was taken of it at once.
                let before = self.inbox.len();
                self.feed();
                if self.inbox.len() == before {
                    self.read()?;
                }
            }
        }
    }

    fn feed(&mut self) {
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).expect("a short test");
        self.connection.feed(&mut self.inbox, now_ms);
    }

    fn read(&mut self) -> Result<(), Refusal> {
        let mut chunk = [0; 64 * 1_024];
        let count = self.socket.read(&mut chunk).map_err(Refusal::lost)?;
        if count == 0 {
            self.end = Some(Refusal::Lost("end of file".into()));
            return Ok(());
        }
        self.inbox.extend_from_slice(&chunk[..count]);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Refusal> {
        let output = self.connection.output();
        while output.has_remaining() {
            let count = self.socket.write(output.chunk()).map_err(Refusal::lost)?;
            output.advance(count);
        }
        Ok(())
    }
}

impl From<Exception> for Refusal {
    fn from(exception: Exception) -> Self {
        Self::Exception { code: exception.error_code, text: exception.description }
    }
}
