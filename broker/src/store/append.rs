//! What is appended: a unit as one piece, and who hears of its end.
//!
//! Invariants:
//! - entries are seen, and who waits is rung, after the store kept the append that they are in;
//! - a unit ends once, with the last of its appends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use philter_model::message::Message;
use philter_plugin_api::{
    AppendOutcome, Completion, Operation, Position, QueueRecord, Result as StoreResult,
};
use smallvec::SmallVec;

use super::ledger::SHARD;
use super::room::Definition;
use super::unit::{Put, Site, Unit};
use super::{Ledger, record};
use crate::clock::now_ms;

/// The part of an append, one of so many, that is for what else a turn does: what one read of a
/// connection says is far less.
const TURN_SHARE: usize = 16;

/// What a message of a commit costs at the most beside its record and body, in most cases: an
/// operation, and some queues.
const COMMITTED_BYTES: usize = 256;

/// Operations as the store takes them at a time, mostly all at once.
type Runs<'r, 'o> = SmallVec<[&'r [Operation<'o>]; 1]>;

/// Bytes of messages in the hands of stores above which a connection that has some there is not
/// read: half of what a journal takes before it is full.
const BEHIND_BYTES: u64 = 128 * 1024 * 1024;

/// Bytes of messages in the hands of stores.
static IN_HAND_BYTES: AtomicU64 = AtomicU64::new(0);

/// Whether the store is so slow that publishers have to wait for it.
pub(crate) fn is_store_behind() -> bool {
    IN_HAND_BYTES.load(Ordering::Relaxed) > BEHIND_BYTES
}

impl Ledger {
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
            let message = ledger.next_message();
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
        let failure = match result {
            Ok(AppendOutcome::Done(_)) => return None,
            Ok(AppendOutcome::Full) => self.ledger.has_no_room(&self.definitions),
            Ok(AppendOutcome::Fenced) => self.ledger.fail("another broker has taken it over"),
            Ok(AppendOutcome::Unknown) => self.ledger.fail("it did not answer"),
            Err(error) => self.ledger.fail(&error.to_string()),
        };
        Some(failure)
    }
}
