//! The condition of a query, `_where`: which of the objects are wanted.
//!
//! It is a list: an operator and its operands. `and`, `or` and `not` (none of them) take lists;
//! `eq`, `ne`, `lt`, `le`, `gt` and `ge` take two operands, `exists` one, `true` and `false` none.
//! An operand is an attribute's name, or `[quote, value]`.
//!
//! Invariants:
//! - a comparison with an attribute that is absent is false;
//! - of two values that have no order neither is less; they are equal if they are the same.

use std::cmp::Ordering;

use philter_protocol::v0_10::value::Value as Wire;

use super::limits::PREDICATE_TERMS_MAX;
use super::value::{free, text_of};
use crate::object::Object;
use crate::value::Value;

/// A condition on an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Predicate {
    /// Each holds.
    All(Vec<Predicate>),
    /// One holds.
    Any(Vec<Predicate>),
    /// None holds.
    Neither(Vec<Predicate>),
    /// Two values compare so.
    Compare(Comparison, Operand, Operand),
    /// There is a value.
    Exists(Operand),
    /// It holds or does not, whatever the object.
    Always(bool),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Attribute(String),
    Literal(Value),
}

/// Why a list is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PredicateError {
    #[error("an operation is no list that begins with an operator")]
    NoOperation,
    #[error("operator '{0}' not supported")]
    UnknownOperator(String),
    #[error("operator '{0}' has too few or too many operands")]
    OperandCount(String),
    #[error("an operand is neither a name nor [quote, value]")]
    NoOperand,
    #[error("more than {PREDICATE_TERMS_MAX} operations")]
    TooLong,
}

impl Predicate {
    /// Reads a condition.
    ///
    /// # Errors
    /// See [`PredicateError`].
    pub(super) fn decode(value: &Wire) -> Result<Self, PredicateError> {
        Self::read(value, &mut 0)
    }

    fn read(value: &Wire, terms: &mut usize) -> Result<Self, PredicateError> {
        *terms += 1;
        if *terms > PREDICATE_TERMS_MAX {
            return Err(PredicateError::TooLong);
        }
        let Wire::List(items) = value else { return Err(PredicateError::NoOperation) };
        let (operator, operands) = items.split_first().ok_or(PredicateError::NoOperation)?;
        let operator = text_of(operator).ok_or(PredicateError::NoOperation)?;
        let mut inner =
            || -> Result<Vec<_>, _> { operands.iter().map(|one| Self::read(one, terms)).collect() };
        match (operator, operands) {
            ("and", _) => Ok(Self::All(inner()?)),
            ("or", _) => Ok(Self::Any(inner()?)),
            ("not", _) => Ok(Self::Neither(inner()?)),
            ("true", []) => Ok(Self::Always(true)),
            ("false", []) => Ok(Self::Always(false)),
            ("exists", [operand]) => Ok(Self::Exists(Operand::read(operand)?)),
            ("true" | "false" | "exists", _) => {
                Err(PredicateError::OperandCount(operator.to_owned()))
            }
            _ => Self::comparison(operator, operands),
        }
    }

    fn comparison(operator: &str, operands: &[Wire]) -> Result<Self, PredicateError> {
        let comparison = match operator {
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            _ => return Err(PredicateError::UnknownOperator(operator.to_owned())),
        };
        let [left, right] = operands else {
            return Err(PredicateError::OperandCount(operator.to_owned()));
        };
        Ok(Self::Compare(comparison, Operand::read(left)?, Operand::read(right)?))
    }

    /// Whether it holds for an object.
    pub(super) fn holds(&self, object: &Object) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|one| one.holds(object)),
            Self::Any(inner) => inner.iter().any(|one| one.holds(object)),
            Self::Neither(inner) => !inner.iter().any(|one| one.holds(object)),
            Self::Exists(operand) => operand.value(object).is_some(),
            Self::Always(holds) => *holds,
            Self::Compare(comparison, left, right) => {
                match (left.value(object), right.value(object)) {
                    (Some(left), Some(right)) => comparison.holds(left, right),
                    _ => false,
                }
            }
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = compare(left, right);
        match self {
            Self::Equal => order.map_or(left == right, Ordering::is_eq),
            Self::NotEqual => !order.map_or(left == right, Ordering::is_eq),
            Self::Less => order.is_some_and(Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order.is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

impl Operand {
    fn read(value: &Wire) -> Result<Self, PredicateError> {
        if let Some(name) = text_of(value) {
            return Ok(Self::Attribute(name.to_owned()));
        }
        match value {
            Wire::List(items) => match &items[..] {
                [quote, value] if text_of(quote) == Some("quote") => Ok(Self::Literal(free(value))),
                _ => Err(PredicateError::NoOperand),
            },
            _ => Err(PredicateError::NoOperand),
        }
    }

    fn value<'a>(&'a self, object: &'a Object) -> Option<&'a Value> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Attribute(name) => object.value(name),
        }
    }
}

/// How two values stand to each other, if they have an order: numbers with numbers and with text
/// that is a number, text with text and with names of objects, truth with truth.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Value::Bool(left), Value::Bool(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    if let (Some(left), Some(right)) = (text(left), text(right)) {
        return Some(left.cmp(right));
    }
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return Some(left.cmp(&right));
    }
    double(left)?.partial_cmp(&double(right)?)
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Reference(name) => Some(&name.0),
        value => value.as_text(),
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Unsigned(number) | Value::Time(number) | Value::Duration(number) => {
            Some(i128::from(*number))
        }
        Value::Signed(number) => Some(i128::from(*number)),
        value => value.as_text()?.parse().ok(),
    }
}

fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Double(number) => Some(*number),
        value => match integer(value) {
            Some(number) => Some(number as f64),
            None => value.as_text()?.parse().ok(),
        },
    }
}

#[cfg(test)]
mod tests;
