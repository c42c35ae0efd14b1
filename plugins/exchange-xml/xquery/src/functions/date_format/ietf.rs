//! `fn:parse-ietf-date` (section 9.9): dates as in mails and in HTTP.

use crate::atomic::DateTime;
use crate::atomic::calendar::{DAY, add, days_in_month};
use crate::atomic::date_time::nanoseconds;
use crate::characters::is_space;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Longer names first.
const DAYS: [&str; 14] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
];

const ZONES: [(&str, i16); 11] = [
    ("utc", 0),
    ("ut", 0),
    ("gmt", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
];

/// The time of a text; none where it is none.
pub(super) fn parse(text: &str) -> Option<DateTime> {
    let text = text.to_ascii_lowercase();
    let mut reader = Reader { rest: &text };
    reader.space();
    if DAYS.iter().any(|day| reader.take(day)) {
        reader.take(",");
        if !reader.space() {
            return None;
        }
    }
    let (year, month, day, time) = if reader.is_digit() {
        let day = reader.number(1, 2)?;
        reader.separator()?;
        let month = reader.month()?;
        reader.separator()?;
        let year = reader.year()?;
        reader.space().then_some(())?;
        (year, month, day, reader.time()?)
    } else {
        let month = reader.month()?;
        reader.separator()?;
        let day = reader.number(1, 2)?;
        reader.space().then_some(())?;
        let time = reader.time()?;
        reader.space().then_some(())?;
        (reader.year()?, month, day, time)
    };
    reader.space();
    if !reader.rest.is_empty() {
        return None;
    }
    let day = u8::try_from(day).ok()?;
    if !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    time.on(year, month, day)
}

/// A time of day.
struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
    timezone_minutes: i16,
}

impl Time {
    fn on(self, year: i64, month: u8, day: u8) -> Option<DateTime> {
        let is_midnight = self.hour == 24;
        if is_midnight && (self.minute, self.second, self.nanosecond) != (0, 0, 0) {
            return None;
        }
        let value = DateTime {
            year,
            month,
            day,
            hour: if is_midnight { 0 } else { self.hour },
            minute: self.minute,
            second: self.second,
            nanosecond: self.nanosecond,
            timezone_minutes: Some(self.timezone_minutes),
        };
        if is_midnight { add(&value, DAY).ok() } else { Some(value) }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn space(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(is_space);
        let found = rest.len() < self.rest.len();
        self.rest = rest;
        found
    }

    fn is_digit(&self) -> bool {
        self.rest.starts_with(|c: char| c.is_ascii_digit())
    }

    /// All digits here, in a range of how many.
    fn digits(&mut self, min: usize, max: usize) -> Option<&str> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        (min..=max).contains(&count).then_some(digits)
    }

    fn number(&mut self, min: usize, max: usize) -> Option<u32> {
        self.digits(min, max)?.parse().ok()
    }

    /// Space, or a hyphen with space around it.
    fn separator(&mut self) -> Option<()> {
        let space = self.space();
        let hyphen = self.take("-");
        if hyphen {
            self.space();
        }
        (space || hyphen).then_some(())
    }

    fn month(&mut self) -> Option<u8> {
        let index = MONTHS.iter().position(|month| self.take(month))?;
        u8::try_from(index + 1).ok()
    }

    fn year(&mut self) -> Option<i64> {
        let digits = self.digits(2, 4)?;
        let year: i64 = digits.parse().ok()?;
        match digits.len() {
            2 => Some(year + 1900),
            4 => Some(year),
            _ => None,
        }
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.number(1, 2).filter(|hour| *hour <= 24)?;
        self.take(":").then_some(())?;
        let minute = self.number(2, 2).filter(|minute| *minute < 60)?;
        let (mut second, mut nanosecond) = (0, 0);
        if self.take(":") {
            second = self.number(2, 2).filter(|second| *second < 60)?;
            if self.take(".") {
                nanosecond = self.digits(1, usize::MAX).and_then(nanoseconds)?;
            }
        }
        // Space may be before a timezone, or before a year.
        let before = self.rest;
        self.space();
        let timezone_minutes = match self.timezone() {
            Zone::Minutes(minutes) => minutes,
            Zone::Wrong => return None,
            Zone::Absent => {
                self.rest = before;
                0
            }
        };
        Some(Time {
            hour: u8::try_from(hour).ok()?,
            minute: u8::try_from(minute).ok()?,
            second: u8::try_from(second).ok()?,
            nanosecond,
            timezone_minutes,
        })
    }

    fn timezone(&mut self) -> Zone {
        if let Some(minutes) = self.zone_name() {
            return Zone::Minutes(minutes);
        }
        let sign = if self.take("-") {
            -1
        } else if self.take("+") {
            1
        } else {
            return Zone::Absent;
        };
        let offset = self.offset();
        let offset = offset.filter(|minutes| *minutes <= 14 * 60 && self.comment());
        offset.map_or(Zone::Wrong, |minutes| Zone::Minutes(sign * minutes))
    }

    fn zone_name(&mut self) -> Option<i16> {
        ZONES.iter().find(|zone| self.take(zone.0)).map(|zone| zone.1)
    }

    /// Hours, and perhaps minutes, with or without a colon.
    fn offset(&mut self) -> Option<i16> {
        let digits = self.digits(1, 4)?;
        let (hours, minutes) = match digits.len() {
            1 | 2 => (digits, ""),
            count => digits.split_at_checked(count - 2)?,
        };
        let hours: i16 = hours.parse().ok()?;
        let mut minutes: i16 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
        let is_short = digits.len() <= 2;
        if is_short && self.take(":") && self.is_digit() {
            minutes = i16::try_from(self.number(2, 2)?).ok()?;
        }
        (minutes < 60).then_some(hours * 60 + minutes)
    }

    /// A timezone's name in parentheses, which says nothing; false where it is none.
    fn comment(&mut self) -> bool {
        let before = self.rest;
        self.space();
        if !self.take("(") {
            self.rest = before;
            return true;
        }
        self.space();
        let is_zone = self.zone_name().is_some();
        self.space();
        is_zone && self.take(")")
    }
}

enum Zone {
    Minutes(i16),
    Wrong,
    Absent,
}
