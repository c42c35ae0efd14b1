//! Keeps what a plugin says unasked while a test runs.
//!
//! Invariants: an event is kept only while a capture lives and no host is attached; a capture keeps
//! at most [`CAPTURED_EVENTS_MAX`] events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::factory::InstanceId;
use crate::limits::CAPTURED_EVENTS_MAX;
use crate::notify::Event;
use crate::value::Value;

type Events = Mutex<Vec<(InstanceId, Event, Value)>>;

static CAPTURES: Mutex<Vec<Weak<Events>>> = Mutex::new(Vec::new());

/// Keeps every event that the plugin tells of, from any thread, while it lives. Tests that run at
/// the same time in one process see each other's: give your instance a number of its own.
#[derive(Debug)]
pub struct EventCapture {
    events: Arc<Events>,
}

impl EventCapture {
    /// Begins to keep events.
    pub fn start() -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        lock(&CAPTURES).push(Arc::downgrade(&events));
        Self { events }
    }

    /// What was told of an instance so far.
    pub fn of(&self, instance: InstanceId) -> Vec<(Event, Value)> {
        let events = lock(&self.events);
        let own = events.iter().filter(|(of, _, _)| *of == instance);
        own.map(|(_, event, value)| (*event, value.clone())).collect()
    }
}

/// Gives an event to every capture.
pub(crate) fn record_event(instance: InstanceId, event: Event, value: &Value) {
    lock(&CAPTURES).retain(|capture| {
        let Some(events) = capture.upgrade() else { return false };
        let mut events = lock(&events);
        if events.len() < CAPTURED_EVENTS_MAX {
            events.push((instance, event, value.clone()));
        }
        true
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
