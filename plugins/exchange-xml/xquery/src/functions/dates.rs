//! Functions on durations, dates and times (XPath Functions 3.1, chapters 8 and 9 but for
//! formatting).

use rust_decimal::Decimal;

use super::{Call, Row, argument};
use crate::atomic::calendar::{self, DAY, HOUR, MINUTE};
use crate::atomic::{Atomic, AtomicType, DateTime, Duration};
use crate::error::Result;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:years-from-duration($arg as xs:duration?) as xs:integer?",
        body: |call, arguments| of_duration(call, arguments, |d| (d.months / 12).into()),
    },
    Row {
        signature: "fn:months-from-duration($arg as xs:duration?) as xs:integer?",
        body: |call, arguments| of_duration(call, arguments, |d| (d.months % 12).into()),
    },
    Row {
        signature: "fn:days-from-duration($arg as xs:duration?) as xs:integer?",
        body: |call, arguments| of_duration(call, arguments, |d| d.nanoseconds / DAY),
    },
    Row {
        signature: "fn:hours-from-duration($arg as xs:duration?) as xs:integer?",
        body: |call, arguments| of_duration(call, arguments, |d| d.nanoseconds / HOUR % 24),
    },
    Row {
        signature: "fn:minutes-from-duration($arg as xs:duration?) as xs:integer?",
        body: |call, arguments| of_duration(call, arguments, |d| d.nanoseconds / MINUTE % 60),
    },
    Row {
        signature: "fn:seconds-from-duration($arg as xs:duration?) as xs:decimal?",
        body: seconds_from_duration,
    },
    Row {
        signature: "fn:dateTime($arg1 as xs:date?, $arg2 as xs:time?) as xs:dateTime?",
        body: date_time,
    },
    Row {
        signature: "fn:year-from-dateTime($arg as xs:dateTime?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.year)),
    },
    Row {
        signature: "fn:month-from-dateTime($arg as xs:dateTime?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.month)),
    },
    Row {
        signature: "fn:day-from-dateTime($arg as xs:dateTime?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.day)),
    },
    Row {
        signature: "fn:hours-from-dateTime($arg as xs:dateTime?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.hour)),
    },
    Row {
        signature: "fn:minutes-from-dateTime($arg as xs:dateTime?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.minute)),
    },
    Row {
        signature: "fn:seconds-from-dateTime($arg as xs:dateTime?) as xs:decimal?",
        body: |call, arguments| of_moment(call, arguments, seconds),
    },
    Row {
        signature: "fn:timezone-from-dateTime($arg as xs:dateTime?) as xs:dayTimeDuration?",
        body: timezone,
    },
    Row {
        signature: "fn:year-from-date($arg as xs:date?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.year)),
    },
    Row {
        signature: "fn:month-from-date($arg as xs:date?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.month)),
    },
    Row {
        signature: "fn:day-from-date($arg as xs:date?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.day)),
    },
    Row {
        signature: "fn:timezone-from-date($arg as xs:date?) as xs:dayTimeDuration?",
        body: timezone,
    },
    Row {
        signature: "fn:hours-from-time($arg as xs:time?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.hour)),
    },
    Row {
        signature: "fn:minutes-from-time($arg as xs:time?) as xs:integer?",
        body: |call, arguments| of_moment(call, arguments, |m| Atomic::integer(m.minute)),
    },
    Row {
        signature: "fn:seconds-from-time($arg as xs:time?) as xs:decimal?",
        body: |call, arguments| of_moment(call, arguments, seconds),
    },
    Row {
        signature: "fn:timezone-from-time($arg as xs:time?) as xs:dayTimeDuration?",
        body: timezone,
    },
    Row {
        signature: "fn:adjust-dateTime-to-timezone($arg as xs:dateTime?) as xs:dateTime?",
        body: adjust,
    },
    Row {
        signature: "fn:adjust-dateTime-to-timezone($arg as xs:dateTime?, \
                    $timezone as xs:dayTimeDuration?) as xs:dateTime?",
        body: adjust,
    },
    Row { signature: "fn:adjust-date-to-timezone($arg as xs:date?) as xs:date?", body: adjust },
    Row {
        signature: "fn:adjust-date-to-timezone($arg as xs:date?, \
                    $timezone as xs:dayTimeDuration?) as xs:date?",
        body: adjust,
    },
    Row { signature: "fn:adjust-time-to-timezone($arg as xs:time?) as xs:time?", body: adjust },
    Row {
        signature: "fn:adjust-time-to-timezone($arg as xs:time?, \
                    $timezone as xs:dayTimeDuration?) as xs:time?",
        body: adjust,
    },
];

fn of_duration<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    part: impl FnOnce(&Duration) -> i128,
) -> Result<Sequence<'a>> {
    Ok(match call.optional_atomic(arguments, 0)? {
        Some(Atomic::Duration(duration, _)) => Item::integer(part(duration)).into(),
        _ => Sequence::Empty,
    })
}

fn seconds_from_duration<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    Ok(match call.optional_atomic(arguments, 0)? {
        Some(Atomic::Duration(duration, _)) => decimal(duration.nanoseconds % MINUTE).into(),
        _ => Sequence::Empty,
    })
}

/// The date or time of an argument; none where it is empty.
fn moment<'s>(arguments: &'s [Sequence<'_>], index: usize) -> Option<(&'s DateTime, AtomicType)> {
    match argument(arguments, index).first() {
        Some(Item::Atomic(Atomic::DateTime(moment, kind))) => Some((moment, *kind)),
        _ => None,
    }
}

fn of_moment<'a>(
    _: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    part: impl FnOnce(&DateTime) -> Atomic,
) -> Result<Sequence<'a>> {
    let moment = moment(arguments, 0);
    Ok(moment.map(|(moment, _)| Item::from(part(moment))).into())
}

fn seconds(moment: &DateTime) -> Atomic {
    decimal(i128::from(moment.second) * calendar::SECOND + i128::from(moment.nanosecond))
}

/// Nanoseconds as decimal seconds.
fn decimal(nanoseconds: i128) -> Atomic {
    let seconds = Decimal::try_from_i128_with_scale(nanoseconds, 9).unwrap_or_default();
    Atomic::Decimal(seconds.normalize())
}

fn timezone<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let minutes = moment(arguments, 0).and_then(|(moment, _)| moment.timezone_minutes);
    Ok(minutes
        .map(|minutes| {
            let offset = Duration::of_minutes(minutes);
            Item::from(Atomic::Duration(offset, AtomicType::DayTimeDuration))
        })
        .into())
}

fn date_time<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (Some((date, _)), Some((time, _))) = (moment(arguments, 0), moment(arguments, 1)) else {
        return Ok(Sequence::Empty);
    };
    let timezone_minutes = match (date.timezone_minutes, time.timezone_minutes) {
        (Some(of_date), Some(of_time)) if of_date != of_time => {
            return Err(call.error("FORG0008", "the date and the time have different timezones"));
        }
        (of_date, of_time) => of_date.or(of_time),
    };
    let (year, month, day) = (date.year, date.month, date.day);
    let moment = DateTime { year, month, day, timezone_minutes, ..*time };
    Ok(Atomic::DateTime(Box::new(moment), AtomicType::DateTime).into())
}

fn adjust<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some((moment, kind)) = moment(arguments, 0) else { return Ok(Sequence::Empty) };
    let timezone_minutes = match call.optional_atomic(arguments, 1)? {
        Some(Atomic::Duration(offset, _)) => Some(minutes(call, *offset)?),
        _ if arguments.len() > 1 => None,
        _ => Some(call.evaluator.implicit_timezone_minutes()),
    };
    let kind = kind.primitive();
    let adjusted = calendar::adjust(moment, kind, timezone_minutes)?;
    Ok(Atomic::DateTime(Box::new(adjusted), kind).into())
}

/// A duration as a timezone's minutes.
fn minutes(call: &Call<'_, '_>, offset: Duration) -> Result<i16> {
    let whole = offset.nanoseconds % MINUTE == 0 && offset.nanoseconds.abs() <= 14 * HOUR;
    let minutes = i16::try_from(offset.nanoseconds / MINUTE).ok().filter(|_| whole);
    minutes.ok_or_else(|| {
        let offset = Atomic::Duration(offset, AtomicType::DayTimeDuration);
        let text = format!("{offset} is no timezone: whole minutes, fourteen hours at the most");
        call.error("FODT0003", text)
    })
}
