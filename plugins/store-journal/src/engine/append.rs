//! What goes into the group that is gathered.

use std::cell::RefCell;

use philter_plugin_api::{Acquired, Epoch, MetaRevision, Operation, Position, Shard};

use super::core::{Core, NO_SHARD, Unsent};
use super::index::Fit;
use super::retry::{new_entries, with_entries};
use super::{Journal, Kept, Refusal};
use crate::disk::Disk;
use crate::error::JournalError;
use crate::format::{
    Encoder, FrameKind, Unplaced, batch_bytes, encode_batch, entries, needs_room, repeats_an_entry,
};
use crate::limits::{
    BATCH_OPERATIONS_MAX, ENTRIES_MAX, NODE_BYTES_MAX, SCRATCH_BYTES_KEPT, SHARDS_MAX,
};

thread_local! {
    /// Where a thread encodes its frames, before it takes the lock.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with the thread's buffer; a visitor of a replay may append while another appends.
fn with_scratch<R>(work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mut scratch = SCRATCH.take();
    let result = work(&mut scratch);
    scratch.clear();
    scratch.shrink_to(SCRATCH_BYTES_KEPT);
    SCRATCH.set(scratch);
    result
}

impl<D: Disk, T> Journal<D, T> {
    /// Takes a shard; whoever had it is fenced from here on.
    ///
    /// # Errors
    /// The ticket with why: a limit, or a journal that has stopped.
    pub fn acquire(&self, shard: Shard, node: &str, ticket: T) -> Result<(), (T, JournalError)> {
        if node.len() > NODE_BYTES_MAX {
            return Err((ticket, JournalError::NodeBytes { found: node.len() }));
        }
        let mut core = self.core.lock();
        if let Err(error) = core.check_running() {
            return Err((ticket, error));
        }
        let last = core.index.epoch(shard.0);
        if shard.0 == NO_SHARD || (last == 0 && core.index.shards() >= SHARDS_MAX) {
            return Err((ticket, JournalError::Shards));
        }
        let epoch = last + 1;
        self.add_one(&mut core, (shard.0, epoch), |encoder| encoder.acquire(node));
        let acquired = Acquired { epoch: Epoch(epoch), fence: Position(core.end()) };
        core.ticket(ticket, Kept::Acquired(acquired));
        Ok(())
    }

    /// Puts a batch into the group, atomically.
    ///
    /// # Errors
    /// The ticket with why: nothing of the batch is there.
    pub fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        ticket: T,
    ) -> Result<(), (T, Refusal)> {
        self.append_by(Core::ticket, (shard, epoch), batch, ticket)
    }

    /// The same for a batch that nobody waits for.
    ///
    /// # Errors
    /// The ticket with why: nothing of the batch is there.
    pub fn append_lazily(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        ticket: T,
    ) -> Result<(), (T, Refusal)> {
        self.append_by(Core::ticket_lazily, (shard, epoch), batch, ticket)
    }

    fn append_by(
        &self,
        add: impl FnOnce(&mut Core<D, T>, T, Kept),
        (shard, epoch): (Shard, Epoch),
        batch: &[Operation<'_>],
        ticket: T,
    ) -> Result<(), (T, Refusal)> {
        match self.try_append(shard, epoch, batch) {
            Ok(mut core) => {
                let end = Position(core.end());
                add(&mut core, ticket, Kept::Appended(end));
                Core::let_go(&mut core);
                Ok(())
            }
            Err(refusal) => Err((ticket, refusal)),
        }
    }

    fn try_append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
    ) -> Result<parking_lot::MutexGuard<'_, Core<D, T>>, Refusal> {
        if batch.len() > BATCH_OPERATIONS_MAX {
            return Err(JournalError::BatchOperations { found: batch.len() }.into());
        }
        let (bytes, bytes_max) = (batch_bytes(batch), self.batch_bytes_max);
        if bytes > bytes_max {
            return Err(JournalError::BatchBytes { found_bytes: bytes, bytes_max }.into());
        }
        let entries = entries(batch);
        if entries > ENTRIES_MAX {
            return Err(JournalError::Entries { found: entries }.into());
        }
        let may_repeat = repeats_an_entry(batch);
        with_scratch(|frame| {
            let unplaced = encode_batch(batch, frame);
            let mut core = self.core.lock();
            core.check_running()?;
            if core.index.epoch(shard.0) != epoch.0 || epoch.0 == 0 {
                return Err(Refusal::Fenced);
            }
            let fit = core.index.fit(shard.0, batch)?;
            let unplaced = match fit {
                Fit::New if !may_repeat => unplaced,
                _ => encode_new(&core, shard, batch, frame)?,
            };
            if needs_room(batch) && core.is_full(frame.len() as u64) {
                return Err(Refusal::Full);
            }
            if unplaced.positions() > 0 {
                let unsent = Unsent { frame, unplaced, shard: shard.0, epoch: epoch.0 };
                core.add(&self.disk, unsent);
            }
            Ok(core)
        })
    }

    /// Settles every entry that a queue has.
    ///
    /// # Errors
    /// The ticket with why.
    pub fn purge(
        &self,
        shard: Shard,
        epoch: Epoch,
        queue: u64,
        ticket: T,
    ) -> Result<(), (T, Refusal)> {
        let mut core = self.core.lock();
        if let Err(error) = core.check_running() {
            return Err((ticket, error.into()));
        }
        if core.index.epoch(shard.0) != epoch.0 || epoch.0 == 0 {
            return Err((ticket, Refusal::Fenced));
        }
        self.add_one(&mut core, (shard.0, epoch.0), |encoder| encoder.purge(queue));
        let end = Position(core.end());
        core.ticket(ticket, Kept::Appended(end));
        Core::let_go(&mut core);
        Ok(())
    }

    /// Sets a key of the store where its revision is `expected`; answers the ticket where it is
    /// another.
    ///
    /// # Errors
    /// The ticket with why.
    pub fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        ticket: T,
    ) -> Result<Option<T>, (T, JournalError)> {
        let (bytes, bytes_max) = (key.len() as u64 + value.len() as u64, self.batch_bytes_max);
        if bytes > bytes_max {
            return Err((ticket, JournalError::BatchBytes { found_bytes: bytes, bytes_max }));
        }
        let mut core = self.core.lock();
        if let Err(error) = core.check_running() {
            return Err((ticket, error));
        }
        let found = core.index.store_key(key).map_or(0, |(position, _)| position + 1);
        if found != expected.0 {
            return Ok(Some(ticket));
        }
        if core.is_full(bytes) {
            let reason = core.full.clone().unwrap_or_default();
            return Err((ticket, JournalError::MetaFull { reason }));
        }
        self.add_one(&mut core, (NO_SHARD, 0), |encoder| encoder.store_meta(key, value));
        let revision = MetaRevision(core.end());
        core.ticket(ticket, Kept::Set(revision));
        Ok(None)
    }

    /// Removes a key of the store where its revision is `expected`; answers the ticket where it is
    /// another, or there is no such key.
    ///
    /// # Errors
    /// The ticket with why.
    pub fn meta_remove(
        &self,
        key: &str,
        expected: MetaRevision,
        ticket: T,
    ) -> Result<Option<T>, (T, JournalError)> {
        let mut core = self.core.lock();
        if let Err(error) = core.check_running() {
            return Err((ticket, error));
        }
        let found = core.index.store_key(key).map(|(position, _)| position + 1);
        if found != Some(expected.0) {
            return Ok(Some(ticket));
        }
        self.add_one(&mut core, (NO_SHARD, 0), |encoder| encoder.store_remove(key));
        core.ticket(ticket, Kept::Removed);
        Ok(None)
    }

    /// Adds a frame of one operation.
    pub(crate) fn add_one(
        &self,
        core: &mut Core<D, T>,
        (shard, epoch): (u32, u64),
        encode: impl FnOnce(&mut Encoder<'_>),
    ) -> u64 {
        let mut frame = Vec::new();
        let mut encoder = Encoder::new(FrameKind::Append, &mut frame);
        encode(&mut encoder);
        let unplaced = encoder.finish();
        core.add(&self.disk, Unsent { frame: &mut frame, unplaced, shard, epoch }).sequence
    }
}

/// Encodes what of a batch is not there yet.
fn encode_new<D: Disk, T>(
    core: &Core<D, T>,
    shard: Shard,
    batch: &[Operation<'_>],
    frame: &mut Vec<u8>,
) -> Result<Unplaced, JournalError> {
    let entries = new_entries(batch, |record| core.index.message_of(shard.0, record))?;
    Ok(encode_batch(&with_entries(batch, &entries), frame))
}
