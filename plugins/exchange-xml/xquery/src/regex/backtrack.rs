//! Matches a regular expression by trying: for back-references, which no linear search knows, and
//! for the ends of lines as XPath has them.
//!
//! Invariants: the stack of what is left to try is on the heap and counted as built; every few
//! instructions are a step, so that a pattern that explodes ends at a limit of its evaluation.

use regex_syntax::hir::ClassUnicode;

use super::program::{Instruction, Program};
use crate::error::Result;
use crate::meter::Meter;

/// Instructions for one step.
const INSTRUCTIONS_PER_STEP: usize = 8;

/// Bytes of a back-reference that are compared for one step.
const BYTES_PER_STEP: usize = 256;

/// Growth of the stack that is counted at a time.
const STACK_CHUNK: usize = 256;

/// What is left to try, or to restore on the way back to it.
enum Frame {
    Branch { instruction: usize, place: usize },
    Restore { slot: usize, place: Option<usize> },
}

impl Program {
    /// The first match at or behind a place: starts and ends of the groups.
    pub(super) fn search(
        &self,
        meter: &Meter<'_>,
        text: &str,
        from: usize,
        slots: &mut Vec<Option<usize>>,
    ) -> Result<bool> {
        let mut matcher =
            Matcher { program: self, meter, text, slots, stack: Vec::new(), spent: 0 };
        let mut place = from;
        loop {
            if matcher.matches_at(place)? {
                matcher.slots.truncate(self.captures);
                return Ok(true);
            }
            match character_at(text, place) {
                Some(c) => place += c.len_utf8(),
                None => return Ok(false),
            }
        }
    }
}

struct Matcher<'r, 'm> {
    program: &'r Program,
    meter: &'r Meter<'m>,
    text: &'r str,
    slots: &'r mut Vec<Option<usize>>,
    stack: Vec<Frame>,
    /// Instructions that no step was counted for yet.
    spent: usize,
}

impl Matcher<'_, '_> {
    fn matches_at(&mut self, start: usize) -> Result<bool> {
        self.slots.clear();
        self.slots.resize(self.program.slots, None);
        self.stack.clear();
        let (mut instruction, mut place) = (0, start);
        loop {
            self.spend(1)?;
            let next = match self.program.instructions.get(instruction) {
                Some(Instruction::Match) | None => {
                    self.save(0, start)?;
                    self.save(1, place)?;
                    return Ok(true);
                }
                Some(&Instruction::Jump(to)) => Some((to, place)),
                Some(&Instruction::Split(first, second)) => {
                    self.push(Frame::Branch { instruction: second, place })?;
                    Some((first, place))
                }
                Some(&Instruction::Save(slot)) => {
                    self.save(slot, place)?;
                    Some((instruction + 1, place))
                }
                Some(&other) => self.consume(other, place)?.map(|place| (instruction + 1, place)),
            };
            match next.or_else(|| self.back()) {
                Some(next) => (instruction, place) = next,
                None => return Ok(false),
            }
        }
    }

    /// The place behind what an instruction takes; none where it does not match.
    fn consume(&mut self, instruction: Instruction, place: usize) -> Result<Option<usize>> {
        let next = character_at(self.text, place);
        let passes = match instruction {
            Instruction::Character(c) => {
                return Ok(next.filter(|next| *next == c).map(|c| place + c.len_utf8()));
            }
            Instruction::Class(index) => {
                let class = self.program.classes.get(index);
                let matched = next.filter(|c| class.is_some_and(|class| contains(class, *c)));
                return Ok(matched.map(|c| place + c.len_utf8()));
            }
            Instruction::BackReference(number) => return self.back_reference(number, place),
            Instruction::Progress(slot) => self.slots.get(slot) != Some(&Some(place)),
            Instruction::Start => self.is_start(place),
            Instruction::End => self.is_end(place),
            _ => true,
        };
        Ok(passes.then_some(place))
    }

    fn is_start(&self, place: usize) -> bool {
        let before = self.text.as_bytes().get(..place).and_then(<[u8]>::last);
        let is_line = self.program.flags.multi_line && before == Some(&b'\n');
        place == 0 || is_line && place < self.text.len()
    }

    fn is_end(&self, place: usize) -> bool {
        if !self.program.flags.multi_line {
            return place == self.text.len();
        }
        match self.text.as_bytes().get(place) {
            Some(next) => *next == b'\n',
            None => !self.text.ends_with('\n'),
        }
    }

    /// What a group captured, again; nothing for one that captured nothing.
    fn back_reference(&mut self, number: usize, place: usize) -> Result<Option<usize>> {
        let bound = |slot: usize| self.slots.get(slot).copied().flatten();
        let range = bound(2 * number).zip(bound(2 * number + 1));
        let captured = range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default();
        let rest = self.text.get(place..).unwrap_or_default();
        let matched = match self.program.flags.case_insensitive {
            true => folded_prefix(rest, captured),
            false => rest.starts_with(captured).then_some(captured.len()),
        };
        self.spend(captured.len() / (BYTES_PER_STEP / INSTRUCTIONS_PER_STEP))?;
        Ok(matched.map(|length| place + length))
    }

    fn save(&mut self, slot: usize, place: usize) -> Result<()> {
        let Some(kept) = self.slots.get_mut(slot) else { return Ok(()) };
        let before = kept.replace(place);
        self.push(Frame::Restore { slot, place: before })
    }

    /// Back to what was left to try.
    fn back(&mut self) -> Option<(usize, usize)> {
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Branch { instruction, place } => return Some((instruction, place)),
                Frame::Restore { slot, place } => {
                    if let Some(kept) = self.slots.get_mut(slot) {
                        *kept = place;
                    }
                }
            }
        }
        None
    }

    fn push(&mut self, frame: Frame) -> Result<()> {
        if self.stack.len() == self.stack.capacity() {
            let more = self.stack.len().max(STACK_CHUNK);
            self.meter.build(more * size_of::<Frame>())?;
            self.stack.reserve_exact(more);
        }
        self.stack.push(frame);
        Ok(())
    }

    fn spend(&mut self, instructions: usize) -> Result<()> {
        self.spent += instructions;
        if self.spent < INSTRUCTIONS_PER_STEP {
            return Ok(());
        }
        let steps = self.spent / INSTRUCTIONS_PER_STEP;
        self.spent %= INSTRUCTIONS_PER_STEP;
        self.meter.steps(steps as u64)
    }
}

fn character_at(text: &str, place: usize) -> Option<char> {
    text.get(place..)?.chars().next()
}

/// How much of `text` is `start` but for case.
fn folded_prefix(text: &str, start: &str) -> Option<usize> {
    let mut rest = text.chars();
    for expected in start.chars() {
        let found = rest.next()?;
        let is_same = found == expected
            || found.to_lowercase().eq(expected.to_lowercase())
            || found.to_uppercase().eq(expected.to_uppercase());
        if !is_same {
            return None;
        }
    }
    Some(text.len() - rest.as_str().len())
}

fn contains(class: &ClassUnicode, c: char) -> bool {
    let ranges = class.ranges();
    let index = ranges.partition_point(|range| range.end() < c);
    ranges.get(index).is_some_and(|range| range.start() <= c)
}
