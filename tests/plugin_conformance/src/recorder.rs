//! The kit as a host: keeps what a plugin logs and tells, which instances there are, and what a
//! plugin did that a host must not accept.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use philter_plugin_api::abi::host::{Fault, HostServices};
use philter_plugin_api::value::Value;
use philter_plugin_api::{Event, InstanceId, Level};

use crate::limits::{EVENTS_MAX, FAULTS_SHOWN_MAX, LOG_LINES_MAX};
use crate::plugin::Failures;
use crate::rule::{Checked, Stop, fails};

/// What a plugin logged and told, and its broken contracts since they were last asked for.
#[derive(Default)]
pub(crate) struct Recorder {
    lines: Mutex<Vec<String>>,
    faults: Mutex<Vec<String>>,
    failures: Mutex<Watched>,
    heard: Mutex<Heard>,
    is_news: Condvar,
}

/// The failures that a host counts by itself, and how many of them were told.
#[derive(Default)]
struct Watched {
    count: Option<Box<dyn Fn() -> Failures + Send>>,
    told: u64,
}

/// What there is to wait for.
#[derive(Debug, Default)]
struct Heard {
    events: Vec<(InstanceId, Event, Value)>,
    alive: BTreeSet<InstanceId>,
}

impl Recorder {
    /// The end of a rule: a contract that was broken during it fails it, whatever it found itself.
    pub(crate) fn verdict(&self, checked: Checked) -> Checked {
        let mut faults = std::mem::take(&mut *lock(&self.faults));
        faults.extend(self.new_failures());
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

    /// Has the failures that `count` answers with fail the rule in which they become more.
    pub(crate) fn watch(&self, count: impl Fn() -> Failures + Send + 'static) {
        let told = count().count;
        *lock(&self.failures) = Watched { count: Some(Box::new(count)), told };
    }

    fn new_failures(&self) -> Option<String> {
        let mut watched = lock(&self.failures);
        let found = watched.count.as_ref()?();
        let more = found.count.saturating_sub(watched.told);
        watched.told = found.count;
        let last = found.last.unwrap_or_default();
        (more > 0).then(|| format!("{more} calls ended without an answer, the last one: {last}"))
    }

    /// An instance was made.
    pub(crate) fn made(&self, instance: InstanceId) {
        lock(&self.heard).alive.insert(instance);
    }

    /// Waits until an instance is gone; whether it is.
    pub(crate) fn waits_for_end(&self, instance: InstanceId, at_most: Duration) -> bool {
        self.waits_until(at_most, |heard| !heard.alive.contains(&instance))
    }

    /// Waits until every instance is gone; whether they are.
    pub(crate) fn waits_for_all_ends(&self, at_most: Duration) -> bool {
        self.waits_until(at_most, |heard| heard.alive.is_empty())
    }

    /// Waits until an event of an instance was told that `is_wanted`; whether it was.
    pub(crate) fn waits_for_event(
        &self,
        instance: InstanceId,
        at_most: Duration,
        is_wanted: impl Fn(Event, &Value) -> bool,
    ) -> bool {
        self.waits_until(at_most, |heard| {
            let own = heard.events.iter().filter(|(of, _, _)| *of == instance);
            own.into_iter().any(|(_, event, value)| is_wanted(*event, value))
        })
    }

    /// What was told of an instance so far.
    pub(crate) fn told(&self, instance: InstanceId) -> Vec<(Event, Value)> {
        let heard = lock(&self.heard);
        let own = heard.events.iter().filter(|(of, _, _)| *of == instance);
        own.map(|(_, event, value)| (*event, value.clone())).collect()
    }

    fn waits_until(&self, at_most: Duration, holds: impl Fn(&Heard) -> bool) -> bool {
        let heard = lock(&self.heard);
        let waited = self.is_news.wait_timeout_while(heard, at_most, |heard| !holds(heard));
        let (heard, _) = waited.unwrap_or_else(PoisonError::into_inner);
        holds(&heard)
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

    fn notify(&self, _plugin: &str, instance: InstanceId, event: Event, value: &Value) {
        let mut heard = lock(&self.heard);
        if heard.events.len() < EVENTS_MAX {
            heard.events.push((instance, event, value.clone()));
        }
        self.is_news.notify_all();
    }

    fn destroyed(&self, _plugin: &str, instance: InstanceId) {
        lock(&self.heard).alive.remove(&instance);
        self.is_news.notify_all();
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
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    #[test]
    fn events_and_ends_are_waited_for() {
        let (recorder, one) = (Recorder::default(), InstanceId(1));
        recorder.made(one);
        let is_lost = |event, _: &Value| event == Event::EpochLost;
        assert!(!recorder.waits_for_event(one, Duration::ZERO, is_lost));
        assert!(!recorder.waits_for_end(one, Duration::ZERO));
        let hour = Duration::from_secs(3600);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                recorder.notify("p", InstanceId(2), Event::EpochLost, &Value::Null);
                recorder.notify("p", one, Event::EpochLost, &Value::Null);
                recorder.destroyed("p", one);
            });
            assert!(recorder.waits_for_event(one, hour, is_lost));
            assert!(recorder.waits_for_end(one, hour) && recorder.waits_for_all_ends(hour));
        });
        assert_eq!(recorder.told(one), [(Event::EpochLost, Value::Null)]);
    }

    #[test]
    fn a_broken_contract_fails_the_rule_that_saw_it_and_no_other() {
        let recorder = Recorder::default();
        recorder.fault("p", &Fault::CompletedTwice { token: 7 });
        let failed = recorder.verdict(Ok("all well".to_owned()));
        assert!(matches!(failed, Err(Stop::Fails(what)) if what.contains("token 7")));
        assert_eq!(recorder.verdict(Ok("all well".to_owned())), Ok("all well".to_owned()));
    }

    #[test]
    fn failures_that_are_counted_fail_the_rule_in_which_they_happened() {
        let (recorder, count) = (Recorder::default(), Arc::new(AtomicU64::new(7)));
        let counted = Arc::clone(&count);
        let last = || Some("trap".to_owned());
        recorder.watch(move || Failures { count: counted.load(Relaxed), last: last() });
        let well = || Ok("all well".to_owned());
        assert_eq!(recorder.verdict(well()), well());
        count.fetch_add(2, Relaxed);
        let failed = recorder.verdict(well());
        assert!(matches!(failed, Err(Stop::Fails(what)) if what.starts_with("2 calls ended")));
        assert_eq!(recorder.verdict(well()), well());
    }
}
