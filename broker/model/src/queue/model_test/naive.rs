//! A queue as a list that does everything the slow way.

use std::collections::{BTreeMap, BTreeSet};

use super::super::*;
use crate::limits::{IMMEDIATE_MS, READY_SLACK_BYTES, READY_SLACK_ENTRIES};

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) bytes: u64,
    pub(super) body_bytes: u64,
    pub(super) priority: u8,
    pub(super) key: Vec<u8>,
    pub(super) holder: Option<ConsumerId>,
    pub(super) count: u32,
    pub(super) expires_at_ms: u64,
    /// Until when it may be taken though its time is over, for as long as nobody had it.
    pub(super) immediate_ms: Option<u64>,
    /// When its queue lets it expire.
    pub(super) age_due_ms: u64,
}

impl Item {
    pub(super) fn due_ms(&self) -> u64 {
        self.immediate_ms.unwrap_or(self.expires_at_ms).min(self.age_due_ms)
    }
}

#[derive(Debug)]
pub(super) struct Taker {
    pub(super) id: ConsumerId,
    pub(super) spec: ConsumerSpec,
    pub(super) has_credit: bool,
    /// Told to pull and not told since that there is nothing.
    pub(super) is_active: bool,
    pub(super) cursor: u64,
    /// A filtered one: what it has decided since it last became free.
    pub(super) decided: BTreeSet<u64>,
    /// A filtered one: what it was shown last.
    pub(super) shown: Vec<u64>,
}

impl Taker {
    pub(super) fn is_in_row(&self) -> bool {
        self.spec.acquires && !self.spec.is_filtered && self.has_credit
    }
}

#[derive(Debug)]
pub(super) struct Naive {
    pub(super) settings: QueueSettings,
    pub(super) items: Vec<Item>,
    pub(super) takers: Vec<Taker>,
    pub(super) next: u64,
    pub(super) now_ms: u64,
    pub(super) dead_letters: usize,
    pub(super) dropped: usize,
    /// Level and count of the fair shares.
    turn: (usize, u32),
    pub(super) poller: Option<ConsumerId>,
    pub(super) active: Option<ConsumerId>,
    is_ranked: bool,
    pub(super) owners: BTreeMap<Vec<u8>, ConsumerId>,
    pub(super) has_resumed: bool,
    is_count_up: bool,
    is_bytes_up: bool,
    pub(super) alerts: Vec<Alert>,
    pub(super) statistics: Statistics,
}

impl Naive {
    pub(super) fn new(settings: QueueSettings) -> Self {
        let levels = match &settings.order {
            Order::Priority(priorities) => priorities.levels,
            _ => 1,
        };
        Self {
            settings,
            items: Vec::new(),
            takers: Vec::new(),
            next: 0,
            now_ms: 0,
            dead_letters: 0,
            dropped: 0,
            turn: (levels - 1, 0),
            poller: None,
            active: None,
            is_ranked: false,
            owners: BTreeMap::new(),
            has_resumed: false,
            is_count_up: false,
            is_bytes_up: false,
            alerts: Vec::new(),
            statistics: Statistics::default(),
        }
    }

    pub(super) fn ready(&self) -> usize {
        self.items.iter().filter(|item| item.holder.is_none()).count()
    }

    pub(super) fn wanting(&self) -> usize {
        self.takers.iter().filter(|taker| taker.spec.acquires && taker.has_credit).count()
    }

    pub(super) fn share(&self) -> usize {
        let sharers = match self.is_ranked {
            _ if self.settings.is_single_active => 1,
            false => self.wanting(),
            true => {
                let row = self.takers.iter().filter(|taker| taker.is_in_row());
                row.filter(|taker| self.has_turn(taker)).count()
            }
        };
        self.ready().div_ceil(sharers.max(1)).max(1)
    }

    /// Whether one that takes comes before all others.
    pub(super) fn has_turn(&self, taker: &Taker) -> bool {
        if self.settings.is_single_active {
            return self.active == Some(taker.id);
        }
        let row = self.takers.iter().filter(|taker| taker.is_in_row());
        let highest = row.map(|taker| taker.spec.priority).max();
        !self.is_ranked || highest.is_none_or(|highest| highest <= taker.spec.priority)
    }

    pub(super) fn has_taker(&self) -> bool {
        let takers = self.takers.iter().filter(|taker| taker.spec.acquires && taker.has_credit);
        let is_single = self.settings.is_single_active;
        takers.filter(|taker| !is_single || self.active == Some(taker.id)).count() > 0
    }

    /// A consumer came, the last in the list.
    pub(super) fn came(&mut self) {
        let is_plain = self.settings.groups.is_none() && !self.settings.is_single_active;
        let ranks = |taker: &Taker| taker.spec.acquires && taker.spec.priority != 0;
        self.is_ranked |= is_plain && self.takers.last().is_some_and(ranks);
        self.activate();
    }

    /// A consumer has gone.
    pub(super) fn went(&mut self) {
        self.is_ranked &= !self.takers.is_empty();
        self.activate();
        self.settle_groups();
        self.drop_head();
    }

    /// One is active for as long as it is there, and then the next by priority and age.
    fn activate(&mut self) {
        let is_there = self.takers.iter().any(|taker| Some(taker.id) == self.active);
        if self.settings.is_single_active && !is_there {
            let takers = self.takers.iter().filter(|taker| taker.spec.acquires);
            let next = takers.min_by_key(|taker| (-taker.spec.priority, taker.id));
            self.active = next.map(|taker| taker.id);
        }
    }

    pub(super) fn ready_bytes(&self) -> u64 {
        if !self.settings.ready_limits.is_limited() {
            return 0;
        }
        let ready = self.items.iter().filter(|item| item.holder.is_none());
        ready.map(|item| item.body_bytes).sum()
    }

    pub(super) fn drop_head(&mut self) {
        let limits = self.settings.ready_limits;
        if limits.overflow != Overflow::DropHead {
            return;
        }
        let bytes_max = limits.bytes_max.unwrap_or(0) + READY_SLACK_BYTES;
        let has_slack = self.ready() <= READY_SLACK_ENTRIES && self.ready_bytes() <= bytes_max;
        if self.has_taker() && has_slack {
            return;
        }
        while limits.exceeded(self.ready() as u64, self.ready_bytes()).is_some() {
            let Some(at) = self.first_to_drop() else { return };
            self.remove(at);
            self.statistics.ring_dropped += 1;
            self.dropped += 1;
        }
    }

    /// What a poll must find: number, count, and how many are left.
    pub(super) fn poll(&mut self, poller: ConsumerId) -> Option<(u64, u32, usize)> {
        while let Some((at, turn)) = self.first_for(poller) {
            if self.items[at].due_ms() > self.now_ms {
                self.turn = turn;
                self.hold(at, poller);
                let item = &self.items[at];
                return Some((item.id, item.count, self.ready()));
            }
            self.expire(at);
        }
        None
    }

    pub(super) fn bytes(&self) -> u64 {
        self.items.iter().map(|item| item.bytes).sum()
    }

    pub(super) fn level(&self, item: &Item) -> usize {
        match &self.settings.order {
            Order::Priority(priorities) => priorities.level(item.priority),
            _ => 0,
        }
    }

    /// Whether this one, among all, may take the item.
    pub(super) fn may_take(&self, taker: ConsumerId, item: &Item) -> bool {
        let owner = self.owners.get(&item.key);
        item.holder.is_none() && owner.is_none_or(|owner| *owner == taker)
    }

    /// The next for one that takes what comes, and the turn in which it is.
    fn first_for(&self, taker: ConsumerId) -> Option<(usize, (usize, u32))> {
        let Order::Priority(priorities) = &self.settings.order else {
            let at = self.items.iter().position(|item| self.may_take(taker, item));
            return at.map(|at| (at, self.turn));
        };
        let mut turns = Vec::new();
        if priorities.shares.is_empty() {
            turns.extend((0..priorities.levels).rev().map(|level| (level, 0)));
        } else {
            let (level, count) = self.turn;
            let share = priorities.shares[level];
            let below = |level: usize| (level + priorities.levels - 1) % priorities.levels;
            let mut turn = match share {
                0 => (level, count),
                share if count + 1 > share => (below(level), 1),
                _ => (level, count + 1),
            };
            for _ in 0..priorities.levels {
                turns.push(turn);
                turn = (below(turn.0), 1);
            }
        }
        turns.into_iter().find_map(|turn| {
            let is_next = |item: &Item| item.holder.is_none() && self.level(item) == turn.0;
            self.items.iter().position(is_next).map(|at| (at, turn))
        })
    }

    pub(super) fn first_to_drop(&self) -> Option<usize> {
        let ready = self.items.iter().enumerate().filter(|(_, item)| item.holder.is_none());
        ready.min_by_key(|(_, item)| (self.level(item), item.id)).map(|(at, _)| at)
    }

    fn take_out(&mut self, at: usize) -> Item {
        let item = self.items.remove(at);
        self.statistics.dequeued += 1;
        self.statistics.dequeued_bytes += item.bytes;
        self.settle_groups();
        item
    }

    pub(super) fn remove(&mut self, at: usize) -> Item {
        let item = self.take_out(at);
        self.shrank();
        item
    }

    pub(super) fn expire(&mut self, at: usize) {
        self.remove(at);
        self.statistics.expired += 1;
        self.dead_letters += 1;
    }

    /// Who owns which group, after whatever happened.
    pub(super) fn settle_groups(&mut self) {
        let is_shared = self.settings.groups.as_ref().is_none_or(|groups| groups.is_shared);
        let (items, takers) = (&self.items, &self.takers);
        let mut freed = Vec::new();
        self.owners.retain(|key, owner| {
            let is_held = items.iter().any(|item| item.key == *key && item.holder.is_some());
            let is_there = items.iter().any(|item| item.key == *key);
            let stays = !is_shared
                && is_there
                && takers.iter().any(|taker| taker.id == *owner && taker.spec.acquires);
            if !is_held && !stays {
                freed.push(key.clone());
            }
            is_held || stays
        });
        for item in self.items.iter().filter(|item| freed.contains(&item.key)) {
            for taker in &mut self.takers {
                taker.decided.remove(&item.id);
            }
        }
    }

    fn grew(&mut self) {
        let (count, bytes) = (self.items.len() as u64, self.bytes());
        let flow = &self.settings.flow;
        let is_above = flow.stop_count.is_some_and(|stop| count > stop)
            || flow.stop_bytes.is_some_and(|stop| bytes > stop);
        if is_above && !self.statistics.is_flow_stopped {
            self.statistics.is_flow_stopped = true;
            self.statistics.flow_stops += 1;
            self.has_resumed = false;
        }
        let limits = self.settings.alerts;
        let up = Alert { direction: Direction::Up, messages: count, bytes };
        if !self.is_bytes_up && limits.bytes.is_some_and(|marks| bytes >= marks.up) {
            self.is_bytes_up = true;
            self.alerts.push(up);
        }
        if !self.is_count_up && limits.count.is_some_and(|marks| count >= marks.up) {
            self.is_count_up = true;
            self.alerts.push(up);
        }
    }

    fn shrank(&mut self) {
        let (count, bytes) = (self.items.len() as u64, self.bytes());
        let flow = &self.settings.flow;
        let is_below = flow.resume_count.is_none_or(|resume| count < resume)
            && flow.resume_bytes.is_none_or(|resume| bytes < resume);
        if is_below && self.statistics.is_flow_stopped {
            self.statistics.is_flow_stopped = false;
            self.has_resumed = true;
        }
        let limits = self.settings.alerts;
        let down = Alert { direction: Direction::Down, messages: count, bytes };
        if self.is_bytes_up && limits.bytes.is_some_and(|marks| bytes <= marks.down) {
            self.is_bytes_up = false;
            self.alerts.push(down);
        }
        if self.is_count_up && limits.count.is_some_and(|marks| count <= marks.down) {
            self.is_count_up = false;
            self.alerts.push(down);
        }
    }

    pub(super) fn push(&mut self, mut new: Item) -> PushOutcome {
        let ttl_ms = self.settings.message_ttl_ms;
        let ends_now = new.expires_at_ms == self.now_ms || ttl_ms == Some(0);
        if new.expires_at_ms < self.now_ms || ends_now && !self.has_taker() {
            self.statistics.expired += 1;
            return PushOutcome::Expired;
        }
        if new.expires_at_ms == self.now_ms {
            new.immediate_ms = Some(self.now_ms + IMMEDIATE_MS);
        }
        let wait_ms = ttl_ms.map(|ttl_ms| if ttl_ms == 0 { IMMEDIATE_MS } else { ttl_ms });
        new.age_due_ms = wait_ms.map_or(u64::MAX, |wait_ms| self.now_ms + wait_ms);
        if let Some(outcome) = self.refuse_beyond(&new) {
            return outcome;
        }
        while let Some(limit) = self.exceeded_with(&new) {
            let is_hopeless = matches!(limit, Limit::Bytes(max) if new.bytes > max);
            match self.settings.policy {
                OverflowPolicy::SelfDestruct => return PushOutcome::SelfDestruct(limit),
                OverflowPolicy::Ring if !is_hopeless => {}
                _ => {
                    self.statistics.rejected_full += 1;
                    return PushOutcome::Full(limit);
                }
            }
            let is_by_priority = matches!(self.settings.order, Order::Priority(_));
            let lowest = if is_by_priority { self.first_to_drop() } else { None };
            let oldest = lowest.unwrap_or(0);
            self.statistics.ring_dropped += 1;
            if is_by_priority && self.items[oldest].priority > new.priority {
                return PushOutcome::Dropped;
            }
            self.remove(oldest);
            self.dropped += 1;
        }
        let replaced = self.replaced_by(&new);
        if let Some(old) = replaced {
            self.take_out(old);
            self.statistics.replaced += 1;
        }
        self.statistics.enqueued += 1;
        self.statistics.enqueued_bytes += new.bytes;
        self.items.push(new);
        self.next += 1;
        self.grew();
        if replaced.is_some() {
            self.shrank();
        }
        self.drop_head();
        PushOutcome::Enqueued(EntryId(self.next - 1))
    }

    fn refuse_beyond(&mut self, new: &Item) -> Option<PushOutcome> {
        let limits = self.settings.ready_limits;
        let (ready, bytes) = (self.ready() as u64 + 1, self.ready_bytes() + new.body_bytes);
        let refuses = limits.overflow != Overflow::DropHead;
        let limit = limits.exceeded(ready, bytes).filter(|_| refuses)?;
        self.statistics.rejected_full += 1;
        self.dropped += usize::from(limits.overflow == Overflow::RejectToDeadLetters);
        Some(PushOutcome::Full(limit))
    }

    fn replaced_by(&self, new: &Item) -> Option<usize> {
        let is_last_value = matches!(self.settings.order, Order::LastValue { .. });
        self.items.iter().position(|item| is_last_value && item.key == new.key)
    }

    fn exceeded_with(&self, new: &Item) -> Option<Limit> {
        let old = self.replaced_by(new).map(|at| self.items[at].bytes);
        let count = self.items.len() as u64 + 1 - u64::from(old.is_some());
        let bytes = self.bytes() + new.bytes - old.unwrap_or(0);
        let count_max = self.settings.count_max.filter(|max| count > *max).map(Limit::Count);
        count_max.or(self.settings.bytes_max.filter(|max| bytes > *max).map(Limit::Bytes))
    }

    /// What a pull must hand out, and how it must end; changes the list accordingly.
    pub(super) fn pull(
        &mut self,
        at: usize,
        count: usize,
        bytes: u64,
    ) -> (Vec<(u64, u32)>, PullState) {
        match self.takers[at].spec.acquires {
            true if !self.has_turn(&self.takers[at]) => (Vec::new(), PullState::Waiting),
            true => self.take(at, self.share().min(count), bytes),
            false => self.browse(at, count, bytes),
        }
    }

    fn take(&mut self, taker: usize, count: usize, bytes: u64) -> (Vec<(u64, u32)>, PullState) {
        let (mut out, mut used) = (Vec::new(), 0);
        let taker = self.takers[taker].id;
        while let Some((at, turn)) = self.first_for(taker) {
            let item = &self.items[at];
            if item.due_ms() <= self.now_ms {
                self.expire(at);
            } else if out.len() == count {
                return (out, PullState::More);
            } else if used + item.bytes > bytes {
                return (out, PullState::TooLarge);
            } else {
                used += item.bytes;
                out.push((item.id, item.count));
                self.turn = turn;
                self.hold(at, taker);
            }
        }
        (out, PullState::Waiting)
    }

    pub(super) fn hold(&mut self, at: usize, taker: ConsumerId) {
        let item = &mut self.items[at];
        item.holder = Some(taker);
        item.immediate_ms = None;
        self.statistics.acquires += 1;
        if self.settings.groups.is_some() {
            self.owners.entry(item.key.clone()).or_insert(taker);
        }
    }

    fn browse(&mut self, taker: usize, count: usize, bytes: u64) -> (Vec<(u64, u32)>, PullState) {
        let (mut out, mut used) = (Vec::new(), 0);
        let browser = &mut self.takers[taker];
        let from = browser.cursor;
        for item in self.items.iter().filter(|item| item.id >= from) {
            // What is held when the cursor passes it is not shown later.
            if item.holder.is_none() && item.due_ms() > self.now_ms {
                if out.len() == count {
                    return (out, PullState::More);
                }
                if used + item.bytes > bytes {
                    return (out, PullState::TooLarge);
                }
                used += item.bytes;
                out.push((item.id, item.count));
            }
            browser.cursor = item.id + 1;
        }
        (out, PullState::Waiting)
    }

    /// What a filtered consumer that takes has not decided, in the order in which it is due.
    pub(super) fn undecided(&self, taker: &Taker) -> Vec<u64> {
        if self.settings.is_single_active && !self.has_turn(taker) {
            return Vec::new();
        }
        let is_open = |item: &&Item| {
            item.due_ms() > self.now_ms
                && self.may_take(taker.id, item)
                && !taker.decided.contains(&item.id)
        };
        let mut open: Vec<&Item> = self.items.iter().filter(is_open).collect();
        open.sort_by_key(|item| (std::cmp::Reverse(self.level(item)), item.id));
        open.iter().map(|item| item.id).collect()
    }

    pub(super) fn held(&self, pick: usize) -> Option<(usize, EntryId, ConsumerId)> {
        let held: Vec<_> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(at, item)| Some((at, EntryId(item.id), item.holder?)))
            .collect();
        (!held.is_empty()).then(|| held[pick % held.len()])
    }

    pub(super) fn next_expiry_ms(&self) -> Option<u64> {
        let ready = self.items.iter().filter(|item| item.holder.is_none());
        ready.map(Item::due_ms).filter(|at_ms| *at_ms != u64::MAX).min()
    }

    pub(super) fn statistics(&self) -> Statistics {
        Statistics {
            depth_messages: self.items.len() as u64,
            depth_bytes: self.bytes(),
            acquired: (self.items.len() - self.ready()) as u64,
            consumers: self.takers.len() as u64,
            ..self.statistics
        }
    }
}
