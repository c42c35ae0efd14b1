//! The picture of `fn:format-number` (sections 4.7.3 to 4.7.5).
//!
//! Invariant: a picture that parses formats every number.

use super::decimal::{self, Digits, Number};
use super::{digit_of, in_family};
use crate::atomic::Atomic;
use crate::expression::DecimalFormat;

/// One sub-picture for positive numbers, and perhaps another one for negative ones.
pub(super) struct Picture {
    positive: SubPicture,
    negative: Option<SubPicture>,
}

/// What the analysis of a sub-picture gives (section 4.7.4).
#[derive(Debug, Default)]
struct SubPicture {
    prefix: String,
    suffix: String,
    /// From the point to the left, ascending.
    whole_groups: Vec<usize>,
    /// Groups go on with this size.
    regular_group: Option<usize>,
    whole_digits_min: usize,
    /// From the point to the right, ascending.
    fraction_groups: Vec<usize>,
    fraction_digits_min: usize,
    fraction_digits_max: usize,
    /// Digits of the mantissa before the point.
    scaling: usize,
    /// 0 for no exponent.
    exponent_digits_min: usize,
    /// Powers of ten of a percent or per-mille sign.
    power: i32,
}

/// What a picture does wrong, after "the picture".
type Wrong = &'static str;

impl Picture {
    pub(super) fn parse(picture: &str, format: &DecimalFormat) -> Result<Self, Wrong> {
        let mut parts = picture.split(format.pattern_separator);
        let positive = SubPicture::parse(parts.next().unwrap_or_default(), format)?;
        let negative = parts.next().map(|part| SubPicture::parse(part, format)).transpose()?;
        if parts.next().is_some() {
            return Err("has more than two sub-pictures");
        }
        Ok(Self { positive, negative })
    }

    /// The number as the picture has it (section 4.7.5).
    pub(super) fn format(&self, value: &Atomic, format: &DecimalFormat) -> String {
        let is_negative = decimal::is_negative(value);
        let part = self.negative.as_ref().filter(|_| is_negative).unwrap_or(&self.positive);
        let digits = match Number::of(value, part.power) {
            Number::Nan => return format.nan.to_string(),
            Number::Infinite => None,
            Number::Finite(digits) => Some(digits),
        };
        let mut output = String::new();
        if is_negative && self.negative.is_none() {
            output.push(format.minus_sign);
        }
        output.push_str(&part.prefix);
        match digits {
            Some(digits) => part.write(digits, format, &mut output),
            None => output.push_str(&format.infinity),
        }
        output.push_str(&part.suffix);
        output
    }
}

/// A character's role in a sub-picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Digit,
    OptionalDigit,
    Group,
    Point,
    Exponent,
    Passive,
}

fn roles(picture: &str, format: &DecimalFormat) -> Vec<(char, Role)> {
    let role = |c: char| {
        if digit_of(c, format.zero_digit).is_some() {
            Role::Digit
        } else if c == format.digit {
            Role::OptionalDigit
        } else if c == format.grouping_separator {
            Role::Group
        } else if c == format.decimal_separator {
            Role::Point
        } else {
            Role::Passive
        }
    };
    let mut roles: Vec<_> = picture.chars().map(|c| (c, role(c))).collect();
    // The sign of the exponent is one only between active characters.
    let is_active: Vec<bool> = roles.iter().map(|(_, role)| *role != Role::Passive).collect();
    for (index, (c, role)) in roles.iter_mut().enumerate() {
        let active_at =
            |index: Option<usize>| index.is_some_and(|i| is_active.get(i) == Some(&true));
        if *c == format.exponent_separator
            && *role == Role::Passive
            && active_at(index.checked_sub(1))
            && active_at(index.checked_add(1))
        {
            *role = Role::Exponent;
        }
    }
    roles
}

impl SubPicture {
    fn parse(picture: &str, format: &DecimalFormat) -> Result<Self, Wrong> {
        let roles = roles(picture, format);
        let is_active = |(_, role): &(char, Role)| *role != Role::Passive;
        let first = roles.iter().position(is_active).ok_or("has no digit")?;
        let behind = roles.iter().rposition(is_active).map_or(0, |last| last + 1);
        let text = |range: &[(char, Role)]| range.iter().map(|(c, _)| *c).collect::<String>();
        let prefix = text(roles.get(..first).unwrap_or_default());
        let suffix = text(roles.get(behind..).unwrap_or_default());
        let active = roles.get(first..behind).unwrap_or_default();
        if !active.iter().all(is_active) {
            return Err("has other characters between those of the number");
        }
        let power = power(&prefix, &suffix, format)?;
        let (mantissa, exponent) = split(active, Role::Exponent)?;
        let (whole, fraction) = split(mantissa, Role::Point)?;
        check(whole, fraction, exponent, power)?;
        let mut part = Self { prefix, suffix, power, ..Self::default() };
        part.whole(whole);
        part.fraction(fraction.unwrap_or_default());
        part.exponent_digits_min = exponent.map_or(0, <[_]>::len);
        part.adjust(count(whole, Role::OptionalDigit) > 0);
        Ok(part)
    }

    fn whole(&mut self, whole: &[(char, Role)]) {
        self.whole_digits_min = count(whole, Role::Digit);
        self.scaling = self.whole_digits_min;
        let mut digits = 0;
        for (_, role) in whole.iter().rev() {
            if *role == Role::Group {
                self.whole_groups.push(digits);
            } else {
                digits += 1;
            }
        }
        if let Some(size) = self.whole_groups.first().copied() {
            // One may stand left of all digits.
            let expected = (1..).map(|n| n * size).take(self.whole_groups.len());
            let is_whole = (self.whole_groups.len() + 1) * size >= digits;
            if is_whole && self.whole_groups.iter().copied().eq(expected) {
                self.regular_group = Some(size);
            }
        }
    }

    fn fraction(&mut self, fraction: &[(char, Role)]) {
        self.fraction_digits_min = count(fraction, Role::Digit);
        self.fraction_digits_max = self.fraction_digits_min + count(fraction, Role::OptionalDigit);
        let mut digits = 0;
        for (_, role) in fraction {
            if *role == Role::Group {
                self.fraction_groups.push(digits);
            } else {
                digits += 1;
            }
        }
    }

    /// No number without a digit.
    fn adjust(&mut self, has_optional: bool) {
        let has_exponent = self.exponent_digits_min > 0;
        if self.whole_digits_min == 0 && self.fraction_digits_max == 0 {
            if has_exponent {
                self.fraction_digits_min = 1;
                self.fraction_digits_max = 1;
            } else {
                self.whole_digits_min = 1;
            }
        }
        if has_exponent && self.whole_digits_min == 0 && has_optional {
            self.whole_digits_min = 1;
        }
        if self.whole_digits_min == 0 && self.fraction_digits_min == 0 {
            self.fraction_digits_min = 1;
        }
    }

    fn write(&self, mut digits: Digits, format: &DecimalFormat, output: &mut String) {
        let has_exponent = self.exponent_digits_min > 0;
        let scaling = i32::try_from(self.scaling).unwrap_or(i32::MAX);
        let exponent = if has_exponent { digits.normalize(scaling) } else { 0 };
        digits.round(self.fraction_digits_max);
        let (whole, mut fraction) = digits.parts();
        let zeros = self.whole_digits_min.saturating_sub(whole.len());
        let whole_len = whole.len() + zeros;
        for (index, digit) in std::iter::repeat_n(0, zeros).chain(whole).enumerate() {
            let position = whole_len - index;
            if index > 0 && self.is_grouped(position) {
                output.push(format.grouping_separator);
            }
            output.push(in_family(digit, format.zero_digit));
        }
        if fraction.len() < self.fraction_digits_min {
            fraction.resize(self.fraction_digits_min, 0);
        }
        if !fraction.is_empty() {
            output.push(format.decimal_separator);
        }
        for (index, digit) in fraction.iter().enumerate() {
            if self.fraction_groups.binary_search(&index).is_ok() {
                output.push(format.grouping_separator);
            }
            output.push(in_family(*digit, format.zero_digit));
        }
        if has_exponent {
            output.push(format.exponent_separator);
            if exponent < 0 {
                output.push(format.minus_sign);
            }
            let digits = exponent.unsigned_abs().to_string();
            let zeros = self.exponent_digits_min.saturating_sub(digits.len());
            let digits = std::iter::repeat_n('0', zeros).chain(digits.chars());
            let digit = |c| in_family(digit_of(c, '0').unwrap_or(0), format.zero_digit);
            output.extend(digits.map(digit));
        }
    }

    /// Whether a separator stands right of this many digits.
    fn is_grouped(&self, position: usize) -> bool {
        match self.regular_group {
            Some(size) => position.is_multiple_of(size),
            None => self.whole_groups.binary_search(&position).is_ok(),
        }
    }
}

fn count(part: &[(char, Role)], role: Role) -> usize {
    part.iter().filter(|(_, found)| *found == role).count()
}

type Parts<'p> = (&'p [(char, Role)], Option<&'p [(char, Role)]>);

/// Splits where the only character of a role is.
fn split(part: &[(char, Role)], role: Role) -> Result<Parts<'_>, Wrong> {
    let mut parts = part.split(|(_, found)| *found == role);
    let before = parts.next().unwrap_or_default();
    let behind = parts.next();
    if parts.next().is_some() {
        return Err(match role {
            Role::Exponent => "has more than one exponent separator",
            _ => "has more than one decimal separator",
        });
    }
    Ok((before, behind))
}

fn power(prefix: &str, suffix: &str, format: &DecimalFormat) -> Result<i32, Wrong> {
    let count = |sign: char| prefix.matches(sign).count() + suffix.matches(sign).count();
    match (count(format.percent), count(format.per_mille)) {
        (0, 0) => Ok(0),
        (1, 0) => Ok(2),
        (0, 1) => Ok(3),
        _ => Err("has more than one percent or per-mille sign"),
    }
}

/// The rules of section 4.7.3.
fn check(
    whole: &[(char, Role)],
    fraction: Option<&[(char, Role)]>,
    exponent: Option<&[(char, Role)]>,
    power: i32,
) -> Result<(), Wrong> {
    let is_digit = |(_, role): &(char, Role)| matches!(role, Role::Digit | Role::OptionalDigit);
    let fraction_part = fraction.unwrap_or_default();
    if !whole.iter().chain(fraction_part).any(is_digit) {
        return Err("has no digit");
    }
    let order = |first: Role, part: &[(char, Role)]| {
        let digits = part.iter().map(|(_, role)| *role).filter(|role| *role != Role::Group);
        let roles: Vec<_> = digits.skip_while(|role| *role == first).collect();
        roles.contains(&first)
    };
    if order(Role::OptionalDigit, whole) {
        return Err("has an optional digit right of a mandatory one before the point");
    }
    if order(Role::Digit, fraction_part) {
        return Err("has a mandatory digit right of an optional one behind the point");
    }
    let is_group =
        |found: Option<&(char, Role)>| found.is_some_and(|(_, role)| *role == Role::Group);
    if is_group(whole.last()) || is_group(fraction_part.first()) {
        return Err("has a grouping separator beside the point or the end of the whole part");
    }
    let has_pair = |part: &[(char, Role)]| {
        part.windows(2).any(|pair| pair.iter().all(|(_, role)| *role == Role::Group))
    };
    if has_pair(whole) || has_pair(fraction_part) {
        return Err("has two grouping separators beside each other");
    }
    if let Some(exponent) = exponent {
        if power != 0 {
            return Err("has an exponent and a percent or per-mille sign");
        }
        if exponent.is_empty() || exponent.iter().any(|(_, role)| *role != Role::Digit) {
            return Err("has an exponent that is not of digits");
        }
    }
    Ok(())
}
