//! What reads documents, texts and the environment (XPath Functions 3.1, section 14.6).
//!
//! Invariants: what the evaluation was not given comes from [`Resources`]; a document and a
//! collection are the same each time an evaluation asks.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;

use super::{Call, Row};
use crate::atomic::{Atomic, quoted};
use crate::characters::is_xml_char;
use crate::document::{Document, Encoding, encoding_named};
use crate::environment::Resources;
use crate::error::{Error, ErrorCode, Result};
use crate::tree::Node;
use crate::uri::{self, UriError};
use crate::value::{Item, NodeValue, Sequence, SequenceBuilder, Value};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:doc($uri as xs:string?) as document-node()?", body: doc },
    Row { signature: "fn:doc-available($uri as xs:string?) as xs:boolean", body: doc_available },
    Row { signature: "fn:collection() as item()*", body: collection },
    Row { signature: "fn:collection($arg as xs:string?) as item()*", body: collection },
    Row { signature: "fn:uri-collection() as xs:anyURI*", body: uri_collection },
    Row { signature: "fn:uri-collection($arg as xs:string?) as xs:anyURI*", body: uri_collection },
    Row { signature: "fn:unparsed-text($href as xs:string?) as xs:string?", body: unparsed_text },
    Row {
        signature: "fn:unparsed-text($href as xs:string?, $encoding as xs:string) as xs:string?",
        body: unparsed_text,
    },
    Row {
        signature: "fn:unparsed-text-lines($href as xs:string?) as xs:string*",
        body: unparsed_text_lines,
    },
    Row {
        signature: "fn:unparsed-text-lines($href as xs:string?, $encoding as xs:string) \
                    as xs:string*",
        body: unparsed_text_lines,
    },
    Row {
        signature: "fn:unparsed-text-available($href as xs:string?) as xs:boolean",
        body: unparsed_text_available,
    },
    Row {
        signature: "fn:unparsed-text-available($href as xs:string?, $encoding as xs:string) \
                    as xs:boolean",
        body: unparsed_text_available,
    },
    Row {
        signature: "fn:environment-variable($name as xs:string) as xs:string?",
        body: environment_variable,
    },
    Row {
        signature: "fn:available-environment-variables() as xs:string*",
        body: available_environment_variables,
    },
];

/// What an evaluation has read so far, by absolute URI; none for what does not exist.
#[derive(Debug, Default)]
pub(crate) struct Read<'a> {
    documents: RefCell<HashMap<String, Option<Node<'a>>>>,
    collections: RefCell<HashMap<Option<String>, Sequence<'a>>>,
}

fn doc<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(uri) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let uri = absolute(call, uri, "FODC0005", "FODC0002")?;
    match document(call, &uri)? {
        Some(node) => Ok(node.into()),
        None => Err(call.error("FODC0002", format!("there is no document {}", quoted(&uri)))),
    }
}

fn doc_available<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    is_available(doc(call, arguments).map(|document| !document.is_empty()))
}

/// True or false where an error of the reading means false.
fn is_available<'a>(read: Result<bool>) -> Result<Sequence<'a>> {
    match read {
        Err(error) if error.is_limit() => Err(error),
        read => Ok(Item::boolean(read.unwrap_or(false)).into()),
    }
}

/// The document of an absolute URI.
fn document<'a>(call: &Call<'_, 'a>, uri: &str) -> Result<Option<Node<'a>>> {
    let read = &call.evaluator.read.documents;
    if let Some(known) = read.borrow().get(uri) {
        return Ok(*known);
    }
    let given = given(call, uri);
    let document = match (given, resources(call)) {
        (Some(given), _) => Some(given),
        (None, Some(resources)) => {
            resources.document(uri).map_err(|error| retrieval(call, error))?
        }
        (None, None) => None,
    };
    let node = document.map(|document| call.evaluator.adopt(document.0));
    call.meter().build(uri.len())?;
    read.borrow_mut().insert(uri.to_owned(), node);
    Ok(node)
}

/// A document that the evaluation was given under this URI.
fn given(call: &Call<'_, '_>, uri: &str) -> Option<Document> {
    let environment = call.evaluator.environment;
    let variables = environment.variables.values().flatten();
    let mut nodes =
        environment.context_item.iter().chain(variables).filter_map(|value| match value {
            Value::Node(NodeValue(node)) => Some(node.tree()),
            _ => None,
        });
    let tree = nodes.find(|tree| tree.document_uri().is_some_and(|known| **known == *uri))?;
    Some(Document(std::sync::Arc::clone(tree)))
}

/// A document that is not well-formed is one that can't be had.
fn retrieval(call: &Call<'_, '_>, error: Error) -> Error {
    match error.code() {
        ErrorCode::Standard("FODC0006") => call.error("FODC0002", error.message()),
        _ => error.at(call.span),
    }
}

fn collection<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let uri = collection_uri(call, arguments)?;
    let read = &call.evaluator.read;
    if let Some(known) = read.collections.borrow().get(&uri) {
        return Ok(known.clone());
    }
    let items = match resources(call) {
        Some(resources) => {
            resources.collection(uri.as_deref()).map_err(|error| retrieval(call, error))?
        }
        None => None,
    };
    let items = items.ok_or_else(|| no_collection(call, uri.as_deref()))?;
    let items = call.evaluator.import(&items)?;
    for node in items.iter().filter_map(Item::as_node) {
        if let Some(uri) = node.tree().document_uri().filter(|_| node.parent().is_none()) {
            read.documents.borrow_mut().entry(uri.to_string()).or_insert(Some(node));
        }
    }
    read.collections.borrow_mut().insert(uri, items.clone());
    Ok(items)
}

fn uri_collection<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let uri = collection_uri(call, arguments)?;
    let uris = match resources(call) {
        Some(resources) => {
            resources.uri_collection(uri.as_deref()).map_err(|error| retrieval(call, error))?
        }
        None => None,
    };
    let uris = uris.ok_or_else(|| no_collection(call, uri.as_deref()))?;
    let mut items = SequenceBuilder::new(call.meter());
    for uri in uris {
        items.push(Atomic::AnyUri(uri.into()).into())?;
    }
    Ok(items.finish())
}

fn collection_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Option<String>> {
    let Some(uri) = call.optional_text(arguments, 0)? else { return Ok(None) };
    absolute(call, uri, "FODC0004", "FODC0002").map(Some)
}

fn no_collection(call: &Call<'_, '_>, uri: Option<&str>) -> Error {
    let text = match uri {
        Some(uri) => format!("there is no collection {}", quoted(uri)),
        None => "there is no default collection".to_owned(),
    };
    call.error("FODC0002", text)
}

fn unparsed_text<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(uri) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let text = text(call, uri, call.optional_text(arguments, 1)?)?;
    Ok(Item::string(&text).into())
}

fn unparsed_text_lines<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let Some(uri) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let text = text(call, uri, call.optional_text(arguments, 1)?)?;
    let mut lines = SequenceBuilder::new(call.meter());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, behind) = match rest.split_once(['\r', '\n']) {
            Some((line, behind)) => {
                let is_pair = rest.get(line.len()..).is_some_and(|end| end.starts_with("\r\n"));
                (line, if is_pair { behind.strip_prefix('\n').unwrap_or(behind) } else { behind })
            }
            None => (rest, ""),
        };
        call.meter().build(line.len())?;
        lines.push(Item::string(line))?;
        rest = behind;
    }
    Ok(lines.finish())
}

fn unparsed_text_available<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let Some(uri) = call.optional_text(arguments, 0)? else {
        return Ok(Item::boolean(false).into());
    };
    is_available(text(call, uri, call.optional_text(arguments, 1)?).map(|_| true))
}

/// The text of a URI, as `fn:unparsed-text` has it: the resource's own encoding goes before the
/// one that is asked for, and what is neither known nor marked is UTF-8.
///
/// # Errors
///
/// `FOUT1170`, `FOUT1190`, `FOUT1200`, limits.
fn text(call: &Call<'_, '_>, uri: &str, encoding: Option<&str>) -> Result<String> {
    decoded(call, uri, encoding, |text| text.chars().all(is_xml_char))
}

/// A text with any characters, as `fn:json-doc` reads it.
pub(super) fn any_text(call: &Call<'_, '_>, uri: &str) -> Result<String> {
    decoded(call, uri, None, |_| true)
}

fn decoded(
    call: &Call<'_, '_>,
    uri: &str,
    encoding: Option<&str>,
    is_allowed: impl Fn(&str) -> bool,
) -> Result<String> {
    let asked = encoding.map(|name| encoding_of(call, name)).transpose()?;
    let uri = absolute(call, uri, "FOUT1170", "FOUT1170")?;
    if uri.contains('#') {
        return Err(call.error("FOUT1170", format!("{} has a fragment", quoted(&uri))));
    }
    let read = match resources(call) {
        Some(resources) => resources.text(&uri).map_err(|error| error.at(call.span))?,
        None => None,
    };
    let Some((bytes, name)) = read else {
        return Err(call.error("FOUT1170", format!("there is no text {}", quoted(&uri))));
    };
    let known = name.map(|name| encoding_of(call, &name)).transpose()?;
    call.meter().build(bytes.len().saturating_mul(2))?;
    let marked = match bytes.as_slice() {
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => Some(Encoding::Utf16),
        _ => None,
    };
    let encoding = known.or(asked).or(marked);
    let code = if encoding.is_some() { "FOUT1190" } else { "FOUT1200" };
    let encoding = encoding.unwrap_or(Encoding::Utf8);
    let refused = |what: String| call.error(code, format!("{} {what}", quoted(&uri)));
    let text = encoding.text(&bytes).ok_or_else(|| refused(format!("is no text in {encoding}")))?;
    if !is_allowed(&text) {
        return Err(refused("holds characters that XML does not allow".to_owned()));
    }
    Ok(text.into_owned())
}

fn encoding_of(call: &Call<'_, '_>, name: &str) -> Result<Encoding> {
    let unknown = || call.error("FOUT1190", format!("the encoding {} is not known", quoted(name)));
    encoding_named(name).ok_or_else(unknown)
}

fn environment_variable<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let name = call.text(arguments, 0)?;
    let variables = resources(call).map(Resources::environment_variables).unwrap_or_default();
    let variable = variables.iter().find(|(known, _)| known == name);
    Ok(variable.map(|(_, value)| Item::string(value)).into())
}

fn available_environment_variables<'a>(
    call: &Call<'_, 'a>,
    _: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let variables = resources(call).map(Resources::environment_variables).unwrap_or_default();
    let mut names = SequenceBuilder::new(call.meter());
    for (name, _) in &variables {
        names.push(Item::string(name))?;
    }
    Ok(names.finish())
}

fn resources<'c>(call: &Call<'c, '_>) -> Option<&'c dyn Resources> {
    call.evaluator.environment.resources.as_deref()
}

/// The URI resolved against the static base URI.
fn absolute(
    call: &Call<'_, '_>,
    uri: &str,
    malformed: &'static str,
    without_base: &'static str,
) -> Result<String> {
    let base = call.context.base_uri.as_deref().unwrap_or_default();
    uri::resolve(uri, base).map_err(|error| match error {
        UriError::Reference => call.error(malformed, format!("{} is no URI", quoted(uri))),
        UriError::Base => {
            let text = format!("{} is relative, and there is no base URI", quoted(uri));
            call.error(without_base, text)
        }
    })
}
