//! The store kind: a fenced, keyed, ordered log of records, cut into shards.
//!
//! FIFO order is a record's id, never its position, so a retried put neither reorders nor
//! duplicates. One `append` is atomic, ordered, and one group commit; its completion is what a
//! confirm waits for.

use crate::completion::Completion;
use crate::error::{Error, Result};

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

/// What a store can do and how much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Operations in one append.
    pub batch_operations_max: u64,
    /// Bytes in one append.
    pub batch_bytes_max: u64,
    /// Bytes of one body.
    pub body_bytes_max: u64,
    /// Whether one append is atomic over all the shard's queues.
    pub is_atomic_over_shard: bool,
    /// Whether what was acknowledged outlives the process.
    pub is_durable_on_ack: bool,
}

/// What [`Store::acquire`] grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acquired {
    /// The right to append.
    pub epoch: Epoch,
    /// Everything before this position was written under earlier epochs.
    pub fence: Position,
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
    /// A key of the shard's own meta data; an empty value removes it.
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

/// How an append ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOutcome {
    /// It is kept, up to this position.
    Done(Position),
    /// A later epoch took the shard; stop.
    Fenced,
    /// No room: hold publishers back; deletes go on.
    Full,
    /// No answer in time: fence yourself, replay the tail, then decide. Never confirm on it.
    Unknown,
}

/// A record of a replay, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Where it stands.
    pub position: Position,
    /// What it says.
    pub record: Record,
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

/// A message store.
pub trait Store: Send + Sync + 'static {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Takes a shard for this node, fencing whoever had it.
    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>);

    /// Keeps a batch, atomically and in order.
    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    );

    /// Hands over the records from `from` up to `until`, in order, with bodies or without, until
    /// `visit` answers false.
    ///
    /// # Errors
    /// A log that cannot be read, with its place.
    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()>;

    /// The body of one entry; none where there is no such entry.
    ///
    /// # Errors
    /// A log that cannot be read, with its place.
    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>>;

    /// Settles every entry of a queue.
    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>);

    /// Counters of a shard as JSON.
    ///
    /// # Errors
    /// A shard that does not exist.
    fn statistics(&self, shard: Shard) -> Result<String>;

    /// A key of the store's meta data with its revision.
    ///
    /// # Errors
    /// Meta data that cannot be read.
    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>>;

    /// Sets a key where its revision is still `expected` and answers with the new revision, or with
    /// none where it is another.
    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    );

    /// Counters as JSON.
    ///
    /// # Errors
    /// No such entry.
    fn inspect(&self) -> Result<String> {
        Err(Error::unsupported("inspect"))
    }
}
