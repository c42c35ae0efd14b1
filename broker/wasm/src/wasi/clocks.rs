//! `wasi:clocks`: what time it is. Timers are traps: nothing waits here.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower, Resource};

use super::io::Pollable;
use crate::host::State;
use crate::settings::Settings;

type Instance<'a, 'b> = &'a mut LinkerInstance<'b, State>;

/// What either clock knows apart; a nanosecond is what WASI counts in.
const RESOLUTION_NS: u32 = 1;

#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// `wasi:clocks/wall-clock`.
pub(super) fn wall(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("now", |_: StoreContextMut<'_, State>, (): ()| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok((Datetime { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() },))
    })?;
    add.func_wrap("resolution", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((Datetime { seconds: 0, nanoseconds: RESOLUTION_NS },))
    })
}

/// `wasi:clocks/monotonic-clock`.
pub(super) fn monotonic(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("now", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((u64::try_from(since_boot().as_nanos()).unwrap_or(u64::MAX),))
    })?;
    add.func_wrap("resolution", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((u64::from(RESOLUTION_NS),))
    })?;
    for name in ["subscribe-instant", "subscribe-duration"] {
        add.func_wrap(
            name,
            move |_: StoreContextMut<'_, State>,
                  _: (u64,)|
                  -> wasmtime::Result<(Resource<Pollable>,)> {
                let text = "a plugin cannot wait: whoever calls it has messages of others to route";
                Err(wasmtime::Error::msg(format!(
                    "'wasi:clocks/monotonic-clock', '{name}': {text}"
                )))
            },
        )?;
    }
    Ok(())
}

fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
}
