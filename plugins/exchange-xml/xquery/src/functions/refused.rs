//! Functions that the specification lets an engine refuse (XPath Functions 3.1, sections 14.6.3 and
//! 16.2.3): they exist, and every call is an error.

use super::{Call, Row};
use crate::error::Result;
use crate::value::Sequence;

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:load-xquery-module($module-uri as xs:string) as map(*)",
        body: load_xquery_module,
    },
    Row {
        signature: "fn:load-xquery-module($module-uri as xs:string, $options as map(*)) as map(*)",
        body: load_xquery_module,
    },
    Row { signature: "fn:transform($options as map(*)) as map(*)", body: transform },
];

fn load_xquery_module<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Err(call.error("FOQM0006", "no modules are loaded while a query runs"))
}

fn transform<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Err(call.error("FOXT0004", "there is no XSLT processor"))
}
