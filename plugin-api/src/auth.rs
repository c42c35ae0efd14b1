//! The auth kind: who a peer is (SASL), what they may do, and how much of it.
//!
//! Every entry that may have to ask somebody else answers through a [`Completion`], at once or
//! later, exactly once. Providers stand in a chain: one that answers "not mine" passes to the next.

use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::value::MapRef;

/// The name of a SASL mechanism, upper case as on the wire (RFC 4422, section 3.1).
pub type MechanismName = String;

/// One SASL exchange under way, named by the broker; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub u64);

/// Who asks to be let in.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// Address and port, as text.
    pub address: &'a str,
    /// Whether the address is a loopback one.
    pub is_loopback: bool,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
    /// The virtual host's or server's name that the peer asked for; empty where unknown.
    pub server_name: &'a str,
}

/// A step of a SASL exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaslOutcome {
    /// Send this and wait for the peer's response.
    Challenge(Vec<u8>),
    /// The peer is who it says.
    Success {
        /// The identity that the broker uses from now on, `user@realm` or `user`.
        identity: String,
        /// Groups it belongs to.
        groups: Vec<String>,
        /// When the identity ends, milliseconds since 1970; none: with the connection.
        expires_at_ms: Option<u64>,
        /// Data that accompanies the success (SCRAM's server signature).
        additional: Vec<u8>,
    },
    /// The peer is not who it says. The text is for the log, never for the peer.
    Failure(String),
    /// This provider does not know the user; the next in the chain is asked.
    NotMine,
}

/// What somebody wants to do. The words are those of Qpid's ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are the ACL's own words")]
pub enum Action {
    Access = 1,
    Bind = 2,
    Consume = 3,
    Create = 4,
    Delete = 5,
    Move = 6,
    Publish = 7,
    Purge = 8,
    Redirect = 9,
    Reroute = 10,
    Unbind = 11,
    Update = 12,
}

impl Action {
    /// Every action, in the order of its number.
    pub const ALL: [Action; 12] = [
        Action::Access,
        Action::Bind,
        Action::Consume,
        Action::Create,
        Action::Delete,
        Action::Move,
        Action::Publish,
        Action::Purge,
        Action::Redirect,
        Action::Reroute,
        Action::Unbind,
        Action::Update,
    ];

    /// The action of this number, if this version knows it.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.number() == number)
    }

    /// Its number on the ABI.
    pub fn number(self) -> u32 {
        self as u32
    }
}

/// What it is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are the ACL's own words")]
pub enum ObjectKind {
    Broker = 1,
    Connection = 2,
    Exchange = 3,
    Link = 4,
    Method = 5,
    Query = 6,
    Queue = 7,
}

impl ObjectKind {
    /// Every kind of object, in the order of its number.
    pub const ALL: [ObjectKind; 7] = [
        ObjectKind::Broker,
        ObjectKind::Connection,
        ObjectKind::Exchange,
        ObjectKind::Link,
        ObjectKind::Method,
        ObjectKind::Query,
        ObjectKind::Queue,
    ];

    /// The kind of this number, if this version knows it.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Its number on the ABI.
    pub fn number(self) -> u32 {
        self as u32
    }
}

/// A question to [`Auth::authorize`], borrowed for the call.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The authenticated identity.
    pub identity: &'a str,
    /// What it wants to do.
    pub action: Action,
    /// To what kind of object.
    pub object: ObjectKind,
    /// Of which name; empty where the object has none.
    pub name: &'a str,
    /// The ACL's properties (routingkey, queuename, durable, …), a map of strings to values.
    pub properties: MapRef<'a>,
}

/// The answer to an [`Access`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Yes; `log` asks for a line in the log.
    Allow {
        /// Whether to log it.
        log: bool,
    },
    /// No.
    Deny {
        /// Whether to log it.
        log: bool,
    },
    /// This provider has no opinion; the next in the chain is asked.
    Abstain,
}

/// Quotas of an identity; none means that this provider sets no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// Connections at a time.
    pub connections_max: Option<u64>,
    /// Queues at a time.
    pub queues_max: Option<u64>,
}

/// An auth provider.
pub trait Auth: Send + Sync + 'static {
    /// The mechanisms on offer to this peer, strongest first.
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<MechanismName>;

    /// Begins an exchange. `initial` is the initial response, if the peer sent one.
    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    );

    /// Goes on with an exchange after a challenge.
    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>);

    /// The peer is gone; forget the exchange. Unknown ids are ignored.
    fn abandon(&self, session: SessionId) {
        let _ = session;
    }

    /// May this identity do this?
    fn authorize(&self, access: &Access<'_>, done: Completion<Authorization>) {
        let _ = access;
        done.ok(Authorization::Abstain);
    }

    /// The quotas of this identity.
    fn limits(&self, identity: &str) -> Limits {
        let _ = identity;
        Limits::default()
    }

    /// Counters as JSON.
    ///
    /// # Errors
    /// No such entry.
    fn inspect(&self) -> Result<String> {
        Err(Error::unsupported("inspect"))
    }
}
