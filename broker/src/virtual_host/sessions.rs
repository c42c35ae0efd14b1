//! Names of attached sessions: a name is attached once for each identity (0-10, section 2.4).

use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashSet;
use parking_lot::Mutex;

/// The names of all attached sessions.
#[derive(Debug, Default)]
pub(crate) struct SessionNames {
    attached: Mutex<HashSet<(Arc<str>, Bytes)>>,
}

impl SessionNames {
    /// Takes a name; false where it is attached already.
    pub(crate) fn register(&self, identity: &Arc<str>, name: &Bytes) -> bool {
        // The name's own bytes, not the network buffer around them.
        let name = Bytes::copy_from_slice(name);
        self.attached.lock().insert((Arc::clone(identity), name))
    }

    /// Gives a name back.
    pub(crate) fn forget(&self, identity: &Arc<str>, name: &Bytes) {
        self.attached.lock().remove(&(Arc::clone(identity), name.clone()));
    }
}
