//! What keeps bindings, expressions and whole pools from being added while all of a component's are
//! swapped for new code.

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::slot::SHORT_WAIT;
use crate::engine::Engine;

/// The gate of one component.
#[derive(Default)]
pub(crate) struct Gate(RwLock<()>);

impl Gate {
    /// Something is added while this is held. Where the gate is closed it waits, and who shares the
    /// thread goes on elsewhere.
    pub(crate) fn pass(&self, engine: &Engine) -> RwLockReadGuard<'_, ()> {
        self.0.try_read_for(SHORT_WAIT).unwrap_or_else(|| {
            engine.leave();
            self.0.read()
        })
    }

    /// Nothing is added while this is held.
    pub(crate) fn close(&self) -> RwLockWriteGuard<'_, ()> {
        self.0.write()
    }
}
