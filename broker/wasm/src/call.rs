//! One call into an instance, within its time.
//!
//! The time is the thread's own: a machine that is busy elsewhere costs a plugin nothing. It is
//! looked at when the epoch first moved under the call, so what takes less than a millisecond pays
//! for no look at all.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};
use wasmtime::{Store, StoreContextMut, Trap, UpdateDeadline, WasmBacktrace};

use crate::failure::Failure;
use crate::host::State;
use crate::ticker::Ticker;

/// A call took longer than it may.
#[derive(Debug, thiserror::Error)]
#[error("the call took too long")]
struct TooLong;

/// Has every call of this instance looked at once a millisecond.
pub(crate) fn watch(store: &mut Store<State>) {
    store.epoch_deadline_callback(look);
}

fn look(mut context: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    let state = context.data_mut();
    let now = thread_time();
    if state.looked_at.is_none()
        && let Some(when_long) = state.when_long
    {
        when_long();
    }
    let from = *state.looked_at.get_or_insert(now);
    if now.saturating_sub(from) >= state.time_max {
        return Err(TooLong.into());
    }
    Ok(UpdateDeadline::Continue(1))
}

/// What this thread has had of a processor.
pub(crate) fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Sets the time of the call that follows.
pub(crate) fn allow(store: &mut Store<State>, time_max: Duration) {
    store.set_epoch_deadline(1);
    let state = store.data_mut();
    (state.looked_at, state.time_max) = (None, time_max);
    // What an earlier call did without is not this one's.
    state.memory.take_refused();
}

/// Calls a function. After a trap the instance is of no use any more.
pub(crate) fn call<P, R>(
    store: &mut Store<State>,
    ticker: &Ticker,
    function: &TypedFunc<P, R>,
    parameters: P,
    time_max: Duration,
) -> Result<R, Failure>
where
    P: ComponentNamedList + Lower + Send + Sync,
    R: ComponentNamedList + Lift + Send + Sync + 'static,
{
    allow(store, time_max);
    let _under_way = ticker.begin();
    let answer = function.call(&mut *store, parameters);
    answer.map_err(|error| trapped(store, &error))
}

/// What a trap is to people.
pub(crate) fn trapped(store: &mut Store<State>, error: &wasmtime::Error) -> Failure {
    let state = store.data_mut();
    let is_deadline = error.is::<TooLong>();
    let mut text = if is_deadline {
        format!("the call took more than {} ms of the thread's time", state.time_max.as_millis())
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        format!("trap: {}", trap_text(*trap))
    } else {
        error.root_cause().to_string()
    };
    if state.memory.take_refused() {
        let bytes_max = state.memory.bytes_max();
        text = format!("{text}; it wanted more memory than the {bytes_max} bytes it may have");
    }
    if let Some(function) = function_of(error) {
        text = format!("{text} (in {function})");
    }
    Failure::Trap { text, is_deadline }
}

fn trap_text(trap: Trap) -> String {
    match trap {
        Trap::StackOverflow => "it called itself too deeply, its stack is used up".to_owned(),
        Trap::UnreachableCodeReached => "it gave up (unreachable)".to_owned(),
        other => other.to_string().replacen("wasm trap: ", "", 1),
    }
}

/// The innermost function that has a name.
fn function_of(error: &wasmtime::Error) -> Option<String> {
    let backtrace = error.downcast_ref::<WasmBacktrace>()?;
    backtrace.frames().iter().find_map(|frame| frame.func_name().map(str::to_owned))
}
