//! Bindings that live as long as the session that made them (`x-scope=session`).

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;
use philter_plugin_api::BindingId;

use crate::virtual_host::{Exchange, OwnerId};

/// The bindings of one session, with their exchanges.
type Scoped = BTreeMap<BindingId, Arc<Exchange>>;

/// Which bindings go with which session.
#[derive(Default)]
pub(super) struct Scopes {
    by_owner: Mutex<HashMap<OwnerId, Scoped>>,
}

impl Scopes {
    /// A binding goes with `owner`.
    pub(super) fn add(&self, owner: OwnerId, id: BindingId, exchange: &Arc<Exchange>) {
        self.by_owner.lock().entry(owner).or_default().insert(id, Arc::clone(exchange));
    }

    /// A binding is gone.
    pub(super) fn remove(&self, owner: OwnerId, id: BindingId) {
        let mut by_owner = self.by_owner.lock();
        if let Some(scoped) = by_owner.get_mut(&owner) {
            scoped.remove(&id);
            if scoped.is_empty() {
                by_owner.remove(&owner);
            }
        }
    }

    /// Takes what goes with `owner`.
    pub(super) fn take(&self, owner: OwnerId) -> Scoped {
        self.by_owner.lock().remove(&owner).unwrap_or_default()
    }
}
