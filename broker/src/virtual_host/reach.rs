//! Where messages go beyond the bindings of one exchange by one key: through bindings to other
//! exchanges, and by the further routing keys that some messages have.
//!
//! Invariants:
//! - an exchange sees a message once and a queue gets it once, whatever rings bindings form;
//! - on the way, an exchange at which nothing matches hands a message to its alternate; the first
//!   one does not, for that is its caller's;
//! - a message with one key whose exchange is bound to queues alone costs nothing here.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use philter_model::message::Message;
use philter_plugin_api::{MessageView, Property, ValueRef};

use crate::message::View;
use crate::virtual_host::delay::Hold;
use crate::virtual_host::exchange::Route;
use crate::virtual_host::{Exchange, Queue, VirtualHost};

/// Further routing keys of messages, by their index in their publisher's batch, which ascends.
pub(crate) type FurtherKeys = [(usize, Vec<String>)];

/// Messages on their way through an exchange.
#[derive(Clone, Copy)]
pub(super) struct Batch<'b> {
    pub(super) messages: &'b [Arc<Message>],
    /// The index of the first one in its publisher's batch.
    pub(super) start: usize,
    pub(super) further_keys: &'b FurtherKeys,
}

impl<'b> Batch<'b> {
    /// Messages with one key each.
    pub(super) fn new(messages: &'b [Arc<Message>]) -> Self {
        Self { messages, start: 0, further_keys: &[] }
    }

    /// Some of them: `count` from the one at `from`.
    pub(super) fn part(self, from: usize, count: usize) -> Self {
        let messages = self.messages.get(from..from + count).unwrap_or(&[]);
        Self { messages, start: self.start + from, ..self }
    }

    /// The further keys of the message at `place`.
    pub(super) fn keys_at(&self, place: usize) -> &'b [String] {
        let index = self.start + place;
        let found = self.further_keys.binary_search_by_key(&index, |(index, _)| *index);
        found.ok().and_then(|at| self.further_keys.get(at)).map_or(&[], |(_, keys)| keys)
    }
}

/// Whether exchanges on the way count what they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// Messages are on their way.
    ToPublish {
        /// Now.
        now_ms: u64,
    },
    /// Somebody wants to know where they would go.
    ToLook,
}

impl VirtualHost {
    /// Where each message goes, through however many exchanges: the routes name queues alone, and
    /// what matched at the first exchange.
    pub(super) fn routes(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        asking: Asking,
    ) -> Vec<Arc<Route>> {
        let views = batch.messages.iter().map(|message| View::new(message, self.name()));
        let views: Vec<View<'_>> = views.collect();
        let views: Vec<&dyn MessageView> = views.iter().map(|view| view as _).collect();
        let mut routes = Vec::with_capacity(views.len());
        exchange.route(&views, &mut routes);
        if batch.further_keys.is_empty() && routes.iter().all(|route| route.exchanges.is_empty()) {
            return routes;
        }
        let all: Vec<usize> = (0..views.len()).collect();
        let walk = Walk { host: self, batch, views: &views, asking };
        walk.add_keys(exchange, &all, &mut routes);
        walk.follow(exchange, routes)
    }
}

/// A batch on its way through exchanges.
struct Walk<'w> {
    host: &'w VirtualHost,
    batch: Batch<'w>,
    views: &'w [&'w dyn MessageView],
    asking: Asking,
}

impl Walk<'_> {
    /// Adds to routes of an exchange, one for each of these places, where the messages' further
    /// keys lead.
    fn add_keys(&self, exchange: &Exchange, places: &[usize], routes: &mut [Arc<Route>]) {
        for (place, route) in places.iter().zip(routes) {
            let (keys, Some(view)) = (self.batch.keys_at(*place), self.views.get(*place)) else {
                continue;
            };
            if keys.is_empty() {
                continue;
            }
            let views: Vec<Keyed<'_>> = keys.iter().map(|key| Keyed { key, view: *view }).collect();
            let views: Vec<&dyn MessageView> = views.iter().map(|view| view as _).collect();
            let mut all = vec![Arc::clone(route)];
            exchange.route(&views, &mut all);
            *route = Arc::new(Route::union(&all));
        }
    }

    /// Follows bindings to other exchanges. Answers routes to queues alone, those of neighbours
    /// that are the same as one.
    fn follow(&self, exchange: &Arc<Exchange>, routes: Vec<Arc<Route>>) -> Vec<Arc<Route>> {
        let mut reached: Vec<Reached> = routes.iter().map(|route| Reached::new(route)).collect();
        let mut front = Front::default();
        for (place, route) in routes.iter().enumerate() {
            front.seen.insert((address(exchange), place));
            route.exchanges.iter().for_each(|next| front.add(next, place));
        }
        while let Some((exchange, places)) = front.take() {
            for (place, route) in places.iter().zip(self.route(&exchange, &places)) {
                if route.is_held {
                    reached.get_mut(*place).into_iter().for_each(|found| found.is_held = true);
                    continue;
                }
                reached.get_mut(*place).into_iter().for_each(|found| found.add(&route));
                route.exchanges.iter().for_each(|next| front.add(next, *place));
                if route.matched.is_empty()
                    && let Some(alternate) = self.host.alternate_of(&exchange)
                {
                    front.add(&alternate, *place);
                }
            }
            front.walked.push(exchange);
        }
        let mut ends: Vec<Arc<Route>> = Vec::with_capacity(reached.len());
        for (found, route) in reached.into_iter().zip(&routes) {
            let end = Route {
                queues: found.queues.into_boxed_slice(),
                exchanges: Box::default(),
                matched: route.matched.clone(),
                is_held: found.is_held,
            };
            let shared = ends.last().filter(|last| last.is_same(&end)).cloned();
            ends.push(shared.unwrap_or_else(|| Arc::new(end)));
        }
        ends
    }

    /// The routes of the messages at these places from an exchange on the way.
    fn route(&self, exchange: &Arc<Exchange>, places: &[usize]) -> Vec<Arc<Route>> {
        if exchange.waiting.is_none() {
            return self.route_now(exchange, places);
        }
        let route = |place: &usize| match self.hold(exchange, *place) {
            true => Arc::new(Route { is_held: true, ..Route::default() }),
            false => self.route_now(exchange, &[*place]).pop().unwrap_or_default(),
        };
        places.iter().map(route).collect()
    }

    /// Whether an exchange on the way holds a message until it is due, or would. One for which it
    /// has no room goes on at once.
    fn hold(&self, exchange: &Arc<Exchange>, place: usize) -> bool {
        let Some(message) = self.batch.messages.get(place) else { return false };
        match self.asking {
            Asking::ToLook => exchange.delays(message),
            Asking::ToPublish { now_ms } => {
                let keys = self.batch.keys_at(place);
                self.host.hold(exchange, message, keys, now_ms) == Hold::Waits
            }
        }
    }

    fn route_now(&self, exchange: &Exchange, places: &[usize]) -> Vec<Arc<Route>> {
        let views: Vec<&dyn MessageView> =
            places.iter().filter_map(|place| self.views.get(*place).copied()).collect();
        let mut routes = Vec::with_capacity(views.len());
        exchange.route(&views, &mut routes);
        self.add_keys(exchange, places, &mut routes);
        if self.asking != Asking::ToLook {
            for (place, route) in places.iter().zip(&routes) {
                let size = self.batch.messages.get(*place).map_or(0, |message| message.size());
                exchange.count(route, 1, size);
            }
        }
        routes
    }
}

/// The queues that one message has come to.
struct Reached {
    queues: Vec<Arc<Queue>>,
    is_held: bool,
    seen: HashSet<usize>,
}

impl Reached {
    fn new(route: &Route) -> Self {
        let mut reached = Self { queues: Vec::new(), is_held: false, seen: HashSet::default() };
        reached.add(route);
        reached
    }

    fn add(&mut self, route: &Route) {
        for queue in &route.queues {
            if self.seen.insert(address(queue)) {
                self.queues.push(Arc::clone(queue));
            }
        }
    }
}

/// The exchanges that are still to be asked, each for all messages that came to it so far.
#[derive(Default)]
struct Front {
    waiting: Vec<(Arc<Exchange>, Vec<usize>)>,
    /// Where an exchange waits, by address.
    at: HashMap<usize, usize>,
    /// Which exchanges saw or will see which messages.
    seen: HashSet<(usize, usize)>,
    /// Those that were asked: while they are held, no other one has their address.
    walked: Vec<Arc<Exchange>>,
}

impl Front {
    /// A message comes to an exchange, if it has not been there.
    fn add(&mut self, exchange: &Arc<Exchange>, place: usize) {
        if !self.seen.insert((address(exchange), place)) {
            return;
        }
        let at = *self.at.entry(address(exchange)).or_insert(self.waiting.len());
        match self.waiting.get_mut(at) {
            Some((_, places)) => places.push(place),
            None => self.waiting.push((Arc::clone(exchange), vec![place])),
        }
    }

    fn take(&mut self) -> Option<(Arc<Exchange>, Vec<usize>)> {
        let (exchange, places) = self.waiting.pop()?;
        self.at.remove(&address(&exchange));
        Some((exchange, places))
    }
}

impl Route {
    /// Whatever any of these routes leads to, each once.
    fn union(routes: &[Arc<Self>]) -> Self {
        Self {
            queues: each_once(routes.iter().flat_map(|route| &route.queues)),
            exchanges: each_once(routes.iter().flat_map(|route| &route.exchanges)),
            matched: each_once(routes.iter().flat_map(|route| &route.matched)),
            is_held: false,
        }
    }

    /// Whether both lead to the same queues, by the same bindings of the first exchange.
    fn is_same(&self, other: &Self) -> bool {
        self.is_held == other.is_held
            && is_same(&self.queues, &other.queues)
            && is_same(&self.matched, &other.matched)
    }
}

fn each_once<'a, T: 'a>(all: impl Iterator<Item = &'a Arc<T>>) -> Box<[Arc<T>]> {
    let mut seen = HashSet::default();
    all.filter(|one| seen.insert(address(one))).cloned().collect()
}

fn is_same<T>(one: &[Arc<T>], other: &[Arc<T>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Arc::ptr_eq(one, other))
}

fn address<T>(shared: &Arc<T>) -> usize {
    Arc::as_ptr(shared).addr()
}

/// A message as it is seen under one of its further keys.
struct Keyed<'k> {
    key: &'k str,
    view: &'k dyn MessageView,
}

impl MessageView for Keyed<'_> {
    fn routing_key(&self) -> &str {
        self.key
    }

    fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        self.view.property(id)
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        self.view.header(name)
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        self.view.headers(visit);
    }

    fn body_len(&self) -> u64 {
        self.view.body_len()
    }

    fn body_chunk(&self, offset: u64) -> &[u8] {
        self.view.body_chunk(offset)
    }
}
