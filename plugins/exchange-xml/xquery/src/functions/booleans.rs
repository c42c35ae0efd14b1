//! Functions on booleans (XPath Functions 3.1, chapter 7).

use super::{Call, Row, argument};
use crate::error::Result;
use crate::evaluate::effective_boolean_value;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:true() as xs:boolean", body: |_, _| Ok(Item::boolean(true).into()) },
    Row { signature: "fn:false() as xs:boolean", body: |_, _| Ok(Item::boolean(false).into()) },
    Row { signature: "fn:boolean($arg as item()*) as xs:boolean", body: boolean },
    Row { signature: "fn:not($arg as item()*) as xs:boolean", body: not },
];

fn boolean<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let value = effective_boolean_value(argument(arguments, 0));
    Ok(Item::boolean(value.map_err(|error| error.at(call.span))?).into())
}

fn not<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let value = effective_boolean_value(argument(arguments, 0));
    Ok(Item::boolean(!value.map_err(|error| error.at(call.span))?).into())
}
