//! Where messages go beyond the bindings of one exchange by one key: through bindings to other
//! exchanges, by the further routing keys that some messages have, and in the forms that
//! transformations on bindings make of them.
//!
//! Invariants:
//! - an exchange sees a message once and a queue gets it once, whatever rings bindings form; so it
//!   is with each form of it;
//! - what a plugin fails on anywhere on its way comes to no queue at all, waits at no exchange, and
//!   comes no further;
//! - to look where messages go does nothing with them: that is the [`Passage`]'s;
//! - on the way, an exchange at which nothing matches hands a message to its alternate; the first
//!   one does not, for that is its caller's;
//! - a message with one key whose exchange is bound to queues alone costs nothing here.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use philter_model::message::Message;
use philter_plugin_api::{MessageView, Property, ValueRef};
use smallvec::SmallVec;

use crate::message::View;
use crate::virtual_host::forms::Forms;
use crate::virtual_host::passage::Passage;
use crate::virtual_host::reached::Reach;
use crate::virtual_host::route::Route;
use crate::virtual_host::transform::{Answer, Fate, Tally};
use crate::virtual_host::{Endpoint, Exchange, VirtualHost};

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

/// Where the messages of a batch go.
#[derive(Default)]
pub(super) struct Routes {
    /// The end of each one's way; neighbours that go the same way have one in common.
    pub(super) ends: Vec<Arc<Route>>,
    /// What is done on the way there, once a message is published.
    pub(super) passage: Passage,
}

impl Routes {
    /// The same, but for messages that a plugin failed on, and not so in `earlier`: those go as
    /// they do there.
    pub(super) fn or_as_in(mut self, earlier: &Self) -> Self {
        let mut places = Vec::new();
        for (place, (end, before)) in self.ends.iter_mut().zip(&earlier.ends).enumerate() {
            if end.undecided.is_some() {
                *end = Arc::clone(before);
                places.push(place);
            }
        }
        if places.is_empty() {
            return self;
        }
        let passage = self.passage.with_places_of(&earlier.passage, &places);
        Self { ends: self.ends, passage }
    }
}

impl VirtualHost {
    /// Where each message goes, through however many exchanges: the routes name queues alone, what
    /// transformations made for which, and what matched at the first exchange.
    pub(super) fn routes(&self, exchange: &Arc<Exchange>, batch: Batch<'_>) -> Routes {
        let views = batch.messages.iter().map(|message| View::new(message, self.name()));
        let views: SmallVec<[View<'_>; 1]> = views.collect();
        let views: SmallVec<[&dyn MessageView; 1]> = views.iter().map(|view| view as _).collect();
        let mut routes = Vec::with_capacity(views.len());
        exchange.route(&views, &mut routes);
        if batch.further_keys.is_empty() && routes.iter().all(|route| route.is_direct()) {
            return Routes { ends: routes, passage: Passage::default() };
        }
        let walk = Walk { host: self, batch, views: &views };
        walk.add_keys(exchange, 0..views.len(), &views, &mut routes);
        walk.follow(exchange, routes)
    }

    /// The ends of routes from an exchange, by its messages' first key alone.
    pub(super) fn ends(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        routes: Vec<Arc<Route>>,
    ) -> Routes {
        let views = batch.messages.iter().map(|message| View::new(message, self.name()));
        let views: Vec<View<'_>> = views.collect();
        let views: Vec<&dyn MessageView> = views.iter().map(|view| view as _).collect();
        Walk { host: self, batch, views: &views }.follow(exchange, routes)
    }
}

/// A batch on its way through exchanges.
struct Walk<'w> {
    host: &'w VirtualHost,
    batch: Batch<'w>,
    views: &'w [&'w dyn MessageView],
}

impl Walk<'_> {
    /// Adds to routes of an exchange, one for each view of one of these messages, where the
    /// messages' further keys lead.
    fn add_keys(
        &self,
        exchange: &Exchange,
        origins: impl Iterator<Item = usize>,
        views: &[&dyn MessageView],
        routes: &mut [Arc<Route>],
    ) {
        for ((origin, view), route) in origins.zip(views).zip(routes) {
            let keys = self.batch.keys_at(origin);
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

    /// Follows bindings to other exchanges, and what transformations made. Answers the ends of the
    /// routes, those of neighbours that are the same as one.
    fn follow(&self, exchange: &Arc<Exchange>, routes: Vec<Arc<Route>>) -> Routes {
        let mut reach = Reach::of(self.batch.messages);
        for (place, route) in routes.iter().enumerate() {
            reach.front.seen.insert((address(exchange), place));
            if let Some(why) = &route.undecided {
                reach.fail(place, why);
                continue;
            }
            let tally = self.go_on(place, route, &mut reach);
            if route.answers.is_some() {
                // Where it goes is counted at the end.
                let tally = Tally { routed: 0, routed_bytes: 0, ..tally };
                reach.changed.entry(place).or_default().tally = tally;
            }
        }
        while let Some((exchange, places)) = reach.front.take() {
            self.go_through(&exchange, places, &mut reach);
            reach.front.walked.push(exchange);
        }
        reach.into_ends(&routes)
    }

    /// What is at these places comes to an exchange on its way. What a plugin failed on elsewhere
    /// comes no further.
    fn go_through(&self, exchange: &Arc<Exchange>, mut places: Vec<usize>, reach: &mut Reach<'_>) {
        places.retain(|place| !reach.has_failed(*place));
        if exchange.waiting.is_some() {
            places.retain(|place| {
                let is_held = reach.is_for(exchange, *place);
                if is_held {
                    reach.hold(exchange, *place);
                }
                !is_held
            });
        }
        if places.is_empty() {
            return;
        }
        let found = self.route(exchange, &places, &reach.forms);
        for (place, route) in places.iter().zip(found) {
            if let Some(why) = &route.undecided {
                reach.fail(*place, why);
            }
            let tally = self.go_on(*place, &route, reach);
            reach.count(exchange, *place, &route, tally);
            if route.matched.is_empty()
                && route.undecided.is_none()
                && let Some(alternate) = self.host.alternate_of(exchange)
            {
                reach.front.add(&alternate, *place);
            }
        }
    }

    /// What is at a place goes where its route from an exchange leads. What transformations did is
    /// to be counted there.
    fn go_on(&self, place: usize, route: &Route, reach: &mut Reach<'_>) -> Tally {
        for queue in &route.queues {
            reach.add(place, queue);
        }
        route.exchanges.iter().for_each(|next| reach.front.add(next, place));
        let mut tally = Tally::default();
        for Answer { to, fate } in route.answers.iter().flatten() {
            let is_taken = match (fate, to) {
                (Fate::Drop, _) => false,
                (Fate::DeadLetter, to) => self.bury(place, to, reach),
                (Fate::Replace(replacement), Endpoint::Queue(queue)) => {
                    let form = reach.forms.change(place, replacement);
                    if reach.add(form, queue)
                        && let Some(form) = reach.forms.message(form)
                    {
                        tally.count_routed(form);
                    }
                    true
                }
                (Fate::Replace(replacement), Endpoint::Exchange(next)) => {
                    let form = reach.forms.change(place, replacement);
                    let travels = reach.forms.travels(form);
                    if travels {
                        reach.front.add(next, form);
                    }
                    travels
                }
            };
            tally.is_taken |= is_taken;
            tally.dropped += u64::from(!is_taken);
        }
        tally
    }

    /// What is at a place becomes a dead letter of a destination; false where that has no place for
    /// dead letters.
    fn bury(&self, place: usize, to: &Endpoint, reach: &mut Reach<'_>) -> bool {
        match to {
            Endpoint::Queue(queue) => {
                let is_possible =
                    queue.settings().dead_letter.is_some() || queue.alternate().is_some();
                if is_possible {
                    reach.add_dead(place, queue);
                }
                is_possible
            }
            Endpoint::Exchange(next) => {
                let alternate = self.host.alternate_of(next);
                alternate.iter().for_each(|alternate| reach.front.add(alternate, place));
                alternate.is_some()
            }
        }
    }

    /// The routes of what is at these places from an exchange on the way.
    fn route(&self, exchange: &Exchange, places: &[usize], forms: &Forms<'_>) -> Vec<Arc<Route>> {
        let made: HashMap<usize, View<'_>> = forms.views(places, self.host.name()).collect();
        let view = |place: &usize| match made.get(place) {
            Some(view) => Some(view as &dyn MessageView),
            None => self.views.get(*place).copied(),
        };
        let views: Vec<&dyn MessageView> = places.iter().filter_map(view).collect();
        let mut routes = Vec::with_capacity(views.len());
        exchange.route(&views, &mut routes);
        let origins = places.iter().map(|place| forms.origin(*place));
        self.add_keys(exchange, origins, &views, &mut routes);
        routes
    }
}

impl Route {
    /// Whatever any of these routes leads to, each once.
    fn union(routes: &[Arc<Self>]) -> Self {
        if let Some(why) = routes.iter().find_map(|route| route.undecided.as_ref()) {
            return Self::undecided(why);
        }
        Self {
            queues: each_once(routes.iter().flat_map(|route| &route.queues)),
            exchanges: each_once(routes.iter().flat_map(|route| &route.exchanges)),
            matched: each_once(routes.iter().flat_map(|route| &route.matched)),
            answers: union_of_answers(routes),
            ..Self::default()
        }
    }
}

/// What transformations decided by any key; equal results become one on the way.
fn union_of_answers(routes: &[Arc<Route>]) -> Option<Box<[Answer]>> {
    let mut asked = routes.iter().filter_map(|route| route.answers.as_deref()).peekable();
    asked.peek()?;
    Some(asked.flatten().cloned().collect())
}

fn each_once<'a, T: 'a>(all: impl Iterator<Item = &'a Arc<T>>) -> Box<[Arc<T>]> {
    let mut seen = HashSet::default();
    all.filter(|one| seen.insert(address(one))).cloned().collect()
}

pub(super) fn address<T>(shared: &Arc<T>) -> usize {
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
