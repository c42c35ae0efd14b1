//! What stands where in the map: keys, which are ordered, and values.
//!
//! | key, integers with their highest byte first | value, integers little-endian |
//! |---|---|
//! | `h` shard | [`Head`] of the shard |
//! | `r` shard position | [`Kept`]: a put, a key or a mark |
//! | `b` shard position | the body of a put, where it is longer than [`INLINE_BYTES_MAX`] |
//! | `l` shard position | [`Live`] of a put with several entries |
//! | `e` shard queue id | [`Entry`] |
//! | `k` shard, a key of the shard's or its stand-in | [`KeyPlace`] |
//! | `s`, a key of the store's or its stand-in | [`StoreKey`] |
//! | `t` | [`Totals`] |
//!
//! Invariants: every entry belongs to a put that is there; every put has an entry; a mark belongs
//! to an entry, a key of a shard to its place.

use crate::error::{Error, Result};
use crate::flat::{Cursor, Malformed};
use crate::store::{QueueRecord, Shard};

/// Bytes of a body that stands with its put. What is longer stands apart, so that records without
/// bodies are read quickly.
pub(super) const INLINE_BYTES_MAX: usize = 1024;

/// In the place of a position: none.
const NONE: u64 = u64::MAX;

/// Key of the shard's head.
pub(super) fn head(shard: Shard) -> Vec<u8> {
    of_shard(b'h', shard)
}

/// Key of a record.
pub(super) fn record(shard: Shard, position: u64) -> Vec<u8> {
    numbered(b'r', shard, position)
}

/// Key of a body that stands apart.
pub(super) fn body(shard: Shard, position: u64) -> Vec<u8> {
    numbered(b'b', shard, position)
}

/// Key of what is left of a put with several entries.
pub(super) fn live(shard: Shard, position: u64) -> Vec<u8> {
    numbered(b'l', shard, position)
}

/// Key of an entry.
pub(super) fn entry(shard: Shard, record: QueueRecord) -> Vec<u8> {
    let mut key = numbered(b'e', shard, record.queue);
    key.extend(record.id.to_be_bytes());
    key
}

/// Key of a shard's key's place.
pub(super) fn shard_key(shard: Shard, name: &[u8]) -> Vec<u8> {
    let mut key = of_shard(b'k', shard);
    key.extend(name);
    key
}

/// Key of a store's key.
pub(super) fn store_key(name: &[u8]) -> Vec<u8> {
    [b"s", name].concat()
}

/// Behind all keys of the store's.
pub(super) const STORE_KEYS_END: &[u8] = b"t";

/// Key of the totals.
pub(super) const TOTALS: &[u8] = b"t";

fn of_shard(tag: u8, shard: Shard) -> Vec<u8> {
    let mut key = Vec::with_capacity(32);
    key.push(tag);
    key.extend(shard.0.to_be_bytes());
    key
}

fn numbered(tag: u8, shard: Shard, number: u64) -> Vec<u8> {
    let mut key = of_shard(tag, shard);
    key.extend(number.to_be_bytes());
    key
}

/// The number at the end of a key.
pub(super) fn last_number(key: &[u8]) -> Result<u64> {
    let (_, number) = key.split_last_chunk().ok_or_else(|| strange("a key without its number"))?;
    Ok(u64::from_be_bytes(*number))
}

/// What is in the map is not what a store left there.
pub(super) fn strange(what: &str) -> Error {
    Error::internal(format!("the map has {what}: it was changed by somebody else, or is damaged"))
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        strange(&format!("a value that is none ({malformed})"))
    }
}

/// A shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The epoch that may append.
    pub(super) epoch: u64,
    /// The position of the next record.
    pub(super) next: u64,
    pub(super) messages: u64,
    pub(super) entries: u64,
    /// What its records cost.
    pub(super) bytes: u64,
    /// Who took it last.
    pub(super) node: String,
}

impl Head {
    pub(super) fn decode(value: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(value);
        let [epoch, next, messages, entries, bytes] =
            [cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?];
        let node = String::from_utf8_lossy(cursor.rest()).into_owned();
        Ok(Self { epoch, next, messages, entries, bytes, node })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let Self { epoch, next, messages, entries, bytes, node } = self;
        let mut value = numbers([*epoch, *next, *messages, *entries, *bytes]);
        value.extend(node.as_bytes());
        value
    }
}

/// What is counted over all shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// What all records and keys cost.
    pub(super) bytes: u64,
    /// The last revision that a key of the store's got.
    pub(super) revision: u64,
    /// How many keys the store has.
    pub(super) keys: u64,
}

impl Totals {
    pub(super) fn decode(value: Option<&[u8]>) -> Result<Self> {
        let Some(value) = value else { return Ok(Self::default()) };
        let mut cursor = Cursor::new(value);
        Ok(Self { bytes: cursor.u64()?, revision: cursor.u64()?, keys: cursor.u64()? })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        numbers([self.bytes, self.revision, self.keys])
    }
}

/// An entry of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its message's number.
    pub(super) message: u64,
    /// The position of its put.
    pub(super) put: u64,
    /// The position of its last mark.
    pub(super) mark: Option<u64>,
    /// What the put costs, where this is its one entry.
    pub(super) cost: u64,
    /// Whether the put has this one entry, and never had another.
    pub(super) is_sole: bool,
    /// Whether the body stands apart.
    pub(super) is_apart: bool,
}

impl Entry {
    pub(super) fn decode(value: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(value);
        let [message, put, mark, cost] =
            [cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?];
        let flags = cursor.u32()?;
        let mark = (mark != NONE).then_some(mark);
        Ok(Self { message, put, mark, cost, is_sole: flags & 1 != 0, is_apart: flags & 2 != 0 })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mark = self.mark.unwrap_or(NONE);
        let mut value = numbers([self.message, self.put, mark, self.cost]);
        let flags = u32::from(self.is_sole) | u32::from(self.is_apart) << 1;
        value.extend(flags.to_le_bytes());
        value
    }
}

/// What is left of a put with several entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Live {
    /// Its entries that are not settled.
    pub(super) entries: u64,
    /// What it costs beside them.
    pub(super) cost: u64,
}

impl Live {
    pub(super) fn decode(value: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(value);
        Ok(Self { entries: cursor.u64()?, cost: cursor.u64()? })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        numbers([self.entries, self.cost])
    }
}

/// Where the last value of a shard's key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyPlace {
    pub(super) position: u64,
    pub(super) cost: u64,
}

impl KeyPlace {
    pub(super) fn decode(value: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(value);
        Ok(Self { position: cursor.u64()?, cost: cursor.u64()? })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        numbers([self.position, self.cost])
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept<'a> {
    Put {
        message: u64,
        /// Every entry that it ever had.
        queues: Vec<QueueRecord>,
        header: &'a [u8],
        /// The body, unless it stands apart.
        body: Option<&'a [u8]>,
    },
    Key {
        key: &'a str,
        value: &'a [u8],
    },
    Mark {
        record: QueueRecord,
        delivery_count: u32,
    },
}

const PUT: u32 = 1;
const PUT_APART: u32 = 2;
const KEY: u32 = 3;
const MARK: u32 = 4;

impl<'a> Kept<'a> {
    pub(super) fn decode(value: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::new(value);
        match cursor.u32()? {
            kind @ (PUT | PUT_APART) => {
                let [entries, header] = [cursor.u32()?, cursor.u32()?];
                let message = cursor.u64()?;
                let mut queues = Vec::new();
                for _ in 0..entries {
                    queues.push(QueueRecord { queue: cursor.u64()?, id: cursor.u64()? });
                }
                let header = cursor.counted(header)?;
                let body = (kind == PUT).then(|| cursor.rest());
                Ok(Self::Put { message, queues, header, body })
            }
            KEY => {
                let key = cursor.u32()?;
                Ok(Self::Key { key: cursor.text(key)?, value: cursor.rest() })
            }
            MARK => {
                let delivery_count = cursor.u32()?;
                let record = QueueRecord { queue: cursor.u64()?, id: cursor.u64()? };
                Ok(Self::Mark { record, delivery_count })
            }
            _ => Err(strange("a record of a kind that there is not")),
        }
    }

    /// What stands before the header of a put, or before the value of a key, or all of a mark.
    pub(super) fn encode_front(&self) -> Vec<u8> {
        match self {
            Self::Put { message, queues, header, body } => {
                let kind = if body.is_some() { PUT } else { PUT_APART };
                let mut front = words([kind, queues.len() as u32, header.len() as u32]);
                front.extend(message.to_le_bytes());
                for QueueRecord { queue, id } in queues {
                    front.extend(numbers([*queue, *id]));
                }
                front
            }
            Self::Key { key, .. } => {
                let mut front = words([KEY, key.len() as u32]);
                front.extend(key.as_bytes());
                front
            }
            Self::Mark { record, delivery_count } => {
                let mut front = words([MARK, *delivery_count]);
                front.extend(numbers([record.queue, record.id]));
                front
            }
        }
    }
}

/// A key of the store's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StoreKey<'a> {
    pub(super) revision: u64,
    /// The key itself, which the map may have a stand-in for.
    pub(super) name: &'a str,
    pub(super) value: &'a [u8],
}

impl<'a> StoreKey<'a> {
    pub(super) fn decode(value: &'a [u8]) -> Result<Self> {
        let mut cursor = Cursor::new(value);
        let (revision, name) = (cursor.u64()?, cursor.u32()?);
        Ok(Self { revision, name: cursor.text(name)?, value: cursor.rest() })
    }

    pub(super) fn encode_front(&self) -> Vec<u8> {
        let mut front = numbers([self.revision]);
        front.extend(words([self.name.len() as u32]));
        front.extend(self.name.as_bytes());
        front
    }
}

fn numbers<const N: usize>(numbers: [u64; N]) -> Vec<u8> {
    let mut value = Vec::with_capacity(8 * N + 4);
    numbers.into_iter().for_each(|number| value.extend(number.to_le_bytes()));
    value
}

fn words<const N: usize>(words: [u32; N]) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}
