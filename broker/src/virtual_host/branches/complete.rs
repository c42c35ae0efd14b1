//! Branches end: prepare, commit, rollback, forget.
//!
//! Invariants:
//! - whoever takes a branch's work out has marked it busy or removed it before, so that each piece
//!   of work is finished once;
//! - a branch that is stored as prepared is so until the append that finishes its work, and in that
//!   it is removed.

use std::sync::Arc;

use tracing::{error, info};

use super::{BranchError, Fate, State, Xid};
use crate::store::{self, Awaited};
use crate::virtual_host::{Found, Queue, Refused, VirtualHost, Work};

/// What came of a commit.
pub(crate) struct Committed {
    /// How it ended.
    pub(crate) fate: Fate,
    /// Queues that hold back those who publish to them.
    pub(crate) held: Vec<Arc<Queue>>,
    /// Whether messages came into queues.
    pub(crate) has_published: bool,
}

/// A branch that is busy, for a command ends it. Its work goes back to it where it stays, even
/// where the command failed by a fault of our own: what was published by then is so again.
struct Ending<'e> {
    host: &'e VirtualHost,
    xid: &'e Xid,
    /// What it was; what it is to be where it stays.
    state: State,
    work: Work,
    timeout_s: u32,
    /// The append that stores it as prepared.
    storing: Option<Arc<Awaited>>,
    is_gone: bool,
}

impl VirtualHost {
    /// Prepares a branch: from now on it is in doubt, and no timeout touches it. One for which a
    /// queue has no room can only be rolled back.
    ///
    /// # Errors
    /// It is not known, sessions work on it, or it is prepared.
    pub(crate) fn prepare_branch(&self, xid: &Xid) -> Result<Fate, BranchError> {
        let Some(mut ending) = self.begin_end(xid)? else { return Ok(Fate::TimedOut) };
        match ending.state {
            State::Prepared => return Err(BranchError::IllegalState("it is prepared already")),
            State::RollbackOnly => return Ok(Fate::RolledBack),
            _ => {}
        }
        if let Some(refused) = self.find_refusal_of(&ending.work) {
            tell_refused(&refused);
            ending.state = State::RollbackOnly;
            return Ok(Fate::RolledBack);
        }
        let (stored, _) = store::turn(|| self.store_branch(xid, &ending.work, ending.timeout_s));
        match stored {
            Ok(storing) => {
                (ending.state, ending.storing) = (State::Prepared, storing);
                Ok(Fate::Done)
            }
            Err(why) => {
                info!("a branch is rolled back: {why}");
                ending.state = State::RollbackOnly;
                Ok(Fate::RolledBack)
            }
        }
    }

    /// Commits a branch, which is then forgotten: one that is prepared, or in one phase one that is
    /// not.
    ///
    /// # Errors
    /// It is not known, sessions work on it, it needs the other number of phases, or a queue has no
    /// room.
    pub(crate) fn commit_branch(
        &self,
        xid: &Xid,
        is_one_phase: bool,
        now_ms: u64,
    ) -> Result<Committed, BranchError> {
        let Some(ending) = self.begin_end(xid)? else {
            return Ok(Committed::without(Fate::TimedOut));
        };
        let is_prepared = ending.state == State::Prepared;
        match (ending.state, is_one_phase) {
            (State::RollbackOnly, _) => return Ok(ending.roll_back(now_ms)),
            (State::Prepared, true) => {
                return Err(BranchError::IllegalState("it is prepared: one phase is not enough"));
            }
            (State::Open, false) => {
                let why = "it is not prepared: it takes one phase, or that";
                return Err(BranchError::IllegalState(why));
            }
            _ => {}
        }
        match self.find_ways_of(&ending.work) {
            Ok(found) => Ok(ending.commit(&found, now_ms)),
            Err(refused) if is_prepared => Err(BranchError::Refused(refused)),
            Err(refused) => {
                tell_refused(&refused);
                Ok(ending.roll_back(now_ms))
            }
        }
    }

    /// Rolls a branch back, which is then forgotten.
    ///
    /// # Errors
    /// It is not known, or sessions work on it.
    pub(crate) fn roll_back_branch(&self, xid: &Xid, now_ms: u64) -> Result<Fate, BranchError> {
        let Some(ending) = self.begin_end(xid)? else { return Ok(Fate::TimedOut) };
        ending.roll_back(now_ms);
        Ok(Fate::Done)
    }

    /// Forgets a branch that was completed by somebody's own decision. None ever is.
    ///
    /// # Errors
    /// Always.
    pub(crate) fn forget_branch(&self, xid: &Xid) -> Result<(), BranchError> {
        if self.branches.by_xid.lock().contains_key(xid) {
            return Err(BranchError::IllegalState("it was not completed heuristically"));
        }
        Err(BranchError::Unknown)
    }

    fn lose_of_branch(&self, count: usize, first: &Refused) {
        self.totals.count_lost(count as u64);
        error!("{count} messages of a branch that was committed are lost: {}", first.why);
    }

    /// Begins to end a branch; none where its time was over, and it is forgotten.
    fn begin_end<'e>(&'e self, xid: &'e Xid) -> Result<Option<Ending<'e>>, BranchError> {
        let mut by_xid = self.branches.by_xid.lock();
        let branch = by_xid.get_mut(xid).ok_or(BranchError::Unknown)?;
        let state = branch.state;
        match state {
            State::TimedOut => {
                self.branches.remove(&mut by_xid, xid);
                return Ok(None);
            }
            State::Busy { .. } => {
                return Err(BranchError::IllegalState("another session is ending it"));
            }
            State::Open | State::RollbackOnly | State::Prepared => {}
        }
        if !branch.associations.is_empty() {
            return Err(BranchError::IllegalState("sessions are still associated with it"));
        }
        if branch.storing.as_ref().is_some_and(|storing| !store::comes_after(storing)) {
            // Its end would be stored before it.
            return Err(BranchError::IllegalState("another session is preparing it"));
        }
        branch.state = State::Busy { was_prepared: state == State::Prepared };
        let work = branch.work.lock().take();
        let (timeout_s, storing) = (branch.timeout_s, branch.storing.take());
        Ok(Some(Ending { host: self, xid, state, work, timeout_s, storing, is_gone: false }))
    }
}

impl Ending<'_> {
    fn commit(self, found: &[Found], now_ms: u64) -> Committed {
        let (host, xid, timeout_s) = (self.host, self.xid, self.timeout_s);
        let was_prepared = self.state == State::Prepared;
        let (committed, _) = store::turn(|| {
            let (held, failed) = host.publish_work(&self.work, found, now_ms);
            if let Some(first) = failed.first() {
                // Nobody can take the branch back any more.
                host.lose_of_branch(failed.len(), first);
            }
            host.accept_work(&self.work);
            let has_published = self.work.publishes();
            let work = self.forget();
            if was_prepared {
                host.unstore_committed(xid, work, timeout_s);
            }
            Committed { fate: Fate::Done, held, has_published }
        });
        committed
    }

    fn roll_back(self, now_ms: u64) -> Committed {
        let (host, xid) = (self.host, self.xid);
        let was_prepared = self.state == State::Prepared;
        store::turn(|| {
            host.roll_back(self.forget(), now_ms);
            if was_prepared {
                host.unstore_branch(xid);
            }
        });
        Committed::without(Fate::RolledBack)
    }

    fn forget(mut self) -> Work {
        let branches = &self.host.branches;
        branches.remove(&mut branches.by_xid.lock(), self.xid);
        self.is_gone = true;
        self.work.take()
    }

    fn put_back(&mut self) {
        let branches = &self.host.branches;
        let mut by_xid = branches.by_xid.lock();
        // It may have gone with its host.
        let Some(branch) = by_xid.get_mut(self.xid) else { return };
        branch.state = self.state;
        branch.storing = self.storing.take();
        *branch.work.lock() = self.work.take();
        if self.state == State::Prepared {
            branches.disarm(branch);
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if !self.is_gone {
            self.put_back();
        }
        self.host.branches.ring();
    }
}

impl Committed {
    /// Nothing was published.
    fn without(fate: Fate) -> Self {
        Self { fate, held: Vec::new(), has_published: false }
    }
}

fn tell_refused(refused: &Refused) {
    info!("a branch is rolled back: {}", refused.why);
}
