//! Compiles a regular expression to instructions for the search by trying.
//!
//! Invariants: a set of characters is read once, however often the pattern repeats it; instructions
//! and sets stay within a limit together; every part of the pattern is a step each time that it is
//! gone over.

use std::collections::HashMap;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::classes::fold;
use super::syntax::{Node, Syntax};
use super::{Flags, too_large};
use crate::error::Result;
use crate::meter::Meter;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) instructions: Vec<Instruction>,
    pub(super) classes: Vec<ClassUnicode>,
    pub(super) flags: Flags,
    /// Two for each group, the whole included.
    pub(super) captures: usize,
    /// `captures`, and one for each loop.
    pub(super) slots: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Instruction {
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

impl Program {
    /// Compiles.
    ///
    /// # Errors
    ///
    /// `regex_bytes_max` where the program would become larger, and the limits of an evaluation.
    pub(super) fn compile(meter: &Meter<'_>, syntax: &Syntax, flags: Flags) -> Result<Self> {
        let captures = 2 * (syntax.parents.len() + 1);
        let program = Self {
            instructions: Vec::new(),
            classes: Vec::new(),
            flags,
            captures,
            slots: captures,
        };
        let mut compiler = Compiler { meter, program, known: HashMap::new(), class_bytes: 0 };
        compiler.node(&syntax.root)?;
        compiler.push(Instruction::Match)?;
        Ok(compiler.program)
    }
}

struct Compiler<'m, 'l> {
    meter: &'m Meter<'l>,
    program: Program,
    /// Where in the program the set is that a text stands for.
    known: HashMap<Box<str>, usize>,
    /// What all sets take.
    class_bytes: usize,
}

impl Compiler<'_, '_> {
    fn push(&mut self, instruction: Instruction) -> Result<usize> {
        let bytes_max = self.meter.limits.regex_bytes_max;
        let index = self.program.instructions.len();
        if index * size_of::<Instruction>() + self.class_bytes >= bytes_max {
            return Err(too_large(bytes_max));
        }
        self.program.instructions.push(instruction);
        Ok(index)
    }

    fn set(&mut self, index: usize, instruction: Instruction) {
        if let Some(place) = self.program.instructions.get_mut(index) {
            *place = instruction;
        }
    }

    fn node(&mut self, node: &Node) -> Result<()> {
        self.meter.step()?;
        match node {
            Node::Empty => {}
            Node::Character(c) if self.program.flags.case_insensitive => {
                self.class(&format!("(?i:{c})"), || folded(*c))?;
            }
            Node::Character(c) => {
                self.push(Instruction::Character(*c))?;
            }
            Node::Class(text) => self.class(text, || class(text))?,
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

    /// A set, by the text that stands for it.
    fn class(&mut self, text: &str, read: impl FnOnce() -> ClassUnicode) -> Result<()> {
        let known = self.known.get(text).copied();
        let index = known.unwrap_or_else(|| self.add_class(text, read()));
        self.push(Instruction::Class(index)).map(drop)
    }

    fn add_class(&mut self, text: &str, class: ClassUnicode) -> usize {
        let index = self.program.classes.len();
        self.class_bytes += text.len() + size_of_val(class.ranges());
        self.program.classes.push(class);
        self.known.insert(text.into(), index);
        index
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
            self.set(split, Instruction::Split(split + 1, self.program.instructions.len()));
        }
        for jump in jumps {
            self.set(jump, Instruction::Jump(self.program.instructions.len()));
        }
        Ok(())
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>, greedy: bool) -> Result<()> {
        for _ in 0..min {
            let before = self.program.instructions.len();
            self.node(node)?;
            if self.program.instructions.len() == before {
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
                self.set(index, split(index + 1, self.program.instructions.len()));
            }
            return Ok(());
        }
        let start = self.push(Instruction::Match)?;
        let mark = self.program.slots;
        self.program.slots += 1;
        self.push(Instruction::Save(mark))?;
        self.node(node)?;
        self.push(Instruction::Progress(mark))?;
        self.push(Instruction::Jump(start))?;
        self.set(start, split(start + 1, self.program.instructions.len()));
        Ok(())
    }
}

fn folded(c: char) -> ClassUnicode {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    fold(&mut class);
    class
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
