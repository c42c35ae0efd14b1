//! One instance of a component: what it was told, and how it is called.
//!
//! Invariant: after a trap it is called no more, not even to end it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use foldhash::HashMap;
use philter_plugin_api::flat::{BatchError, write_batch};
use philter_plugin_api::{Level, MessageView, Reads};
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};

use crate::call;
use crate::contract::{Common, Contract, Exports, Id};
use crate::failure::Failure;
use crate::host::State;
use crate::limits::GROWTH_PART;
use crate::loaded::Loaded;

/// What the first call of an instance says.
#[derive(Clone)]
pub(crate) struct Creation {
    /// The name of the exchange, or of the language.
    pub(crate) name: String,
    /// A JSON object.
    pub(crate) configuration: String,
    /// An encoded map.
    pub(crate) context: Vec<u8>,
}

/// An instance that is alive.
pub(crate) struct Live<C: Contract> {
    store: Store<State>,
    calls: C::Calls,
    common: Common,
    loaded: Arc<Loaded>,
    /// What it was told, and what that reads as this instance says.
    known: HashMap<Id, u32>,
    /// How many of those have each bit of it.
    bits: [usize; 32],
    /// The last change that it was told of.
    pub(crate) applied: u64,
    /// Messages on their way to it.
    batch: Arc<Vec<u8>>,
    /// The ids that it was last asked about.
    ids: Arc<Vec<Id>>,
    is_lost: bool,
}

impl<C: Contract> Live<C> {
    /// Makes an instance and calls `create`.
    pub(crate) fn create(loaded: &Arc<Loaded>, creation: &Creation) -> Result<Self, Failure> {
        let (mut store, instance) = loaded.instantiate()?;
        let mut exports = Exports { store: &mut store, instance, interface: C::INTERFACE };
        let found =
            Common::find(&mut exports).and_then(|common| Ok((common, C::functions(&mut exports)?)));
        let (common, calls) = found.map_err(|wrong| {
            Failure::Fault(format!("function '{}': {}", wrong.function, wrong.reason))
        })?;
        loaded.counters.instances.fetch_add(1, Ordering::Relaxed);
        let mut live = Self {
            store,
            calls,
            common,
            loaded: Arc::clone(loaded),
            known: HashMap::default(),
            bits: [0; 32],
            applied: 0,
            batch: Arc::default(),
            ids: Arc::default(),
            is_lost: false,
        };
        let parameters = (creation.configuration.clone(), creation.context.clone());
        let (store, ticker) = (&mut live.store, &loaded.engine.ticker);
        let time = loaded.create_time();
        store.data_mut().may_wait = true;
        let answer = call::call(store, ticker, &live.common.create, parameters, time);
        store.data_mut().may_wait = false;
        // What did not begin is not ended.
        live.is_lost = !matches!(answer, Ok((Ok(()),)));
        answer?.0?;
        live.settle();
        Ok(live)
    }

    /// Calls a function.
    pub(crate) fn call<P, R>(
        &mut self,
        pick: impl FnOnce(&C::Calls) -> &TypedFunc<P, R>,
        parameters: P,
        time: Duration,
    ) -> Result<R, Failure>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let ticker = &self.loaded.engine.ticker;
        let answer = call::call(&mut self.store, ticker, pick(&self.calls), parameters, time);
        self.is_lost |= matches!(answer, Err(Failure::Trap { .. }));
        answer
    }

    /// Calls a function that may wait for what the plugin is granted.
    pub(crate) fn call_and_wait<P, R>(
        &mut self,
        pick: impl FnOnce(&C::Calls) -> &TypedFunc<P, R>,
        parameters: P,
        time: Duration,
    ) -> Result<R, Failure>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        self.store.data_mut().may_wait = true;
        let answer = self.call(pick, parameters, time);
        self.store.data_mut().may_wait = false;
        answer
    }

    /// Whether it is of no use any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// It knows everything: what memory it has by now is what it needs.
    pub(crate) fn settle(&mut self) {
        self.store.data_mut().memory.settle(GROWTH_PART);
    }

    /// Whether it has taken so much memory that another one should go on.
    pub(crate) fn wants_another(&mut self) -> bool {
        self.store.data_mut().memory.wants_another()
    }

    /// Whether it was made from this.
    pub(crate) fn is_of(&self, loaded: &Arc<Loaded>) -> bool {
        Arc::ptr_eq(&self.loaded, loaded)
    }

    /// What a call about messages may take.
    pub(crate) fn call_time(&self) -> Duration {
        self.loaded.call_time()
    }

    /// It was told, and says that this reads so much.
    pub(crate) fn learn(&mut self, id: Id, flags: u32) {
        self.unlearn(id);
        self.known.insert(id, flags);
        count(&mut self.bits, flags, 1);
    }

    /// It forgot; false where it did not know.
    pub(crate) fn unlearn(&mut self, id: Id) -> bool {
        let before = self.known.remove(&id);
        before.inspect(|flags| count(&mut self.bits, *flags, -1)).is_some()
    }

    /// What something that it knows reads.
    pub(crate) fn flags(&self, id: Id) -> Option<u32> {
        self.known.get(&id).copied()
    }

    /// What all that it knows reads.
    pub(crate) fn all_flags(&self) -> u32 {
        let bits = self.bits.iter().enumerate().filter(|(_, entries)| **entries > 0);
        bits.fold(0, |flags, (bit, _)| flags | 1 << bit)
    }

    /// What it knows.
    pub(crate) fn known(&self) -> &HashMap<Id, u32> {
        &self.known
    }

    /// Ids as they are handed over. They are mostly those of the last time.
    pub(crate) fn ids(&mut self, ids: impl ExactSizeIterator<Item = Id> + Clone) -> Arc<Vec<Id>> {
        if !ids.clone().eq(self.ids.iter().copied()) {
            self.ids = Arc::new(ids.collect());
        }
        Arc::clone(&self.ids)
    }

    /// Writes as many of these messages as one batch takes, and answers how many that are.
    pub(crate) fn write(
        &mut self,
        messages: &[&dyn MessageView],
        reads: Reads,
    ) -> Result<(Arc<Vec<u8>>, usize), Failure> {
        let bytes_max = self.loaded.settings.batch_bytes_max();
        if Arc::get_mut(&mut self.batch).is_none() {
            self.batch = Arc::default();
        }
        let mut count = messages.len();
        loop {
            let some = messages.get(..count).unwrap_or(messages);
            let Some(out) = Arc::get_mut(&mut self.batch) else {
                return Err(Failure::Unavailable("its batch is in use".to_owned()));
            };
            match write_batch(out, some, reads, bytes_max) {
                Ok(()) => return Ok((Arc::clone(&self.batch), count)),
                Err(error @ BatchError::TooLong { index: 0, .. }) => {
                    return Err(Failure::TooLong(error));
                }
                Err(BatchError::TooLong { index, .. }) => count = index,
            }
        }
    }
}

fn count(bits: &mut [usize; 32], flags: u32, by: isize) {
    for (bit, entries) in bits.iter_mut().enumerate() {
        if flags & 1 << bit != 0 {
            *entries = entries.saturating_add_signed(by);
        }
    }
}

impl<C: Contract> Drop for Live<C> {
    fn drop(&mut self) {
        self.loaded.counters.instances.fetch_sub(1, Ordering::Relaxed);
        if !self.is_lost {
            // Whoever drops it has other things to do.
            let (ticker, time) = (&self.loaded.engine.ticker, self.loaded.call_time());
            let ended = call::call(&mut self.store, ticker, &self.common.destroy, (), time);
            // It goes whatever it does, but not unheard.
            if let Err(failure) = ended
                && let Some(what) = self.loaded.counters.failed("destroy", &failure)
            {
                self.loaded.voice.say(Level::Error, &what);
            }
        }
    }
}
