//! `fn:id`, `fn:idref`, `fn:element-with-id`, `fn:generate-id` (XPath Functions 3.1, section 14.5).
//!
//! Only attributes are of type ID here: `xml:id`, and what a DOCTYPE declares. So `fn:id` and
//! `fn:element-with-id` find the same.

use std::collections::HashSet;

use super::{Call, Row, argument};
use crate::characters::{is_ncname, words};
use crate::error::Result;
use crate::tree::{Node, NodeKind};
use crate::value::{Item, Sequence, SequenceBuilder};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:id($arg as xs:string*) as element()*", body: id },
    Row { signature: "fn:id($arg as xs:string*, $node as node()) as element()*", body: id },
    Row { signature: "fn:element-with-id($arg as xs:string*) as element()*", body: id },
    Row {
        signature: "fn:element-with-id($arg as xs:string*, $node as node()) as element()*",
        body: id,
    },
    Row { signature: "fn:idref($arg as xs:string*) as node()*", body: idref },
    Row { signature: "fn:idref($arg as xs:string*, $node as node()) as node()*", body: idref },
    Row { signature: "fn:generate-id() as xs:string", body: generate_id },
    Row { signature: "fn:generate-id($arg as node()?) as xs:string", body: generate_id },
];

fn id<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let document = document(call, arguments)?;
    let mut sought: HashSet<&str> = HashSet::new();
    for item in argument(arguments, 0).iter() {
        let tokens = tokens(call, item)?;
        sought.extend(tokens.filter(|token| is_ncname(token)));
    }
    let mut found = SequenceBuilder::new(call.meter());
    let mut last = None;
    for attribute in document.tree().ids() {
        call.meter().step()?;
        // Of several elements with one ID the first counts.
        if sought.remove(attribute.string_value()) && attribute.parent() != last {
            last = attribute.parent();
            last.map_or(Ok(()), |element| found.push(element.into()))?;
        }
    }
    Ok(found.finish())
}

fn idref<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let document = document(call, arguments)?;
    let mut sought: HashSet<&str> = HashSet::new();
    for item in argument(arguments, 0).iter() {
        // Each string is one candidate as a whole.
        let mut tokens = tokens(call, item)?;
        if let (Some(token), None) = (tokens.next(), tokens.next()) {
            sought.extend(Some(token).filter(|token| is_ncname(token)));
        }
    }
    let mut found = SequenceBuilder::new(call.meter());
    for attribute in document.tree().idrefs() {
        call.meter().step()?;
        if attribute.string_value().split(' ').any(|reference| sought.contains(reference)) {
            found.push(attribute.into())?;
        }
    }
    Ok(found.finish())
}

/// The document that the second argument or the context item lies in.
fn document<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Node<'a>> {
    let node = match call.optional_node(arguments, 1)? {
        Some(node) => node,
        None => call.context_node()?,
    };
    let root = node.root();
    if root.kind() == NodeKind::Document {
        return Ok(root);
    }
    let found = Item::from(root).describe();
    Err(call.error("FODC0001", format!("the node lies in no document, its root is {found}")))
}

fn tokens<'s, 'a>(
    call: &Call<'_, 'a>,
    item: &'s Item<'a>,
) -> Result<impl Iterator<Item = &'s str>> {
    let text = match item {
        Item::Atomic(crate::Atomic::String(text, _)) => &**text,
        _ => "",
    };
    call.meter().steps(text.len() as u64 / 16 + 1)?;
    Ok(words(text))
}

/// A letter, then letters and digits, as the function promises.
fn generate_id<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let node = call.node_or_context(arguments, 0)?;
    let identifier = node.map(|node| format!("t{}n{}", node.tree().serial(), node.index()));
    Ok(Item::string(&identifier.unwrap_or_default()).into())
}
