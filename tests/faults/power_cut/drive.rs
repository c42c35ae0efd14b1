//! A disk with a volatile write cache, whose power goes at any instant.
//!
//! Invariants:
//! - what was written before a flush that was answered is there after a cut;
//! - of what was written since, a cut takes any part: some of the writes, of their pages or of
//!   their sectors, or all behind a point; no sector is torn;
//! - the cut is one instant: what is on the disk then is all that is left;
//! - from then on nothing is answered: only once the machine is off does everything fail. So nobody
//!   on that machine sees an error that the power's end would have spared him.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard};

use fastrand::Rng;

use super::medium::{Medium, PAGE_BYTES};

pub(super) const SECTOR_BYTES: usize = 512;

/// A disk that somebody uses.
#[derive(Debug)]
pub(super) struct Drive {
    state: Mutex<State>,
    changed: Condvar,
    bytes: u64,
}

#[derive(Debug)]
struct State {
    medium: Medium,
    /// In the order in which they came.
    cache: Vec<Write>,
    power: Power,
    /// Writes and flushes until it is cut of itself, and what then.
    countdown: Option<(u64, Power)>,
    flushes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    On,
    /// What asks waits.
    Cut,
    /// What asks fails.
    Off,
}

#[derive(Debug)]
struct Write {
    offset: u64,
    bytes: Vec<u8>,
}

/// The power is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dead;

/// What a cut took.
#[derive(Debug)]
pub(super) struct Loss {
    flushes: u64,
    sectors_unsafe: usize,
    sectors_lost: usize,
    manner: &'static str,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flushes, sectors_unsafe, sectors_lost, manner } = self;
        write!(f, "after {flushes} flushes {sectors_lost} of {sectors_unsafe} sectors, by {manner}")
    }
}

impl Drive {
    pub(super) fn new(medium: Medium) -> Self {
        let (bytes, cache) = (medium.bytes(), Vec::new());
        let state = State { medium, cache, power: Power::On, countdown: None, flushes: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new(), bytes }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn read(&self, offset: u64, bytes: usize) -> Result<Vec<u8>, Dead> {
        let state = self.powered(self.lock())?;
        let end = self.bytes.min(offset.saturating_add(bytes as u64));
        let mut found = vec![0; end.saturating_sub(offset) as usize];
        state.medium.read(offset, &mut found);
        for write in &state.cache {
            write.show(offset, &mut found);
        }
        Ok(found)
    }

    /// Into the cache. One over which the power goes may be on the disk as well.
    pub(super) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Dead> {
        let mut state = self.powered(self.lock())?;
        state.cache.push(Write { offset, bytes: bytes.to_owned() });
        self.count(&mut state);
        self.powered(state).map(drop)
    }

    pub(super) fn flush(&self) -> Result<(), Dead> {
        let mut state = self.powered(self.lock())?;
        self.count(&mut state);
        let mut state = self.powered(state)?;
        let State { medium, cache, .. } = &mut *state;
        cache.drain(..).for_each(|write| medium.write(write.offset, &write.bytes));
        state.flushes += 1;
        Ok(())
    }

    /// The power goes with the write or flush behind so many more: what asks waits from then on.
    pub(super) fn cut_after(&self, requests: u64) {
        self.lock().countdown = Some((requests, Power::Cut));
    }

    /// The same, and what asks fails from then on: for machines on which nobody is told anything.
    pub(super) fn fail_after(&self, requests: u64) {
        self.lock().countdown = Some((requests, Power::Off));
    }

    /// The power goes, unless it has already.
    pub(super) fn cut(&self) {
        self.lock().end_of(Power::Cut);
        self.changed.notify_all();
    }

    pub(super) fn wait_for_cut(&self) {
        let is_on = |state: &mut State| state.power == Power::On;
        drop(self.changed.wait_while(self.lock(), is_on).expect("nobody panics here"));
    }

    /// The machine that used it is off as well.
    pub(super) fn turn_off(&self) {
        self.lock().power = Power::Off;
        self.changed.notify_all();
    }

    /// What was in it at the cut, as the next disk.
    pub(super) fn recover(&self, dice: &mut Rng) -> (Medium, Loss) {
        let state = self.lock();
        assert_ne!(state.power, Power::On, "it still changes");
        let mut medium = state.medium.clone();
        let (manner, lost) = lose(&state.cache, &mut medium, dice);
        let sectors_unsafe = state.cache.iter().map(Write::sectors).sum();
        let flushes = state.flushes;
        (medium, Loss { flushes, sectors_unsafe, sectors_lost: lost, manner })
    }

    /// What it answers now, without power or with it.
    pub(super) fn content(&self) -> Medium {
        let state = self.lock();
        let mut medium = state.medium.clone();
        state.cache.iter().for_each(|write| medium.write(write.offset, &write.bytes));
        medium
    }

    fn count(&self, state: &mut State) {
        match &mut state.countdown {
            Some((0, end)) => {
                let end = *end;
                state.end_of(end);
                self.changed.notify_all();
            }
            Some((left, _)) => *left -= 1,
            None => {}
        }
    }

    /// Waits for as long as the power is cut and the machine is not off.
    fn powered<'s>(&self, state: MutexGuard<'s, State>) -> Result<MutexGuard<'s, State>, Dead> {
        let is_cut = |state: &mut State| state.power == Power::Cut;
        let state = self.changed.wait_while(state, is_cut).expect("nobody panics here");
        if state.power == Power::On { Ok(state) } else { Err(Dead) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics here")
    }
}

impl State {
    fn end_of(&mut self, end: Power) {
        if self.power == Power::On {
            self.power = end;
        }
        self.countdown = None;
    }
}

impl Write {
    fn sectors(&self) -> usize {
        self.bytes.len().div_ceil(SECTOR_BYTES)
    }

    /// What of a range is in it.
    fn show(&self, offset: u64, range: &mut [u8]) {
        let (begin, end) = (self.offset.max(offset), self.end().min(offset + range.len() as u64));
        if begin < end {
            let bytes = &self.bytes[(begin - self.offset) as usize..(end - self.offset) as usize];
            range[(begin - offset) as usize..(end - offset) as usize].copy_from_slice(bytes);
        }
    }

    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    /// Cut at multiples of a size.
    fn pieces(&self, piece_bytes: usize) -> impl Iterator<Item = (u64, &[u8])> {
        let (mut offset, mut rest) = (self.offset, &self.bytes[..]);
        std::iter::from_fn(move || {
            let to_the_next = piece_bytes - offset as usize % piece_bytes;
            let (piece, behind) = rest.split_at(to_the_next.min(rest.len()));
            let at = offset;
            (offset, rest) = (offset + piece.len() as u64, behind);
            (!piece.is_empty()).then_some((at, piece))
        })
    }
}

/// Writes what a cut leaves of a cache; how it chose, and how many sectors are lost.
fn lose(cache: &[Write], medium: &mut Medium, dice: &mut Rng) -> (&'static str, usize) {
    let whole = cache.iter().map(|write| write.bytes.len()).max().unwrap_or(0).max(1);
    let whole = whole.next_multiple_of(PAGE_BYTES);
    let (manner, piece_bytes) = [
        ("writes", None),
        ("pages", Some(PAGE_BYTES)),
        ("sectors", Some(SECTOR_BYTES)),
        ("the order of writes", None),
    ][dice.usize(..4)];
    let is_ordered = manner == "the order of writes";
    let last = dice.usize(..=cache.len());
    let kept_of_ten = [0, 1, 5, 9, 10][dice.usize(..5)];
    let mut lost = 0;
    for (number, write) in cache.iter().enumerate() {
        let torn = (is_ordered && number == last).then_some(SECTOR_BYTES);
        let is_whole = torn.or(piece_bytes).is_none();
        let keeps_write = dice.u8(..10) < kept_of_ten;
        for (offset, piece) in write.pieces(torn.or(piece_bytes).unwrap_or(whole)) {
            let is_kept = match is_ordered {
                true if number != last => number < last,
                _ if is_whole => keeps_write,
                _ => dice.u8(..10) < kept_of_ten,
            };
            match is_kept {
                true => medium.write(offset, piece),
                false => lost += piece.len().div_ceil(SECTOR_BYTES),
            }
        }
    }
    (manner, lost)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    const BYTES: u64 = 16 * PAGE_BYTES as u64;
    const SECTORS: usize = BYTES as usize / SECTOR_BYTES;

    fn drive() -> Drive {
        Drive::new(Medium::empty(BYTES))
    }

    fn content(medium: &Medium) -> Vec<u8> {
        let mut found = vec![0; BYTES as usize];
        medium.read(0, &mut found);
        found
    }

    /// All of it but the first sector, so that pieces begin within a page.
    fn fill(drive: &Drive, byte: u8) {
        for writes in [1..9, 9..17, 17..SECTORS] {
            let bytes = vec![byte; writes.len() * SECTOR_BYTES];
            drive.write((writes.start * SECTOR_BYTES) as u64, &bytes).unwrap();
        }
    }

    #[test]
    fn shows_what_was_written_whether_it_is_flushed_or_not() {
        let drive = drive();
        fill(&drive, 1);
        drive.flush().unwrap();
        drive.write(SECTOR_BYTES as u64, &[2; SECTOR_BYTES]).unwrap();
        drive.write(2 * SECTOR_BYTES as u64, &[3; SECTOR_BYTES]).unwrap();
        let found = drive.read(0, 4 * SECTOR_BYTES).unwrap();
        let firsts: Vec<u8> = found.iter().step_by(SECTOR_BYTES).copied().collect();
        assert_eq!(firsts, [0, 2, 3, 1]);
        assert_eq!(content(&drive.content())[..found.len()], found);
        assert_eq!(drive.read(BYTES - 1, 100).unwrap(), [1]);
    }

    #[test]
    fn a_cut_takes_no_more_than_what_was_not_flushed_and_tears_no_sector() {
        let drive = drive();
        fill(&drive, 1);
        drive.flush().unwrap();
        fill(&drive, 2);
        fill(&drive, 3);
        drive.cut();
        let mut counts = [0; 4];
        for seed in 0..200 {
            let (medium, loss) = drive.recover(&mut Rng::with_seed(seed));
            assert_eq!(loss.sectors_unsafe, 2 * (SECTORS - 1));
            for sector in content(&medium).chunks(SECTOR_BYTES).skip(1) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "seed {seed}: torn");
                counts[usize::from(sector[0])] += 1;
            }
        }
        assert_eq!(counts[0], 0, "a flush was in vain");
        assert!(counts[1..].iter().all(|count| *count > 1_000), "{counts:?}");
    }

    #[test]
    fn a_cut_is_sometimes_merciful_and_sometimes_not() {
        let drive = drive();
        fill(&drive, 1);
        drive.cut();
        let losses = (0..200).map(|seed| drive.recover(&mut Rng::with_seed(seed)).1.sectors_lost);
        let losses: std::collections::BTreeSet<usize> = losses.collect();
        assert!(losses.contains(&0) && losses.contains(&(SECTORS - 1)), "{losses:?}");
        assert!(losses.len() > 20, "{losses:?}");
    }

    #[test]
    fn is_cut_at_the_request_that_was_said_and_answers_nobody_until_it_is_off() {
        let drive = Arc::new(drive());
        drive.cut_after(2);
        drive.write(0, &[1; SECTOR_BYTES]).unwrap();
        drive.flush().unwrap();
        let asks = thread::spawn({
            let drive = Arc::clone(&drive);
            move || drive.write(SECTOR_BYTES as u64, &[2; SECTOR_BYTES])
        });
        drive.wait_for_cut();
        assert!(!asks.is_finished());
        let kept = (0..99).map(|seed| drive.recover(&mut Rng::with_seed(seed)).0);
        let kept: Vec<u8> = kept.map(|medium| content(&medium)[SECTOR_BYTES]).collect();
        assert!(kept.contains(&0) && kept.contains(&2), "{kept:?}");
        drive.turn_off();
        assert_eq!(asks.join().unwrap(), Err(Dead));
        assert_eq!(drive.read(0, 1), Err(Dead));
        assert_eq!(drive.flush(), Err(Dead));
    }

    #[test]
    fn a_flush_over_which_the_power_goes_makes_nothing_safe() {
        let drive = drive();
        drive.write(0, &[1; SECTOR_BYTES]).unwrap();
        drive.fail_after(0);
        assert_eq!(drive.flush(), Err(Dead));
        let lost = (0..99).map(|seed| drive.recover(&mut Rng::with_seed(seed)).1.sectors_lost);
        assert!(lost.sum::<usize>() > 0);
    }
}
