//! Why a connection ended by a peer's mistake: what, where, and the code that the peer is told.

use crate::preface::Preface;
use crate::v0_10::control::close_code;
use crate::v0_10::frame::FrameError;
pub use crate::v0_10::packed::FieldFault;

/// A mistake of the peer, or its silence, that ends the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// Not the preface of the protocol that was agreed on.
    #[error("{0} where AMQP 0-10 was expected")]
    Preface(Preface),
    /// Bytes that are no frames, or frames out of order.
    #[error("{0}")]
    Frame(#[from] FrameError),
    /// A control that could not be read.
    #[error("{0}")]
    Control(FieldFault),
    /// A control at the wrong time.
    #[error("{control} while {state}")]
    UnexpectedControl {
        /// The control.
        control: &'static str,
        /// What was expected instead.
        state: &'static str,
    },
    /// A command before the connection is open.
    #[error("a command while {state}")]
    UnexpectedCommand {
        /// What was expected instead.
        state: &'static str,
    },
    /// More bytes than an unauthenticated peer may send.
    #[error("more than {max} bytes before authentication")]
    UnauthenticatedBytes {
        /// The limit.
        max: usize,
    },
    /// The peer did not finish its handshake in time.
    #[error("no open connection within {0} ms")]
    NegotiationTimeout(u64),
    /// The peer went silent.
    #[error("nothing heard for {0} ms, twice the negotiated heartbeat")]
    HeartbeatTimeout(u64),
    /// More sessions than a connection may have.
    #[error("more than {max} sessions on one connection")]
    TooManySessions {
        /// The limit.
        max: usize,
    },
    /// Commands, headers and bodies begun and not finished, on all channels.
    #[error("more than {max} bytes of unfinished commands and messages on one connection")]
    UnfinishedBytes {
        /// The limit.
        max: usize,
    },
    /// Commands that are not complete, with too many completed ones between them.
    #[error("more than {max} gaps between incomplete commands on channel {channel}")]
    IncompleteCommands {
        /// The session's channel.
        channel: u16,
        /// The limit.
        max: usize,
    },
    /// A frame size below what every peer must take.
    #[error("connection.tune-ok.max-frame-size: {found} where at least {min} is required")]
    TuneFrameSize {
        /// What the peer chose.
        found: u16,
        /// The specification's minimum.
        min: u16,
    },
    /// A tune-ok outside of what was offered.
    #[error("connection.tune-ok.{field}: {found} where at most {max} was offered")]
    Tune {
        /// The field.
        field: &'static str,
        /// What the peer chose.
        found: u16,
        /// What was offered.
        max: u16,
    },
}

impl ConnectionError {
    /// The code for connection.close.
    pub fn close_code(&self) -> u16 {
        match self {
            Self::NegotiationTimeout(_)
            | Self::HeartbeatTimeout(_)
            | Self::UnfinishedBytes { .. }
            | Self::IncompleteCommands { .. } => close_code::CONNECTION_FORCED,
            _ => close_code::FRAMING_ERROR,
        }
    }
}
