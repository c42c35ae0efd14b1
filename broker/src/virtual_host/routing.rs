//! Where an exchange sends a batch of messages: its cache of routing keys answers, or its plugin
//! and then the filters and transformations of the bindings that match, each asked about the batch.
//!
//! Invariants:
//! - nobody is asked under a lock, and where somebody may wait the worker leaves its other tasks
//!   once for the whole batch;
//! - a message that a plugin failed on has a route that leads nowhere, and others of its batch have
//!   theirs.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use foldhash::{HashMap, HashSet};
use philter_plugin_api::{self as api, BindingId, MessageView};
use tracing::{error, warn};

use crate::clock::now_ms;
use crate::config::wasm::OnFailure;
use crate::virtual_host::exchange::{Table, Target};
use crate::virtual_host::halves::ask_in_halves;
use crate::virtual_host::route::Route;
use crate::virtual_host::sieve::sift;
use crate::virtual_host::transform::Decisions;
use crate::virtual_host::undecided::PluginFailure;
use crate::virtual_host::{Endpoint, Exchange, Queue, Undecided};

/// Messages of a batch, by their places, on which a plugin failed in one way.
pub(super) struct Failed {
    pub(super) places: Vec<usize>,
    pub(super) failure: PluginFailure,
    /// What the operator wants instead of an answer.
    pub(super) becomes: OnFailure,
}

impl Exchange {
    /// Where each message goes.
    pub(crate) fn route(&self, batch: &[&dyn MessageView], routes: &mut Vec<Arc<Route>>) {
        let generation = self.generation();
        if !self.is_cacheable.load(Ordering::Acquire) {
            self.ask(batch, |_| true).into_iter().for_each(|route| push(routes, route));
            return;
        }
        for (index, message) in batch.iter().enumerate() {
            let Some(route) = self.cache.get(message.routing_key(), generation) else {
                let rest = batch.get(index..).unwrap_or(&[]);
                return self.route_unknown(rest, generation, routes);
            };
            routes.push(route);
        }
    }

    /// The same where some keys are not known: the plugin is asked about all of those at once.
    fn route_unknown(
        &self,
        batch: &[&dyn MessageView],
        generation: u64,
        routes: &mut Vec<Arc<Route>>,
    ) {
        let known = batch.iter().map(|message| self.cache.get(message.routing_key(), generation));
        let known: Vec<Option<Arc<Route>>> = known.collect();
        let unknown = iter::zip(batch, &known).filter(|(_, known)| known.is_none());
        let unknown: Vec<&dyn MessageView> = unknown.map(|(message, _)| *message).collect();
        let mut asked = self.ask(&unknown, |_| true).into_iter();
        for (message, known) in iter::zip(batch, known) {
            if let Some(route) = known {
                routes.push(route);
                continue;
            }
            push(routes, asked.next().unwrap_or_default());
            // A binding that transforms may be new, whatever kept answers say.
            if let Some(route) = routes.last().filter(|route| route.is_of_key()) {
                let (key, bytes) = (message.routing_key(), route.bytes());
                self.cache.insert_sized(key, generation, Arc::clone(route), bytes);
            }
        }
        if self.is_deleted() {
            // Exchanges that lead to each other would keep each other.
            self.cache.clear();
        }
    }

    /// Where a message goes by one live binding alone, if that matches it.
    pub(super) fn route_by(&self, id: BindingId, message: &dyn MessageView) -> Option<Route> {
        let route = self.ask(&[message], |bound| bound == id).pop()?;
        (!route.matched.is_empty()).then_some(route)
    }

    /// Asks the plugin, and what stands on those of the bindings that are wanted; one route for
    /// each message.
    fn ask(&self, batch: &[&dyn MessageView], is_wanted: impl Fn(BindingId) -> bool) -> Vec<Route> {
        let (ids, mut failed) = self.ask_plugin(batch);
        let mut targets: Vec<Vec<Target>> = {
            let table = self.table.read();
            ids.into_iter().map(|ids| table.resolve(ids, &is_wanted)).collect()
        };
        let may_block = targets.iter().flatten().any(Target::may_block);
        let routes = || {
            if targets.iter().flatten().any(|target| target.filter.is_some()) {
                sift(&mut targets, batch, &mut failed);
            }
            let each = iter::zip(targets, batch);
            if failed.is_empty() {
                return each.map(|(targets, message)| decided(targets, *message)).collect();
            }
            let without = self.without_answer(failed);
            let each = each.enumerate();
            each.map(|(place, (targets, message))| match without.get(&place) {
                Some(Some(why)) => Route::undecided(why),
                Some(None) => Route { is_stand_in: true, ..decided(targets, *message) },
                None => decided(targets, *message),
            })
            .collect()
        };
        if may_block { tokio::task::block_in_place(routes) } else { routes() }
    }

    /// Which bindings each message matches, and what the plugin failed on.
    fn ask_plugin(&self, batch: &[&dyn MessageView]) -> (Vec<Vec<BindingId>>, Vec<Failed>) {
        let mut ids = vec![Vec::new(); batch.len()];
        let left = self.call(|plugin| {
            ask_in_halves(batch.len(), |part| {
                let mut answers = Answers { ids: ids.get_mut(part.clone()).unwrap_or_default() };
                let result = plugin.route(batch.get(part).unwrap_or(&[]), &mut answers);
                if result.is_err() {
                    // What was answered before it failed is void.
                    answers.ids.iter_mut().for_each(Vec::clear);
                }
                result
            })
        });
        if self.on_failure == OnFailure::Pass && !left.is_empty() {
            let all: Vec<BindingId> = self.table.read().targets.keys().copied().collect();
            for (part, _) in &left {
                ids.get_mut(part.clone()).unwrap_or_default().fill(all.clone());
            }
        }
        let failed = left.into_iter().map(|(part, error)| {
            let failure = PluginFailure::new(&self.plugin_name, &error);
            Failed { places: part.collect(), failure, becomes: self.on_failure }
        });
        (ids, failed.collect())
    }

    /// The messages that a plugin failed on, by their places: why they are refused, or nothing
    /// where they go the way that the operator wants instead of an answer. The log hears of all.
    fn without_answer(&self, failed: Vec<Failed>) -> HashMap<usize, Option<Arc<Undecided>>> {
        let mut without = HashMap::default();
        let mut first = None;
        for Failed { places, failure, becomes } in failed {
            let why = Arc::new(Undecided::new(self.name(), failure));
            let is_refused = becomes == OnFailure::Reject;
            for place in places {
                let known: &mut Option<Arc<Undecided>> = without.entry(place).or_default();
                if is_refused && known.is_none() {
                    *known = Some(Arc::clone(&why));
                }
            }
            first.get_or_insert((why, becomes));
        }
        if let Some((why, becomes)) = first
            && let Some(count) = self.failures.note(without.len(), now_ms())
        {
            let (name, failure) = (self.name(), &why.failure);
            match becomes {
                OnFailure::Reject => {
                    error!("exchange '{name}' could not route {count} messages: {failure}");
                }
                OnFailure::Pass | OnFailure::NoMatch => error!(
                    "exchange '{name}': on_failure = {} decided about {count} messages: {failure}",
                    becomes.name()
                ),
            }
        }
        without
    }
}

/// Adds a route. Neighbours on one way go it together, as those of one key do.
fn push(routes: &mut Vec<Arc<Route>>, route: Route) {
    let same = routes.last().filter(|last| last.is_as(&route)).cloned();
    routes.push(same.unwrap_or_else(|| Arc::new(route)));
}

impl Table {
    /// What those of these bindings that are wanted lead to, each once and in the order of their
    /// ids. Ids that are gone mean nothing.
    fn resolve(
        &self,
        mut ids: Vec<BindingId>,
        is_wanted: impl Fn(BindingId) -> bool,
    ) -> Vec<Target> {
        ids.sort_unstable();
        ids.dedup();
        let wanted = ids.iter().filter(|id| is_wanted(**id));
        wanted.filter_map(|id| self.targets.get(id).cloned()).collect()
    }
}

/// Where the targets lead that let a message through, each once, and what their transformations
/// make of it.
fn decided(targets: Vec<Target>, message: &dyn MessageView) -> Route {
    let mut queues: Vec<Arc<Queue>> = Vec::with_capacity(targets.len());
    let mut exchanges: Vec<Arc<Exchange>> = Vec::new();
    let mut matched = Vec::with_capacity(targets.len());
    let mut seen = HashSet::default();
    let mut decisions = Decisions::default();
    for Target { to, transform, matched: counter, .. } in targets {
        matched.push(counter);
        if transform.is_some_and(|transform| !decisions.passes(&transform, &to, message)) {
            continue;
        }
        match to {
            Endpoint::Queue(queue) if seen.insert(Arc::as_ptr(&queue).addr()) => queues.push(queue),
            Endpoint::Exchange(exchange) if seen.insert(Arc::as_ptr(&exchange).addr()) => {
                exchanges.push(exchange);
            }
            Endpoint::Queue(_) | Endpoint::Exchange(_) => {}
        }
    }
    Route {
        queues: queues.into_boxed_slice(),
        exchanges: exchanges.into_boxed_slice(),
        matched: matched.into_boxed_slice(),
        answers: decisions.into_answers(),
        ..Route::default()
    }
}

/// Collects a plugin's answers about a part of a batch.
struct Answers<'a> {
    ids: &'a mut [Vec<BindingId>],
}

impl api::Matches for Answers<'_> {
    fn push(&mut self, index: usize, id: BindingId) {
        match self.ids.get_mut(index) {
            Some(ids) => ids.push(id),
            None => warn!("an exchange plugin answered for message {index}, past its batch"),
        }
    }
}
