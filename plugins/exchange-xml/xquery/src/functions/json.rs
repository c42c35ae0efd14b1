//! Functions on JSON (XPath Functions 3.1, section 17.5).

mod escapes;
mod options;
mod reader;
mod tree;
mod values;
mod writer;

use super::{Call, Row};
use crate::error::Result;
use crate::value::{Item, Sequence};

use options::Options;
use reader::Reader;
use tree::TreeSink;
use values::ValueSink;

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:parse-json($json-text as xs:string?) as item()?", body: parse_json },
    Row {
        signature: "fn:parse-json($json-text as xs:string?, $options as map(*)) as item()?",
        body: parse_json,
    },
    Row { signature: "fn:json-doc($href as xs:string?) as item()?", body: json_doc },
    Row {
        signature: "fn:json-doc($href as xs:string?, $options as map(*)) as item()?",
        body: json_doc,
    },
    Row {
        signature: "fn:json-to-xml($json-text as xs:string?) as document-node()?",
        body: json_to_xml,
    },
    Row {
        signature: "fn:json-to-xml($json-text as xs:string?, $options as map(*)) as \
            document-node()?",
        body: json_to_xml,
    },
    Row { signature: "fn:xml-to-json($input as node()?) as xs:string?", body: writer::xml_to_json },
    Row {
        signature: "fn:xml-to-json($input as node()?, $options as map(*)) as xs:string?",
        body: writer::xml_to_json,
    },
];

fn parse_json<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let options = Options::of_values(call, arguments)?;
    match call.optional_text(arguments, 0)? {
        Some(text) => read_values(call, text, &options),
        None => Ok(Sequence::Empty),
    }
}

fn json_doc<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let options = Options::of_values(call, arguments)?;
    match call.optional_text(arguments, 0)? {
        Some(href) => read_values(call, &super::documents::any_text(call, href)?, &options),
        None => Ok(Sequence::Empty),
    }
}

fn read_values<'a>(call: &Call<'_, 'a>, text: &str, options: &Options<'a>) -> Result<Sequence<'a>> {
    let mut sink = ValueSink::new(call, options.duplicates);
    Reader::new(call, text, options).read(&mut sink)?;
    Ok(sink.finish())
}

fn json_to_xml<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let options = Options::of_tree(call, arguments)?;
    let Some(text) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let mut sink = TreeSink::new(call, options.duplicates);
    Reader::new(call, text, &options).read(&mut sink)?;
    Ok(Item::Node(call.evaluator.adopt(sink.finish())).into())
}

#[cfg(test)]
mod tests;
