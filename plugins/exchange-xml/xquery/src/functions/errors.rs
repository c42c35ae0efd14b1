//! Errors and tracing (XPath Functions 3.1, section 3).

use std::sync::Arc;

use super::{Call, Row, argument};
use crate::atomic::Atomic;
use crate::error::{Error, ErrorCode, Result};
use crate::value::{Item, Sequence, Value};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:error() as item()*", body: error },
    Row { signature: "fn:error($code as xs:QName?) as item()*", body: error },
    Row {
        signature: "fn:error($code as xs:QName?, $description as xs:string) as item()*",
        body: error,
    },
    Row {
        signature: "fn:error($code as xs:QName?, $description as xs:string, \
                    $error-object as item()*) as item()*",
        body: error,
    },
    Row { signature: "fn:trace($value as item()*) as item()*", body: trace },
    Row { signature: "fn:trace($value as item()*, $label as xs:string) as item()*", body: trace },
];

fn error<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let code = match argument(arguments, 0).first() {
        Some(Item::Atomic(Atomic::QName(name))) => ErrorCode::Query(Arc::clone(name)),
        _ => ErrorCode::Standard("FOER0000"),
    };
    let description = match argument(arguments, 1).first() {
        Some(Item::Atomic(text)) => text.to_text().into_owned(),
        _ => "fn:error was called".to_owned(),
    };
    let object = Value::from_items(call.meter(), argument(arguments, 2))?;
    Err(Error::new(code, description).at(call.span).with_value(object))
}

/// There is nowhere to trace to: a query runs in another's program.
fn trace<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(argument(arguments, 0).clone())
}
