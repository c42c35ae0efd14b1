//! What one turn of a thread did that the store has to know: one append.
//!
//! A turn is the work between two awaits: bytes that a connection read, a step of the agenda, a
//! request to management. Whoever changes what is stored says so here, wherever it happens, and the
//! end of the turn appends it together: so a dead letter is stored where it goes and deleted where
//! it was in one piece, and so is a transaction.
//!
//! Invariants:
//! - a unit is of one thread and one ledger; a turn begins and ends between two awaits;
//! - outside of a turn each change is an append of its own;
//! - puts stand before deletes, so that a unit that is too large for one append loses nothing in
//!   the middle;
//! - where the store has no room for a unit, nothing of it is stored but the end of what somebody
//!   is done with: see [`Leaves`];
//! - the store is asked for no haste where a unit holds only ends and delivery counts of entries,
//!   and nobody waits for it: acknowledgements, mostly.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashMap;
use philter_model::message::Message;
use philter_model::queue::EntryId;
use philter_plugin_api::QueueRecord;
use smallvec::SmallVec;

use super::{Awaited, Later, Ledger};
use crate::virtual_host::{Entered, Queue};

thread_local! {
    static TURN: RefCell<Turn> =
        const { RefCell::new(Turn { depth: 0, is_commit: false, unit: None, before: Vec::new() }) };
}

struct Turn {
    depth: u32,
    /// What is done now is a commit's.
    is_commit: bool,
    unit: Option<Unit>,
    /// Appends that the turn's answers wait for beside its own, and bytes in them that are its own.
    before: Vec<(Arc<Awaited>, u64)>,
}

impl Turn {
    fn take_unit(&mut self) -> Option<Unit> {
        self.is_commit = false;
        self.unit.take()
    }
}

/// What an entry's end has to do with what else is in its unit, where the store has no room for
/// that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// It goes where the unit puts it, it made room for what the unit puts, or it leaves by itself:
    /// it stays where it is stored, and is there again after a restart.
    WithTheRest,
    /// Somebody is done with it: it leaves, unless that is part of a commit.
    Alone,
}

/// A message for some queues.
pub(super) struct Put {
    pub(super) message: Arc<Message>,
    pub(super) records: SmallVec<[QueueRecord; 1]>,
    /// It waits in an exchange.
    pub(super) later: Option<Later>,
}

/// A key and its value; none removes it.
pub(super) struct Meta {
    pub(super) key: String,
    pub(super) value: Vec<u8>,
    /// It stands in memory whatever the store takes, and others build upon it.
    pub(super) is_definition: bool,
}

/// Entries of a queue.
pub(super) type Landing = SmallVec<[EntryId; 2]>;

/// Who is told whether the store kept an append. Called on any thread, under no lock.
pub(super) type End = Box<dyn FnOnce(bool) + Send>;

/// Changes that are appended together.
pub(super) struct Unit {
    pub(super) ledger: Arc<Ledger>,
    pub(super) puts: SmallVec<[Put; 1]>,
    /// By the message's address, which its put keeps alive; not kept for one alone.
    places: HashMap<usize, usize>,
    /// So many puts were looked at for that.
    placed: usize,
    /// Messages are put, or were.
    pub(super) has_put: bool,
    /// Entries that wait for their puts.
    pub(super) landing: SmallVec<[(Arc<Queue>, Landing); 1]>,
    pub(super) ends: Vec<End>,
    pub(super) meta: Vec<Meta>,
    /// Entries that left their queues for what else is in the unit.
    pub(super) deletes: Vec<QueueRecord>,
    /// Entries that left whatever becomes of the rest.
    pub(super) done: Vec<QueueRecord>,
    pub(super) marks: Vec<(QueueRecord, u32)>,
    /// Queues that are gone with all that was in them.
    pub(super) purges: Vec<u64>,
    pub(super) bytes: u64,
    /// It is a commit.
    is_commit: bool,
    /// Somebody is told that it is done.
    pub(super) is_awaited: bool,
    /// Somebody waits for its end, and not the turn's answers.
    is_followed: bool,
    pub(super) awaited: Arc<Awaited>,
}

/// What a turn left to the store.
#[derive(Default)]
pub(crate) struct Appended {
    /// What has to be stored for what the turn said to its client to be true, and the bytes of this
    /// turn's messages in it; nothing, where it said nothing that rests on it.
    pub(crate) awaited: SmallVec<[(Arc<Awaited>, u64); 1]>,
}

/// Where what a turn changed may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// On this thread, which has nothing else to do, if the store likes.
    Here,
    /// On a thread of the store's.
    Elsewhere,
    /// The same, with what is appended next if the store likes: nobody waits for it.
    Lazily,
}

/// Bytes of messages in a turn above which it is not written in it: more come behind them.
const HERE_BYTES_MAX: u64 = 16 * 1024;

/// Does the work of a turn and appends what it changed.
pub(crate) fn turn<T>(work: impl FnOnce() -> T) -> (T, Option<Appended>) {
    turn_at(|| Site::Elsewhere, work)
}

/// The same, with a word where what it changed may be written, when it was done.
pub(crate) fn turn_at<T>(
    site: impl FnOnce() -> Site,
    work: impl FnOnce() -> T,
) -> (T, Option<Appended>) {
    let depth = Depth::enter();
    let answer = work();
    drop(depth);
    (answer, end_turn(site))
}

fn end_turn(site: impl FnOnce() -> Site) -> Option<Appended> {
    let (unit, mut awaited) = TURN.with_borrow_mut(|turn| {
        let is_over = turn.depth == 0;
        if !is_over {
            return (None, SmallVec::new());
        }
        (turn.take_unit(), std::mem::take(&mut turn.before).into())
    });
    if let Some(unit) = unit {
        let (is_awaited, bytes) = (unit.is_awaited, unit.bytes);
        let site = match is_awaited {
            true if bytes <= HERE_BYTES_MAX => site(),
            _ => unit.site_elsewhere(),
        };
        let own = unit.append_at(site);
        awaited.extend(Some((own, bytes)).filter(|_| is_awaited));
    }
    (!awaited.is_empty()).then_some(Appended { awaited })
}

/// Appends what this turn changed so far: others may build on it from now on. What the turn says
/// waits for it as well.
pub(crate) fn append_now() {
    let unit = TURN.with_borrow_mut(|turn| if turn.depth > 0 { turn.take_unit() } else { None });
    if let Some(unit) = unit {
        let bytes = unit.bytes;
        await_also(unit.append(), bytes);
    }
}

/// What this turn does from now on is a commit: an append of its own, of which nothing is kept
/// where the store does not keep all of it.
pub(crate) fn begin_commit() {
    append_now();
    TURN.with_borrow_mut(|turn| turn.is_commit = turn.depth > 0);
}

/// What this turn says rests on an append of another one, which may be under way; one that has
/// failed is told to whoever waits as well.
pub(crate) fn await_append(awaited: Arc<Awaited>) {
    await_also(awaited, 0);
}

/// What this turn says waits for that append as well, in which so many bytes are its own.
fn await_also(awaited: Arc<Awaited>, bytes: u64) {
    TURN.with_borrow_mut(|turn| {
        let is_known = turn.before.iter().any(|(before, _)| Arc::ptr_eq(before, &awaited));
        if turn.depth > 0 && !is_known && awaited.outcome() != Some(Ok(())) {
            turn.before.push((awaited, bytes));
        }
    });
}

/// A turn that is under way, also where it ends by a panic.
struct Depth;

impl Depth {
    fn enter() -> Self {
        TURN.with_borrow_mut(|turn| turn.depth += 1);
        Self
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        TURN.with_borrow_mut(|turn| turn.depth -= 1);
    }
}

/// The append that this turn's changes so far will be part of, for who waits for it; none where
/// there are none.
pub(crate) fn awaited() -> Option<Arc<Awaited>> {
    TURN.with_borrow_mut(|turn| {
        turn.unit.as_mut().map(|unit| {
            unit.is_followed = true;
            Arc::clone(&unit.awaited)
        })
    })
}

/// The same for who does not wait for it, or says so later: [`Ledger::hurry`].
pub(crate) fn awaited_lazily() -> Option<Arc<Awaited>> {
    TURN.with_borrow(|turn| turn.unit.as_ref().map(|unit| Arc::clone(&unit.awaited)))
}

/// Whether what this turn changes is appended together with that append, or behind it.
pub(crate) fn comes_after(other: &Arc<Awaited>) -> bool {
    other.has_begun() || awaited_lazily().is_some_and(|awaited| Arc::ptr_eq(&awaited, other))
}

/// Appends what this turn changed so far and blocks until that is stored: where that stops nobody
/// else.
///
/// # Errors
/// Why the store did not keep it.
pub(crate) fn block_for_turn() -> Result<(), Arc<str>> {
    let (unit, before) =
        TURN.with_borrow_mut(|turn| (turn.take_unit(), std::mem::take(&mut turn.before)));
    let own = unit.map(Unit::append);
    let before = before.into_iter().map(|(awaited, _)| awaited);
    before.chain(own).try_for_each(|awaited| awaited.block())
}

/// What was said in this turn means that its changes are stored.
pub(crate) fn await_turn() {
    TURN.with_borrow_mut(|turn| {
        if let Some(unit) = &mut turn.unit {
            unit.is_awaited = true;
        }
    });
}

impl Ledger {
    /// Adds to this thread's unit.
    fn change(self: &Arc<Self>, change: impl FnOnce(&mut Unit)) {
        let done = TURN.with_borrow_mut(|turn| {
            let is_other = turn.unit.as_ref().is_some_and(|unit| !Arc::ptr_eq(&unit.ledger, self));
            let other = turn.unit.take_if(|_| is_other);
            let is_commit = turn.is_commit;
            change(turn.unit.get_or_insert_with(|| Unit { is_commit, ..Unit::new(self) }));
            let alone = turn.unit.take_if(|_| turn.depth == 0);
            [other, alone]
        });
        for unit in done.into_iter().flatten() {
            let site = unit.site_elsewhere();
            drop(unit.append_at(site));
        }
    }

    /// Messages entered a queue of this number.
    pub(crate) fn put(self: &Arc<Self>, queue: &Arc<Queue>, number: u64, entered: Entered) {
        self.change(|unit| {
            let ids = entered.iter().map(|(_, id)| *id).collect();
            for (message, id) in entered {
                unit.put(message, QueueRecord { queue: number, id: id.0 });
            }
            unit.landing.push((Arc::clone(queue), ids));
            unit.is_awaited = true;
        });
    }

    /// A message waits under this number until it is due; who is told whether the store has it is
    /// told on any thread, under no lock.
    pub(crate) fn put_later(
        self: &Arc<Self>,
        record: QueueRecord,
        message: &Arc<Message>,
        later: Later,
        landed: impl FnOnce(bool) + Send + 'static,
    ) {
        self.change(|unit| {
            unit.bytes += message.size();
            let (message, records) = (Arc::clone(message), SmallVec::from_elem(record, 1));
            unit.has_put = true;
            unit.puts.push(Put { message, records, later: Some(later) });
            unit.ends.push(Box::new(landed));
            unit.is_awaited = true;
        });
    }

    /// Who is to know whether the store kept what was changed just now is told, on any thread and
    /// under no lock.
    pub(crate) fn tell_end(self: &Arc<Self>, end: impl FnOnce(bool) + Send + 'static) {
        self.change(|unit| unit.ends.push(Box::new(end)));
    }

    /// Entries left a queue.
    pub(crate) fn delete(self: &Arc<Self>, number: u64, gone: &[EntryId], leaves: Leaves) {
        self.change(|unit| {
            let records = gone.iter().map(|id| QueueRecord { queue: number, id: id.0 });
            match leaves {
                Leaves::Alone if !unit.is_commit => unit.done.extend(records),
                Leaves::Alone | Leaves::WithTheRest => unit.deletes.extend(records),
            }
        });
    }

    /// Entries came back after they were handed out this often.
    pub(crate) fn mark(self: &Arc<Self>, number: u64, returned: &[(EntryId, u32)]) {
        self.change(|unit| {
            let record = |id: &EntryId| QueueRecord { queue: number, id: id.0 };
            unit.marks.extend(returned.iter().map(|(id, count)| (record(id), *count)));
        });
    }

    /// A key has this value from now on; empty: none.
    pub(crate) fn set(self: &Arc<Self>, key: String, value: Vec<u8>) {
        self.change(|unit| {
            self.owe_no_more(&key);
            unit.set(Meta { key, value, is_definition: true });
        });
    }

    /// Something is defined under a key, and others build on it from now on: it is appended at
    /// once, and apart from what this turn did before, of which it is not to share the end.
    pub(crate) fn define(self: &Arc<Self>, key: String, value: Vec<u8>) {
        append_now();
        self.set(key, value);
        append_now();
    }

    /// Keys for which there was no room have these values.
    pub(super) fn set_owed(self: &Arc<Self>, owed: BTreeMap<String, Vec<u8>>) {
        self.change(|unit| {
            let owed = owed.into_iter();
            owed.for_each(|(key, value)| unit.set(Meta { key, value, is_definition: true }));
        });
    }

    /// The same for a branch, of which `end` is told: where the store has no room for it, nothing
    /// that stands in memory is without its definition.
    pub(crate) fn set_branch(
        self: &Arc<Self>,
        key: String,
        value: Vec<u8>,
        end: impl FnOnce(bool) + Send + 'static,
    ) {
        self.change(|unit| {
            unit.set(Meta { key, value, is_definition: false });
            unit.ends.push(Box::new(end));
        });
    }

    /// What this turn says rests on what was appended by now.
    pub(crate) fn await_all(&self) {
        self.in_hand_hurried().into_iter().for_each(|awaited| await_also(awaited, 0));
    }

    /// Somebody waits for what was appended in no haste, or will be at the end of this turn.
    pub(crate) fn hurry(&self) {
        let own = awaited();
        // What this turn changed takes along what was appended before.
        if own.is_none() {
            self.hurry_appended();
        }
    }

    /// A queue is gone with all that was in it.
    pub(crate) fn purge(self: &Arc<Self>, number: u64) {
        self.change(|unit| unit.purges.push(number));
    }
}

impl Unit {
    pub(super) fn new(ledger: &Arc<Ledger>) -> Self {
        Self {
            ledger: Arc::clone(ledger),
            puts: SmallVec::new(),
            places: HashMap::default(),
            placed: 0,
            has_put: false,
            landing: SmallVec::new(),
            ends: Vec::new(),
            meta: Vec::new(),
            deletes: Vec::new(),
            done: Vec::new(),
            marks: Vec::new(),
            purges: Vec::new(),
            bytes: 0,
            is_commit: false,
            is_awaited: false,
            is_followed: false,
            awaited: Arc::default(),
        }
    }

    fn set(&mut self, meta: Meta) {
        self.bytes += (meta.key.len() + meta.value.len()) as u64;
        self.meta.push(meta);
        self.is_awaited = true;
    }

    /// They are appended.
    pub(super) fn forget_puts(&mut self) {
        self.puts = SmallVec::new();
        self.places = HashMap::default();
        self.placed = 0;
    }

    /// A body is stored once, however many queues it goes to.
    fn put(&mut self, message: Arc<Message>, record: QueueRecord) {
        self.has_put = true;
        if let Some(put) = self.put_of(&message) {
            return put.records.push(record);
        }
        self.bytes += message.size();
        let records = SmallVec::from_elem(record, 1);
        self.puts.push(Put { message, records, later: None });
    }

    /// The put of a message that is here already.
    fn put_of(&mut self, message: &Arc<Message>) -> Option<&mut Put> {
        let at = match self.puts.as_slice() {
            [] => return None,
            [only] if Arc::ptr_eq(&only.message, message) && only.later.is_none() => 0,
            [_] => return None,
            puts => {
                for (at, put) in puts.iter().enumerate().skip(self.placed) {
                    if put.later.is_none() {
                        self.places.insert(Arc::as_ptr(&put.message).addr(), at);
                    }
                }
                self.placed = puts.len();
                *self.places.get(&Arc::as_ptr(message).addr())?
            }
        };
        self.puts.get_mut(at)
    }

    /// Where it is written if not here.
    fn site_elsewhere(&self) -> Site {
        let is_of_ends = !self.has_put && self.meta.is_empty() && self.purges.is_empty();
        let is_left = !self.is_awaited && !self.is_followed && self.ends.is_empty();
        if is_of_ends && is_left { Site::Lazily } else { Site::Elsewhere }
    }

    fn append(self) -> Arc<Awaited> {
        self.append_at(Site::Elsewhere)
    }

    fn append_at(self, site: Site) -> Arc<Awaited> {
        let awaited = Arc::clone(&self.awaited);
        Ledger::append(self, site);
        awaited
    }
}
