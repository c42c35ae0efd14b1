//! Comparison of atomic values (XQuery 3.1, section 3.7.1; XPath Functions 3.1).
//!
//! Invariant: comparing an untyped text with a number allocates nothing.

use std::cmp::Ordering;

use super::{Atomic, AtomicType, calendar, error, lexical, number};
use crate::collation::Collation;
use crate::error::{Error, Result};
use crate::expression::Comparison;

/// What comparing needs of the context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparer<'c> {
    pub(crate) collation: &'c Collation,
    pub(crate) implicit_timezone_minutes: i16,
}

/// What two values are to each other.
enum Relation {
    /// Their order; none where one is NaN.
    Order(Option<Ordering>),
    /// They are equal or not, but have no order.
    Equality(bool),
    /// Their types have nothing to do with each other.
    None,
}

impl Comparison {
    /// Whether it is true of two values in this order; none where one is NaN.
    #[inline]
    pub(crate) fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// The comparison that is true of the operands the other way round.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

impl Comparer<'_> {
    /// A value comparison; untyped values are compared as strings.
    ///
    /// # Errors
    ///
    /// `XPTY0004` where the types are not comparable this way.
    pub(crate) fn value(&self, how: Comparison, left: &Atomic, right: &Atomic) -> Result<bool> {
        match self.relate(left, right) {
            Relation::Order(order) => Ok(how.holds(order)),
            Relation::Equality(equal) => match how {
                Comparison::Equal => Ok(equal),
                Comparison::NotEqual => Ok(!equal),
                _ => Err(unordered(left, right)),
            },
            Relation::None => Err(incomparable(left, right)),
        }
    }

    /// A pair of a general comparison: untyped values are cast first (XQuery 3.1, section 3.7.2).
    ///
    /// # Errors
    ///
    /// As `value`, and `FORG0001` where the cast fails.
    pub(crate) fn general(&self, how: Comparison, left: &Atomic, right: &Atomic) -> Result<bool> {
        match (left, right) {
            (Atomic::Untyped(text), _) => self.untyped(how, text, right),
            (_, Atomic::Untyped(text)) => self.untyped(how.mirrored(), text, left),
            _ => self.value(how, left, right),
        }
    }

    /// As `general`, with the text of an untyped value on the left side; on the right side it is
    /// the mirrored comparison.
    ///
    /// # Errors
    ///
    /// As `general`.
    pub(crate) fn untyped(&self, how: Comparison, text: &str, right: &Atomic) -> Result<bool> {
        match right {
            Atomic::Untyped(other) | Atomic::String(other, _) | Atomic::AnyUri(other) => {
                if how == Comparison::Equal {
                    return Ok(self.collation.equal(text, other));
                }
                Ok(how.holds(Some(self.texts(text, other))))
            }
            Atomic::Double(_) | Atomic::Integer(..) | Atomic::Decimal(_) | Atomic::Float(_) => {
                let malformed = || lexical::malformed(text, AtomicType::Double);
                let left = lexical::parse_double(text).ok_or_else(malformed)?;
                let right = number::double(right).unwrap_or(f64::NAN);
                Ok(how.holds(left.partial_cmp(&right)))
            }
            Atomic::QName(_) | Atomic::Notation(_) => {
                Err(incomparable(&Atomic::Untyped(text.into()), right))
            }
            _ => self.value(how, &lexical::parse(text, right.type_of().primitive())?, right),
        }
    }

    /// The order of two values for `order by`, `fn:min`, `fn:max` and `fn:sort`; NaN is equal to
    /// itself and less than any other number.
    ///
    /// # Errors
    ///
    /// `XPTY0004` where the types have no order.
    pub(crate) fn order(&self, left: &Atomic, right: &Atomic) -> Result<Ordering> {
        match self.relate(left, right) {
            Relation::Order(Some(order)) => Ok(order),
            Relation::Order(None) => Ok(is_nan(right).cmp(&is_nan(left))),
            Relation::Equality(_) => Err(unordered(left, right)),
            Relation::None => Err(incomparable(left, right)),
        }
    }

    /// Whether two values are equal as `fn:distinct-values`, `fn:index-of`, `fn:deep-equal` and
    /// `group by` see it: never an error, NaN equals itself where `nan_equal`.
    pub(crate) fn equal(&self, left: &Atomic, right: &Atomic, nan_equal: bool) -> bool {
        match self.relate(left, right) {
            Relation::Order(Some(order)) => order == Ordering::Equal,
            Relation::Order(None) => nan_equal && is_nan(left) && is_nan(right),
            Relation::Equality(equal) => equal,
            Relation::None => false,
        }
    }

    #[inline]
    fn relate(&self, left: &Atomic, right: &Atomic) -> Relation {
        use Atomic as A;
        if let Some(order) = number::compare(left, right) {
            return Relation::Order(order);
        }
        match (left, right) {
            (
                A::Untyped(left) | A::String(left, _) | A::AnyUri(left),
                A::Untyped(right) | A::String(right, _) | A::AnyUri(right),
            ) => Relation::Order(Some(self.texts(left, right))),
            (A::Boolean(left), A::Boolean(right)) => Relation::Order(Some(left.cmp(right))),
            (A::Duration(left, kind), A::Duration(right, other)) => match (kind, other) {
                (AtomicType::YearMonthDuration, AtomicType::YearMonthDuration) => {
                    Relation::Order(Some(left.months.cmp(&right.months)))
                }
                (AtomicType::DayTimeDuration, AtomicType::DayTimeDuration) => {
                    Relation::Order(Some(left.nanoseconds.cmp(&right.nanoseconds)))
                }
                _ => Relation::Equality(left == right),
            },
            (A::DateTime(left, kind), A::DateTime(right, other)) => {
                if kind.primitive() != other.primitive() {
                    return Relation::None;
                }
                let instant = |moment| calendar::instant(moment, self.implicit_timezone_minutes);
                let order = instant(left).cmp(&instant(right));
                match kind.primitive() {
                    AtomicType::DateTime | AtomicType::Date | AtomicType::Time => {
                        Relation::Order(Some(order))
                    }
                    _ => Relation::Equality(order == Ordering::Equal),
                }
            }
            (A::HexBinary(left), A::HexBinary(right))
            | (A::Base64Binary(left), A::Base64Binary(right)) => {
                Relation::Order(Some(left.cmp(right)))
            }
            (A::QName(left), A::QName(right)) | (A::Notation(left), A::Notation(right)) => {
                Relation::Equality(left == right)
            }
            _ => Relation::None,
        }
    }

    #[inline]
    fn texts(&self, left: &str, right: &str) -> Ordering {
        match self.collation {
            Collation::Codepoint => left.cmp(right),
            collation => collation.compare(left, right),
        }
    }
}

fn is_nan(value: &Atomic) -> bool {
    number::double(value).is_some_and(f64::is_nan)
}

fn incomparable(left: &Atomic, right: &Atomic) -> Error {
    let (left, right) = (left.type_of(), right.type_of());
    error("XPTY0004", format!("{left} and {right} can't be compared"))
}

fn unordered(left: &Atomic, right: &Atomic) -> Error {
    let (left, right) = (left.type_of(), right.type_of());
    error("XPTY0004", format!("{left} and {right} have no order, they are only equal or not"))
}
