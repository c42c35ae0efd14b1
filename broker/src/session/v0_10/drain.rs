//! The broker ends: a connection delivers nothing any more, and lives on until what it was given is
//! settled.
//!
//! Invariants:
//! - what a client sends meanwhile is done and answered as ever, but for new sessions;
//! - no publisher waits for a queue to shrink: nothing may take from it any more. What waits for
//!   the store goes on waiting.

use philter_protocol::v0_10::CommandId;
use philter_protocol::v0_10::command::{Exception, error_code};

use super::connection::Connection;
use super::session::Session;

impl Connection {
    /// Ends deliveries, and answers publishers that were held back.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
        let mut free = Vec::new();
        for (channel, session) in &mut self.sessions {
            session.rest();
            let withheld = std::mem::take(&mut session.withheld);
            let (stored, others): (Vec<_>, Vec<_>) =
                withheld.into_iter().partition(|withheld| withheld.is_for_store());
            for mut withheld in others {
                stored.iter().for_each(|stored| withheld.commands.remove(&stored.commands));
                free.push((*channel, withheld.commands));
            }
            session.withheld = stored;
        }
        for (channel, commands) in free {
            commands.iter().for_each(|id| self.protocol.complete(channel, id));
        }
    }

    /// Whether a session holds messages that may still be settled, or a transaction that may still
    /// be committed. Any session may commit a branch: one that ever gave commands about some stays
    /// while there are any.
    pub(super) fn is_unsettled(&self) -> bool {
        let manager = self.sessions.iter().find(|(_, session)| session.manages_branches);
        self.sessions.values().any(|session| session.is_unsettled())
            || manager.is_some_and(|(channel, _)| {
                self.host.has_branches_to_commit(&self.flow_waker(*channel))
            })
    }

    /// Refuses a session in words. A detached control has none, so it is attached and ended at
    /// once; a session of that name that waits is left alone.
    pub(super) fn refuse_session(&mut self, channel: u16) {
        self.protocol.attached(channel);
        let exception = Exception {
            error_code: error_code::ILLEGAL_STATE,
            command_id: CommandId(0),
            class_code: 0,
            command_code: 0,
            field_index: 0,
            description: "the broker shuts down: no new sessions".to_owned(),
            error_info: None,
        };
        self.protocol.exception(channel, exception);
    }
}

impl Session {
    fn is_unsettled(&self) -> bool {
        let transaction = self.transaction.as_ref();
        self.held.len() > self.shown || transaction.is_some_and(|it| !it.is_empty())
    }
}
