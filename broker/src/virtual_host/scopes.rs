//! What lives as long as the session that made it: bindings with `x-scope=session`, and queues that
//! are to be deleted on close.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use foldhash::HashMap;
use parking_lot::Mutex;
use philter_plugin_api::BindingId;

use crate::virtual_host::{Exchange, OwnerId, Queue};

/// The bindings of one session, with their exchanges.
type Bindings = BTreeMap<BindingId, Arc<Exchange>>;

/// What goes with one session.
#[derive(Default)]
struct Scoped {
    bindings: Bindings,
    queues: Vec<Weak<Queue>>,
}

/// What goes with which session.
#[derive(Default)]
pub(super) struct Scopes {
    by_owner: Mutex<HashMap<OwnerId, Scoped>>,
}

impl Scopes {
    /// A binding goes with `owner`.
    pub(super) fn add(&self, owner: OwnerId, id: BindingId, exchange: &Arc<Exchange>) {
        let mut by_owner = self.by_owner.lock();
        by_owner.entry(owner).or_default().bindings.insert(id, Arc::clone(exchange));
    }

    /// A binding is gone.
    pub(super) fn remove(&self, owner: OwnerId, id: BindingId) {
        if let Some(scoped) = self.by_owner.lock().get_mut(&owner) {
            scoped.bindings.remove(&id);
        }
    }

    /// A queue goes with `owner`.
    pub(super) fn add_queue(&self, owner: OwnerId, queue: &Arc<Queue>) {
        let mut by_owner = self.by_owner.lock();
        let queues = &mut by_owner.entry(owner).or_default().queues;
        if queues.len() == queues.capacity() {
            queues.retain(|queue| queue.strong_count() > 0);
        }
        queues.push(Arc::downgrade(queue));
    }

    /// Takes what goes with `owner`.
    pub(super) fn take(&self, owner: OwnerId) -> (Bindings, Vec<Arc<Queue>>) {
        let scoped = self.by_owner.lock().remove(&owner).unwrap_or_default();
        (scoped.bindings, scoped.queues.iter().filter_map(Weak::upgrade).collect())
    }
}
