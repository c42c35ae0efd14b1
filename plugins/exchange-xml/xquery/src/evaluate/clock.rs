//! The time of an evaluation (XQuery 3.1, section 2.1.2): one for all of it.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Evaluator;
use crate::atomic::{DateTime, calendar};

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
    let nanoseconds = i128::try_from(since.as_nanos()).unwrap_or(0);
    calendar::moment(nanoseconds, Some(0)).unwrap_or(calendar::EPOCH)
}
