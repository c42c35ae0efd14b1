//! Handing entries out: the fair pull of consumers that take, the cursor of those that look.

use crate::limits::{BROWSED_BATCH_MAX, EXPIRED_BATCH_MAX};
use crate::queue::available::Kind;
use crate::queue::consumer::PullState;
use crate::queue::{ConsumerId, Delivery, EntryId, Queue, Woken};

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
    /// where there is nothing left for it: the consumer is then woken when there is. For a consumer
    /// without a filter; see [`Queue::candidates`]. Where the next entry is away it ends as well,
    /// with [`PullState::More`]; see [`Queue::take_wanted`].
    pub fn pull(
        &mut self,
        id: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let consumer = self.consumers.get(&id).filter(|consumer| consumer.search.is_none());
        let Some(consumer) = consumer else { return PullState::Waiting };
        if consumer.acquires && !self.has_turn(id) {
            self.wait(id);
            return PullState::Waiting;
        }
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

    /// Ready entries over consumers that may take them and have credit, at least one.
    pub(super) fn fair_share(&self) -> usize {
        self.ready.div_ceil(self.sharers().max(1)).max(1)
    }

    fn pull_acquiring(
        &mut self,
        consumer: ConsumerId,
        mut room: Room,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let mut expired = 0;
        let numbered_from = self.numbered_from();
        loop {
            let Some(id) = self.first_for(consumer) else { return PullState::Waiting };
            let Some(entry) = self.entries.get_mut(id) else { return self.want(id) };
            if self.expiry.is_over(id, &entry.message, now_ms) {
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
            into.push(entry.deliver(id, numbered_from));
            let message = &entry.message;
            let (expires_at_ms, priority) = (message.expires_at_ms(), message.priority());
            self.hold(id, consumer, priority, expires_at_ms);
            if let Kind::Priority(levels) = &mut self.kind {
                levels.take_turn();
            }
        }
    }

    fn pull_browsing(
        &mut self,
        consumer: ConsumerId,
        mut room: Room,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let numbered_from = self.numbered_from();
        let Some(browser) = self.consumers.get_mut(&consumer) else { return PullState::Waiting };
        for _ in 0..BROWSED_BATCH_MAX {
            let next = self.entries.at_or_after(browser.cursor);
            let Some(id) = next.filter(|id| !self.keeping.hides(*id)) else {
                return PullState::Waiting;
            };
            let Some(entry) = self.entries.get(id) else { return self.want(id) };
            // What somebody else holds is not there to be looked at.
            let is_over = self.expiry.is_over(id, &entry.message, now_ms);
            if entry.holder.is_none() && !is_over {
                if let Err(state) = room.take(entry.message.size()) {
                    return state;
                }
                into.push(entry.deliver(id, numbered_from));
            }
            browser.cursor = id.next();
        }
        PullState::More
    }

    /// Takes over entries that were looked at and that are still free, and not of a group that is
    /// another's; answers which. Who has a group by that and waits is woken for the rest of it.
    pub fn acquire(
        &mut self,
        consumer: ConsumerId,
        ids: impl IntoIterator<Item = EntryId>,
        woken: &mut Woken,
    ) -> Vec<EntryId> {
        let is_browse_only = self.settings.is_browse_only;
        let ids = ids.into_iter().filter(|_| !is_browse_only);
        let acquired: Vec<_> = ids.filter(|id| self.acquire_one(consumer, *id)).collect();
        if self.has_own(consumer) {
            self.wake_owner(consumer, woken);
        }
        acquired
    }

    pub(super) fn acquire_one(&mut self, consumer: ConsumerId, id: EntryId) -> bool {
        if self.owner_of(id).is_some_and(|owner| owner != consumer) {
            return false;
        }
        let entry = self.entries.get_mut(id).filter(|entry| entry.holder.is_none());
        let Some(entry) = entry else { return false };
        entry.holder = Some(consumer.0);
        let message = &entry.message;
        let (expires_at_ms, priority) = (message.expires_at_ms(), message.priority());
        self.hold(id, consumer, priority, expires_at_ms);
        true
    }
}
