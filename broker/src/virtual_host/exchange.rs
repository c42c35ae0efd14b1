//! A live exchange: its plugin's instance, the table of its bindings, and the cache of its answers.
//!
//! Invariants:
//! - the plugin is never called under a lock;
//! - a binding is in the plugin's index before it is live in the table, and leaves the table before
//!   it leaves the index, so an answer that names an unknown id is a late one and means nothing;
//! - the generation rises after each change is complete; an answer is cached with the generation
//!   that was read before the plugin was asked.

use std::iter;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use foldhash::HashMap;
use parking_lot::{Condvar, Mutex, RwLock};
use philter_model::exchange::{BindingTable, ExchangeSettings, RouteCache};
use philter_plugin_api::{self as api, BindingId, MessageView};
use tracing::{error, warn};

use crate::clock::unix_ns;
use crate::virtual_host::bound_to::BoundTo;
use crate::virtual_host::delay::Waiting;
use crate::virtual_host::last_value::Passed;
use crate::virtual_host::queue::Kept;
use crate::virtual_host::transform::{Answer, Changed, Decisions, Fate, Tally, Transform};
use crate::virtual_host::{CompiledFilter, Endpoint, OwnerId, Queue, Tap};

/// Where a message goes from an exchange: each queue and each other exchange once.
///
/// An exchange answers what its bindings' transformations decide; at the end of a message's way
/// that has become messages and queues.
#[derive(Default)]
pub(crate) struct Route {
    /// The queues, in the order of their first matching binding.
    pub(crate) queues: Box<[Arc<Queue>]>,
    /// The exchanges, in the same order.
    pub(super) exchanges: Box<[Arc<Exchange>]>,
    /// The counters of the bindings that matched.
    pub(super) matched: Box<[Arc<AtomicU64>]>,
    /// An exchange on the way holds it until it is due.
    pub(super) is_held: bool,
    /// What transformations decided at an exchange, where any was asked.
    pub(super) answers: Option<Box<[Answer]>>,
    /// Where transformed messages go, at the end of the way.
    pub(super) changed: Option<Box<Changed>>,
}

impl Route {
    /// Whether it leads to a queue of the exchange's own, be it by way of a transformation.
    pub(crate) fn leads_to_queue(&self) -> bool {
        let mut answers = self.answers.iter().flatten();
        let is_replaced = |answer: &Answer| {
            matches!((&answer.fate, &answer.to), (Fate::Replace(_), Endpoint::Queue(_)))
        };
        !self.queues.is_empty() || answers.any(is_replaced)
    }

    /// Whether nothing is to be done on the way from its exchange to queues.
    pub(super) fn is_direct(&self) -> bool {
        self.exchanges.is_empty() && self.answers.is_none()
    }

    /// Whether a message reached nothing at the end of its way.
    pub(super) fn is_nowhere(&self) -> bool {
        let changed = self.changed.as_deref();
        self.queues.is_empty() && !changed.is_some_and(Changed::leads_anywhere)
    }

    /// Whether a message goes to the alternate of its exchange: it matched nothing, and nothing on
    /// its way holds it.
    pub(super) fn is_for_alternate(&self) -> bool {
        self.is_nowhere() && !self.is_held && self.matched.is_empty()
    }

    /// Whether a message goes the same way as by another route. What transformations made of one
    /// is no other's.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        [self, other].iter().all(|route| route.answers.is_none() && route.changed.is_none())
            && self.is_held == other.is_held
            && are_same(&self.queues, &other.queues)
            && are_same(&self.exchanges, &other.exchanges)
            && are_same(&self.matched, &other.matched)
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.queues)
            + size_of_val(&*self.exchanges)
            + size_of_val(&*self.matched)
    }
}

fn are_same<T>(these: &[Arc<T>], those: &[Arc<T>]) -> bool {
    these.len() == those.len()
        && iter::zip(these, those).all(|(this, that)| Arc::ptr_eq(this, that))
}

/// Counters since the exchange was declared.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Messages that came, and their bytes.
    pub(crate) received: AtomicU64,
    pub(crate) received_bytes: AtomicU64,
    /// Messages that matched nothing here, and their bytes; and those that transformations of
    /// bindings dropped, once for each binding.
    pub(crate) dropped: AtomicU64,
    pub(crate) dropped_bytes: AtomicU64,
    /// Messages times the queues that they went to, and their bytes.
    pub(crate) routed: AtomicU64,
    pub(crate) routed_bytes: AtomicU64,
    /// Messages that matched nothing, the alternate exchange included.
    pub(crate) unroutable: AtomicU64,
}

/// A live exchange.
pub(crate) struct Exchange {
    settings: ExchangeSettings,
    alternate: Option<Arc<Exchange>>,
    plugin: Box<dyn api::Exchange>,
    may_block: bool,
    pub(super) table: RwLock<Table>,
    /// Serves those who wait for a binding that another caller is making.
    pub(super) settled: (Mutex<()>, Condvar),
    cache: RouteCache<Route>,
    generation: AtomicU64,
    /// Whether answers may be cached, by the present bindings.
    is_cacheable: AtomicBool,
    /// Queues and exchanges that name this one as their alternate.
    alternate_users: AtomicUsize,
    pub(super) is_deleted: AtomicBool,
    /// Exchanges with bindings to this one.
    bound_to: Mutex<BoundTo>,
    /// What it did.
    pub(crate) counters: Counters,
    /// When it was made, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
    pub(super) tap: OnceLock<Arc<dyn Tap>>,
    pub(super) passed: Passed,
    /// What waits until it is due, at an exchange that delays.
    pub(super) waiting: Option<Mutex<Waiting>>,
    /// Where what waits is stored, if it is.
    pub(super) kept: Option<Kept>,
}

/// Bindings, and where they lead.
#[derive(Default)]
pub(super) struct Table {
    pub(super) bindings: BindingTable,
    pub(super) targets: HashMap<BindingId, Target>,
}

/// Where a binding leads, and what stands in the way.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) to: Endpoint,
    pub(super) filter: Option<Arc<CompiledFilter>>,
    pub(super) transform: Option<Arc<Transform>>,
    /// Messages that it matched.
    pub(super) matched: Arc<AtomicU64>,
    /// When it was made, in nanoseconds since 1970.
    pub(super) created_ns: u64,
    /// It goes with this session.
    pub(super) scope: Option<OwnerId>,
    /// It outlives the broker.
    pub(super) is_stored: bool,
}

impl Target {
    /// Whether asking its filter or its transformation may take their time.
    fn may_block(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.may_block())
            || self.transform.as_ref().is_some_and(|transform| transform.may_block())
    }
}

impl Exchange {
    /// An exchange without bindings, over an instance of its type's plugin.
    pub(crate) fn new(
        settings: ExchangeSettings,
        alternate: Option<Arc<Exchange>>,
        plugin: Box<dyn api::Exchange>,
        may_block: bool,
    ) -> Self {
        if let Some(alternate) = &alternate {
            alternate.add_alternate_user();
        }
        Self {
            waiting: settings.delayed_type.is_some().then(Mutex::default),
            kept: None,
            settings,
            alternate,
            plugin,
            may_block,
            table: RwLock::default(),
            settled: (Mutex::default(), Condvar::default()),
            cache: RouteCache::default(),
            generation: AtomicU64::new(0),
            is_cacheable: AtomicBool::new(true),
            alternate_users: AtomicUsize::new(0),
            is_deleted: AtomicBool::new(false),
            bound_to: Mutex::default(),
            counters: Counters::default(),
            created_ns: unix_ns(),
            tap: OnceLock::new(),
            passed: Passed::default(),
        }
    }

    /// The same, which stores what waits in it there.
    pub(super) fn keeping(self, kept: Option<Kept>) -> Self {
        Self { kept, ..self }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.settings.name
    }

    /// What it was declared with.
    pub(crate) fn settings(&self) -> &ExchangeSettings {
        &self.settings
    }

    /// Whether the broker itself listens to it.
    pub(crate) fn is_tapped(&self) -> bool {
        self.tap.get().is_some()
    }

    /// Where messages go that match nothing.
    pub(crate) fn alternate(&self) -> Option<&Arc<Exchange>> {
        self.alternate.as_ref()
    }

    pub(super) fn add_alternate_user(&self) {
        self.alternate_users.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_alternate_user(&self) {
        self.alternate_users.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether a queue or exchange names this one as its alternate.
    pub(crate) fn is_alternate(&self) -> bool {
        self.alternate_users.load(Ordering::Relaxed) > 0
    }

    /// Another exchange is about to have a binding to this one. False where this one is deleted:
    /// who deletes it marks it before it takes those out, so that one of both sees the other.
    pub(super) fn add_binding_to(&self, from: &Arc<Exchange>) -> bool {
        let mut bound_to = self.bound_to.lock();
        let is_there = !self.is_deleted();
        if is_there {
            bound_to.add(from);
        }
        is_there
    }

    /// Another exchange took back a binding to this one.
    pub(super) fn remove_binding_to(&self, from: &Arc<Exchange>) {
        self.bound_to.lock().remove(from);
    }

    /// Takes the exchanges that have bindings to this one.
    pub(super) fn take_bound_to(&self) -> Vec<Arc<Exchange>> {
        self.bound_to.lock().take()
    }

    /// A change of the bindings is complete: old answers are void.
    pub(super) fn renew(&self) {
        // One at a time: what is stored last was read last.
        let _guard = self.settled.0.lock();
        let is_cacheable = self.table.read().bindings.is_cacheable();
        self.is_cacheable.store(is_cacheable, Ordering::Release);
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.settled.1.notify_all();
    }

    /// Calls the plugin, off the other tasks' way where it may wait; never under a lock.
    pub(super) fn call<T>(&self, call: impl FnOnce(&dyn api::Exchange) -> T) -> T {
        if self.may_block {
            tokio::task::block_in_place(|| call(&*self.plugin))
        } else {
            call(&*self.plugin)
        }
    }

    /// Counts a message of this many bytes that waits; where it goes is counted when it is due.
    pub(super) fn count_held(&self, bytes: u64) {
        self.counters.received.fetch_add(1, Ordering::Relaxed);
        self.counters.received_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts messages of this many bytes in all that took a route, and what transformations did.
    pub(super) fn count(&self, route: &Route, tally: Tally, messages: u64, bytes: u64) {
        let Counters { received, received_bytes, .. } = &self.counters;
        received.fetch_add(messages, Ordering::Relaxed);
        received_bytes.fetch_add(bytes, Ordering::Relaxed);
        for counter in &route.matched {
            counter.fetch_add(messages, Ordering::Relaxed);
        }
        let Counters { dropped, dropped_bytes, routed, routed_bytes, .. } = &self.counters;
        let (count, size, times) = match route.queues.len() as u64 {
            0 if tally.is_empty() => (dropped, dropped_bytes, 1),
            queues => (routed, routed_bytes, queues),
        };
        count.fetch_add(messages * times, Ordering::Relaxed);
        size.fetch_add(bytes * times, Ordering::Relaxed);
        if !tally.is_empty() {
            routed.fetch_add(tally.routed, Ordering::Relaxed);
            routed_bytes.fetch_add(tally.routed_bytes, Ordering::Relaxed);
            dropped.fetch_add(tally.dropped, Ordering::Relaxed);
            dropped_bytes.fetch_add(tally.dropped * bytes, Ordering::Relaxed);
        }
    }

    /// Where each message goes.
    pub(crate) fn route(&self, batch: &[&dyn MessageView], routes: &mut Vec<Arc<Route>>) {
        let generation = self.generation.load(Ordering::Acquire);
        if !self.is_cacheable.load(Ordering::Acquire) {
            for route in self.ask(batch) {
                // Neighbours on one way go it together, as those of one key do.
                let same = routes.last().filter(|last| last.is_as(&route)).cloned();
                routes.push(same.unwrap_or_else(|| Arc::new(route)));
            }
            return;
        }
        for message in batch {
            let key = message.routing_key();
            let known = self.cache.get(key, generation);
            routes.push(known.unwrap_or_else(|| {
                let route = self.ask(&[*message]).pop().map(Arc::new).unwrap_or_default();
                // A binding that transforms may be new: what it made of one message is no other's.
                if route.answers.is_none() {
                    self.cache.insert_sized(key, generation, Arc::clone(&route), route.bytes());
                }
                if self.is_deleted() {
                    // Exchanges that lead to each other would keep each other.
                    self.cache.clear();
                }
                route
            }));
        }
    }

    /// It is deleted: what its answers lead to may go.
    pub(super) fn forget_routes(&self) {
        self.cache.clear();
    }

    /// Where a message goes by one live binding alone, if that matches it.
    pub(super) fn route_by(&self, id: BindingId, message: &dyn MessageView) -> Option<Route> {
        let mut answers = Answers { ids: vec![Vec::new()] };
        if let Err(error) = self.call(|plugin| plugin.route(&[message], &mut answers)) {
            error!("exchange '{}' failed to route a message: {error}", self.name());
        }
        let is_bound = answers.ids.iter().flatten().any(|have| *have == id);
        let target = self.table.read().targets.get(&id).filter(|_| is_bound).cloned();
        let route = filtered(vec![target?], message);
        (!route.matched.is_empty()).then_some(route)
    }

    /// Asks the plugin; one route for each message.
    fn ask(&self, batch: &[&dyn MessageView]) -> Vec<Route> {
        let mut answers = Answers { ids: vec![Vec::new(); batch.len()] };
        let result = self.call(|plugin| plugin.route(batch, &mut answers));
        if let Err(error) = result {
            error!("exchange '{}' failed to route {} messages: {error}", self.name(), batch.len());
        }
        let targets: Vec<Vec<Target>> = {
            let table = self.table.read();
            answers.ids.into_iter().map(|ids| table.resolve(ids)).collect()
        };
        // Filters are plugins too: they are asked when the lock is gone, and where one may wait the
        // worker leaves its other tasks once for the whole batch.
        let may_block = targets.iter().flatten().any(Target::may_block);
        let routes = || {
            let each = iter::zip(targets, batch);
            each.map(|(targets, message)| filtered(targets, *message)).collect()
        };
        if may_block { tokio::task::block_in_place(routes) } else { routes() }
    }
}

impl Table {
    /// What these bindings lead to, in the order of their ids. Ids that are gone mean nothing.
    fn resolve(&self, mut ids: Vec<BindingId>) -> Vec<Target> {
        ids.sort_unstable();
        ids.iter().filter_map(|id| self.targets.get(id).cloned()).collect()
    }
}

/// Where the targets lead whose filters let a message through, each once, and what their
/// transformations make of it.
fn filtered(targets: Vec<Target>, message: &dyn MessageView) -> Route {
    let mut queues: Vec<Arc<Queue>> = Vec::with_capacity(targets.len());
    let mut exchanges: Vec<Arc<Exchange>> = Vec::new();
    let mut matched = Vec::with_capacity(targets.len());
    let mut seen = foldhash::HashSet::default();
    let mut decisions = Decisions::default();
    for Target { to, filter, transform, matched: counter, .. } in targets {
        if filter.is_some_and(|filter| !filter.matches(message)) {
            continue;
        }
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
        is_held: false,
        answers: decisions.into_answers(),
        changed: None,
    }
}

/// Collects a plugin's answers.
struct Answers {
    ids: Vec<Vec<BindingId>>,
}

impl api::Matches for Answers {
    fn push(&mut self, index: usize, id: BindingId) {
        match self.ids.get_mut(index) {
            Some(ids) => ids.push(id),
            None => warn!("an exchange plugin answered for message {index}, past its batch"),
        }
    }
}
