//! A client that waits for each answer: what is done before messages flow, and after.

use std::net::TcpStream;

use philter_protocol::v0_9_1::{
    ChannelEvent, ClientConfig, Connection, Event, FieldValue, Method, Table,
};

use super::CHANNEL;
use super::frame::FRAME_BYTES_MAX;
use super::rare::{broke, closed, refused};
use crate::bench::dial::Dialled;
use crate::bench::error::BenchError;
use crate::bench::target::Target;

/// The mechanism that every broker of 0-9-1 has.
const MECHANISM: &str = "PLAIN";

/// As whom to come in where nobody said: clients of 0-9-1 know nobody else.
const GUEST: &str = "guest";

/// The virtual host of whoever names none.
const VIRTUAL_HOST: &str = "/";

/// A connection with one channel.
pub(super) struct Client {
    product: String,
    dialled: Dialled,
    connection: Connection,
    channel: u16,
}

impl Client {
    /// Comes in and opens a channel.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(super) fn open(target: &Target, run: &str) -> Result<Self, BenchError> {
        let mut client = Self {
            product: String::new(),
            dialled: Dialled::open(target)?,
            connection: Connection::client(config(target, run), 0),
            channel: CHANNEL,
        };
        client.come_in(target.user.as_ref())?;
        client.open_channel()?;
        Ok(client)
    }

    /// What the broker calls itself.
    pub(super) fn product(&self) -> &str {
        &self.product
    }

    /// The socket and what was read of it and not looked at.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        self.dialled.into_parts()
    }

    /// Sends a method and waits for its answer. Where the last one was refused, its channel is gone
    /// and another takes its place.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(super) fn call(&mut self, method: impl Into<Method>) -> Result<(), BenchError> {
        if !self.connection.is_channel_open(self.channel) {
            self.channel += 1;
            self.open_channel()?;
        }
        let method = method.into();
        let what = method.name();
        self.connection.send(self.channel, method);
        loop {
            match self.channel_event(what)? {
                ChannelEvent::Method(_) => return Ok(()),
                ChannelEvent::Close { code, text, .. } => {
                    self.connection.channel_closed(self.channel);
                    return Err(refused(&self.dialled.peer, what, text, code));
                }
                ChannelEvent::Fault { text, .. } => return Err(broke(&self.dialled.peer, &text)),
                _ => {}
            }
        }
    }

    /// Says goodbye; a peer that does not hear it sees the socket close.
    pub(super) fn leave(&mut self) {
        self.connection.close(200, "", 0, 0);
        drop(self.dialled.write(self.connection.output()));
    }

    fn come_in(&mut self, user: Option<&(String, String)>) -> Result<(), BenchError> {
        loop {
            match self.event("the handshake")? {
                Event::Started { mechanisms, server_properties } => {
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
        if !mechanisms.iter().any(|mechanism| mechanism == MECHANISM) {
            let (peer, offered) = (self.dialled.peer.clone(), mechanisms.join(" "));
            return Err(BenchError::Mechanism { peer, offered, needed: MECHANISM });
        }
        let (name, password) =
            user.map_or((GUEST, GUEST), |(name, password)| (name.as_str(), password.as_str()));
        self.connection.sasl_start(MECHANISM, format!("\0{name}\0{password}").as_bytes());
        Ok(())
    }

    fn open_channel(&mut self) -> Result<(), BenchError> {
        self.connection.open_channel(self.channel);
        while self.channel_event("channel.open")? != ChannelEvent::Opened {}
        Ok(())
    }

    /// The next event of this channel.
    fn channel_event(&mut self, what: &str) -> Result<ChannelEvent, BenchError> {
        loop {
            match self.event(what)? {
                Event::Channel { channel, event } if channel == self.channel => return Ok(event),
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
                    return Err(closed(&self.dialled.peer, &text, code.unwrap_or(0)));
                }
                Some(Event::Failed(error)) => return Err(broke(&self.dialled.peer, &error)),
                Some(event) => return Ok(event),
                None => {}
            }
            self.dialled.write(self.connection.output())?;
            // What was read may hold more than was taken of it at once.
            let (before, now_ms) = (self.dialled.inbox.len(), self.dialled.now_ms());
            let is_deferring = self.connection.is_deferring();
            self.connection.feed(&mut self.dialled.inbox, now_ms);
            if self.dialled.inbox.len() == before && !is_deferring {
                self.dialled.read(what, until)?;
            }
        }
    }
}

fn config(target: &Target, run: &str) -> ClientConfig {
    // Why the bench is not let in, and that a queue it consumes from is gone.
    let capabilities = Table::new()
        .with("authentication_failure_close", true)
        .with("consumer_cancel_notify", true);
    let virtual_host = match target.virtual_host.as_str() {
        "" => VIRTUAL_HOST,
        named => named,
    };
    ClientConfig {
        properties: Table::new()
            .with("product", "philter bench")
            .with("connection_name", run)
            .with("capabilities", FieldValue::Table(capabilities)),
        virtual_host: virtual_host.to_owned(),
        heartbeat_s: 0,
        frame_bytes_max: FRAME_BYTES_MAX,
        channel_max: u16::MAX,
    }
}

/// Name and version, as the broker gives them.
fn product(properties: &Table) -> String {
    let text = |name: &str| properties.get(name).and_then(FieldValue::as_str).unwrap_or("");
    format!("{} {}", text("product"), text("version")).trim().to_owned()
}

#[cfg(test)]
mod tests;
