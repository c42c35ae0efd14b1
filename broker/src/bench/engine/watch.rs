//! The watcher of a run: begins and ends the measured time, looks at the broker's process, shows
//! how far the run is, and ends it when all is there, when nothing moves, or when a user says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::control::Control;
use super::counters::{Counters, Progress};
use super::{End, Setting};
use crate::bench::error::BenchError;
use crate::bench::process::{Process, Usage};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Between two lines of progress.
const LINE_NS: u64 = 1_000_000_000;

/// A run in which nothing moves for so long is over, and what is missing is missing.
const STALL_NS: u64 = 5_000_000_000;

/// Set by a user who has enough.
pub(crate) type Interrupt = Arc<AtomicBool>;

/// What the watcher looks at besides the workers, and whom it tells.
pub(crate) struct Observer<'o> {
    pub(crate) process: Option<&'o Process>,
    pub(crate) interrupt: &'o Interrupt,
    /// Called once a second with what was sent and what came so far, and the time of both.
    pub(crate) show: &'o mut dyn FnMut(u64, u64, Duration),
}

/// What the watcher saw of the measured time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watched {
    pub(crate) elapsed: Duration,
    pub(crate) sent: Progress,
    pub(crate) received: Progress,
    /// CPU time of the process.
    pub(crate) cpu: Option<Duration>,
    /// Resident memory of the process: before the run, at the most, at its end.
    pub(crate) resident_bytes: Option<Resident>,
    /// Nothing moved any more.
    pub(crate) has_stalled: bool,
}

/// Resident memory of a process over a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Resident {
    pub(crate) before: u64,
    pub(crate) peak: u64,
    pub(crate) after: u64,
}

/// A moment of the run.
#[derive(Default)]
struct Moment {
    at_ns: u64,
    sent: Progress,
    received: Progress,
    usage: Option<Usage>,
}

/// The watcher's eyes.
pub(crate) struct Watch {
    control: Arc<Control>,
    producers: Vec<Arc<Counters>>,
    consumers: Vec<Arc<Counters>>,
    copies: Vec<u64>,
    waiting: u64,
    end: End,
}

impl Watch {
    pub(crate) fn new(setting: &Setting, control: Arc<Control>) -> Self {
        Self {
            control,
            producers: setting.producers.iter().map(super::Producer::counters).collect(),
            consumers: setting.consumers.iter().map(super::Consumer::counters).collect(),
            copies: setting.copies.clone(),
            waiting: setting.waiting,
            end: setting.end,
        }
    }

    /// Watches until the run is over.
    ///
    /// # Errors
    /// The process is gone, or a user interrupted.
    pub(crate) fn until_end(
        &self,
        observer: &mut Observer<'_>,
        ends: &Receiver<()>,
    ) -> Result<Watched, BenchError> {
        let mut state = self.begin(observer)?;
        loop {
            let is_thread_gone = !matches!(ends.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout));
            if observer.interrupt.load(Ordering::Relaxed) {
                return Err(BenchError::Interrupted);
            }
            let now = self.moment(observer, false)?;
            self.look(&mut state, &now, observer)?;
            if self.is_over(&mut state, &now) || is_thread_gone {
                return self.finish(state, observer);
            }
        }
    }

    fn begin(&self, observer: &Observer<'_>) -> Result<State, BenchError> {
        let mut first = self.moment(observer, true)?;
        if self.end == End::Quota {
            // The workers have begun, and all that they move counts.
            first = Moment { at_ns: 0, usage: first.usage, ..Moment::default() };
        }
        let resident = first.usage.as_ref().map(|usage| Resident {
            before: usage.resident_bytes,
            peak: usage.resident_bytes,
            after: usage.resident_bytes,
        });
        let warmup = match self.end {
            End::Quota => Duration::ZERO,
            End::Time { warmup, .. } => warmup,
        };
        let from_ns = first.at_ns + nanoseconds(warmup);
        // Whoever counts messages wants the latency of each.
        let is_counted = self.end == End::Quota;
        self.control.measure_from(if is_counted { 0 } else { from_ns });
        let until_ns = match self.end {
            End::Quota => u64::MAX,
            End::Time { measured, .. } => from_ns + nanoseconds(measured),
        };
        self.control.measure_until(until_ns);
        Ok(State {
            from_ns,
            until_ns,
            from: warmup.is_zero().then_some(first),
            until: None,
            resident,
            shown_ns: 0,
            moved_ns: 0,
            moved: 0,
            has_stalled: false,
        })
    }

    /// Takes what this moment is good for.
    fn look(
        &self,
        state: &mut State,
        now: &Moment,
        observer: &mut Observer<'_>,
    ) -> Result<(), BenchError> {
        if state.from.is_none() && now.at_ns >= state.from_ns {
            state.from = Some(self.moment(observer, true)?);
        }
        if state.until.is_none() && now.at_ns >= state.until_ns {
            state.until = Some(self.moment(observer, true)?);
            self.control.stop_producing();
        }
        if let (Some(process), Some(resident)) = (observer.process, &mut state.resident) {
            resident.peak = resident.peak.max(process.resident_bytes()?);
        }
        if now.at_ns >= state.shown_ns + LINE_NS {
            state.shown_ns = now.at_ns;
            let elapsed = Duration::from_nanos(now.at_ns);
            (observer.show)(now.sent.messages, now.received.messages, elapsed);
        }
        Ok(())
    }

    /// Whether all that was to go went and all that was to come came, or nothing moves.
    fn is_over(&self, state: &mut State, now: &Moment) -> bool {
        let moved = now.sent.messages + now.received.messages;
        if moved != state.moved {
            (state.moved, state.moved_ns) = (moved, now.at_ns);
        }
        let is_timed = matches!(self.end, End::Time { .. });
        if is_timed && state.until.is_none() {
            return false;
        }
        let have_all_sent = self.producers.iter().all(|producer| producer.is_done());
        if have_all_sent && now.received.messages >= self.expected() {
            return true;
        }
        state.has_stalled = now.at_ns >= state.moved_ns + STALL_NS;
        state.has_stalled
    }

    /// How many messages the consumers will have got in the end.
    fn expected(&self) -> u64 {
        if self.consumers.is_empty() {
            return 0;
        }
        let sent = self.producers.iter().zip(&self.copies).map(|(producer, copies)| {
            let mut progress = Progress::default();
            producer.add_to(&mut progress);
            progress.messages * copies
        });
        self.waiting + sent.sum::<u64>()
    }

    fn finish(&self, state: State, observer: &Observer<'_>) -> Result<Watched, BenchError> {
        let last = self.moment(observer, true)?;
        let resident = state.resident.map(|resident| Resident {
            after: last.usage.as_ref().map_or(0, |usage| usage.resident_bytes),
            ..resident
        });
        let Some(from) = state.from else { return Ok(Watched::default()) };
        let until = state.until.unwrap_or_else(|| last.ended_when_it_moved_last());
        let cpu = until.usage.zip(from.usage).map(|(until, from)| until.cpu_ns_since(&from));
        Ok(Watched {
            elapsed: Duration::from_nanos(until.at_ns.saturating_sub(from.at_ns)),
            sent: until.sent.since(&from.sent),
            received: until.received.since(&from.received),
            cpu: cpu.map(Duration::from_nanos),
            resident_bytes: resident,
            has_stalled: state.has_stalled,
        })
    }

    fn moment(&self, observer: &Observer<'_>, with_usage: bool) -> Result<Moment, BenchError> {
        let side = |counters: &[Arc<Counters>]| {
            let mut side = Progress::default();
            counters.iter().for_each(|worker| worker.add_to(&mut side));
            side
        };
        Ok(Moment {
            at_ns: self.control.now_ns(),
            sent: side(&self.producers),
            received: side(&self.consumers),
            usage: observer.process.filter(|_| with_usage).map(Process::usage).transpose()?,
        })
    }
}

/// What is known of the run so far.
struct State {
    from_ns: u64,
    until_ns: u64,
    from: Option<Moment>,
    until: Option<Moment>,
    resident: Option<Resident>,
    shown_ns: u64,
    moved_ns: u64,
    moved: u64,
    has_stalled: bool,
}

impl Moment {
    /// A run that ends with its last message ended when that moved, not when somebody looked.
    fn ended_when_it_moved_last(self) -> Self {
        let at_ns = self.sent.last_ns.max(self.received.last_ns);
        Self { at_ns, ..self }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
