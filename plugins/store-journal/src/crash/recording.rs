//! A workload, driven through a journal over a simulated disk, with all that is needed to judge
//! what any power cut leaves.

use std::ops::RangeInclusive;

use super::driver::Driver;
use super::harness::Cut;
use super::model::Held;
use super::step::Step;
use crate::disk::simulated::{Event, Image, SimulatedDisk};
use crate::engine::SyncMode;
use crate::error::JournalError;

/// When a change counts as confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirms {
    /// When the journal says so.
    AsAnswered,
    /// As soon as it was appended: a broker that does not wait.
    AtOnce,
}

/// How a workload is run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) disk: SimulatedDisk,
    pub(super) confirms: Confirms,
    pub(super) mode: SyncMode,
    /// What the journal on the disk holds already.
    pub(super) held: Held,
    /// The highest epoch that was granted already.
    pub(super) granted: u64,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            disk: SimulatedDisk::default(),
            confirms: Confirms::AsAnswered,
            mode: SyncMode::Always,
            held: Held::default(),
            granted: 0,
        }
    }
}

impl Run {
    /// Goes on after a cut.
    pub(super) fn after(cut: &Cut, held: Held) -> Self {
        let disk = SimulatedDisk::of(&cut.image);
        Self { disk, held, granted: cut.granted, ..Self::default() }
    }

    /// Does the steps; none of them may fail.
    pub(super) fn record(self, steps: &[Step]) -> Recording {
        let (recording, failure) = self.record_until_failure(steps);
        assert_eq!(failure, None);
        recording
    }

    /// Does the steps up to the first that fails.
    pub(super) fn record_until_failure(self, steps: &[Step]) -> (Recording, Option<JournalError>) {
        let Self { disk, confirms, mode, held, granted: epoch } = self;
        let mut recording = Recording {
            base: disk.image(),
            events: Vec::new(),
            held: vec![held],
            begun: Vec::new(),
            confirmed: vec![Confirmed { epoch, ..Confirmed::default() }],
        };
        let failure = match Driver::start(disk.clone(), mode) {
            Ok(mut driver) => {
                let mut steps = steps.iter();
                steps.find_map(|step| recording.step(&mut driver, step, confirms).err())
            }
            Err(error) => Some(error),
        };
        recording.events = disk.events();
        (recording, failure)
    }
}

/// What happened.
#[derive(Debug)]
pub(super) struct Recording {
    /// The disk before.
    pub(super) base: Image,
    /// What was done to it.
    pub(super) events: Vec<Event>,
    /// What the journal held after so many changes.
    pub(super) held: Vec<Held>,
    /// How many events there were when a change was begun.
    begun: Vec<usize>,
    /// From which event on how much was confirmed.
    confirmed: Vec<Confirmed>,
}

/// What was confirmed at a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Confirmed {
    events: usize,
    changes: usize,
    epoch: u64,
}

impl Recording {
    /// Runs a workload from an empty disk.
    pub(super) fn of(steps: &[Step]) -> Self {
        Run::default().record(steps)
    }

    /// How many changes may be found after a cut after so many events.
    pub(super) fn window(&self, events: usize) -> RangeInclusive<usize> {
        self.confirmed(events).changes..=self.begun.partition_point(|at| *at <= events)
    }

    /// The highest epoch that was granted for certain before a cut after so many events.
    pub(super) fn granted(&self, events: usize) -> u64 {
        self.confirmed(events).epoch
    }

    fn confirmed(&self, events: usize) -> Confirmed {
        let until = self.confirmed.partition_point(|confirmed| confirmed.events <= events);
        until.checked_sub(1).map_or_else(Confirmed::default, |last| self.confirmed[last])
    }

    fn step(
        &mut self,
        driver: &mut Driver,
        step: &Step,
        confirms: Confirms,
    ) -> Result<(), JournalError> {
        if step.is_change() {
            self.begun.push(driver.disk().event_count());
            let mut held = self.held.last().unwrap().clone();
            held.apply(step);
            self.held.push(held);
        }
        let done = driver.step(step);
        let changes = match confirms {
            Confirms::AsAnswered => driver.confirmed(),
            Confirms::AtOnce => self.begun.len(),
        };
        let (events, before) = (driver.disk().event_count(), self.confirmed(usize::MAX));
        // An epoch that is not durable yet may be granted again, by who did not see it.
        let epoch = if changes < driver.epoch_change() { 0 } else { driver.epoch().0 };
        let epoch = before.epoch.max(epoch);
        self.confirmed.push(Confirmed { events, changes, epoch });
        done
    }
}
