//! Threads that are inside a call at the same time, whatever the host does between them: each waits
//! where the host reads a message, until all are there. So a component has an instance for each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use philter_plugin_api::value::ValueRef;
use philter_plugin_api::{MessageView, Property};

use crate::limits::THREADS;
use crate::probe::{Probe, views};
use crate::rule::{Stop, skips};
use crate::subject::Subject;
use crate::threads::together;

/// Asks every instance of a component about messages: all threads are inside `ask` at once. Skips
/// where there are fewer instances.
pub(crate) fn from_every_instance(
    subject: &Subject,
    messages: impl Fn() -> Vec<Probe> + Sync,
    ask: impl Fn(&[&dyn MessageView]) -> Result<(), Stop> + Sync,
) -> Result<(), Stop> {
    let (began, deadline) = (Instant::now(), subject.deadline());
    let are_missing = || subject.plugin.instances() < THREADS && began.elapsed() < deadline;
    together(|_| {
        let messages = messages();
        // Whoever asks has a further instance made, at once or beside.
        while are_missing() {
            ask(&views(&messages))?;
        }
        Ok(())
    })?;
    let gathering = Gathering::new(deadline);
    together(|_| {
        let messages = messages();
        let Some((first, rest)) = messages.split_first() else { return Ok(()) };
        let first = MeetingPoint::new(first, &gathering);
        let mut batch = views(rest);
        batch.insert(0, &first);
        ask(&batch)
    })?;
    if gathering.is_complete() {
        return Ok(());
    }
    skips(format!("there are fewer instances than the {THREADS} that the kit asks for"))
}

/// Where [`THREADS`] threads meet.
#[derive(Debug)]
struct Gathering {
    arrived: Mutex<usize>,
    is_news: Condvar,
    deadline: Duration,
}

/// A message at whose first look its reader waits for the others.
#[derive(Debug)]
struct MeetingPoint<'a> {
    message: &'a Probe,
    gathering: &'a Gathering,
    was_there: AtomicBool,
}

impl Gathering {
    /// Nobody is there. Nobody waits for longer than the deadline.
    fn new(deadline: Duration) -> Self {
        Self { arrived: Mutex::new(0), is_news: Condvar::new(), deadline }
    }

    /// Whether all have met.
    fn is_complete(&self) -> bool {
        *self.arrived.lock().unwrap_or_else(PoisonError::into_inner) >= THREADS
    }

    fn wait(&self) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        *arrived += 1;
        self.is_news.notify_all();
        let is_missing = |arrived: &mut usize| *arrived < THREADS;
        // Whoever waits in vain is seen by `is_complete`.
        drop(self.is_news.wait_timeout_while(arrived, self.deadline, is_missing));
    }
}

impl<'a> MeetingPoint<'a> {
    /// For one thread.
    fn new(message: &'a Probe, gathering: &'a Gathering) -> Self {
        Self { message, gathering, was_there: AtomicBool::new(false) }
    }
}

impl MessageView for MeetingPoint<'_> {
    fn routing_key(&self) -> &str {
        if !self.was_there.swap(true, Ordering::Relaxed) {
            self.gathering.wait();
        }
        self.message.routing_key()
    }

    fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        self.message.property(id)
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        self.message.header(name)
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        self.message.headers(visit);
    }

    fn body_len(&self) -> u64 {
        self.message.body_len()
    }

    fn body_chunk(&self, offset: u64) -> &[u8] {
        self.message.body_chunk(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::SampleMessage;

    #[test]
    fn all_meet_where_a_message_is_read() {
        let gathering = Gathering::new(Duration::from_secs(3600));
        together(|_| {
            let message = Probe::new(&SampleMessage::new("k"));
            let message = MeetingPoint::new(&message, &gathering);
            assert!(!message.was_there.load(Ordering::Relaxed));
            assert_eq!(message.routing_key(), "k");
            assert!(gathering.is_complete());
            assert_eq!(message.routing_key(), "k");
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn nobody_waits_for_ever() {
        let gathering = Gathering::new(Duration::ZERO);
        let message = Probe::new(&SampleMessage::new("k"));
        assert_eq!(MeetingPoint::new(&message, &gathering).routing_key(), "k");
        assert!(!gathering.is_complete());
    }
}
