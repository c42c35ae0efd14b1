//! Reads a regular expression (XPath Functions 3.1, section 5.6.1), strictly: what other dialects
//! add is refused.
//!
//! Invariant: groups are a stack of its own, so that no pattern is too deep for the thread's.

use super::Flags;
use super::classes;
use super::syntax::{Node, Syntax};
use crate::characters::is_space;
use crate::error::{Error, ErrorCode, Result};
use crate::meter::{Meter, limit};

/// Reads patterns.
pub(super) struct Parser<'m, 'l> {
    pub(super) meter: &'m Meter<'l>,
    characters: Vec<char>,
    next: usize,
    pub(super) flags: Flags,
    open: Vec<Open>,
    parents: Vec<u32>,
    /// Whether each group is closed, so that it may be referred to.
    closed: Vec<bool>,
    has_anchors: bool,
    has_back_references: bool,
}

/// A group that is not closed yet, or the whole.
#[derive(Default)]
struct Open {
    /// None for a group that captures nothing, 0 for the whole.
    number: Option<u32>,
    branches: Vec<Node>,
    pieces: Vec<Node>,
}

impl<'m, 'l> Parser<'m, 'l> {
    pub(super) fn new(meter: &'m Meter<'l>, pattern: &str, flags: Flags) -> Self {
        let characters = match flags.extended && !flags.literal {
            true => without_whitespace(pattern),
            false => pattern.chars().collect(),
        };
        Self {
            meter,
            characters,
            next: 0,
            flags,
            open: Vec::new(),
            parents: Vec::new(),
            closed: Vec::new(),
            has_anchors: false,
            has_back_references: false,
        }
    }

    /// The whole pattern.
    ///
    /// # Errors
    ///
    /// `FORX0002` where it is no regular expression, and the limits of an evaluation.
    pub(super) fn parse(mut self) -> Result<Syntax> {
        let root = if self.flags.literal {
            Node::Sequence(self.characters.iter().copied().map(Node::Character).collect())
        } else {
            self.expression()?
        };
        Ok(Syntax {
            root,
            parents: self.parents,
            has_anchors: self.has_anchors,
            has_back_references: self.has_back_references,
        })
    }

    fn expression(&mut self) -> Result<Node> {
        let mut current = Open { number: Some(0), ..Open::default() };
        while let Some(c) = self.take() {
            let atom = match c {
                '(' => {
                    let inner = self.open_group(&current)?;
                    self.open.push(std::mem::replace(&mut current, inner));
                    continue;
                }
                '|' => {
                    let branch = branch(std::mem::take(&mut current.pieces));
                    current.branches.push(branch);
                    continue;
                }
                ')' => {
                    let Some(outer) = self.open.pop() else {
                        return Err(self.error("a ')' that closes no group"));
                    };
                    self.close_group(std::mem::replace(&mut current, outer))
                }
                other => self.atom(other)?,
            };
            let piece = self.quantified(atom)?;
            current.pieces.push(piece);
        }
        match self.open.is_empty() {
            true => Ok(current.finish()),
            false => Err(self.error("the end, with a group that is not closed")),
        }
    }

    fn open_group(&mut self, outer: &Open) -> Result<Open> {
        let nesting_max = self.meter.limits.nesting_max;
        if self.open.len() >= nesting_max {
            return Err(too_deep(nesting_max));
        }
        if !self.take_if('?') {
            let group = |open: &Open| open.number.filter(|number| *number > 0);
            let parent = group(outer).or_else(|| self.open.iter().rev().find_map(group));
            self.parents.push(parent.unwrap_or(0));
            self.closed.push(false);
            let number = u32::try_from(self.parents.len()).ok();
            return Ok(Open { number, ..Open::default() });
        }
        match self.take_if(':') {
            true => Ok(Open::default()),
            false => Err(self.error("a group that begins with '?' but not with '?:'")),
        }
    }

    fn close_group(&mut self, group: Open) -> Node {
        let number = group.number;
        let index = number.and_then(|number| (number as usize).checked_sub(1));
        if let Some(closed) = index.and_then(|index| self.closed.get_mut(index)) {
            *closed = true;
        }
        Node::Group(number, Box::new(group.finish()))
    }

    fn atom(&mut self, c: char) -> Result<Node> {
        match c {
            '\\' => self.escape(),
            '[' => classes::bracketed(self).map(Node::Class),
            '.' => {
                classes::count_set(self)?;
                Ok(Node::Class(if self.flags.dot_all { "(?s:.)" } else { r"[^\n\r]" }.into()))
            }
            '^' | '$' => {
                self.has_anchors = true;
                Ok(if c == '^' { Node::Start } else { Node::End })
            }
            '?' | '*' | '+' => Err(self.error(&format!("a '{c}' with nothing to repeat"))),
            '{' | '}' | ']' => Err(self.error(&format!("a '{c}', which is written '\\{c}'"))),
            other => Ok(Node::Character(other)),
        }
    }

    fn escape(&mut self) -> Result<Node> {
        match self.peek() {
            Some('1'..='9') => self.back_reference(),
            _ => Ok(match classes::escape(self)? {
                classes::Escape::Character(c) => Node::Character(c),
                classes::Escape::Class(class) => Node::Class(class.into()),
            }),
        }
    }

    /// As many digits as make the number of a group that came before.
    fn back_reference(&mut self) -> Result<Node> {
        let mut number = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = number * 10 + digit;
            if number > 0 && longer as usize > self.parents.len() {
                break;
            }
            number = longer;
            self.next += 1;
        }
        let closed = (number as usize).checked_sub(1).and_then(|index| self.closed.get(index));
        match closed {
            Some(true) => {
                self.has_back_references = true;
                Ok(Node::BackReference(number))
            }
            Some(false) => Err(self.error(&format!("\\{number} inside of the group {number}"))),
            None => Err(self.error(&format!("\\{number}, before which is no group {number}"))),
        }
    }

    fn quantified(&mut self, atom: Node) -> Result<Node> {
        let (min, max) = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => (0, Some(0)),
            _ => return Ok(atom),
        };
        let is_range = self.take() == Some('{');
        let (min, max) = if is_range { self.range()? } else { (min, max) };
        let greedy = !self.take_if('?');
        Ok(Node::Repeat { node: Box::new(atom), min, max, greedy })
    }

    /// `{n}`, `{n,}` or `{n,m}`, the first brace taken.
    fn range(&mut self) -> Result<(u32, Option<u32>)> {
        let min = self.number()?;
        let max = match self.take_if(',') {
            true if self.peek() == Some('}') => None,
            true => Some(self.number()?),
            false => Some(min),
        };
        if !self.take_if('}') {
            return Err(self.error("a '{' without its '}'"));
        }
        if max.is_some_and(|max| max < min) {
            return Err(self.error("a range of which the second number is less than the first"));
        }
        Ok((min, max))
    }

    /// Numbers that are too large stay so large that no limit allows them.
    fn number(&mut self) -> Result<u32> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            self.next += 1;
        }
        number.ok_or_else(|| self.error("a '{' without a number behind it"))
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.characters.get(self.next).copied()
    }

    /// The character behind the next one.
    pub(super) fn peek_second(&self) -> Option<char> {
        self.characters.get(self.next + 1).copied()
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let taken = self.peek()?;
        self.next += 1;
        Some(taken)
    }

    pub(super) fn take_if(&mut self, c: char) -> bool {
        let is_next = self.peek() == Some(c);
        self.next += usize::from(is_next);
        is_next
    }

    /// Checks how many sets of characters lie in each other.
    pub(super) fn check_depth(&self, depth: usize) -> Result<()> {
        let nesting_max = self.meter.limits.nesting_max;
        if depth > nesting_max { Err(too_deep(nesting_max)) } else { Ok(()) }
    }

    /// What was found, at the last character taken.
    pub(super) fn error(&self, found: &str) -> Error {
        Error::new(
            ErrorCode::Standard("FORX0002"),
            format!(
                "\"{}\" is no regular expression: character {} is {found}",
                self.excerpt(),
                self.next.max(1)
            ),
        )
    }

    fn excerpt(&self) -> String {
        const CHARACTERS_MAX: usize = 60;
        let mut excerpt: String = self.characters.iter().take(CHARACTERS_MAX).collect();
        if self.characters.len() > CHARACTERS_MAX {
            excerpt.push('…');
        }
        excerpt
    }
}

impl Open {
    fn finish(mut self) -> Node {
        let last = branch(self.pieces);
        if self.branches.is_empty() {
            return last;
        }
        self.branches.push(last);
        Node::Choice(self.branches)
    }
}

fn branch(mut pieces: Vec<Node>) -> Node {
    match pieces.len() {
        1 => pieces.pop().unwrap_or(Node::Empty),
        0 => Node::Empty,
        _ => Node::Sequence(pieces),
    }
}

fn too_deep(nesting_max: usize) -> Error {
    let text = format!("a regular expression with more than {nesting_max} groups in each other");
    limit("nesting_max", text)
}

/// The pattern without whitespace, but for what stands in sets of characters (flag `x`).
fn without_whitespace(pattern: &str) -> Vec<char> {
    let mut depth = 0usize;
    let mut is_escaped = false;
    let mut kept = Vec::with_capacity(pattern.len());
    for c in pattern.chars() {
        if depth == 0 && is_space(c) {
            continue;
        }
        kept.push(c);
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    kept
}
