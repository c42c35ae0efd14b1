//! Functions on URIs (XPath Functions 3.1, chapter 6).

use std::fmt::Write as _;

use super::strings::string;
use super::{Call, Row};
use crate::atomic::{Atomic, quoted};
use crate::error::Result;
use crate::text::TextBuilder;
use crate::uri;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:resolve-uri($relative as xs:string?) as xs:anyURI?", body: resolve_uri },
    Row {
        signature: "fn:resolve-uri($relative as xs:string?, $base as xs:string) as xs:anyURI?",
        body: resolve_uri,
    },
    Row {
        signature: "fn:encode-for-uri($uri-part as xs:string?) as xs:string",
        body: encode_for_uri,
    },
    Row { signature: "fn:iri-to-uri($iri as xs:string?) as xs:string", body: iri_to_uri },
    Row { signature: "fn:escape-html-uri($uri as xs:string?) as xs:string", body: escape_html_uri },
];

fn resolve_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(reference) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let base = match (arguments.len(), &call.context.base_uri) {
        (2.., _) => call.text(arguments, 1)?,
        (_, Some(base)) => base,
        _ if uri::is_absolute(reference) => "",
        _ => return Err(call.error("FONS0005", "the query has no base URI")),
    };
    call.meter().build(reference.len() + base.len())?;
    let resolved = uri::resolve(reference, base).map_err(|error| {
        let text = format!("{} with the base {}: {error}", quoted(reference), quoted(base));
        call.error("FORG0002", text)
    })?;
    Ok(Item::Atomic(Atomic::AnyUri(resolved.into())).into())
}

fn encode_for_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    escape(call, arguments, is_kept)
}

fn iri_to_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let is_kept = |byte: u8| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte);
    escape(call, arguments, is_kept)
}

fn escape_html_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    escape(call, arguments, |byte| byte == b' ' || byte.is_ascii_graphic())
}

/// The bytes of a text, all but some kept ones as `%HH`.
fn escape<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    is_kept: impl Fn(u8) -> bool,
) -> Result<Sequence<'a>> {
    let text = call.text(arguments, 0)?;
    call.meter().steps(text.len() as u64 / 8)?;
    let mut escaped = TextBuilder::new(call.meter());
    let mut code = String::new();
    for byte in text.bytes() {
        if is_kept(byte) {
            escaped.push(char::from(byte))?;
            continue;
        }
        code.clear();
        // Writing to a string can't fail.
        let _ = write!(code, "%{byte:02X}");
        escaped.push_str(&code)?;
    }
    string(call, escaped.as_str())
}
