//! Effective boolean values (XQuery 3.1, section 2.4.3), and the logical expressions (section 3.8).
//!
//! Invariant: `and` and `or` do not depend on the order of their operands: what decides, decides,
//! even where another operand failed.

use super::{ENOUGH, Evaluator, Focus, Frame, MORE, error, stack};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::expression::{Expr, Kind};
use crate::value::{Item, Sequence};

impl<'a> Evaluator<'a> {
    /// The effective boolean value of an expression; no more of it is evaluated than decides.
    pub(crate) fn truth(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<bool> {
        self.meter.step()?;
        let truth = stack(|| self.truth_nested(expr, frame, focus));
        truth.map_err(|error| error.at(expr.span))
    }

    pub(super) fn truth_nested(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<bool> {
        match &expr.kind {
            Kind::And(operands) => self.logical(operands, false, frame, focus),
            Kind::Or(operands) => self.logical(operands, true, frame, focus),
            Kind::Not(operand) => Ok(!self.truth(operand, frame, focus)?),
            Kind::Boolean(operand) => self.truth(operand, frame, focus),
            Kind::Exists(operand) => self.exists(operand, frame, focus),
            Kind::Empty(operand) => Ok(!self.exists(operand, frame, focus)?),
            Kind::General(how, operands) => self.general(*how, operands, frame, focus),
            Kind::Value(..) | Kind::Is(_) | Kind::Precedes(_) | Kind::Follows(_) => {
                Ok(self.comparison(expr, frame, focus)?.unwrap_or(false))
            }
            Kind::Quantified { every, bindings, condition } => {
                self.quantified(*every, bindings, condition, frame, focus)
            }
            Kind::InstanceOf(operand, kind) => {
                let value = self.evaluate(operand, frame, focus)?;
                self.matches(&value, kind)
            }
            Kind::Castable { operand, to, optional } => {
                let value = self.evaluate(operand, frame, focus)?;
                self.castable(&value, to, *optional)
            }
            Kind::If { .. } | Kind::Switch { .. } | Kind::Typeswitch { .. } => {
                let branch = self.branch(expr, frame, focus)?;
                self.truth(branch, frame, focus)
            }
            Kind::Path { .. }
            | Kind::Step { .. }
            | Kind::Filter { .. }
            | Kind::Sequence(_)
            | Kind::Flwor { .. }
            | Kind::Map { .. } => self.truth_of_items(expr, frame, focus),
            _ => effective_boolean_value(&self.evaluate(expr, frame, focus)?),
        }
    }

    /// Whether an operand decides: a true one an `or`, a false one an `and`. Only where none does,
    /// the first error comes out.
    fn logical(
        &self,
        operands: &'a [Expr],
        deciding: bool,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<bool> {
        let mut failed = None;
        for operand in operands {
            match self.truth(operand, frame, focus) {
                Ok(value) if value == deciding => return Ok(deciding),
                Ok(_) => {}
                Err(error) => put_off(&mut failed, error)?,
            }
        }
        failed.map_or(Ok(!deciding), Err)
    }

    fn exists(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<bool> {
        let mut exists = false;
        let _ = self.each_unordered(operand, frame, focus, &mut |_| {
            exists = true;
            ENOUGH
        })?;
        Ok(exists)
    }

    fn truth_of_items(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<bool> {
        let mut first: Option<Item<'a>> = None;
        let _ = self.each_unordered(expr, frame, focus, &mut |item| match &first {
            None => {
                let is_node = matches!(item, Item::Node(_));
                first = Some(item);
                if is_node { ENOUGH } else { MORE }
            }
            Some(first) => Err(several(first)),
        })?;
        first.as_ref().map_or(Ok(false), boolean_of)
    }
}

/// Keeps the first error for the case that nothing decides; that of a limit comes out at once.
pub(super) fn put_off(failed: &mut Option<Error>, error: Error) -> Result<()> {
    if error.is_limit() {
        return Err(error);
    }
    failed.get_or_insert(error);
    Ok(())
}

/// The effective boolean value of items that are there already.
///
/// # Errors
///
/// `FORG0006` for what has none.
pub(crate) fn effective_boolean_value(sequence: &Sequence<'_>) -> Result<bool> {
    match sequence.as_slice() {
        [] => Ok(false),
        [Item::Node(_), ..] => Ok(true),
        [item] => boolean_of(item),
        [first, ..] => Err(several(first)),
    }
}

/// The effective boolean value of one item.
fn boolean_of(item: &Item<'_>) -> Result<bool> {
    let truth = match item {
        Item::Node(_) => Some(true),
        Item::Atomic(atomic) => truth_of(atomic),
        Item::Function(_) | Item::Map(_) | Item::Array(_) => None,
    };
    truth.ok_or_else(|| no_boolean(&item.describe()))
}

/// The effective boolean value of one atomic value; none where its type has none.
pub(crate) fn truth_of(atomic: &Atomic) -> Option<bool> {
    match atomic {
        Atomic::Boolean(value) => Some(*value),
        Atomic::String(text, _) | Atomic::Untyped(text) | Atomic::AnyUri(text) => {
            Some(!text.is_empty())
        }
        Atomic::Integer(number, _) => Some(*number != 0),
        Atomic::Decimal(number) => Some(!number.is_zero()),
        Atomic::Float(number) => Some(*number != 0.0 && !number.is_nan()),
        Atomic::Double(number) => Some(*number != 0.0 && !number.is_nan()),
        _ => None,
    }
}

fn several(first: &Item<'_>) -> Error {
    no_boolean(&format!("several items, the first {}", first.describe()))
}

fn no_boolean(found: &str) -> Error {
    let text = format!(
        "a condition is a node, a boolean, a string or a number, or nothing for false; found \
         {found}"
    );
    error("FORG0006", text)
}
