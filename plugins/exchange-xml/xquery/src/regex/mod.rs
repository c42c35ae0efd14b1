//! Regular expressions (XPath Functions 3.1, section 5.6).
//!
//! A pattern is read by the rules of XPath and searched for by the crate `regex` in linear time.
//! Back-references take a search by trying. So do ends of lines where it matters that none is
//! behind a last newline: only a match at the very end can be such a one.
//!
//! Invariants: a search that could take more steps than an evaluation has is refused before it
//! begins; what a search goes over is counted.

mod backtrack;
mod blocks;
mod cache;
mod classes;
mod flags;
mod linear;
mod parser;
mod program;
pub(crate) mod replacement;
mod syntax;

use std::ops::Range;

use regex::CaptureLocations;

pub(crate) use cache::RegexCache;
pub(crate) use flags::Flags;
use parser::Parser;
use program::Program;
use syntax::Syntax;

use crate::error::Result;
use crate::meter::{Meter, limit};

/// Places times characters for one step: as they go in a fast search, and in the slowest.
const WORK_PER_STEP: u64 = 1024;
const WORST_WORK_PER_STEP: u64 = 16;

/// Groups of a match for one step.
const GROUPS_PER_STEP: u64 = 16;

/// Texts with this much left are worth a look at the clock.
const BYTES_PER_CLOCK: usize = 4096;

/// Stack for each level of nesting, and to begin with: of this crate and of `regex`.
const STACK_BYTES_PER_LEVEL: usize = 8 * 1024;
const STACK_BYTES_MIN: usize = 128 * 1024;

/// Levels of the crate `regex` for each of the pattern's.
const LEVELS_PER_LEVEL: usize = 6;

/// Bytes of its cache, which makes searches fast.
const CACHE_BYTES: usize = 1024 * 1024;

/// What is built for each byte of a pattern on the way to its search, sets of characters apart;
/// more where each character is a set, for its other case.
const BYTES_PER_BYTE: usize = 64;
const FOLDED_BYTES_PER_BYTE: usize = 512;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Regex {
    engine: Engine,
    /// The number of the group that each group lies in, 0 for none.
    parents: Vec<u32>,
    places: u64,
    matches_empty: bool,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    /// With the same pattern for a match at the end of a text that ends a line.
    Lines(regex::Regex, Program),
    Trying(Program),
}

impl Regex {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// `FORX0002` where it is no regular expression; limits where it is too large.
    pub(crate) fn new(meter: &Meter<'_>, pattern: &str, flags: Flags) -> Result<Self> {
        let bytes_max = meter.limits.regex_bytes_max;
        if pattern.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        meter.steps(pattern.len() as u64)?;
        let bytes_per_byte =
            if flags.case_insensitive { FOLDED_BYTES_PER_BYTE } else { BYTES_PER_BYTE };
        meter.build(pattern.len().saturating_mul(bytes_per_byte))?;
        let nesting_max = meter.limits.nesting_max;
        let nesting = pattern.bytes().filter(|byte| matches!(byte, b'(' | b'[')).count();
        let stack = STACK_BYTES_MIN + nesting.min(nesting_max) * STACK_BYTES_PER_LEVEL;
        let regex = stacker::maybe_grow(stack, stack + STACK_BYTES_MIN, || {
            let syntax = Parser::new(meter, pattern, flags).parse()?;
            Self::compile(meter, syntax, flags)
        })?;
        meter.clock()?;
        Ok(regex)
    }

    fn compile(meter: &Meter<'_>, syntax: Syntax, flags: Flags) -> Result<Self> {
        let bytes_max = meter.limits.regex_bytes_max;
        let program = || Program::compile(meter, &syntax, flags);
        let engine = if syntax.has_back_references {
            Engine::Trying(program()?)
        } else {
            let text = linear::Writer::write(&syntax.root, flags);
            let nesting = meter.limits.nesting_max.saturating_mul(LEVELS_PER_LEVEL);
            let regex = regex::RegexBuilder::new(&text)
                .size_limit(bytes_max)
                .dfa_size_limit(CACHE_BYTES)
                .nest_limit(u32::try_from(nesting).unwrap_or(u32::MAX).max(100))
                .build()
                // What the parser let pass is well-formed: only its size can be wrong.
                .map_err(|_| too_large(bytes_max))?;
            match flags.multi_line && syntax.has_anchors {
                true => Engine::Lines(regex, program()?),
                false => Engine::Linear(regex),
            }
        };
        let places = syntax.root.places().max(1);
        let mut regex = Self { engine, parents: syntax.parents, places, matches_empty: false };
        regex.matches_empty = regex.is_match(meter, "")?;
        Ok(regex)
    }

    /// Whether it matches the empty string.
    pub(crate) fn matches_empty(&self) -> bool {
        self.matches_empty
    }

    /// How many groups capture.
    pub(crate) fn groups(&self) -> usize {
        self.parents.len()
    }

    /// The group that a group lies in; 0 for none.
    pub(crate) fn parent(&self, group: usize) -> usize {
        let index = group.checked_sub(1);
        index.and_then(|index| self.parents.get(index)).map_or(0, |parent| *parent as usize)
    }

    /// What a search costs for each character, at worst.
    fn places(&self) -> u64 {
        self.places
    }

    /// Whether it matches anywhere in a text.
    pub(crate) fn is_match(&self, meter: &Meter<'_>, text: &str) -> Result<bool> {
        match &self.engine {
            Engine::Linear(regex) => {
                self.charge(meter, text)?;
                Ok(regex.is_match(text))
            }
            _ => self.matches(text).next(meter),
        }
    }

    /// The matches in a text, one behind the other.
    pub(crate) fn matches<'t>(&self, text: &'t str) -> Matches<'_, 't> {
        let locations = match &self.engine {
            Engine::Linear(regex) | Engine::Lines(regex, _) if self.groups() > 0 => {
                Some(regex.capture_locations())
            }
            _ => None,
        };
        Matches {
            regex: self,
            text,
            from: 0,
            found: 0..0,
            locations,
            slots: Vec::new(),
            begun: false,
        }
    }

    /// Counts a search, and refuses one that could take too long.
    fn charge(&self, meter: &Meter<'_>, text: &str) -> Result<()> {
        let work = self.places.saturating_mul(text.len() as u64);
        if work / WORST_WORK_PER_STEP > meter.limits.steps_max {
            return Err(limit(
                "steps_max",
                format!(
                    "a regular expression of {} parts might take too many steps on {} bytes",
                    self.places,
                    text.len()
                ),
            ));
        }
        meter.steps(work / WORK_PER_STEP + 1)
    }
}

/// Goes over the matches in a text.
pub(crate) struct Matches<'r, 't> {
    regex: &'r Regex,
    text: &'t str,
    /// Where the next search begins.
    from: usize,
    found: Range<usize>,
    /// What the groups captured, by the engine that found the match.
    locations: Option<CaptureLocations>,
    slots: Vec<Option<usize>>,
    begun: bool,
}

impl Matches<'_, '_> {
    /// Goes to the next match.
    pub(crate) fn next(&mut self, meter: &Meter<'_>) -> Result<bool> {
        if !self.begun {
            self.begun = true;
            self.regex.charge(meter, self.text)?;
        }
        meter.steps(1 + self.regex.groups() as u64 / GROUPS_PER_STEP)?;
        if self.text.len().saturating_sub(self.from) > BYTES_PER_CLOCK {
            meter.clock()?;
        }
        if self.from > self.text.len() {
            return Ok(false);
        }
        let found = self.find(meter)?;
        if let Some(found) = &found {
            self.found = found.clone();
            // An empty match is followed by a character that is not searched again.
            let rest = self.text.get(found.end..).unwrap_or_default();
            let skipped = rest.chars().next().map_or(1, char::len_utf8);
            self.from = found.end + if found.is_empty() { skipped } else { 0 };
        }
        Ok(found.is_some())
    }

    fn find(&mut self, meter: &Meter<'_>) -> Result<Option<Range<usize>>> {
        self.slots.clear();
        match &self.regex.engine {
            Engine::Linear(regex) => Ok(self.find_linear(regex)),
            Engine::Trying(program) => self.find_trying(meter, program),
            Engine::Lines(regex, program) => {
                let found = self.find_linear(regex);
                let is_doubtful = |found: &Range<usize>| {
                    found.end == self.text.len() && self.text.ends_with('\n')
                };
                match found.as_ref().is_some_and(is_doubtful) {
                    true => self.find_trying(meter, program),
                    false => Ok(found),
                }
            }
        }
    }

    fn find_linear(&mut self, regex: &regex::Regex) -> Option<Range<usize>> {
        let found = match &mut self.locations {
            Some(locations) => regex.captures_read_at(locations, self.text, self.from),
            None => regex.find_at(self.text, self.from),
        };
        found.map(|found| found.range())
    }

    fn find_trying(
        &mut self,
        meter: &Meter<'_>,
        program: &Program,
    ) -> Result<Option<Range<usize>>> {
        let is_found = program.search(meter, self.text, self.from, &mut self.slots)?;
        Ok(if is_found { self.slot(0) } else { None })
    }

    /// Where the match is.
    pub(crate) fn range(&self) -> Range<usize> {
        self.found.clone()
    }

    /// What a group captured in it; 0 is the whole.
    pub(crate) fn group(&self, group: usize) -> Option<Range<usize>> {
        if group == 0 {
            return Some(self.found.clone());
        }
        if !self.slots.is_empty() {
            return self.slot(group);
        }
        self.locations.as_ref()?.get(group).map(|(start, end)| start..end)
    }

    fn slot(&self, group: usize) -> Option<Range<usize>> {
        let bound = |slot: usize| self.slots.get(slot).copied().flatten();
        bound(2 * group).zip(bound(2 * group + 1)).map(|(start, end)| start..end)
    }
}

fn too_large(bytes_max: usize) -> crate::error::Error {
    limit("regex_bytes_max", format!("a regular expression takes more than {bytes_max} bytes"))
}

#[cfg(test)]
mod tests;
