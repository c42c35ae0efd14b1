//! Exchanges that hold messages until they are due (type `x-delayed-message`, header `x-delay`).
//!
//! A message is held as it came, and routed as if it had just come when its time is there. Nobody
//! waits for that: to its publisher a held message is one that was routed.
//!
//! Invariants:
//! - an exchange in which something waits has an alarm at the time of the first, or a task is about
//!   to set it;
//! - a message is held once: its header is negative when it goes on;
//! - a durable message in a durable exchange is stored before it goes on, and deleted in the append
//!   that stores where it went; while the store takes nothing, none goes on, and what a plugin
//!   fails on does not either: both are tried again.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use philter_model::exchange::{Delay, Delayed};
use philter_model::limits::DELAYED_MAX;
use philter_model::message::Message;
use philter_model::queue::{EntryId, Limit};
use philter_plugin_api::{MessageView, QueueRecord, Value, ValueRef};
use tokio::task::block_in_place;
use tracing::debug;

use crate::clock::{instant_at, now_ms};
use crate::message::{View, stamp_later};
use crate::store::{self, Later, Leaves, RecoveredEntries, RecoveredEntry};
use crate::virtual_host::limits::{DUE_BATCH_MAX, RETRY_MS};
use crate::virtual_host::publish::{Published, Way};
use crate::virtual_host::queue::Kept;
use crate::virtual_host::reach::Batch;
use crate::virtual_host::shared::Shared;
use crate::virtual_host::{Exchange, Refused, VirtualHost, VirtualHosts};

/// The header: milliseconds.
const HEADER: &str = "x-delay";

/// The longest delay: whoever asks for more is not delayed at all, as in RabbitMQ.
const DELAY_MS_MAX: u64 = u32::MAX as u64;

/// What waits in one exchange.
#[derive(Default)]
pub(super) struct Waiting {
    delay: Delay,
    /// When it is looked at next.
    alarm_ms: Option<u64>,
}

/// Exchanges in which something waits, by the time of the first and the exchange's address.
pub(super) struct Alarms {
    by_time: Mutex<BTreeMap<(u64, usize), Weak<Exchange>>>,
    /// Who waits for the first of all hosts.
    shared: Arc<Shared>,
}

/// What becomes of a message at an exchange that delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is not to be delayed.
    No,
    /// It waits.
    Waits,
    /// Too many wait, or the store takes nothing.
    Full(Limit),
}

impl Exchange {
    /// Whether it would hold a message.
    pub(super) fn delays(&self, message: &Message) -> bool {
        self.waiting.is_some() && delay_ms(message).is_some()
    }

    /// How many more messages may wait in it.
    pub(super) fn room_to_wait(&self) -> usize {
        self.waiting.as_ref().map_or(usize::MAX, |waiting| waiting.lock().delay.room())
    }

    /// Drops what waits in it.
    pub(super) fn clear_waiting(&self) {
        let Some(waiting) = &self.waiting else { return };
        // They go when the lock is gone.
        let _all = waiting.lock().delay.take_all();
    }

    /// Where a message that waits in it is stored, if it is.
    fn keeper_of(&self, message: &Message) -> Option<&Kept> {
        self.kept.as_ref().filter(|_| message.is_durable())
    }

    /// Whether it would have to store one of these messages, and the store takes nothing.
    pub(super) fn is_refusing(&self, messages: &[Arc<Message>]) -> bool {
        self.kept.as_ref().is_some_and(Kept::is_refusing)
            && messages.iter().any(|message| message.is_durable())
    }
}

impl Alarms {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { by_time: Mutex::default(), shared: Arc::clone(shared) }
    }

    fn set(&self, exchange: &Arc<Exchange>, alarm: Option<Alarm>) {
        let Some(Alarm { before_ms, at_ms }) = alarm else { return };
        let address = Arc::as_ptr(exchange).addr();
        {
            let mut alarms = self.by_time.lock();
            if let Some(before_ms) = before_ms {
                alarms.remove(&(before_ms, address));
            }
            alarms.insert((at_ms, address), Arc::downgrade(exchange));
        }
        self.shared.alarm_set.notify_one();
    }

    /// The store has a message, or did not take it.
    fn end_storing(&self, exchange: &Arc<Exchange>, id: EntryId, is_stored: bool) {
        let (Some(waiting), Some(kept)) = (&exchange.waiting, &exchange.kept) else { return };
        let (is_gone, alarm) = {
            let mut waiting = waiting.lock();
            let is_gone = is_stored && !waiting.delay.stored(id);
            if !is_stored {
                waiting.delay.not_stored(id);
            }
            (is_gone, waiting.next_alarm())
        };
        if is_gone {
            // With its exchange.
            kept.ledger().delete(kept.number(), &[id], Leaves::Alone);
        }
        self.set(exchange, alarm);
    }

    /// The store did not take what became of messages that were due, or a plugin failed on them:
    /// they still wait.
    fn put_back(&self, exchange: &Arc<Exchange>, due: Vec<(EntryId, Delayed)>, at_ms: u64) {
        let Some(waiting) = exchange.waiting.as_ref().filter(|_| !due.is_empty()) else { return };
        let alarm = {
            let mut waiting = waiting.lock();
            if exchange.is_deleted() {
                return;
            }
            for (id, delayed) in due {
                waiting.delay.restore(id, delayed, at_ms);
            }
            waiting.next_alarm()
        };
        self.set(exchange, alarm);
    }

    /// Takes what waited in an exchange back at a start.
    pub(super) fn restore(&self, exchange: &Arc<Exchange>, recovered: RecoveredEntries) {
        let (Some(waiting), Some(kept)) = (&exchange.waiting, &exchange.kept) else { return };
        let alarm = {
            let mut waiting = waiting.lock();
            waiting.delay.number_from(EntryId(kept.ledger().first_entry()));
            for RecoveredEntry { id, message, later, .. } in recovered.entries {
                let Some(later) = later else { continue };
                let Later { due_ms, further_keys } = *later;
                let delay_ms = delay_ms(&message).unwrap_or(0);
                waiting.delay.restore(id, Delayed { message, further_keys, delay_ms }, due_ms);
            }
            waiting.next_alarm()
        };
        self.set(exchange, alarm);
    }
}

impl VirtualHost {
    /// Publishes what is not to be delayed through an exchange that delays, and holds the rest.
    pub(super) fn publish_or_hold(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        way: Way,
        published: &mut Published,
    ) {
        let mut done = 0;
        let is_held: Vec<bool> =
            batch.messages.iter().map(|message| exchange.delays(message)).collect();
        for run in is_held.chunk_by(|one, next| one == next) {
            let part = batch.part(done, run.len());
            if run.first() == Some(&true) {
                self.hold_all(exchange, part, way, published);
            } else {
                self.publish_now(exchange, part, way, published);
            }
            if way.is_over(published) {
                return;
            }
            done += run.len();
        }
    }

    pub(super) fn hold_all(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        way: Way,
        published: &mut Published,
    ) {
        for (place, message) in batch.messages.iter().enumerate() {
            match self.hold(exchange, message, batch.keys_at(place), way) {
                Hold::Waits => {}
                // It was deleted just now.
                Hold::No => self.publish_now(exchange, batch.part(place, 1), way, published),
                Hold::Full(limit) => {
                    let index = batch.start + place;
                    published.refused.push(Refused::full(index, exchange.name(), limit));
                }
            }
            if way.is_over(published) {
                return;
            }
        }
    }

    /// Holds a message at an exchange, if it is to be delayed there.
    pub(super) fn hold(
        &self,
        exchange: &Arc<Exchange>,
        message: &Arc<Message>,
        further_keys: &[String],
        way: Way,
    ) -> Hold {
        let (Some(waiting), Some(delay_ms)) = (&exchange.waiting, delay_ms(message)) else {
            return Hold::No;
        };
        let kept = exchange.keeper_of(message);
        if !way.is_granted && kept.is_some_and(Kept::is_refusing) {
            return Hold::Full(Limit::Store);
        }
        // A time is cut to whole milliseconds: counted from the next one, nothing comes early.
        let due_ms = (way.now_ms + 1).saturating_add(delay_ms);
        let delayed =
            Delayed { message: Arc::clone(message), further_keys: further_keys.to_vec(), delay_ms };
        let (id, alarm) = {
            let mut waiting = waiting.lock();
            // Who deletes it marks it before it looks for what waits.
            if exchange.is_deleted() {
                return Hold::No;
            }
            let delay = &mut waiting.delay;
            let held = match way.is_granted {
                true => Ok(delay.hold_granted(delayed, due_ms, kept.is_some())),
                false => delay.hold(delayed, due_ms, kept.is_some()),
            };
            let Ok(id) = held else { return Hold::Full(Limit::Delayed(DELAYED_MAX as u64)) };
            (id, waiting.next_alarm())
        };
        exchange.count_held(message.size());
        self.alarms.set(exchange, alarm);
        if let Some(kept) = kept {
            let later = Later { due_ms, further_keys: further_keys.to_vec() };
            self.store_waiting(exchange, kept, (id, message), later);
        }
        Hold::Waits
    }

    fn store_waiting(
        &self,
        exchange: &Arc<Exchange>,
        kept: &Kept,
        (id, message): (EntryId, &Arc<Message>),
        later: Later,
    ) {
        let (alarms, exchange) = (Arc::clone(&self.alarms), Arc::clone(exchange));
        let landed = move |is_stored| alarms.end_storing(&exchange, id, is_stored);
        let record = QueueRecord { queue: kept.number(), id: id.0 };
        kept.ledger().put_later(record, message, later, landed);
    }

    /// When something is due next.
    fn next_due_ms(&self) -> Option<u64> {
        self.alarms.by_time.lock().first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// Routes whatever is due in any exchange.
    pub(super) fn release_due(&self, now_ms: u64) {
        while let Some(exchange) = self.take_alarm(now_ms) {
            if let Some(exchange) = exchange.upgrade() {
                self.release_from(&exchange, now_ms);
            }
        }
    }

    fn take_alarm(&self, now_ms: u64) -> Option<Weak<Exchange>> {
        let mut alarms = self.alarms.by_time.lock();
        let first = alarms.first_entry().filter(|first| first.key().0 <= now_ms)?;
        Some(first.remove())
    }

    fn release_from(&self, exchange: &Arc<Exchange>, now_ms: u64) {
        let Some(waiting) = &exchange.waiting else { return };
        // They leave here and enter elsewhere in one piece.
        while store::turn(|| self.release_batch(exchange, waiting, now_ms)).0 {}
    }

    /// Routes some of what is due; whether there may be more.
    fn release_batch(
        &self,
        exchange: &Arc<Exchange>,
        waiting: &Mutex<Waiting>,
        now_ms: u64,
    ) -> bool {
        if exchange.kept.as_ref().is_some_and(Kept::is_refusing) {
            let alarm = waiting.lock().alarm_at(now_ms.saturating_add(RETRY_MS));
            self.alarms.set(exchange, alarm);
            return false;
        }
        let (due, alarm) = {
            let mut waiting = waiting.lock();
            let due = waiting.delay.take_due(now_ms, DUE_BATCH_MAX);
            waiting.alarm_ms = waiting.alarm_ms.filter(|_| !due.is_empty());
            (due, waiting.next_alarm())
        };
        if due.is_empty() {
            self.alarms.set(exchange, alarm);
            return false;
        }
        let failed = self.publish_due(exchange, &due, now_ms);
        let (failed, gone): (Vec<_>, Vec<_>) =
            due.into_iter().enumerate().partition(|(index, _)| failed.contains(index));
        let waiting = |all: Vec<(usize, _)>| all.into_iter().map(|(_, due)| due).collect();
        self.alarms.put_back(exchange, waiting(failed), now_ms.saturating_add(RETRY_MS));
        self.unstore_due(exchange, waiting(gone), now_ms);
        true
    }

    /// Routes what is due; answers the places of those that a plugin failed on.
    fn publish_due(
        &self,
        exchange: &Arc<Exchange>,
        due: &[(EntryId, Delayed)],
        now_ms: u64,
    ) -> Vec<usize> {
        let mut messages = Vec::with_capacity(due.len());
        let mut further_keys = Vec::new();
        for (index, (_, Delayed { message, further_keys: keys, delay_ms })) in
            due.iter().enumerate()
        {
            messages.push(stamp_later(message, HEADER, negative(*delay_ms), *delay_ms));
            if !keys.is_empty() {
                further_keys.push((index, keys.clone()));
            }
        }
        let batch = Batch { messages: &messages, start: 0, further_keys: &further_keys };
        let mut published = Published::default();
        self.publish_now(exchange, batch, Way::new(now_ms), &mut published);
        let (failed, refused): (Vec<_>, Vec<_>) =
            published.refused.into_iter().partition(Refused::is_undecided);
        if !refused.is_empty() {
            let count = refused.len();
            debug!("{count} messages that exchange '{}' delayed were refused", exchange.name());
        }
        failed.into_iter().map(|refused| refused.index).collect()
    }

    /// What was due is not stored here any more; it still is, and waits, where the store did not
    /// take where it went.
    fn unstore_due(&self, exchange: &Arc<Exchange>, mut due: Vec<(EntryId, Delayed)>, now_ms: u64) {
        let Some(kept) = &exchange.kept else { return };
        due.retain(|(_, delayed)| delayed.message.is_durable());
        if due.is_empty() {
            return;
        }
        let ids: Vec<EntryId> = due.iter().map(|(id, _)| *id).collect();
        kept.ledger().delete(kept.number(), &ids, Leaves::WithTheRest);
        let (alarms, exchange) = (Arc::clone(&self.alarms), Arc::clone(exchange));
        kept.ledger().tell_end(move |is_stored| {
            if !is_stored {
                alarms.put_back(&exchange, due, now_ms.saturating_add(RETRY_MS));
            }
        });
    }
}

impl VirtualHosts {
    /// Routes delayed messages when they are due; runs until its task is aborted.
    pub(crate) async fn release_delayed(self: Arc<Self>) {
        loop {
            let next_ms = self.all().iter().filter_map(|host| host.next_due_ms()).min();
            let alarm_set = self.shared.alarm_set.notified();
            match next_ms {
                None => alarm_set.await,
                Some(at_ms) => tokio::select! {
                    () = alarm_set => {}
                    () = tokio::time::sleep_until(instant_at(at_ms)) => {}
                },
            }
            block_in_place(|| self.all().iter().for_each(|host| host.release_due(now_ms())));
        }
    }
}

/// An alarm in the place of another.
#[derive(Clone, Copy, Debug)]
struct Alarm {
    before_ms: Option<u64>,
    at_ms: u64,
}

impl Waiting {
    /// The alarm to set, where the first one is due at another time than the present alarm's.
    fn next_alarm(&mut self) -> Option<Alarm> {
        let at_ms = self.delay.next_due_ms()?;
        let before_ms = self.alarm_ms.replace(at_ms);
        (before_ms != Some(at_ms)).then_some(Alarm { before_ms, at_ms })
    }

    /// The alarm to set where it is to be looked at then, whatever is due before.
    fn alarm_at(&mut self, at_ms: u64) -> Option<Alarm> {
        let before_ms = self.alarm_ms.replace(at_ms);
        Some(Alarm { before_ms, at_ms })
    }
}

/// How long a message asks to be delayed; none where it does not, or asks for more than there is.
fn delay_ms(message: &Message) -> Option<u64> {
    let view = View::new(message, "");
    let delay = whole(view.header(HEADER)?)?;
    u64::try_from(delay).ok().filter(|delay_ms| (1..=DELAY_MS_MAX).contains(delay_ms))
}

/// A number however it is written.
fn whole(value: ValueRef<'_>) -> Option<i128> {
    #[allow(clippy::cast_possible_truncation, reason = "what does not fit is cut to a bound")]
    let cut = |number: f64| number.trunc() as i128;
    Some(match value {
        ValueRef::Byte(number) => number.into(),
        ValueRef::Ubyte(number) => number.into(),
        ValueRef::Short(number) => number.into(),
        ValueRef::Ushort(number) => number.into(),
        ValueRef::Int(number) => number.into(),
        ValueRef::Uint(number) => number.into(),
        ValueRef::Long(number) => number.into(),
        ValueRef::Ulong(number) => number.into(),
        ValueRef::Float(number) => cut(number.into()),
        ValueRef::Double(number) => cut(number),
        ValueRef::String(text) => text.parse().ok()?,
        ValueRef::Binary(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok()?,
        _ => return None,
    })
}

/// What the header says when a message goes on.
fn negative(delay_ms: u64) -> Value {
    let delay = i64::try_from(delay_ms).map_or(i64::MIN, |delay_ms| -delay_ms);
    i32::try_from(delay).map_or(Value::Long(delay), Value::Int)
}

#[cfg(test)]
impl VirtualHost {
    /// The times of all alarms.
    pub(super) fn alarms_of_test(&self) -> Vec<u64> {
        self.alarms.by_time.lock().keys().map(|(at_ms, _)| *at_ms).collect()
    }
}
