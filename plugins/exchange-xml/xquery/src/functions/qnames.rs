//! Functions on names (XPath Functions 3.1, chapter 10).

use std::sync::Arc;

use super::{Call, Row, argument};
use crate::atomic::{Atomic, AtomicType, lexical, quoted};
use crate::characters::split_qname;
use crate::error::Result;
use crate::name::QName;
use crate::tree::Node;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:resolve-QName($qname as xs:string?, $element as element()) as xs:QName?",
        body: resolve_qname,
    },
    Row {
        signature: "fn:QName($paramURI as xs:string?, $paramQName as xs:string) as xs:QName",
        body: qname,
    },
    Row {
        signature: "fn:prefix-from-QName($arg as xs:QName?) as xs:NCName?",
        body: prefix_from_qname,
    },
    Row {
        signature: "fn:local-name-from-QName($arg as xs:QName?) as xs:NCName?",
        body: local_name_from_qname,
    },
    Row {
        signature: "fn:namespace-uri-from-QName($arg as xs:QName?) as xs:anyURI?",
        body: namespace_uri_from_qname,
    },
    Row {
        signature: "fn:namespace-uri-for-prefix($prefix as xs:string?, $element as element()) \
                    as xs:anyURI?",
        body: namespace_uri_for_prefix,
    },
    Row {
        signature: "fn:in-scope-prefixes($element as element()) as xs:string*",
        body: in_scope_prefixes,
    },
];

fn resolve_qname<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(text) = call.optional_text(arguments, 0)? else { return Ok(Sequence::Empty) };
    let (prefix, local) = split(call, text)?;
    let element = element(call, arguments, 1)?;
    let namespace = match (element.namespace_of_prefix(prefix.unwrap_or_default()), prefix) {
        (Some(uri), _) => uri,
        (None, None) => "",
        (None, Some(prefix)) => {
            let text = format!("the element has no namespace for the prefix {prefix}");
            return Err(call.error("FONS0004", text));
        }
    };
    name(prefix, namespace, local)
}

fn qname<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let namespace = call.text(arguments, 0)?;
    let text = call.text(arguments, 1)?;
    let (prefix, local) = split(call, text)?;
    if prefix.is_some() && namespace.is_empty() {
        let text = format!("{} has a prefix, but no namespace was given", quoted(text));
        return Err(call.error("FOCA0002", text));
    }
    name(prefix, namespace, local)
}

/// Prefix and local part of a lexical QName.
fn split<'t>(call: &Call<'_, '_>, text: &'t str) -> Result<(Option<&'t str>, &'t str)> {
    split_qname(lexical::trim(text))
        .ok_or_else(|| call.error("FOCA0002", format!("{} is no xs:QName", quoted(text))))
}

fn name<'a>(prefix: Option<&str>, namespace: &str, local: &str) -> Result<Sequence<'a>> {
    let prefix = prefix.map(Arc::from);
    let name = QName { prefix, namespace: namespace.into(), local: local.into() };
    Ok(Atomic::QName(Arc::new(name)).into())
}

fn element<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>], index: usize) -> Result<Node<'a>> {
    let node = call.optional_node(arguments, index)?.filter(|node| node.is_element());
    node.ok_or_else(|| call.unexpected("an element", argument(arguments, index).first()))
}

/// The name of an argument; none where it is empty.
fn named<'s>(arguments: &'s [Sequence<'_>]) -> Option<&'s QName> {
    match argument(arguments, 0).first() {
        Some(Item::Atomic(Atomic::QName(name))) => Some(name),
        _ => None,
    }
}

fn ncname<'a>(text: &Arc<str>) -> Item<'a> {
    Item::Atomic(Atomic::String(Arc::clone(text), AtomicType::NcName))
}

fn prefix_from_qname<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let prefix = named(arguments).and_then(|name| name.prefix.as_ref());
    Ok(prefix.filter(|prefix| !prefix.is_empty()).map(ncname).into())
}

fn local_name_from_qname<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(named(arguments).map(|name| ncname(&name.local)).into())
}

fn namespace_uri_from_qname<'a>(
    _: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let uri = named(arguments).map(|name| Atomic::AnyUri(Arc::clone(&name.namespace)));
    Ok(uri.map(Item::from).into())
}

fn namespace_uri_for_prefix<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let uri = element(call, arguments, 1)?.namespace_of_prefix(call.text(arguments, 0)?);
    Ok(uri.map(|uri| Item::from(Atomic::AnyUri(uri.into()))).into())
}

fn in_scope_prefixes<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let namespaces = element(call, arguments, 0)?.namespaces_in_scope();
    call.reserve(namespaces.len())?;
    Ok(namespaces.iter().map(|(prefix, _)| Item::string(prefix)).collect())
}
