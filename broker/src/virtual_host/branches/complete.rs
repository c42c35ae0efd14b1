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

/// A branch that is busy, for a command ends it. Its work goes back to it where it stays, even
/// where the command failed by a fault of our own: what was published by then is so again.
struct Ending<'e> {
    host: &'e VirtualHost,
    xid: &'e Xid,
    /// What it was; what it is to be where it stays.
    state: State,
    work: Work,
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
        ending.state = State::Prepared;
        Ok(Fate::Done)
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
        match self.find_refusal_of(&ending.work) {
            None => Ok(ending.commit(now_ms)),
            Some(refused) if is_prepared => Err(BranchError::Refused(refused)),
            Some(refused) => {
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

    /// Begins to end a branch; none where its time was over, and it is forgotten.
    fn begin_end<'e>(&'e self, xid: &'e Xid) -> Result<Option<Ending<'e>>, BranchError> {
        let mut by_xid = self.branches.by_xid.lock();
        let branch = by_xid.get_mut(xid).ok_or(BranchError::Unknown)?;
        let state = branch.state;
        match state {
            State::TimedOut => {
                self.remove(&mut by_xid, xid);
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
        branch.state = State::Busy { was_prepared: state == State::Prepared };
        let work = branch.work.lock().take();
        Ok(Some(Ending { host: self, xid, state, work, is_gone: false }))
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

    pub(super) fn remove(&self, by_xid: &mut HashMap<Xid, Branch>, xid: &Xid) {
        if let Some(mut branch) = by_xid.remove(xid) {
            self.disarm(&mut branch);
        }
    }
}

impl Ending<'_> {
    fn commit(self, now_ms: u64) -> Committed {
        let held = self.host.publish_work(&self.work, now_ms);
        VirtualHost::accept_work(&self.work);
        let has_published = self.work.publishes();
        self.forget();
        Committed { fate: Fate::Done, held, has_published }
    }

    fn roll_back(self, now_ms: u64) -> Committed {
        let host = self.host;
        host.roll_back(self.forget(), now_ms);
        Committed::without(Fate::RolledBack)
    }

    fn forget(mut self) -> Work {
        self.host.remove(&mut self.host.branches.by_xid.lock(), self.xid);
        self.is_gone = true;
        self.work.take()
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if !self.is_gone {
            self.host.put_back(self.xid, self.work.take(), self.state);
        }
        self.host.ring_for_branches();
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
