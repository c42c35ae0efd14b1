//! Output that waits for the store: what a turn said means that what it did is kept, so it goes out
//! once it is. For every protocol that is the same: a confirm, a completion, a declare-ok.
//!
//! Invariant: bytes leave in order, and none before all appends of the turns that made them ended.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::net::Mailbox;
use crate::store::{Appended, Awaited, is_store_behind};

/// Bytes of messages that one connection may have on their way to the store before it is not read:
/// a client that waits for no confirm would fill the memory.
const STORING_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Output that waits.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    turns: VecDeque<Turn>,
    bytes: u64,
}

#[derive(Debug)]
struct Turn {
    /// Its output begins here, counted from the connection's beginning.
    from: u64,
    awaited: Arc<Awaited>,
    bytes: u64,
}

impl Hold {
    /// What was put out from `from` on waits for an append.
    pub(super) fn add(&mut self, from: u64, appended: Appended, mailbox: &Arc<Mailbox>) {
        for (awaited, bytes) in appended.awaited {
            if awaited.ring(mailbox) {
                self.bytes += bytes;
                self.turns.push_back(Turn { from, awaited, bytes });
            } else if let Some(Err(_)) = awaited.outcome() {
                self.turns.push_back(Turn { from, awaited, bytes: 0 });
            }
        }
    }

    /// Where output may go to by now; none: to its end.
    ///
    /// # Errors
    /// Where the output begins of a turn whose append the store did not keep, and why.
    pub(super) fn end(&mut self) -> Result<Option<u64>, (u64, Arc<str>)> {
        while let Some(turn) = self.turns.front() {
            match turn.awaited.outcome() {
                None => return Ok(Some(turn.from)),
                Some(Err(why)) => return Err((turn.from, why)),
                Some(Ok(())) => {
                    self.bytes -= turn.bytes;
                    self.turns.pop_front();
                }
            }
        }
        Ok(None)
    }

    /// Why the store did not keep something that the peer was not told of yet.
    pub(super) fn failure(&self) -> Option<Arc<str>> {
        self.turns.iter().find_map(|turn| turn.awaited.outcome()?.err())
    }

    /// Nothing waits any more, whatever becomes of it.
    pub(super) fn clear(&mut self) {
        self.turns.clear();
        self.bytes = 0;
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Whether too much is on its way: of this connection's, or something of it while all
    /// connections together wait for a disk that is too slow.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > STORING_BYTES_MAX || (self.bytes > 0 && is_store_behind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;
    use crate::store::fake::Disk;

    #[test]
    fn says_why_something_was_not_kept_though_something_before_is_undecided() {
        let disk = Disk::default();
        let ledger = disk.open().ledger;
        let mut hold = Hold::default();
        let set = |key: &str| {
            let ((), appended) = store::turn(|| {
                ledger.set(key.to_owned(), vec![1]);
            });
            appended.unwrap()
        };
        disk.hold();
        hold.add(0, set("a"), &Mailbox::new());
        assert_eq!(hold.failure(), None);
        disk.fail();
        hold.add(1, set("b"), &Mailbox::new());
        assert_eq!(hold.end(), Ok(Some(0)));
        assert!(hold.failure().is_some());
    }
}
