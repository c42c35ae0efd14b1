//! Commands that were sent and not confirmed, kept so that they can be sent again when the session
//! is attached again (0-10, class session: expected, confirmed).
//!
//! Invariants:
//! - the commands kept have ids without gaps;
//! - never more than [`REPLAY_BYTES_MAX`] bytes: the oldest go first, and a peer that still expects
//!   them can't resume.

use std::collections::VecDeque;

use crate::limits::REPLAY_BYTES_MAX;
use crate::v0_10::frame::Body;
use crate::v0_10::range_set::CommandId;

/// What a kept command costs besides its bytes.
const KEPT_BYTES: usize = 128;

/// A command as segments, without frames: another connection may have other frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) command: Vec<u8>,
    pub(crate) header: Option<Vec<u8>>,
    pub(crate) body: Option<Body>,
}

impl Kept {
    /// A command without content.
    pub(crate) fn command(segment: Vec<u8>) -> Self {
        Self { command: segment, header: None, body: None }
    }

    /// The length of its body.
    pub(crate) fn body_bytes(&self) -> usize {
        self.body.iter().flatten().map(bytes::Bytes::len).sum()
    }

    fn cost(&self) -> usize {
        let header = self.header.as_ref().map_or(0, Vec::len);
        KEPT_BYTES + self.command.len() + header + self.body_bytes()
    }
}

/// The commands kept.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    first: CommandId,
    kept: VecDeque<Kept>,
    bytes: usize,
    is_asked: bool,
}

impl Replay {
    /// Keeps commands from the one with this id on.
    pub(crate) fn beginning(first: CommandId) -> Self {
        Self { first, ..Self::default() }
    }

    /// Keeps the next command.
    pub(crate) fn keep(&mut self, command: Kept) {
        self.bytes += command.cost();
        self.kept.push_back(command);
        while self.bytes > REPLAY_BYTES_MAX && !self.kept.is_empty() {
            self.drop_first();
        }
    }

    /// The peer has everything up to `last`, or more than was sent: then all of it.
    pub(crate) fn confirm(&mut self, last: CommandId) {
        while !self.kept.is_empty() && !last.is_before(self.first) {
            self.drop_first();
        }
        self.is_asked = false;
    }

    /// The commands from `id` on; none where some of them are gone, or `id` was never sent.
    pub(crate) fn from(&self, id: CommandId) -> Option<impl Iterator<Item = &Kept>> {
        let skipped = usize::try_from(id.distance_from(self.first)).ok()?;
        (skipped <= self.kept.len()).then(|| self.kept.range(skipped..))
    }

    /// Whether the peer should say now what it has; true once, until it said something.
    pub(crate) fn wants_confirmation(&mut self) -> bool {
        let wants = self.bytes > REPLAY_BYTES_MAX / 2 && !self.is_asked;
        self.is_asked |= wants;
        wants
    }

    fn drop_first(&mut self) {
        if let Some(command) = self.kept.pop_front() {
            self.bytes -= command.cost();
            self.first = self.first.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes: usize) -> Kept {
        Kept::command(vec![0; bytes])
    }

    fn left(replay: &Replay, id: u32) -> Option<usize> {
        replay.from(CommandId(id)).map(Iterator::count)
    }

    #[test]
    fn what_is_not_confirmed_can_be_sent_again() {
        let mut replay = Replay::beginning(CommandId(u32::MAX));
        (0..4).for_each(|_| replay.keep(kept(1)));
        assert_eq!(left(&replay, u32::MAX), Some(4));
        assert_eq!(left(&replay, 0), Some(3));
        assert_eq!(left(&replay, 3), Some(0), "the next that will be sent");
        assert_eq!(left(&replay, 4), None, "never sent");
        replay.confirm(CommandId(0));
        assert_eq!(left(&replay, u32::MAX), None);
        assert_eq!(left(&replay, 1), Some(2));
    }

    #[test]
    fn a_peer_that_confirms_nothing_is_asked_once_and_costs_no_more_than_the_limit() {
        let mut replay = Replay::beginning(CommandId(0));
        let mut asked = 0;
        for _ in 0..10 {
            replay.keep(kept(REPLAY_BYTES_MAX / 4));
            asked += usize::from(replay.wants_confirmation());
            assert!(replay.bytes <= REPLAY_BYTES_MAX);
        }
        assert_eq!((asked, left(&replay, 0), left(&replay, 7)), (1, None, Some(3)));
        replay.keep(kept(2 * REPLAY_BYTES_MAX));
        assert_eq!((replay.bytes, left(&replay, 11)), (0, Some(0)));
    }
}
