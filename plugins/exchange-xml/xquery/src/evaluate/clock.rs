//! The time of an evaluation (XQuery 3.1, section 2.1.2): one for all of it.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Evaluator;
use crate::atomic::DateTime;

const SECONDS_PER_DAY: i64 = 86_400;

impl Evaluator<'_> {
    /// `fn:current-dateTime`: what the environment says, or the clock at the first question.
    pub(crate) fn current_date_time(&self) -> DateTime {
        *self.now.get_or_init(|| {
            let mut now = self.environment.now.unwrap_or_else(utc);
            now.timezone_minutes.get_or_insert(0);
            now
        })
    }

    /// The implicit timezone, in minutes east of UTC.
    pub(crate) fn implicit_timezone_minutes(&self) -> i16 {
        // The clock is not read for this: it is in UTC.
        self.environment.now.and_then(|now| now.timezone_minutes).unwrap_or(0)
    }
}

/// The clock.
fn utc() -> DateTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    from_unix(i64::try_from(since.as_secs()).unwrap_or(0), since.subsec_nanos())
}

/// Seconds from 1970-01-01 as a date and time in UTC.
fn from_unix(seconds: i64, nanosecond: u32) -> DateTime {
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    let rest = seconds.rem_euclid(SECONDS_PER_DAY);
    let part = |number: i64| u8::try_from(number).unwrap_or(0);
    DateTime {
        year,
        month: part(month),
        day: part(day),
        hour: part(rest / 3600),
        minute: part(rest / 60 % 60),
        second: part(rest % 60),
        nanosecond,
        timezone_minutes: Some(0),
    }
}

/// Days from 1970-01-01 as year, month and day of the Gregorian calendar. Years are counted from
/// March, so that the leap day is a year's last.
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_PER_ERA: i64 = 146_097;
    let days = days + 719_468;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        for (seconds, expected) in [
            (0, (1970, 1, 1, 0)),
            (951_782_400, (2000, 2, 29, 0)),
            (951_868_799, (2000, 2, 29, 23)),
            (951_868_800, (2000, 3, 1, 0)),
            (4_107_542_400, (2100, 3, 1, 0)),
            (-1, (1969, 12, 31, 23)),
        ] {
            let date = from_unix(seconds, 0);
            assert_eq!((date.year, date.month, date.day, date.hour), expected, "{seconds}");
        }
    }
}
