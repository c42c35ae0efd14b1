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
//!   the middle.

use std::cell::RefCell;
use std::sync::Arc;

use foldhash::HashMap;
use philter_model::message::Message;
use philter_model::queue::EntryId;
use philter_plugin_api::QueueRecord;
use smallvec::SmallVec;

use super::{Awaited, Ledger};
use crate::virtual_host::Queue;

thread_local! {
    static TURN: RefCell<Turn> = const { RefCell::new(Turn { depth: 0, unit: None }) };
}

struct Turn {
    depth: u32,
    unit: Option<Unit>,
}

/// A message for some queues.
pub(super) struct Put {
    pub(super) message: Arc<Message>,
    pub(super) records: SmallVec<[QueueRecord; 1]>,
}

/// Changes that are appended together.
pub(super) struct Unit {
    pub(super) ledger: Arc<Ledger>,
    pub(super) puts: Vec<Put>,
    /// By the message's address, which its put keeps alive.
    places: HashMap<*const Message, usize>,
    /// Entries that wait for their puts.
    pub(super) landing: Vec<(Arc<Queue>, Vec<EntryId>)>,
    /// Keys and their values; none removes it.
    pub(super) meta: Vec<(String, Vec<u8>)>,
    pub(super) deletes: Vec<QueueRecord>,
    pub(super) marks: Vec<(QueueRecord, u32)>,
    /// Queues that are gone with all that was in them.
    pub(super) purges: Vec<u64>,
    pub(super) bytes: u64,
    /// Somebody is told that it is done.
    pub(super) is_awaited: bool,
    pub(super) awaited: Arc<Awaited>,
}

/// What a turn left to the store.
pub(crate) struct Appended {
    /// The append.
    pub(crate) awaited: Arc<Awaited>,
    /// Whether what the turn said to its client means that it is stored.
    pub(crate) is_awaited: bool,
    /// Bytes of the messages in it.
    pub(crate) bytes: u64,
}

/// Does the work of a turn and appends what it changed.
pub(crate) fn turn<T>(work: impl FnOnce() -> T) -> (T, Option<Appended>) {
    let depth = Depth::enter();
    let answer = work();
    drop(depth);
    let unit = TURN.with_borrow_mut(|turn| turn.unit.take_if(|_| turn.depth == 0));
    (answer, unit.map(Unit::append))
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

/// The append that this turn's changes so far will be part of; none where there are none.
pub(crate) fn awaited() -> Option<Arc<Awaited>> {
    TURN.with_borrow(|turn| turn.unit.as_ref().map(|unit| Arc::clone(&unit.awaited)))
}

/// Appends what this turn changed so far and blocks until that is stored: where that stops nobody
/// else.
///
/// # Errors
/// Why the store did not keep it.
pub(crate) fn block_for_turn() -> Result<(), Arc<str>> {
    let unit = TURN.with_borrow_mut(|turn| turn.unit.take());
    unit.map_or(Ok(()), |unit| unit.append().awaited.block())
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
            change(turn.unit.get_or_insert_with(|| Unit::new(self)));
            let alone = turn.unit.take_if(|_| turn.depth == 0);
            [other, alone]
        });
        done.into_iter().flatten().for_each(|unit| drop(unit.append()));
    }

    /// Messages entered a queue of this number.
    pub(crate) fn put(
        self: &Arc<Self>,
        queue: &Arc<Queue>,
        number: u64,
        entered: Vec<(Arc<Message>, EntryId)>,
    ) {
        self.change(|unit| {
            let ids = entered.iter().map(|(_, id)| *id).collect();
            for (message, id) in entered {
                unit.put(message, QueueRecord { queue: number, id: id.0 });
            }
            unit.landing.push((Arc::clone(queue), ids));
            unit.is_awaited = true;
        });
    }

    /// Entries left a queue.
    pub(crate) fn delete(self: &Arc<Self>, number: u64, gone: &[EntryId]) {
        self.change(|unit| {
            let records = gone.iter().map(|id| QueueRecord { queue: number, id: id.0 });
            unit.deletes.extend(records);
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
            unit.bytes += (key.len() + value.len()) as u64;
            unit.meta.push((key, value));
            unit.is_awaited = true;
        });
    }

    /// A queue is gone with all that was in it.
    pub(crate) fn purge(self: &Arc<Self>, number: u64) {
        self.change(|unit| unit.purges.push(number));
    }
}

impl Unit {
    fn new(ledger: &Arc<Ledger>) -> Self {
        Self {
            ledger: Arc::clone(ledger),
            puts: Vec::new(),
            places: HashMap::default(),
            landing: Vec::new(),
            meta: Vec::new(),
            deletes: Vec::new(),
            marks: Vec::new(),
            purges: Vec::new(),
            bytes: 0,
            is_awaited: false,
            awaited: Arc::default(),
        }
    }

    /// A body is stored once, however many queues it goes to.
    fn put(&mut self, message: Arc<Message>, record: QueueRecord) {
        let place = *self.places.entry(Arc::as_ptr(&message)).or_insert(self.puts.len());
        match self.puts.get_mut(place) {
            Some(put) => put.records.push(record),
            None => {
                self.bytes += message.size();
                self.puts.push(Put { message, records: SmallVec::from_elem(record, 1) });
            }
        }
    }

    fn append(self) -> Appended {
        let awaited = Arc::clone(&self.awaited);
        let (is_awaited, bytes) = (self.is_awaited, self.bytes);
        Ledger::append(self);
        Appended { awaited, is_awaited, bytes }
    }
}
