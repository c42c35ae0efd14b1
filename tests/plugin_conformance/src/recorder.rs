//! The kit as a host: keeps what a plugin logs, and what it did that a host must not accept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use philter_plugin_api::abi::host::{Fault, HostServices};
use philter_plugin_api::value::Value;
use philter_plugin_api::{Event, InstanceId, Level};

use crate::limits::{FAULTS_SHOWN_MAX, LOG_LINES_MAX};
use crate::rule::{Checked, Stop, fails};

/// What a plugin logged, and its broken contracts since they were last asked for.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    lines: Mutex<Vec<String>>,
    faults: Mutex<Vec<String>>,
}

impl Recorder {
    /// The end of a rule: a contract that was broken during it fails it, whatever it found itself.
    pub(crate) fn verdict(&self, checked: Checked) -> Checked {
        let faults = std::mem::take(&mut *lock(&self.faults));
        if faults.is_empty() {
            return checked;
        }
        let shown = faults.iter().take(FAULTS_SHOWN_MAX).map(String::as_str);
        let mut shown: Vec<_> = shown.collect();
        if faults.len() > FAULTS_SHOWN_MAX {
            shown.push("and so on");
        }
        let faults = shown.join("; ");
        match checked {
            Err(Stop::Fails(what)) => fails(format!("{what} ({faults})")),
            Ok(_) | Err(Stop::Skips(_)) => fails(faults),
        }
    }

    /// Whether a line so far has this text in it.
    pub(crate) fn has_logged(&self, text: &str) -> bool {
        lock(&self.lines).iter().any(|line| line.contains(text))
    }
}

impl HostServices for Recorder {
    fn log(&self, _plugin: &str, _level: Level, text: &str) {
        let mut lines = lock(&self.lines);
        if lines.len() < LOG_LINES_MAX {
            lines.push(text.to_owned());
        }
    }

    fn notify(&self, _plugin: &str, _instance: InstanceId, _event: Event, _value: &Value) {
        // What a plugin says unasked is its own affair; the host has checked its form.
    }

    fn fault(&self, _plugin: &str, fault: &Fault) {
        let mut faults = lock(&self.faults);
        if faults.len() <= FAULTS_SHOWN_MAX {
            faults.push(fault.to_string());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_contract_fails_the_rule_that_saw_it_and_no_other() {
        let recorder = Recorder::default();
        recorder.fault("p", &Fault::CompletedTwice { token: 7 });
        let failed = recorder.verdict(Ok("all well".to_owned()));
        assert!(matches!(failed, Err(Stop::Fails(what)) if what.contains("token 7")));
        assert_eq!(recorder.verdict(Ok("all well".to_owned())), Ok("all well".to_owned()));
    }
}
