//! The lines that a process wrote, collected as they come.
//!
//! A test waits for a line or for the end of the output, whichever comes first.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// A shared, growing list of lines.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    writers: usize,
}

impl Transcript {
    /// Collects what a pipe says until it closes; several pipes may share a transcript.
    pub fn collect(&self, pipe: impl Read + Send + 'static) {
        self.lock().writers += 1;
        let transcript = self.clone();
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                transcript.change(|state| state.lines.push(text));
                line.clear();
            }
            transcript.change(|state| state.writers -= 1);
        });
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lock().lines.clone()
    }

    /// All lines so far as one text.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Waits for a line that holds `part`, also one that is there already. None where the output
    /// ended without one.
    pub fn wait_for(&self, part: &str) -> Option<String> {
        self.wait_for_after(0, part)
    }

    /// Waits for a line that holds `part` behind the first `seen` lines.
    pub fn wait_for_after(&self, mut seen: usize, part: &str) -> Option<String> {
        let mut state = self.lock();
        loop {
            if let Some(line) = state.lines[seen..].iter().find(|line| line.contains(part)) {
                return Some(line.clone());
            }
            seen = state.lines.len();
            if state.writers == 0 {
                return None;
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for a line that is this one, the first `nth` of its kind not counted.
    pub fn wait_for_nth(&self, nth: usize, line: &str) -> Option<String> {
        let mut state = self.lock();
        loop {
            if let Some(line) = state.lines.iter().filter(|each| *each == line).nth(nth) {
                return Some(line.clone());
            }
            if state.writers == 0 {
                return None;
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until there are so many lines; false where the output ended before.
    pub fn wait_for_count(&self, count: usize) -> bool {
        let state = self.lock();
        let waits = |state: &mut State| state.lines.len() < count && state.writers > 0;
        let state = self.shared.changed.wait_while(state, waits);
        state.unwrap_or_else(PoisonError::into_inner).lines.len() >= count
    }

    /// Waits until all pipes are closed.
    pub fn wait_for_end(&self) {
        let state = self.lock();
        let open = |state: &mut State| state.writers > 0;
        drop(self.shared.changed.wait_while(state, open));
    }

    /// Waits until all pipes are closed, but not for ever; whether they are.
    pub fn has_ended_within(&self, grace: Duration) -> bool {
        let state = self.lock();
        let open = |state: &mut State| state.writers > 0;
        let waited = self.shared.changed.wait_timeout_while(state, grace, open);
        waited.is_ok_and(|(_, timeout)| !timeout.timed_out())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_line_and_says_when_there_will_be_none() {
        let transcript = Transcript::default();
        transcript.collect(&b"one\ntwo\xff\nthree"[..]);
        assert_eq!(transcript.wait_for("two"), Some("two\u{fffd}".to_owned()));
        assert_eq!(transcript.wait_for("four"), None);
        transcript.wait_for_end();
        assert_eq!(transcript.lines().len(), 3);
    }

    #[test]
    fn counts_lines_of_a_kind() {
        let transcript = Transcript::default();
        transcript.collect(
            &b"again
again and more
again
"[..],
        );
        assert!(transcript.wait_for_nth(1, "again").is_some());
        assert!(transcript.wait_for_nth(2, "again").is_none());
        assert!(transcript.wait_for_count(3));
        assert!(!transcript.wait_for_count(4));
    }
}
