//! Makes instances beside those who wait for none: after a trap, for a worker that has none yet,
//! for one that missed too much.

use std::sync::mpsc::{Sender, channel};

use crate::error::EngineError;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that makes what it is told, one after another.
pub(crate) struct Maker {
    orders: Sender<Work>,
}

impl Maker {
    /// Begins. The thread ends when this is dropped, after its last order.
    pub(crate) fn start() -> Result<Self, EngineError> {
        let name = "wasm-maker";
        let (orders, work) = channel::<Work>();
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread
            .spawn(move || work.into_iter().for_each(|work| work()))
            .map_err(|error| EngineError::Thread { name, error })?;
        Ok(Self { orders })
    }

    /// Takes an order.
    pub(crate) fn order(&self, work: impl FnOnce() + Send + 'static) {
        // The thread lives as long as this: it ends when nobody can order any more.
        let _ = self.orders.send(Box::new(work));
    }
}
