//! Decides conditions on a message, and redacts its body.

use std::cell::OnceCell;

use philter_plugin_api::MessageView;

use crate::expression::{Condition, Expression, Operand};
use crate::json::{Json, Unread};
use crate::path::replace;
use crate::value::Scalar;
use crate::wanted::{Found, Wanted};

/// What stands in the place of what is redacted.
const REDACTED: &str = "***";

/// A message whose body is read as JSON when the first expression asks for it.
pub(crate) struct Message<'a> {
    view: &'a dyn MessageView,
    body: &'a [u8],
    wanted: &'a Wanted,
    found: OnceCell<Result<Found<'a>, Unread>>,
}

impl<'a> Message<'a> {
    /// `body` is that of the message; empty will do where no expression asks for it. What is not in
    /// `wanted` is not found in it.
    pub(crate) fn new(view: &'a dyn MessageView, body: &'a [u8], wanted: &'a Wanted) -> Self {
        Self { view, body, wanted, found: OnceCell::new() }
    }

    /// Whether a condition is true.
    ///
    /// # Errors
    /// It has a path, and the body is not read.
    pub(crate) fn meets(&self, condition: &Condition) -> Result<bool, Unread> {
        Ok(match condition {
            Condition::Always => true,
            Condition::All(conditions) => {
                for condition in conditions {
                    if !self.meets(condition)? {
                        return Ok(false);
                    }
                }
                true
            }
            Condition::Any(conditions) => {
                for condition in conditions {
                    if self.meets(condition)? {
                        return Ok(true);
                    }
                }
                false
            }
            Condition::Not(condition) => !self.meets(condition)?,
            Condition::Holds(operand) => self.value(operand)?.holds(),
            Condition::Compare(left, comparison, right) => {
                self.value(left)?.compares(*comparison, self.value(right)?)
            }
        })
    }

    /// What an operand is on this message.
    ///
    /// # Errors
    /// It is a path, and the body is not read.
    pub(crate) fn value<'v>(&'v self, operand: &'v Operand) -> Result<Scalar<'v>, Unread> {
        Ok(match operand {
            Operand::Header(name) => self.view.header(name).into(),
            Operand::Body(_, way) => self.found()?.at(way),
            Operand::Text(text) => Scalar::Text(text),
            Operand::Number(number) => Scalar::Number(*number),
            Operand::Bool(value) => Scalar::Bool(*value),
            Operand::Null => Scalar::Null,
        })
    }

    /// The body without what an expression redacts; none where nothing of it is there.
    ///
    /// # Errors
    /// The body is not read.
    pub(crate) fn redacted(&self, expression: &Expression) -> Result<Option<Vec<u8>>, Unread> {
        let mut tree = Json::read(self.body)?;
        let mut changes = 0;
        for path in &expression.redact {
            changes += usize::from(replace(&path.0, &mut tree, REDACTED));
        }
        let body = serde_json::to_vec(&tree)?;
        Ok((changes > 0).then_some(body))
    }

    fn found(&self) -> Result<&Found<'a>, Unread> {
        let read = || self.wanted.read(self.body);
        self.found.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}
