//! The virtual hosts of a broker by their names. What is in one of them is not seen in another.
//!
//! Invariants:
//! - the default one is always there; there are at most [`VIRTUAL_HOSTS_MAX`] beside it;
//! - a host that is deleted takes no new queue or exchange, so that what is deleted with it is all
//!   there ever was.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLock;
use tracing::info;

use crate::memory::MemoryGate;
use crate::plugin::Catalog;
use crate::store::{Ledger, host_key};
use crate::virtual_host::agenda::Agenda;
use crate::virtual_host::event::ConnectionsOf;
use crate::virtual_host::limits::{Limits, VIRTUAL_HOSTS_MAX};
use crate::virtual_host::shared::Shared;
use crate::virtual_host::{Actor, BranchTimeouts, Error, QueueDefaults, VirtualHost};

/// The name of the default one. Clients may leave it out.
pub(crate) const DEFAULT_HOST: &str = "/";

/// Bytes of a name: what a protocol's short string holds.
pub(crate) const HOST_NAME_BYTES_MAX: usize = 255;

/// Whether a virtual host may be called so.
pub(crate) fn is_host_name(name: &str) -> bool {
    (1..=HOST_NAME_BYTES_MAX).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// What every virtual host is made from.
pub(crate) struct HostParts {
    /// Where exchange types and filter languages come from.
    pub(crate) catalog: Arc<Catalog>,
    /// What holds for queues that do not say otherwise.
    pub(crate) queue_defaults: QueueDefaults,
    /// What holds publishers back while messages take too much memory.
    pub(crate) memory: Arc<MemoryGate>,
    /// How long branches of distributed transactions may take.
    pub(crate) branch_timeouts: BranchTimeouts,
    /// What outlives the broker is told here, if anything does.
    pub(crate) ledger: Option<Arc<Ledger>>,
}

/// All virtual hosts.
pub(crate) struct VirtualHosts {
    parts: HostParts,
    pub(super) shared: Arc<Shared>,
    default: Arc<VirtualHost>,
    others: RwLock<BTreeMap<Arc<str>, Arc<VirtualHost>>>,
}

impl VirtualHosts {
    /// The default one alone.
    ///
    /// # Errors
    /// A standing exchange's type is not loaded, or its plugin failed.
    pub(crate) fn new(parts: HostParts) -> Result<Self, Error> {
        let shared = Arc::<Shared>::default();
        let default = VirtualHost::new(DEFAULT_HOST, &parts, &shared);
        default.raise_standing(true)?;
        Ok(Self { parts, shared, default: Arc::new(default), others: RwLock::default() })
    }

    /// The default one.
    pub(crate) fn default_host(&self) -> &Arc<VirtualHost> {
        &self.default
    }

    /// The one of this name; the default one for none.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<VirtualHost>> {
        if name.is_empty() || name == self.default.name() {
            return Some(Arc::clone(&self.default));
        }
        self.others.read().get(name).cloned()
    }

    /// All of them, the default one first, the others by their names.
    pub(crate) fn all(&self) -> Vec<Arc<VirtualHost>> {
        let others = self.others.read();
        std::iter::once(&self.default).chain(others.values()).cloned().collect()
    }

    /// Adds one with its standing exchanges.
    ///
    /// # Errors
    /// It is there already, the name is none, there are too many, or a plugin failed.
    pub(crate) fn add(&self, name: &str, by: &Actor) -> Result<Arc<VirtualHost>, Error> {
        if !is_host_name(name) {
            let wanted = format!("1 to {HOST_NAME_BYTES_MAX} bytes without control characters");
            let text = format!("virtual host '{}': {wanted} expected", name.escape_debug());
            return Err(Error::InvalidArgument(text));
        }
        self.check_absent(name)?;
        Limits::check("virtual hosts", self.others.read().len(), VIRTUAL_HOSTS_MAX)?;
        let host = VirtualHost::new(name, &self.parts, &self.shared);
        host.raise_standing(false)?;
        // What happens in it is not told: its names would be taken for those of the default one.
        host.listen(Arc::new(ConnectionsOf(Arc::clone(&self.default.events))));
        let host = Arc::new(host);
        let there = {
            let mut others = self.others.write();
            Arc::clone(others.entry(name.into()).or_insert_with(|| Arc::clone(&host)))
        };
        if !Arc::ptr_eq(&there, &host) {
            // Somebody else came first; nobody saw this one.
            host.clear(by);
            return Err(exists(name));
        }
        // Those of the configuration are added at each start.
        if !by.remote.is_empty()
            && let Some(ledger) = &self.parts.ledger
        {
            ledger.set(host_key(name), vec![1]);
        }
        info!("virtual host '{name}' was added by {by}");
        Ok(host)
    }

    /// Takes one out: from now on nobody finds it. What is in it is still there.
    ///
    /// # Errors
    /// It is not there, or is the default one.
    pub(crate) fn remove(&self, name: &str, by: &Actor) -> Result<Arc<VirtualHost>, Error> {
        if name == self.default.name() {
            let text = format!("virtual host '{name}' is the default one and can't be deleted");
            return Err(Error::NotAllowed(text));
        }
        let host = self.others.write().remove(name);
        let host = host.ok_or_else(|| Error::NoSuchVirtualHost(name.to_owned()))?;
        host.is_deleted.store(true, Ordering::Release);
        if let Some(ledger) = &self.parts.ledger {
            ledger.set(host_key(name), Vec::new());
        }
        info!("virtual host '{name}' was deleted by {by}");
        Ok(host)
    }

    /// Moves on what has expired in any queue.
    pub(crate) fn expire(&self, now_ms: u64) {
        self.all().iter().for_each(|host| host.expire(now_ms));
    }

    /// Deletes the queues whose time has come.
    pub(crate) fn tick(&self, now_ms: u64) {
        self.all().iter().for_each(|host| host.tick(now_ms));
    }

    /// What outlives the broker is told here, if anything does.
    pub(crate) fn ledger(&self) -> Option<&Arc<Ledger>> {
        self.parts.ledger.as_ref()
    }

    /// Which queues are due when.
    pub(super) fn agenda(&self) -> &Agenda {
        &self.shared.agenda
    }

    fn check_absent(&self, name: &str) -> Result<(), Error> {
        self.find(name).map_or(Ok(()), |_| Err(exists(name)))
    }
}

fn exists(name: &str) -> Error {
    Error::NotAllowed(format!("virtual host '{name}' is there already"))
}

#[cfg(test)]
impl VirtualHosts {
    /// Those of a test, of which this is the default one.
    pub(crate) fn of(default: &Arc<VirtualHost>) -> Arc<Self> {
        let parts = HostParts {
            catalog: Arc::clone(&default.catalog),
            queue_defaults: QueueDefaults::default(),
            memory: Arc::clone(&default.memory),
            branch_timeouts: default.branch_timeouts,
            ledger: default.ledger.clone(),
        };
        let (shared, default) = (Arc::clone(&default.shared), Arc::clone(default));
        Arc::new(Self { parts, shared, default, others: RwLock::default() })
    }

    /// What they are made from.
    pub(super) fn parts_of_test(&self) -> &HostParts {
        &self.parts
    }

    /// Adds one that has nothing but what the caller gives it.
    pub(crate) fn insert(&self, host: Arc<VirtualHost>) {
        self.others.write().insert(host.name().into(), host);
    }
}
