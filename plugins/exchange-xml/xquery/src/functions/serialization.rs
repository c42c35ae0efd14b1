//! `fn:serialize` (XPath Functions 3.1, section 14.1.3).

use super::{Call, Row, argument};
use crate::error::Result;
use crate::serialize::{Parameters, serialize};
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:serialize($arg as item()*) as xs:string", body: serialize_items },
    Row {
        signature: "fn:serialize($arg as item()*, $params as item()?) as xs:string",
        body: serialize_items,
    },
];

fn serialize_items<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let meter = call.meter();
    let parameters = match argument(arguments, 1).first() {
        None => Ok(Parameters::default()),
        Some(Item::Map(map)) => Parameters::of_map(map, meter),
        Some(Item::Node(node)) => Parameters::of_element(*node, meter),
        Some(_) => Err(call.error(
            "XPTY0004",
            "serialization parameters are a map or an element output:serialization-parameters",
        )),
    };
    let parameters = parameters.map(Parameters::omitting_declaration);
    let text =
        parameters.and_then(|parameters| serialize(argument(arguments, 0), &parameters, meter));
    let text = text.map_err(|error| error.at(call.span))?;
    meter.build(text.len())?;
    Ok(Item::string(&text).into())
}
