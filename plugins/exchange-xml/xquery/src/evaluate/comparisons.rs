//! Comparisons (XQuery 3.1, section 3.7).
//!
//! Invariants: a general comparison is true where one pair of values is, even where another pair
//! fails to compare, so it does not depend on the order of items; the text of a node is compared
//! where it lies.

use std::sync::Arc;

use super::booleans::put_off;
use super::casts::cast_name;
use super::{
    ENOUGH, Evaluator, Flow, Focus, Frame, MORE, atomize, atomize_item, error, is_untyped,
};
use super::{stack, typed_value};
use crate::atomic::Atomic;
use crate::atomic::compare::Comparer;
use crate::error::{Error, Result};
use crate::expression::{Comparison, Expr, Kind};
use crate::meter::Meter;
use crate::tree::Node;
use crate::value::{Item, Sequence};

impl<'a> Evaluator<'a> {
    /// What compares values here.
    pub(super) fn comparer<'f>(&self, frame: &'f Frame<'a>) -> Result<Comparer<'f>> {
        Ok(Comparer {
            collation: frame.collation()?,
            implicit_timezone_minutes: self.implicit_timezone_minutes(),
        })
    }

    /// A general comparison (section 3.7.2). One side's items come one by one, the other's values
    /// are kept: a literal's, where there is one.
    pub(super) fn general(
        &self,
        how: Comparison,
        operands: &'a (Expr, Expr),
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<bool> {
        let (left, right) = operands;
        let keeps_left = matches!(left.kind, Kind::Literal(_) | Kind::Local(_) | Kind::Global(_));
        let (streamed, kept) = if keeps_left { (right, left) } else { (left, right) };
        let (literal, values);
        let kept = if let Kind::Literal(value) = &kept.kind {
            literal = value;
            Kept::Literal(literal)
        } else {
            values = atomize(&self.meter, &self.evaluate(kept, frame, focus)?)?;
            if values.is_empty() {
                return Ok(false);
            }
            Kept::Values(values.as_slice())
        };
        let pairs = Pairs {
            how: if keeps_left { how.mirrored() } else { how },
            comparer: self.comparer(frame)?,
            meter: &self.meter,
            kept,
            namespaces: &frame.context.namespaces,
        };
        let (mut holds, mut failed) = (false, None);
        let _ = self.each_unordered(streamed, frame, focus, &mut |item| {
            pairs.compare(&item, &mut holds, &mut failed)
        })?;
        if holds { Ok(true) } else { failed.map_or(Ok(false), Err) }
    }

    /// A value or node comparison (sections 3.7.1 and 3.7.3); none where an operand is empty.
    pub(super) fn comparison(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Option<bool>> {
        match &expr.kind {
            Kind::Value(how, operands) => {
                let left = self.single_atomic(&operands.0, frame, focus, "a comparison")?;
                let right = self.single_atomic(&operands.1, frame, focus, "a comparison")?;
                let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
                self.comparer(frame)?.value(*how, &left, &right).map(Some)
            }
            Kind::Is(operands) | Kind::Precedes(operands) | Kind::Follows(operands) => {
                let left = self.single_node(&operands.0, frame, focus)?;
                let right = self.single_node(&operands.1, frame, focus)?;
                let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
                Ok(Some(match &expr.kind {
                    Kind::Is(_) => left == right,
                    Kind::Precedes(_) => left.document_order(right).is_lt(),
                    _ => left.document_order(right).is_gt(),
                }))
            }
            _ => Ok(None),
        }
    }

    /// The one atomic value of an operand; none where it is empty.
    pub(super) fn single_atomic(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        of: &str,
    ) -> Result<Option<Atomic>> {
        self.only_atomic(&self.evaluate(operand, frame, focus)?, operand, of)
    }

    /// The same of an operand's value.
    pub(super) fn only_atomic(
        &self,
        value: &Sequence<'a>,
        operand: &Expr,
        of: &str,
    ) -> Result<Option<Atomic>> {
        let value = atomize(&self.meter, value)?;
        match value.as_slice() {
            [] => Ok(None),
            [Item::Atomic(atomic)] => Ok(Some(atomic.clone())),
            _ => {
                let text = format!("an operand of {of} is one value, found {}", value.describe());
                Err(error("XPTY0004", text).at(operand.span))
            }
        }
    }

    fn single_node(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Option<Node<'a>>> {
        let value = self.evaluate(operand, frame, focus)?;
        match value.as_slice() {
            [] => Ok(None),
            [Item::Node(node)] => Ok(Some(*node)),
            _ => {
                let found = value.describe();
                let text = format!("an operand of a node comparison is one node, found {found}");
                Err(error("XPTY0004", text).at(operand.span))
            }
        }
    }
}

/// One side's values.
#[derive(Clone, Copy)]
enum Kept<'p, 'a> {
    Literal(&'p Atomic),
    /// All atomic.
    Values(&'p [Item<'a>]),
}

impl<'p> Kept<'p, '_> {
    fn iter(self) -> impl Iterator<Item = &'p Atomic> {
        let (literal, values) = match self {
            Self::Literal(literal) => (Some(literal), Default::default()),
            Self::Values(values) => (None, values),
        };
        let values = values.iter().filter_map(|item| match item {
            Item::Atomic(atomic) => Some(atomic),
            _ => None,
        });
        literal.into_iter().chain(values)
    }
}

/// A general comparison under way.
struct Pairs<'p, 'a> {
    how: Comparison,
    comparer: Comparer<'p>,
    meter: &'p Meter<'a>,
    kept: Kept<'p, 'a>,
    /// For an untyped value beside an `xs:QName`.
    namespaces: &'p [(Arc<str>, Arc<str>)],
}

impl<'a> Pairs<'_, 'a> {
    /// Compares an item with all that is kept.
    fn compare(
        &self,
        item: &Item<'a>,
        holds: &mut bool,
        failed: &mut Option<Error>,
    ) -> Result<Flow> {
        for value in self.kept.iter() {
            self.meter.step()?;
            let outcome = match item {
                Item::Node(node) => self.node(*node, value),
                Item::Atomic(atomic) => self.pair(atomic, value),
                other => stack(|| self.members(other, value)),
            };
            match outcome {
                Ok(true) => {
                    *holds = true;
                    return ENOUGH;
                }
                Ok(false) => {}
                Err(error) => put_off(failed, error)?,
            }
        }
        MORE
    }

    /// An array's members, each by itself; other functions have no values.
    fn members(&self, item: &Item<'a>, value: &Atomic) -> Result<bool> {
        let (mut holds, mut failed) = (false, None);
        atomize_item(self.meter, item, &mut |member| {
            match self.pair(&member, value) {
                Ok(result) => holds |= result,
                Err(error) => put_off(&mut failed, error)?,
            }
            Ok(())
        })?;
        if holds { Ok(true) } else { failed.map_or(Ok(false), Err) }
    }

    fn pair(&self, left: &Atomic, right: &Atomic) -> Result<bool> {
        let name = |value| cast_name(value, self.namespaces).map(|name| Atomic::QName(name.into()));
        match (left, right) {
            (Atomic::Untyped(_), Atomic::QName(_)) => {
                self.comparer.general(self.how, &name(left)?, right)
            }
            (Atomic::QName(_), Atomic::Untyped(_)) => {
                self.comparer.general(self.how, left, &name(right)?)
            }
            _ => self.comparer.general(self.how, left, right),
        }
    }

    /// A node with a value: its text where it lies, as far as that does not depend on namespaces.
    fn node(&self, node: Node<'a>, value: &Atomic) -> Result<bool> {
        if !is_untyped(node) {
            return self.comparer.general(self.how, &typed_value(self.meter, node)?, value);
        }
        match value {
            Atomic::QName(_) => self.pair(&typed_value(self.meter, node)?, value),
            _ => self.comparer.untyped(self.how, node.string_value(), value),
        }
    }
}
