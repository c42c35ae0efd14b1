//! Why a connection ended by a peer's mistake: what, where, and the reply code that the peer is
//! told (section 1.2).

use crate::preface::Preface;
use crate::v0_9_1::frame::{FrameError, FrameKind};
use crate::v0_9_1::method::MethodFault;
use crate::v0_9_1::reply_code;

/// A mistake of the peer, or its silence, that ends the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// Not the protocol header that was agreed on.
    #[error("{0} where AMQP 0-9-1 was expected")]
    Preface(Preface),
    /// Bytes that are no frames.
    #[error("{error}, in the frame at byte {at} of the connection")]
    Frame {
        /// Bytes of the connection before the frame.
        at: u64,
        /// What.
        error: FrameError,
    },
    /// A method that could not be read.
    #[error("{fault}, on channel {channel}")]
    Method {
        /// The channel.
        channel: u16,
        /// What.
        fault: MethodFault,
    },
    /// A method at the wrong time, on the wrong channel or from the wrong side.
    #[error("{method} on channel {channel} {why}")]
    UnexpectedMethod {
        /// The channel.
        channel: u16,
        /// The method.
        method: &'static str,
        /// Class id and method id.
        code: (u16, u16),
        /// Why it may not stand here.
        why: &'static str,
    },
    /// A frame of a channel before the connection is open.
    #[error("{} frame on channel {channel} while {state}", kind.name())]
    NotOpen {
        /// The channel.
        channel: u16,
        /// The frame.
        kind: FrameKind,
        /// What was expected instead.
        state: &'static str,
    },
    /// A frame of a channel that nobody opened.
    #[error("expected 'channel.open' on channel {channel}, got a {} frame", kind.name())]
    ChannelNotOpen {
        /// The channel.
        channel: u16,
        /// The frame.
        kind: FrameKind,
        /// Class id and method id, where it is a method.
        code: (u16, u16),
    },
    /// channel.open of a channel that is open.
    #[error("second 'channel.open' seen on channel {0}")]
    ChannelOpen(u16),
    /// A channel above the negotiated maximum.
    #[error("channel {channel} where channels 1 to {max} were negotiated")]
    ChannelMax {
        /// The channel.
        channel: u16,
        /// The limit.
        max: u16,
    },
    /// A frame out of order.
    #[error("expected {expected} on channel {channel}, got a {} frame", found.name())]
    UnexpectedFrame {
        /// The channel.
        channel: u16,
        /// What was expected.
        expected: &'static str,
        /// What came.
        found: FrameKind,
        /// Class id and method id of the method whose content is not there in full; 0 where none
        /// is.
        code: (u16, u16),
    },
    /// A heartbeat on a channel.
    #[error("heartbeat on channel {0} where channel 0 is its place")]
    HeartbeatChannel(u16),
    /// A content header of another class than its method's.
    #[error("expected a content header for class 60 on channel {channel}, got one for {class_id}")]
    HeaderClass {
        /// The channel.
        channel: u16,
        /// The class it names.
        class_id: u16,
    },
    /// A content header that has not even its fixed fields.
    #[error("content header of {bytes} bytes on channel {channel} where at least {min} belong")]
    HeaderSize {
        /// The channel.
        channel: u16,
        /// What came.
        bytes: usize,
        /// Class, weight, body size and property flags.
        min: usize,
    },
    /// More body than the content header announced.
    #[error("{found} more body bytes on channel {channel} where {left} of {announced} were left")]
    BodySize {
        /// The channel.
        channel: u16,
        /// What the header said.
        announced: u64,
        /// What was to come.
        left: u64,
        /// What came.
        found: usize,
    },
    /// More bytes than an unauthenticated peer may send.
    #[error("more than {max} bytes before authentication")]
    UnauthenticatedBytes {
        /// The limit.
        max: usize,
    },
    /// Contents begun and not finished, on all channels.
    #[error("more than {max} bytes of unfinished messages on one connection, on channel {channel}")]
    UnfinishedBytes {
        /// The channel that went past it.
        channel: u16,
        /// The limit.
        max: usize,
    },
    /// The peer did not finish its handshake in time.
    #[error("no open connection within {0} ms")]
    NegotiationTimeout(u64),
    /// The peer went silent.
    #[error("nothing heard for {0} ms, twice the negotiated heartbeat")]
    HeartbeatTimeout(u64),
    /// A limit in tune-ok below what every peer must take.
    #[error("negotiated {field} = {found} is lower than the minimum allowed value ({min})")]
    TuneBelow {
        /// The field.
        field: &'static str,
        /// What the peer chose.
        found: u32,
        /// The specification's minimum.
        min: u32,
    },
    /// A limit in tune-ok above what was offered.
    #[error("negotiated {field} = {found} is higher than the maximum allowed value ({max})")]
    TuneAbove {
        /// The field.
        field: &'static str,
        /// What the peer chose.
        found: u32,
        /// What was offered.
        max: u32,
    },
}

impl ConnectionError {
    /// The code for connection.close.
    pub fn reply_code(&self) -> u16 {
        match self {
            Self::Preface(_)
            | Self::Frame { .. }
            | Self::HeartbeatChannel(_)
            | Self::BodySize { .. } => reply_code::FRAME_ERROR,
            Self::Method { fault: MethodFault::Unknown { .. }, .. } => reply_code::NOT_IMPLEMENTED,
            Self::Method { .. } | Self::HeaderSize { .. } => reply_code::SYNTAX_ERROR,
            Self::UnexpectedMethod { channel: 0, .. }
            | Self::ChannelNotOpen { .. }
            | Self::ChannelOpen(_) => reply_code::CHANNEL_ERROR,
            Self::UnexpectedMethod { .. } => reply_code::COMMAND_INVALID,
            Self::NotOpen { .. } | Self::UnexpectedFrame { .. } | Self::HeaderClass { .. } => {
                reply_code::UNEXPECTED_FRAME
            }
            Self::UnauthenticatedBytes { .. } | Self::UnfinishedBytes { .. } => {
                reply_code::RESOURCE_ERROR
            }
            Self::ChannelMax { .. } | Self::TuneBelow { .. } | Self::TuneAbove { .. } => {
                reply_code::NOT_ALLOWED
            }
            Self::NegotiationTimeout(_) | Self::HeartbeatTimeout(_) => {
                reply_code::CONNECTION_FORCED
            }
        }
    }

    /// Class id and method id of the method that failed; 0 and 0 where it was none.
    pub fn code(&self) -> (u16, u16) {
        match self {
            Self::Method { fault, .. } => fault.code(),
            Self::UnexpectedMethod { code, .. }
            | Self::ChannelNotOpen { code, .. }
            | Self::UnexpectedFrame { code, .. } => *code,
            Self::ChannelOpen(_) => (20, 10),
            Self::TuneBelow { .. } | Self::TuneAbove { .. } => (10, 31),
            Self::HeaderClass { .. } | Self::HeaderSize { .. } | Self::BodySize { .. } => (60, 40),
            _ => (0, 0),
        }
    }
}
