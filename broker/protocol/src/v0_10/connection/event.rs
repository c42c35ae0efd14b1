//! What the owner of a connection gives it at the beginning, and what it hears from it.

use bytes::Bytes;

use crate::error::ConnectionError;
use crate::v0_10::session::SessionEvent;
use crate::v0_10::value::FieldMap;

/// What a server offers.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// SASL mechanisms, strongest first.
    pub mechanisms: Vec<String>,
    /// Sent in connection.start.
    pub properties: FieldMap,
    /// Sent in connection.open-ok.
    pub known_hosts: Vec<String>,
    /// Longest heartbeat interval on offer, in seconds.
    pub heartbeat_max_s: u16,
    /// From the first byte to connection.open.
    pub negotiation_ms_max: u64,
}

/// What a client wants.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Sent in connection.start-ok.
    pub properties: FieldMap,
    /// The virtual host.
    pub virtual_host: String,
    /// Heartbeat interval, in seconds; 0: none.
    pub heartbeat_s: u16,
    /// The largest frame that this side takes.
    pub frame_bytes_max: u16,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Server: the client chose a mechanism. Answer with `sasl_challenge`, `sasl_success` or
    /// `sasl_failure`.
    SaslStart {
        /// The mechanism.
        mechanism: String,
        /// The initial response, if any.
        response: Option<Bytes>,
        /// What the client says of itself.
        client_properties: FieldMap,
    },
    /// Server: the client answered a challenge. Answer as for `SaslStart`.
    SaslResponse(Bytes),
    /// Server: the client names a virtual host. Answer with `accept_open` or `close`.
    Open {
        /// The virtual host's name; empty for the default.
        virtual_host: String,
    },
    /// Client: the server's mechanisms. Answer with `sasl_start`.
    Mechanisms {
        /// Their names.
        mechanisms: Vec<String>,
        /// What the server says of itself.
        server_properties: FieldMap,
    },
    /// Client: a challenge. Answer with `sasl_response`.
    SaslChallenge(Bytes),
    /// Client: the connection is open.
    Opened,
    /// Something of a session.
    Session {
        /// Its channel.
        channel: u16,
        /// What.
        event: SessionEvent,
    },
    /// The peer ended the connection, or answered that this side did.
    Closed {
        /// The peer's code; none where it answered.
        code: Option<u16>,
        /// The peer's text.
        text: String,
    },
    /// The peer made a mistake; it has been told.
    Failed(ConnectionError),
}
