//! A number as decimal digits, to be scaled and rounded exactly.
//!
//! Invariant: neither the first nor the last digit is a zero; zero has no digits.

use crate::atomic::Atomic;

/// `0.d1d2d3… · 10^exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    digits: Vec<u8>,
    exponent: i32,
}

/// What the magnitude of a number is for formatting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Nan,
    Infinite,
    Finite(Digits),
}

/// Whether a number has a minus sign; floats have a negative zero.
pub(super) fn is_negative(value: &Atomic) -> bool {
    match value {
        Atomic::Double(number) => number.is_sign_negative(),
        Atomic::Float(number) => number.is_sign_negative(),
        Atomic::Decimal(number) => number.is_sign_negative() && !number.is_zero(),
        Atomic::Integer(number, _) => *number < 0,
        _ => false,
    }
}

impl Number {
    /// The magnitude of a numeric value, times a power of ten. A float is multiplied as a float.
    pub(super) fn of(value: &Atomic, power: i32) -> Self {
        let text = match value {
            Atomic::Double(number) if power == 0 => format!("{:e}", number.abs()),
            Atomic::Double(number) => format!("{:e}", number.abs() * 10_f64.powi(power)),
            Atomic::Float(number) if power == 0 => format!("{:e}", number.abs()),
            Atomic::Float(number) => format!("{:e}", number.abs() * 10_f32.powi(power)),
            Atomic::Decimal(number) => format!("{}e{power}", number.abs()),
            Atomic::Integer(number, _) => format!("{}e{power}", number.unsigned_abs()),
            _ => return Self::Nan,
        };
        match text.as_str() {
            "NaN" => Self::Nan,
            "inf" => Self::Infinite,
            text => Self::Finite(Digits::of_text(text)),
        }
    }
}

impl Digits {
    /// Reads `12.34` or `1.234e1`.
    fn of_text(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent = exponent.parse().unwrap_or(0) + length(whole.len());
        let digits = whole.bytes().chain(fraction.bytes()).map(|byte| byte.wrapping_sub(b'0'));
        let mut digits = Self { digits: digits.collect(), exponent };
        digits.trim();
        digits
    }

    fn trim(&mut self) {
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.exponent -= length(zeros);
        while self.digits.pop_if(|digit| *digit == 0).is_some() {}
        if self.digits.is_empty() {
            self.exponent = 0;
        }
    }

    /// Scales so that as many digits stand before the point, and gives the power of ten that this
    /// took away.
    pub(super) fn normalize(&mut self, whole_digits: i32) -> i32 {
        if self.digits.is_empty() {
            return 0;
        }
        let power = self.exponent - whole_digits;
        self.exponent = whole_digits;
        power
    }

    /// Rounds to a number of digits behind the point, a half to the even neighbour.
    pub(super) fn round(&mut self, fraction_digits: usize) {
        let kept = self.exponent.saturating_add(length(fraction_digits));
        let Ok(kept) = usize::try_from(kept) else {
            self.digits.clear();
            self.exponent = 0;
            return;
        };
        if kept >= self.digits.len() {
            return;
        }
        let rest = self.digits.split_off(kept);
        let is_odd = self.digits.last().is_some_and(|digit| digit % 2 == 1);
        let is_up = match rest.split_first() {
            Some((5, [])) => is_odd,
            Some((first, _)) => *first >= 5,
            None => false,
        };
        if is_up {
            self.increment();
        }
        self.trim();
    }

    /// Adds one to the last digit.
    fn increment(&mut self) {
        let mut zeros = 0;
        while self.digits.pop_if(|digit| *digit == 9).is_some() {
            zeros += 1;
        }
        match self.digits.last_mut() {
            Some(digit) => *digit += 1,
            None => {
                self.digits.push(1);
                self.exponent += 1;
            }
        }
        self.digits.extend(std::iter::repeat_n(0, zeros));
    }

    /// The digits before the point, without leading zeros, and those behind it, without trailing
    /// ones.
    pub(super) fn parts(&self) -> (Vec<u8>, Vec<u8>) {
        let zeros = |count: i32| std::iter::repeat_n(0, usize::try_from(count).unwrap_or(0));
        let whole = usize::try_from(self.exponent).unwrap_or(0).min(self.digits.len());
        let (before, behind) = self.digits.split_at_checked(whole).unwrap_or_default();
        let before = before.iter().copied();
        let before = before.chain(zeros(self.exponent - length(self.digits.len()))).collect();
        let behind = zeros(-self.exponent).chain(behind.iter().copied()).collect();
        (before, behind)
    }
}

fn length(digits: usize) -> i32 {
    i32::try_from(digits).unwrap_or(i32::MAX)
}
