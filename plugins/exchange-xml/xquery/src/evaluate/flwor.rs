//! FLWOR expressions (XQuery 3.1, section 3.12).
//!
//! A tuple is what stands in the clauses' slots at the moment. Clauses hand tuples on one by one;
//! `order by` and `group by` alone keep them, as much of them as is used later.

use std::cell::Cell;

use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Role, stack};
use crate::error::Result;
use crate::expression::{Clause, ForBinding};
use crate::types::SequenceType;
use crate::value::{Item, Sequence};

/// Where tuples go; they stand in the frame.
pub(super) type TupleSink<'s> = &'s mut dyn FnMut() -> Result<Flow>;

/// A part of the clauses of one FLWOR expression, and what it is evaluated in.
#[derive(Clone, Copy)]
pub(super) struct Stream<'s, 'a> {
    pub(super) clauses: &'a [Clause],
    /// For each `count` clause, how many tuples it has seen.
    counters: &'s [Cell<usize>],
    pub(super) frame: &'s Frame<'a>,
    pub(super) focus: Option<&'s Focus<'a>>,
}

impl<'a> Evaluator<'a> {
    /// Gives the tuples of the clauses one by one.
    pub(super) fn flwor(
        &self,
        clauses: &'a [Clause],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: TupleSink<'_>,
    ) -> Result<Flow> {
        let counts = clauses.iter().filter(|clause| matches!(clause, Clause::Count(_)));
        let counters: Vec<Cell<usize>> = counts.map(|_| Cell::new(0)).collect();
        let stream = Stream { clauses, counters: &counters, frame, focus };
        self.tuples(stream, sink)
    }

    /// The tuples up to the last clause that keeps them are kept, the rest is one stream.
    fn tuples(&self, stream: Stream<'_, 'a>, sink: TupleSink<'_>) -> Result<Flow> {
        let keeps =
            |clause: &Clause| matches!(clause, Clause::OrderBy { .. } | Clause::GroupBy { .. });
        let Some(keeper) = stream.clauses.iter().rposition(keeps) else {
            return self.stream(stream, sink);
        };
        let (before, rest) = stream.clauses.split_at_checked(keeper).unwrap_or_default();
        let before = Stream { clauses: before, ..stream };
        let Some((clause, after)) = rest.split_first() else { return MORE };
        let seen =
            before.clauses.iter().filter(|clause| matches!(clause, Clause::Count(_))).count();
        let counters = stream.counters.get(seen..).unwrap_or_default();
        let after = Stream { clauses: after, counters, ..stream };
        let mut give = || self.stream(after, sink);
        match clause {
            Clause::OrderBy { keys, kept } => self.order_by(before, keys, kept, &mut give),
            Clause::GroupBy { keys, others } => self.group_by(before, keys, others, &mut give),
            _ => MORE,
        }
    }

    /// The tuples of clauses, some of which may keep them.
    pub(super) fn tuples_before(
        &self,
        stream: Stream<'_, 'a>,
        sink: TupleSink<'_>,
    ) -> Result<Flow> {
        stack(|| self.tuples(stream, sink))
    }

    /// The tuples of clauses that hand them on.
    fn stream(&self, stream: Stream<'_, 'a>, sink: TupleSink<'_>) -> Result<Flow> {
        stack(|| self.stream_nested(stream, sink))
    }

    fn stream_nested(&self, mut stream: Stream<'_, 'a>, sink: TupleSink<'_>) -> Result<Flow> {
        let (frame, focus) = (stream.frame, stream.focus);
        while let Some((clause, rest)) = stream.clauses.split_first() {
            stream.clauses = rest;
            self.meter.step()?;
            match clause {
                Clause::For(binding) => return self.for_clause(binding, stream, sink),
                Clause::Let { slot, kind, value } => {
                    let bound = self.evaluate(value, frame, focus)?;
                    let bound = self.bound(bound, kind.as_ref(), Role::Variable);
                    frame.set(*slot, bound.map_err(|error| error.at(value.span))?);
                }
                Clause::Where(condition) => {
                    if !self.truth(condition, frame, focus)? {
                        return MORE;
                    }
                }
                Clause::Count(slot) => {
                    let Some((counter, others)) = stream.counters.split_first() else { continue };
                    stream.counters = others;
                    counter.set(counter.get() + 1);
                    frame.set(*slot, super::expressions::count(counter.get()));
                }
                Clause::Window(window) => {
                    return self.window(window, stream, &mut || self.stream(stream, sink));
                }
                // `tuples` sees to these.
                Clause::OrderBy { .. } | Clause::GroupBy { .. } => {}
            }
        }
        sink()
    }

    fn for_clause(
        &self,
        binding: &'a ForBinding,
        rest: Stream<'_, 'a>,
        sink: TupleSink<'_>,
    ) -> Result<Flow> {
        let Stream { frame, focus, .. } = rest;
        let mut position = 0;
        let flow = self.each(&binding.sequence, frame, focus, &mut |item: Item<'a>| {
            position += 1;
            let value = self.bound(item.into(), binding.kind.as_ref(), Role::Variable);
            frame.set(binding.slot, value.map_err(|error| error.at(binding.sequence.span))?);
            if let Some(slot) = binding.position {
                frame.set(slot, super::expressions::count(position));
            }
            self.stream(rest, sink)
        })?;
        if flow.is_break() {
            return ENOUGH;
        }
        if position > 0 || !binding.allowing_empty {
            return MORE;
        }
        let value = self.bound(Sequence::Empty, binding.kind.as_ref(), Role::Variable);
        frame.set(binding.slot, value.map_err(|error| error.at(binding.sequence.span))?);
        if let Some(slot) = binding.position {
            frame.set(slot, super::expressions::count(0));
        }
        self.stream(rest, sink)
    }

    /// The value of a variable with a declared type, which it must match as it is.
    pub(super) fn bound(
        &self,
        value: Sequence<'a>,
        kind: Option<&SequenceType>,
        role: Role<'_>,
    ) -> Result<Sequence<'a>> {
        match kind {
            Some(kind) => self.require(value, kind, role),
            None => Ok(value),
        }
    }
}
