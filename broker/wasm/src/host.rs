//! What every component may call: the interface `host`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use philter_plugin_api::abi::host::HostServices;
use philter_plugin_api::limits::LOG_LINE_BYTES_MAX;
use philter_plugin_api::{Event, InstanceId, Level, Value};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, Linker, WasmStr};

use crate::granted::Grants;
use crate::limits::{LOG_LINES_MAX, RANDOM_BYTES_MAX};
use crate::memory::Memory;
use crate::store::Map;
use crate::wasi::Output;

/// The interface's name.
pub(crate) const INTERFACE: &str = "philter:plugin/host@1.0.0";

/// Where a plugin's lines go.
pub(crate) struct Voice {
    services: Arc<dyn HostServices>,
    plugin: String,
    /// When the second under way began, and the lines of it.
    lines: Mutex<(Instant, u32)>,
}

impl Voice {
    pub(crate) fn new(services: &Arc<dyn HostServices>, plugin: &str) -> Self {
        let (services, plugin) = (Arc::clone(services), plugin.to_owned());
        Self { services, plugin, lines: Mutex::new((Instant::now(), 0)) }
    }

    /// Tells the broker what a plugin may say unasked, of this instance.
    pub(crate) fn notify(&self, instance: InstanceId, event: Event, value: &Value) {
        self.services.notify(&self.plugin, instance, event, value);
    }

    /// Tells the broker that an instance has ended.
    pub(crate) fn ended(&self, instance: InstanceId) {
        self.services.destroyed(&self.plugin, instance);
    }

    /// What the host says of the plugin.
    pub(crate) fn say(&self, level: Level, text: &str) {
        self.services.log(&self.plugin, level, text);
    }

    /// What the plugin says: each line of it is one of its own, and nothing in it can pass for
    /// something else.
    pub(crate) fn quote(&self, level: Level, text: &str) {
        let end = text.floor_char_boundary(LOG_LINE_BYTES_MAX);
        let (text, _) = text.split_at_checked(end).unwrap_or((text, ""));
        for line in text.lines() {
            match self.count_line() {
                count if count < LOG_LINES_MAX => self.say(level, &printable(line)),
                LOG_LINES_MAX => {
                    let text = format!("more than {LOG_LINES_MAX} lines a second are left out");
                    self.say(Level::Warn, &text);
                }
                _ => {}
            }
        }
    }

    /// The lines of this second before this one.
    fn count_line(&self) -> u32 {
        let mut lines = self.lines.lock();
        if lines.0.elapsed() >= Duration::from_secs(1) {
            *lines = (Instant::now(), 0);
        }
        let before = lines.1;
        lines.1 = before.saturating_add(1);
        before
    }
}

/// Control characters as escapes, but for tabs.
fn printable(line: &str) -> Cow<'_, str> {
    let is_control = |letter: char| letter.is_control() && letter != '\t';
    if !line.contains(is_control) {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    for letter in line.chars() {
        match is_control(letter) {
            true => text.extend(letter.escape_default()),
            false => text.push(letter),
        }
    }
    Cow::Owned(text)
}

/// What belongs to an instance on the host's side.
pub(crate) struct State {
    pub(crate) voice: Arc<Voice>,
    pub(crate) memory: Memory,
    pub(crate) grants: Arc<Grants>,
    /// Whether the call under way may wait for what it is granted.
    pub(crate) may_wait: bool,
    /// What is done when a call lasts.
    pub(crate) when_long: Option<fn()>,
    /// The thread's time when the call under way was first looked at.
    pub(crate) looked_at: Option<Duration>,
    /// What the call under way may take.
    pub(crate) time_max: Duration,
    /// What it writes by WASI, where that is granted.
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
    /// The map of a store, during its calls.
    pub(crate) map: Option<Map>,
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

/// Adds the interface under this name.
pub(crate) fn link(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<()> {
    let mut host = linker.instance(name)?;
    host.func_wrap("log", |context: StoreContextMut<'_, State>, said: (GuestLevel, WasmStr)| {
        let (level, text) = said;
        let text = text.to_str(&context)?;
        context.data().voice.quote(level.into(), &text);
        Ok(())
    })?;
    host.func_wrap("now-ms", |_: StoreContextMut<'_, State>, (): ()| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok((u64::try_from(since.as_millis()).unwrap_or(u64::MAX),))
    })?;
    host.func_wrap("random", |_: StoreContextMut<'_, State>, (count,): (u32,)| {
        Ok((random_bytes(count.into())?,))
    })?;
    Ok(())
}

/// Random bytes that nobody can guess.
///
/// # Errors
/// More than are given at once, or a system that has none.
pub(crate) fn random_bytes(count: u64) -> wasmtime::Result<Vec<u8>> {
    let Some(count) = usize::try_from(count).ok().filter(|it| *it <= RANDOM_BYTES_MAX) else {
        return Err(wasmtime::Error::msg(format!(
            "random was asked for {count} bytes, at most {RANDOM_BYTES_MAX} are given"
        )));
    };
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
    Ok(bytes)
}
