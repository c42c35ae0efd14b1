//! Branches end: prepare, commit, rollback, forget.
//!
//! Invariant: whoever takes a branch's work out has marked it busy or removed it before, so that
//! each piece of work is finished once.

use std::sync::Arc;

use foldhash::HashMap;
use tracing::info;

use super::{Branch, BranchError, Fate, State, Xid};
use crate::virtual_host::{Queue, Refused, VirtualHost, Work};

/// What came of a commit.
pub(crate) struct Committed {
    /// How it ended.
    pub(crate) fate: Fate,
    /// Queues that hold back those who publish to them.
    pub(crate) held: Vec<Arc<Queue>>,
    /// Whether messages came into queues.
    pub(crate) has_published: bool,
}

/// What a command found that ends a branch.
enum Found {
    /// Its time was over; it is forgotten.
    TimedOut,
    /// It could only be rolled back, and is busy now.
    RollbackOnly(Work),
    /// It was open, and is busy now.
    Open(Work),
    /// It was prepared, and is busy now.
    Prepared(Work),
}

impl VirtualHost {
    /// Prepares a branch: from now on it is in doubt, and no timeout touches it. One for which a
    /// queue has no room can only be rolled back.
    ///
    /// # Errors
    /// It is not known, sessions work on it, or it is prepared.
    pub(crate) fn prepare_branch(&self, xid: &Xid) -> Result<Fate, BranchError> {
        let work = match self.begin_end(xid)? {
            Found::TimedOut => return Ok(Fate::TimedOut),
            Found::RollbackOnly(work) => {
                self.put_back(xid, work, State::RollbackOnly);
                return Ok(Fate::RolledBack);
            }
            Found::Prepared(work) => {
                self.put_back(xid, work, State::Prepared);
                return Err(BranchError::IllegalState("it is prepared already"));
            }
            Found::Open(work) => work,
        };
        let refused = self.find_refusal_of(&work);
        let (state, fate) = match &refused {
            Some(refused) => {
                tell_refused(refused);
                (State::RollbackOnly, Fate::RolledBack)
            }
            None => (State::Prepared, Fate::Done),
        };
        self.put_back(xid, work, state);
        Ok(fate)
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
        match (self.begin_end(xid)?, is_one_phase) {
            (Found::TimedOut, _) => Ok(Committed::without(Fate::TimedOut)),
            (Found::RollbackOnly(work), _) => Ok(self.finish_rollback(xid, work, now_ms)),
            (Found::Prepared(work), true) => {
                self.put_back(xid, work, State::Prepared);
                Err(BranchError::IllegalState("it is prepared: one phase is not enough"))
            }
            (Found::Open(work), false) => {
                self.put_back(xid, work, State::Open);
                Err(BranchError::IllegalState("it is not prepared: it takes one phase, or that"))
            }
            (Found::Open(work), true) => {
                if let Some(refused) = self.find_refusal_of(&work) {
                    tell_refused(&refused);
                    return Ok(self.finish_rollback(xid, work, now_ms));
                }
                Ok(self.finish_commit(xid, &work, now_ms))
            }
            (Found::Prepared(work), false) => {
                if let Some(refused) = self.find_refusal_of(&work) {
                    self.put_back(xid, work, State::Prepared);
                    return Err(BranchError::Refused(refused));
                }
                Ok(self.finish_commit(xid, &work, now_ms))
            }
        }
    }

    /// Rolls a branch back, which is then forgotten.
    ///
    /// # Errors
    /// It is not known, or sessions work on it.
    pub(crate) fn roll_back_branch(&self, xid: &Xid, now_ms: u64) -> Result<Fate, BranchError> {
        match self.begin_end(xid)? {
            Found::TimedOut => Ok(Fate::TimedOut),
            Found::RollbackOnly(work) | Found::Open(work) | Found::Prepared(work) => {
                self.finish_rollback(xid, work, now_ms);
                Ok(Fate::Done)
            }
        }
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

    fn begin_end(&self, xid: &Xid) -> Result<Found, BranchError> {
        let mut by_xid = self.branches.by_xid.lock();
        let branch = by_xid.get_mut(xid).ok_or(BranchError::Unknown)?;
        if branch.state == State::TimedOut {
            self.remove(&mut by_xid, xid);
            return Ok(Found::TimedOut);
        }
        if !branch.associations.is_empty() {
            return Err(BranchError::IllegalState("sessions are still associated with it"));
        }
        let found = match branch.state {
            State::RollbackOnly => Found::RollbackOnly,
            State::Open => Found::Open,
            State::Prepared => Found::Prepared,
            State::Busy { .. } | State::TimedOut => {
                return Err(BranchError::IllegalState("another session is ending it"));
            }
        };
        branch.state = State::Busy { was_prepared: branch.state == State::Prepared };
        Ok(found(branch.work.lock().take()))
    }

    fn put_back(&self, xid: &Xid, work: Work, state: State) {
        let mut by_xid = self.branches.by_xid.lock();
        // It may have gone with its host.
        let Some(branch) = by_xid.get_mut(xid) else { return };
        branch.state = state;
        *branch.work.lock() = work;
        if state == State::Prepared {
            self.disarm(branch);
        }
    }

    fn finish_rollback(&self, xid: &Xid, work: Work, now_ms: u64) -> Committed {
        self.remove(&mut self.branches.by_xid.lock(), xid);
        self.roll_back(work, now_ms);
        Committed::without(Fate::RolledBack)
    }

    fn finish_commit(&self, xid: &Xid, work: &Work, now_ms: u64) -> Committed {
        let held = self.publish_work(work, now_ms);
        Self::accept_work(work);
        self.remove(&mut self.branches.by_xid.lock(), xid);
        Committed { fate: Fate::Done, held, has_published: work.publishes() }
    }

    pub(super) fn remove(&self, by_xid: &mut HashMap<Xid, Branch>, xid: &Xid) {
        if let Some(mut branch) = by_xid.remove(xid) {
            self.disarm(&mut branch);
        }
    }
}

impl Committed {
    /// Nothing was published.
    fn without(fate: Fate) -> Self {
        Self { fate, held: Vec::new(), has_published: false }
    }
}

fn tell_refused(refused: &Refused) {
    let Refused { queue, limit, .. } = refused;
    info!("a branch is rolled back: queue '{queue}' is full, a message would go past {limit}");
}
