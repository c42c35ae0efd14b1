//! A prepared branch of a distributed transaction as a store keeps it: one value with all of its
//! work, so that it is there as a whole or not at all.
//!
//! The value is a byte 1, the branch's timeout in seconds as four bytes, and then what it did, each
//! piece a byte that says what it is, its length in four bytes, and that many bytes. Numbers have
//! their highest byte first.
//!
//! | byte | piece |
//! |---|---|
//! | 1 | the name of the exchange to which the messages behind it were published |
//! | 2 | a message but for its body, see `record.rs` |
//! | 3 | the body of the message before it; without one it is empty, or there is none |
//! | 4 | the number of a stored queue and the ids of its entries that were accepted, 8 bytes each |

use std::fmt::Write;
use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::EntryId;

use super::definition::key_in;
use super::record::{self, Reader};
use crate::clock::now_ms;

const VERSION: u8 = 1;

mod piece {
    pub(super) const EXCHANGE: u8 = 1;
    pub(super) const RECORD: u8 = 2;
    pub(super) const BODY: u8 = 3;
    pub(super) const ACCEPTED: u8 = 4;
}

/// The kind of its key.
const KIND: &str = "branch";

/// The key of a branch.
pub(crate) fn branch_key(host: &str, xid: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * xid.len());
    for byte in xid {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    key_in(KIND, host, &hex)
}

/// A branch that was prepared.
#[derive(Clone, Debug)]
pub(crate) struct StoredBranch {
    pub(crate) host: String,
    pub(crate) xid: Vec<u8>,
    pub(crate) timeout_s: u32,
    /// Messages by the name of their exchange, in order.
    pub(crate) published: Vec<(String, Vec<Arc<Message>>)>,
    /// Entries by the number of their queue.
    pub(crate) accepted: Vec<(u64, Vec<EntryId>)>,
}

impl StoredBranch {
    /// Whether a key is a branch's.
    pub(super) fn is_key(key: &str) -> bool {
        key.split_once('/').is_some_and(|(kind, _)| kind == KIND)
    }

    /// What a key and its value say; none where they are no branch of this broker's.
    pub(super) fn decode(key: &str, value: &[u8], reader: &mut Reader) -> Option<Self> {
        let (_, rest) = key.split_once('/')?;
        let (length, rest) = rest.split_once('/')?;
        let (host, rest) = rest.split_at_checked(length.parse().ok()?)?;
        let xid = unhex(rest.strip_prefix('/')?)?;
        let (head, mut pieces) = value.split_at_checked(5)?;
        let (version, timeout_s) = head.split_first()?;
        if *version != VERSION {
            return None;
        }
        let timeout_s = u32::from_be_bytes(timeout_s.try_into().ok()?);
        let host = host.to_owned();
        let mut branch = Self { host, xid, timeout_s, published: vec![], accepted: vec![] };
        while let Some((kind, bytes)) = next_piece(&mut pieces)? {
            match kind {
                piece::EXCHANGE => {
                    let name = std::str::from_utf8(bytes).ok()?.to_owned();
                    branch.published.push((name, Vec::new()));
                }
                piece::RECORD => {
                    let body = next_body(&mut pieces)?;
                    let message = Arc::new(reader.decode(bytes, body.into())?.message);
                    branch.published.last_mut()?.1.push(message);
                }
                piece::ACCEPTED => branch.accepted.push(entries(bytes)?),
                _ => return None,
            }
        }
        Some(branch)
    }
}

/// The next piece; none within where it was the last, none where it is cut off.
fn next_piece<'a>(rest: &mut &'a [u8]) -> Option<Option<(u8, &'a [u8])>> {
    let Some((kind, behind)) = rest.split_first() else { return Some(None) };
    let (length, behind) = behind.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (bytes, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(Some((*kind, bytes)))
}

fn next_body(rest: &mut &[u8]) -> Option<Vec<u8>> {
    if rest.first() != Some(&piece::BODY) {
        return Some(Vec::new());
    }
    next_piece(rest)?.map(|(_, body)| body.to_vec())
}

fn entries(bytes: &[u8]) -> Option<(u64, Vec<EntryId>)> {
    let (numbers, []) = bytes.as_chunks() else { return None };
    let (queue, ids) = numbers.split_first()?;
    let ids = ids.iter().map(|id| EntryId(u64::from_be_bytes(*id))).collect();
    Some((u64::from_be_bytes(*queue), ids))
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?)).collect()
}

/// Writes the value of a branch.
pub(crate) struct BranchWriter {
    value: Vec<u8>,
}

impl BranchWriter {
    /// One that did nothing yet.
    pub(crate) fn new(timeout_s: u32) -> Self {
        let mut value = vec![VERSION];
        value.extend(timeout_s.to_be_bytes());
        Self { value }
    }

    /// It published these messages to an exchange.
    pub(crate) fn published(&mut self, exchange: &str, messages: &[Arc<Message>]) {
        self.piece(piece::EXCHANGE, |value| value.extend_from_slice(exchange.as_bytes()));
        let now_ms = now_ms();
        for message in messages {
            self.piece(piece::RECORD, |value| record::encode(message, now_ms, None, value));
            if message.body_bytes() > 0 {
                let body = |value: &mut Vec<u8>| {
                    message.body().iter().for_each(|chunk| value.extend_from_slice(chunk));
                };
                self.piece(piece::BODY, body);
            }
        }
    }

    /// It accepted these entries of a stored queue.
    pub(crate) fn accepted(&mut self, queue: u64, ids: &[EntryId]) {
        self.piece(piece::ACCEPTED, |value| {
            value.extend(queue.to_be_bytes());
            ids.iter().for_each(|id| value.extend(id.0.to_be_bytes()));
        });
    }

    /// The value.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.value
    }

    fn piece(&mut self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
        let value = &mut self.value;
        value.extend([kind, 0, 0, 0, 0]);
        let begin = value.len();
        write(value);
        let length = u32::try_from(value.len() - begin).unwrap_or(u32::MAX).to_be_bytes();
        let room = value.get_mut(begin - 4..begin).unwrap_or(&mut []);
        room.iter_mut().zip(length).for_each(|(into, byte)| *into = byte);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use philter_model::message::{Format, NewMessage};
    use proptest::prelude::*;

    use super::*;

    fn message(body: Option<&[u8]>) -> Arc<Message> {
        let body: Vec<Bytes> = body.into_iter().map(Bytes::copy_from_slice).collect();
        Arc::new(Message::new(&NewMessage {
            format: Format::V0_10,
            exchange: "x".into(),
            routing_key: "k",
            publisher: "somebody".into(),
            header: b"header",
            body: &body,
            is_durable: body.len() % 2 == 1,
            priority: 4,
            expires_at_ms: Some(5),
        }))
    }

    fn bodies(messages: &[Arc<Message>]) -> Vec<Option<Vec<u8>>> {
        let body = |one: &Message| one.body().iter().collect::<Vec<_>>().concat();
        messages.iter().map(|one| one.has_body().then(|| body(one))).collect()
    }

    proptest! {
        #[test]
        fn a_branch_gives_back_what_it_did(
            host in "\\PC{1,20}",
            xid in prop::collection::vec(any::<u8>(), 0..130),
            timeout_s in any::<u32>(),
            published in prop::collection::vec(
                ("\\PC{0,20}", prop::collection::vec(
                    prop::option::of(prop::collection::vec(any::<u8>(), 0..300)), 0..4)), 0..4),
            accepted in prop::collection::vec(
                (any::<u64>(), prop::collection::vec(any::<u64>(), 0..9)), 0..4),
        ) {
            let mut writer = BranchWriter::new(timeout_s);
            for (exchange, bodies) in &published {
                let messages: Vec<_> = bodies.iter().map(|it| message(it.as_deref())).collect();
                writer.published(exchange, &messages);
            }
            let ids = |ids: &[u64]| ids.iter().map(|id| EntryId(*id)).collect::<Vec<_>>();
            accepted.iter().for_each(|(queue, of)| writer.accepted(*queue, &ids(of)));
            let (key, value) = (branch_key(&host, &xid), writer.finish());
            prop_assert!(StoredBranch::is_key(&key));
            let mut reader = Reader::default();
            let read = StoredBranch::decode(&key, &value, &mut reader).unwrap();
            prop_assert_eq!((&read.host, &read.xid, read.timeout_s), (&host, &xid, timeout_s));
            let there = read.published.iter().map(|(to, all)| (to.clone(), bodies(all)));
            prop_assert_eq!(there.collect::<Vec<_>>(), published);
            for message in read.published.iter().flat_map(|(_, all)| all) {
                prop_assert_eq!(message.is_durable(), message.has_body());
            }
            let all: Vec<_> = accepted.iter().map(|(queue, of)| (*queue, ids(of))).collect();
            prop_assert_eq!(read.accepted, all);
            // What is cut off within a piece, or goes on, is none.
            for value in [&value[..value.len() - 1], &[&value[..], &[9]].concat()] {
                let read = StoredBranch::decode(&key, value, &mut reader);
                prop_assert!(read.is_none());
            }
        }
    }
}
