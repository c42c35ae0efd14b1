//! What a plugin sees of a message: routing data, properties, headers and body, read on demand.
//!
//! A view is valid during the call that handed it over. Nothing is decoded that nobody asks for, so
//! an exchange that reads the routing key alone costs no look at headers or body.

use crate::value::ValueRef;

/// The properties of a message that every protocol can say, by number. The list only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Property {
    /// `string`: the exchange it was published to; empty for the default exchange.
    Exchange = 1,
    /// `string`: the virtual host.
    VirtualHost = 2,
    /// `string`: the authenticated identity of the publisher.
    Publisher = 3,
    /// `string`, `uuid`, `ulong` or `binary`.
    MessageId = 4,
    /// `string`, `uuid`, `ulong` or `binary`.
    CorrelationId = 5,
    /// `binary` or `string`: the user id that the message claims.
    UserId = 6,
    /// `string`.
    ContentType = 7,
    /// `string`.
    ContentEncoding = 8,
    /// `timestamp`: when it was made, milliseconds since 1970.
    Timestamp = 9,
    /// `timestamp`: when it expires, milliseconds since 1970.
    Expiration = 10,
    /// `ubyte`: 0 to 9.
    Priority = 11,
    /// `bool`: whether it is to outlive the broker.
    Durable = 12,
    /// `string`: where an answer goes (a node's address, or exchange/key for 0-10).
    ReplyTo = 13,
    /// `string`: 0-9-1's `type`.
    Type = 14,
    /// `string`: 1.0's subject, 0-10's `qpid.subject`.
    Subject = 15,
    /// `string` or `binary`.
    AppId = 16,
    /// `string`: 1.0's group-id.
    GroupId = 17,
    /// `ulong`: time to live in milliseconds as it was published.
    TimeToLive = 18,
    /// `string`: the protocol it came in, `0-10`, `0-9-1` or `1.0`.
    Protocol = 19,
}

impl Property {
    /// Every property, in the order of its number.
    pub const ALL: [Property; 19] = [
        Property::Exchange,
        Property::VirtualHost,
        Property::Publisher,
        Property::MessageId,
        Property::CorrelationId,
        Property::UserId,
        Property::ContentType,
        Property::ContentEncoding,
        Property::Timestamp,
        Property::Expiration,
        Property::Priority,
        Property::Durable,
        Property::ReplyTo,
        Property::Type,
        Property::Subject,
        Property::AppId,
        Property::GroupId,
        Property::TimeToLive,
        Property::Protocol,
    ];

    /// The property of this number, if this version knows it.
    pub fn from_number(number: u32) -> Option<Self> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        Self::ALL.get(index).copied()
    }

    /// Its number on the ABI.
    pub fn number(self) -> u32 {
        self as u32
    }
}

/// A message, read on demand, borrowed for the call.
pub trait MessageView {
    /// The routing key; empty where there was none.
    fn routing_key(&self) -> &str;

    /// One of the properties that every protocol can say.
    fn property(&self, id: Property) -> Option<ValueRef<'_>>;

    /// An application header by its exact name.
    fn header(&self, name: &str) -> Option<ValueRef<'_>>;

    /// Every application header once, in the order of the message.
    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>));

    /// The body's length in bytes.
    fn body_len(&self) -> u64;

    /// The longest run of body bytes in one piece that begins at `offset`; empty at the end.
    fn body_chunk(&self, offset: u64) -> &[u8];

    /// The whole body: borrowed where it is in one piece, copied together where it is not.
    fn body(&self) -> std::borrow::Cow<'_, [u8]> {
        let first = self.body_chunk(0);
        if first.len() as u64 == self.body_len() {
            return std::borrow::Cow::Borrowed(first);
        }
        let mut whole = Vec::with_capacity(usize::try_from(self.body_len()).unwrap_or(0));
        loop {
            let chunk = self.body_chunk(whole.len() as u64);
            if chunk.is_empty() {
                return std::borrow::Cow::Owned(whole);
            }
            whole.extend_from_slice(chunk);
        }
    }
}
