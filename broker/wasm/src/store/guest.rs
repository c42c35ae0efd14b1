//! The instance of a store, and how it is called with its map.
//!
//! Invariant: after a trap it is called no more, not even to end it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use philter_plugin_api::Level;
use philter_plugin_api::value::{MapRef, ValueRef};
use redb::WriteTransaction;
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};

use super::map::Map;
use crate::call;
use crate::contract::{Common, Contract, Exports, StoreCalls, StoreContract};
use crate::failure::Failure;
use crate::host::State;
use crate::instance::Creation;
use crate::limits::STORE_GROWTH_PART;
use crate::loaded::Loaded;

/// What a store says that it can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) batch_operations_max: u64,
    pub(super) batch_bytes_max: u64,
    pub(super) body_bytes_max: u64,
    pub(super) is_atomic_over_shard: bool,
    pub(super) has_entries: bool,
    pub(super) has_meta_list: bool,
    pub(super) has_meta_remove: bool,
}

/// An instance that is alive.
pub(super) struct Guest {
    store: Store<State>,
    calls: StoreCalls,
    common: Common,
    loaded: Arc<Loaded>,
    is_lost: bool,
}

impl Guest {
    /// An instance of a component, before anything of it was called.
    ///
    /// # Errors
    /// It does not begin.
    pub(super) fn instantiate(loaded: &Arc<Loaded>) -> Result<Self, Failure> {
        let (mut store, instance) = loaded.instantiate()?;
        // Nobody shares the thread of a store.
        store.data_mut().when_long = None;
        let interface = StoreContract::INTERFACE;
        let mut exports = Exports { store: &mut store, instance, interface };
        let found = Common::find(&mut exports)
            .and_then(|common| Ok((common, StoreContract::functions(&mut exports)?)));
        let (common, calls) = found.map_err(|wrong| {
            Failure::Fault(format!("function '{}': {}", wrong.function, wrong.reason))
        })?;
        loaded.counters.instances.fetch_add(1, Ordering::Relaxed);
        // What did not begin is not ended.
        Ok(Self { store, calls, common, loaded: Arc::clone(loaded), is_lost: true })
    }

    /// Makes the store over a map, which comes back, and hears what it can do.
    pub(super) fn create(
        &mut self,
        creation: &Creation,
        transaction: WriteTransaction,
    ) -> (Result<Said, Failure>, Option<Map>) {
        let parameters = (creation.configuration.clone(), creation.context.clone());
        self.store.data_mut().map = Some(Map::over(transaction));
        let (ticker, time) = (&self.loaded.engine.ticker, self.loaded.create_time());
        let created = call::call(&mut self.store, ticker, &self.common.create, parameters, time)
            .and_then(|(answer,)| Ok(answer?));
        let said = created.and_then(|()| {
            let capabilities = &self.calls.capabilities;
            let (said,) = call::call(&mut self.store, ticker, capabilities, (), time)?;
            read(&said).map_err(|reason| Failure::Fault(format!("capabilities: {reason}")))
        });
        self.is_lost = said.is_err();
        self.store.data_mut().memory.settle(STORE_GROWTH_PART);
        (said, self.store.data_mut().map.take())
    }

    /// Calls a function with what is in the database; the map comes back with what it wrote.
    pub(super) fn call<P, R>(
        &mut self,
        pick: impl FnOnce(&StoreCalls) -> &TypedFunc<P, R>,
        parameters: P,
        transaction: WriteTransaction,
    ) -> (Result<R, Failure>, Option<Map>)
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        self.store.data_mut().map = Some(Map::over(transaction));
        let (ticker, time) = (&self.loaded.engine.ticker, self.loaded.create_time());
        let answer = call::call(&mut self.store, ticker, pick(&self.calls), parameters, time);
        self.is_lost |= matches!(answer, Err(Failure::Trap { .. }));
        let state = self.store.data_mut();
        let map = state.map.take();
        if state.memory.take_refused() && answer.is_ok() {
            let bytes_max = state.memory.bytes_max();
            let text = format!(
                "it wanted more memory than the {bytes_max} bytes it may have, and went on without"
            );
            return (Err(Failure::Fault(text)), map);
        }
        (answer, map)
    }

    /// Whether it has taken so much memory that another one should go on.
    pub(super) fn wants_another(&mut self) -> bool {
        self.store.data_mut().memory.wants_another()
    }

    /// It is of no use any more.
    pub(super) fn lose(&mut self) {
        self.is_lost = true;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.loaded.counters.instances.fetch_sub(1, Ordering::Relaxed);
        if self.is_lost {
            return;
        }
        let (ticker, time): (_, Duration) = (&self.loaded.engine.ticker, self.loaded.create_time());
        let ended = call::call(&mut self.store, ticker, &self.common.destroy, (), time);
        // It goes whatever it does, but not unheard.
        if let Err(failure) = ended
            && let Some(what) = self.loaded.counters.failed("destroy", &failure)
        {
            self.loaded.voice.say(Level::Error, &what);
        }
    }
}

fn read(said: &[u8]) -> Result<Said, String> {
    let map = MapRef::parse(said).map_err(|error| error.to_string())?;
    let number = |name: &str| {
        let number = map.get(name).and_then(|value| match value {
            ValueRef::Ulong(number) => Some(number),
            other => u64::try_from(other.as_i64()?).ok(),
        });
        let number = number.filter(|number| *number > 0);
        number.ok_or_else(|| format!("'{name}' is missing, or no number above 0"))
    };
    let is = |name: &str| map.get(name).and_then(|value| value.as_bool()).unwrap_or_default();
    Ok(Said {
        batch_operations_max: number("batch-operations-max")?,
        batch_bytes_max: number("batch-bytes-max")?,
        body_bytes_max: number("body-bytes-max")?,
        is_atomic_over_shard: is("atomic-over-shard"),
        has_entries: is("entries"),
        has_meta_list: is("meta-list"),
        has_meta_remove: is("meta-remove"),
    })
}
