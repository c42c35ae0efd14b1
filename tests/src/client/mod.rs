//! A blocking AMQP 0-10 client for tests, over the protocol crate's client side.
//!
//! It does nothing by itself: no prefetch, no settlement, no completion of transfers. A test says
//! all of that, so that it can also say it wrongly. Every wait is for something that the broker
//! sends; where the broker closes instead, the wait ends with a [`Refusal`].

mod delivery;
mod message;
mod refusal;
mod session;
mod wire;

pub use delivery::Delivery;
pub use message::Message;
pub use refusal::Refusal;
pub use session::{Credit, Session, Subscription};

use std::net::TcpStream;

use philter_protocol::v0_10::SessionEvent;

use wire::Wire;

/// A connection that is open.
#[derive(Debug)]
pub struct Client {
    wire: Wire,
    sessions: u16,
}

impl Client {
    /// Comes in as ANONYMOUS.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn anonymous(port: u16) -> Result<Self, Refusal> {
        Self::open(port, "ANONYMOUS", b"anonymous@test")
    }

    /// Comes in by PLAIN.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn plain(port: u16, user: &str, password: &str) -> Result<Self, Refusal> {
        Self::open(port, "PLAIN", format!("\0{user}\0{password}").as_bytes())
    }

    /// Comes in by a mechanism with an initial response.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn open(port: u16, mechanism: &str, response: &[u8]) -> Result<Self, Refusal> {
        Self::start(port, 0, "", mechanism, response)
    }

    /// Comes in as ANONYMOUS and promises a heartbeat every so many seconds. It
    /// does not keep the promise.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn with_heartbeat(port: u16, heartbeat_s: u16) -> Result<Self, Refusal> {
        Self::start(port, heartbeat_s, "", "ANONYMOUS", b"anonymous@test")
    }

    /// Comes in as ANONYMOUS to a virtual host.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn in_virtual_host(port: u16, virtual_host: &str) -> Result<Self, Refusal> {
        Self::start(port, 0, virtual_host, "ANONYMOUS", b"anonymous@test")
    }

    fn start(
        port: u16,
        heartbeat_s: u16,
        virtual_host: &str,
        mechanism: &str,
        response: &[u8],
    ) -> Result<Self, Refusal> {
        let socket = TcpStream::connect(("127.0.0.1", port)).map_err(Refusal::lost)?;
        let mut wire = Wire::new(socket, heartbeat_s, virtual_host);
        wire.open(mechanism, response)?;
        Ok(Self { wire, sessions: 0 })
    }

    /// Sends bytes as they are, past the protocol's state.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.wire.send_raw(bytes)
    }

    /// Ends the connection without a word.
    pub fn abort(self) {
        drop(self);
    }

    /// Attaches a session of this name to the next free channel.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn attach(&mut self, name: &str) -> Result<Session<'_>, Refusal> {
        self.sessions += 1;
        let channel = self.sessions;
        self.wire.attach(channel, name)?;
        loop {
            match self.wire.next_event(channel)? {
                SessionEvent::Attached => return Ok(Session::new(&mut self.wire, channel)),
                SessionEvent::Detached { code } => return Err(Refusal::Detached { code }),
                _ => {}
            }
        }
    }

    /// An attached session again, by the number of its channel.
    pub fn session(&mut self, channel: u16) -> Session<'_> {
        Session::new(&mut self.wire, channel)
    }

    /// Says goodbye and waits for the answer.
    ///
    /// # Errors
    /// The broker had something else to say.
    pub fn close(mut self) -> Result<(), Refusal> {
        self.wire.close()
    }

    /// Waits until the broker ends the connection; what it said.
    pub fn wait_for_close(mut self) -> Refusal {
        loop {
            if let Err(refusal) = self.wire.next_event(u16::MAX) {
                return refusal;
            }
        }
    }
}
