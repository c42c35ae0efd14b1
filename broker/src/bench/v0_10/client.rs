//! A client that waits for each answer: what is done before messages flow, and after.

use std::net::TcpStream;

use bytes::Bytes;
use philter_protocol::v0_10::command::{Command, Exception, Result_};
use philter_protocol::v0_10::connection::Transfer;
use philter_protocol::v0_10::frame::BodyPiece;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::decode_struct;
use philter_protocol::v0_10::{
    ClientConfig, CommandId, Connection, Event, FieldMap, SessionEvent, Value,
};

use super::CHANNEL;
use super::rare::broke;
use crate::bench::dial::Dialled;
use crate::bench::error::BenchError;
use crate::bench::target::Target;

/// Nobody accepts the message.
const ACCEPT_NONE: u8 = 1;

/// A connection with one session.
pub(crate) struct Client {
    product: String,
    dialled: Dialled,
    connection: Connection,
    channel: u16,
    session: Vec<u8>,
    /// The id of the next command of this side.
    next: CommandId,
}

impl Client {
    /// Comes in and attaches a session whose name nobody else has.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(crate) fn open(target: &Target, run: &str) -> Result<Self, BenchError> {
        let dialled = Dialled::open(target)?;
        let port = dialled.local_port();
        let config = ClientConfig {
            properties: FieldMap::new().with("qpid.client_process", Value::Str16(run.to_owned())),
            virtual_host: target.virtual_host.clone(),
            heartbeat_s: 0,
            frame_bytes_max: u16::MAX,
        };
        let mut client = Self {
            product: String::new(),
            dialled,
            connection: Connection::client(config, 0),
            channel: CHANNEL,
            session: format!("{run}-{port}").into_bytes(),
            next: CommandId::default(),
        };
        client.come_in(target.user.as_ref())?;
        client.attach()?;
        Ok(client)
    }

    /// What the broker calls itself.
    pub(super) fn product(&self) -> &str {
        &self.product
    }

    /// The name of its session, which nobody else has.
    pub(crate) fn session_name(&self) -> String {
        String::from_utf8_lossy(&self.session).into_owned()
    }

    /// The id of the next command.
    pub(super) fn next_command(&self) -> u32 {
        self.next.0
    }

    /// The socket and what was read of it and not looked at.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        self.dialled.into_parts()
    }

    /// Sends a command and waits for its completion.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(crate) fn run(&mut self, command: impl Into<Command>) -> Result<(), BenchError> {
        self.answer(command.into()).map(drop)
    }

    /// Sends a command that has a result and waits for it.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(crate) fn ask<T: Packed>(&mut self, command: impl Into<Command>) -> Result<T, BenchError> {
        let command = command.into();
        let name = command.name();
        let value = self.answer(command)?.and_then(|result| result.value);
        let Some(value) = value else {
            return Err(broke(&self.dialled.peer, &format!("{name} without a result")));
        };
        decode_struct(&value).map_err(|fault| broke(&self.dialled.peer, &fault))
    }

    /// Sends a message of one header and one body.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(crate) fn send(
        &mut self,
        destination: &str,
        header: &[u8],
        body: &[u8],
    ) -> Result<(), BenchError> {
        let transfer = Transfer {
            destination,
            accept_mode: ACCEPT_NONE,
            acquire_mode: 0,
            header: &[header],
            body_bytes: body.len(),
            sync: true,
        };
        let pieces = [BodyPiece::Slice(body)].into_iter();
        let sent = self.connection.transfer(self.channel, &transfer, pieces);
        self.next = sent.ok_or_else(|| self.detached(0))?.next();
        self.dialled.write(self.connection.output())
    }

    /// Has the broker take so many seconds for an answer from now on.
    pub(crate) fn wait_up_to(&mut self, answer_s: u64) {
        self.dialled.wait_up_to(answer_s);
    }

    /// The next message: its header and its body.
    ///
    /// # Errors
    /// The broker sent none in time, or has something else to say.
    pub(crate) fn receive(&mut self, what: &str) -> Result<(Bytes, Vec<u8>), BenchError> {
        loop {
            match self.session_event(what)? {
                SessionEvent::Command {
                    id,
                    command: Command::MessageTransfer(_),
                    header,
                    body,
                    ..
                } => {
                    self.connection.complete(self.channel, id);
                    self.connection.report_completed();
                    return Ok((header.unwrap_or_default(), body.concat()));
                }
                SessionEvent::Command { command: Command::Exception(exception), .. } => {
                    return Err(self.refused(what, exception));
                }
                SessionEvent::Detached { code } => return Err(self.detached(code)),
                _ => {}
            }
        }
    }

    /// Attaches another session where the last one is gone.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(super) fn attach_again(&mut self) -> Result<(), BenchError> {
        self.channel += 1;
        self.session.push(b'+');
        self.next = CommandId::default();
        self.attach()
    }

    /// Says goodbye; a peer that does not hear it sees the socket close.
    pub(crate) fn leave(&mut self) {
        self.connection.close(200, "");
        drop(self.dialled.write(self.connection.output()));
    }

    fn attach(&mut self) -> Result<(), BenchError> {
        let attached = self.connection.attach(self.channel, &self.session);
        attached.map_err(|error| broke(&self.dialled.peer, &error))?;
        loop {
            match self.session_event("session.attach")? {
                SessionEvent::Attached => return Ok(()),
                SessionEvent::Detached { code } => return Err(self.detached(code)),
                _ => {}
            }
        }
    }

    fn come_in(&mut self, user: Option<&(String, String)>) -> Result<(), BenchError> {
        loop {
            match self.event("the handshake")? {
                Event::Mechanisms { mechanisms, server_properties } => {
                    self.product = product(&server_properties);
                    self.choose(&mechanisms, user)?;
                }
                Event::SaslChallenge(_) => self.connection.sasl_response(b""),
                Event::Opened => return Ok(()),
                _ => {}
            }
        }
    }

    fn choose(
        &mut self,
        mechanisms: &[String],
        user: Option<&(String, String)>,
    ) -> Result<(), BenchError> {
        let (needed, response) = match user {
            Some((name, password)) => ("PLAIN", format!("\0{name}\0{password}")),
            None => ("ANONYMOUS", String::from("philter-bench")),
        };
        if !mechanisms.iter().any(|mechanism| mechanism == needed) {
            let (peer, offered) = (self.dialled.peer.clone(), mechanisms.join(" "));
            return Err(BenchError::Mechanism { peer, offered, needed });
        }
        self.connection.sasl_start(needed, Some(response.as_bytes()));
        Ok(())
    }

    fn answer(&mut self, command: Command) -> Result<Option<Result_>, BenchError> {
        let what = command.name();
        let Some(id) = self.connection.send(self.channel, command, true) else {
            return Err(self.detached(0));
        };
        self.next = id.next();
        let mut result = None;
        loop {
            match self.session_event(what)? {
                SessionEvent::Completed(commands) if commands.contains(id) => return Ok(result),
                SessionEvent::Command { id: of, command: Command::Result_(found), .. } => {
                    self.connection.complete(self.channel, of);
                    self.connection.report_completed();
                    result = Some(found).filter(|found| found.command_id == id).or(result);
                }
                SessionEvent::Command { command: Command::Exception(exception), .. } => {
                    return Err(self.refused(what, exception));
                }
                SessionEvent::Detached { code } => return Err(self.detached(code)),
                _ => {}
            }
        }
    }

    fn refused(&self, what: &str, exception: Exception) -> BenchError {
        let Exception { description: text, error_code: code, .. } = exception;
        let (peer, what) = (self.dialled.peer.clone(), what.to_owned());
        BenchError::Refused { peer, what, text, code }
    }

    fn detached(&self, code: u8) -> BenchError {
        let text = format!("the session is detached ({code})");
        BenchError::Closed { peer: self.dialled.peer.clone(), text }
    }

    /// The next event of this session.
    fn session_event(&mut self, what: &str) -> Result<SessionEvent, BenchError> {
        loop {
            match self.event(what)? {
                Event::Session { channel, event } if channel == self.channel => return Ok(event),
                _ => {}
            }
        }
    }

    /// Writes what waits, then reads until there is an event.
    fn event(&mut self, what: &str) -> Result<Event, BenchError> {
        let until = self.dialled.late_at();
        loop {
            match self.connection.poll_event() {
                Some(Event::Closed { code, text }) => {
                    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
                    let peer = self.dialled.peer.clone();
                    return Err(BenchError::Closed { peer, text: format!("{text}{code}") });
                }
                Some(Event::Failed(error)) => return Err(broke(&self.dialled.peer, &error)),
                Some(event) => return Ok(event),
                None => {}
            }
            self.dialled.write(self.connection.output())?;
            // What was read may hold more than was taken of it at once.
            let (before, now_ms) = (self.dialled.inbox.len(), self.dialled.now_ms());
            self.connection.feed(&mut self.dialled.inbox, now_ms);
            if self.dialled.inbox.len() == before {
                self.dialled.read(what, until)?;
            }
        }
    }
}

/// Name and version, as the broker gives them.
fn product(properties: &FieldMap) -> String {
    let text = |name: &str| match properties.get(name) {
        Some(Value::Str8(text) | Value::Str16(text)) => text.as_str(),
        _ => "",
    };
    format!("{} {}", text("product"), text("version")).trim().to_owned()
}
