//! The broker's side of a store that outlives it: what is appended, and what its answers mean.
//!
//! Invariants:
//! - entries are seen, and who waits is rung, after the store kept the append that they are in;
//! - after an append that failed for another reason than room nothing is accepted that would have
//!   to be stored: the store's state is not known, and a restart reads it anew;
//! - a number is given once: those of queues and messages hold the epoch, which rises with each
//!   start.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use philter_model::memory::message_bytes;
use philter_model::message::{Message, Place};
use philter_plugin_api::{
    AppendOutcome, Completion, Epoch, Error, Operation, Position, QueueRecord,
    Result as StoreResult, Shard, Store,
};
use smallvec::SmallVec;
use tracing::{error, info, warn};

use super::definition::CLEAN;
use super::unit::{Put, Site, Unit};
use super::{Awaited, record};
use crate::clock::now_ms;
use crate::memory::MemoryGate;

/// The one shard of a store that belongs to one broker.
pub(super) const SHARD: Shard = Shard(0);

/// How often it is looked whether a store that was full has room.
const ROOM_INTERVAL: Duration = Duration::from_millis(500);

/// The part of an append, one of so many, that is for what else a turn does: what one read of a
/// connection says is far less.
const TURN_SHARE: usize = 16;

/// What a message of a commit costs at the most beside its record and body, in most cases: an
/// operation, and some queues.
const COMMITTED_BYTES: usize = 256;

/// Appends among which those that ended are looked for: more than connections begin at once.
const IN_HAND_SWEEP: usize = 64;

/// Bytes of messages in the hands of stores above which a connection that has some there is not
/// read: half of what a journal takes before it is full.
const BEHIND_BYTES: u64 = 128 * 1024 * 1024;

/// Bytes of messages in the hands of stores.
static IN_HAND_BYTES: AtomicU64 = AtomicU64::new(0);

/// Whether the store is so slow that publishers have to wait for it.
pub(crate) fn is_store_behind() -> bool {
    IN_HAND_BYTES.load(Ordering::Relaxed) > BEHIND_BYTES
}

/// Where the epoch stands in a number: four thousand million numbers for each.
pub(super) const EPOCH_SHIFT: u32 = 32;

/// What may be in memory of what the store has as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PagingLimits {
    /// Headers and bodies of one queue.
    pub(crate) queue_bytes_max: u64,
    /// All messages.
    pub(crate) all_bytes_max: u64,
}

/// Operations as the store takes them at a time, mostly all at once.
type Runs<'r, 'o> = SmallVec<[&'r [Operation<'o>]; 1]>;

/// A key and its value.
type Definition = (String, Vec<u8>);

/// The first number of the epoch in which a number was given.
pub(crate) fn first_of_epoch(number: u64) -> u64 {
    number >> EPOCH_SHIFT << EPOCH_SHIFT
}

/// A store that outlives the broker, ready to be appended to.
pub(crate) struct Ledger {
    store: Box<dyn Store>,
    epoch: Epoch,
    operations_max: usize,
    bytes_max: u64,
    message_bytes_max: u64,
    next_queue: AtomicU64,
    next_message: AtomicU64,
    /// Entries before this one may have been delivered, whatever their delivery counts say.
    doubtful_before: AtomicU64,
    paging: PagingLimits,
    durability: Durability,
    /// Definitions that the store had no room for.
    owed: Mutex<BTreeMap<String, Vec<u8>>>,
    /// The append of what was owed.
    paying: Mutex<Vec<Arc<Awaited>>>,
    /// Appends that have not ended, and perhaps some that have.
    in_hand: Mutex<Vec<Arc<Awaited>>>,
    /// Why nothing is accepted that would have to be stored.
    refusal: Mutex<Option<Arc<str>>>,
    is_refusing: AtomicBool,
    has_failed: AtomicBool,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Over a store whose shard this broker acquired.
    pub(super) fn new(store: Box<dyn Store>, epoch: Epoch, paging: PagingLimits) -> Self {
        let can = store.capabilities();
        let durability = Durability::of(&*store);
        let first = epoch.0 << EPOCH_SHIFT;
        Self {
            store,
            epoch,
            operations_max: usize::try_from(can.batch_operations_max).unwrap_or(usize::MAX),
            bytes_max: can.batch_bytes_max,
            // With names and numbers it has to fit into an append.
            message_bytes_max: can.body_bytes_max.min(can.batch_bytes_max / 16 * 15),
            next_queue: AtomicU64::new(first),
            next_message: AtomicU64::new(first),
            doubtful_before: AtomicU64::new(first),
            paging,
            durability,
            owed: Mutex::default(),
            paying: Mutex::default(),
            in_hand: Mutex::default(),
            refusal: Mutex::default(),
            is_refusing: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
        }
    }

    /// The number of a new queue.
    pub(crate) fn next_queue(&self) -> u64 {
        self.next_queue.fetch_add(1, Ordering::Relaxed)
    }

    /// Ids of entries that enter from now on are at least this one.
    pub(crate) fn first_entry(&self) -> u64 {
        self.epoch.0 << EPOCH_SHIFT
    }

    /// Appends that have not ended.
    pub(super) fn in_hand(&self) -> Vec<Arc<Awaited>> {
        let mut in_hand = self.in_hand.lock();
        in_hand.retain(|awaited| awaited.outcome().is_none());
        in_hand.clone()
    }

    /// Blocks this thread until all that was appended by now has ended, however.
    pub(crate) fn block_for_all(&self) {
        self.in_hand().iter().for_each(|awaited| drop(awaited.block()));
    }

    /// A key gets another value: what it was owed is void.
    pub(super) fn owe_no_more(&self, key: &str) {
        self.owed.lock().remove(key);
    }

    /// An append begins.
    fn take_in_hand(&self, awaited: &Arc<Awaited>) {
        let mut in_hand = self.in_hand.lock();
        if in_hand.len() >= IN_HAND_SWEEP {
            in_hand.retain(|awaited| awaited.outcome().is_none());
        }
        in_hand.push(Arc::clone(awaited));
    }

    /// What the store says of what it keeps.
    pub(crate) fn durability(&self) -> &Durability {
        &self.durability
    }

    /// Whether bodies that a queue with so many bytes in memory gets are to be in the store alone.
    pub(crate) fn pages(&self, queue_bytes: u64) -> bool {
        queue_bytes > self.paging.queue_bytes_max || message_bytes() > self.paging.all_bytes_max
    }

    /// The body at a place; none where the entry is gone, or the store can't read it and has
    /// failed.
    pub(crate) fn read(&self, place: Place) -> Option<Vec<u8>> {
        let Place { queue, entry, .. } = place;
        match self.store.read(SHARD, QueueRecord { queue, id: entry }) {
            Ok(body) => body,
            Err(error) => {
                self.refuse(&failed(&error).into(), true);
                None
            }
        }
    }

    /// Delivery counts of entries from this one on are exact: the broker before ended in order, and
    /// said so.
    pub(super) fn trust_counts_from(&self, entry: u64) {
        self.doubtful_before.store(entry, Ordering::Relaxed);
    }

    /// Whether an entry may have been delivered that has no delivery count.
    pub(super) fn is_doubtful(&self, entry: u64) -> bool {
        entry < self.doubtful_before.load(Ordering::Relaxed)
    }

    /// Bytes of header and body of the largest message that it takes.
    pub(crate) fn message_bytes_max(&self) -> u64 {
        self.message_bytes_max
    }

    /// Whether nothing is accepted now that would have to be stored.
    pub(crate) fn is_refusing(&self) -> bool {
        self.is_refusing.load(Ordering::Relaxed)
    }

    /// Why.
    pub(crate) fn refusal(&self) -> Option<Arc<str>> {
        self.refusal.lock().clone()
    }

    /// Appends a unit: as one piece, if it fits.
    pub(super) fn append(unit: Unit, site: Site) {
        let Unit { has_definitions, bytes, ledger, puts, landing, ends, .. } = unit;
        let Unit { meta, deletes, marks, purges, awaited, .. } = unit;
        let definitions = if has_definitions { meta.clone() } else { Vec::new() };
        let mut headers = record::Room::take();
        let mut header_ends: SmallVec<[usize; 4]> = SmallVec::new();
        let entered_ms = now_ms();
        for put in &puts {
            record::encode(&put.message, entered_ms, put.later.as_ref(), &mut headers);
            header_ends.push(headers.len());
        }
        let bodies: SmallVec<[Body<'_>; 2]> =
            puts.iter().map(|put| Body::of(&put.message)).collect();
        let mut operations: SmallVec<[Operation<'_>; 2]> = SmallVec::new();
        let mut begin = 0;
        for ((Put { records, .. }, body), end) in puts.iter().zip(&bodies).zip(header_ends) {
            let header = headers.get(begin..end).unwrap_or_default();
            begin = end;
            let message = ledger.next_message.fetch_add(1, Ordering::Relaxed);
            let queues: &[QueueRecord] = records;
            operations.push(Operation::Put { message, header, body: body.bytes(), queues });
        }
        operations.extend(meta.iter().map(|(key, value)| Operation::Meta { key, value }));
        let mark = |&(record, delivery_count)| Operation::Mark { record, delivery_count };
        operations.extend(marks.iter().map(mark));
        operations.extend(deletes.iter().map(|record| Operation::Delete(*record)));
        let runs = ledger.runs(&operations);
        ledger.take_in_hand(&awaited);
        IN_HAND_BYTES.fetch_add(bytes, Ordering::Relaxed);
        let (begun, of_end) = (Arc::clone(&awaited), Arc::clone(&ledger));
        let end = move |result: Result<(), Arc<str>>| {
            for (queue, ids) in landing {
                queue.end_storing(&ids, result.is_ok());
            }
            IN_HAND_BYTES.fetch_sub(bytes, Ordering::Relaxed);
            ends.into_iter().for_each(|end| end(result.is_ok()));
            if result.is_ok() {
                // What was in them is elsewhere by now.
                purges.into_iter().for_each(|queue| of_end.purge_now(queue));
            }
            awaited.end(result);
        };
        let count = runs.len();
        let ending = Ending::new(&ledger, definitions, count, end);
        for run in runs {
            match site {
                Site::Here => {
                    ledger.store.append_here(SHARD, ledger.epoch, run, ending.completion());
                }
                Site::Elsewhere => {
                    ledger.store.append(SHARD, ledger.epoch, run, ending.completion());
                }
            }
        }
        begun.begin();
        if count == 0 {
            // Nothing but who is told of its end.
            ending.one_ended(Ok(AppendOutcome::Done(Position(0))));
        }
    }

    fn purge_now(self: &Arc<Self>, queue: u64) {
        let ending = Ending::new(self, Vec::new(), 1, |_| ());
        self.store.purge(SHARD, self.epoch, queue, ending.completion());
    }

    /// The limit of the store past which a commit would go that publishes and accepts so many
    /// messages, with so many bytes in all; none where the store takes it in one piece.
    pub(crate) fn limit_of_commit(&self, messages: usize, bytes: usize) -> Option<String> {
        // Its own key as well.
        let (operations, bytes) = (messages + 1, bytes + messages * COMMITTED_BYTES);
        let max = self.operations_max - self.operations_max / TURN_SHARE;
        if operations > max {
            return Some(format!(
                "{operations} operations, of which the store takes {max} at once"
            ));
        }
        let (bytes, max) = (bytes as u64, self.bytes_max - self.bytes_max / TURN_SHARE as u64);
        (bytes > max).then(|| format!("{bytes} bytes, of which the store takes {max} at once"))
    }

    /// Operations as the store takes them at a time.
    fn runs<'r, 'o>(&self, operations: &'r [Operation<'o>]) -> Runs<'r, 'o> {
        let (mut runs, mut begin, mut bytes) = (Runs::new(), 0, 0);
        for (at, operation) in operations.iter().enumerate() {
            let size = bytes_of(operation);
            if at > begin && (at - begin >= self.operations_max || bytes + size > self.bytes_max) {
                runs.extend(operations.get(begin..at));
                (begin, bytes) = (at, 0);
            }
            bytes += size;
        }
        runs.extend(operations.get(begin..).filter(|last| !last.is_empty()));
        runs
    }

    fn refuse(&self, why: &Arc<str>, has_failed: bool) {
        {
            let mut refusal = self.refusal.lock();
            if self.has_failed.load(Ordering::Relaxed) {
                return;
            }
            *refusal = Some(Arc::clone(why));
            self.has_failed.store(has_failed, Ordering::Relaxed);
        }
        if has_failed {
            error!(
                "{why}: durable messages and definitions are refused until the broker is restarted"
            );
        } else if !self.is_refusing() {
            warn!("{why}: durable messages and definitions are refused until there is room");
        }
        self.is_refusing.store(true, Ordering::Relaxed);
    }

    /// Looks how much room the store has, as long as the broker runs: publishers are held back by
    /// `gate` while it has little, and refused where it had none until it has some.
    pub(crate) async fn watch(self: Arc<Self>, gate: Arc<MemoryGate>) {
        loop {
            tokio::time::sleep(ROOM_INTERVAL).await;
            gate.set_store_low(self.look_for_room());
        }
    }

    /// Looks whether the store takes messages; whether it has little room.
    pub(crate) fn look_for_room(self: &Arc<Self>) -> bool {
        let state = inspect(&*self.store).unwrap_or_default();
        match full_because(&state) {
            Some(why) => self.refuse(&full(&why).into(), false),
            None => self.accept(),
        }
        state.get("low").and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    /// The store has room: what is owed to it goes first, and once it has that it takes messages
    /// again, unless it failed.
    fn accept(self: &Arc<Self>) {
        let owed = std::mem::take(&mut *self.owed.lock());
        if !owed.is_empty() {
            let set_all = || owed.into_iter().for_each(|(key, value)| self.set(key, value));
            let (_, appended) = super::turn(set_all);
            *self.paying.lock() = appended.unwrap_or_default().awaited;
        }
        if self.paying.lock().iter().any(|paying| paying.outcome().is_none()) {
            return;
        }
        {
            let mut refusal = self.refusal.lock();
            let is_owing = !self.owed.lock().is_empty();
            if is_owing || self.has_failed.load(Ordering::Relaxed) || refusal.take().is_none() {
                return;
            }
            self.is_refusing.store(false, Ordering::Relaxed);
        }
        info!("the store has room: durable messages and definitions are accepted");
    }

    /// Says that the broker ends in order, and waits until the store has all that it was told.
    pub(crate) fn end_in_order(self: &Arc<Self>) {
        if self.is_refusing() {
            return;
        }
        let (awaited, _) = super::turn(|| {
            let doubtful_before = self.doubtful_before.load(Ordering::Relaxed);
            self.set(CLEAN.to_owned(), doubtful_before.to_be_bytes().to_vec());
            super::awaited()
        });
        if let Some(Err(why)) = awaited.map(|awaited| awaited.block()) {
            error!("{why}: what was delivered and not settled comes back as redelivered");
        }
    }
}

/// What a store says of what it keeps.
#[derive(Clone, Debug)]
pub(crate) struct Durability {
    /// What outlives the end of the process, of the system and of the power.
    pub(crate) sentence: String,
    /// When it syncs: `always`, `interval` or `never`.
    pub(crate) sync: String,
}

impl Durability {
    pub(super) fn of(store: &dyn Store) -> Self {
        let state = inspect(store).unwrap_or_default();
        let text = |member: &str| state.get(member).and_then(|it| it.as_str()).map(str::to_owned);
        let unsaid = || "what is confirmed outlives this process".to_owned();
        Self {
            sentence: text("durability").unwrap_or_else(unsaid),
            sync: text("sync").unwrap_or_default(),
        }
    }
}

/// Why a store is full, if it says that it is; it may not say why.
fn full_because(state: &serde_json::Value) -> Option<String> {
    match state.get("full")? {
        serde_json::Value::Bool(true) => Some(String::new()),
        serde_json::Value::String(why) => Some(why.clone()),
        _ => None,
    }
}

fn full(why: &str) -> String {
    let colon = if why.is_empty() { "" } else { ": " };
    format!("the store is full{colon}{why}")
}

fn inspect(store: &dyn Store) -> Option<serde_json::Value> {
    serde_json::from_str(&store.inspect().ok()?).ok()
}

fn bytes_of(operation: &Operation<'_>) -> u64 {
    let bytes = match operation {
        Operation::Put { header, body, queues, .. } => {
            header.len() + body.len() + size_of_val(*queues)
        }
        Operation::Meta { key, value } => key.len() + value.len(),
        Operation::Delete(_) | Operation::Mark { .. } => 0,
    };
    (bytes + size_of::<Operation<'_>>()) as u64
}

/// A body in one piece.
enum Body<'m> {
    Whole(&'m [u8]),
    Joined(Vec<u8>),
}

impl<'m> Body<'m> {
    fn of(message: &'m Message) -> Self {
        let mut pieces = message.body().iter();
        match (pieces.next(), pieces.next()) {
            (None, _) => Self::Whole(&[]),
            (Some(whole), None) => Self::Whole(whole),
            _ => Self::Joined(message.body().iter().collect::<Vec<_>>().concat()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }
}

/// The end of a unit: that of the last of its appends.
struct Ending {
    ledger: Arc<Ledger>,
    definitions: Vec<Definition>,
    left: AtomicUsize,
    failure: Mutex<Option<Arc<str>>>,
    end: Mutex<Option<End>>,
}

type End = Box<dyn FnOnce(Result<(), Arc<str>>) + Send>;

impl Ending {
    fn new(
        ledger: &Arc<Ledger>,
        definitions: Vec<Definition>,
        appends: usize,
        end: impl FnOnce(Result<(), Arc<str>>) + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            ledger: Arc::clone(ledger),
            definitions,
            left: AtomicUsize::new(appends.max(1)),
            failure: Mutex::default(),
            end: Mutex::new(Some(Box::new(end))),
        })
    }

    fn completion(self: &Arc<Self>) -> Completion<AppendOutcome> {
        let ending = Arc::clone(self);
        Completion::new(move |result| ending.one_ended(result))
    }

    fn one_ended(&self, result: StoreResult<AppendOutcome>) {
        if let Some(failure) = self.failure_of(result) {
            *self.failure.lock() = Some(failure);
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let failure = self.failure.lock().take();
        let end = self.end.lock().take();
        if let Some(end) = end {
            end(failure.map_or(Ok(()), Err));
        }
    }

    fn failure_of(&self, result: StoreResult<AppendOutcome>) -> Option<Arc<str>> {
        let (text, has_failed) = match result {
            Ok(AppendOutcome::Done(_)) => return None,
            Ok(AppendOutcome::Full) => {
                // What stands in memory is stored as soon as there is room, and before anything is
                // stored under it.
                self.ledger.owed.lock().extend(self.definitions.iter().cloned());
                let state = inspect(&*self.ledger.store).unwrap_or_default();
                (full(&full_because(&state).unwrap_or_default()), false)
            }
            Ok(AppendOutcome::Fenced) => {
                ("the store failed: another broker has taken it over".to_owned(), true)
            }
            Ok(AppendOutcome::Unknown) => ("the store failed: it did not answer".to_owned(), true),
            Err(error) => (failed(&error), true),
        };
        let text: Arc<str> = text.into();
        self.ledger.refuse(&text, has_failed);
        Some(text)
    }
}

fn failed(error: &Error) -> String {
    format!("the store failed: {error}")
}
