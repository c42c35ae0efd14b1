//! Consumers that choose: their owner looks at entries outside of the queue's lock and takes those
//! that match, if they are still free.
//!
//! Invariants:
//! - an entry that does not match stays where it is, for others;
//! - a consumer is shown each free entry once, and again only where it came back: one that it could
//!   not have seen, because somebody held it when the search passed, is never missed;
//! - one that it could not decide is put off, and shown again: see [`Queue::show_put_off`];
//! - no step looks at more than [`BROWSED_BATCH_MAX`] entries.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use crate::limits::{BROWSED_BATCH_MAX, FILTER_RETURNED_MAX};
use crate::queue::available::Kind;
use crate::queue::consumer::PullState;
use crate::queue::dispatch::Room;
use crate::queue::put_off::{Decision, PutOff};
use crate::queue::{ConsumerId, Delivery, EntryId, Queue};

/// How far a filtered consumer has looked.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// By level of priority; one for a queue without.
    pub(super) places: SmallVec<[Place; 1]>,
    /// Candidates that were shown last.
    shown: usize,
    /// It went back since then: what is decided now says nothing about the places.
    went_back: bool,
}

/// How far it has looked on one level.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Everything before was decided, but for what came back.
    cursor: EntryId,
    /// Everything before was looked at, and is being decided.
    scanned: EntryId,
    /// Entries before `scanned` that came back, or whose time to be shown again has come.
    pub(super) returned: BTreeSet<EntryId>,
    /// Entries before `cursor` that could not be decided.
    pub(super) put_off: PutOff,
}

impl Place {
    fn came_back(&mut self, id: EntryId) -> bool {
        if id >= self.scanned {
            return false;
        }
        self.returned.insert(id);
        let first = self.returned.first().copied();
        match first.filter(|_| self.returned.len() > FILTER_RETURNED_MAX) {
            Some(first) => self.go_back(first),
            None => false,
        }
    }

    fn go_back(&mut self, to: EntryId) -> bool {
        if to >= self.scanned {
            return false;
        }
        self.cursor = self.cursor.min(to);
        self.put_off.forget_from(self.cursor);
        self.forget_scan();
        true
    }

    fn decide(&mut self, id: EntryId, decision: Decision) {
        self.returned.remove(&id);
        self.cursor = self.cursor.max(id.next());
        self.put_off.decide(id, decision);
    }

    fn forget_scan(&mut self) {
        self.scanned = self.cursor;
        self.returned.split_off(&self.cursor);
    }
}

impl Queue {
    /// Shows a filtered consumer entries that it might take, in the order in which they are due, at
    /// most `count`, and takes none. What has expired is not shown. The owner decides outside of
    /// the lock, and answers with [`Queue::take`], also where nothing was shown. It ends where the
    /// next entry is away; see [`Queue::take_wanted`].
    pub fn candidates(
        &mut self,
        id: ConsumerId,
        count: usize,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) {
        if self.acquires(id) && !self.has_turn_to_choose(id) {
            return;
        }
        let Some(mut search) = self.take_search(id) else { return };
        let before = into.len();
        search.went_back = false;
        let mut steps = BROWSED_BATCH_MAX;
        for (level, place) in search.places.iter_mut().enumerate().rev() {
            place.forget_scan();
            let mut at = EntryId::FIRST;
            while into.len() - before < count && steps > 0 {
                steps -= 1;
                let Some(next) = self.next_of(place, level, at) else { break };
                if self.entries.is_away(next) {
                    self.want(next);
                    break;
                }
                at = next.next();
                place.scanned = place.scanned.max(at);
                match self.show(id, next, now_ms) {
                    Some(delivery) => into.push(delivery),
                    None => {
                        place.returned.remove(&next);
                        place.put_off.forget(next);
                    }
                }
            }
        }
        search.shown = into.len() - before;
        self.put_search(id, search);
    }

    /// Takes those of the candidates that match and are still free: at most `count`, and none that
    /// would go past `bytes_max`. `decided` are the candidates from the first on, with what is said
    /// of them; those behind are shown again. A consumer that takes gets at most its fair share.
    /// Answers like [`Queue::pull`].
    pub fn take(
        &mut self,
        id: ConsumerId,
        decided: impl IntoIterator<Item = (EntryId, impl Into<Decision>)>,
        (count, bytes_max): (usize, u64),
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let Some(mut search) = self.take_search(id) else { return PullState::Waiting };
        let share = if self.acquires(id) { self.fair_share() } else { usize::MAX };
        let mut room = Room { count: share.min(count), bytes: bytes_max };
        let (mut number, mut end) = (0, None);
        for (entry, decision) in decided {
            let decision = decision.into();
            if decision == Decision::Match
                && let Err(state) = self.take_one(id, entry, now_ms, &mut room, into)
            {
                end = Some(state);
                break;
            }
            if !search.went_back
                && let Some(level) = self.level_of(entry)
                && let Some(place) = search.places.get_mut(level)
            {
                place.decide(entry, decision);
                if matches!(decision, Decision::PutOff | Decision::Failed) {
                    self.put_off.insert(id);
                }
            }
            number += 1;
        }
        self.settle_search(&mut search, number);
        let has_turn = !self.acquires(id) || self.has_turn_to_choose(id);
        let has_more = end.is_some() || (has_turn && self.has_candidate(id, &search, now_ms));
        self.put_search(id, search);
        match has_more {
            true => self.keep_active(id),
            false => self.wait(id),
        }
        end.unwrap_or(if has_more { PullState::More } else { PullState::Waiting })
    }

    /// The decisions end here: what was shown beyond them is shown again.
    fn settle_search(&self, search: &mut Search, decided: usize) {
        if !search.went_back {
            for place in &mut search.places {
                match decided == search.shown {
                    true => place.cursor = place.scanned,
                    false => place.forget_scan(),
                }
            }
        }
        search.shown = 0;
    }

    /// An entry is free again: those who choose look at it once more.
    pub(super) fn show_again(&mut self, id: EntryId) {
        if self.filtered.is_empty() {
            return;
        }
        let Some(level) = self.level_of(id) else { return };
        for consumer in &self.filtered {
            if let Some(consumer) = self.consumers.get_mut(consumer)
                && let Some(search) = &mut consumer.search
                && let Some(place) = search.places.get_mut(level)
            {
                search.went_back |= place.came_back(id);
            }
        }
    }

    /// Entries from here on are free for more than before: those who choose look at them again.
    pub(super) fn show_again_from(&mut self, first: EntryId) {
        for consumer in &self.filtered {
            if let Some(consumer) = self.consumers.get_mut(consumer)
                && let Some(search) = &mut consumer.search
            {
                for place in &mut search.places {
                    search.went_back |= place.go_back(first);
                }
            }
        }
    }

    fn take_one(
        &mut self,
        consumer: ConsumerId,
        id: EntryId,
        now_ms: u64,
        room: &mut Room,
        into: &mut Vec<Delivery>,
    ) -> Result<(), PullState> {
        let Some(delivery) = self.show(consumer, id, now_ms) else {
            // It left memory since it was shown: it is shown again.
            return if self.entries.is_away(id) { Err(self.want(id)) } else { Ok(()) };
        };
        room.take(delivery.message.size())?;
        if self.acquires(consumer) {
            self.acquire_one(consumer, id);
        }
        into.push(delivery);
        Ok(())
    }

    /// An entry as it is handed out, if this consumer may have it now.
    fn show(&self, consumer: ConsumerId, id: EntryId, now_ms: u64) -> Option<Delivery> {
        if self.acquires(consumer) && self.owner_of(id).is_some_and(|owner| owner != consumer) {
            return None;
        }
        let entry = self.entries.get(id).filter(|entry| entry.holder.is_none())?;
        let is_expired = self.expiry.is_over(id, &entry.message, now_ms);
        (!is_expired).then(|| entry.deliver(id, self.numbered_from()))
    }

    fn has_candidate(&self, consumer: ConsumerId, search: &Search, now_ms: u64) -> bool {
        let mut steps = BROWSED_BATCH_MAX;
        for (level, place) in search.places.iter().enumerate().rev() {
            let mut at = EntryId::FIRST;
            while let Some(next) = self.next_of(place, level, at) {
                let may_be_one = steps == 0 || self.entries.is_away(next);
                if may_be_one || self.show(consumer, next, now_ms).is_some() {
                    return true;
                }
                steps -= 1;
                at = next.next();
            }
        }
        false
    }

    /// The next entry of a level, from `at` on, that a search has not decided.
    fn next_of(&self, place: &Place, level: usize, at: EntryId) -> Option<EntryId> {
        let returned = place.returned.range(at..).next().copied();
        let beyond = || self.next_in(level, at.max(place.cursor));
        returned.or_else(|| if place.put_off.is_full() { None } else { beyond() })
    }

    fn acquires(&self, id: ConsumerId) -> bool {
        self.consumers.get(&id).is_some_and(|consumer| consumer.acquires)
    }

    fn take_search(&mut self, id: ConsumerId) -> Option<Box<Search>> {
        let levels = self.levels();
        let mut search = self.consumers.get_mut(&id)?.search.take()?;
        search.places.resize_with(levels, Place::default);
        Some(search)
    }

    fn put_search(&mut self, id: ConsumerId, search: Box<Search>) {
        if let Some(consumer) = self.consumers.get_mut(&id) {
            consumer.search = Some(search);
        }
    }

    fn levels(&self) -> usize {
        match &self.kind {
            Kind::Priority(levels) => levels.count(),
            Kind::Fifo | Kind::LastValue(_) | Kind::Groups(_) => 1,
        }
    }

    fn level_of(&self, id: EntryId) -> Option<usize> {
        let Some(entry) = self.entries.get(id) else {
            // Queues with levels have none away.
            return self.entries.is_away(id).then_some(0);
        };
        Some(match &self.kind {
            Kind::Priority(levels) => levels.level(entry.message.priority()),
            Kind::Fifo | Kind::LastValue(_) | Kind::Groups(_) => 0,
        })
    }

    /// The first entry of a level from a place on, held or not.
    fn next_in(&self, level: usize, from: EntryId) -> Option<EntryId> {
        match &self.kind {
            Kind::Priority(levels) => levels.at_or_after(level, from),
            Kind::Fifo | Kind::LastValue(_) | Kind::Groups(_) => {
                self.entries.at_or_after(from).filter(|id| !self.keeping.hides(*id))
            }
        }
    }
}
