//! A session's part in distributed transactions (0-10, class dtx): which branches it works on, and
//! what it does under them.
//!
//! Invariants:
//! - a session works on one branch at a time; others that it is associated with are suspended;
//! - what it does while it works on one goes to the branch at once, and is the branch's: the end of
//!   the session takes nothing of it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::command::{DtxEnd, DtxStart, error_code};

use super::connection::Connection;
use super::dtx::{Named, describe, xa_result};
use super::failure::{Failure, Outcome};
use super::message::Done;
use crate::virtual_host::{
    Accepted, BranchError, EndAs, Fate, NotTaken, SharedWork, VirtualHost, Xid,
};

/// Branches that a session may have suspended. No transaction manager leaves more; one that times
/// out stays here until its client ends it.
const SUSPENDED_MAX: usize = 1_000;

/// The branches that a session is associated with.
#[derive(Default)]
pub(super) struct Associations {
    active: Option<(Xid, SharedWork)>,
    suspended: BTreeMap<Xid, SharedWork>,
}

impl Associations {
    /// Where what the session does goes, if it works on a branch.
    pub(super) fn work(&self) -> Option<&SharedWork> {
        self.active.as_ref().map(|(_, work)| work)
    }

    /// The session ends: its branches can only be rolled back.
    pub(super) fn abandon(self, host: &VirtualHost, session: u64) {
        let active = self.active.into_iter().map(|(xid, _)| xid);
        for xid in active.chain(self.suspended.into_keys()) {
            host.abandon_branch(&xid, session);
        }
    }

    fn is_active(&self, xid: &Xid) -> bool {
        self.active.as_ref().is_some_and(|(active, _)| active == xid)
    }

    /// Whether a session that is associated with these may begin, join or resume this one.
    fn check_start(&self, xid: &Xid, start: &DtxStart) -> Outcome {
        let is_own = self.is_active(xid) || self.suspended.contains_key(xid);
        if is_own && !start.join && !start.resume {
            return Err(Failure::of_branch("dtx.start", xid, &BranchError::AlreadyKnown));
        }
        if is_own && start.join {
            let why = BranchError::IllegalState("the session is associated with it already");
            return Err(Failure::of_branch("dtx.start", xid, &why));
        }
        let Some((active, _)) = &self.active else { return Ok(()) };
        let text = format!("dtx.start: the session works on branch {}", describe(active));
        Err(Failure::new(error_code::ILLEGAL_STATE, text))
    }

    /// Takes the branch out that the session works on, or has suspended.
    fn take(&mut self, xid: &Xid) -> Option<SharedWork> {
        if self.is_active(xid) {
            return self.active.take().map(|(_, work)| work);
        }
        self.suspended.remove(xid)
    }
}

impl Connection {
    /// dtx.select: from now on the session may work on branches.
    pub(super) fn select_branches(&mut self, channel: u16) -> Outcome {
        let session = self.session(channel)?;
        if session.transaction.is_some() {
            let text = "dtx.select: the session is selected for local transactions";
            return Err(Failure::new(error_code::ILLEGAL_STATE, text));
        }
        session.dtx.get_or_insert_default();
        Ok(())
    }

    /// dtx.start: the session begins, joins or resumes a branch.
    pub(super) fn start_branch(&mut self, channel: u16, start: &DtxStart) -> Outcome<Done> {
        let dtx = self.associations(channel, "dtx.start")?;
        if start.join && start.resume {
            let text = "dtx.start: join and resume do not go together";
            return Err(Failure::new(error_code::COMMAND_INVALID, text));
        }
        let Named { xid, .. } = &Named::read("dtx.start", &start.xid)?;
        dtx.check_start(xid, start)?;
        if start.resume {
            return self.resume_branch(channel, xid);
        }
        let (host, now_ms) = (Arc::clone(&self.host), self.now_ms);
        let number = self.session(channel)?.owner.session;
        let work = match start.join {
            true => host.join_branch(xid, number),
            false => host.start_branch(xid, number, now_ms).map(Some),
        };
        let Some(work) = work.map_err(|error| Failure::of_branch("dtx.start", xid, &error))? else {
            return Ok(xa_result(Fate::TimedOut));
        };
        self.session(channel)?.live.enter_branch(!start.join);
        self.associations(channel, "dtx.start")?.active = Some((Arc::clone(xid), work));
        Ok(xa_result(Fate::Done))
    }

    fn resume_branch(&mut self, channel: u16, xid: &Xid) -> Outcome<Done> {
        let (host, number) = (Arc::clone(&self.host), self.session(channel)?.owner.session);
        let dtx = self.associations(channel, "dtx.start")?;
        let Some(work) = dtx.suspended.get(xid).cloned() else {
            return Err(not_associated("dtx.start", xid));
        };
        let fate = host.resume_branch(xid, number);
        if fate == Fate::Done {
            dtx.suspended.remove(xid);
            dtx.active = Some((Arc::clone(xid), work));
        }
        Ok(xa_result(fate))
    }

    /// dtx.end: the session ends its work on a branch, or suspends it.
    pub(super) fn end_branch(&mut self, channel: u16, command: &DtxEnd) -> Outcome<Done> {
        let (host, number) = (Arc::clone(&self.host), self.session(channel)?.owner.session);
        let dtx = self.associations(channel, "dtx.end")?;
        let Named { xid, .. } = &Named::read("dtx.end", &command.xid)?;
        let end = match (command.fail, command.suspend) {
            (true, _) => EndAs::Failure,
            (false, true) if dtx.suspended.contains_key(xid) => {
                let text = format!("dtx.end: branch {} is suspended already", describe(xid));
                return Err(Failure::new(error_code::ILLEGAL_STATE, text));
            }
            (false, true) if dtx.suspended.len() >= SUSPENDED_MAX => {
                let text = format!(
                    "dtx.end: the session has suspended {SUSPENDED_MAX} branches, which is the \
                     limit"
                );
                return Err(Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text));
            }
            (false, true) => EndAs::Suspend,
            (false, false) => EndAs::Success,
        };
        let work = dtx.take(xid).ok_or_else(|| not_associated("dtx.end", xid))?;
        let fate = host.end_association(xid, number, end);
        if end == EndAs::Suspend && fate == Fate::Done {
            dtx.suspended.insert(Arc::clone(xid), work);
        } else {
            self.session(channel)?.live.leave_branch();
        }
        if command.fail && command.suspend {
            let text = "dtx.end: fail and suspend do not go together";
            return Err(Failure::new(error_code::COMMAND_INVALID, text));
        }
        Ok(xa_result(fate))
    }

    /// Transfers are accepted under a branch, which takes them over.
    pub(super) fn accept_under(
        &mut self,
        channel: u16,
        transfers: &RangeSet,
        work: &SharedWork,
    ) -> Outcome {
        let (host, now_ms) = (Arc::clone(&self.host), self.now_ms);
        let mut outcome = Ok(());
        self.for_runs(channel, transfers, |first, entries| {
            let (queue, entries) = (Arc::clone(&first.queue), entries.to_vec());
            let accepted = Accepted { queue, consumer: first.consumer, entries };
            let taken = work.lock().accept(accepted);
            if let Err(NotTaken { accepted, why }) = taken {
                host.give_back(&accepted, now_ms);
                if let Some(why) = why {
                    outcome = Err(Failure::from(why));
                }
            }
        });
        outcome
    }

    fn associations(&mut self, channel: u16, command: &str) -> Outcome<&mut Associations> {
        self.session(channel)?.dtx.as_mut().ok_or_else(|| {
            let text = format!("{command}: the session is not selected (dtx.select)");
            Failure::new(error_code::COMMAND_INVALID, text)
        })
    }
}

fn not_associated(command: &str, xid: &Xid) -> Failure {
    let text = format!("{command}: branch {} is not associated with the session", describe(xid));
    Failure::new(error_code::ILLEGAL_STATE, text)
}
