//! Messages that enter a live queue.

use std::sync::Arc;

use philter_model::limits::EXPIRED_BATCH_MAX;
use philter_model::message::Message;
use philter_model::queue::{Limit, Order, Overflow, OverflowPolicy, PushOutcome, QueueSettings};

use crate::virtual_host::Queue;
use crate::virtual_host::publish::Way;
use crate::virtual_host::queue::{Admitted, Entered, Kept};

/// A message on its way into a queue.
pub(in crate::virtual_host) struct Offer<'m> {
    /// Its index in its publisher's batch.
    pub(in crate::virtual_host) index: usize,
    /// The message.
    pub(in crate::virtual_host) message: &'m Arc<Message>,
    /// The value of the queue's key header.
    pub(in crate::virtual_host) key: Option<&'m [u8]>,
}

/// What becomes of the messages behind one that has its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::virtual_host) enum Push {
    /// They enter as well.
    GoOn,
    /// They do not.
    Stop,
}

/// How a push went.
#[derive(Debug)]
pub(in crate::virtual_host) enum Pushed {
    /// Each message has its outcome.
    Done {
        /// The queue holds its publishers back.
        is_stopped: bool,
        /// What made room, or found none: dead letters.
        dropped: Vec<Arc<Message>>,
        /// What had expired before it came: dead letters.
        expired: Vec<Arc<Message>>,
        /// What entered and is to be stored: see [`Queue::store`].
        entered: Entered,
    },
    /// The queue is deleted; no message has an outcome.
    Deleted,
}

impl Queue {
    /// The limit that refuses one of these messages, if all of them came now. Where messages are
    /// looked at before they enter, filters may be asked: never call it under a lock.
    pub(in crate::virtual_host) fn limit_without_room(
        &self,
        messages: &[Arc<Message>],
    ) -> Option<Limit> {
        if messages.iter().any(|message| self.is_too_much(message, self.is_refusing())) {
            return Some(Limit::Store);
        }
        if self.refuses_what_can_not_wait() {
            return self.find_limit(messages);
        }
        let QueueSettings { policy, count_max, bytes_max, .. } = self.settings();
        let limit = match policy {
            OverflowPolicy::SelfDestruct => return None,
            _ if count_max.is_none() && bytes_max.is_none() => return None,
            OverflowPolicy::Ring => {
                let has_larger = |max: &u64| messages.iter().any(|message| message.size() > *max);
                bytes_max.filter(has_larger).map(Limit::Bytes)
            }
            OverflowPolicy::Reject => self.limit_beside_entries(messages),
        };
        // A trace makes messages larger; otherwise they need this room at the most.
        if !self.is_choosy || (limit.is_none() && self.settings.trace_id.is_none()) {
            return limit;
        }
        self.find_limit(messages)
    }

    fn limit_beside_entries(&self, messages: &[Arc<Message>]) -> Option<Limit> {
        let QueueSettings { count_max, bytes_max, .. } = self.settings();
        let bytes: u64 = messages.iter().map(|message| message.size()).sum();
        let (depth_messages, depth_bytes) = self.state.lock().entries.depth();
        let count = depth_messages + messages.len() as u64;
        let by_count = count_max.filter(|max| count > *max).map(Limit::Count);
        let by_bytes = || bytes_max.filter(|max| depth_bytes + bytes > *max).map(Limit::Bytes);
        by_count.or_else(by_bytes)
    }

    /// Whether the store does not take a message that would have to be stored.
    fn is_too_much(&self, message: &Message, is_refusing: bool) -> bool {
        let kept = self.kept.as_ref().filter(|_| message.is_durable());
        kept.is_some_and(|kept| is_refusing || !kept.takes(message))
    }

    /// Whether the store takes nothing now.
    fn is_refusing(&self) -> bool {
        self.kept.as_ref().is_some_and(Kept::is_refusing)
    }

    fn refuses_what_can_not_wait(&self) -> bool {
        let limits = &self.settings.ready_limits;
        limits.is_limited() && limits.overflow != Overflow::DropHead
    }

    fn find_limit(&self, messages: &[Arc<Message>]) -> Option<Limit> {
        let admitted = self.admit(messages);
        let offers = admitted.iter().map(Admitted::offer);
        let offers = offers.map(|offer| (&**offer.message, offer.key));
        self.state.lock().entries.limit_without_room(offers)
    }

    /// Appends messages in order and answers one outcome each, until one says to stop.
    pub(in crate::virtual_host) fn push<'m>(
        &self,
        offers: impl Iterator<Item = Offer<'m>>,
        way: Way,
        mut outcome: impl FnMut(usize, PushOutcome) -> Push,
    ) -> Pushed {
        // What moves from queue to queue is put and deleted in one append, or neither.
        let is_refusing = way.is_of_client() && self.is_refusing();
        // What would be a dead letter by now stays here, and the agenda comes for it.
        let is_postponed = way.is_at_end() && self.settings.dead_letter.is_some();
        let mut pushed = self.change(|state, woken| {
            if state.is_deleted {
                return Pushed::Deleted;
            }
            let before = way.is_transactional.then(|| state.entries.statistics());
            if self.settings.ready_limits.is_limited() {
                state.entries.expire(way.now_ms, EXPIRED_BATCH_MAX);
            }
            let (mut entered, mut expired) = (Entered::new(), Vec::new());
            for Offer { index, message, key } in offers {
                let is_kept = self.keeps(message);
                let offered = Arc::clone(message);
                let result = match way.is_granted {
                    true => state.entries.push_granted(offered, key, way.now_ms, woken),
                    false if self.is_too_much(message, is_refusing) => {
                        PushOutcome::Full(Limit::Store)
                    }
                    false if is_postponed => {
                        state.entries.push_postponed(offered, key, way.now_ms, woken)
                    }
                    false => state.entries.push_keyed(offered, key, way.now_ms, woken),
                };
                match result {
                    PushOutcome::Enqueued(id) if is_kept => entered.push((Arc::clone(message), id)),
                    PushOutcome::Expired => expired.push(Arc::clone(message)),
                    _ => {}
                }
                if outcome(index, result) == Push::Stop {
                    break;
                }
            }
            if let Some(before) = before {
                state.transactional.count_enqueues(&before, &state.entries.statistics());
            }
            if may_be_next(&self.settings) {
                state.unstick(woken);
            }
            let is_stopped = state.entries.is_flow_stopped();
            let dropped = if is_postponed { Vec::new() } else { state.entries.take_dropped() };
            Pushed::Done { is_stopped, dropped, expired, entered }
        });
        if let Pushed::Done { dropped, .. } = &mut pushed {
            *dropped = self.read_messages(std::mem::take(dropped));
        }
        pushed
    }
}

/// Whether a push may change which entry is next for those who found something already.
fn may_be_next(settings: &QueueSettings) -> bool {
    settings.policy == OverflowPolicy::Ring
        || settings.order != Order::Fifo
        || settings.groups.is_some()
        || settings.ready_limits.is_limited()
}
