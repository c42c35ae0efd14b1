//! Families of decimal digits: ten characters in a row, from a zero, of Unicode's category Nd.

/// The zeros, ascending.
const ZEROS: [u32; 76] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50,
    0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8,
    0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The zero of the family that a digit belongs to; none for what is no digit.
pub(crate) fn family_of(c: char) -> Option<char> {
    let code = u32::from(c);
    let index = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    let zero = *ZEROS.get(index)?;
    char::from_u32(zero).filter(|_| code - zero < 10)
}

/// The digit that a character is in the family of `zero`.
pub(in crate::functions) fn digit_of(c: char, zero: char) -> Option<u8> {
    let digit = u32::from(c).checked_sub(u32::from(zero))?;
    u8::try_from(digit).ok().filter(|digit| *digit < 10)
}

/// The character of a digit in the family of `zero`.
pub(in crate::functions) fn in_family(digit: u8, zero: char) -> char {
    char::from_u32(u32::from(zero) + u32::from(digit)).unwrap_or(zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_are_those_of_unicode() {
        let decimal = regex_syntax::parse(r"\p{Nd}").unwrap();
        let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class)) =
            decimal.kind()
        else {
            panic!("{decimal:?} is no class");
        };
        let runs = class.iter().map(|run| u32::from(run.start())..=u32::from(run.end()));
        let zeros: Vec<u32> = runs.flat_map(|run| run.step_by(10)).collect();
        assert_eq!(zeros, ZEROS);
    }

    #[test]
    fn a_digit_is_of_the_family_of_its_zero() {
        for (c, zero) in [('7', Some('0')), ('\u{669}', Some('\u{660}')), ('/', None), (':', None)]
        {
            assert_eq!(family_of(c), zero, "{c:?}");
        }
    }
}
