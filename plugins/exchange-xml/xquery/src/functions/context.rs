//! Functions on the context (XPath Functions 3.1, chapter 15).

use std::sync::Arc;

use super::{Call, Row};
use crate::atomic::{Atomic, AtomicType, Duration, calendar};
use crate::collation::CODEPOINT;
use crate::error::Result;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:position() as xs:integer", body: position },
    Row { signature: "fn:last() as xs:integer", body: last },
    Row { signature: "fn:current-dateTime() as xs:dateTimeStamp", body: current_date_time },
    Row { signature: "fn:current-date() as xs:date", body: current_date },
    Row { signature: "fn:current-time() as xs:time", body: current_time },
    Row { signature: "fn:implicit-timezone() as xs:dayTimeDuration", body: implicit_timezone },
    Row { signature: "fn:default-collation() as xs:string", body: default_collation },
    Row { signature: "fn:default-language() as xs:language", body: default_language },
    Row { signature: "fn:static-base-uri() as xs:anyURI?", body: static_base_uri },
];

fn position<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(number(call.known_focus()?.position))
}

fn last<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let unknown =
        || call.error("XPDY0002", "fn:last needs the number of items, which is not known here");
    call.known_focus()?.size.map(number).ok_or_else(unknown)
}

fn number<'a>(number: usize) -> Sequence<'a> {
    Item::integer(i128::try_from(number).unwrap_or(i128::MAX)).into()
}

fn current_date_time<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(now(call, AtomicType::DateTimeStamp))
}

fn current_date<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(now(call, AtomicType::Date))
}

fn current_time<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(now(call, AtomicType::Time))
}

/// What a type has of the current time.
fn now<'a>(call: &Call<'_, 'a>, kind: AtomicType) -> Sequence<'a> {
    let now = calendar::only(&call.evaluator.current_date_time(), kind);
    Item::Atomic(Atomic::DateTime(Box::new(now), kind)).into()
}

fn implicit_timezone<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let offset = Duration::of_minutes(call.evaluator.implicit_timezone_minutes());
    Ok(Item::Atomic(Atomic::Duration(offset, AtomicType::DayTimeDuration)).into())
}

fn default_collation<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(Item::string(match &*call.context.default_collation {
        "" => CODEPOINT,
        uri => uri,
    })
    .into())
}

fn default_language<'a>(_: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(Item::Atomic(Atomic::String("en".into(), AtomicType::Language)).into())
}

fn static_base_uri<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let uri = call.context.base_uri.as_ref();
    Ok(uri.map(|uri| Item::Atomic(Atomic::AnyUri(Arc::clone(uri)))).into())
}
