//! The picture of `fn:format-integer` (section 4.6.1), which dates use as well (section 9.8.4.1).
//!
//! Invariant: a picture that parses formats every integer; a number that a way of counting does
//! not have is written in digits.

use super::{digit_of, english, family_of, in_family, numerals};
use crate::atomic::quoted;

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::functions) struct IntegerPicture {
    pub(in crate::functions) form: Form,
    pub(in crate::functions) is_ordinal: bool,
}

/// The primary format token.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::functions) enum Form {
    Digits(DigitPattern),
    Alphabetic(Vec<char>),
    Roman(Letters),
    Words(Letters),
    /// ① and its like.
    Series(char),
    Chinese,
}

/// The case of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::functions) enum Letters {
    Lower,
    Upper,
    Title,
}

/// A decimal digit pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::functions) struct DigitPattern {
    pub(in crate::functions) zero: char,
    /// Mandatory digits.
    pub(in crate::functions) digits_min: usize,
    /// Mandatory and optional ones.
    pub(in crate::functions) digits: usize,
    /// Where separators stand: right of them this many digits, ascending.
    separators: Vec<(usize, char)>,
    /// Separators go on in this distance.
    regular: Option<(usize, char)>,
}

impl Default for DigitPattern {
    fn default() -> Self {
        Self { zero: '0', digits_min: 1, digits: 1, separators: Vec::new(), regular: None }
    }
}

impl IntegerPicture {
    /// Reads a picture with its modifier.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(in crate::functions) fn parse(picture: &str) -> Result<Self, String> {
        let (token, modifier) = picture.rsplit_once(';').unwrap_or((picture, ""));
        if token.is_empty() {
            return Err("the picture has no format token".to_owned());
        }
        let form = Form::parse(token)?;
        let is_ordinal = modifier_is_ordinal(modifier)
            .ok_or_else(|| format!("{} is no modifier of a format", quoted(modifier)))?;
        Ok(Self { form, is_ordinal })
    }

    /// More than what formatting builds, in bytes.
    pub(super) fn bytes_max(&self) -> usize {
        match &self.form {
            Form::Digits(pattern) => 512 + pattern.digits_min.saturating_mul(8),
            _ => 1024,
        }
    }

    /// The number.
    pub(in crate::functions) fn format(&self, number: i128) -> String {
        let text = self.format_magnitude(number.unsigned_abs());
        if number < 0 { format!("-{text}") } else { text }
    }

    fn format_magnitude(&self, number: u128) -> String {
        let text = match &self.form {
            Form::Digits(pattern) => Some(pattern.format(number)),
            Form::Alphabetic(alphabet) => numerals::alphabetic(number, alphabet),
            Form::Roman(letters) => numerals::roman(number).map(|text| letters.apply(&text)),
            Form::Series(first) => numerals::of_series(*first, number),
            Form::Chinese => numerals::chinese(number),
            Form::Words(letters) => {
                let words = if self.is_ordinal {
                    english::ordinal(number)
                } else {
                    english::cardinal(number)
                };
                return letters.apply(&words);
            }
        };
        let is_digits = matches!(self.form, Form::Digits(_)) || text.is_none();
        let mut text = text.unwrap_or_else(|| number.to_string());
        if self.is_ordinal && is_digits {
            text.push_str(english::ordinal_suffix(number));
        }
        text
    }
}

/// Whether a modifier asks for ordinal numbers; none where it is none.
fn modifier_is_ordinal(modifier: &str) -> Option<bool> {
    let (is_ordinal, rest) = match modifier.strip_prefix(['c', 'o']) {
        Some(rest) => (modifier.starts_with('o'), rest),
        None => (false, modifier),
    };
    let rest = match rest.strip_prefix('(') {
        Some(_) if rest.len() == modifier.len() => return None,
        Some(inner) => inner.rsplit_once(')').filter(|(inner, _)| !inner.is_empty())?.1,
        None => rest,
    };
    matches!(rest, "" | "a" | "t").then_some(is_ordinal)
}

impl Form {
    /// Reads a primary format token. One that is not known counts with 1, 2, 3.
    ///
    /// # Errors
    ///
    /// What is wrong with a pattern of digits.
    pub(in crate::functions) fn parse(token: &str) -> Result<Self, String> {
        if token.chars().any(|c| family_of(c).is_some()) {
            return DigitPattern::parse(token).map(Self::Digits);
        }
        Ok(match token {
            "i" => Self::Roman(Letters::Lower),
            "I" => Self::Roman(Letters::Upper),
            "w" => Self::Words(Letters::Lower),
            "W" => Self::Words(Letters::Upper),
            "Ww" => Self::Words(Letters::Title),
            "一" => Self::Chinese,
            _ => {
                let mut chars = token.chars();
                match (chars.next(), chars.next()) {
                    (Some(first), None) if numerals::begins_series(first) => Self::Series(first),
                    (Some(first), None) => numerals::alphabet(first)
                        .map_or_else(|| Self::Digits(DigitPattern::default()), Self::Alphabetic),
                    _ => Self::Digits(DigitPattern::default()),
                }
            }
        })
    }
}

impl Letters {
    /// Words or letters in this case.
    pub(in crate::functions) fn apply(self, text: &str) -> String {
        match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Title => english::title_case(text),
        }
    }
}

impl DigitPattern {
    fn parse(token: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("the format token {} {why}", quoted(token));
        let mut pattern = Self { digits_min: 0, digits: 0, ..Self::default() };
        let mut zero = None;
        let mut after_separator = true;
        // From the right, where positions are counted from.
        for c in token.chars().rev() {
            if let Some(family) = family_of(c) {
                if *zero.get_or_insert(family) != family {
                    return Err(wrong("has digits of several families"));
                }
                if pattern.digits > pattern.digits_min {
                    return Err(wrong("has an optional digit right of a mandatory one"));
                }
                pattern.digits_min += 1;
                pattern.digits += 1;
                after_separator = false;
            } else if c == '#' {
                pattern.digits += 1;
                after_separator = false;
            } else if c.is_alphanumeric() {
                return Err(wrong("has letters beside its digits"));
            } else if after_separator {
                return Err(wrong("has a separator at its end, or two beside each other"));
            } else {
                pattern.separators.push((pattern.digits, c));
                after_separator = true;
            }
        }
        if after_separator {
            return Err(wrong("begins with a separator"));
        }
        pattern.zero = zero.unwrap_or('0');
        pattern.regular = pattern.regular_separator();
        Ok(pattern)
    }

    fn regular_separator(&self) -> Option<(usize, char)> {
        let (size, separator) = *self.separators.first()?;
        let expected = (1..)
            .map(|n| (n * size, separator))
            .take_while(|(position, _)| *position < self.digits);
        self.separators.iter().copied().eq(expected).then_some((size, separator))
    }

    /// The number in digits of the family.
    pub(in crate::functions) fn format(&self, number: u128) -> String {
        let digits = number.to_string();
        let zeros = self.digits_min.saturating_sub(digits.len());
        let count = zeros + digits.len();
        let mut text = String::with_capacity(count);
        for (index, digit) in std::iter::repeat_n('0', zeros).chain(digits.chars()).enumerate() {
            if index > 0 {
                text.extend(self.separator_at(count - index));
            }
            text.push(in_family(digit_of(digit, '0').unwrap_or(0), self.zero));
        }
        text
    }

    fn separator_at(&self, position: usize) -> Option<char> {
        match self.regular {
            Some((size, separator)) => position.is_multiple_of(size).then_some(separator),
            None => {
                let found = self.separators.binary_search_by_key(&position, |(at, _)| *at).ok()?;
                self.separators.get(found).map(|(_, separator)| *separator)
            }
        }
    }
}
