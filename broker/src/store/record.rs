//! A message as a store keeps it: what it is made from but its body, as a map in AMQP 1.0's
//! encoding (part 1, types). The body stands beside it.
//!
//! | key | value |
//! |---|---|
//! | `f` | ubyte: the header's encoding, 1: AMQP 0-9-1, 2: 0-10, 3: 1.0 |
//! | `x` | string: the exchange it was published to |
//! | `k` | string: the routing key |
//! | `p` | string: who published it |
//! | `h` | binary: the header |
//! | `y` | ubyte: the priority |
//! | `b` | boolean: whether it has a body, be it an empty one |
//! | `i` | ulong: when it came in, in milliseconds since 1970 |
//! | `e` | ulong: when it expires, likewise; absent: never |

use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use philter_model::message::{Format, Message, NewMessage};
use philter_plugin_api::{MapRef, ValueRef};

mod code {
    pub(super) const MAP_32: u8 = 0xd1;
    pub(super) const STRING_8: u8 = 0xa1;
    pub(super) const STRING_32: u8 = 0xb1;
    pub(super) const BINARY_32: u8 = 0xb0;
    pub(super) const UBYTE: u8 = 0x50;
    pub(super) const ULONG: u8 = 0x80;
    pub(super) const TRUE: u8 = 0x41;
    pub(super) const FALSE: u8 = 0x42;
}

/// Appends the record of a message that came in at `entered_ms`.
pub(super) fn encode(message: &Message, entered_ms: u64, out: &mut Vec<u8>) {
    let format = match message.format() {
        Format::V0_9_1 => 1,
        Format::V0_10 => 2,
        Format::V1_0 => 3,
    };
    let begin = out.len();
    // Size and count are known at the end.
    out.extend([code::MAP_32, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut pairs = 8;
    pair(out, b'f', code::UBYTE, &[format]);
    text(out, b'x', message.exchange());
    text(out, b'k', message.routing_key());
    text(out, b'p', message.publisher());
    sized(out, b'h', code::BINARY_32, message.header());
    pair(out, b'y', code::UBYTE, &[message.priority()]);
    pair(out, b'b', if message.has_body() { code::TRUE } else { code::FALSE }, &[]);
    pair(out, b'i', code::ULONG, &entered_ms.to_be_bytes());
    if let Some(expires_at_ms) = message.expires_at_ms() {
        pair(out, b'e', code::ULONG, &expires_at_ms.to_be_bytes());
        pairs += 1;
    }
    // The size counts the count, and not itself.
    let size = u32::try_from(out.len() - begin - 5).unwrap_or(u32::MAX);
    let head = size.to_be_bytes().into_iter().chain(u32::to_be_bytes(2 * pairs));
    let room = out.get_mut(begin + 1..begin + 9).unwrap_or(&mut []);
    room.iter_mut().zip(head).for_each(|(into, byte)| *into = byte);
}

fn pair(out: &mut Vec<u8>, key: u8, code: u8, data: &[u8]) {
    out.extend([code::STRING_8, 1, key, code]);
    out.extend_from_slice(data);
}

fn text(out: &mut Vec<u8>, key: u8, value: &str) {
    match u8::try_from(value.len()) {
        Ok(length) => {
            pair(out, key, code::STRING_8, &[length]);
            out.extend_from_slice(value.as_bytes());
        }
        Err(_) => sized(out, key, code::STRING_32, value.as_bytes()),
    }
}

fn sized(out: &mut Vec<u8>, key: u8, code: u8, bytes: &[u8]) {
    pair(out, key, code, &u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Makes messages of records; names that many of them have are kept once.
#[derive(Default)]
pub(super) struct Reader {
    names: HashMap<Box<str>, Arc<str>>,
}

/// Names that are shared; exchanges and users are few.
const NAMES_MAX: usize = 10_000;

/// A message of a store.
pub(super) struct Stored {
    pub(super) message: Message,
    pub(super) entered_ms: u64,
}

impl Reader {
    /// The message of a record and a body; none where it is no record of this broker's.
    pub(super) fn decode(&mut self, record: &[u8], body: Vec<u8>) -> Option<Stored> {
        let map = MapRef::parse(record).ok()?;
        let mut new = NewMessage {
            format: Format::V0_10,
            exchange: Arc::default(),
            routing_key: "",
            publisher: Arc::default(),
            header: &[],
            body: &[],
            is_durable: true,
            priority: 0,
            expires_at_ms: None,
        };
        let (mut format, mut entered_ms, mut has_body) = (None, None, true);
        for (key, value) in map.iter() {
            match (key, value) {
                ("f", ValueRef::Ubyte(number)) => format = format_of(number),
                ("x", ValueRef::String(exchange)) => new.exchange = self.share(exchange),
                ("k", ValueRef::String(key)) => new.routing_key = key,
                ("p", ValueRef::String(publisher)) => new.publisher = self.share(publisher),
                ("h", ValueRef::Binary(header)) => new.header = header,
                ("y", ValueRef::Ubyte(priority)) => new.priority = priority,
                ("b", ValueRef::Bool(is_there)) => has_body = is_there,
                ("i", ValueRef::Ulong(at_ms)) => entered_ms = Some(at_ms),
                ("e", ValueRef::Ulong(at_ms)) => new.expires_at_ms = Some(at_ms),
                _ => {}
            }
        }
        new.format = format?;
        let body = [Bytes::from(body)];
        new.body = if has_body { &body } else { &[] };
        Some(Stored { message: Message::new(&new), entered_ms: entered_ms? })
    }

    fn share(&mut self, name: &str) -> Arc<str> {
        if let Some(shared) = self.names.get(name) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = name.into();
        if self.names.len() < NAMES_MAX {
            self.names.insert(name.into(), Arc::clone(&shared));
        }
        shared
    }
}

fn format_of(number: u8) -> Option<Format> {
    match number {
        1 => Some(Format::V0_9_1),
        2 => Some(Format::V0_10),
        3 => Some(Format::V1_0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_record_gives_its_message_back(
            names in prop::array::uniform3("\\PC{0,300}"),
            header in prop::collection::vec(any::<u8>(), 0..400),
            body in prop::option::of(prop::collection::vec(any::<u8>(), 0..9_000)),
            (priority, expires_at_ms, entered_ms) in
                (0u8..10, prop::option::of(0..u64::MAX), any::<u64>()),
        ) {
            let [exchange, routing_key, publisher] = &names;
            let chunks: Vec<Bytes> = body.iter().cloned().map(Bytes::from).collect();
            let message = Message::new(&NewMessage {
                format: Format::V0_9_1,
                exchange: exchange.as_str().into(),
                routing_key,
                publisher: publisher.as_str().into(),
                header: &header,
                body: &chunks,
                is_durable: true,
                priority,
                expires_at_ms,
            });
            let mut record = Vec::new();
            encode(&message, entered_ms, &mut record);
            let read = Reader::default().decode(&record, body.clone().unwrap_or_default());
            let Stored { message: read, entered_ms: read_ms } = read.unwrap();
            prop_assert_eq!(read.format(), Format::V0_9_1);
            prop_assert_eq!(read.exchange(), message.exchange());
            prop_assert_eq!(read.routing_key(), routing_key.as_str());
            prop_assert_eq!(read.publisher(), message.publisher());
            prop_assert_eq!(read.header(), &header[..]);
            prop_assert_eq!(read.body().iter().collect::<Vec<_>>().concat(), body.unwrap_or_default());
            prop_assert_eq!(read.has_body(), message.has_body());
            prop_assert_eq!((read.priority(), read.expires_at_ms()), (priority, expires_at_ms));
            prop_assert_eq!(read_ms, entered_ms);
            prop_assert!(read.is_durable());
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        let mut reader = Reader::default();
        for bytes in [&b""[..], b"\xc1\x01\x00", b"\x40", b"rubbish"] {
            assert!(reader.decode(bytes, Vec::new()).is_none(), "{bytes:?}");
        }
    }
}
