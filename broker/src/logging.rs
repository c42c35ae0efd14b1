//! The log: lines for people on standard error. What is logged can be changed while the broker
//! runs.

use std::fmt;
use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::unix_ns;

/// Why what is logged could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogError {
    /// It is no filter.
    #[error("{0}")]
    Filter(String),
    /// Somebody else keeps this process's log.
    #[error("the log is not the broker's own")]
    NotOurs,
}

/// Puts another filter in place.
type Reload = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

struct Log {
    reload: Reload,
    /// What it was last told, as it was told.
    level: Mutex<String>,
}

static LOG: OnceLock<Log> = OnceLock::new();
static HAS_NANOSECONDS: AtomicBool = AtomicBool::new(false);

/// Begins to log what `filter` lets through. The filter was checked with the configuration; a
/// second call changes nothing.
pub(crate) fn init(filter: &str) {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter).unwrap_or_default())
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_timer(Clock)
        // Whoever read the log may have gone. Saying so on the same closed stream would panic.
        .log_internal_errors(false)
        .with_filter_reloading();
    let handle = subscriber.reload_handle();
    let reload = Box::new(move |filter| handle.reload(filter).is_ok());
    // Somebody logs already: then that log stays.
    if subscriber.try_init().is_ok() {
        let _ = LOG.set(Log { reload, level: Mutex::new(filter.to_owned()) });
    }
}

/// What is logged, as it was last told.
pub(crate) fn level() -> String {
    LOG.get().map_or_else(String::new, |log| log.level.lock().clone())
}

/// Logs what `filter` lets through from now on; `level` is what [`level`] answers from now on.
///
/// # Errors
/// It is no filter, or the log is not the broker's.
pub(crate) fn set(filter: &str, level: &str) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(filter).map_err(|error| LogError::Filter(error.to_string()))?;
    let log = LOG.get().ok_or(LogError::NotOurs)?;
    if !(log.reload)(filter) {
        return Err(LogError::NotOurs);
    }
    level.clone_into(&mut log.level.lock());
    Ok(())
}

/// Whether times are exact to the nanosecond; otherwise to the microsecond.
pub(crate) fn has_nanoseconds() -> bool {
    HAS_NANOSECONDS.load(Ordering::Relaxed)
}

/// Makes times exact to the nanosecond, or to the microsecond.
pub(crate) fn set_nanoseconds(has_nanoseconds: bool) {
    HAS_NANOSECONDS.store(has_nanoseconds, Ordering::Relaxed);
}

/// Times in UTC, as RFC 3339 has them.
struct Clock;

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

    #[test]
    fn what_is_no_filter_is_refused() {
        assert!(matches!(set("a=b=c", "a"), Err(LogError::Filter(_))));
    }
}
