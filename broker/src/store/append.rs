//! What is appended: a unit as one piece, and who hears of its end.
//!
//! Invariants:
//! - entries are seen, and who waits is rung, after the store kept the append that they are in;
//! - a unit ends once, with the last of its appends;
//! - once the store failed, or something could not be read from it, nothing is appended but the end
//!   of entries with which somebody is done: what could not be read may have been on its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use philter_model::message::Message;
use philter_plugin_api::{
    AppendOutcome, Completion, Operation, QueueRecord, Receive, Result as StoreResult,
};
use smallvec::SmallVec;

use super::ledger::SHARD;
use super::room::Definition;
use super::unit::{Meta, Put, Site, Unit};
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
    /// Appends a unit: as one piece, if it fits. Otherwise what has left its place, or is defined
    /// no more, is appended when the store has where it went.
    pub(super) fn append(mut unit: Unit, site: Site) {
        let ledger = Arc::clone(&unit.ledger);
        if site == Site::Lazily && ledger.leaves_the_unawaited() {
            unit.awaited.leave();
        }
        ledger.take_in_hand(&unit.awaited);
        IN_HAND_BYTES.fetch_add(unit.bytes, Ordering::Relaxed);
        if let Some(why) = ledger.failure().filter(|_| unit.is_more_than_done()) {
            unit.awaited.begin();
            unit.append_done();
            return unit.conclude(Err(why));
        }
        let ending = Ending::new();
        let part = unit.append_to(&ledger, &ending, site);
        unit.awaited.begin();
        // Queues have them, and the rest puts none.
        unit.forget_puts();
        ending.end_with(End::Unit(unit, part));
    }

    fn purge_now(self: &Arc<Self>, queue: u64) {
        let ending = Ending::new();
        self.store.purge(SHARD, self.epoch, queue, ending.completion());
        ending.end_with(End::Purge(Arc::clone(self)));
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

/// What of a unit was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// What enters, and so many keys: the rest waits for that.
    Entering {
        /// Keys.
        keys: usize,
    },
}

impl Unit {
    fn append_to(&self, ledger: &Arc<Ledger>, ending: &Arc<Ending>, site: Site) -> Part {
        let mut headers = record::Room::take();
        let mut header_ends: SmallVec<[usize; 4]> = SmallVec::new();
        let entered_ms = now_ms();
        for put in &self.puts {
            record::encode(&put.message, entered_ms, put.later.as_ref(), &mut headers);
            header_ends.push(headers.len());
        }
        let bodies: SmallVec<[Body<'_>; 2]> =
            self.puts.iter().map(|put| Body::of(&put.message)).collect();
        let mut operations: SmallVec<[Operation<'_>; 2]> = SmallVec::new();
        let mut begin = 0;
        for ((Put { records, .. }, body), end) in self.puts.iter().zip(&bodies).zip(header_ends) {
            let header = headers.get(begin..end).unwrap_or_default();
            begin = end;
            let message = ledger.next_message();
            let queues: &[QueueRecord] = records;
            operations.push(Operation::Put { message, header, body: body.bytes(), queues });
        }
        operations
            .extend(self.meta.iter().map(|Meta { key, value, .. }| Operation::Meta { key, value }));
        let mark = |&(record, delivery_count)| Operation::Mark { record, delivery_count };
        operations.extend(self.marks.iter().map(mark));
        let gone = self.deletes.iter().chain(&self.done);
        operations.extend(gone.map(|record| Operation::Delete(*record)));
        let mut runs = ledger.runs(&operations);
        let keys = self.meta.iter().take_while(|meta| !meta.value.is_empty()).count();
        let entering = operations.get(..self.puts.len() + keys).unwrap_or(&[]);
        let mut part = Part::Whole;
        if runs.len() > 1 && !entering.is_empty() && entering.len() < operations.len() {
            (runs, part) = (ledger.runs(entering), Part::Entering { keys });
        }
        for run in runs {
            match site {
                Site::Here => {
                    let done = ending.completion();
                    let append = || ledger.store.append_here(SHARD, ledger.epoch, run, done);
                    ledger.rescue.while_writing(append);
                }
                Site::Elsewhere => {
                    ledger.store.append(SHARD, ledger.epoch, run, ending.completion());
                }
                Site::Lazily => {
                    ledger.store.append_lazily(SHARD, ledger.epoch, run, ending.completion());
                }
            }
        }
        part
    }

    fn operations(&self) -> usize {
        let gone = self.deletes.len() + self.done.len() + self.marks.len();
        self.puts.len() + self.meta.len() + gone
    }

    fn end(mut self, result: Result<(), Failure>, part: Part) {
        if let (Ok(()), Part::Entering { keys }) = (&result, part) {
            self.meta.drain(..keys);
            self.tell_landed(true);
            return Ledger::append(self, Site::Elsewhere);
        }
        let ledger = Arc::clone(&self.ledger);
        let result = result.map_err(|failure| {
            let has_no_room = failure == Failure::NoRoom;
            let why = ledger.refuse_for(failure, self.definitions());
            if has_no_room && self.is_more_than_done() {
                self.append_done();
            }
            why
        });
        self.conclude(result);
    }

    fn conclude(mut self, result: Result<(), Arc<str>>) {
        self.tell_landed(result.is_ok());
        self.ends.into_iter().for_each(|end| end(result.is_ok()));
        if result.is_ok() {
            // What was in them is elsewhere by now.
            self.purges.into_iter().for_each(|queue| self.ledger.purge_now(queue));
        }
        self.awaited.end(result);
    }

    fn tell_landed(&mut self, is_stored: bool) {
        for (queue, ids) in std::mem::take(&mut self.landing) {
            queue.end_storing(&ids, is_stored);
        }
        IN_HAND_BYTES.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
    }

    /// What stands in memory whatever the store took: it is owed to it. A queue whose messages were
    /// to go elsewhere and did not is there again after a restart, with all of them: what was
    /// removed with it is not owed.
    fn definitions(&self) -> impl Iterator<Item = Definition> {
        let is_back = self.has_put && !self.purges.is_empty();
        let definitions = self.meta.iter().filter(|meta| meta.is_definition);
        let owed = definitions.filter(move |meta| !is_back || !meta.value.is_empty());
        owed.map(|meta| (meta.key.clone(), meta.value.clone()))
    }

    /// Whether there is more in it than ends that stand whatever becomes of the rest.
    fn is_more_than_done(&self) -> bool {
        self.has_put || !self.meta.is_empty() || !self.deletes.is_empty()
    }

    /// The rest is not kept: entries with which somebody is done leave all the same, which needs no
    /// room.
    fn append_done(&mut self) {
        let mut unit = Self::new(&self.ledger);
        std::mem::swap(&mut unit.done, &mut self.done);
        std::mem::swap(&mut unit.marks, &mut self.marks);
        if unit.operations() > 0 {
            Ledger::append(unit, Site::Elsewhere);
        }
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

/// Why the store did not keep an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It has no room for it now.
    NoRoom,
    /// It failed, and says why.
    Failed(String),
}

/// The end of a unit: that of the last of its appends.
struct Ending {
    /// Appends that have not ended, and whoever makes them.
    left: AtomicUsize,
    state: Mutex<EndingState>,
}

struct EndingState {
    failure: Option<Failure>,
    end: Option<End>,
}

/// What has ended.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one in an ending: a box would be one more allocation for each append"
)]
enum End {
    /// A unit, or a part of it.
    Unit(Unit, Part),
    /// A purge of a queue of this ledger.
    Purge(Arc<Ledger>),
}

impl End {
    fn tell(self, result: Result<(), Failure>) {
        match self {
            Self::Unit(unit, part) => unit.end(result, part),
            Self::Purge(ledger) => drop(result.map_err(|why| ledger.refuse_for(why, []))),
        }
    }
}

impl Ending {
    fn new() -> Arc<Self> {
        let state = Mutex::new(EndingState { failure: None, end: None });
        Arc::new(Self { left: AtomicUsize::new(1), state })
    }

    /// One append more.
    fn completion(self: &Arc<Self>) -> Completion<AppendOutcome> {
        self.left.fetch_add(1, Ordering::Relaxed);
        Completion::of(Arc::clone(self))
    }

    /// All appends were made: `end` is told when they have ended, which may be now.
    fn end_with(&self, end: End) {
        self.state.lock().end = Some(end);
        self.one_ended(None);
    }

    fn one_ended(&self, failure: Option<Failure>) {
        if let Some(failure) = failure {
            let first = &mut self.state.lock().failure;
            // That it failed outweighs that it has no room.
            if first.as_ref().is_none_or(|first| *first == Failure::NoRoom) {
                *first = Some(failure);
            }
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let EndingState { failure, end } = {
            let mut state = self.state.lock();
            EndingState { failure: state.failure.take(), end: state.end.take() }
        };
        if let Some(end) = end {
            end.tell(failure.map_or(Ok(()), Err));
        }
    }
}

impl Receive<AppendOutcome> for Ending {
    fn receive(&self, result: StoreResult<AppendOutcome>) {
        self.one_ended(failure_of(result));
    }
}

fn failure_of(result: StoreResult<AppendOutcome>) -> Option<Failure> {
    Some(match result {
        Ok(AppendOutcome::Done(_)) => return None,
        Ok(AppendOutcome::Full) => Failure::NoRoom,
        Ok(AppendOutcome::Fenced) => Failure::Failed("another broker has taken it over".to_owned()),
        Ok(AppendOutcome::Unknown) => Failure::Failed("it did not answer".to_owned()),
        Err(error) => Failure::Failed(error.to_string()),
    })
}
