//! A message: the bytes it came in, and what routing and queueing need to know of it.
//!
//! Invariants:
//! - it never changes once made, and is shared by every queue that holds it;
//! - the header is kept as it came, in the encoding that [`Format`] names; nobody here reads it;
//! - routing key, header and a small body share one allocation of their exact size;
//! - a paged message has its body in a store, and knows where: whoever needs the body reads it
//!   there and takes [`Message::with_body`].
//!
//! What a queued message costs beyond its body, in bytes: 112 for this struct behind its `Arc`, 16
//! for the allocation of key, header and body, 17 for its place in the queue, together 145 and its
//! key and header as they are (about 40 in 0-10).

use std::sync::Arc;

use bytes::Bytes;

use crate::limits::BODY_COPY_BYTES_MAX;
use crate::memory;

/// The protocol whose encoding a message's header is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the protocols'")]
pub enum Format {
    V0_9_1,
    V0_10,
    V1_0,
}

/// What a message is made from.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    /// The header's encoding.
    pub format: Format,
    /// The exchange it was published to.
    pub exchange: Arc<str>,
    /// The routing key; empty where there is none.
    pub routing_key: &'a str,
    /// Who published it.
    pub publisher: Arc<str>,
    /// The header in its encoding.
    pub header: &'a [u8],
    /// The body in pieces.
    pub body: &'a [Bytes],
    /// It is to outlive the broker.
    pub is_durable: bool,
    /// 0 to 9.
    pub priority: u8,
    /// When it expires, on the broker's clock.
    pub expires_at_ms: Option<u64>,
}

/// A message, shared as `Arc<Message>`.
#[derive(Debug)]
pub struct Message {
    /// Routing key, header, and the body if it is small.
    storage: Box<[u8]>,
    /// A large body, by reference; empty where it is in `storage`.
    large: Box<[Bytes]>,
    exchange: Arc<str>,
    publisher: Arc<str>,
    /// `u64::MAX`: never.
    expires_at_ms: u64,
    header_at: u32,
    body_at: u32,
    connection: u32,
    format: Format,
    is_durable: bool,
    body_is: BodyIs,
    priority: u8,
}

/// Whether a message has a body, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyIs {
    None,
    Here,
    /// Behind the header stands a [`Place`].
    InStore,
}

/// Where a store has the body of a paged message: under an entry of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The queue's number in the store.
    pub queue: u64,
    /// The entry.
    pub entry: u64,
    /// The body's length in bytes.
    pub body_bytes: u64,
}

impl Place {
    const BYTES: usize = 24;

    fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let all = [self.queue, self.entry, self.body_bytes].map(u64::to_le_bytes);
        bytes.iter_mut().zip(all.as_flattened()).for_each(|(into, byte)| *into = *byte);
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let [queue, entry, body_bytes] = bytes.as_chunks().0 else { return None };
        let [queue, entry, body_bytes] =
            [queue, entry, body_bytes].map(|it| u64::from_le_bytes(*it));
        Some(Self { queue, entry, body_bytes })
    }
}

impl Message {
    /// Takes over a message: copies its header and a small body, keeps a large body by reference.
    pub fn new(new: &NewMessage<'_>) -> Self {
        let body_bytes: usize = new.body.iter().map(Bytes::len).sum();
        let has_body = !new.body.is_empty();
        if body_bytes > BODY_COPY_BYTES_MAX {
            return Self::made(new, &[], keep(new.body), has_body);
        }
        match new.body {
            [] => Self::made(new, &[], Box::default(), has_body),
            [whole] => Self::made(new, whole, Box::default(), has_body),
            pieces => Self::made(new, &pieces.concat(), Box::default(), has_body),
        }
    }

    /// Takes over a message with this body, whatever `new` says of one: copies all of it. For
    /// bodies of at most [`BODY_COPY_BYTES_MAX`].
    pub fn copied(new: &NewMessage<'_>, body: &[u8]) -> Self {
        Self::made(new, body, Box::default(), true)
    }

    fn made(new: &NewMessage<'_>, small: &[u8], large: Box<[Bytes]>, has_body: bool) -> Self {
        let (key, header) = (new.routing_key.as_bytes(), new.header);
        let body_at = key.len() + header.len();
        let mut storage = Vec::with_capacity(body_at + small.len());
        storage.extend_from_slice(key);
        storage.extend_from_slice(header);
        storage.extend_from_slice(small);
        let message = Self {
            storage: storage.into_boxed_slice(),
            large,
            exchange: Arc::clone(&new.exchange),
            publisher: Arc::clone(&new.publisher),
            expires_at_ms: new.expires_at_ms.unwrap_or(u64::MAX),
            header_at: u32::try_from(key.len()).unwrap_or(u32::MAX),
            body_at: u32::try_from(body_at).unwrap_or(u32::MAX),
            connection: 0,
            format: new.format,
            is_durable: new.is_durable,
            body_is: if has_body { BodyIs::Here } else { BodyIs::None },
            priority: new.priority,
        };
        memory::made(message.memory_bytes());
        message
    }

    /// Says which connection it was published over; 0, as it is otherwise: the broker's own.
    #[must_use]
    pub fn over(mut self, connection: u32) -> Self {
        self.connection = connection;
        self
    }

    /// The number of the connection that it was published over, by which queues with `no-local`
    /// know what is their owner's, wherever it has been since.
    pub fn connection(&self) -> u32 {
        self.connection
    }

    /// The header's encoding.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The exchange it was published to.
    pub fn exchange(&self) -> &Arc<str> {
        &self.exchange
    }

    /// Who published it.
    pub fn publisher(&self) -> &Arc<str> {
        &self.publisher
    }

    /// The routing key.
    pub fn routing_key(&self) -> &str {
        let key = self.storage.get(..self.header_at as usize).unwrap_or(&[]);
        std::str::from_utf8(key).unwrap_or("")
    }

    /// The header in its encoding.
    pub fn header(&self) -> &[u8] {
        self.storage.get(self.header_at as usize..self.body_at as usize).unwrap_or(&[])
    }

    /// The body in pieces.
    ///
    /// Of a paged message it is not here: see [`Message::place`].
    pub fn body(&self) -> BodyChunks<'_> {
        if self.body_is == BodyIs::InStore {
            return BodyChunks { small: &[], large: &[] };
        }
        let small = self.storage.get(self.body_at as usize..).unwrap_or(&[]);
        BodyChunks { small, large: &self.large }
    }

    /// The body's length in bytes.
    pub fn body_bytes(&self) -> usize {
        if let Some(place) = self.place() {
            return usize::try_from(place.body_bytes).unwrap_or(usize::MAX);
        }
        if self.large.is_empty() {
            self.storage.len().saturating_sub(self.body_at as usize)
        } else {
            self.large.iter().map(Bytes::len).sum()
        }
    }

    /// Where its body is, if it is not here.
    pub fn place(&self) -> Option<Place> {
        if self.body_is != BodyIs::InStore {
            return None;
        }
        Place::decode(self.storage.get(self.body_at as usize..)?)
    }

    /// The same message with its body in a store.
    #[must_use]
    pub fn paged(&self, queue: u64, entry: u64) -> Self {
        let place = Place { queue, entry, body_bytes: self.body_bytes() as u64 };
        let head = self.storage.get(..self.body_at as usize).unwrap_or(&[]);
        self.with(&[head, &place.encode()], Box::default(), BodyIs::InStore)
    }

    /// The same message with a body that was read from a store.
    #[must_use]
    pub fn with_body(&self, body: Vec<u8>) -> Self {
        let head = self.storage.get(..self.body_at as usize).unwrap_or(&[]);
        if body.len() > BODY_COPY_BYTES_MAX {
            self.with(&[head], Box::new([Bytes::from(body)]), BodyIs::Here)
        } else {
            self.with(&[head, &body], Box::default(), BodyIs::Here)
        }
    }

    fn with(&self, storage: &[&[u8]], large: Box<[Bytes]>, body_is: BodyIs) -> Self {
        let (exchange, publisher) = (Arc::clone(&self.exchange), Arc::clone(&self.publisher));
        let storage = storage.concat().into_boxed_slice();
        let message = Self { storage, large, exchange, publisher, body_is, ..*self };
        memory::made(message.memory_bytes());
        message
    }

    /// Whether it has a body, be it an empty one: 0-10 tells that apart from none.
    pub fn has_body(&self) -> bool {
        self.body_is != BodyIs::None
    }

    /// Header and body in bytes: what limits and byte credit count.
    pub fn size(&self) -> u64 {
        (self.body_bytes() + self.header().len()) as u64
    }

    /// What it takes in memory, with its place in a queue; see the opening of this file.
    fn memory_bytes(&self) -> usize {
        /// The counters of its `Arc`, its place in a queue, and what the allocator adds twice.
        const AROUND_BYTES: usize = 16 + 17 + 2 * 8;
        let large: usize = self.large.iter().map(|chunk| size_of::<Bytes>() + chunk.len()).sum();
        size_of::<Self>() + AROUND_BYTES + self.storage.len() + large
    }

    /// Whether it is to outlive the broker.
    pub fn is_durable(&self) -> bool {
        self.is_durable
    }

    /// 0 to 9.
    pub fn priority(&self) -> u8 {
        self.priority
    }

    /// When it expires, on the broker's clock.
    pub fn expires_at_ms(&self) -> Option<u64> {
        (self.expires_at_ms != u64::MAX).then_some(self.expires_at_ms)
    }

    /// The same message without a time to live: for a dead letter, which ended in the queue in
    /// which it ended, and must not end again wherever it comes to. The header stays as it came.
    #[must_use]
    pub fn without_expiry(&self) -> Self {
        let mut message = self.with(&[&self.storage], self.large.clone(), self.body_is);
        message.expires_at_ms = u64::MAX;
        message
    }

    /// Whether it has expired.
    pub fn is_expired(&self, now_ms: u64) -> bool {
        self.expires_at_ms <= now_ms
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        memory::dropped(self.memory_bytes());
    }
}

/// Large chunks by reference; runs of those that are much smaller than a network buffer copied
/// together, so that a body that came in crumbs does not cost many times its bytes.
fn keep(body: &[Bytes]) -> Box<[Bytes]> {
    let is_small = |chunk: &Bytes| chunk.len() <= BODY_COPY_BYTES_MAX;
    let runs = body.chunk_by(|one, next| is_small(one) && is_small(next));
    runs.map(|run| match run {
        [one] if !is_small(one) => one.clone(),
        run => Bytes::from(run.concat().into_boxed_slice()),
    })
    .filter(|chunk| !chunk.is_empty())
    .collect()
}

/// A body in pieces: one borrowed slice, or shared chunks.
#[derive(Clone, Copy, Debug)]
pub struct BodyChunks<'a> {
    /// A small body, whole.
    pub small: &'a [u8],
    /// The chunks of a large body.
    pub large: &'a [Bytes],
}

impl<'a> BodyChunks<'a> {
    /// The pieces in order; none is empty.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let small = Some(self.small).filter(|small| !small.is_empty());
        small.into_iter().chain(self.large.iter().map(|chunk| &**chunk))
    }

    /// The longest piece that begins at `offset`; empty at the end.
    pub fn from_offset(&self, offset: u64) -> &'a [u8] {
        let mut offset = usize::try_from(offset).unwrap_or(usize::MAX);
        if self.large.is_empty() {
            return self.small.get(offset..).unwrap_or(&[]);
        }
        for chunk in self.large {
            if let Some(piece) = chunk.get(offset..).filter(|piece| !piece.is_empty()) {
                return piece;
            }
            offset -= chunk.len();
        }
        &[]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message with this body and nothing else.
    pub(crate) fn message(body: &[u8]) -> Message {
        expiring(body, None)
    }

    pub(crate) fn expiring(body: &[u8], expires_at_ms: Option<u64>) -> Message {
        with_priority(body, expires_at_ms, 4)
    }

    pub(crate) fn with_priority(body: &[u8], expires_at_ms: Option<u64>, priority: u8) -> Message {
        Message::new(&NewMessage {
            format: Format::V0_10,
            exchange: "x".into(),
            routing_key: "key",
            publisher: "me".into(),
            header: b"head",
            body: &[Bytes::copy_from_slice(body)],
            is_durable: false,
            priority,
            expires_at_ms,
        })
    }

    /// A million queued messages may cost 250 MB beyond their bodies; see the opening of this file.
    #[test]
    fn the_struct_stays_small() {
        assert!(size_of::<Message>() <= 88, "{}", size_of::<Message>());
    }

    proptest! {
        #[test]
        fn a_body_is_the_same_however_it_came_in_pieces(
            chunks in prop::collection::vec(
                prop_oneof![Just(0usize), 1..20usize, 4_000..4_200usize, Just(9_000usize)], 0..12),
            offset in 0usize..40_000,
        ) {
            let chunks: Vec<Bytes> = chunks
                .iter()
                .enumerate()
                .map(|(index, length)| Bytes::from(vec![u8::try_from(index).unwrap(); *length]))
                .collect();
            let whole = chunks.concat();
            let message = Message::new(&NewMessage { body: &chunks, ..new() });
            prop_assert_eq!(message.body_bytes(), whole.len());
            prop_assert_eq!(message.body().iter().collect::<Vec<_>>().concat(), whole.clone());
            let piece = message.body().from_offset(offset as u64);
            prop_assert!(whole.get(offset..).unwrap_or(&[]).starts_with(piece));
            prop_assert_eq!(piece.is_empty(), offset >= whole.len());
            let copy = message.without_expiry();
            prop_assert_eq!(copy.body().iter().collect::<Vec<_>>().concat(), whole);
        }
    }

    #[test]
    fn a_large_body_in_crumbs_is_copied_together() {
        let crumbs = vec![Bytes::from_static(b"x"); 2 * BODY_COPY_BYTES_MAX];
        let message = Message::new(&NewMessage { body: &crumbs, ..new() });
        assert_eq!(message.body().large.len(), 1);
    }

    #[test]
    fn a_paged_message_is_the_same_without_its_body_until_that_is_read() {
        for bytes in [0, 3, BODY_COPY_BYTES_MAX + 1] {
            let whole = expiring(&vec![7; bytes], Some(5));
            let paged = whole.paged(1, 2);
            let place = Place { queue: 1, entry: 2, body_bytes: bytes as u64 };
            assert_eq!((whole.place(), paged.place()), (None, Some(place)));
            assert_eq!((paged.size(), paged.expires_at_ms()), (whole.size(), Some(5)));
            assert_eq!((paged.routing_key(), paged.header()), ("key", &b"head"[..]));
            assert_eq!(
                (paged.body().iter().count(), paged.without_expiry().place()),
                (0, Some(place))
            );
            let read = paged.with_body(vec![7; bytes]);
            assert_eq!(read.place(), None);
            assert_eq!(read.body().iter().collect::<Vec<_>>().concat(), vec![7; bytes]);
        }
    }

    #[test]
    fn without_expiry_all_else_is_the_same() {
        let message = expiring(b"body", Some(5));
        assert!(message.is_expired(5) && !message.is_expired(4));
        let lasting = message.without_expiry();
        assert_eq!(lasting.expires_at_ms(), None);
        assert_eq!((lasting.routing_key(), lasting.header()), ("key", &b"head"[..]));
    }

    #[test]
    fn a_small_body_shares_the_storage_and_a_large_one_is_kept_by_reference() {
        let small = message(b"body");
        assert_eq!(small.routing_key(), "key");
        assert_eq!(small.header(), b"head");
        assert_eq!(small.body().from_offset(1), b"ody");
        assert_eq!(small.size(), 8);

        let chunk = Bytes::from(vec![1u8; BODY_COPY_BYTES_MAX + 1]);
        let tail = Bytes::from_static(b"tail");
        let large = Message::new(&NewMessage { body: &[chunk.clone(), tail], ..new() });
        assert_eq!(large.body().large[0].as_ptr(), chunk.as_ptr());
        assert_eq!(large.body().from_offset(chunk.len() as u64 + 1), b"ail");
        assert_eq!(large.body().from_offset(chunk.len() as u64 + 4), b"");
        assert_eq!(large.body_bytes(), chunk.len() + 4);
    }

    fn new() -> NewMessage<'static> {
        NewMessage {
            format: Format::V0_10,
            exchange: "x".into(),
            routing_key: "",
            publisher: "me".into(),
            header: b"",
            body: &[],
            is_durable: false,
            priority: 4,
            expires_at_ms: None,
        }
    }
}
