//! A live exchange: its plugin's instance, the table of its bindings, and the cache of its answers.
//!
//! Invariants:
//! - the plugin is never called under a lock;
//! - a binding is in the plugin's index before it is live in the table, and leaves the table before
//!   it leaves the index, so an answer that names an unknown id is a late one and means nothing;
//! - the generation rises after each change is complete, that of the code of a plugin included; an
//!   answer is cached with the generation
//!   that was read before the plugin was asked.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use foldhash::HashMap;
use parking_lot::{Condvar, Mutex, RwLock};
use philter_model::exchange::{BindingTable, ExchangeSettings, RouteCache};
use philter_plugin_api::{self as api, BindingId};

use crate::clock::unix_ns;
use crate::config::wasm::OnFailure;
use crate::virtual_host::bound_to::BoundTo;
use crate::virtual_host::delay::Waiting;
use crate::virtual_host::failure_log::FailureLog;
use crate::virtual_host::last_value::Passed;
use crate::virtual_host::queue::Kept;
use crate::virtual_host::route::Route;
use crate::virtual_host::transform::{Tally, Transform};
use crate::virtual_host::{CompiledFilter, Endpoint, OwnerId, Tap};

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
    /// Its type and its plugin, for people.
    pub(super) plugin_name: Arc<str>,
    /// What becomes of messages that the plugin fails on.
    pub(super) on_failure: OnFailure,
    may_block: bool,
    pub(super) table: RwLock<Table>,
    /// Serves those who wait for a binding that another caller is making.
    pub(super) settled: (Mutex<()>, Condvar),
    pub(super) cache: RouteCache<Route>,
    generation: AtomicU64,
    /// How often code was swapped that may have decided here.
    swaps: Arc<AtomicU64>,
    /// Whether answers may be cached, by the present bindings.
    pub(super) is_cacheable: AtomicBool,
    /// Queues and exchanges that name this one as their alternate.
    alternate_users: AtomicUsize,
    pub(super) is_deleted: AtomicBool,
    /// Exchanges with bindings to this one.
    bound_to: Mutex<BoundTo>,
    /// What it did.
    pub(crate) counters: Counters,
    /// Messages that a plugin failed on.
    pub(super) failures: FailureLog,
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
    pub(super) fn may_block(&self) -> bool {
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
            plugin_name: format!("exchange type '{}'", settings.plugin_type()).into(),
            on_failure: OnFailure::default(),
            settings,
            alternate,
            plugin,
            may_block,
            table: RwLock::default(),
            settled: (Mutex::default(), Condvar::default()),
            cache: RouteCache::default(),
            generation: AtomicU64::new(0),
            swaps: Arc::default(),
            is_cacheable: AtomicBool::new(true),
            alternate_users: AtomicUsize::new(0),
            is_deleted: AtomicBool::new(false),
            bound_to: Mutex::default(),
            counters: Counters::default(),
            failures: FailureLog::default(),
            created_ns: unix_ns(),
            tap: OnceLock::new(),
            passed: Passed::default(),
        }
    }

    /// The same, whose type and plugin are these, for people; what becomes of messages that it
    /// fails on is this.
    pub(super) fn of_plugin(self, plugin_name: Arc<str>, on_failure: OnFailure) -> Self {
        Self { plugin_name, on_failure, ..self }
    }

    /// The same, whose answers are void when this number rises.
    pub(super) fn renewed_by(self, swaps: &Arc<AtomicU64>) -> Self {
        Self { swaps: Arc::clone(swaps), ..self }
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

    /// Messages that it could not route, because a plugin failed on them, each as often as it was
    /// asked about it.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.count()
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

    /// By what answers are known that hold still: it rises with each change.
    pub(super) fn generation(&self) -> u64 {
        let own = self.generation.load(Ordering::Acquire);
        own.wrapping_add(self.swaps.load(Ordering::Acquire))
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
    /// Those that a plugin failed on came, and that was counted when it did.
    pub(super) fn count(&self, route: &Route, tally: Tally, messages: u64, bytes: u64) {
        let Counters { received, received_bytes, .. } = &self.counters;
        received.fetch_add(messages, Ordering::Relaxed);
        received_bytes.fetch_add(bytes, Ordering::Relaxed);
        if route.undecided.is_some() {
            return;
        }
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

    /// It is deleted: what its answers lead to may go.
    pub(super) fn forget_routes(&self) {
        self.cache.clear();
    }
}
