//! `fn:parse-xml` and `fn:parse-xml-fragment` (XPath Functions 3.1, section 14.7).

use super::{Call, Row};
use crate::document::{Document, Origin};
use crate::error::Result;
use crate::value::Sequence;

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:parse-xml($arg as xs:string?) as document-node(element(*))?",
        body: parse_xml,
    },
    Row {
        signature: "fn:parse-xml-fragment($arg as xs:string?) as document-node()?",
        body: parse_xml_fragment,
    },
];

fn parse_xml<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(text) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let document = Document::parse_counted(text, &origin(call), call.meter());
    let document = document.map_err(|error| error.at(call.span))?;
    Ok(call.evaluator.adopt(document.0).into())
}

fn parse_xml_fragment<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(text) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let document = Document::parse_fragment(text, &origin(call), call.meter());
    let document = document.map_err(|error| error.at(call.span))?;
    Ok(call.evaluator.adopt(document.0).into())
}

/// The base URI is the static one.
fn origin(call: &Call<'_, '_>) -> Origin {
    Origin { base_uri: call.context.base_uri.as_deref().map(str::to_owned), document_uri: None }
}
