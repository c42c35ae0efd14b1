//! What every component may call: the interface `host`.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use philter_plugin_api::Level;
use philter_plugin_api::abi::host::HostServices;
use philter_plugin_api::limits::LOG_LINE_BYTES_MAX;
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, Linker};

use crate::limits::RANDOM_BYTES_MAX;
use crate::memory::Memory;

/// The interface's name.
pub(crate) const INTERFACE: &str = "philter:plugin/host@1.0.0";

/// Where a plugin's lines go.
pub(crate) struct Voice {
    pub(crate) services: Arc<dyn HostServices>,
    pub(crate) plugin: String,
}

impl Voice {
    pub(crate) fn say(&self, level: Level, text: &str) {
        let end = text.floor_char_boundary(LOG_LINE_BYTES_MAX);
        let (line, _) = text.split_at_checked(end).unwrap_or((text, ""));
        self.services.log(&self.plugin, level, line);
    }
}

/// What belongs to an instance on the host's side.
pub(crate) struct State {
    pub(crate) voice: Arc<Voice>,
    pub(crate) memory: Memory,
    /// What is done when a call lasts.
    pub(crate) when_long: Option<fn()>,
    /// The thread's time when the call under way was first looked at.
    pub(crate) looked_at: Option<Duration>,
    /// What the call under way may take.
    pub(crate) time_max: Duration,
}

#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "lifted by number")]
enum GuestLevel {
    #[component(name = "trace")]
    Trace,
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

impl From<GuestLevel> for Level {
    fn from(level: GuestLevel) -> Self {
        match level {
            GuestLevel::Trace => Level::Trace,
            GuestLevel::Debug => Level::Debug,
            GuestLevel::Info => Level::Info,
            GuestLevel::Warn => Level::Warn,
            GuestLevel::Error => Level::Error,
        }
    }
}

/// Adds the interface.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut host = linker.instance(INTERFACE)?;
    host.func_wrap("log", |context: StoreContextMut<'_, State>, said: (GuestLevel, String)| {
        let (level, text) = said;
        context.data().voice.say(level.into(), &text);
        Ok(())
    })?;
    host.func_wrap("now-ms", |_: StoreContextMut<'_, State>, (): ()| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok((u64::try_from(since.as_millis()).unwrap_or(u64::MAX),))
    })?;
    host.func_wrap("random", |_: StoreContextMut<'_, State>, (count,): (u32,)| {
        if count > RANDOM_BYTES_MAX {
            return Err(wasmtime::Error::msg(format!(
                "random was asked for {count} bytes, at most {RANDOM_BYTES_MAX} are given"
            )));
        }
        let mut bytes = vec![0; count as usize];
        getrandom::fill(&mut bytes).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        Ok((bytes,))
    })?;
    Ok(())
}
