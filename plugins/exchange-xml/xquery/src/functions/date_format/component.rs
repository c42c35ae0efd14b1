//! Components of dates and times, and how a marker formats them (sections 9.8.4.1 to 9.8.4.4).

use super::names::{self, Name};
use super::picture::Marker;
use super::timezone;
use super::width::{Width, pad};
use crate::atomic::calendar::{days, days_in_month};
use crate::atomic::{AtomicType, DateTime};
use crate::error::{Error, ErrorCode, Result};
use crate::functions::number_format::{
    Form, IntegerPicture, Letters, digit_of, family_of, in_family,
};
use crate::meter::Meter;

/// What is formatted.
pub(super) struct Moment<'m> {
    pub(super) value: &'m DateTime,
    /// `xs:dateTime`, `xs:date` or `xs:time`.
    pub(super) kind: AtomicType,
    pub(super) place: Option<&'m str>,
}

impl Moment<'_> {
    /// Appends a component; gives false where the value has none such.
    pub(super) fn format(
        &self,
        marker: &Marker,
        output: &mut String,
        meter: &Meter<'_>,
    ) -> Result<bool> {
        let is_there = match self.kind {
            AtomicType::Date => !"HhPmsf".contains(marker.component),
            AtomicType::Time => "HhPmsfZz".contains(marker.component),
            _ => true,
        };
        if !is_there {
            return Ok(false);
        }
        let padding = marker.width.and_then(|width| width.min).unwrap_or(0);
        meter.build(padding.saturating_mul(4).saturating_add(64))?;
        match marker.component {
            'Z' | 'z' => {
                let text = timezone::format(marker, self.value.timezone_minutes, self.place);
                output.push_str(&text);
            }
            'f' => output.push_str(&fraction(marker, self.value.nanosecond)?),
            _ => {
                let text = match (self.name(marker.component), letters(marker.presentation())) {
                    (Some(name), Some(letters)) => name.format(letters, marker.width),
                    _ => number(marker, self.number(marker.component))?,
                };
                output.push_str(&text);
            }
        }
        Ok(true)
    }

    fn name(&self, component: char) -> Option<Name> {
        match component {
            'M' => Some(names::month(self.value.month)),
            'F' => Some(names::day(self.weekday())),
            'P' => Some(names::half_of_day(self.value.hour)),
            'E' => Some(names::era(self.value.year)),
            'C' => Some(names::calendar()),
            _ => None,
        }
    }

    fn number(&self, component: char) -> u64 {
        let value = self.value;
        match component {
            'Y' => value.year.unsigned_abs(),
            'M' => value.month.into(),
            'D' => value.day.into(),
            'd' => self.day_of_year().try_into().unwrap_or(0),
            'F' => self.weekday().into(),
            'W' => self.week_of_year(),
            'w' => self.week_of_month(),
            'H' => value.hour.into(),
            'h' => u64::from((value.hour + 11) % 12 + 1),
            'P' => u64::from(value.hour / 12),
            'm' => value.minute.into(),
            's' => value.second.into(),
            // Eras and calendars have names.
            _ => 1,
        }
    }

    /// Days since some Monday.
    fn day(&self) -> i128 {
        // 1970-01-01 was a Thursday.
        days(self.value.year, self.value.month, self.value.day) + 3
    }

    /// From 1 for Monday.
    fn weekday(&self) -> u8 {
        u8::try_from(self.day().rem_euclid(7) + 1).unwrap_or(1)
    }

    fn day_of_year(&self) -> i128 {
        self.day() - (days(self.value.year, 1, 1) + 3) + 1
    }

    /// Days from this day to the Thursday of its week, which says where the week belongs.
    fn to_thursday(&self) -> i128 {
        4 - i128::from(self.weekday())
    }

    fn week_of_year(&self) -> u64 {
        let year_days = |year: i64| days(year.saturating_add(1), 1, 1) - days(year, 1, 1);
        let year = self.value.year;
        let mut thursday = self.day_of_year() + self.to_thursday();
        if thursday < 1 {
            thursday += year_days(year.saturating_sub(1));
        } else if thursday > year_days(year) {
            thursday -= year_days(year);
        }
        u64::try_from((thursday - 1) / 7 + 1).unwrap_or(1)
    }

    fn week_of_month(&self) -> u64 {
        let (year, month) = (self.value.year, self.value.month);
        let mut thursday = i128::from(self.value.day) + self.to_thursday();
        // A week before the first is the last of the month before; one behind the last counts on.
        if thursday < 1 {
            thursday += match month {
                1 => 31,
                _ => i128::from(days_in_month(year, month - 1)),
            };
        }
        u64::try_from((thursday - 1) / 7 + 1).unwrap_or(1)
    }
}

/// The case of a presentation by name.
fn letters(presentation: &str) -> Option<Letters> {
    match presentation {
        "N" => Some(Letters::Upper),
        "n" => Some(Letters::Lower),
        "Nn" => Some(Letters::Title),
        _ => None,
    }
}

fn wrong(text: String) -> Error {
    Error::new(ErrorCode::Standard("FOFD1340"), text)
}

/// A component as a number.
fn number(marker: &Marker, number: u64) -> Result<String> {
    let width = marker.width.unwrap_or_default();
    let presentation = marker.presentation();
    let mut form = match presentation {
        "N" | "n" | "Nn" => Form::parse("1"),
        _ => Form::parse(presentation),
    }
    .map_err(wrong)?;
    let mut number = number;
    if marker.component == 'Y' {
        number = year(number, &form, marker.width);
    }
    if let Form::Digits(pattern) = &mut form {
        match (width.min, width.max) {
            (Some(min), _) if min > pattern.digits_min => pattern.digits_min = min,
            (_, Some(max)) if max < pattern.digits_min => pattern.digits_min = max,
            _ => {}
        }
    }
    let is_digits = matches!(form, Form::Digits(_));
    let picture = IntegerPicture { form, is_ordinal: marker.second == Some('o') };
    let mut text = picture.format(number.into());
    if !is_digits {
        pad(&mut text, width.min);
    }
    Ok(text)
}

/// A year has only as many digits as its width or its picture has, from two on.
fn year(year: u64, form: &Form, width: Option<Width>) -> u64 {
    let digits_max = match (width, form) {
        (Some(width), _) => width.max,
        (None, Form::Digits(pattern)) => Some(pattern.digits).filter(|digits| *digits >= 2),
        _ => None,
    };
    let power = digits_max.and_then(|digits| 10_u64.checked_pow(u32::try_from(digits).ok()?));
    power.map_or(year, |power| year % power)
}

/// Fractional seconds: digits from the point on, cut and not rounded.
fn fraction(marker: &Marker, nanosecond: u32) -> Result<String> {
    let presentation = marker.presentation();
    let zero = presentation.chars().find_map(family_of).unwrap_or('0');
    // Mandatory digits come first here, so the pattern is one of integers from its other end.
    let mirrored: String = presentation.chars().rev().collect();
    let form = Form::parse(&mirrored).map_err(wrong)?;
    let (mut min, mut max) = match form {
        Form::Digits(pattern) if pattern.digits > 1 => (pattern.digits_min, pattern.digits),
        _ => (1, usize::MAX),
    };
    if let Some(width) = marker.width {
        min = width.min.unwrap_or(1);
        max = width.max.unwrap_or(usize::MAX);
    }
    let digits = format!("{nanosecond:09}");
    let mut digits: String = digits.chars().take(max).collect();
    while digits.len() > min.max(1) && digits.ends_with('0') {
        digits.pop();
    }
    let missing = min.saturating_sub(digits.len());
    digits.extend(std::iter::repeat_n('0', missing));
    Ok(digits.chars().map(|c| in_family(digit_of(c, '0').unwrap_or(0), zero)).collect())
}
