//! Publishing: route a batch, hand each queue its share under one lock, move on what nobody took.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::message::Message;
use philter_model::queue::{Limit, PushOutcome};
use philter_plugin_api::MessageView;
use tracing::debug;

use crate::message::View;
use crate::virtual_host::limits::ALTERNATE_HOPS_MAX;
use crate::virtual_host::{Exchange, Queue, Route, VirtualHost};

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
struct Way {
    now_ms: u64,
    hops_left: usize,
}

impl VirtualHost {
    /// Publishes messages in order; answers those that a queue refused. What matches nothing goes
    /// to the alternate exchange, or is dropped and counted.
    pub(crate) fn publish(
        &self,
        exchange: &Arc<Exchange>,
        batch: &[Arc<Message>],
        now_ms: u64,
    ) -> Published {
        let mut published = Published::default();
        let way = Way { now_ms, hops_left: ALTERNATE_HOPS_MAX };
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
                if !self.publish_to(exchange.alternate(), messages, way) {
                    let count = messages.len() as u64;
                    exchange.counters.unroutable.fetch_add(count, Ordering::Relaxed);
                }
            } else {
                self.enqueue(route, messages, start, way, published);
            }
            start += run.len();
        }
        if let Some(tap) = exchange.tap.get() {
            batch.iter().for_each(|message| tap.offer(exchange.name(), message));
        }
    }

    /// Gives every queue of a route all of these messages.
    fn enqueue(
        &self,
        route: &Route,
        messages: &[Arc<Message>],
        start: usize,
        way: Way,
        published: &mut Published,
    ) {
        for queue in &route.queues {
            let mut index = start;
            let mut has_expired = false;
            let is_there = queue.push(messages.iter(), way.now_ms, |outcome| {
                match outcome {
                    PushOutcome::Enqueued(_) | PushOutcome::Dropped => {}
                    PushOutcome::Expired => has_expired = true,
                    PushOutcome::Full(limit) | PushOutcome::SelfDestruct(limit) => {
                        let queue = Arc::clone(queue.name());
                        published.refused.push(Refused { index, queue, limit });
                    }
                }
                index += 1;
            });
            if !is_there {
                // Deleted while they were on their way: as if they had come just before.
                self.publish_to(queue.alternate(), messages, way);
            }
            if has_expired {
                self.expire_queue(queue, way.now_ms);
            }
        }
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
        self.publish_through(alternate, messages, Way { hops_left, ..way }, &mut published);
        true
    }

    /// Moves dead letters of a queue to its alternate exchange, or drops them.
    pub(crate) fn dead_letter(&self, queue: &Queue, messages: &[Arc<Message>], now_ms: u64) {
        if let Some(alternate) = queue.alternate().filter(|_| !messages.is_empty()) {
            let refused = self.publish(alternate, messages, now_ms).refused;
            if !refused.is_empty() {
                debug!("{} dead letters of queue '{}' refused", refused.len(), queue.name());
            }
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
