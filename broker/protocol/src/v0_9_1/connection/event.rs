//! What the owner of a connection gives it at the beginning, and what it hears from it.

use bytes::Bytes;

use crate::body::Body;
use crate::v0_9_1::error::ConnectionError;
use crate::v0_9_1::method::{Method, basic};
use crate::v0_9_1::value::Table;

/// What a server offers.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// SASL mechanisms, strongest first.
    pub mechanisms: Vec<String>,
    /// Sent in connection.start.
    pub properties: Table,
    /// Sent in connection.start.
    pub locales: Vec<String>,
    /// The highest channel on offer.
    pub channel_max: u16,
    /// The largest frame on offer, header and end octet included.
    pub frame_bytes_max: u32,
    /// The heartbeat on offer, in seconds; 0: none. What the client answers holds.
    pub heartbeat_s: u16,
    /// From the first byte to connection.open.
    pub negotiation_ms_max: u64,
}

/// What a client wants.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Sent in connection.start-ok.
    pub properties: Table,
    /// The virtual host.
    pub virtual_host: String,
    /// The longest heartbeat, in seconds; 0: none.
    pub heartbeat_s: u16,
    /// The largest frame that this side takes.
    pub frame_bytes_max: u32,
    /// The highest channel that this side uses.
    pub channel_max: u16,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Server: the client chose a mechanism. Answer with `sasl_challenge`, `sasl_success` or
    /// `sasl_failure`.
    SaslStart {
        /// The mechanism.
        mechanism: String,
        /// The initial response.
        response: Bytes,
        /// What the client says of itself.
        client_properties: Table,
        /// The locale it chose.
        locale: String,
    },
    /// Server: the client answered a challenge. Answer as for `SaslStart`.
    SaslResponse(Bytes),
    /// Server: the client names a virtual host. Answer with `accept_open` or `close`.
    Open {
        /// The virtual host's name.
        virtual_host: String,
    },
    /// Server: the client has a new password or token. Answer with `secret_updated` or `close`.
    UpdateSecret {
        /// The secret.
        secret: Bytes,
        /// Why.
        reason: String,
    },
    /// Client: the server's mechanisms. Answer with `sasl_start`.
    Started {
        /// Their names.
        mechanisms: Vec<String>,
        /// What the server says of itself.
        server_properties: Table,
    },
    /// Client: a challenge. Answer with `sasl_response`.
    SaslChallenge(Bytes),
    /// Client: the connection is open.
    Opened,
    /// Client: the server takes no messages at present.
    Blocked {
        /// Why.
        reason: String,
    },
    /// Client: the server takes messages again.
    Unblocked,
    /// Client: the new secret was taken.
    SecretUpdated,
    /// Something of a channel.
    Channel {
        /// The channel.
        channel: u16,
        /// What.
        event: ChannelEvent,
    },
    /// The peer ended the connection, or answered that this side did, or is not told anything.
    Closed {
        /// The peer's code; none where it answered.
        code: Option<u16>,
        /// The peer's text.
        text: String,
    },
    /// The peer made a mistake; it has been told.
    Failed(ConnectionError),
}

/// What happened on a channel.
#[derive(Clone, Debug, PartialEq)]
pub enum ChannelEvent {
    /// Server: the client opens the channel. Answer with `accept_channel` or `channel_error`;
    /// nothing of this channel is read before.
    Open,
    /// Client: the channel is open.
    Opened,
    /// A method without content.
    Method(Method),
    /// Server: a message to an exchange.
    Publish {
        /// Where to.
        publish: basic::Publish,
        /// Property flags and list.
        header: Bytes,
        /// The body; no chunk where it is empty.
        body: Body,
    },
    /// Client: a message for a consumer.
    Deliver {
        /// Who for.
        deliver: basic::Deliver,
        /// Property flags and list.
        header: Bytes,
        /// The body; no chunk where it is empty.
        body: Body,
    },
    /// Client: a message that nobody took.
    Return {
        /// Why.
        returned: basic::Return,
        /// Property flags and list.
        header: Bytes,
        /// The body; no chunk where it is empty.
        body: Body,
    },
    /// Client: the message that basic.get asked for.
    GetOk {
        /// Which.
        get_ok: basic::GetOk,
        /// Property flags and list.
        header: Bytes,
        /// The body; no chunk where it is empty.
        body: Body,
    },
    /// A mistake that costs the channel, not the connection. Answer with `channel_error` of the
    /// same; nothing of this channel is read before.
    Fault {
        /// The reply code.
        code: u16,
        /// The reply text.
        text: String,
        /// The method that failed.
        class_id: u16,
        /// The method that failed.
        method_id: u16,
    },
    /// The peer closes the channel. Answer with `channel_closed`, behind what belongs before;
    /// nothing of this channel is read before.
    Close {
        /// The reply code.
        code: u16,
        /// The reply text.
        text: String,
        /// The method that failed; 0 where none did.
        class_id: u16,
        /// The method that failed; 0 where none did.
        method_id: u16,
    },
    /// The peer answered this side's close: the channel may be opened again.
    Closed,
}
