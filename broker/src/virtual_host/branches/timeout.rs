//! Branches have a time: one that is over is rolled back, whoever works on it, and is known for
//! some time after that, so that whoever asks is told why.
//!
//! Invariant: a branch's `due_ms` is its place in the agenda.

use std::sync::Arc;

use foldhash::HashMap;
use tracing::info;

use super::{Branch, BranchError, Branches, State, Xid};
use crate::virtual_host::VirtualHost;
use crate::virtual_host::agenda::{Due, DueIs, Rearm};

/// Milliseconds for which a branch is known after its time was over, as Qpid has it: half an hour.
const REMEMBERED_MS: u64 = 1_800_000;

/// Milliseconds after which one is looked at again that was being committed when its time came.
const BUSY_MS: u64 = 1_000;

/// How long branches may take that are not prepared, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BranchTimeouts {
    /// Those of which nobody says it; 0: any time.
    pub(crate) default_s: u32,
    /// What a client may ask for; 0: anything.
    pub(crate) max_s: u32,
}

impl Default for BranchTimeouts {
    fn default() -> Self {
        Self { default_s: 60, max_s: 3_600 }
    }
}

impl VirtualHost {
    /// How long a branch may take, in seconds; 0: any time.
    ///
    /// # Errors
    /// It is not known.
    pub(crate) fn branch_timeout(&self, xid: &Xid) -> Result<u32, BranchError> {
        let by_xid = self.branches.by_xid.lock();
        by_xid.get(xid).map(|branch| branch.timeout_s).ok_or(BranchError::Unknown)
    }

    /// Says how long a branch may take from now on; 0: any time. One whose time was over, or that
    /// is prepared, is not touched by it.
    ///
    /// # Errors
    /// It is not known, or that is too long.
    pub(crate) fn set_branch_timeout(
        &self,
        xid: &Xid,
        timeout_s: u32,
        now_ms: u64,
    ) -> Result<(), BranchError> {
        let max_s = self.branch_timeouts.max_s;
        let mut by_xid = self.branches.by_xid.lock();
        let branch = by_xid.get_mut(xid).ok_or(BranchError::Unknown)?;
        if max_s > 0 && timeout_s > max_s {
            return Err(BranchError::TimeoutTooLong(max_s));
        }
        branch.timeout_s = timeout_s;
        if !branch.state.is_in_doubt() && branch.state != State::TimedOut {
            self.branches.arm_timeout(xid, branch, now_ms);
        }
        Ok(())
    }

    /// A branch's time is over, or it was known for long enough after that.
    pub(in crate::virtual_host) fn expire_branch(&self, xid: &Xid, number: u64, now_ms: u64) {
        let work = {
            let mut by_xid = self.branches.by_xid.lock();
            let Some(branch) = by_xid.get_mut(xid).filter(|branch| branch.number == number) else {
                return;
            };
            // A client may have given it more time just now.
            if branch.due_ms.is_none_or(|due_ms| due_ms > now_ms) {
                return;
            }
            branch.due_ms = None;
            match branch.state {
                State::Prepared => return,
                State::Busy { .. } => {
                    return self.branches.arm(xid, branch, now_ms.saturating_add(BUSY_MS));
                }
                State::TimedOut => {
                    by_xid.remove(xid);
                    return;
                }
                State::Open | State::RollbackOnly => {}
            }
            branch.state = State::TimedOut;
            self.branches.arm(xid, branch, now_ms.saturating_add(REMEMBERED_MS));
            Arc::clone(&branch.work)
        };
        self.branches.ring();
        let work = work.lock().close();
        info!("a branch of a distributed transaction is rolled back: its time is over");
        self.roll_back(work, now_ms);
    }
}

impl Branches {
    /// Forgets the branch whose time was over first, to make room for another one; whether there
    /// was one.
    pub(super) fn forget_timed_out(&self, by_xid: &mut HashMap<Xid, Branch>) -> bool {
        let timed_out = by_xid.iter().filter(|(_, branch)| branch.state == State::TimedOut);
        let first = timed_out.min_by_key(|(_, branch)| (branch.due_ms, branch.number));
        let Some(xid) = first.map(|(xid, _)| Arc::clone(xid)) else { return false };
        self.remove(by_xid, &xid);
        true
    }

    pub(super) fn arm_timeout(&self, xid: &Xid, branch: &mut Branch, now_ms: u64) {
        match branch.timeout_s {
            0 => self.disarm(branch),
            timeout_s => self.arm(xid, branch, now_ms.saturating_add(u64::from(timeout_s) * 1_000)),
        }
    }

    fn arm(&self, xid: &Xid, branch: &mut Branch, to_ms: u64) {
        let is = DueIs::Branch { xid: Arc::clone(xid), number: branch.number };
        let due = Due { host: Arc::clone(&self.host), is };
        let from_ms = branch.due_ms.replace(to_ms);
        self.shared.agenda.rearm(branch.number, due, Rearm { from_ms, to_ms });
    }

    pub(super) fn disarm(&self, branch: &mut Branch) {
        if let Some(due_ms) = branch.due_ms.take() {
            self.shared.agenda.disarm(branch.number, due_ms);
        }
    }
}
