//! Axis steps and predicates (XQuery 3.1, sections 3.3.2 and 3.3.3).
//!
//! Invariants: a predicate counts positions in the axis's own direction, but a step's nodes come in
//! document order; nothing is kept unless a predicate asks for the last position.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::expressions::needed;
use super::node_sets::Nodes;
use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Sink, effective_boolean_value, error};
use crate::atomic::Atomic;
use crate::error::Result;
use crate::expression::{Axis, Expr, Kind, Predicate};
use crate::tree::{Node, TreeTest};
use crate::types::NodeTest;
use crate::value::{Item, Sequence, SequenceBuilder};

impl<'a> Evaluator<'a> {
    /// An axis step from the context item.
    pub(super) fn step(
        &self,
        axis: Axis,
        test: &'a NodeTest,
        predicates: &'a [Predicate],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        let item = &needed(focus, "node to step from")?.item;
        let Item::Node(node) = item else {
            let found = item.describe();
            let text = format!("a step needs a node as context item, found {found}");
            return Err(error("XPTY0020", text));
        };
        let test = test.within(node.tree());
        if !is_reverse(axis) {
            return self.step_forward(axis, *node, test, predicates, frame, sink);
        }
        let mut nodes = Nodes::new(&self.meter);
        let _ = self.step_forward(axis, *node, test, predicates, frame, &mut |item| {
            if let Item::Node(node) = item {
                nodes.push(node)?;
            }
            MORE
        })?;
        let mut nodes = nodes.into_vec();
        nodes.reverse();
        self.give_nodes(nodes, sink)
    }

    /// The nodes in the axis's own order.
    fn step_forward(
        &self,
        axis: Axis,
        node: Node<'a>,
        test: TreeTest<'a>,
        predicates: &'a [Predicate],
        frame: &Frame<'a>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        let meter = &self.meter;
        if predicates.is_empty() {
            return node.walk(axis, test, meter, |node| sink(Item::Node(node)));
        }
        if predicates.iter().any(|predicate| predicate.uses_last) {
            let mut items = SequenceBuilder::new(meter);
            let _ = node.walk(axis, test, meter, |node| {
                items.push(Item::Node(node))?;
                MORE
            })?;
            let items = self.filter_kept(items.finish(), predicates, frame)?;
            return self.give(items, sink);
        }
        let mut filters = Filters::new(self, predicates, frame);
        let _ = node.walk(axis, test, meter, |node| filters.pass(Item::Node(node), sink))?;
        filters.flow()
    }

    /// `E[P]`.
    pub(super) fn filter(
        &self,
        base: &'a Expr,
        predicate: &'a Predicate,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        let predicates = std::slice::from_ref(predicate);
        if predicate.uses_last {
            let items = self.evaluate(base, frame, focus)?;
            let items = self.filter_kept(items, predicates, frame)?;
            return self.give(items, sink);
        }
        if let (Kind::Local(slot), Some(position)) = (&base.kind, predicate.constant_position) {
            let index = usize::try_from(position.wrapping_sub(1)).unwrap_or(usize::MAX);
            let item = frame.get(*slot).get(index).cloned();
            return item.map_or(MORE, sink);
        }
        if let Kind::Local(slot) = &base.kind
            && predicate.is_fixed
        {
            let items = frame.get(*slot);
            return self.filter_fixed(&items, predicate, frame, sink);
        }
        let mut filters = Filters::new(self, predicates, frame);
        let _ = self.each(base, frame, focus, &mut |item| filters.pass(item, sink))?;
        filters.flow()
    }

    /// Filters what is kept by a predicate that has one value for all items.
    fn filter_fixed(
        &self,
        items: &Sequence<'a>,
        predicate: &'a Predicate,
        frame: &Frame<'a>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        if items.is_empty() {
            return MORE;
        }
        match self.fixed(predicate, frame)? {
            Fixed::Truth(true) => self.give(items.clone(), sink),
            Fixed::Truth(false) => MORE,
            Fixed::Position(position) => {
                let index = position.and_then(|position| position.checked_sub(1));
                let item = index.and_then(|index| items.get(index)).cloned();
                item.map_or(MORE, sink)
            }
        }
    }

    /// The value of a predicate that asks nothing of the focus.
    fn fixed(&self, predicate: &'a Predicate, frame: &Frame<'a>) -> Result<Fixed> {
        if let Some(position) = predicate.constant_position {
            return Ok(Fixed::Position(usize::try_from(position).ok()));
        }
        if predicate.is_boolean {
            return self.truth(&predicate.expr, frame, None).map(Fixed::Truth);
        }
        let value = self.evaluate(&predicate.expr, frame, None)?;
        match value.as_slice() {
            [Item::Atomic(number)] if number.type_of().is_numeric() => {
                Ok(Fixed::Position(whole(number)))
            }
            _ => {
                let truth = effective_boolean_value(&value).map(Fixed::Truth);
                truth.map_err(|error| error.at(predicate.expr.span))
            }
        }
    }

    /// Filters what is kept, so that the number of items is known.
    fn filter_kept(
        &self,
        mut items: Sequence<'a>,
        predicates: &'a [Predicate],
        frame: &Frame<'a>,
    ) -> Result<Sequence<'a>> {
        for predicate in predicates {
            if matches!(predicate.expr.kind, Kind::Last) {
                items = items.slice(items.len().saturating_sub(1), items.len());
                continue;
            }
            let mut kept = SequenceBuilder::new(&self.meter);
            for (index, item) in items.iter().enumerate() {
                let focus =
                    Focus { item: item.clone(), position: index + 1, size: Some(items.len()) };
                if self.holds(predicate, &focus, frame)? {
                    kept.push(item.clone())?;
                }
            }
            items = kept.finish();
        }
        Ok(items)
    }

    /// Whether an item passes a predicate: a number is compared with its position, anything else
    /// has its effective boolean value.
    fn holds(
        &self,
        predicate: &'a Predicate,
        focus: &Focus<'a>,
        frame: &Frame<'a>,
    ) -> Result<bool> {
        if let Some(position) = predicate.constant_position {
            return Ok(u64::try_from(focus.position) == Ok(position));
        }
        if predicate.is_boolean {
            return self.truth(&predicate.expr, frame, Some(focus));
        }
        let value = self.evaluate(&predicate.expr, frame, Some(focus))?;
        match value.as_slice() {
            [Item::Atomic(number)] if number.type_of().is_numeric() => {
                Ok(is_position(number, focus.position))
            }
            _ => {
                let truth = effective_boolean_value(&value);
                truth.map_err(|error| error.at(predicate.expr.span))
            }
        }
    }
}

/// No sequence is as long.
const POSITION_MAX: f64 = 9.0e15;

/// What a predicate is for all items.
#[derive(Clone, Copy)]
enum Fixed {
    Truth(bool),
    /// One item passes at the most; none where it is no position.
    Position(Option<usize>),
}

/// Whether an item passes, and whether others after it may.
enum Passed {
    Not(Flow),
    AndMayMore,
    AsTheLast,
}

/// Predicates that items pass one by one.
struct Filters<'f, 'a> {
    evaluator: &'f Evaluator<'a>,
    predicates: &'a [Predicate],
    frame: &'f Frame<'a>,
    /// How many items have come before each predicate.
    positions: SmallVec<[usize; 4]>,
    /// The first predicate's value, once it is known, where it is the same for all items.
    fixed: Option<Fixed>,
    /// Whether those behind want no more items.
    has_enough: bool,
}

impl<'f, 'a> Filters<'f, 'a> {
    fn new(
        evaluator: &'f Evaluator<'a>,
        predicates: &'a [Predicate],
        frame: &'f Frame<'a>,
    ) -> Self {
        let positions = SmallVec::from_elem(0, predicates.len());
        Self { evaluator, predicates, frame, positions, fixed: None, has_enough: false }
    }

    /// Whether those behind want more, once the items are through.
    fn flow(&self) -> Result<Flow> {
        if self.has_enough { ENOUGH } else { MORE }
    }

    /// Whether the next item passes the first predicate, which has one value for all.
    fn pass_fixed(&mut self, predicate: &'a Predicate) -> Result<Passed> {
        let fixed = match self.fixed {
            Some(fixed) => fixed,
            None => self.evaluator.fixed(predicate, self.frame)?,
        };
        self.fixed = Some(fixed);
        let Some(position) = self.positions.first_mut() else { return Ok(Passed::AndMayMore) };
        *position += 1;
        Ok(match fixed {
            Fixed::Truth(true) => Passed::AndMayMore,
            Fixed::Truth(false) | Fixed::Position(None) => Passed::Not(Flow::Break(())),
            Fixed::Position(Some(wanted)) => match (*position).cmp(&wanted) {
                Ordering::Less => Passed::Not(Flow::Continue(())),
                Ordering::Equal => Passed::AsTheLast,
                Ordering::Greater => Passed::Not(Flow::Break(())),
            },
        })
    }

    /// Hands the item on where it passes all predicates. Breaks where no item after it is of use.
    fn pass(&mut self, item: Item<'a>, sink: Sink<'_, 'a>) -> Result<Flow> {
        let mut focus = Focus { item, position: 0, size: None };
        // Behind the position that a predicate asks for no item passes any more.
        let mut is_last = false;
        let mut passed = 0;
        if let Some(first) = self.predicates.first().filter(|it| it.is_fixed) {
            match self.pass_fixed(first)? {
                Passed::Not(flow) => return Ok(flow),
                Passed::AndMayMore => {}
                Passed::AsTheLast => is_last = true,
            }
            passed = 1;
        }
        let predicates = self.predicates.iter().zip(&mut self.positions);
        for (predicate, position) in predicates.skip(passed) {
            *position += 1;
            focus.position = *position;
            if !self.evaluator.holds(predicate, &focus, self.frame)? {
                return if is_last { ENOUGH } else { MORE };
            }
            is_last |= predicate.constant_position.is_some();
        }
        self.has_enough = sink(focus.item)?.is_break();
        if is_last || self.has_enough { ENOUGH } else { MORE }
    }
}

/// Whether an axis gives its nodes against document order.
pub(super) fn is_reverse(axis: Axis) -> bool {
    matches!(axis, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling)
}

/// The number as a position, where it can be one.
fn whole(number: &Atomic) -> Option<usize> {
    match number {
        Atomic::Integer(number, _) => usize::try_from(*number).ok(),
        Atomic::Decimal(number) => {
            usize::try_from(*number).ok().filter(|whole| Decimal::from(*whole) == *number)
        }
        Atomic::Float(number) => whole(&Atomic::Double(f64::from(*number))),
        Atomic::Double(number) => {
            let is_whole = *number >= 1.0 && *number < POSITION_MAX && number.fract() == 0.0;
            is_whole.then_some(*number as usize)
        }
        _ => None,
    }
}

fn is_position(number: &Atomic, position: usize) -> bool {
    match number {
        Atomic::Integer(number, _) => usize::try_from(*number) == Ok(position),
        Atomic::Decimal(number) => *number == Decimal::from(position),
        Atomic::Float(number) => f64::from(*number) == position as f64,
        Atomic::Double(number) => *number == position as f64,
        _ => false,
    }
}
