//! The virtual host: exchanges and queues by name, and the steps that touch several of them.
//!
//! Lock order: the directories here, then an exchange's table, then a queue. No plugin is called,
//! no event raised, nobody woken and nothing awaited under any of them. What a queue knows of a
//! redirection, when queues are due, what an exchange keeps as its last message, what goes with
//! which session, and what a transaction did have locks of their own, under which nothing else is
//! locked. The branches of distributed transactions have one under which their work and what is due
//! may be.

mod actor;
mod agenda;
mod bind;
mod bind_arguments;
mod bound_to;
mod branches;
mod dead_letter;
mod declare;
mod delay;
mod delete;
mod emptying;
mod endpoint;
mod error;
mod event;
mod exchange;
mod failure_log;
mod filter;
mod forms;
mod found;
mod halves;
mod held_back;
mod hosts;
mod last_value;
mod limits;
mod listing;
mod message_match;
mod passage;
mod publish;
mod queue;
mod reach;
mod reached;
mod redirect;
mod refusal;
mod restore;
mod room;
mod route;
mod routing;
mod scopes;
mod shared;
mod sieve;
mod storing;
mod tap;
mod totals;
mod transform;
mod transform_argument;
mod unbind;
mod undecided;
mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use foldhash::HashMap;
use parking_lot::RwLock;
use philter_model::exchange::{Criteria, Destination};
pub(crate) use philter_model::queue::DeadLetterReason;
use philter_plugin_api::BindingId;

pub(crate) use actor::{Actor, ConnectionId, OwnerId};
pub(crate) use bind::Bind;
use branches::Branches;
pub(crate) use branches::{BranchError, BranchTimeouts, Committed, EndAs, Fate, SharedWork, Xid};
pub(crate) use declare::{DeclareExchange, DeclareQueue, QueueDefaults};
use delay::Alarms;
pub(crate) use emptying::Reroute;
pub(crate) use endpoint::Endpoint;
pub(crate) use error::Error;
use event::Events;
pub(crate) use event::{Arguments, Event, EventSink};
pub(crate) use exchange::Exchange;
pub(crate) use filter::{ARGUMENT as FILTER, CompiledFilter};
use filter::{Languages, Said};
pub(crate) use found::Found;
pub(crate) use held_back::HeldBack;
pub(crate) use hosts::{DEFAULT_HOST, HOST_NAME_BYTES_MAX, HostParts, VirtualHosts, is_host_name};
use limits::Limits;
pub(crate) use listing::BindingEntry;
pub(crate) use message_match::MessageMatch;
pub(crate) use publish::Published;
pub(crate) use queue::{DeleteIf, Entered, InUse, Queue, Subscribe, Waker};
pub(crate) use refusal::{Refusal, Refused};
pub(crate) use restore::RestoreError;
pub(crate) use room::Together;
use scopes::Scopes;
use shared::Shared;
pub(crate) use tap::Tap;
pub(crate) use totals::Sums;
use totals::Totals;
pub(crate) use unbind::Unbind;
pub(crate) use undecided::Undecided;
pub(crate) use work::{Accepted, NotTaken, Work};

use crate::memory::MemoryGate;
use crate::plugin::Catalog;
use crate::store::Ledger;

/// A virtual host.
pub(crate) struct VirtualHost {
    name: Arc<str>,
    catalog: Arc<Catalog>,
    exchanges: RwLock<HashMap<Arc<str>, Arc<Exchange>>>,
    queues: RwLock<HashMap<Arc<str>, Arc<Queue>>>,
    next_binding: AtomicU64,
    languages: Languages,
    events: Arc<Events>,
    scopes: Scopes,
    totals: Totals,
    alarms: Arc<Alarms>,
    /// Live bindings of all exchanges.
    bindings: AtomicUsize,
    queue_defaults: QueueDefaults,
    memory: Arc<MemoryGate>,
    /// What outlives the broker is told here, if anything does.
    ledger: Option<Arc<Ledger>>,
    shared: Arc<Shared>,
    branches: Arc<Branches>,
    branch_timeouts: BranchTimeouts,
    is_deleted: AtomicBool,
    limits: Limits,
}

/// What exchange.bound asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BoundQuery<'a> {
    pub(crate) exchange: &'a str,
    pub(crate) queue: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    pub(crate) arguments: Option<&'a [u8]>,
}

/// What it answers: everything false where the binding is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BoundAnswer {
    pub(crate) exchange_not_found: bool,
    pub(crate) queue_not_found: bool,
    pub(crate) queue_not_matched: bool,
    pub(crate) key_not_matched: bool,
    pub(crate) arguments_not_matched: bool,
}

impl VirtualHost {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its name, to be kept.
    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    /// The exchange of this name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn exchange(&self, name: &str) -> Result<Arc<Exchange>, Error> {
        self.find_exchange(name).ok_or_else(|| Error::NoSuchExchange(name.to_owned()))
    }

    /// The exchange of this name, if there is one.
    pub(crate) fn find_exchange(&self, name: &str) -> Option<Arc<Exchange>> {
        self.exchanges.read().get(name).filter(|exchange| !exchange.is_deleted()).cloned()
    }

    /// The queue of this name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn queue(&self, name: &str) -> Result<Arc<Queue>, Error> {
        self.find_queue(name).ok_or_else(|| Error::NoSuchQueue(name.to_owned()))
    }

    /// The queue of this name, if there is one.
    pub(crate) fn find_queue(&self, name: &str) -> Option<Arc<Queue>> {
        self.queues.read().get(name).filter(|queue| !queue.is_deleted()).cloned()
    }

    /// Whether it was deleted: what is in it goes, and nothing new comes.
    pub(crate) fn is_deleted(&self) -> bool {
        self.is_deleted.load(Ordering::Acquire)
    }

    /// The plugins of all virtual hosts.
    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// What holds publishers back while messages take too much memory.
    pub(crate) fn memory(&self) -> &Arc<MemoryGate> {
        &self.memory
    }

    fn next_binding_id(&self) -> BindingId {
        BindingId(self.next_binding.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether something is bound, and if not, what does not match.
    pub(crate) fn bound(&self, query: &BoundQuery<'_>) -> BoundAnswer {
        let exchange = self.find_exchange(query.exchange);
        let queue_not_found = query.queue.is_some_and(|name| self.find_queue(name).is_none());
        let Some(exchange) = exchange.filter(|_| !queue_not_found) else {
            let exchange_not_found = self.find_exchange(query.exchange).is_none();
            return BoundAnswer { exchange_not_found, queue_not_found, ..BoundAnswer::default() };
        };
        let destination = query.queue.map(|name| Destination::Queue(name.into()));
        let table = exchange.table.read();
        let all = Criteria {
            destination: destination.as_ref(),
            key: query.key,
            arguments: query.arguments,
        };
        if table.bindings.any(&all) {
            return BoundAnswer::default();
        }
        let none = Criteria::default();
        let not = |criteria: Criteria<'_>| !table.bindings.any(&criteria);
        let mut answer = BoundAnswer {
            queue_not_matched: destination.is_some()
                && not(Criteria { destination: all.destination, ..none }),
            key_not_matched: all.key.is_some() && not(Criteria { key: all.key, ..none }),
            arguments_not_matched: all.arguments.is_some()
                && not(Criteria { arguments: all.arguments, ..none }),
            ..BoundAnswer::default()
        };
        if answer == BoundAnswer::default() {
            // Each is bound, but not together: all false would say that they are.
            answer.key_not_matched = all.key.is_some();
            answer.arguments_not_matched = all.key.is_none();
        }
        answer
    }
}

#[cfg(test)]
pub(crate) mod tests;
