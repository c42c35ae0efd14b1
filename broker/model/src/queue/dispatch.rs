//! Handing entries out: the fair pull of consumers that take, the cursor of those that look.

use crate::limits::{BROWSED_BATCH_MAX, EXPIRED_BATCH_MAX};
use crate::queue::consumer::PullState;
use crate::queue::{ConsumerId, Delivery, EntryId, Queue};

/// What a pull may still hand out.
pub(super) struct Room {
    pub(super) count: usize,
    pub(super) bytes: u64,
}

impl Room {
    /// Uses room for an entry of this size, if there is.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), PullState> {
        self.count = self.count.checked_sub(1).ok_or(PullState::More)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(PullState::TooLarge)?;
        Ok(())
    }
}

impl Queue {
    /// Hands out entries to a consumer, in order: at most `count`, and no entry that would go past
    /// `bytes_max` (header and body).
    ///
    /// One that takes gets at most its fair share of what is ready, at least one. Entries that have
    /// expired are not handed out; see [`Queue::take_expired`]. Answers [`PullState::Waiting`] only
    /// where there is nothing left: the consumer is then woken by the next entry. For a consumer
    /// without a filter; see [`Queue::candidates`].
    pub fn pull(
        &mut self,
        id: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let Some(consumer) = self.consumers.get(&id) else { return PullState::Waiting };
        let mut room = Room { count, bytes: bytes_max };
        let state = if consumer.acquires {
            room.count = self.fair_share().min(count);
            self.pull_acquiring(id, room, now_ms, into)
        } else {
            self.pull_browsing(id, room, now_ms, into)
        };
        match state {
            PullState::Waiting => self.wait(id),
            PullState::More | PullState::TooLarge => self.keep_active(id),
        }
        state
    }

    /// Ready entries over consumers that take and have credit, at least one.
    pub(super) fn fair_share(&self) -> usize {
        self.ready.div_ceil(self.wanting.max(1)).max(1)
    }

    fn pull_acquiring(
        &mut self,
        consumer: ConsumerId,
        mut room: Room,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let mut expired = 0;
        let is_numbered = self.settings.sequence_header.is_some();
        loop {
            let Some(id) = self.first_available() else { return PullState::Waiting };
            let Some(entry) = self.entries.get_mut(id) else { return PullState::Waiting };
            if entry.message.is_expired(now_ms) {
                if expired == EXPIRED_BATCH_MAX {
                    return PullState::More;
                }
                expired += 1;
                self.expire_entry(id);
                continue;
            }
            if let Err(state) = room.take(entry.message.size()) {
                return state;
            }
            entry.holder = Some(consumer.0);
            into.push(entry.deliver(id, is_numbered));
            let expires_at_ms = entry.message.expires_at_ms();
            self.hold(id, expires_at_ms);
        }
    }

    fn pull_browsing(
        &mut self,
        consumer: ConsumerId,
        mut room: Room,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let is_numbered = self.settings.sequence_header.is_some();
        let Some(browser) = self.consumers.get_mut(&consumer) else { return PullState::Waiting };
        for _ in 0..BROWSED_BATCH_MAX {
            let Some(id) = self.entries.at_or_after(browser.cursor) else {
                return PullState::Waiting;
            };
            let Some(entry) = self.entries.get(id) else { return PullState::Waiting };
            // What somebody else holds is not there to be looked at.
            if entry.holder.is_none() && !entry.message.is_expired(now_ms) {
                if let Err(state) = room.take(entry.message.size()) {
                    return state;
                }
                into.push(entry.deliver(id, is_numbered));
            }
            browser.cursor = id.next();
        }
        PullState::More
    }

    /// Takes over entries that were looked at and that are still free; answers which.
    pub fn acquire(
        &mut self,
        consumer: ConsumerId,
        ids: impl IntoIterator<Item = EntryId>,
    ) -> Vec<EntryId> {
        let mut acquired = Vec::new();
        for id in ids {
            if let Some(entry) = self.entries.get_mut(id).filter(|entry| entry.holder.is_none()) {
                entry.holder = Some(consumer.0);
                let expires_at_ms = entry.message.expires_at_ms();
                self.hold(id, expires_at_ms);
                acquired.push(id);
            }
        }
        acquired
    }

    /// The first entry that nobody holds. Entries that are held are stepped over once.
    pub(super) fn first_available(&mut self) -> Option<EntryId> {
        if let Some(id) = self.released.first() {
            return Some(*id);
        }
        loop {
            let id = self.entries.at_or_after(self.fresh_from)?;
            self.fresh_from = id;
            if self.entries.get(id).is_some_and(|entry| entry.holder.is_none()) {
                return Some(id);
            }
            self.fresh_from = id.next();
        }
    }

    /// An entry is held now: it is no longer available.
    pub(super) fn hold(&mut self, id: EntryId, expires_at_ms: Option<u64>) {
        self.ready -= 1;
        self.statistics.acquire();
        self.unschedule(id, expires_at_ms);
        if id == self.fresh_from {
            self.fresh_from = id.next();
        } else if id < self.fresh_from {
            self.released.remove(&id);
        }
    }
}
