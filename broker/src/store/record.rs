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
//! | `t` | boolean true: it is not durable, and is here as a branch's; absent otherwise |
//! | `u` | ulong: when it is due, likewise, if it waits in an exchange; absent otherwise |
//! | `c` | list of strings: routing keys that such a one has beside its own; absent: none |

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use philter_model::limits::BODY_COPY_BYTES_MAX;
use philter_model::message::{Format, Message, NewMessage};
use philter_plugin_api::{MapRef, Value, ValueRef};

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

/// What is stored beside a message that waits in an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Later {
    /// When it is due.
    pub(crate) due_ms: u64,
    /// Its further routing keys.
    pub(crate) further_keys: Vec<String>,
}

thread_local! {
    static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes of room that a thread keeps: the records of a thousand messages.
const ROOM_BYTES_KEPT: usize = 256 * 1024;

/// Room for records: the thread's, until it is dropped.
pub(super) struct Room(Vec<u8>);

impl Room {
    /// Empty.
    pub(super) fn take() -> Self {
        Self(ROOM.take())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.0.capacity() <= ROOM_BYTES_KEPT {
            self.0.clear();
            ROOM.set(std::mem::take(&mut self.0));
        }
    }
}

impl Deref for Room {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Room {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

/// Appends the record of a message that came in at `entered_ms`.
pub(super) fn encode(message: &Message, entered_ms: u64, later: Option<&Later>, out: &mut Vec<u8>) {
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
    if !message.is_durable() {
        pair(out, b't', code::TRUE, &[]);
        pairs += 1;
    }
    if let Some(Later { due_ms, further_keys }) = later {
        pair(out, b'u', code::ULONG, &due_ms.to_be_bytes());
        pairs += 1;
        if !further_keys.is_empty() {
            let keys = further_keys.iter().cloned().map(Value::String).collect();
            out.extend([code::STRING_8, 1, b'c']);
            out.extend(Value::List(keys).encode());
            pairs += 1;
        }
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
    /// It waits in an exchange.
    pub(super) later: Option<Box<Later>>,
}

impl Reader {
    /// The message of a record and a body; none where it is no record of this broker's.
    pub(super) fn decode(&mut self, record: &[u8], body: Cow<'_, [u8]>) -> Option<Stored> {
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
        let (mut due_ms, mut further_keys) = (None, Vec::new());
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
                ("t", ValueRef::Bool(is_transient)) => new.is_durable = !is_transient,
                ("u", ValueRef::Ulong(at_ms)) => due_ms = Some(at_ms),
                ("c", keys) => further_keys = texts(keys)?,
                _ => {}
            }
        }
        new.format = format?;
        let message = match has_body {
            true if body.len() <= BODY_COPY_BYTES_MAX => Message::copied(&new, &body),
            true => Message::new(&NewMessage { body: &[Bytes::from(body.into_owned())], ..new }),
            false => Message::new(&new),
        };
        let later = due_ms.map(|due_ms| Box::new(Later { due_ms, further_keys }));
        Some(Stored { message, entered_ms: entered_ms?, later })
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

fn texts(list: ValueRef<'_>) -> Option<Vec<String>> {
    let Value::List(texts) = list.to_value().ok()? else { return None };
    let text = |text| match text {
        Value::String(text) => Some(text),
        _ => None,
    };
    texts.into_iter().map(text).collect()
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

    fn later() -> impl Strategy<Value = Later> {
        let keys = prop::collection::vec("\\PC{0,300}", 0..4);
        (any::<u64>(), keys).prop_map(|(due_ms, further_keys)| Later { due_ms, further_keys })
    }

    proptest! {
        #[test]
        fn a_record_gives_its_message_back(
            names in prop::array::uniform3("\\PC{0,300}"),
            header in prop::collection::vec(any::<u8>(), 0..400),
            body in prop::option::of(prop::collection::vec(any::<u8>(), 0..9_000)),
            (priority, expires_at_ms, entered_ms, is_durable) in
                (0u8..10, prop::option::of(0..u64::MAX), any::<u64>(), any::<bool>()),
            later in prop::option::of(later()),
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
                is_durable,
                priority,
                expires_at_ms,
            });
            let mut record = Vec::new();
            encode(&message, entered_ms, later.as_ref(), &mut record);
            let given = Cow::Owned(body.clone().unwrap_or_default());
            let read = Reader::default().decode(&record, given);
            let Stored { message: read, entered_ms: read_ms, later: read_later } = read.unwrap();
            prop_assert_eq!(read.format(), Format::V0_9_1);
            prop_assert_eq!(read.exchange(), message.exchange());
            prop_assert_eq!(read.routing_key(), routing_key.as_str());
            prop_assert_eq!(read.publisher(), message.publisher());
            prop_assert_eq!(read.header(), &header[..]);
            let read_body = read.body().iter().collect::<Vec<_>>().concat();
            prop_assert_eq!(read_body, body.unwrap_or_default());
            prop_assert_eq!(read.has_body(), message.has_body());
            prop_assert_eq!((read.priority(), read.expires_at_ms()), (priority, expires_at_ms));
            prop_assert_eq!(read_ms, entered_ms);
            prop_assert_eq!(read.is_durable(), is_durable);
            prop_assert_eq!(read_later.as_deref(), later.as_ref());
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        let mut reader = Reader::default();
        for bytes in [&b""[..], b"\xc1\x01\x00", b"\x40", b"rubbish"] {
            assert!(reader.decode(bytes, Cow::Borrowed(&[])).is_none(), "{bytes:?}");
        }
    }
}
