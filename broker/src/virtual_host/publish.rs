//! Publishing: route a batch, hand each queue its share under one lock, move on what nobody took.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::message::Message;
use philter_model::queue::PushOutcome;
use tracing::{debug, info};

use crate::long_work::in_steps;
use crate::message::clear_trace;
use crate::message::death::has_cycle;
use crate::virtual_host::found::{Beyond, Found};
use crate::virtual_host::limits::{ALTERNATE_HOPS_MAX, RING_HOPS_MAX};
use crate::virtual_host::queue::{Admitted, Offer, Push, Pushed};
use crate::virtual_host::reach::{Batch, FurtherKeys, Routes};
use crate::virtual_host::route::Route;
use crate::virtual_host::{
    Actor, DeadLetterReason, Exchange, Queue, Refused, Undecided, VirtualHost,
};

/// What became of a batch beyond what went well.
#[derive(Default)]
pub(crate) struct Published {
    /// Messages that reached no queue, by way of alternate exchanges neither, by their index in the
    /// batch.
    pub(crate) unrouted: Vec<usize>,
    /// Messages that a queue refused, or that a plugin failed on.
    pub(crate) refused: Vec<Refused>,
    /// Messages, by their index in the batch, that entered queues which hold their publishers back:
    /// see [`Queue::wait_flow`].
    pub(crate) held: Vec<(usize, Arc<Queue>)>,
}

impl Published {
    /// A plugin failed on these messages.
    fn refuse(&mut self, batch: Batch<'_>, why: &Arc<Undecided>) {
        let indices = batch.start..batch.start + batch.messages.len();
        self.refused.extend(indices.map(|index| Refused::undecided(index, why)));
    }
}

/// What all steps of one publish share.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) now_ms: u64,
    hops_left: usize,
    /// Nothing behind the first message that is refused enters any queue: its publisher sends all
    /// of it again.
    stops_at_refusal: bool,
    /// The same where a plugin fails on one, behind alternate exchanges as well.
    stops_at_failure: bool,
    /// The publisher is told of each message what became of it behind alternate exchanges as well.
    tells_of_alternates: bool,
    /// Dead letters that ended in a queue before, with nobody who rejected them since, do not enter
    /// it again.
    drops_cycles: bool,
    /// A transaction publishes: queues count that apart.
    pub(super) is_transactional: bool,
    /// Room for it was found before: limits refuse nothing of it any more.
    pub(super) is_granted: bool,
}

impl Way {
    /// The beginning of one.
    pub(super) fn new(now_ms: u64) -> Self {
        Self {
            now_ms,
            hops_left: ALTERNATE_HOPS_MAX,
            stops_at_refusal: false,
            stops_at_failure: false,
            tells_of_alternates: false,
            drops_cycles: false,
            is_transactional: false,
            is_granted: false,
        }
    }

    /// Whether somebody is told what becomes of a message.
    pub(super) fn is_of_client(self) -> bool {
        self.stops_at_refusal || self.tells_of_alternates
    }

    /// Whether nothing more is to be published.
    pub(super) fn is_over(self, published: &Published) -> bool {
        self.stops_at_refusal && !published.refused.is_empty()
            || self.stops_at_failure && published.refused.iter().any(Refused::is_undecided)
    }

    /// The same way where room was found before.
    pub(super) fn granted(self) -> Self {
        Self { is_granted: true, ..self }
    }

    /// The same way for dead letters of which nobody said that they are to die.
    pub(super) fn dropping_cycles(self) -> Self {
        Self { drops_cycles: true, ..self }
    }

    /// The way of what a queue drops, or does not take, on this one; none where no hop is left.
    pub(super) fn of_dead_letters(self) -> Option<Self> {
        let hops_left = self.hops_left.min(RING_HOPS_MAX);
        Self { hops_left, ..self }.further()
    }

    /// Whether what is a dead letter on this way goes no further by it.
    pub(super) fn is_at_end(self) -> bool {
        self.hops_left == 0
    }

    /// The way of what is left of a queue that ends on this one; none where no hop is left.
    pub(super) fn further(self) -> Option<Self> {
        let hops_left = self.hops_left.checked_sub(1)?;
        Some(Self { hops_left, ..Self::new(self.now_ms) })
    }
}

impl VirtualHost {
    /// Publishes messages in order, up to the first that is refused, and answers that one.
    /// What matches nothing goes to the alternate exchange, or is dropped and counted.
    pub(crate) fn publish(
        &self,
        exchange: &Arc<Exchange>,
        batch: &[Arc<Message>],
        now_ms: u64,
    ) -> Published {
        let way = Way { stops_at_refusal: true, stops_at_failure: true, ..Way::new(now_ms) };
        self.publish_batch(exchange, Batch::new(batch), way)
    }

    /// Publishes what a transaction did, all of it, as [`VirtualHost::find_ways`] found it. Refused
    /// is only what a plugin fails on that was asked once more and did not fail then.
    pub(crate) fn publish_in_transaction(
        &self,
        exchange: &Arc<Exchange>,
        batch: &[Arc<Message>],
        found: &Found,
        now_ms: u64,
    ) -> Published {
        let way = Way { is_transactional: true, is_granted: true, ..Way::new(now_ms) };
        self.collect(|published| {
            self.publish_found(exchange, Batch::new(batch), found, way, published);
        })
    }

    /// Publishes messages in order, each for itself: one that is refused stops no other. What a
    /// queue refused is refused, whoever else took it; each is told of once. Messages with further
    /// routing keys go wherever any of their keys leads, to each queue once.
    pub(crate) fn publish_each(
        &self,
        exchange: &Arc<Exchange>,
        messages: &[Arc<Message>],
        further_keys: &FurtherKeys,
        now_ms: u64,
    ) -> Published {
        let way = Way { tells_of_alternates: true, ..Way::new(now_ms) };
        self.publish_batch(exchange, Batch { messages, start: 0, further_keys }, way)
    }

    /// The same with further routing keys, and what became of each message behind alternate
    /// exchanges as well, like [`VirtualHost::publish_each`].
    pub(crate) fn publish_each_in_transaction(
        &self,
        exchange: &Arc<Exchange>,
        messages: &[Arc<Message>],
        further_keys: &FurtherKeys,
        found: &Found,
        now_ms: u64,
    ) -> Published {
        let way = Way {
            tells_of_alternates: true,
            is_transactional: true,
            is_granted: true,
            ..Way::new(now_ms)
        };
        let batch = Batch { messages, start: 0, further_keys };
        self.collect(|published| self.publish_found(exchange, batch, found, way, published))
    }

    fn publish_batch(&self, exchange: &Arc<Exchange>, batch: Batch<'_>, way: Way) -> Published {
        self.collect(|published| self.publish_through(exchange, batch, way, published))
    }

    /// What became of messages, each told of once.
    fn collect(&self, publish: impl FnOnce(&mut Published)) -> Published {
        let mut published = Published::default();
        publish(&mut published);
        let refused = &mut published.refused;
        if refused.len() > 1 {
            refused.sort_by_key(|refused| refused.index);
            refused.dedup_by_key(|refused| refused.index);
        }
        published
    }

    fn publish_through(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        way: Way,
        published: &mut Published,
    ) {
        if exchange.waiting.is_some() {
            self.publish_or_hold(exchange, batch, way, published);
        } else {
            self.publish_now(exchange, batch, way, published);
        }
    }

    /// Publishes messages whether they ask to be delayed or not.
    pub(super) fn publish_now(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        way: Way,
        published: &mut Published,
    ) {
        let stamped = exchange.prepare(batch.messages);
        let batch = Batch { messages: stamped.as_deref().unwrap_or(batch.messages), ..batch };
        let routes = self.routes(exchange, batch);
        self.publish_by(exchange, batch, (&routes, &[]), way, published);
    }

    /// Publishes messages by these routes, and to alternates as it was found beyond.
    pub(super) fn publish_by(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        (Routes { ends, passage }, beyond): (&Routes, &[Beyond]),
        way: Way,
        published: &mut Published,
    ) {
        let mut done = 0;
        for run in ends.chunk_by(Arc::ptr_eq) {
            let Some(route) = run.first() else { continue };
            let part = batch.part(done, run.len());
            let bytes = part.messages.iter().map(|message| message.size()).sum();
            let tally = route.changed.as_ref().map(|changed| changed.tally).unwrap_or_default();
            exchange.count(route, tally, part.messages.len() as u64, bytes);
            let mut end = done + run.len();
            if let Some(why) = &route.undecided {
                published.refuse(part, why);
            } else if route.is_nowhere() {
                let beyond = beyond.iter().find(|beyond| beyond.is_of(done, run.len()));
                self.publish_unrouted(exchange, (route, beyond), part, way, published);
            } else {
                self.deliver_route(route, part, way, published);
            }
            let is_over = way.is_over(published);
            if is_over && route.undecided.is_none() {
                // What a queue refused, and what is behind it, comes again: nobody holds it now.
                let first = published.refused.iter().map(|refused| refused.index).min();
                end = first.map_or(end, |first| first.saturating_sub(batch.start).min(end));
            }
            self.pass(passage, batch, done..end.max(done), way);
            if is_over {
                break;
            }
            done += run.len();
        }
        if let Some(tap) = exchange.tap.get() {
            // What was refused, and what was to follow it, comes again or never.
            let refused = published.refused.iter().map(|refused| refused.index);
            let all = batch.messages.len();
            let end = refused.filter(|_| way.stops_at_refusal).min().unwrap_or(all);
            let through = batch.messages.iter().take(end);
            through.for_each(|message| tap.offer(exchange.name(), message));
        }
    }

    /// Gives queues what comes to them by a route at its end.
    fn deliver_route(&self, route: &Route, batch: Batch<'_>, way: Way, published: &mut Published) {
        self.deliver_to_all(&route.queues, batch.messages, batch.start, way, published);
        if let Some(changed) = &route.changed {
            self.deliver_changed(changed, batch.start, way, published);
        }
    }

    /// Follows a route from an exchange to its end and gives queues what comes to them.
    pub(super) fn deliver_by(
        &self,
        exchange: &Arc<Exchange>,
        route: Route,
        batch: Batch<'_>,
        way: Way,
        published: &mut Published,
    ) {
        let Routes { ends, passage } = self.ends(exchange, batch, vec![Arc::new(route)]);
        for route in ends {
            self.pass(&passage, batch, 0..1, way);
            self.deliver_route(&route, batch, way, published);
        }
    }

    /// Messages that reached no queue go to the exchange's alternate, unless a binding took them
    /// elsewhere in vain; what is then left is counted.
    fn publish_unrouted(
        &self,
        exchange: &Arc<Exchange>,
        (route, beyond): (&Route, Option<&Beyond>),
        batch: Batch<'_>,
        way: Way,
        published: &mut Published,
    ) {
        if route.is_held {
            return;
        }
        let hops_left = way.hops_left.checked_sub(1).filter(|_| route.matched.is_empty());
        if let Some(hops_left) = hops_left
            && let Some(alternate) = self.alternate_of(exchange)
        {
            let way = Way { hops_left, stops_at_refusal: false, ..way };
            let publish = |published: &mut Published| match beyond {
                Some(Beyond { alternate, found, .. }) => {
                    self.publish_found(alternate, batch, found, way, published);
                }
                None => self.publish_through(&alternate, batch, way, published),
            };
            if way.tells_of_alternates {
                return publish(published);
            }
            // A queue behind an alternate that is full loses it: nobody is there to be told.
            let mut beyond = Published::default();
            publish(&mut beyond);
            published.unrouted.append(&mut beyond.unrouted);
            published.refused.extend(beyond.refused.into_iter().filter(Refused::is_undecided));
            return;
        }
        // What has a tap serves the broker itself: nothing of it is lost.
        if !exchange.is_tapped() {
            let count = batch.messages.len();
            exchange.counters.unroutable.fetch_add(count as u64, Ordering::Relaxed);
            published.unrouted.extend(batch.start..batch.start + count);
        }
    }

    /// The exchange that messages go to which match nothing at this one, if it is there.
    pub(super) fn alternate_of(&self, exchange: &Exchange) -> Option<Arc<Exchange>> {
        let by_name = || self.find_exchange(exchange.settings().alternate_by_name.as_deref()?);
        exchange.alternate().cloned().or_else(by_name)
    }

    /// Gives queues these messages. Where they may have to stop at a refusal, several queues get
    /// one message after the other, unless all have room for all of them.
    pub(super) fn deliver_to_all(
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
            self.publish_to_alternate(queue, messages, way);
        }
    }

    /// Gives a queue these messages but for those that would go round for ever; false and nothing
    /// where it is deleted.
    pub(super) fn deliver_into(
        &self,
        queue: &Arc<Queue>,
        messages: &[Arc<Message>],
        start: usize,
        way: Way,
        published: &mut Published,
    ) -> bool {
        if !way.drops_cycles {
            return self.push_into(queue, messages, start, way, published);
        }
        let goes_on = |message: &&Arc<Message>| !has_cycle(message, queue.name());
        let going: Vec<Arc<Message>> = messages.iter().filter(goes_on).cloned().collect();
        if going.len() < messages.len() {
            self.lose_dead_letters(queue, messages.len() - going.len());
        }
        self.push_into(queue, &going, start, way, published)
    }

    fn push_into(
        &self,
        queue: &Arc<Queue>,
        messages: &[Arc<Message>],
        start: usize,
        way: Way,
        published: &mut Published,
    ) -> bool {
        // Where what waits is limited, what has expired made room just before.
        let has_made_room = queue.settings().ready_limits.is_limited();
        let mut too_many = Vec::new();
        let mut outcome = |index: usize, outcome| match outcome {
            PushOutcome::Enqueued(_) | PushOutcome::Dropped | PushOutcome::Expired => Push::GoOn,
            PushOutcome::Full(limit) => {
                published.refused.push(Refused::full(start + index, queue.name(), limit));
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
            Pushed::Done { is_stopped, dropped, expired, entered } => {
                if !entered.is_empty() {
                    queue.store(entered);
                }
                if is_stopped {
                    let indices = start..start + messages.len();
                    published.held.extend(indices.map(|index| (index, Arc::clone(queue))));
                }
                let limits = DeadLetterReason::MaxLength;
                self.dead_letter_further(queue, &dropped, limits, way.of_dead_letters());
                let time = DeadLetterReason::Expired;
                self.dead_letter_further(queue, &expired, time, way.further());
            }
        }
        if has_made_room {
            self.expire_on(queue, way.now_ms, way.further(), usize::MAX);
        }
        if !too_many.is_empty() {
            info!("queue '{}' deletes itself: it is full", queue.name());
            self.destroy_queue(queue, Actor::broker(), way.further());
            self.publish_to_alternate(queue, &too_many, way);
        }
        true
    }

    /// Messages that a queue drops, or does not take, go on; none: they are lost.
    fn dead_letter_further(
        &self,
        queue: &Arc<Queue>,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        way: Option<Way>,
    ) {
        match way {
            _ if messages.is_empty() => {}
            Some(way) => self.dead_letter_on(queue, messages, reason, way),
            None => self.lose_dead_letters(queue, messages.len()),
        }
    }

    /// Publishes to the alternate exchange of a queue that is deleted, if it has one and a hop is
    /// left. A queue behind it that is full loses it, and so does a plugin that fails: nobody is
    /// there to be told.
    fn publish_to_alternate(&self, queue: &Queue, messages: &[Arc<Message>], way: Way) {
        let hops_left = way.hops_left.checked_sub(1);
        let (Some(alternate), Some(hops_left)) = (queue.alternate(), hops_left) else { return };
        let mut published = Published::default();
        let way = Way { hops_left, stops_at_refusal: false, is_granted: false, ..way };
        self.publish_through(alternate, Batch::new(messages), way, &mut published);
        let undecided = undecided_of(published);
        if let Some(first) = undecided.first() {
            self.lose_undecided(queue.name(), "messages", undecided.len(), first);
        }
    }

    /// Publishes messages of a queue again: each begins its way anew, and one that another queue
    /// refuses is lost, for nobody is there to be told. Answers those that a plugin failed on, each
    /// once, in order: no queue got them.
    #[must_use]
    pub(super) fn publish_anew(
        &self,
        queue: &str,
        exchange: &Arc<Exchange>,
        messages: &[Arc<Message>],
        way: Way,
    ) -> Vec<Refused> {
        self.publish_batch_anew(queue, exchange, Batch::new(messages), way)
    }

    /// The same for messages with further routing keys.
    #[must_use]
    pub(super) fn publish_batch_anew(
        &self,
        queue: &str,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        way: Way,
    ) -> Vec<Refused> {
        let anew: Vec<Arc<Message>> = batch.messages.iter().map(clear_trace).collect();
        let batch = Batch { messages: &anew, ..batch };
        let mut published = Published::default();
        self.publish_through(exchange, batch, way, &mut published);
        let refused = published.refused.iter().filter(|refused| !refused.is_undecided()).count();
        if refused > 0 {
            debug!("{refused} messages from queue '{queue}' were refused elsewhere");
        }
        undecided_of(published)
    }
}

/// Messages that a plugin failed on, each once, in order.
fn undecided_of(published: Published) -> Vec<Refused> {
    let mut undecided = published.refused;
    undecided.retain(Refused::is_undecided);
    undecided.sort_by_key(|refused| refused.index);
    undecided.dedup_by_key(|refused| refused.index);
    undecided
}
