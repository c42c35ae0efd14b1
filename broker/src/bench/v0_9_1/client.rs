//! A client that waits for each answer: what is done before messages flow, and after.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use philter_protocol::preface::Preface;
use philter_protocol::v0_9_1::method::connection::{Open, StartOk, TuneOk};
use philter_protocol::v0_9_1::method::{Method, channel};
use philter_protocol::v0_9_1::{FieldValue, Table};

use super::CHANNEL;
use super::frame::{FRAME_BYTES_MAX, Frame, HEARTBEAT, put_method_on};
use super::rare::{broke, closed, refusal, say_goodbye};
use crate::bench::dial::{ANSWER_S, dial};
use crate::bench::error::BenchError;
use crate::bench::target::Target;

/// The mechanism that every broker of 0-9-1 has.
const MECHANISM: &str = "PLAIN";

/// As whom to come in where nobody said: clients of 0-9-1 know nobody else.
const GUEST: &str = "guest";

/// A connection with one channel.
pub(super) struct Client {
    peer: String,
    product: String,
    socket: TcpStream,
    inbox: Vec<u8>,
    channel: u16,
    is_channel_open: bool,
}

impl Client {
    /// Comes in and opens a channel.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(super) fn open(target: &Target, run: &str) -> Result<Self, BenchError> {
        let mut client = Self {
            peer: target.to_string(),
            product: String::new(),
            socket: dial(target)?,
            inbox: Vec::new(),
            channel: CHANNEL,
            is_channel_open: false,
        };
        client.write(&Preface::V0_9_1.bytes())?;
        client.come_in(target, run)?;
        client.open_channel()?;
        Ok(client)
    }

    /// What the broker calls itself.
    pub(super) fn product(&self) -> &str {
        &self.product
    }

    /// The socket and what was read of it and not looked at.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.socket, self.inbox)
    }

    /// Sends a method and waits for its answer. Where the last one was refused, its channel is gone
    /// and another takes its place.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(super) fn call(&mut self, method: impl Into<Method>) -> Result<Method, BenchError> {
        if !self.is_channel_open {
            self.channel += 1;
            self.open_channel()?;
        }
        let method = method.into();
        let what = method.name();
        self.send(self.channel, &method)?;
        match self.answer(what)? {
            Method::ChannelClose(close) => {
                self.is_channel_open = false;
                self.send(self.channel, &channel::CloseOk {}.into())?;
                Err(refusal(&self.peer, what, close))
            }
            answer => Ok(answer),
        }
    }

    /// Says goodbye; a peer that does not hear it sees the socket close.
    pub(super) fn leave(&mut self) {
        let mut output = Vec::new();
        say_goodbye(&mut output);
        drop(self.write(&output));
    }

    fn open_channel(&mut self) -> Result<(), BenchError> {
        let open = channel::Open::default().into();
        self.send(self.channel, &open)?;
        match self.answer(open.name())? {
            Method::ChannelOpenOk(_) => {
                self.is_channel_open = true;
                Ok(())
            }
            other => Err(self.unexpected(&other)),
        }
    }

    fn come_in(&mut self, target: &Target, run: &str) -> Result<(), BenchError> {
        loop {
            match self.answer("the handshake")? {
                Method::ConnectionStart(start) => {
                    self.product = product(&start.server_properties);
                    let offered = String::from_utf8_lossy(&start.mechanisms).into_owned();
                    self.send(0, &self.start_ok(target, run, offered)?)?;
                }
                Method::ConnectionTune(tune) => {
                    let frame_max = match tune.frame_max {
                        0 => FRAME_BYTES_MAX,
                        offered => offered.min(FRAME_BYTES_MAX),
                    };
                    let channel_max = tune.channel_max;
                    let tune_ok = TuneOk { channel_max, frame_max, heartbeat: 0 };
                    self.send(0, &tune_ok.into())?;
                    let virtual_host = match target.virtual_host.as_str() {
                        "" => "/".to_owned(),
                        named => named.to_owned(),
                    };
                    self.send(0, &Open { virtual_host, ..Open::default() }.into())?;
                }
                Method::ConnectionOpenOk(_) => return Ok(()),
                other => return Err(self.unexpected(&other)),
            }
        }
    }

    fn start_ok(&self, target: &Target, run: &str, offered: String) -> Result<Method, BenchError> {
        if !offered.split(' ').any(|mechanism| mechanism == MECHANISM) {
            let peer = self.peer.clone();
            return Err(BenchError::Mechanism { peer, offered, needed: MECHANISM });
        }
        let guest = (GUEST.to_owned(), GUEST.to_owned());
        let (name, password) = target.user.as_ref().unwrap_or(&guest);
        Ok(StartOk {
            client_properties: Table::new()
                .with("product", "philter bench")
                .with("connection_name", run)
                .with("capabilities", FieldValue::Table(capabilities())),
            mechanism: MECHANISM.to_owned(),
            response: format!("\0{name}\0{password}").into_bytes(),
            locale: "en_US".to_owned(),
        }
        .into())
    }

    fn unexpected(&self, method: &Method) -> BenchError {
        broke(&self.peer, &format!("{} where nothing asked for it", method.name()))
    }

    fn send(&mut self, channel: u16, method: &Method) -> Result<(), BenchError> {
        let mut output = Vec::new();
        put_method_on(&mut output, channel, method);
        self.write(&output)
    }

    /// The next method, whatever it is.
    fn answer(&mut self, what: &str) -> Result<Method, BenchError> {
        let until = Instant::now() + Duration::from_secs(ANSWER_S);
        loop {
            match Frame::read(&self.peer, &self.inbox)? {
                None => self.read(what, until)?,
                Some((frame, size)) => {
                    let method = match frame.kind {
                        HEARTBEAT => None,
                        _ => Some(Method::decode(frame.payload)),
                    };
                    self.inbox.drain(..size);
                    match method.transpose().map_err(|fault| broke(&self.peer, &fault))? {
                        None => {}
                        Some(Method::ConnectionClose(close)) => {
                            return Err(closed(&self.peer, &close.reply_text, close.reply_code));
                        }
                        Some(method) => return Ok(method),
                    }
                }
            }
        }
    }

    fn read(&mut self, what: &str, until: Instant) -> Result<(), BenchError> {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(left)).map_err(|e| BenchError::lost(&self.peer, e))?;
        let mut chunk = [0; 16 * 1024];
        match self.socket.read(&mut chunk) {
            Ok(0) => return Err(BenchError::end_of_file(&self.peer)),
            Ok(count) => self.inbox.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let (peer, what) = (self.peer.clone(), what.to_owned());
                return Err(BenchError::Silent { peer, what, seconds: ANSWER_S });
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(BenchError::lost(&self.peer, e)),
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BenchError> {
        self.socket.write_all(bytes).map_err(|e| BenchError::lost(&self.peer, e))
    }
}

/// What the bench understands besides the specification: why it is not let in, and that a queue
/// it consumes from is gone.
fn capabilities() -> Table {
    Table::new().with("authentication_failure_close", true).with("consumer_cancel_notify", true)
}

/// Name and version, as the broker gives them.
fn product(properties: &Table) -> String {
    let text = |name: &str| properties.get(name).and_then(FieldValue::as_str).unwrap_or("");
    format!("{} {}", text("product"), text("version")).trim().to_owned()
}
