//! Handing entries out: the fair pull of consumers that take, the cursor of those that look.

use crate::queue::consumer::PullState;
use crate::queue::{ConsumerId, Delivery, EntryId, Queue};

impl Queue {
    /// Hands out entries to a consumer, in order: at most `count`, and no entry that would go past
    /// `bytes_max` (header and body).
    ///
    /// One that takes gets at most its fair share of what is ready, at least one. Entries that have
    /// expired are not handed out; see [`Queue::take_expired`]. Answers [`PullState::Waiting`] only
    /// where there is nothing left: the consumer is then woken by the next entry.
    pub fn pull(
        &mut self,
        id: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let Some(consumer) = self.consumers.get(&id) else { return PullState::Waiting };
        if consumer.acquires {
            self.pull_acquiring(id, count, bytes_max, now_ms, into)
        } else {
            self.pull_browsing(id, count, bytes_max, now_ms, into)
        }
    }

    fn pull_acquiring(
        &mut self,
        consumer: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let share = self.ready.div_ceil(self.wanting.max(1)).max(1);
        let mut bytes_left = bytes_max;
        let mut taken = 0;
        while taken < share.min(count) {
            let Some(id) = self.first_available() else {
                self.wait(consumer);
                return PullState::Waiting;
            };
            let Some(entry) = self.entries.get_mut(id) else { return PullState::More };
            if entry.message.is_expired(now_ms) {
                self.expire_entry(id);
                continue;
            }
            let Some(left) = bytes_left.checked_sub(entry.message.size()) else {
                return PullState::More;
            };
            bytes_left = left;
            entry.holder = Some(consumer.0);
            into.push(Delivery {
                id,
                message: entry.message.clone(),
                delivery_count: entry.delivery_count,
            });
            self.hold(id);
            taken += 1;
        }
        if self.ready == 0 {
            self.wait(consumer);
            return PullState::Waiting;
        }
        PullState::More
    }

    fn pull_browsing(
        &mut self,
        consumer: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let mut cursor = self.consumers.get(&consumer).map_or(EntryId::FIRST, |c| c.cursor);
        let mut bytes_left = bytes_max;
        let mut shown = 0;
        let state = loop {
            let Some(id) = self.entries.at_or_after(cursor) else {
                break PullState::Waiting;
            };
            let Some(entry) = self.entries.get(id) else { break PullState::More };
            // What somebody else holds is not there to be looked at.
            let is_visible = entry.holder.is_none() && !entry.message.is_expired(now_ms);
            if is_visible {
                let left = bytes_left.checked_sub(entry.message.size());
                let Some(left) = left.filter(|_| shown < count) else {
                    break PullState::More;
                };
                bytes_left = left;
                into.push(Delivery {
                    id,
                    message: entry.message.clone(),
                    delivery_count: entry.delivery_count,
                });
                shown += 1;
            }
            cursor = id.next();
        };
        if let Some(browser) = self.consumers.get_mut(&consumer) {
            browser.cursor = cursor;
        }
        if state == PullState::Waiting {
            self.wait(consumer);
        }
        state
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
                self.hold(id);
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
    fn hold(&mut self, id: EntryId) {
        self.ready -= 1;
        self.statistics.acquired += 1;
        if id == self.fresh_from {
            self.fresh_from = id.next();
        } else if id < self.fresh_from {
            self.released.remove(&id);
        }
    }
}
