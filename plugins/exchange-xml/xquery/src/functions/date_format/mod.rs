//! `fn:format-dateTime`, `fn:format-date`, `fn:format-time` and `fn:parse-ietf-date` (XPath
//! Functions 3.1, sections 9.8 and 9.9).
//!
//! The language is English and the calendar the Gregorian one; where another is asked for, the
//! result says so in front (section 9.8.4.3). The place matters for names of timezones alone.

mod component;
mod ietf;
mod names;
mod picture;
mod timezone;
mod width;

use super::{Call, Row};
use crate::atomic::{Atomic, AtomicType, quoted};
use crate::error::Result;
use crate::value::{Item, Sequence};

use component::Moment;
use picture::{Part, Picture};

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:format-dateTime($value as xs:dateTime?, $picture as xs:string) \
                    as xs:string?",
        body: format,
    },
    Row {
        signature: "fn:format-dateTime($value as xs:dateTime?, $picture as xs:string, \
                    $language as xs:string?, $calendar as xs:string?, $place as xs:string?) \
                    as xs:string?",
        body: format,
    },
    Row {
        signature: "fn:format-date($value as xs:date?, $picture as xs:string) as xs:string?",
        body: format,
    },
    Row {
        signature: "fn:format-date($value as xs:date?, $picture as xs:string, \
                    $language as xs:string?, $calendar as xs:string?, $place as xs:string?) \
                    as xs:string?",
        body: format,
    },
    Row {
        signature: "fn:format-time($value as xs:time?, $picture as xs:string) as xs:string?",
        body: format,
    },
    Row {
        signature: "fn:format-time($value as xs:time?, $picture as xs:string, \
                    $language as xs:string?, $calendar as xs:string?, $place as xs:string?) \
                    as xs:string?",
        body: format,
    },
    Row {
        signature: "fn:parse-ietf-date($value as xs:string?) as xs:dateTime?",
        body: parse_ietf_date,
    },
];

fn format<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(Atomic::DateTime(value, kind)) = call.optional_atomic(arguments, 0)? else {
        return Ok(Sequence::Empty);
    };
    let text = call.text(arguments, 1)?;
    call.meter().steps(text.len() as u64)?;
    let picture = Picture::parse(text)
        .map_err(|why| call.error("FOFD1340", format!("the picture {} {why}", quoted(text))))?;
    let language = call.optional_text(arguments, 2)?;
    let calendar = call.optional_text(arguments, 3)?;
    let place = call.optional_text(arguments, 4)?;
    let mut output = String::new();
    if language.is_some_and(|language| !is_english(language)) {
        output.push_str("[Language: en]");
    }
    if let Some(calendar) = calendar
        && !is_gregorian(call, calendar)?
    {
        output.push_str("[Calendar: AD]");
    }
    let moment = Moment { value, kind: kind.primitive(), place };
    for part in &picture.parts {
        match part {
            Part::Text(text) => output.push_str(text),
            Part::Marker(marker) => {
                let found = moment.format(marker, &mut output, call.meter())?;
                if !found {
                    let text = format!("an {kind} has no component {:?}", marker.component);
                    return Err(call.error("FOFD1350", text));
                }
            }
        }
    }
    call.meter().build(output.len())?;
    Ok(Item::string(&output).into())
}

fn is_english(language: &str) -> bool {
    language.split('-').next().is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// Designators of calendars (section 9.8.4.5).
const CALENDARS: [&str; 28] = [
    "AD", "AH", "AM", "AME", "AP", "AS", "BE", "CB", "CE", "CL", "CS", "EE", "FE", "ISO", "JE",
    "KE", "KY", "ME", "MS", "NS", "OS", "RS", "SE", "SH", "SS", "TE", "VE", "VS",
];

/// Whether a calendar is the one that is written.
fn is_gregorian(call: &Call<'_, '_>, calendar: &str) -> Result<bool> {
    let wrong = || call.error("FOFD1340", format!("{} names no calendar", quoted(calendar)));
    let name = call.eqname(calendar.trim()).ok_or_else(wrong)?;
    if !name.namespace.is_empty() {
        return Ok(false);
    }
    match &*name.local {
        "AD" | "ISO" | "CE" | "NS" => Ok(true),
        local if CALENDARS.contains(&local) => Ok(false),
        _ => Err(wrong()),
    }
}

fn parse_ietf_date<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(text) = call.optional_text(arguments, 0)? else {
        return Ok(Sequence::Empty);
    };
    call.meter().steps(text.len() as u64)?;
    let wrong = || {
        let text = format!("{} is no date as the IETF has them", quoted(text));
        call.error("FORG0010", text)
    };
    let value = ietf::parse(text).ok_or_else(wrong)?;
    Ok(Item::Atomic(Atomic::DateTime(Box::new(value), AtomicType::DateTime)).into())
}

#[cfg(test)]
mod tests;
