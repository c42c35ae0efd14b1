//! The state of one session: command ids both ways and what is complete (0-10, section 2.4 and
//! 2.5).
//!
//! Invariants:
//! - each incoming command gets the next id, and is reported complete once, when its owner says so;
//!   one that comes a second time is passed over;
//! - execution.sync completes when everything before it did.

mod replay;

use bytes::Bytes;

use crate::limits::{COMPLETED_RANGES_ASK, COMPLETED_SPAN_ASK, COMPLETED_SPAN_MAX};
use crate::v0_10::command::{Command, CommandFault};
use crate::v0_10::frame::Body;
use crate::v0_10::range_set::{CommandId, RangeSet};

pub(crate) use replay::{Kept, Replay};

/// What happened in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// The peer wants to attach; answer with `attached` or `refuse_attach`.
    Attach {
        /// The session's name.
        name: Bytes,
        /// Take it over from another connection.
        force: bool,
    },
    /// The peer attached the session that was asked for.
    Attached,
    /// A session that was attached again may be sent commands: the peer said what it expects, and
    /// had it sent again.
    Resumed,
    /// The peer of a session that was attached again begins a new one under its name: what the old
    /// one was is to be given up.
    Restarted,
    /// A session that was attached again can't go on; answer with an exception.
    Unresumable(&'static str),
    /// The session is detached, by either side. A server finds its state in
    /// [`Connection::take_detached`](crate::v0_10::Connection::take_detached).
    Detached {
        /// The peer's code; 0 is normal.
        code: u8,
    },
    /// The peer waits until all its commands are complete (execution.sync).
    Waits,
    /// A command with its content.
    Command {
        /// Its id.
        id: CommandId,
        /// The peer waits for its completion.
        sync: bool,
        /// The command.
        command: Command,
        /// The header segment, of transfers.
        header: Option<Bytes>,
        /// The body, of transfers.
        body: Body,
    },
    /// A command that could not be read; answer with an exception.
    Fault {
        /// Its id.
        id: CommandId,
        /// Why.
        fault: CommandFault,
    },
    /// The peer completed commands that were sent to it.
    Completed(RangeSet),
    /// The peer asked for something that is not offered; answer with an exception.
    NotImplemented(&'static str),
}

impl SessionEvent {
    /// Whether it is about the session's attachment, not about what is done in it.
    pub(crate) fn is_about_attachment(&self) -> bool {
        matches!(
            self,
            Self::Attach { .. }
                | Self::Attached
                | Self::Resumed
                | Self::Restarted
                | Self::Unresumable(_)
                | Self::Detached { .. }
        )
    }
}

/// One attached session.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) name: Bytes,
    /// After an exception or detach of ours: everything but the peer's answer is ignored.
    pub(crate) is_ending: bool,
    /// Waiting for the owner's or the peer's answer to attach.
    pub(crate) is_attaching: bool,
    /// Attached again: nothing is sent before the peer said what it expects.
    pub(crate) is_silent: bool,
    /// It stands in the connection's list of sessions with something to report.
    pub(crate) is_listed: bool,
    /// Seconds that it lives on without a connection.
    timeout_s: u32,
    /// What may have to be sent again; none for a session that is not kept.
    pub(crate) replay: Option<Replay>,
    next_incoming: CommandId,
    /// The first command that never came.
    received: CommandId,
    has_received: bool,
    next_outgoing: CommandId,
    incomplete: RangeSet,
    completed: RangeSet,
    /// Those of the completed commands that the peer was not told of yet.
    unreported: RangeSet,
    /// Those of the incomplete commands that are execution.sync.
    syncs: RangeSet,
}

impl Session {
    pub(crate) fn attaching(name: Bytes) -> Self {
        Self { name, is_attaching: true, ..Self::default() }
    }

    /// Whether commands flow in it.
    pub(crate) fn is_live(&self) -> bool {
        !self.is_ending && !self.is_attaching
    }

    /// Whether the command that arrives next came before.
    pub(crate) fn is_behind(&self) -> bool {
        self.has_received && self.next_incoming.is_before(self.received)
    }

    /// The id of the command that arrived; none where it came before.
    pub(crate) fn receive(&mut self) -> Option<CommandId> {
        let id = self.next_incoming;
        self.next_incoming = id.next();
        if self.has_received && id.is_before(self.received) {
            return None;
        }
        self.has_received = true;
        self.received = id.next();
        self.incomplete.add(id);
        Some(id)
    }

    /// What the peer shall go on with; nothing for a session in which nothing happened.
    pub(crate) fn expected(&self) -> RangeSet {
        if self.has_received || self.next_outgoing != CommandId(0) {
            return RangeSet::single(self.received);
        }
        RangeSet::default()
    }

    /// What came and is not known to be complete.
    pub(crate) fn confirmed(&self) -> RangeSet {
        self.completed.union(&self.incomplete)
    }

    /// Seconds that it lives on without a connection.
    pub(crate) fn timeout_s(&self) -> u32 {
        self.timeout_s
    }

    /// Grants seconds to live on without a connection. From the first on, commands are kept.
    pub(crate) fn set_timeout(&mut self, timeout_s: u32) {
        self.timeout_s = timeout_s;
        match (&self.replay, timeout_s) {
            (_, 0) => self.replay = None,
            (None, _) => self.replay = Some(Replay::beginning(self.next_outgoing)),
            (Some(_), _) => {}
        }
    }

    /// It is attached again: whatever is complete is told again.
    pub(crate) fn resume(&mut self) {
        self.is_attaching = false;
        self.is_ending = false;
        self.is_listed = false;
        self.is_silent = true;
        self.next_incoming = self.received;
        self.unreported = self.completed.clone();
    }

    /// Whether everything from `first` on can be sent again.
    pub(crate) fn can_go_on(&self, first: CommandId) -> bool {
        let kept = self.replay.as_ref().and_then(|replay| replay.from(first));
        kept.is_some() || first == self.next_outgoing
    }

    /// What was sent from `first` on.
    pub(crate) fn kept_from(&self, first: CommandId) -> impl Iterator<Item = &Kept> {
        self.replay.as_ref().and_then(|replay| replay.from(first)).into_iter().flatten()
    }

    /// The peer has these, or the first of them.
    pub(crate) fn confirm(&mut self, commands: &RangeSet) {
        if let (Some(replay), Some((_, last))) = (&mut self.replay, commands.ranges().first()) {
            replay.confirm(*last);
        }
    }

    /// Whether there is something to report.
    pub(crate) fn has_report(&self) -> bool {
        !self.unreported.is_empty()
    }

    /// Gaps between incomplete commands, counted as ranges.
    pub(crate) fn incomplete_ranges(&self) -> usize {
        self.incomplete.ranges().len()
    }

    /// The peer's next command has this id.
    pub(crate) fn set_incoming(&mut self, id: CommandId) {
        self.next_incoming = id;
        if !self.has_received {
            self.received = id;
        }
    }

    /// The id for a command that is sent.
    pub(crate) fn send(&mut self) -> CommandId {
        let id = self.next_outgoing;
        self.next_outgoing = id.next();
        id
    }

    pub(crate) fn next_outgoing(&self) -> CommandId {
        self.next_outgoing
    }

    /// A command is done.
    pub(crate) fn complete(&mut self, id: CommandId) {
        self.incomplete.remove_range(id, id);
        self.completed.add(id);
        self.unreported.add(id);
        if !self.syncs.is_empty() {
            self.complete_syncs();
        }
    }

    /// An execution.sync arrived.
    pub(crate) fn sync(&mut self, id: CommandId) {
        self.syncs.add(id);
        self.complete_syncs();
    }

    fn complete_syncs(&mut self) {
        while let Some((sync, last)) = self.syncs.ranges().first().copied() {
            let last = match self.incomplete.ranges().first() {
                None => last,
                Some((first, end)) if *first == sync => {
                    if end.is_before(last) {
                        *end
                    } else {
                        last
                    }
                }
                Some(_) => return,
            };
            self.syncs.remove_range(sync, last);
            self.incomplete.remove_range(sync, last);
            self.completed.add_range(sync, last);
            self.unreported.add_range(sync, last);
        }
    }

    /// Takes the report that is due, and whether the peer shall answer it.
    pub(crate) fn take_report(&mut self) -> Option<(RangeSet, bool)> {
        if self.unreported.is_empty() {
            return None;
        }
        Some(self.report())
    }

    /// Everything complete that the peer is not known to know, and whether it shall say what it
    /// knows.
    pub(crate) fn report(&mut self) -> (RangeSet, bool) {
        self.unreported.clear();
        let span = self.forget_too_old();
        let shall_answer =
            span > COMPLETED_SPAN_ASK || self.completed.ranges().len() > COMPLETED_RANGES_ASK;
        (self.completed.clone(), shall_answer)
    }

    /// Keeps the completed ids within what serial numbers can tell apart; how far they reach.
    fn forget_too_old(&mut self) -> u32 {
        let ranges = self.completed.ranges();
        let (Some((first, _)), Some((_, last))) = (ranges.first(), ranges.last()) else { return 0 };
        let (first, last) = (*first, *last);
        let span = last.0.wrapping_sub(first.0);
        if span <= COMPLETED_SPAN_MAX {
            return span;
        }
        self.completed.remove_range(first, CommandId(last.0.wrapping_sub(COMPLETED_SPAN_MAX)));
        COMPLETED_SPAN_MAX
    }

    /// The peer knows these. What it was not told yet it can't know, whatever it says.
    pub(crate) fn known_completed(&mut self, commands: &RangeSet) {
        let mut known = commands.clone();
        known.remove(&self.unreported);
        self.completed.remove(&known);
    }
}

#[cfg(test)]
mod tests;
