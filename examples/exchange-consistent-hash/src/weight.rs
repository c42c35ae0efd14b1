//! A binding key as a weight: how large a binding's share is beside the others'.
//!
//! Invariant: a weight is a whole number from 1 to [`WEIGHT_MAX`].

use crate::error::HashError;

/// The largest weight. Shares of 1 to 1000 say every proportion that people ask for; each unit
/// costs points on the ring.
pub(crate) const WEIGHT_MAX: u32 = 1_000;

/// Reads a weight from a binding key.
///
/// # Errors
/// [`HashError::NoWeight`] for anything but decimal digits that give 1 to [`WEIGHT_MAX`].
pub(crate) fn parse(key: &str) -> Result<u32, HashError> {
    let is_digits = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    let weight = if is_digits { key.parse().ok() } else { None };
    let refused = || HashError::NoWeight { key: key.chars().take(64).collect() };
    weight.filter(|weight| (1..=WEIGHT_MAX).contains(weight)).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_whole_numbers_within_the_limit() {
        assert_eq!(parse("1"), Ok(1));
        assert_eq!(parse("010"), Ok(10));
        assert_eq!(parse("1000"), Ok(1_000));
    }

    #[test]
    fn refuses_everything_else_by_name() {
        for key in ["", "0", "-1", "+1", "1.5", " 1", "ten", "1001", "99999999999999999999"] {
            assert_eq!(parse(key), Err(HashError::NoWeight { key: key.to_owned() }));
        }
    }
}
