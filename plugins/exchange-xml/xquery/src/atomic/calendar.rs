//! The calendar: points of time as nanoseconds, and back (XML Schema 1.1 part 2, appendix E; XPath
//! Functions 3.1, sections 9.6 and 9.7).
//!
//! Invariants: days are those of the Gregorian calendar at all times; nothing wraps, a year beyond
//! [`YEAR_MAX`] on either side is `FODT0001`.

use super::{AtomicType, DateTime, error};
use crate::error::{Error, Result};

pub(crate) const SECOND: i128 = 1_000_000_000;
pub(crate) const MINUTE: i128 = 60 * SECOND;
pub(crate) const HOUR: i128 = 60 * MINUTE;
pub(crate) const DAY: i128 = 24 * HOUR;

/// The last year, and before the year 0 the first one: room for all that anybody dates.
pub(crate) const YEAR_MAX: i64 = 999_999_999_999;

/// 1970-01-01T00:00:00Z.
pub(crate) const EPOCH: DateTime = DateTime {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    timezone_minutes: Some(0),
};

/// Days of 400 years, after which the calendar repeats itself.
const ERA_DAYS: i128 = 146_097;
/// From the first of March of the year 0 to 1970-01-01.
const EPOCH_DAYS: i128 = 719_468;

/// The error of a date that is out of range.
pub(crate) fn overflow() -> Error {
    error("FODT0001", "a date is beyond the years that can be had".to_owned())
}

/// Days from 1970-01-01 to a date.
pub(crate) fn days(year: i64, month: u8, day: u8) -> i128 {
    let month = i128::from(month);
    // A year from March has its leap day at its end.
    let (year, from_march) =
        if month > 2 { (i128::from(year), month - 3) } else { (i128::from(year) - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * from_march + 2) / 5 + i128::from(day) - 1;
    era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAYS
}

/// A year, where it is in range.
pub(super) fn year<T: TryInto<i64>>(year: T) -> Result<i64> {
    let year = year.try_into().ok().filter(|year| (-YEAR_MAX..=YEAR_MAX).contains(year));
    year.ok_or_else(overflow)
}

/// Year, month and day, so many days from 1970-01-01; none where the year is no `i64`.
fn date(days: i128) -> Option<(i64, u8, u8)> {
    let days = days + EPOCH_DAYS;
    let (era, of_era) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year + i128::from(month <= 2);
    Some((year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?))
}

/// How many days a month has.
pub(crate) fn days_in_month(year: i64, month: u8) -> u8 {
    let is_leap =
        year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Nanoseconds from 1970-01-01T00:00:00 of its own timezone.
fn local(moment: &DateTime) -> i128 {
    days(moment.year, moment.month, moment.day) * DAY + time_of_day(moment)
}

/// Nanoseconds since midnight.
pub(crate) fn time_of_day(moment: &DateTime) -> i128 {
    i128::from(moment.hour) * HOUR
        + i128::from(moment.minute) * MINUTE
        + i128::from(moment.second) * SECOND
        + i128::from(moment.nanosecond)
}

/// Nanoseconds from 1970-01-01T00:00:00Z; without a timezone it is in the implicit one.
pub(crate) fn instant(moment: &DateTime, implicit_timezone_minutes: i16) -> i128 {
    let timezone = moment.timezone_minutes.unwrap_or(implicit_timezone_minutes);
    local(moment) - i128::from(timezone) * MINUTE
}

/// The moment so many nanoseconds from 1970-01-01T00:00:00 of its own timezone.
///
/// # Errors
///
/// `FODT0001` where the year is out of range.
pub(crate) fn moment(local: i128, timezone_minutes: Option<i16>) -> Result<DateTime> {
    let (year, month, day) = date(local.div_euclid(DAY)).ok_or_else(overflow)?;
    let year = self::year(year)?;
    let time = local.rem_euclid(DAY);
    let part = |unit: i128, modulus: i128| u8::try_from(time / unit % modulus).unwrap_or_default();
    Ok(DateTime {
        year,
        month,
        day,
        hour: part(HOUR, 24),
        minute: part(MINUTE, 60),
        second: part(SECOND, 60),
        nanosecond: u32::try_from(time % SECOND).unwrap_or_default(),
        timezone_minutes,
    })
}

/// A moment with nanoseconds added.
///
/// # Errors
///
/// `FODT0001` where the year is out of range.
pub(crate) fn add(value: &DateTime, nanoseconds: i128) -> Result<DateTime> {
    let local = local(value).checked_add(nanoseconds).ok_or_else(overflow)?;
    moment(local, value.timezone_minutes)
}

/// A moment with months added; the day is the last of the month where the month has no such day.
///
/// # Errors
///
/// `FODT0001` where the year is out of range.
pub(crate) fn add_months(value: &DateTime, months: i64) -> Result<DateTime> {
    let all = i128::from(value.year) * 12 + i128::from(value.month) - 1 + i128::from(months);
    let year = self::year(all.div_euclid(12))?;
    let month = u8::try_from(all.rem_euclid(12) + 1).map_err(|_| overflow())?;
    Ok(DateTime { year, month, day: value.day.min(days_in_month(year, month)), ..*value })
}

/// The same moment in another timezone, or without one; a moment without one gets it as it stands
/// (XPath Functions 3.1, section 9.6.1). `kind` is the type of `value`.
///
/// # Errors
///
/// `FODT0001` where the year is out of range.
pub(crate) fn adjust(
    value: &DateTime,
    kind: AtomicType,
    timezone_minutes: Option<i16>,
) -> Result<DateTime> {
    let shifted = match (value.timezone_minutes, timezone_minutes) {
        (Some(from), Some(to)) => add(value, (i128::from(to) - i128::from(from)) * MINUTE)?,
        _ => *value,
    };
    Ok(only(&DateTime { timezone_minutes, ..shifted }, kind))
}

/// With the parts that a type has, the others as section 9.4 has them.
pub(crate) fn only(value: &DateTime, kind: AtomicType) -> DateTime {
    use AtomicType as T;
    let kind = kind.primitive();
    let (year, month, day) = match kind {
        T::Date | T::DateTime => (value.year, value.month, value.day),
        T::GYearMonth => (value.year, value.month, days_in_month(value.year, value.month)),
        T::GYear => (value.year, 12, 31),
        T::GMonthDay => (1972, value.month, value.day),
        T::GMonth => (1972, value.month, days_in_month(1972, value.month)),
        T::GDay => (1972, 12, value.day),
        _ => (1972, 12, 31),
    };
    let dated = DateTime { year, month, day, ..*value };
    match kind {
        T::DateTime | T::Time => dated,
        _ => DateTime { hour: 0, minute: 0, second: 0, nanosecond: 0, ..dated },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_become_dates_and_back() {
        for (seconds, expected) in [
            (0, (1970, 1, 1, 0)),
            (951_782_400, (2000, 2, 29, 0)),
            (951_868_799, (2000, 2, 29, 23)),
            (951_868_800, (2000, 3, 1, 0)),
            (4_107_542_400, (2100, 3, 1, 0)),
            (-1, (1969, 12, 31, 23)),
            (-62_167_219_201, (-1, 12, 31, 23)),
        ] {
            let found = moment(seconds * SECOND, Some(0)).unwrap();
            assert_eq!((found.year, found.month, found.day, found.hour), expected, "{seconds}");
            assert_eq!(instant(&found, 0), seconds * SECOND);
        }
        assert!(moment(i128::MAX, None).is_err());
    }
}
