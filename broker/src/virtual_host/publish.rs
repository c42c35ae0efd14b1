//! Publishing: route a batch, hand each queue its share under one lock, move on what nobody took.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::message::Message;
use philter_model::queue::{Limit, PushOutcome};
use philter_plugin_api::MessageView;
use tracing::{debug, info};

use crate::long_work::in_steps;
use crate::message::{View, clear_trace};
use crate::virtual_host::limits::{ALTERNATE_HOPS_MAX, RING_HOPS_MAX};
use crate::virtual_host::queue::{Admitted, Offer, Push, Pushed};
use crate::virtual_host::{Actor, Exchange, Queue, VirtualHost};

/// A message that a queue refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// Its index in the batch.
    pub(crate) index: usize,
    /// The queue.
    pub(crate) queue: Arc<str>,
    /// The limit it hit.
    pub(crate) limit: Limit,
}

/// What became of a batch beyond what went well.
#[derive(Default)]
pub(crate) struct Published {
    /// Messages that a queue refused.
    pub(crate) refused: Vec<Refused>,
    /// Messages, by their index in the batch, that entered queues which hold their publishers back:
    /// see [`Queue::wait_flow`].
    pub(crate) held: Vec<(usize, Arc<Queue>)>,
}

/// What all steps of one publish share.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) now_ms: u64,
    hops_left: usize,
    /// Nothing behind the first message that is refused enters any queue: its publisher sends all
    /// of it again.
    stops_at_refusal: bool,
    /// A transaction publishes: queues count that apart.
    pub(super) is_transactional: bool,
}

impl Way {
    /// The beginning of one.
    pub(super) fn new(now_ms: u64) -> Self {
        Self {
            now_ms,
            hops_left: ALTERNATE_HOPS_MAX,
            stops_at_refusal: false,
            is_transactional: false,
        }
    }

    /// The way of what is left of a queue that ends on this one; none where no hop is left.
    fn further(self) -> Option<Self> {
        let hops_left = self.hops_left.checked_sub(1)?;
        Some(Self { hops_left, ..Self::new(self.now_ms) })
    }
}

impl VirtualHost {
    /// Publishes messages in order, up to the first that a queue refuses, and answers that one.
    /// What matches nothing goes to the alternate exchange, or is dropped and counted.
    pub(crate) fn publish(
        &self,
        exchange: &Arc<Exchange>,
        batch: &[Arc<Message>],
        now_ms: u64,
    ) -> Published {
        let mut published = Published::default();
        let way = Way { stops_at_refusal: true, ..Way::new(now_ms) };
        self.publish_through(exchange, batch, way, &mut published);
        published
    }

    /// Publishes what a transaction did, like [`VirtualHost::publish`].
    pub(crate) fn publish_in_transaction(
        &self,
        exchange: &Arc<Exchange>,
        batch: &[Arc<Message>],
        now_ms: u64,
    ) -> Published {
        let mut published = Published::default();
        let way = Way { stops_at_refusal: true, is_transactional: true, ..Way::new(now_ms) };
        self.publish_through(exchange, batch, way, &mut published);
        published
    }

    fn publish_through(
        &self,
        exchange: &Arc<Exchange>,
        batch: &[Arc<Message>],
        way: Way,
        published: &mut Published,
    ) {
        let stamped = exchange.prepare(batch);
        let batch = stamped.as_deref().unwrap_or(batch);
        let views: Vec<View<'_>> =
            batch.iter().map(|message| View::new(message, self.name())).collect();
        let views: Vec<&dyn MessageView> = views.iter().map(|view| view as _).collect();
        let mut routes = Vec::with_capacity(batch.len());
        exchange.route(&views, &mut routes);
        let mut start = 0;
        for run in routes.chunk_by(Arc::ptr_eq) {
            let Some(route) = run.first() else { continue };
            let messages = batch.get(start..start + run.len()).unwrap_or(&[]);
            let bytes = messages.iter().map(|message| message.size()).sum();
            exchange.count(route, messages.len() as u64, bytes);
            if route.queues.is_empty() {
                // What has a tap serves the broker itself: nothing of it is lost.
                let is_served = exchange.tap.get().is_some();
                if !self.publish_to(exchange.alternate(), messages, way) && !is_served {
                    let count = messages.len() as u64;
                    exchange.counters.unroutable.fetch_add(count, Ordering::Relaxed);
                }
            } else {
                self.deliver_to_all(&route.queues, messages, start, way, published);
                if way.stops_at_refusal && !published.refused.is_empty() {
                    break;
                }
            }
            start += run.len();
        }
        if let Some(tap) = exchange.tap.get() {
            // What was refused, and what was to follow it, comes again or never.
            let refused = published.refused.iter().map(|refused| refused.index);
            let end = refused.filter(|_| way.stops_at_refusal).min().unwrap_or(batch.len());
            batch.iter().take(end).for_each(|message| tap.offer(exchange.name(), message));
        }
    }

    /// Gives queues these messages. Where they may have to stop at a refusal, several queues get
    /// one message after the other, unless all have room for all of them.
    fn deliver_to_all(
        &self,
        queues: &[Arc<Queue>],
        messages: &[Arc<Message>],
        start: usize,
        way: Way,
        published: &mut Published,
    ) {
        let has_room = |queue: &Arc<Queue>| {
            let stand_in = queue.stand_in();
            stand_in.as_ref().unwrap_or(queue).limit_without_room(messages).is_none()
        };
        if !way.stops_at_refusal || queues.len() == 1 || queues.iter().all(has_room) {
            in_steps(queues.len() * messages.len(), || {
                for queue in queues {
                    self.deliver(queue, messages, start, way, published);
                }
            });
            return;
        }
        for (index, message) in messages.iter().enumerate() {
            for queue in queues {
                let one = std::slice::from_ref(message);
                self.deliver(queue, one, start + index, way, published);
            }
            if !published.refused.is_empty() {
                return;
            }
        }
    }

    /// Gives a queue, or the one that stands in for it, these messages, of which the first has the
    /// index `start` in its publisher's batch.
    pub(super) fn deliver(
        &self,
        queue: &Arc<Queue>,
        messages: &[Arc<Message>],
        start: usize,
        way: Way,
        published: &mut Published,
    ) {
        let stand_in = queue.stand_in();
        // Where the other one is deleted just now, the redirection is about to end.
        let is_there = stand_in
            .is_some_and(|other| self.deliver_into(&other, messages, start, way, published))
            || self.deliver_into(queue, messages, start, way, published);
        if !is_there {
            // Deleted while they were on their way: as if they had come just before.
            self.publish_to(queue.alternate(), messages, way);
        }
    }

    /// Gives a queue these messages; false and nothing where it is deleted.
    pub(super) fn deliver_into(
        &self,
        queue: &Arc<Queue>,
        messages: &[Arc<Message>],
        start: usize,
        way: Way,
        published: &mut Published,
    ) -> bool {
        let mut has_expired = false;
        let mut too_many = Vec::new();
        let mut outcome = |index: usize, outcome| match outcome {
            PushOutcome::Enqueued(_) | PushOutcome::Dropped => Push::GoOn,
            PushOutcome::Expired => {
                has_expired = true;
                Push::GoOn
            }
            PushOutcome::Full(limit) => {
                let queue = Arc::clone(queue.name());
                published.refused.push(Refused { index: start + index, queue, limit });
                if way.stops_at_refusal { Push::Stop } else { Push::GoOn }
            }
            PushOutcome::SelfDestruct(_) => {
                too_many.extend(messages.get(index).cloned());
                Push::GoOn
            }
        };
        let pushed = if queue.is_choosy() {
            let admitted = queue.admit(messages);
            queue.push(admitted.iter().map(Admitted::offer), way, &mut outcome)
        } else {
            let offers = messages.iter().enumerate();
            let offers = offers.map(|(index, message)| Offer { index, message, key: None });
            queue.push(offers, way, &mut outcome)
        };
        match pushed {
            Pushed::Deleted => return false,
            Pushed::Done { is_stopped, dropped } => {
                if is_stopped {
                    let indices = start..start + messages.len();
                    published.held.extend(indices.map(|index| (index, Arc::clone(queue))));
                }
                if !dropped.is_empty() {
                    let hops_left = way.hops_left.min(RING_HOPS_MAX);
                    self.publish_to(queue.alternate(), &dropped, Way { hops_left, ..way });
                }
            }
        }
        if has_expired {
            self.expire_queue(queue, way.now_ms);
        }
        if !too_many.is_empty() {
            info!("queue '{}' deletes itself: it is full", queue.name());
            self.destroy_queue(queue, Actor::broker(), way.further());
            self.publish_to(queue.alternate(), &too_many, way);
        }
        true
    }

    /// Publishes to an alternate exchange; whether there is one and a hop left.
    fn publish_to(
        &self,
        alternate: Option<&Arc<Exchange>>,
        messages: &[Arc<Message>],
        way: Way,
    ) -> bool {
        let (Some(alternate), Some(hops_left)) = (alternate, way.hops_left.checked_sub(1)) else {
            return false;
        };
        // A queue behind an alternate that is full loses it: nobody is there to be told.
        let mut published = Published::default();
        let way = Way { hops_left, stops_at_refusal: false, ..way };
        self.publish_through(alternate, messages, way, &mut published);
        true
    }

    /// Moves dead letters of a queue to its alternate exchange, or drops them.
    pub(crate) fn dead_letter(&self, queue: &Queue, messages: &[Arc<Message>], now_ms: u64) {
        if let Some(alternate) = queue.alternate().filter(|_| !messages.is_empty()) {
            self.publish_anew(queue, alternate, messages, Way::new(now_ms));
        }
    }

    /// Publishes messages of a queue again: each begins its way anew, and one that another queue
    /// refuses is lost, for nobody is there to be told.
    pub(super) fn publish_anew(
        &self,
        queue: &Queue,
        exchange: &Arc<Exchange>,
        messages: &[Arc<Message>],
        way: Way,
    ) {
        let anew: Vec<Arc<Message>> = messages.iter().map(clear_trace).collect();
        let mut published = Published::default();
        self.publish_through(exchange, &anew, way, &mut published);
        let refused = published.refused.len();
        if refused > 0 {
            debug!("{refused} messages from queue '{}' were refused elsewhere", queue.name());
        }
    }

    /// Moves on what has expired in a queue.
    pub(crate) fn expire_queue(&self, queue: &Queue, now_ms: u64) {
        loop {
            let expired = queue.expire(now_ms);
            if expired.is_empty() {
                return;
            }
            // It would expire again wherever it came to: time to live ends with the queue it ended
            // in.
            let lasting: Vec<Arc<Message>> =
                expired.iter().map(|message| Arc::new(message.without_expiry())).collect();
            self.dead_letter(queue, &lasting, now_ms);
        }
    }
}
