//! Matches a regular expression by trying: for back-references, which no linear search knows, and
//! for the ends of lines as XPath has them.
//!
//! Invariants: the stack of what is left to try is on the heap and counted as built; every few
//! instructions are a step, so that a pattern that explodes ends at a limit of its evaluation.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::Flags;
use super::classes::fold;
use super::syntax::{Node, Syntax};
use crate::error::Result;
use crate::meter::{Meter, limit};

/// Instructions for one step.
const INSTRUCTIONS_PER_STEP: usize = 8;

/// Bytes of a back-reference that are compared for one step.
const BYTES_PER_STEP: usize = 256;

/// Growth of the stack that is counted at a time.
const STACK_CHUNK: usize = 256;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    instructions: Vec<Instruction>,
    classes: Vec<ClassUnicode>,
    flags: Flags,
    /// Two for each group, the whole included.
    captures: usize,
    /// `captures`, and one for each loop.
    slots: usize,
    bytes_max: usize,
}

#[derive(Clone, Copy, Debug)]
enum Instruction {
    Character(char),
    Class(usize),
    Start,
    End,
    /// Keeps the place.
    Save(usize),
    /// Goes on if the place is not the one kept.
    Progress(usize),
    BackReference(usize),
    Jump(usize),
    /// Tries the first, then the second.
    Split(usize, usize),
    Match,
}

/// What is left to try, or to restore on the way back to it.
enum Frame {
    Branch { instruction: usize, place: usize },
    Restore { slot: usize, place: Option<usize> },
}

impl Program {
    /// Compiles; `bytes_max` is how large the program may become.
    pub(super) fn compile(syntax: &Syntax, flags: Flags, bytes_max: usize) -> Result<Self> {
        let captures = 2 * (syntax.parents.len() + 1);
        let mut program = Self {
            instructions: Vec::new(),
            classes: Vec::new(),
            flags,
            captures,
            slots: captures,
            bytes_max,
        };
        program.node(&syntax.root)?;
        program.push(Instruction::Match)?;
        Ok(program)
    }

    fn push(&mut self, instruction: Instruction) -> Result<usize> {
        if self.instructions.len() * size_of::<Instruction>() >= self.bytes_max {
            let bytes_max = self.bytes_max;
            let text = format!("a regular expression takes more than {bytes_max} bytes");
            return Err(limit("regex_bytes_max", text));
        }
        self.instructions.push(instruction);
        Ok(self.instructions.len() - 1)
    }

    fn set(&mut self, index: usize, instruction: Instruction) {
        if let Some(place) = self.instructions.get_mut(index) {
            *place = instruction;
        }
    }

    fn node(&mut self, node: &Node) -> Result<()> {
        match node {
            Node::Empty => {}
            Node::Character(c) if self.flags.case_insensitive => {
                let mut class = ClassUnicode::new([ClassUnicodeRange::new(*c, *c)]);
                fold(&mut class);
                self.class(class)?;
            }
            Node::Character(c) => {
                self.push(Instruction::Character(*c))?;
            }
            Node::Class(text) => self.class(class(text))?,
            Node::Start => {
                self.push(Instruction::Start)?;
            }
            Node::End => {
                self.push(Instruction::End)?;
            }
            Node::Group(None, node) => self.node(node)?,
            Node::Group(Some(number), node) => {
                self.push(Instruction::Save(2 * *number as usize))?;
                self.node(node)?;
                self.push(Instruction::Save(2 * *number as usize + 1))?;
            }
            Node::Sequence(nodes) => {
                for node in nodes {
                    self.node(node)?;
                }
            }
            Node::Choice(nodes) => self.choice(nodes)?,
            Node::Repeat { node, min, max, greedy } => self.repeat(node, *min, *max, *greedy)?,
            Node::BackReference(number) => {
                self.push(Instruction::BackReference(*number as usize))?;
            }
        }
        Ok(())
    }

    fn class(&mut self, class: ClassUnicode) -> Result<()> {
        let known = self.classes.iter().position(|known| *known == class);
        let index = known.unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        });
        self.push(Instruction::Class(index)).map(drop)
    }

    fn choice(&mut self, nodes: &[Node]) -> Result<()> {
        let mut jumps = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            if index + 1 == nodes.len() {
                self.node(node)?;
                break;
            }
            let split = self.push(Instruction::Match)?;
            self.node(node)?;
            jumps.push(self.push(Instruction::Match)?);
            self.set(split, Instruction::Split(split + 1, self.instructions.len()));
        }
        for jump in jumps {
            self.set(jump, Instruction::Jump(self.instructions.len()));
        }
        Ok(())
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>, greedy: bool) -> Result<()> {
        for _ in 0..min {
            let before = self.instructions.len();
            self.node(node)?;
            if self.instructions.len() == before {
                // It is nothing, however often.
                return Ok(());
            }
        }
        let split = |inside: usize, behind: usize| match greedy {
            true => Instruction::Split(inside, behind),
            false => Instruction::Split(behind, inside),
        };
        if let Some(max) = max {
            let mut splits = Vec::new();
            for _ in min..max {
                splits.push(self.push(Instruction::Match)?);
                self.node(node)?;
            }
            for index in splits {
                self.set(index, split(index + 1, self.instructions.len()));
            }
            return Ok(());
        }
        let start = self.push(Instruction::Match)?;
        let mark = self.slots;
        self.slots += 1;
        self.push(Instruction::Save(mark))?;
        self.node(node)?;
        self.push(Instruction::Progress(mark))?;
        self.push(Instruction::Jump(start))?;
        self.set(start, split(start + 1, self.instructions.len()));
        Ok(())
    }

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

/// The characters of a set as the crate `regex` writes it.
fn class(text: &str) -> ClassUnicode {
    match regex_syntax::parse(text).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        Ok(HirKind::Class(Class::Bytes(class))) => {
            class.to_unicode_class().unwrap_or_else(ClassUnicode::empty)
        }
        Ok(HirKind::Literal(literal)) => {
            let characters = std::str::from_utf8(&literal.0).unwrap_or_default().chars();
            ClassUnicode::new(characters.map(|c| ClassUnicodeRange::new(c, c)))
        }
        _ => ClassUnicode::empty(),
    }
}
