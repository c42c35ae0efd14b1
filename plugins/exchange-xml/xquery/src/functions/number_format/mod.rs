//! `fn:format-integer` and `fn:format-number` (XPath Functions 3.1, sections 4.6 and 4.7).

mod decimal;
mod digits;
mod english;
mod integer;
mod numerals;
mod picture;

use std::sync::{Arc, LazyLock};

use super::{Call, Row};
use crate::atomic::{Atomic, quoted};
use crate::error::Result;
use crate::expression::DecimalFormat;
use crate::value::{Item, Sequence};

pub(crate) use digits::family_of;
pub(super) use digits::{digit_of, in_family};
pub(super) use integer::{Form, IntegerPicture, Letters};

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:format-integer($value as xs:integer?, $picture as xs:string) as xs:string",
        body: format_integer,
    },
    Row {
        signature: "fn:format-integer($value as xs:integer?, $picture as xs:string, \
                    $lang as xs:string?) as xs:string",
        body: format_integer,
    },
    Row {
        signature: "fn:format-number($value as xs:numeric?, $picture as xs:string) as xs:string",
        body: format_number,
    },
    Row {
        signature: "fn:format-number($value as xs:numeric?, $picture as xs:string, \
                    $decimal-format-name as xs:string?) as xs:string",
        body: format_number,
    },
];

/// The format of a query that declares none.
static DEFAULT: LazyLock<Arc<DecimalFormat>> = LazyLock::new(Arc::default);

/// The language is English, whatever is asked for (section 4.6.1: a fallback).
fn format_integer<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let picture = call.text(arguments, 1)?;
    call.meter().steps(picture.len() as u64)?;
    let picture = IntegerPicture::parse(picture).map_err(|why| call.error("FODF1310", why))?;
    let Some(number) = call.optional_integer(arguments, 0)? else {
        return Ok(Item::string("").into());
    };
    call.meter().build(picture.bytes_max())?;
    Ok(Item::string(&picture.format(number)).into())
}

fn format_number<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let format = decimal_format(call, call.optional_text(arguments, 2)?)?;
    let picture = call.text(arguments, 1)?;
    // What a number needs is bounded by its type, what a picture asks for by its length.
    call.meter().build(picture.len().saturating_mul(4).saturating_add(1024))?;
    call.meter().steps(picture.len() as u64)?;
    let wrong = |why| call.error("FODF1310", format!("the picture {} {why}", quoted(picture)));
    let picture = picture::Picture::parse(picture, &format).map_err(wrong)?;
    let nan = Atomic::Double(f64::NAN);
    let number = call.optional_atomic(arguments, 0)?.unwrap_or(&nan);
    Ok(Item::string(&picture.format(number, &format)).into())
}

fn decimal_format(call: &Call<'_, '_>, name: Option<&str>) -> Result<Arc<DecimalFormat>> {
    let formats = &call.context.decimal_formats;
    let Some(text) = name else {
        return Ok(Arc::clone(formats.get(&None).unwrap_or(&DEFAULT)));
    };
    let format = call.eqname(text.trim()).and_then(|name| formats.get(&Some(name)));
    let unknown = || call.error("FODF1280", format!("no decimal format is named {}", quoted(text)));
    format.cloned().ok_or_else(unknown)
}

#[cfg(test)]
mod tests;
