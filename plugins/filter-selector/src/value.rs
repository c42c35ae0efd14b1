//! Values while a selector is evaluated, the three truths, and how two values compare.
//!
//! Types are those of JMS 3.1, section 3.8.1.1: boolean, exact and approximate numbers, text.
//! Nothing turns into another type but an exact number into an approximate one where the other
//! operand is approximate.

use std::borrow::Cow;

/// What a condition is: SQL's three values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// The condition does not hold.
    False,
    /// Something that it asks for is not there.
    Unknown,
    /// The condition holds.
    True,
}

impl Truth {
    pub(crate) fn of(is_true: bool) -> Self {
        if is_true { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

/// A value of a message, of a literal or of arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// NULL: the message has none, or none of these types.
    Unknown,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// The value as a condition.
    pub(crate) fn truth(&self) -> Truth {
        match self {
            Self::Bool(it) => Truth::of(*it),
            _ => Truth::Unknown,
        }
    }
}

impl From<Truth> for Value<'_> {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::False => Self::Bool(false),
            Truth::Unknown => Self::Unknown,
            Truth::True => Self::Bool(true),
        }
    }
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Comparison {
    /// Unknown where an operand is, and false where two types do not compare.
    pub(crate) fn compare(self, left: &Value<'_>, right: &Value<'_>) -> Truth {
        match (left, right) {
            (Value::Unknown, _) | (_, Value::Unknown) => Truth::Unknown,
            (Value::Integer(left), Value::Integer(right)) => self.ordered(left, right),
            (Value::Text(left), Value::Text(right)) => self.equal(left, right),
            (Value::Bool(left), Value::Bool(right)) => self.equal(left, right),
            _ => match (as_double(left), as_double(right)) {
                (Some(left), Some(right)) => self.ordered(&left, &right),
                _ => Truth::False,
            },
        }
    }

    fn ordered<T: PartialOrd>(self, left: &T, right: &T) -> Truth {
        Truth::of(match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
        })
    }

    /// Text and booleans have no order.
    fn equal<T: PartialEq>(self, left: &T, right: &T) -> Truth {
        match self {
            Self::Equal => Truth::of(left == right),
            Self::NotEqual => Truth::of(left != right),
            _ => Truth::False,
        }
    }
}

/// An operator of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operator {
    /// Unknown where an operand is no number, and for a division by zero. Integers wrap around as
    /// Java's `long` does.
    pub(crate) fn apply<'a>(self, left: &Value<'_>, right: &Value<'_>) -> Value<'a> {
        if let (Value::Integer(left), Value::Integer(right)) = (left, right) {
            return self.integers(*left, *right);
        }
        match (as_double(left), as_double(right)) {
            (Some(left), Some(right)) => self.doubles(left, right),
            _ => Value::Unknown,
        }
    }

    fn integers<'a>(self, left: i64, right: i64) -> Value<'a> {
        Value::Integer(match self {
            Self::Add => left.wrapping_add(right),
            Self::Subtract => left.wrapping_sub(right),
            Self::Multiply => left.wrapping_mul(right),
            Self::Divide if right == 0 => return Value::Unknown,
            Self::Divide => left.wrapping_div(right),
        })
    }

    fn doubles<'a>(self, left: f64, right: f64) -> Value<'a> {
        Value::Double(match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide if right == 0.0 => return Value::Unknown,
            Self::Divide => left / right,
        })
    }
}

/// A sign before a number; unknown before anything else.
pub(crate) fn signed<'a>(negative: bool, value: &Value<'_>) -> Value<'a> {
    match value {
        Value::Integer(it) => Value::Integer(if negative { it.wrapping_neg() } else { *it }),
        Value::Double(it) => Value::Double(if negative { -it } else { *it }),
        _ => Value::Unknown,
    }
}

fn as_double(value: &Value<'_>) -> Option<f64> {
    match value {
        #[allow(clippy::cast_precision_loss, reason = "Java's promotion rounds as well")]
        Value::Integer(it) => Some(*it as f64),
        Value::Double(it) => Some(*it),
        _ => None,
    }
}
