//! Dates, times and their parts as texts, and casts among them (XML Schema 1.1 part 2, sections
//! 3.3.7 to 3.3.14; XPath Functions 3.1, section 19.1.5).

use std::fmt::Write;

use super::{Atomic, AtomicType, DateTime, calendar, error, lexical};
use crate::error::Result;

/// What a type does not have is of this day.
const REFERENCE: DateTime = DateTime {
    year: 1972,
    month: 12,
    day: 31,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    timezone_minutes: None,
};

/// A text, already trimmed, as a type.
pub(super) fn parse(text: &str, kind: AtomicType) -> Result<Atomic> {
    let mut reader = Reader { rest: text };
    let read = reader.value(kind).filter(|_| reader.rest.is_empty());
    let (moment, is_midnight) = read.ok_or_else(|| lexical::malformed(text, kind))?;
    let mut moment = calendar::only(&moment?, kind);
    if is_midnight && kind.primitive() == AtomicType::DateTime {
        moment = calendar::add(&moment, calendar::DAY)?;
    }
    if kind == AtomicType::DateTimeStamp && moment.timezone_minutes.is_none() {
        return Err(lexical::malformed(text, kind));
    }
    Ok(Atomic::DateTime(Box::new(moment), kind))
}

/// What remains to be read.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// A value, and whether its time is 24:00:00, which is the end of its day.
    fn value(&mut self, kind: AtomicType) -> Option<(Result<DateTime>, bool)> {
        use AtomicType as T;
        let mut moment = REFERENCE;
        let mut is_midnight = false;
        let mut year = Ok(REFERENCE.year);
        let kind = kind.primitive();
        if matches!(kind, T::DateTime | T::Date | T::GYearMonth | T::GYear) {
            year = self.year()?;
            moment.year = *year.as_ref().unwrap_or(&0);
        }
        match kind {
            T::DateTime | T::Date => {
                moment.month = self.after("-")?.two_digits()?;
                moment.day = self.after("-")?.two_digits()?;
            }
            T::GYearMonth => moment.month = self.after("-")?.two_digits()?,
            T::GMonthDay => {
                moment.month = self.after("--")?.two_digits()?;
                moment.day = self.after("-")?.two_digits()?;
            }
            T::GMonth => moment.month = self.after("--")?.two_digits()?,
            T::GDay => moment.day = self.after("---")?.two_digits()?,
            _ => {}
        }
        if matches!(kind, T::GMonth | T::GYearMonth) {
            moment.day = 1;
        }
        if kind == T::DateTime {
            self.after("T")?;
        }
        if matches!(kind, T::DateTime | T::Time) {
            is_midnight = self.time(&mut moment)?;
        }
        moment.timezone_minutes = self.timezone()?;
        let fits = (1..=12).contains(&moment.month)
            && (1..=calendar::days_in_month(moment.year, moment.month)).contains(&moment.day);
        fits.then_some((year.map(|_| moment), is_midnight))
    }

    fn after(&mut self, text: &str) -> Option<&mut Self> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(self)
    }

    fn digits(&mut self) -> &'t str {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        digits
    }

    fn two_digits(&mut self) -> Option<u8> {
        let (digits, rest) = self.rest.split_at_checked(2)?;
        self.rest = rest;
        // A sign would be taken for part of a number.
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    }

    /// A year: at least four digits, no zero in front of more.
    fn year(&mut self) -> Option<Result<i64>> {
        let is_negative = self.after("-").is_some();
        let digits = self.digits();
        if digits.len() < 4 || (digits.len() > 4 && digits.starts_with('0')) {
            return None;
        }
        let year = digits.parse::<i64>().map_err(|_| calendar::overflow()).and_then(calendar::year);
        Some(year.map(|year| if is_negative { -year } else { year }))
    }

    /// A time, and whether it is 24:00:00.
    fn time(&mut self, moment: &mut DateTime) -> Option<bool> {
        moment.hour = self.two_digits()?;
        moment.minute = self.after(":")?.two_digits()?;
        moment.second = self.after(":")?.two_digits()?;
        moment.nanosecond = 0;
        if self.after(".").is_some() {
            let digits = self.digits();
            moment.nanosecond = nanoseconds(digits)?;
        }
        if moment.hour == 24 {
            moment.hour = 0;
            let is_whole = (moment.minute, moment.second, moment.nanosecond) == (0, 0, 0);
            return is_whole.then_some(true);
        }
        (moment.hour < 24 && moment.minute < 60 && moment.second < 60).then_some(false)
    }

    fn timezone(&mut self) -> Option<Option<i16>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        if self.after("Z").is_some() {
            return Some(Some(0));
        }
        let is_negative = self.after("-").is_some();
        if !is_negative {
            self.after("+")?;
        }
        let hours = i16::from(self.two_digits()?);
        let minutes = i16::from(self.after(":")?.two_digits()?);
        let all = hours * 60 + minutes;
        let fits = minutes < 60 && all <= 14 * 60;
        fits.then_some(Some(if is_negative { -all } else { all }))
    }
}

/// The digits behind a point as nanoseconds; what is finer is cut off.
pub(crate) fn nanoseconds(digits: &str) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let nine = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(nine.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// A value as a text.
pub(super) fn print(value: &DateTime, kind: AtomicType) -> String {
    use AtomicType as T;
    let mut text = String::with_capacity(32);
    let kind = kind.primitive();
    // Writing to a string never fails.
    let _ = match kind {
        T::DateTime | T::Date => {
            print_year(&mut text, value.year);
            write!(text, "-{:02}-{:02}", value.month, value.day)
        }
        T::GYearMonth => {
            print_year(&mut text, value.year);
            write!(text, "-{:02}", value.month)
        }
        T::GYear => {
            print_year(&mut text, value.year);
            Ok(())
        }
        T::GMonthDay => write!(text, "--{:02}-{:02}", value.month, value.day),
        T::GMonth => write!(text, "--{:02}", value.month),
        T::GDay => write!(text, "---{:02}", value.day),
        _ => Ok(()),
    };
    if kind == T::DateTime {
        text.push('T');
    }
    if matches!(kind, T::DateTime | T::Time) {
        let _ = write!(text, "{:02}:{:02}:{:02}", value.hour, value.minute, value.second);
        print_fraction(&mut text, value.nanosecond);
    }
    if let Some(minutes) = value.timezone_minutes {
        print_timezone(&mut text, minutes);
    }
    text
}

fn print_year(text: &mut String, year: i64) {
    let sign = if year < 0 { "-" } else { "" };
    let _ = write!(text, "{sign}{:04}", year.unsigned_abs());
}

/// Nanoseconds behind a point, without zeros at the end; nothing for none.
pub(super) fn print_fraction(text: &mut String, nanoseconds: u32) {
    if nanoseconds > 0 {
        let digits = format!(".{nanoseconds:09}");
        text.push_str(digits.trim_end_matches('0'));
    }
}

fn print_timezone(text: &mut String, minutes: i16) {
    if minutes == 0 {
        text.push('Z');
        return;
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
}

/// Casts among these types; none where they do not allow it.
pub(super) fn cast(value: &DateTime, from: AtomicType, to: AtomicType) -> Option<Result<Atomic>> {
    use AtomicType as T;
    let (source, target) = (from.primitive(), to.primitive());
    let is_part = matches!(target, T::GYearMonth | T::GYear | T::GMonthDay | T::GDay | T::GMonth);
    let is_allowed = source == target
        || match source {
            T::DateTime => is_part || matches!(target, T::Date | T::Time),
            T::Date => is_part || target == T::DateTime,
            _ => false,
        };
    if !is_allowed {
        return None;
    }
    if to == T::DateTimeStamp && value.timezone_minutes.is_none() {
        let text = print(value, from);
        let message = format!("{text} has no timezone, as an xs:dateTimeStamp must");
        return Some(Err(error("FORG0001", message)));
    }
    Some(Ok(Atomic::DateTime(Box::new(calendar::only(value, target)), to)))
}
