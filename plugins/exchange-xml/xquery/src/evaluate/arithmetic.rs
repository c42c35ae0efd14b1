//! Arithmetic, string concatenation and ranges (XQuery 3.1, sections 3.4.1, 3.5 and 3.6).

use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Role, Sink, error, is_untyped};
use crate::atomic::arithmetic::{arithmetic, negate};
use crate::atomic::quoted;
use crate::atomic::{Atomic, AtomicType, cast, lexical};
use crate::error::Result;
use crate::expression::{Arithmetic, Expr};
use crate::types::{ItemType, Occurrence, SequenceType};
use crate::value::{Item, Sequence};

const OPTIONAL_INTEGER: SequenceType = SequenceType {
    item: Some(ItemType::Atomic(AtomicType::Integer)),
    occurrence: Occurrence::Optional,
};

impl<'a> Evaluator<'a> {
    pub(super) fn arithmetic(
        &self,
        operator: Arithmetic,
        operands: &'a (Expr, Expr),
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let left = self.number(&operands.0, frame, focus)?;
        let right = self.number(&operands.1, frame, focus)?;
        let (Some(left), Some(right)) = (left, right) else { return Ok(Sequence::Empty) };
        let timezone = self.implicit_timezone_minutes();
        Ok(Item::Atomic(arithmetic(operator, &left, &right, timezone)?).into())
    }

    /// Unary minus and plus.
    pub(super) fn signed(
        &self,
        operand: &'a Expr,
        negative: bool,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let Some(number) = self.number(operand, frame, focus)? else { return Ok(Sequence::Empty) };
        let negated = negate(&number);
        if negative {
            return Ok(Item::Atomic(negated?).into());
        }
        if !number.type_of().is_numeric() {
            let found = Item::from(number).describe();
            return Err(error("XPTY0004", format!("unary plus takes a number, found {found}")));
        }
        Ok(Item::Atomic(number).into())
    }

    /// An operand; an untyped one as a double.
    fn number(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Option<Atomic>> {
        let value = self.evaluate(operand, frame, focus)?;
        let double = |text: &str| match lexical::parse_double(text) {
            Some(number) => Ok(Some(Atomic::Double(number))),
            None => {
                let text = format!("{} is no xs:double", quoted(text));
                Err(error("FORG0001", text).at(operand.span))
            }
        };
        match value.only() {
            Some(Item::Node(node)) if is_untyped(*node) => double(node.string_value()),
            Some(Item::Atomic(Atomic::Untyped(text))) => double(text),
            _ => self.only_atomic(&value, operand, "arithmetic"),
        }
    }

    pub(super) fn concat(
        &self,
        operands: &'a [Expr],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let mut whole = String::new();
        for operand in operands {
            if let Some(value) = self.single_atomic(operand, frame, focus, "||")? {
                let text = value.to_text();
                self.meter.build(text.len())?;
                whole.push_str(&text);
            }
        }
        self.meter.build(whole.len())?;
        Ok(Item::string(&whole).into())
    }

    pub(super) fn range(
        &self,
        operands: &'a (Expr, Expr),
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        let from = self.range_bound(&operands.0, frame, focus)?;
        let to = self.range_bound(&operands.1, frame, focus)?;
        let (Some(from), Some(to)) = (from, to) else { return MORE };
        let mut next = from;
        while next <= to {
            self.meter.step()?;
            if sink(Item::integer(next))?.is_break() {
                return ENOUGH;
            }
            let Some(following) = next.checked_add(1) else { return MORE };
            next = following;
        }
        MORE
    }

    fn range_bound(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Option<i128>> {
        let value = self.evaluate(operand, frame, focus)?;
        let value = self.convert(value, &OPTIONAL_INTEGER, Role::Range);
        let value = value.map_err(|error| error.at(operand.span))?;
        Ok(match value.first() {
            Some(Item::Atomic(Atomic::Integer(number, _))) => Some(*number),
            _ => None,
        })
    }
}

/// An untyped value as what an operator takes.
pub(super) fn untyped_as(value: &Atomic, to: AtomicType) -> Result<Atomic> {
    match value {
        Atomic::Untyped(_) => cast::cast(value, to),
        other => Ok(other.clone()),
    }
}
