//! Functions and accessors on nodes (XPath Functions 3.1, chapters 2 and 13, sections 14.4.1 and
//! 14.4.2).

use std::sync::Arc;

use super::strings::scan;
use super::{Call, Row, argument};
use crate::atomic::Atomic;
use crate::error::Result;
use crate::evaluate::atomize;
use crate::meter::Meter;
use crate::name::namespace::{FN, XML};
use crate::tree::{Node, NodeKind};
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:node-name() as xs:QName?", body: node_name },
    Row { signature: "fn:node-name($arg as node()?) as xs:QName?", body: node_name },
    Row { signature: "fn:nilled() as xs:boolean?", body: nilled },
    Row { signature: "fn:nilled($arg as node()?) as xs:boolean?", body: nilled },
    Row { signature: "fn:string() as xs:string", body: string },
    Row { signature: "fn:string($arg as item()?) as xs:string", body: string },
    Row { signature: "fn:data() as xs:anyAtomicType*", body: data },
    Row { signature: "fn:data($arg as item()*) as xs:anyAtomicType*", body: data },
    Row { signature: "fn:base-uri() as xs:anyURI?", body: base_uri },
    Row { signature: "fn:base-uri($arg as node()?) as xs:anyURI?", body: base_uri },
    Row { signature: "fn:document-uri() as xs:anyURI?", body: document_uri },
    Row { signature: "fn:document-uri($arg as node()?) as xs:anyURI?", body: document_uri },
    Row { signature: "fn:name() as xs:string", body: name },
    Row { signature: "fn:name($arg as node()?) as xs:string", body: name },
    Row { signature: "fn:local-name() as xs:string", body: local_name },
    Row { signature: "fn:local-name($arg as node()?) as xs:string", body: local_name },
    Row { signature: "fn:namespace-uri() as xs:anyURI", body: namespace_uri },
    Row { signature: "fn:namespace-uri($arg as node()?) as xs:anyURI", body: namespace_uri },
    Row { signature: "fn:lang($testlang as xs:string?) as xs:boolean", body: lang },
    Row {
        signature: "fn:lang($testlang as xs:string?, $node as node()) as xs:boolean",
        body: lang,
    },
    Row { signature: "fn:root() as node()", body: root },
    Row { signature: "fn:root($arg as node()?) as node()?", body: root },
    Row { signature: "fn:path() as xs:string?", body: path },
    Row { signature: "fn:path($arg as node()?) as xs:string?", body: path },
    Row { signature: "fn:has-children() as xs:boolean", body: has_children },
    Row { signature: "fn:has-children($node as node()?) as xs:boolean", body: has_children },
    Row { signature: "fn:innermost($nodes as node()*) as node()*", body: innermost },
    Row { signature: "fn:outermost($nodes as node()*) as node()*", body: outermost },
];

fn node_name<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let name = call.node_or_context(arguments, 0)?.and_then(named);
    Ok(name.map(|name| Item::from(Atomic::QName(Arc::new(name)))).into())
}

fn nilled<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let element = call.node_or_context(arguments, 0)?.filter(|node| node.is_element());
    Ok(element.map(|_| Item::boolean(false)).into())
}

fn base_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let uri = call.node_or_context(arguments, 0)?.and_then(Node::base_uri);
    Ok(uri.map(any_uri).into())
}

fn document_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let node = call.node_or_context(arguments, 0)?;
    let document = node.filter(|node| node.kind() == NodeKind::Document);
    let uri = document.and_then(|document| document.tree().document_uri());
    Ok(uri.map(|uri| any_uri(Arc::clone(uri))).into())
}

fn name<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let name = call.node_or_context(arguments, 0)?.and_then(named);
    Ok(Item::string(&name.map(|name| name.lexical()).unwrap_or_default()).into())
}

fn local_name<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let name = call.node_or_context(arguments, 0)?.and_then(Node::expanded_name);
    Ok(Item::string(name.map_or("", |name| name.local)).into())
}

fn namespace_uri<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let name = call.node_or_context(arguments, 0)?.and_then(Node::name);
    Ok(any_uri(name.map(|name| name.namespace).unwrap_or_default()).into())
}

fn root<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let node = call.node_or_context(arguments, 0)?;
    Ok(node.map(|node| Item::from(node.root())).into())
}

fn has_children<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let node = call.node_or_context(arguments, 0)?;
    let child = node.and_then(|node| node.children().next());
    Ok(Item::boolean(child.is_some()).into())
}

fn path<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let node = call.node_or_context(arguments, 0)?;
    let path = node.map(|node| path_to(call.meter(), node)).transpose()?;
    Ok(path.map(|path| Item::string(&path)).into())
}

/// `dm:node-name`; none for a namespace node of the default namespace.
fn named(node: Node<'_>) -> Option<crate::QName> {
    node.name().filter(|name| !name.local.is_empty())
}

fn any_uri<'a>(uri: Arc<str>) -> Item<'a> {
    Item::Atomic(Atomic::AnyUri(uri))
}

fn string<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let item = match arguments.first() {
        Some(argument) => argument.first(),
        None => Some(call.context_item()?),
    };
    let text = item.map(|item| call.string_value(item)).transpose()?.unwrap_or_default();
    call.meter().build(text.len())?;
    Ok(Item::string(&text).into())
}

fn data<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let values = match arguments.first() {
        Some(argument) => atomize(call.meter(), argument),
        None => atomize(call.meter(), &Sequence::One(call.context_item()?.clone())),
    };
    values.map_err(|error| error.at(call.span))
}

/// Whether the nearest `xml:lang` is the language, or begins with it and a hyphen.
fn lang<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let wanted = call.text(arguments, 0)?;
    let mut above = call.node_or_context(arguments, 1)?;
    let mut found = None;
    while let (Some(node), None) = (above, found) {
        call.meter().step()?;
        found = node.attribute(XML, "lang");
        above = node.parent();
    }
    let found = found.map_or("", Node::string_value);
    for text in [found, wanted] {
        scan(call, text)?;
        call.meter().build(text.len())?;
    }
    let found = found.to_lowercase();
    let rest = found.strip_prefix(wanted.to_lowercase().as_str());
    let is_language = !found.is_empty() && rest.is_some_and(|r| r.is_empty() || r.starts_with('-'));
    Ok(Item::boolean(is_language).into())
}

/// The path expression that selects the node from the root (section 13.6).
fn path_to(meter: &Meter<'_>, node: Node<'_>) -> Result<String> {
    let mut steps = Vec::new();
    let mut next = Some(node);
    while let Some(node) = next {
        next = node.parent();
        if next.is_some() {
            let step = path_step(meter, node)?;
            meter.build(step.len())?;
            steps.push(step);
        }
    }
    let is_document = node.root().kind() == NodeKind::Document;
    Ok(match (is_document, steps.is_empty()) {
        (true, true) => "/".to_owned(),
        (true, false) => steps.into_iter().rev().collect(),
        (false, _) => {
            let start = format!("Q{{{FN}}}root()");
            std::iter::once(start).chain(steps.into_iter().rev()).collect()
        }
    })
}

fn path_step(meter: &Meter<'_>, node: Node<'_>) -> Result<String> {
    let (space, local) = node.expanded_name().map_or(("", ""), |name| (name.namespace, name.local));
    let position = position_among_like(meter, node)?;
    Ok(match node.kind() {
        NodeKind::Document => String::new(),
        NodeKind::Element => format!("/Q{{{space}}}{local}[{position}]"),
        NodeKind::Attribute if space.is_empty() => format!("/@{local}"),
        NodeKind::Attribute => format!("/@Q{{{space}}}{local}"),
        NodeKind::Text => format!("/text()[{position}]"),
        NodeKind::Comment => format!("/comment()[{position}]"),
        NodeKind::ProcessingInstruction => format!("/processing-instruction({local})[{position}]"),
        NodeKind::Namespace if local.is_empty() => {
            format!("/namespace::*[Q{{{FN}}}local-name()=\"\"]")
        }
        NodeKind::Namespace => format!("/namespace::{local}"),
    })
}

/// The position among siblings of the same kind and name.
fn position_among_like(meter: &Meter<'_>, node: Node<'_>) -> Result<usize> {
    let mut position = 1;
    for sibling in node.parent().into_iter().flat_map(Node::children) {
        if sibling.index() >= node.index() {
            break;
        }
        meter.step()?;
        let is_like = sibling.kind() == node.kind() && sibling.name_id() == node.name_id();
        position += usize::from(is_like);
    }
    Ok(position)
}

fn innermost<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let nodes = in_document_order(call, argument(arguments, 0))?;
    let followers = nodes.iter().skip(1).map(Some).chain([None]);
    // What lies in a node follows it at once.
    let kept = nodes
        .iter()
        .zip(followers)
        .filter(|(node, follower)| !follower.is_some_and(|follower| node.contains(*follower)));
    Ok(kept.map(|(node, _)| Item::from(*node)).collect())
}

fn outermost<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut nodes = in_document_order(call, argument(arguments, 0))?;
    let mut outer: Option<Node<'a>> = None;
    nodes.retain(|node| {
        let is_inside = outer.is_some_and(|outer| outer.contains(*node));
        outer = if is_inside { outer } else { Some(*node) };
        !is_inside
    });
    Ok(nodes.into_iter().map(Item::from).collect())
}

/// The nodes in document order, each once.
fn in_document_order<'a>(call: &Call<'_, 'a>, nodes: &Sequence<'a>) -> Result<Vec<Node<'a>>> {
    call.reserve(nodes.len())?;
    let is_node =
        |item: &Item<'a>| item.as_node().ok_or_else(|| call.unexpected("a node", Some(item)));
    let mut nodes = nodes.iter().map(is_node).collect::<Result<Vec<_>>>()?;
    nodes.sort_unstable_by(|left, right| left.document_order(*right));
    nodes.dedup();
    Ok(nodes)
}
