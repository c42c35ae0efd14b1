//! Times of log lines, as RFC 3339 has them: in UTC, to the microsecond or the nanosecond.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::unix_ns;

static HAS_NANOSECONDS: AtomicBool = AtomicBool::new(false);

/// Whether times are exact to the nanosecond; otherwise to the microsecond.
pub(crate) fn has_nanoseconds() -> bool {
    HAS_NANOSECONDS.load(Ordering::Relaxed)
}

/// Makes times exact to the nanosecond, or to the microsecond.
pub(crate) fn set_nanoseconds(has_nanoseconds: bool) {
    HAS_NANOSECONDS.store(has_nanoseconds, Ordering::Relaxed);
}

/// Times in UTC, as RFC 3339 has them.
pub(super) struct Clock;

impl FormatTime for Clock {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now_ns = unix_ns();
        let (seconds, fraction_ns) = (now_ns / 1_000_000_000, now_ns % 1_000_000_000);
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        write!(writer, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.")?;
        if has_nanoseconds() {
            write!(writer, "{fraction_ns:09}Z")
        } else {
            write!(writer, "{:06}Z", fraction_ns / 1_000)
        }
    }
}

/// Year, month and day of a number of days since 1970. Counts in years that begin with March, so
/// that the day that comes and goes is the last.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let leap_days = day_of_era / 1_460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(59), (1970, 3, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_779), (2026, 11, 22));
    }
}
