//! The store kind: a fenced, keyed, ordered log of records, cut into shards.
//!
//! FIFO order is a record's id, never its position, so a retried put neither reorders nor
//! duplicates. One `append` is atomic, ordered, and one group commit; its completion is what a
//! confirm waits for.
//!
//! Invariants that every store keeps, whatever it stands on:
//! - nothing is answered as done before it is kept as the capabilities say;
//! - of two epochs of a shard the later one is greater, also over restarts, and after it was
//!   granted nothing is kept under the earlier one;
//! - positions of a shard ascend and are never given twice; they may have gaps;
//! - what a later record made void (an entry that is settled, a former delivery count, a former
//!   value) may be left out of a replay at any time;
//! - one instance at a time has a data directory: `create` refuses one that another instance has,
//!   in this process or another, and it is free when the instance was dropped.
//!
//! A lease on a shard, the members of a cluster, the owner of a shard, forwarding to it and
//! following its log are for a later minor version: they are entries behind those that are there,
//! with a bit each in [`Offers`], and a store of today goes on without them.

mod capabilities;
mod outcome;
mod record;

pub use capabilities::{Capabilities, Offers};
pub use outcome::{Acquired, AppendOutcome};
pub use record::{
    Epoch, MetaEntry, MetaRevision, Operation, Position, QueueRecord, Record, Replayed, Shard,
    StoredEntry,
};

use std::ops::Range;

use crate::completion::Completion;
use crate::error::{Error, Result};

/// A message store. Called from any thread, several at the same time; what has a [`Completion`]
/// must not wait, unless the factory says that it may block; [`Store::append_here`] may a little.
///
/// Errors say that a call did not happen, and their kind says who is at fault:
/// - `InvalidArgument`: the batch contradicts what is kept, as a put of an entry that belongs to
///   another message. Nothing changed.
/// - `LimitExceeded`: a limit that the text names, so that the same call could never do; for the
///   meta data also: no room. Nothing changed.
/// - `NotFound`: a shard that nobody ever took, where the call asks about one.
/// - `Unsupported`: an optional entry that is not there.
/// - `Internal`: the store, or what it stands on, failed; the text says what the operator can do.
///   An append that ends so may or may not be kept and is never confirmed. A store that cannot tell
///   any more what it keeps, as after a failed `fsync`, answers every later append of the shard so.
pub trait Store: Send + Sync + 'static {
    /// What it can do. The same at any time in the life of an instance.
    fn capabilities(&self) -> Capabilities;

    /// The optional entries that are there. The same at any time in the life of an instance.
    fn offers(&self) -> Offers {
        Offers::NONE
    }

    /// Takes a shard for this node, fencing whoever had it. A shard that nobody took is there and
    /// empty. Where an epoch is lost by that, the instance that had it hears of it by
    /// [`crate::Event::EpochLost`], at about the time of the answer.
    ///
    /// `Internal`, or `LimitExceeded` for more shards than there may be: the former epoch goes on.
    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>);

    /// Keeps a batch, atomically and in order: all of it, or nothing. Batches of one shard are kept
    /// in the order in which their calls began; completions may come in any order, from any thread.
    /// An empty batch is done when everything before it is.
    ///
    /// A put of an entry that is there changes nothing, wherever in the log the retry stands, and
    /// adds the entries that are not there. Deleting or marking an entry that is not there does no
    /// harm.
    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    );

    /// The same for a caller whose thread has nothing else to do until the batch is kept: it may be
    /// written, and made durable, on this thread, and be answered before this returns, where that
    /// takes no longer than handing it to another thread and hearing of its end: some hundred
    /// microseconds at the most.
    fn append_here(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        self.append(shard, epoch, batch, done);
    }

    /// The same for a batch that nobody waits for, such as the end of entries that were consumed:
    /// the store may keep it with what it appends next, and begins to keep it by itself some
    /// milliseconds later at the most. The next append, also an empty one, has it kept before its
    /// own end. It stands in the log before that, and the other functions see it as they see any
    /// append that is not completed.
    fn append_lazily(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        self.append(shard, epoch, batch, done);
    }

    /// Hands over the records from `from` up to and without `until`, in order, with bodies or
    /// without, until `visit` answers false. `visit` may call the store. A shard that nobody took
    /// has no records.
    ///
    /// From position 0 that is all that is live: applied one by one, the records give the entries
    /// with message, body and delivery count, and the keys with their values. From a later position
    /// it is what was appended there and is not void. A store that answers
    /// [`AppendOutcome::Unknown`] hands over every record behind the last `Done`, deletes included.
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

    /// Settles every entry of a queue that was appended before. Never `Full`.
    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>);

    /// The same for some of the entries, of a component, whose calls are short: with none it is
    /// called again, until it answers as [`Store::purge`] does. A component that has nothing of its
    /// own here settles all of them in one call.
    fn purge_part(
        &self,
        shard: Shard,
        epoch: Epoch,
        queue: u64,
        done: Completion<Option<AppendOutcome>>,
    ) {
        let done = Completion::new(move |outcome: Result<_>| done.finish(outcome.map(Some)));
        self.purge(shard, epoch, queue, done);
    }

    /// Counters of a shard as JSON, an object.
    ///
    /// # Errors
    /// A shard that nobody ever took.
    fn statistics(&self, shard: Shard) -> Result<String>;

    /// A key of the store's meta data with its revision. It belongs to no shard and no epoch.
    ///
    /// # Errors
    /// Meta data that cannot be read.
    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>>;

    /// Sets a key where its revision is still `expected` and answers with the new revision, or with
    /// none where it is another. An empty value is a value. Kept as an append is, before the
    /// answer.
    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    );

    /// Hands over the keys that begin with `prefix`, in the order of their bytes, until `visit`
    /// answers false. `visit` may call the store. A key that is there all the while is handed over
    /// once; one that comes or goes meanwhile may be.
    ///
    /// # Errors
    /// Meta data that cannot be read.
    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        let _ = (prefix, visit);
        Err(Error::unsupported("meta_list"))
    }

    /// The same for the keys that are not before `from`: of a component, whose lists leave it page
    /// by page. A component that has nothing of its own here goes through all of them each time.
    ///
    /// # Errors
    /// As of [`Store::meta_list`].
    fn meta_list_from(
        &self,
        prefix: &str,
        from: &str,
        visit: &mut dyn FnMut(MetaEntry) -> bool,
    ) -> Result<()> {
        self.meta_list(prefix, &mut |entry| entry.key.as_str() < from || visit(entry))
    }

    /// From now on, and as long as the instance lives, [`crate::Event::MetaChanged`] is told for
    /// every change of a key that begins with `prefix`, whoever changed it. Who lists the keys
    /// after this returned misses nothing. An event may come late, again, and before that of an
    /// earlier change, and events of one key may be one; the last one of a key has its last
    /// revision.
    ///
    /// # Errors
    /// More watches than there may be.
    fn meta_watch(&self, prefix: &str) -> Result<()> {
        let _ = prefix;
        Err(Error::unsupported("meta_watch"))
    }

    /// Removes a key where its revision is still `expected`: false where it is another, or there is
    /// no such key. A key that is made again has a greater revision than it ever had.
    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        let _ = (key, expected);
        done.err(Error::unsupported("meta_remove"));
    }

    /// Hands over the entries of a queue whose ids are in a range, in their order, with header and
    /// body, until `visit` answers false. `visit` may call the store. An entry that is there all
    /// the while is handed over once; one that comes or goes meanwhile may be. The broker asks for
    /// some hundred ids in a row, of messages that it has not in memory: what stands together is
    /// best read together. Without it the header of every message stays in the broker's memory.
    ///
    /// # Errors
    /// A log that cannot be read, with its place.
    fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        let _ = (shard, queue, ids, visit);
        Err(Error::unsupported("entries"))
    }

    /// What the broker shows of the store, as JSON, an object with at least:
    /// - `durability`: a sentence, what outlives the end of the process, of the system and of the
    ///   power;
    /// - `sync`: one word, when what is appended reaches the disk (or the replicas): `always`
    ///   before it is answered, `interval`, or `never`.
    ///
    /// With `low`, a boolean, it says that it has little room left: the broker holds publishers
    /// back until it is false. With `full`, a boolean or a string that says why, it says whether it
    /// answers [`AppendOutcome::Full`] now: after such an answer the broker refuses what would have
    /// to be stored until that is false, or null.
    ///
    /// # Errors
    /// The store cannot say.
    fn inspect(&self) -> Result<String> {
        Err(Error::unsupported("inspect"))
    }
}
