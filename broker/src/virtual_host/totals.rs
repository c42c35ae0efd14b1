//! What a virtual host counts beyond its queues and exchanges: what those that are deleted had
//! counted, so that sums over all never go back.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use philter_model::queue::Statistics;

use crate::virtual_host::queue::Transactional;
use crate::virtual_host::{Exchange, Queue, VirtualHost};

/// Counters that outlive what they were counted at.
#[derive(Default)]
pub(super) struct Totals {
    queues: Mutex<Statistics>,
    transactional: Mutex<Transactional>,
    unroutable: AtomicU64,
    abandoned: AtomicU64,
    abandoned_by_alternate: AtomicU64,
}

/// Sums over everything that was ever there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    /// Over queues. Present numbers, such as the depth, are those of queues that are there.
    pub(crate) queues: Statistics,
    /// What of that transactions did.
    pub(crate) transactional: Transactional,
    /// Queues that are there.
    pub(crate) queue_count: usize,
    /// Messages that matched nothing, at any exchange, and dead letters that went nowhere.
    pub(crate) unroutable: u64,
    /// Messages that were left in deleted queues.
    pub(crate) abandoned: u64,
    /// Messages of deleted queues that went to alternate exchanges.
    pub(crate) abandoned_by_alternate: u64,
}

impl Totals {
    /// Dead letters for which there was no exchange.
    pub(super) fn count_lost(&self, count: u64) {
        self.unroutable.fetch_add(count, Ordering::Relaxed);
    }
}

impl VirtualHost {
    /// Sums over everything that was ever there. Each queue's lock is held for a copy.
    pub(crate) fn sums(&self) -> Sums {
        let queues = self.queues();
        let all = queues
            .iter()
            .fold(*self.totals.queues.lock(), |sum, queue| add(sum, &queue.statistics()));
        let transactional = queues
            .iter()
            .fold(*self.totals.transactional.lock(), |sum, queue| sum.plus(queue.transactional()));
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let exchanges = self.exchanges();
        let unroutable = exchanges.iter().map(|exchange| load(&exchange.counters.unroutable));
        Sums {
            queues: all,
            transactional,
            queue_count: queues.len(),
            unroutable: load(&self.totals.unroutable) + unroutable.sum::<u64>(),
            abandoned: load(&self.totals.abandoned),
            abandoned_by_alternate: load(&self.totals.abandoned_by_alternate),
        }
    }

    /// A queue is deleted and empty: `left` messages were in it.
    pub(super) fn retire_queue(&self, queue: &Queue, left: u64) {
        let counted = queue.statistics();
        {
            let mut sum = self.totals.queues.lock();
            *sum = add(*sum, &counted);
        }
        {
            let mut sum = self.totals.transactional.lock();
            *sum = sum.plus(queue.transactional());
        }
        let counter = match queue.alternate() {
            Some(_) => &self.totals.abandoned_by_alternate,
            None => &self.totals.abandoned,
        };
        counter.fetch_add(left, Ordering::Relaxed);
    }

    /// An exchange is deleted.
    pub(super) fn retire_exchange(&self, exchange: &Exchange) {
        let unroutable = exchange.counters.unroutable.load(Ordering::Relaxed);
        self.totals.unroutable.fetch_add(unroutable, Ordering::Relaxed);
    }
}

fn add(sum: Statistics, one: &Statistics) -> Statistics {
    Statistics {
        depth_messages: sum.depth_messages + one.depth_messages,
        depth_bytes: sum.depth_bytes + one.depth_bytes,
        acquired: sum.acquired + one.acquired,
        consumers: sum.consumers + one.consumers,
        enqueued: sum.enqueued + one.enqueued,
        enqueued_bytes: sum.enqueued_bytes + one.enqueued_bytes,
        durable_enqueued: sum.durable_enqueued + one.durable_enqueued,
        durable_enqueued_bytes: sum.durable_enqueued_bytes + one.durable_enqueued_bytes,
        dequeued: sum.dequeued + one.dequeued,
        dequeued_bytes: sum.dequeued_bytes + one.dequeued_bytes,
        durable_dequeued: sum.durable_dequeued + one.durable_dequeued,
        durable_dequeued_bytes: sum.durable_dequeued_bytes + one.durable_dequeued_bytes,
        acquires: sum.acquires + one.acquires,
        released: sum.released + one.released,
        rejected: sum.rejected + one.rejected,
        rejected_full: sum.rejected_full + one.rejected_full,
        worn_out: sum.worn_out + one.worn_out,
        ring_dropped: sum.ring_dropped + one.ring_dropped,
        dead_lettered: sum.dead_lettered + one.dead_lettered,
        replaced: sum.replaced + one.replaced,
        expired: sum.expired + one.expired,
        purged: sum.purged + one.purged,
        rerouted: sum.rerouted + one.rerouted,
        flow_stops: sum.flow_stops + one.flow_stops,
        ..sum
    }
}
