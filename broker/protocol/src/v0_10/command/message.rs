//! Class message: transfers, their settlement, subscriptions and flow control.

use crate::v0_10::packed::packed;
use crate::v0_10::range_set::RangeSet;
use crate::v0_10::value::FieldMap;

packed! {
    /// A message.
    MessageTransfer = 0x4, 0x1, "message.transfer" {
        destination: String as Str8,
        accept_mode: u8 as Uint8,
        acquire_mode: u8 as Uint8,
    }
    /// Transfers are taken over.
    MessageAccept = 0x4, 0x2, "message.accept" { transfers: RangeSet as Ranges }
    /// Transfers are refused.
    MessageReject = 0x4, 0x3, "message.reject" {
        transfers: RangeSet as Ranges,
        code: u16 as Uint16,
        text: String as Str8,
    }
    /// Transfers go back.
    MessageRelease = 0x4, 0x4, "message.release" {
        transfers: RangeSet as Ranges,
        set_redelivered: bit,
    }
    /// Acquire transfers that came without.
    MessageAcquire = 0x4, 0x5, "message.acquire" { transfers: RangeSet as Ranges }
    /// Resume a transfer.
    MessageResume = 0x4, 0x6, "message.resume" {
        destination: String as Str8,
        resume_id: String as Str16,
    }
    /// Ask for a queue's messages.
    MessageSubscribe = 0x4, 0x7, "message.subscribe" {
        queue: String as Str8,
        destination: String as Str8,
        accept_mode: u8 as Uint8,
        acquire_mode: u8 as Uint8,
        exclusive: bit,
        resume_id: Option<String> as Str16,
        resume_ttl: Option<u64> as Uint64,
        arguments: Option<FieldMap> as Map,
    }
    /// End a subscription.
    MessageCancel = 0x4, 0x8, "message.cancel" { destination: String as Str8 }
    /// Choose credit (0) or window (1).
    MessageSetFlowMode = 0x4, 0x9, "message.set-flow-mode" {
        destination: String as Str8,
        flow_mode: u8 as Uint8,
    }
    /// Give credit, in messages (0) or bytes (1).
    MessageFlow = 0x4, 0xa, "message.flow" {
        destination: String as Str8,
        unit: u8 as Uint8,
        value: u32 as Uint32,
    }
    /// Deliver what there is, then take the credit away.
    MessageFlush = 0x4, 0xb, "message.flush" { destination: String as Str8 }
    /// Take the credit away.
    MessageStop = 0x4, 0xc, "message.stop" { destination: String as Str8 }
}

/// Whether a transfer waits for an accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptMode {
    /// It waits.
    Explicit,
    /// It is settled when it is sent.
    None,
}

/// Whether a transfer is taken from its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireMode {
    /// It is.
    PreAcquired,
    /// It is shown, and stays.
    NotAcquired,
}

impl AcceptMode {
    /// From the wire; none for a number that the specification does not have.
    pub fn from_wire(number: u8) -> Option<Self> {
        [Self::Explicit, Self::None].get(usize::from(number)).copied()
    }
}

impl AcquireMode {
    /// From the wire; none for a number that the specification does not have.
    pub fn from_wire(number: u8) -> Option<Self> {
        [Self::PreAcquired, Self::NotAcquired].get(usize::from(number)).copied()
    }
}
