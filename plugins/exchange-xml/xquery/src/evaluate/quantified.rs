//! Quantified expressions (XQuery 3.1, section 3.14).
//!
//! Invariant: one binding decides, even where the condition failed for another.

use super::booleans::put_off;
use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Role, stack};
use crate::error::{Error, Result};
use crate::expression::{Expr, ForBinding};

/// What a quantified expression has found so far.
struct Outcome {
    /// The truth that decides: true for `some`, false for `every`.
    deciding: bool,
    is_decided: bool,
    failed: Option<Error>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn quantified(
        &self,
        every: bool,
        bindings: &'a [ForBinding],
        condition: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<bool> {
        let mut outcome = Outcome { deciding: !every, is_decided: false, failed: None };
        let _ = self.quantify(bindings, condition, frame, focus, &mut outcome)?;
        match outcome.failed {
            Some(error) if !outcome.is_decided => Err(error),
            _ => Ok(outcome.is_decided == outcome.deciding),
        }
    }

    fn quantify(
        &self,
        bindings: &'a [ForBinding],
        condition: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        outcome: &mut Outcome,
    ) -> Result<Flow> {
        let Some((binding, rest)) = bindings.split_first() else {
            match self.truth(condition, frame, focus) {
                Ok(truth) if truth == outcome.deciding => {
                    outcome.is_decided = true;
                    return ENOUGH;
                }
                Ok(_) => {}
                Err(error) => put_off(&mut outcome.failed, error)?,
            }
            return MORE;
        };
        self.each(&binding.sequence, frame, focus, &mut |item| {
            let value = self.bound(item.into(), binding.kind.as_ref(), Role::Variable)?;
            frame.set(binding.slot, value);
            stack(|| self.quantify(rest, condition, frame, focus, outcome))
        })
    }
}
