//! Distributed transactions (0-10, class dtx): the commands about branches as a whole. Any session
//! may give them, whoever worked on the branch.
//!
//! Invariant: an xid that a client sent is read before anything is done with it, so that one branch
//! has one name.

use philter_protocol::v0_10::command::{DtxCommit, DtxSetTimeout, error_code};
use philter_protocol::v0_10::structs::{
    GetTimeoutResult, RecoverResult, XaResult, Xid as Fields, decode_struct, encode_struct,
    xa_status,
};
use philter_protocol::v0_10::{Command, CommandId};

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::message::Done;
use super::publish::code_of;
use crate::virtual_host::{BranchError, Committed, Fate, Xid};

/// A branch as a command names it.
pub(super) struct Named<'c> {
    pub(super) command: &'c str,
    pub(super) xid: Xid,
}

impl<'c> Named<'c> {
    /// Reads the content of an xid's struct32.
    pub(super) fn read(command: &'c str, content: &[u8]) -> Outcome<Self> {
        let fields: Fields = decode_struct(content).map_err(|fault| {
            Failure::new(error_code::COMMAND_INVALID, format!("{command}.xid: {fault}"))
        })?;
        Ok(Self { command, xid: encode_struct(&fields).into() })
    }

    fn fail(&self, error: &BranchError) -> Failure {
        Failure::of_branch(self.command, &self.xid, error)
    }
}

impl Failure {
    /// A command on a branch is refused.
    pub(super) fn of_branch(command: &str, xid: &Xid, error: &BranchError) -> Self {
        let code = match error {
            BranchError::Unknown => error_code::NOT_FOUND,
            BranchError::AlreadyKnown => error_code::NOT_ALLOWED,
            BranchError::IllegalState(_) => error_code::ILLEGAL_STATE,
            BranchError::TimeoutTooLong(_) => error_code::INVALID_ARGUMENT,
            BranchError::TooMany(_) => error_code::RESOURCE_LIMIT_EXCEEDED,
            BranchError::Refused(refused) => code_of(refused),
        };
        Self::new(code, format!("{command}: branch {}: {error}", describe(xid)))
    }
}

/// An xid for people: its global id and its branch id.
pub(super) fn describe(xid: &Xid) -> String {
    let Fields { global_id, branch_id, .. } = decode_struct(xid).unwrap_or_default();
    format!("'{}':'{}'", global_id.escape_ascii(), branch_id.escape_ascii())
}

/// How a command on a branch ended.
pub(super) fn xa_result(fate: Fate) -> Done {
    Done::Result(status_of(fate))
}

fn status_of(fate: Fate) -> Vec<u8> {
    let status = match fate {
        Fate::Done => xa_status::OK,
        Fate::RolledBack => xa_status::RBROLLBACK,
        Fate::TimedOut => xa_status::RBTIMEOUT,
    };
    encode_struct(&XaResult { status })
}

impl Connection {
    /// Runs a command of class dtx.
    pub(super) fn run_dtx(
        &mut self,
        channel: u16,
        id: CommandId,
        command: Command,
    ) -> Outcome<Done> {
        let name = command.name();
        self.session(channel)?.manages_branches = true;
        match &command {
            Command::DtxSelect(_) => self.select_branches(channel)?,
            Command::DtxStart(start) => return self.start_branch(channel, start),
            Command::DtxEnd(end) => return self.end_branch(channel, end),
            Command::DtxPrepare(prepare) => {
                let branch = Named::read(name, &prepare.xid)?;
                let fate = self.host.prepare_branch(&branch.xid);
                return fate.map(xa_result).map_err(|error| branch.fail(&error));
            }
            Command::DtxCommit(commit) => return self.commit_branch(channel, id, commit),
            Command::DtxRollback(rollback) => {
                let branch = Named::read(name, &rollback.xid)?;
                let fate = self.host.roll_back_branch(&branch.xid, self.now_ms);
                let fate = fate.map_err(|error| branch.fail(&error))?;
                self.session(channel)?.live.count_end(false);
                return Ok(xa_result(fate));
            }
            Command::DtxForget(forget) => {
                let branch = Named::read(name, &forget.xid)?;
                let forgotten = self.host.forget_branch(&branch.xid);
                forgotten.map_err(|error| branch.fail(&error))?;
            }
            Command::DtxGetTimeout(get) => {
                let branch = Named::read(name, &get.xid)?;
                let timeout = self.host.branch_timeout(&branch.xid);
                let timeout = timeout.map_err(|error| branch.fail(&error))?;
                return Ok(Done::Result(encode_struct(&GetTimeoutResult { timeout })));
            }
            Command::DtxSetTimeout(set) => self.set_branch_timeout(set)?,
            Command::DtxRecover(_) => return Ok(Done::Result(self.recover())),
            other => return Err(Failure::not_implemented(other.name())),
        }
        Ok(Done::Complete)
    }

    fn commit_branch(&mut self, channel: u16, id: CommandId, commit: &DtxCommit) -> Outcome<Done> {
        let branch = Named::read("dtx.commit", &commit.xid)?;
        let committed = self.host.commit_branch(&branch.xid, commit.one_phase, self.now_ms);
        let committed = committed.map_err(|error| branch.fail(&error))?;
        let Committed { fate, held, has_published } = committed;
        self.session(channel)?.live.count_end(fate == Fate::Done);
        if self.withhold_commit(channel, id, held, has_published) {
            return Ok(Done::ResultFirst(status_of(fate)));
        }
        Ok(xa_result(fate))
    }

    fn set_branch_timeout(&self, set: &DtxSetTimeout) -> Outcome {
        let branch = Named::read("dtx.set-timeout", &set.xid)?;
        let done = self.host.set_branch_timeout(&branch.xid, set.timeout, self.now_ms);
        done.map_err(|error| branch.fail(&error))
    }

    /// dtx.recover: the branches that are in doubt.
    fn recover(&self) -> Vec<u8> {
        let in_doubt = self.host.branches_in_doubt();
        let in_doubt = in_doubt.iter().map(|xid| xid.to_vec()).collect();
        encode_struct(&RecoverResult { in_doubt })
    }
}
