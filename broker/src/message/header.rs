//! A message's header in the words of AMQP 1.0's values, whatever encoding it is in: the canonical
//! view, of which plugins see a part and from which a header for another protocol is written.
//!
//! Invariant: nothing is decoded before it is asked for, and a scalar is read without allocation.

use philter_model::message::{Format, Message};
use philter_plugin_api::{Property, ValueRef};

use crate::message::{v0_9_1, v0_10};

/// The header of 0-10 in which a `type` travels: the one that Qpid's clients for Java use.
pub(super) const TYPE: &str = "x-jms-type";

/// The header of 0-10 in which a message id travels that is no UUID.
pub(super) const MESSAGE_ID: &str = "x-amqp-0-9-1.message-id";

/// The header in which Qpid's clients of 0-10 keep a subject.
pub(super) const SUBJECT: &str = "qpid.subject";

/// A header in one of the protocols' encodings. It was checked when the message came in.
#[allow(clippy::large_enum_variant, reason = "a view lives on the stack of the call that made it")]
pub(super) enum Header<'m> {
    V0_9_1(v0_9_1::Header<'m>),
    V0_10(v0_10::Header<'m>),
}

impl<'m> Header<'m> {
    /// The header of a message.
    pub(super) fn new(message: &'m Message) -> Self {
        match message.format() {
            Format::V0_9_1 => Self::V0_9_1(v0_9_1::Header::new(message.header())),
            Format::V0_10 => Self::V0_10(v0_10::Header::new(message.header())),
            // Nothing makes such messages yet; without a header they have no properties.
            Format::V1_0 => Self::V0_10(v0_10::Header::new(&[])),
        }
    }

    /// A property as the header gives it: none where it does not, be there a default or not.
    pub(super) fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        match self {
            Self::V0_9_1(header) => header.property(id),
            Self::V0_10(header) => header.property(id),
        }
    }

    /// An application header by its exact name.
    pub(super) fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        match self {
            Self::V0_9_1(header) => header.header(name),
            Self::V0_10(header) => header.header(name),
        }
    }

    /// Every application header in the order of the message.
    pub(super) fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        match self {
            Self::V0_9_1(header) => header.headers(visit),
            Self::V0_10(header) => header.headers(visit),
        }
    }
}

/// Seconds since 1970 as milliseconds; times past all calendars are the last one that there is.
pub(super) fn timestamp(seconds: u64) -> ValueRef<'static> {
    ValueRef::Timestamp(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX))
}

/// Bytes as text where they are.
pub(super) fn text_or_binary(bytes: &[u8]) -> ValueRef<'_> {
    std::str::from_utf8(bytes).map_or(ValueRef::Binary(bytes), ValueRef::String)
}
