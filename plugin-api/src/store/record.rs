//! What goes into a store's log and comes out of it, and the numbers that things in it have.

/// A shard of the store, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shard(pub u32);

/// The right to append to a shard; a later epoch fences an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// A place in a shard's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position(pub u64);

/// The revision of a key of the meta data; 0: the key does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetaRevision(pub u64);

/// An entry of a queue: the queue's number and the entry's id in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(C)]
pub struct QueueRecord {
    /// The queue's number, given by the broker.
    pub queue: u64,
    /// The entry's id, ascending in the queue.
    pub id: u64,
}

/// One operation of an append, borrowed for the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// A message for these queues; the body is written once.
    Put {
        /// The message's number, unique in the shard.
        message: u64,
        /// Its encoded header.
        header: &'a [u8],
        /// Its body.
        body: &'a [u8],
        /// Where it goes.
        queues: &'a [QueueRecord],
    },
    /// An entry is settled.
    Delete(QueueRecord),
    /// A key of the shard's own meta data, which has nothing in common with the store's: it comes
    /// back in replays alone. An empty value removes it.
    Meta {
        /// The key.
        key: &'a str,
        /// The value.
        value: &'a [u8],
    },
    /// An entry was handed out this many times.
    Mark {
        /// The entry.
        record: QueueRecord,
        /// How many times.
        delivery_count: u32,
    },
}

/// A record of a replay, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Where it stands.
    pub position: Position,
    /// What it says.
    pub record: Record,
}

/// An entry with its message, borrowed for the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredEntry<'a> {
    /// The entry's id in its queue.
    pub id: u64,
    /// Its message's encoded header.
    pub header: &'a [u8],
    /// Its message's body.
    pub body: &'a [u8],
}

/// A key of the store's meta data, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaEntry {
    /// The key.
    pub key: String,
    /// Its revision.
    pub revision: MetaRevision,
    /// Its value.
    pub value: Vec<u8>,
}

/// What a replayed record says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of Operation")]
pub enum Record {
    Put { message: u64, header: Vec<u8>, body: Option<Vec<u8>>, queues: Vec<QueueRecord> },
    Delete(QueueRecord),
    Meta { key: String, value: Vec<u8> },
    Mark { record: QueueRecord, delivery_count: u32 },
}
