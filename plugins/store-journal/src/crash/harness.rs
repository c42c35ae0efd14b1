//! Cuts the power at every moment of a recorded run, and judges what is recovered.
//!
//! What a journal holds after a cut must be what it held after some number of changes, whole ones,
//! in their order: at least as many as were confirmed before the cut, at most as many as had been
//! appended. That one rule says that nothing confirmed is lost, that a confirmed delete stays, that
//! nothing is half done, and that nothing appears that never was.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use super::recording::Recording;
use super::recovery::{self, Recovered};
use crate::disk::simulated::{Event, Every, Image, Platter, Random, SimulatedDisk};
use crate::engine;

/// How thorough an examination is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// What a disk writes whole or not at all.
    pub(super) sector_bytes: usize,
    /// With at most so many states after one moment all of them are looked at.
    pub(super) states_max: usize,
    /// With more, so many by chance.
    pub(super) samples: usize,
    /// Moments of a recovery at which the power is cut again, for one in so many recoveries; 0:
    /// none.
    pub(super) again_one_in: usize,
    /// Where chance begins.
    pub(super) seed: u64,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Moments of the run whose states were all looked at.
    pub(super) whole_moments: usize,
    /// Moments with too many states for that.
    pub(super) sampled_moments: usize,
    /// Different states that were recovered from.
    pub(super) states: usize,
    /// States after a cut in the middle of a recovery.
    pub(super) states_again: usize,
}

/// What must not be.
#[derive(Clone, Debug)]
pub(super) struct Violation {
    /// What had been done to the disk.
    pub(super) events: usize,
    /// What is wrong.
    pub(super) fault: Wrong,
    /// The disk that it was recovered from.
    pub(super) image: Image,
}

/// What is wrong after a recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The journal was not opened.
    Refused(String),
    /// It holds what it held after too few changes.
    Lost { found: usize, confirmed: usize },
    /// It holds what was not appended yet.
    FromTheFuture { found: usize, appended: usize },
    /// It holds what it never held.
    NeverHeld { confirmed: usize, appended: usize },
    /// An epoch was granted that is not above an earlier one.
    EpochWentBack { found: u64, granted: u64 },
    /// What is read is not what is replayed, or the order is wrong.
    Inconsistent(String),
    /// A second recovery found something else than the first.
    Unsteady,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} events: {:?}; files:", self.events, self.fault)?;
        self.image.iter().try_for_each(|(name, content)| write!(f, " {name} {}", content.len()))
    }
}

/// Examines a recorded run: every moment between two events of the disk.
pub(super) fn examine(recording: &Recording, plan: &Plan) -> Result<Tally, Box<Violation>> {
    let mut examination = Examination::new(recording, plan);
    examination.run()?;
    Ok(examination.tally)
}

/// A state that a cut left.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) image: Image,
    /// How many changes it holds.
    pub(super) changes: usize,
    /// The highest epoch that was granted before.
    pub(super) granted: u64,
}

/// Examines a run as [`examine`] does, and answers every state that it met.
pub(super) fn every_cut(recording: &Recording, plan: &Plan) -> Result<Vec<Cut>, Box<Violation>> {
    let mut examination = Examination::new(recording, plan);
    examination.run()?;
    Ok(examination.cuts)
}

/// A state that a cut at a moment by chance leaves, judged.
pub(super) fn cut_somewhere(
    recording: &Recording,
    plan: &Plan,
    random: &mut Random,
) -> Result<Cut, Box<Violation>> {
    let mut platter = Platter::new(&recording.base, plan.sector_bytes);
    let moment = random.below(recording.events.len() + 1);
    recording.events.iter().take(moment).for_each(|event| platter.apply(event));
    random.begin_round();
    Examination::new(recording, plan).judge(&platter.cut(random), moment)
}

struct Examination<'a> {
    recording: &'a Recording,
    plan: &'a Plan,
    random: Random,
    /// What was judged already, by what has to be found in it.
    seen: HashSet<(u64, usize)>,
    hasher: RandomState,
    tally: Tally,
    cuts: Vec<Cut>,
}

impl<'a> Examination<'a> {
    fn new(recording: &'a Recording, plan: &'a Plan) -> Self {
        let random = Random::new(plan.seed);
        let (seen, hasher) = (HashSet::new(), RandomState::new());
        Self { recording, plan, random, seen, hasher, tally: Tally::default(), cuts: Vec::new() }
    }

    fn run(&mut self) -> Result<(), Box<Violation>> {
        let mut platter = Platter::new(&self.recording.base, self.plan.sector_bytes);
        self.moment(&platter, 0)?;
        for (number, event) in self.recording.events.iter().enumerate() {
            platter.apply(event);
            self.moment(&platter, number + 1)?;
        }
        Ok(())
    }

    fn moment(&mut self, platter: &Platter, events: usize) -> Result<(), Box<Violation>> {
        let mut every = Every::default();
        self.state(&platter.cut(&mut every), events)?;
        if every.combinations() > self.plan.states_max {
            self.tally.sampled_moments += 1;
            return (0..self.plan.samples).try_for_each(|_| {
                self.random.begin_round();
                let image = platter.cut(&mut self.random);
                self.state(&image, events)
            });
        }
        self.tally.whole_moments += 1;
        while every.advance().is_some() {
            self.state(&platter.cut(&mut every), events)?;
        }
        Ok(())
    }

    fn state(&mut self, image: &Image, events: usize) -> Result<(), Box<Violation>> {
        let confirmed = *self.recording.window(events).start();
        if !self.seen.insert((self.hasher.hash_one(image), confirmed)) {
            return Ok(());
        }
        self.tally.states += 1;
        let cut = self.judge(image, events)?;
        self.cuts.push(cut);
        Ok(())
    }

    /// Recovers, judges, recovers again from what the recovery left, and from what cuts in the
    /// midst of it leave.
    fn judge(&mut self, image: &Image, events: usize) -> Result<Cut, Box<Violation>> {
        let blame = |fault, image: &Image| Violation { events, fault, image: image.clone() };
        let disk = SimulatedDisk::of(image);
        let found = recovery::recover(&disk).map_err(|fault| blame(fault, image))?;
        let changes = self.find(&found, events).map_err(|fault| blame(fault, image))?;
        self.again(&disk.image(), &found).map_err(|fault| blame(fault, &disk.image()))?;
        let one_in = self.plan.again_one_in;
        if one_in > 0 && self.random.one_in(one_in) {
            self.check(image).map_err(|fault| blame(fault, image))?;
            self.cut_the_recovery(image, &disk.events(), &found)
                .map_err(|(fault, image)| blame(fault, &image))?;
        }
        Ok(Cut { image: image.clone(), changes, granted: self.recording.granted(events) })
    }

    /// After how many changes the journal held what was found.
    fn find(&self, found: &Recovered, events: usize) -> Result<usize, Wrong> {
        let granted = self.recording.granted(events);
        if found.epoch <= granted {
            return Err(Wrong::EpochWentBack { found: found.epoch, granted });
        }
        let window = self.recording.window(events);
        let (confirmed, appended) = (*window.start(), *window.end());
        let held = &self.recording.held;
        if let Some(changes) = window.rev().find(|changes| held[*changes] == found.held) {
            return Ok(changes);
        }
        Err(match held.iter().position(|held| *held == found.held) {
            Some(found) if found < confirmed => Wrong::Lost { found, confirmed },
            Some(found) => Wrong::FromTheFuture { found, appended },
            None => Wrong::NeverHeld { confirmed, appended },
        })
    }

    /// What a cut leaves is no damage.
    fn check(&self, image: &Image) -> Result<(), Wrong> {
        let report = engine::check(&SimulatedDisk::of(image));
        let report = report.map_err(|error| Wrong::Refused(error.to_string()))?;
        match report.faults.first() {
            Some(fault) => Err(Wrong::Refused(format!("by the check: {fault}"))),
            None => Ok(()),
        }
    }

    fn again(&self, image: &Image, first: &Recovered) -> Result<(), Wrong> {
        let found = recovery::recover(&SimulatedDisk::of(image))?;
        if found.held != first.held {
            return Err(Wrong::Unsteady);
        }
        Ok(())
    }

    fn cut_the_recovery(
        &mut self,
        image: &Image,
        events: &[Event],
        first: &Recovered,
    ) -> Result<(), (Wrong, Image)> {
        let mut platter = Platter::new(image, self.plan.sector_bytes);
        for event in events {
            platter.apply(event);
            self.random.begin_round();
            let left = platter.cut(&mut self.random);
            self.tally.states_again += 1;
            self.again(&left, first).map_err(|fault| (fault, left))?;
        }
        Ok(())
    }
}
