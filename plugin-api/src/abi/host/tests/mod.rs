//! Plugins in this process, behind the real entry, tables and adapters.

mod completion;
mod loading;
mod panics;
mod raw_auth;
mod round_trip;
mod round_trip_store;
mod token_model;
mod versions;

use std::sync::{Arc, LazyLock, Mutex};

use super::{Fault, HostServices};
use crate::factory::InstanceId;
use crate::log::Level;
use crate::notify::Event;
use crate::value::Value;

/// Keeps what plugins say.
#[derive(Debug, Default)]
struct Recorder {
    lines: Mutex<Vec<String>>,
    events: Mutex<Vec<(InstanceId, Event, Value)>>,
    faults: Mutex<Vec<Fault>>,
}

impl Recorder {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    fn has_line(&self, text: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(text))
    }

    fn has_fault(&self, fault: &Fault) -> bool {
        self.faults.lock().unwrap().contains(fault)
    }
}

/// The services of every library here that is made with the SDK, whose host is the newest one.
fn sdk_recorder() -> Arc<Recorder> {
    static RECORDER: LazyLock<Arc<Recorder>> = LazyLock::new(Recorder::new);
    Arc::clone(&RECORDER)
}

impl HostServices for Recorder {
    fn log(&self, plugin: &str, level: Level, text: &str) {
        self.lines.lock().unwrap().push(format!("{plugin} {level:?} {text}"));
    }

    fn notify(&self, _: &str, instance: InstanceId, event: Event, value: &Value) {
        self.events.lock().unwrap().push((instance, event, value.clone()));
    }

    fn fault(&self, plugin: &str, fault: &Fault) {
        self.lines.lock().unwrap().push(format!("{plugin} {fault}"));
        self.faults.lock().unwrap().push(fault.clone());
    }
}
