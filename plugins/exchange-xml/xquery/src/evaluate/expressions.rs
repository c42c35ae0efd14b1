//! Which part evaluates which expression, in each of the three ways.
//!
//! Invariants: an error leaves an expression with the place of the innermost one that it came out
//! of; an expression that holds others is evaluated with enough of the stack.

use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Sink, error, stack};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::expression::{Expr, Kind};
use crate::value::{Item, Sequence, SequenceBuilder};

impl<'a> Evaluator<'a> {
    /// The value of an expression.
    pub(crate) fn evaluate(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        match &expr.kind {
            Kind::Literal(atomic) => Ok(Sequence::One(Item::Atomic(atomic.clone()))),
            Kind::Local(slot) => Ok(frame.get(*slot)),
            Kind::ContextItem => match focus {
                Some(focus) => Ok(Sequence::One(focus.item.clone())),
                None => Err(no_focus("context item").at(expr.span)),
            },
            _ => {
                self.meter.step()?;
                let value = stack(|| self.evaluate_nested(expr, frame, focus));
                value.map_err(|error| error.at(expr.span))
            }
        }
    }

    fn evaluate_nested(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        match &expr.kind {
            Kind::Sequence(_)
            | Kind::Path { .. }
            | Kind::Step { .. }
            | Kind::Filter { .. }
            | Kind::Map { .. }
            | Kind::Range(_)
            | Kind::Flwor { .. }
            | Kind::Lookup { .. }
            | Kind::UnaryLookup(_)
            | Kind::Union(_)
            | Kind::Intersect(_)
            | Kind::Except(_) => self.collect(expr, frame, focus),
            Kind::And(_)
            | Kind::Or(_)
            | Kind::Not(_)
            | Kind::Boolean(_)
            | Kind::Exists(_)
            | Kind::Empty(_)
            | Kind::General(..)
            | Kind::Quantified { .. }
            | Kind::InstanceOf(..)
            | Kind::Castable { .. } => {
                Ok(Item::boolean(self.truth_nested(expr, frame, focus)?).into())
            }
            Kind::Value(..) | Kind::Is(_) | Kind::Precedes(_) | Kind::Follows(_) => {
                let holds = self.comparison(expr, frame, focus)?;
                Ok(holds.map(Item::boolean).into())
            }
            Kind::If { .. } | Kind::Switch { .. } | Kind::Typeswitch { .. } => {
                let branch = self.branch(expr, frame, focus)?;
                self.evaluate(branch, frame, focus)
            }
            Kind::TryCatch { body, catches } => self.try_catch(body, catches, frame, focus),
            _ => self.evaluate_single(expr, frame, focus),
        }
    }

    /// Expressions that most often give one item.
    fn evaluate_single(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        match &expr.kind {
            Kind::Global(index) => self.global(*index),
            Kind::Position => Ok(count(needed(focus, "position")?.position)),
            Kind::Last => match needed(focus, "size")?.size {
                Some(size) => Ok(count(size)),
                None => Err(no_focus("size")),
            },
            Kind::Root => self.root(focus),
            Kind::Count(operand) => self.count(operand, frame, focus),
            Kind::Arithmetic(operator, operands) => {
                self.arithmetic(*operator, operands, frame, focus)
            }
            Kind::Negate(operand) => self.signed(operand, true, frame, focus),
            Kind::Plus(operand) => self.signed(operand, false, frame, focus),
            Kind::Concat(operands) => self.concat(operands, frame, focus),
            Kind::TreatAs(operand, kind) => {
                let value = self.evaluate(operand, frame, focus)?;
                self.treat(value, kind)
            }
            Kind::Cast { operand, to, optional } => {
                let value = self.evaluate(operand, frame, focus)?;
                self.cast(&value, to, *optional)
            }
            Kind::CallBuiltin { .. }
            | Kind::Call { .. }
            | Kind::CallDynamic { .. }
            | Kind::Partial { .. }
            | Kind::BuiltinItem { .. }
            | Kind::FunctionItem { .. } => self.evaluate_function(expr, frame, focus),
            Kind::NewMap(entries) => self.new_map(entries, frame, focus),
            Kind::SquareArray(members) => self.square_array(members, frame, focus),
            Kind::CurlyArray(members) => self.curly_array(members, frame, focus),
            _ => self.construct(expr, frame, focus),
        }
    }

    /// Gives the items of an expression one by one, until no more are wanted.
    pub(crate) fn each(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        match &expr.kind {
            Kind::Local(_) | Kind::Literal(_) | Kind::ContextItem => {
                let value = self.evaluate(expr, frame, focus)?;
                self.give(value, sink)
            }
            Kind::Step { axis, test, predicates } => {
                self.meter.step()?;
                let flow = self.step(*axis, test, predicates, frame, focus, sink);
                flow.map_err(|error| error.at(expr.span))
            }
            _ => {
                self.meter.step()?;
                let flow = stack(|| self.each_nested(expr, frame, focus, sink));
                flow.map_err(|error| error.at(expr.span))
            }
        }
    }

    fn each_nested(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        match &expr.kind {
            Kind::Sequence(parts) => {
                for part in parts {
                    if self.each(part, frame, focus, sink)?.is_break() {
                        return ENOUGH;
                    }
                }
                MORE
            }
            Kind::Path { .. } => self.path(expr, frame, focus, sink),
            Kind::Filter { base, predicate } => self.filter(base, predicate, frame, focus, sink),
            Kind::Map { base, step, uses_last } => {
                self.map(base, step, *uses_last, frame, focus, sink)
            }
            Kind::Range(operands) => self.range(operands, frame, focus, sink),
            Kind::Union(operands) | Kind::Intersect(operands) | Kind::Except(operands) => {
                let nodes = self.combine_sets(&expr.kind, operands, frame, focus)?;
                self.give_nodes(nodes, sink)
            }
            Kind::If { .. } | Kind::Switch { .. } | Kind::Typeswitch { .. } => {
                let branch = self.branch(expr, frame, focus)?;
                self.each(branch, frame, focus, sink)
            }
            Kind::Flwor { clauses, result } => {
                self.flwor(clauses, frame, focus, &mut || self.each(result, frame, focus, sink))
            }
            Kind::Lookup { base, key } => self.lookup(base, key, frame, focus, sink),
            Kind::UnaryLookup(key) => {
                let item = &needed(focus, "context item")?.item;
                self.lookup_in(item, key, frame, focus, sink)
            }
            _ => {
                let value = self.evaluate_nested(expr, frame, focus)?;
                self.give(value, sink)
            }
        }
    }

    /// Gives the items of a sequence one by one.
    pub(crate) fn give(&self, value: Sequence<'a>, sink: Sink<'_, 'a>) -> Result<Flow> {
        if let Sequence::One(item) = value {
            return sink(item);
        }
        for item in value.iter() {
            self.meter.step()?;
            if sink(item.clone())?.is_break() {
                return ENOUGH;
            }
        }
        MORE
    }

    fn collect(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let mut items = SequenceBuilder::new(&self.meter);
        let mut keep = |item| {
            items.push(item)?;
            MORE
        };
        if let Kind::Step { axis, test, predicates } = &expr.kind {
            let _ = self.step(*axis, test, predicates, frame, focus, &mut keep)?;
        } else {
            let _ = self.each_nested(expr, frame, focus, &mut keep)?;
        }
        Ok(items.finish())
    }

    fn count(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        if let Kind::Local(slot) = &operand.kind {
            return Ok(count(frame.get(*slot).len()));
        }
        let mut items: usize = 0;
        let _ = self.each(operand, frame, focus, &mut |_| {
            items += 1;
            MORE
        })?;
        Ok(count(items))
    }
}

/// A number of items, or a position.
pub(crate) fn count<'a>(number: usize) -> Sequence<'a> {
    Item::Atomic(Atomic::integer(i128::try_from(number).unwrap_or(i128::MAX))).into()
}

/// The focus where an expression asks for it.
pub(crate) fn needed<'f, 'a>(focus: Option<&'f Focus<'a>>, what: &str) -> Result<&'f Focus<'a>> {
    focus.ok_or_else(|| no_focus(what))
}

fn no_focus(what: &str) -> Error {
    error("XPDY0002", format!("there is no context item here, so there is no {what}"))
}
