//! Keeps what a plugin logs while a test runs.
//!
//! Invariants: a line is kept only while a capture lives and no host is attached; a capture keeps
//! at most [`CAPTURED_LOG_LINES_MAX`] lines.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::limits::CAPTURED_LOG_LINES_MAX;
use crate::log::Level;

type Lines = Mutex<Vec<(Level, String)>>;

static CAPTURES: Mutex<Vec<Weak<Lines>>> = Mutex::new(Vec::new());

/// Keeps every line that the plugin logs, from any thread, while it lives. Tests that run at the
/// same time in one process see each other's lines: look for a text that is your own.
#[derive(Debug)]
pub struct LogCapture {
    lines: Arc<Lines>,
}

impl LogCapture {
    /// Begins to keep lines.
    pub fn start() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        lock(&CAPTURES).push(Arc::downgrade(&lines));
        Self { lines }
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<(Level, String)> {
        lock(&self.lines).clone()
    }

    /// Whether a line so far has this text in it.
    pub fn contains(&self, text: &str) -> bool {
        lock(&self.lines).iter().any(|(_, line)| line.contains(text))
    }
}

/// Gives a line to every capture.
pub(crate) fn record_line(level: Level, text: &str) {
    lock(&CAPTURES).retain(|capture| {
        let Some(lines) = capture.upgrade() else { return false };
        let mut lines = lock(&lines);
        if lines.len() < CAPTURED_LOG_LINES_MAX {
            lines.push((level, text.to_owned()));
        }
        true
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
