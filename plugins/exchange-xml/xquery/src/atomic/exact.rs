//! Numbers by mathematical value, whatever their types, for keys (`op:same-key`, XPath Functions
//! 3.1, section 17.1.1).
//!
//! Invariants: two numbers have equal keys where they are equal without any rounding, or both NaN;
//! keys sort by value, NaN first.

use rust_decimal::Decimal;

use super::Atomic;
use super::number::double_of_decimal;

/// A number as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExactNumber {
    /// The nearest double, with its bits in an order that sorts.
    nearest: u64,
    /// Where no double is exact: the whole part, and the rest in units of 10 to the power of -28.
    digits: Option<(i128, i128)>,
}

impl ExactNumber {
    /// The key of a number; none for what is no number.
    pub(crate) fn of(value: &Atomic) -> Option<Self> {
        Some(match value {
            Atomic::Integer(number, _) => Self::integer(*number),
            Atomic::Decimal(number) => Self::decimal(*number),
            Atomic::Float(number) => Self::double(f64::from(*number)),
            Atomic::Double(number) => Self::double(*number),
            _ => return None,
        })
    }

    /// The key of a double.
    pub(crate) fn double(number: f64) -> Self {
        const SIGN: u64 = 1 << 63;
        if number.is_nan() {
            return Self { nearest: 0, digits: None };
        }
        // Adding zero makes the negative zero positive.
        let bits = (number + 0.0).to_bits();
        let nearest = if bits & SIGN == 0 { bits | SIGN } else { !bits };
        Self { nearest, digits: None }
    }

    /// Whether a double has exactly this value.
    pub(crate) fn is_double(self) -> bool {
        self.digits.is_none()
    }

    fn integer(number: i128) -> Self {
        const SAFE: u128 = 1 << 53;
        let nearest = number as f64;
        let is_exact = number.unsigned_abs() <= SAFE || {
            // Beyond the greatest integer the way back would be cut to it.
            nearest < i128::MAX as f64 && nearest as i128 == number
        };
        Self { digits: (!is_exact).then_some((number, 0)), ..Self::double(nearest) }
    }

    fn decimal(number: Decimal) -> Self {
        let number = number.normalize();
        if number.scale() == 0 {
            return Self::integer(number.mantissa());
        }
        let nearest = double_of_decimal(number);
        if dyadic(number) == Some(nearest) {
            return Self::double(nearest);
        }
        let whole = number.trunc();
        let mut rest = number - whole;
        rest.rescale(28);
        Self { digits: Some((whole.mantissa(), rest.mantissa())), ..Self::double(nearest) }
    }
}

/// The double that a decimal in its shortest form equals exactly.
fn dyadic(number: Decimal) -> Option<f64> {
    const SAFE: u128 = 1 << 53;
    // With s digits behind the point it is m / (2^s 5^s), so 5^s must divide m.
    let divisor = 5_i128.checked_pow(number.scale())?;
    let (numerator, rest) = (number.mantissa() / divisor, number.mantissa() % divisor);
    let is_exact = rest == 0 && numerator.unsigned_abs() <= SAFE;
    let scale = i32::try_from(number.scale()).ok()?;
    is_exact.then(|| numerator as f64 / 2_f64.powi(scale))
}
