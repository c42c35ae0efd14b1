//! Sessions begin and end their work on branches.
//!
//! Invariant: a session that ends while it is associated, suspended or not, leaves a branch that
//! can only be rolled back.

use std::sync::Arc;

use super::{BranchError, Fate, SharedWork, Standing, State, Xid};
use crate::virtual_host::VirtualHost;
use crate::virtual_host::limits::BRANCHES_MAX;

/// How a session ends its work on a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndAs {
    /// All went well.
    Success,
    /// The branch can only be rolled back.
    Failure,
    /// The session will go on with it.
    Suspend,
}

impl VirtualHost {
    /// Begins a branch for a session; answers where its work goes.
    ///
    /// # Errors
    /// It is known, or there are too many.
    pub(crate) fn start_branch(
        &self,
        xid: &Xid,
        session: u64,
        now_ms: u64,
    ) -> Result<SharedWork, BranchError> {
        if self.is_deleted() {
            return Err(BranchError::IllegalState("the virtual host was deleted"));
        }
        let mut by_xid = self.branches.by_xid.lock();
        if by_xid.contains_key(xid) {
            return Err(BranchError::AlreadyKnown);
        }
        if by_xid.len() >= BRANCHES_MAX && !self.branches.forget_timed_out(&mut by_xid) {
            return Err(BranchError::TooMany(by_xid.len()));
        }
        let mut branch = self.branches.new_branch(State::Open, self.branch_timeouts.default_s);
        branch.associations.insert(session, Standing::Active);
        self.branches.arm_timeout(xid, &mut branch, now_ms);
        let work = Arc::clone(&branch.work);
        by_xid.insert(Arc::clone(xid), branch);
        Ok(work)
    }

    /// Lets a session work on a branch that another one began; none where its time was over.
    ///
    /// # Errors
    /// It is not known, it is prepared, or the session is associated with it already.
    pub(crate) fn join_branch(
        &self,
        xid: &Xid,
        session: u64,
    ) -> Result<Option<SharedWork>, BranchError> {
        let mut by_xid = self.branches.by_xid.lock();
        let branch = by_xid.get_mut(xid).ok_or(BranchError::Unknown)?;
        match branch.state {
            State::TimedOut => return Ok(None),
            State::Prepared | State::Busy { .. } => {
                return Err(BranchError::IllegalState("it is prepared, or about to be"));
            }
            State::Open | State::RollbackOnly => {}
        }
        if branch.associations.contains_key(&session) {
            return Err(BranchError::IllegalState("the session is associated with it already"));
        }
        branch.associations.insert(session, Standing::Active);
        Ok(Some(Arc::clone(&branch.work)))
    }

    /// Lets a session go on with a branch that it suspended.
    pub(crate) fn resume_branch(&self, xid: &Xid, session: u64) -> Fate {
        let mut by_xid = self.branches.by_xid.lock();
        let branch = by_xid.get_mut(xid).filter(|branch| branch.state != State::TimedOut);
        let standing = branch.and_then(|branch| branch.associations.get_mut(&session));
        standing.map_or(Fate::TimedOut, |standing| {
            *standing = Standing::Active;
            Fate::Done
        })
    }

    /// A session that is associated with a branch ends that, or suspends it.
    pub(crate) fn end_association(&self, xid: &Xid, session: u64, end: EndAs) -> Fate {
        let mut by_xid = self.branches.by_xid.lock();
        // One that timed out may be forgotten by now, and its xid be in use again.
        let branch = by_xid.get_mut(xid);
        let Some(branch) = branch.filter(|branch| branch.associations.contains_key(&session))
        else {
            return Fate::TimedOut;
        };
        if end == EndAs::Suspend && branch.state != State::TimedOut {
            branch.associations.insert(session, Standing::Suspended);
            return Fate::Done;
        }
        branch.associations.remove(&session);
        match (branch.state, end) {
            (State::TimedOut, _) => Fate::TimedOut,
            (_, EndAs::Failure) => {
                branch.state = State::RollbackOnly;
                drop(by_xid);
                self.branches.ring();
                Fate::RolledBack
            }
            _ => Fate::Done,
        }
    }

    /// A session ended while it was associated with a branch.
    pub(crate) fn abandon_branch(&self, xid: &Xid, session: u64) {
        let mut by_xid = self.branches.by_xid.lock();
        let Some(branch) = by_xid.get_mut(xid) else { return };
        if branch.associations.remove(&session).is_some() && branch.state == State::Open {
            branch.state = State::RollbackOnly;
        }
        drop(by_xid);
        self.branches.ring();
    }
}
