//! Conditional, switch and typeswitch expressions (XQuery 3.1, sections 3.13, 3.15 and 3.18.2):
//! which branch is taken.

use super::{Evaluator, Focus, Frame, atomize, error};
use crate::atomic::{Atomic, AtomicType};
use crate::error::Result;
use crate::expression::{Case, Expr, Kind, Slot};
use crate::value::{Item, Sequence};

impl<'a> Evaluator<'a> {
    /// The expression that a conditional one has for its value.
    pub(super) fn branch(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<&'a Expr> {
        match &expr.kind {
            Kind::If { condition, then, otherwise } => {
                let holds = self.truth(condition, frame, focus)?;
                Ok(if holds { then } else { otherwise })
            }
            Kind::Switch { operand, cases, default } => {
                let branch = self.switch(operand, cases, frame, focus)?;
                Ok(branch.unwrap_or(default))
            }
            Kind::Typeswitch { operand, cases, default } => {
                let value = self.evaluate(operand, frame, focus)?;
                self.typeswitch(value, cases, default, frame)
            }
            _ => Ok(expr),
        }
    }

    fn switch(
        &self,
        operand: &'a Expr,
        cases: &'a [(Vec<Expr>, Expr)],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Option<&'a Expr>> {
        let value = self.switch_value(operand, frame, focus)?;
        let comparer = self.comparer(frame)?;
        for (operands, result) in cases {
            for operand in operands {
                let case = self.switch_value(operand, frame, focus)?;
                let is_same = match (&value, &case) {
                    (None, None) => true,
                    (Some(value), Some(case)) => comparer.equal(value, case, true),
                    _ => false,
                };
                if is_same {
                    return Ok(Some(result));
                }
            }
        }
        Ok(None)
    }

    /// One atomic value or none; an untyped one as a string.
    fn switch_value(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Option<Atomic>> {
        let value = atomize(&self.meter, &self.evaluate(operand, frame, focus)?)?;
        match value.as_slice() {
            [] => Ok(None),
            [Item::Atomic(Atomic::Untyped(text))] => {
                Ok(Some(Atomic::String(text.clone(), AtomicType::String)))
            }
            [Item::Atomic(atomic)] => Ok(Some(atomic.clone())),
            _ => {
                let found = value.describe();
                let text = format!("an operand of switch is one value, found {found}");
                Err(error("XPTY0004", text).at(operand.span))
            }
        }
    }

    fn typeswitch(
        &self,
        value: Sequence<'a>,
        cases: &'a [Case],
        default: &'a (Option<Slot>, Expr),
        frame: &Frame<'a>,
    ) -> Result<&'a Expr> {
        let (mut slot, mut result) = (default.0, &default.1);
        'cases: for case in cases {
            for kind in &case.kinds {
                if self.matches(&value, kind)? {
                    (slot, result) = (case.slot, &case.result);
                    break 'cases;
                }
            }
        }
        if let Some(slot) = slot {
            frame.set(slot, value);
        }
        Ok(result)
    }
}
