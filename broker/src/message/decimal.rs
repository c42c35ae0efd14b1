//! Decimals: a scale and an integer in AMQP 0-9-1 and 0-10, IEEE 754's decimal64 in AMQP 1.0.
//!
//! Invariant: a decimal that comes back is the number that went in, digit by digit, with its scale.

/// The exponent of decimal64 that means 10^0 (IEEE 754-2008, table 3.6).
const BIAS: u64 = 398;

/// Bits of the integer, in the binary encoding of one that does not need more.
const COEFFICIENT_BITS: u32 = 53;

/// `unscaled` divided by ten as often as `scale` says.
pub(super) fn of_32_bits(scale: u8, unscaled: i32) -> [u8; 8] {
    encode(scale, unscaled < 0, u64::from(unscaled.unsigned_abs()))
}

/// The same with an integer of 64 bits; none where it has too many digits.
pub(super) fn of_64_bits(scale: u8, unscaled: i64) -> Option<[u8; 8]> {
    let coefficient = unscaled.unsigned_abs();
    let fits = coefficient >> COEFFICIENT_BITS == 0;
    fits.then(|| encode(scale, unscaled < 0, coefficient))
}

fn encode(scale: u8, is_negative: bool, coefficient: u64) -> [u8; 8] {
    let sign = u64::from(is_negative) << 63;
    let exponent = (BIAS - u64::from(scale)) << COEFFICIENT_BITS;
    (sign | exponent | coefficient).to_be_bytes()
}

/// Scale and integer; none for what has none: a not-a-number, or digits that do not fit.
pub(super) fn from_decimal64(decimal: [u8; 8]) -> Option<(u8, i32)> {
    /// Both of these bits are set in a longer integer, an infinity and a not-a-number.
    const IS_OTHER: u64 = 0b11 << 61;
    let bits = u64::from_be_bytes(decimal);
    if bits & IS_OTHER == IS_OTHER {
        return None;
    }
    let exponent = bits >> COEFFICIENT_BITS & 0x3ff;
    let scale = u8::try_from(BIAS.checked_sub(exponent)?).ok()?;
    let coefficient = i64::try_from(bits & ((1 << COEFFICIENT_BITS) - 1)).ok()?;
    let is_negative = bits >> 63 == 1;
    i32::try_from(if is_negative { -coefficient } else { coefficient }).ok().map(|n| (scale, n))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_decimal_comes_back(scale in any::<u8>(), unscaled in any::<i32>()) {
            let decimal = of_32_bits(scale, unscaled);
            prop_assert_eq!(from_decimal64(decimal), Some((scale, unscaled)));
        }

        #[test]
        fn whatever_is_no_such_decimal_is_none(bytes in any::<[u8; 8]>()) {
            if let Some((scale, unscaled)) = from_decimal64(bytes) {
                let is_negative_zero = unscaled == 0 && bytes[0] & 0x80 != 0;
                let again = of_32_bits(scale, unscaled);
                prop_assert!(again == bytes || is_negative_zero);
            }
        }
    }

    #[test]
    fn a_decimal_is_encoded_as_ieee_754_says() {
        // 1.5 is 15 x 10^-1: exponent 397, integer 15.
        assert_eq!(of_32_bits(1, 15), (397u64 << 53 | 15).to_be_bytes());
        assert_eq!(of_64_bits(1, 15), Some(of_32_bits(1, 15)));
        assert_eq!(of_64_bits(0, 1 << 53), None);
        assert_eq!(from_decimal64([0x7c, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
