//! The branches of distributed transactions (0-10, class dtx) that a virtual host knows, by their
//! xids. They live in memory; those that are prepared are stored as well, if anything is, and are
//! made again at a start.
//!
//! Invariants:
//! - the one lock is held for changes of state only: publishing and settling come after it, and
//!   nothing but the agenda, a branch's work and the list of those who wait is locked under it;
//! - a branch that a command is ending is busy: no other command and no timeout touches it;
//! - what was prepared has no session, and stays until it is committed or rolled back;
//! - a branch that is not prepared is in the agenda, unless its timeout is 0.

mod associate;
mod complete;
mod storing;
mod timeout;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;

pub(crate) use associate::EndAs;
pub(crate) use complete::Committed;
pub(in crate::virtual_host) use storing::Restored;
pub(crate) use timeout::BranchTimeouts;

use crate::store::{self, Awaited};
use crate::virtual_host::shared::Shared;
use crate::virtual_host::{HeldBack, Refused, VirtualHost, Waker, Work};

/// A branch's name, in one form of bytes.
pub(crate) type Xid = Arc<[u8]>;

/// What a branch does, shared by the registry and the sessions that work on it.
pub(crate) type SharedWork = Arc<Mutex<Work>>;

/// How a command on a branch ends where it is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It did what it was told.
    Done,
    /// The branch was, or can only be, rolled back.
    RolledBack,
    /// The branch's time was over; its work is undone.
    TimedOut,
}

/// Why a command on a branch is refused.
#[derive(Clone, Debug)]
pub(crate) enum BranchError {
    /// Nobody started it, or it is forgotten.
    Unknown,
    /// It was started already.
    AlreadyKnown,
    /// It is not what it should be for that.
    IllegalState(&'static str),
    /// There are as many as there may be.
    TooMany(usize),
    /// The timeout is longer than this many seconds.
    TimeoutTooLong(u32),
    /// What the branch published is refused. It is as it was before.
    Refused(Refused),
}

impl fmt::Display for BranchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no such branch"),
            Self::AlreadyKnown => f.write_str("it was started already"),
            Self::IllegalState(why) => f.write_str(why),
            Self::TooMany(count) => write!(f, "there are {count} branches, which is the limit"),
            Self::TimeoutTooLong(max_s) => {
                write!(f, "the timeout is longer than --dtx-max-timeout, {max_s} seconds")
            }
            Self::Refused(Refused { why, .. }) => {
                write!(f, "{why}; the branch is still there, to be committed later or rolled back")
            }
        }
    }
}

/// Every branch of a virtual host.
pub(super) struct Branches {
    by_xid: Mutex<HashMap<Xid, Branch>>,
    /// Connections that wait for their end, for the broker's own is near.
    waiting: Mutex<HeldBack>,
    /// The virtual host's name.
    host: Arc<str>,
    /// Where their times stand.
    shared: Arc<Shared>,
}

/// One branch.
struct Branch {
    state: State,
    work: SharedWork,
    /// Sessions that work on it, or have suspended that, by their numbers.
    associations: BTreeMap<u64, Standing>,
    timeout_s: u32,
    /// Its number in the agenda.
    number: u64,
    /// Its time in the agenda.
    due_ms: Option<u64>,
    /// The append that stores it as prepared.
    storing: Option<Arc<Awaited>>,
}

/// How far a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Sessions work on it, or it waits for its end.
    Open,
    /// It can only be rolled back.
    RollbackOnly,
    /// It is in doubt.
    Prepared,
    /// Its work was rolled back, for its time was over.
    TimedOut,
    /// A command prepares or commits it just now.
    Busy {
        /// It is in doubt until that is done.
        was_prepared: bool,
    },
}

impl Branch {
    /// Whether a commit of it would do something, and must come before the broker ends: one that is
    /// prepared may come later where it is stored.
    fn is_to_commit(&self, is_stored: bool) -> bool {
        match self.state {
            State::Prepared if is_stored => false,
            State::Open | State::Prepared => !self.work.lock().is_empty(),
            State::Busy { .. } => true,
            State::RollbackOnly | State::TimedOut => false,
        }
    }
}

impl State {
    fn is_in_doubt(self) -> bool {
        matches!(self, Self::Prepared | Self::Busy { was_prepared: true })
    }
}

/// How a session stands to a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Active,
    Suspended,
}

impl VirtualHost {
    /// Branches that are prepared, and not committed or rolled back yet, in the order of their
    /// xids.
    pub(crate) fn branches_in_doubt(&self) -> Vec<Xid> {
        let by_xid = self.branches.by_xid.lock();
        let in_doubt = by_xid.iter().filter(|(_, branch)| branch.state.is_in_doubt());
        let mut xids: Vec<Xid> = in_doubt.map(|(xid, _)| Arc::clone(xid)).collect();
        drop(by_xid);
        xids.sort_unstable();
        xids
    }

    /// Whether there are branches of which a commit would do something that the broker's end would
    /// undo; `waker` is rung when one of them has ended.
    pub(crate) fn has_branches_to_commit(&self, waker: &Waker) -> bool {
        let is_stored = self.ledger.is_some();
        let by_xid = self.branches.by_xid.lock();
        let has_some = by_xid.values().any(|branch| branch.is_to_commit(is_stored));
        if has_some {
            self.branches.waiting.lock().add(waker);
        }
        has_some
    }

    /// The host is deleted: its branches go, and what they accepted goes with the queues.
    pub(super) fn drop_branches(&self) {
        let branches = std::mem::take(&mut *self.branches.by_xid.lock());
        store::turn(|| {
            for (xid, mut branch) in branches {
                self.branches.disarm(&mut branch);
                let _dropped = branch.work.lock().close();
                if branch.state.is_in_doubt() {
                    self.unstore_branch(&xid);
                }
            }
        });
        self.branches.ring();
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn branch_count(&self) -> usize {
        self.branches.by_xid.lock().len()
    }
}

impl Branches {
    /// None yet.
    pub(super) fn new(host: &Arc<str>, shared: &Arc<Shared>) -> Self {
        Self {
            by_xid: Mutex::default(),
            waiting: Mutex::default(),
            host: Arc::clone(host),
            shared: Arc::clone(shared),
        }
    }

    /// A branch with nothing done, of which nothing is in the agenda.
    fn new_branch(&self, state: State, timeout_s: u32) -> Branch {
        Branch {
            state,
            work: SharedWork::default(),
            associations: BTreeMap::new(),
            timeout_s,
            number: self.shared.agenda.next_number(),
            due_ms: None,
            storing: None,
        }
    }

    fn remove(&self, by_xid: &mut HashMap<Xid, Branch>, xid: &Xid) {
        if let Some(mut branch) = by_xid.remove(xid) {
            self.disarm(&mut branch);
        }
    }

    /// A branch may have ended: who waits for that looks again. Never called under a lock.
    fn ring(&self) {
        // Locked for the list alone.
        let waiting = self.waiting.lock().take();
        waiting.iter().for_each(Waker::ring);
    }
}
