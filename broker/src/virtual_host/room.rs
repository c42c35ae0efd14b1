//! Whether messages that are to be published together find their way, and room in every queue that
//! they would enter: a commit takes effect as a whole, or not at all. It is published as it was
//! found here.
//!
//! The answer holds for the moment: what others publish meanwhile may take the room. A commit for
//! which there was room enters all the same, so that none stops halfway.

use std::sync::Arc;

use foldhash::HashMap;
use philter_model::limits::DELAYED_MAX;
use philter_model::message::Message;
use philter_model::queue::Limit;

#[cfg(test)]
use crate::virtual_host::Work;
use crate::virtual_host::found::{Beyond, Found, Goes, Part};
use crate::virtual_host::limits::ALTERNATE_HOPS_MAX;
use crate::virtual_host::reach::{Batch, FurtherKeys};
use crate::virtual_host::{Exchange, Queue, Refused, Undecided, VirtualHost};

/// Messages to one exchange that are published together with others.
#[derive(Clone, Copy)]
pub(crate) struct Together<'b> {
    /// The exchange.
    pub(crate) exchange: &'b Arc<Exchange>,
    /// The messages.
    pub(crate) messages: &'b [Arc<Message>],
    /// Further routing keys of some.
    pub(crate) further_keys: &'b FurtherKeys,
}

/// What would enter one queue.
struct Load {
    queue: Arc<Queue>,
    messages: Vec<Arc<Message>>,
}

/// What would enter anything, by its address.
#[derive(Default)]
struct Loads {
    queues: HashMap<usize, Load>,
    /// How many messages would wait until they are due.
    delayed: HashMap<usize, (Arc<Exchange>, usize)>,
    /// An exchange that would have to store what waits in it, and can't.
    not_stored: Option<Arc<Exchange>>,
    /// A plugin failed on a message.
    undecided: Option<Arc<Undecided>>,
}

impl VirtualHost {
    /// Why one of these messages, all published together, would be refused: see
    /// [`VirtualHost::find_ways`]; none where all fit.
    pub(crate) fn find_refusal(
        &self,
        batches: &[(Arc<Exchange>, Vec<Arc<Message>>)],
    ) -> Option<Refused> {
        self.find_ways(together(batches)).err()
    }

    /// Where all these messages go that are published together: what was found for each batch. What
    /// goes to exchanges' alternates is looked at as well.
    ///
    /// # Errors
    /// One of them would be refused: a plugin fails on it, or a queue has no room.
    pub(crate) fn find_ways<'b>(
        &self,
        batches: impl IntoIterator<Item = Together<'b>>,
    ) -> Result<Vec<Found>, Refused> {
        let (found, loads) = self.look(batches);
        loads.find_refusal().map_or(Ok(found), Err)
    }

    fn look<'b>(&self, batches: impl IntoIterator<Item = Together<'b>>) -> (Vec<Found>, Loads) {
        let mut loads = Loads::default();
        let find = |Together { exchange, messages, further_keys }| {
            let batch = Batch { messages, start: 0, further_keys };
            self.find_way(exchange, batch, ALTERNATE_HOPS_MAX, &mut loads)
        };
        let found = batches.into_iter().map(find).collect();
        (found, loads)
    }

    /// Where work goes, whatever refuses it.
    #[cfg(test)]
    pub(super) fn ways_of_test(&self, work: &Work) -> Vec<Found> {
        self.look(together(work.published())).0
    }

    fn find_way(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        hops_left: usize,
        loads: &mut Loads,
    ) -> Found {
        let mut found = Found::default();
        let mut done = 0;
        let is_held: Vec<bool> =
            batch.messages.iter().map(|message| exchange.delays(message)).collect();
        for run in is_held.chunk_by(|one, next| one == next) {
            let part = batch.part(done, run.len());
            let goes = if run.first() == Some(&true) {
                loads.add_delayed(exchange, part.messages);
                Goes::Later
            } else {
                self.find_way_now(exchange, part, hops_left, loads)
            };
            found.parts.push(Part { count: run.len(), goes });
            done += run.len();
        }
        found
    }

    fn find_way_now(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        hops_left: usize,
        loads: &mut Loads,
    ) -> Goes {
        let routes = self.routes(exchange, batch);
        let mut beyond = Vec::new();
        let mut done = 0;
        for run in routes.ends.chunk_by(Arc::ptr_eq) {
            let Some(route) = run.first() else { continue };
            let (place, part) = (done, batch.part(done, run.len()));
            done += run.len();
            if let Some(why) = &route.undecided {
                loads.undecided.get_or_insert_with(|| Arc::clone(why));
                continue;
            }
            for message in part.messages {
                route.queues.iter().for_each(|queue| loads.add_message(queue, message));
            }
            for (form, queues) in route.changed.iter().flat_map(|changed| &changed.forms) {
                queues.iter().for_each(|queue| loads.add_message(queue, form));
            }
            if route.is_for_alternate()
                && let Some(hops_left) = hops_left.checked_sub(1)
                && let Some(alternate) = self.alternate_of(exchange)
            {
                let found = self.find_way(&alternate, part, hops_left, loads);
                beyond.push(Beyond { place, alternate, found });
            }
        }
        Goes::Now(routes, beyond)
    }
}

/// Messages of which none has further routing keys.
pub(super) fn together(
    batches: &[(Arc<Exchange>, Vec<Arc<Message>>)],
) -> impl Iterator<Item = Together<'_>> {
    let one = |(exchange, messages)| Together { exchange, messages, further_keys: &[] };
    batches.iter().map(|(exchange, messages)| (exchange, &messages[..])).map(one)
}

impl Loads {
    fn add_delayed(&mut self, exchange: &Arc<Exchange>, messages: &[Arc<Message>]) {
        if exchange.is_refusing(messages) {
            self.not_stored = Some(Arc::clone(exchange));
        }
        let address = Arc::as_ptr(exchange).addr();
        let (_, waiting) = self.delayed.entry(address).or_insert_with(|| (Arc::clone(exchange), 0));
        *waiting += messages.len();
    }

    fn add_message(&mut self, queue: &Arc<Queue>, message: &Arc<Message>) {
        let queue = queue.stand_in().unwrap_or_else(|| Arc::clone(queue));
        let load = self
            .queues
            .entry(Arc::as_ptr(&queue).addr())
            .or_insert_with(|| Load { queue, messages: Vec::new() });
        load.messages.push(Arc::clone(message));
    }

    fn find_refusal(self) -> Option<Refused> {
        if let Some(why) = &self.undecided {
            return Some(Refused::undecided(0, why));
        }
        if let Some(exchange) = self.not_stored {
            return Some(Refused::full(0, exchange.name(), Limit::Store));
        }
        let mut by_exchange = self.delayed.into_values();
        let without_room = by_exchange.find(|(exchange, count)| exchange.room_to_wait() < *count);
        if let Some((exchange, _)) = without_room {
            let limit = Limit::Delayed(DELAYED_MAX as u64);
            return Some(Refused::full(0, exchange.name(), limit));
        }
        self.queues.into_values().find_map(|load| {
            let limit = load.queue.limit_without_room(&load.messages)?;
            Some(Refused::full(0, load.queue.name(), limit))
        })
    }
}
