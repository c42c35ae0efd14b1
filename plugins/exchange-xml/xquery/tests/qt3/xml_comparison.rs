//! Compares XML as the suite asks for it: as canonical XML would, whatever the order of attributes
//! and however characters are escaped.

use std::fmt::Write;

use roxmltree::{Document, Node, ParsingOptions};

/// Whether two texts are the same XML. Each is a document or what an element may hold.
pub(crate) fn is_same(left: &str, right: &str, prefixes_matter: bool) -> bool {
    if left.trim() == right.trim() {
        return true;
    }
    let left = canonical(left, prefixes_matter);
    left.is_some() && left == canonical(right, prefixes_matter)
}

/// One text for all XML that is the same; none for what is not well-formed.
fn canonical(text: &str, prefixes_matter: bool) -> Option<String> {
    let wrapped = format!("<wrapper>{}</wrapper>", without_declaration(text.trim()));
    let parse = |text| {
        let options = ParsingOptions { allow_dtd: true, ..Default::default() };
        Document::parse_with_options(text, options)
    };
    let document = parse(&wrapped).or_else(|_| parse(text.trim())).ok()?;
    let mut canonical = String::new();
    let top = match document.root_element() {
        wrapper if wrapper.tag_name().name() == "wrapper" => wrapper,
        _ => document.root(),
    };
    for child in top.children() {
        write_node(child, prefixes_matter, &mut canonical);
    }
    Some(canonical)
}

fn without_declaration(text: &str) -> &str {
    let rest = text.strip_prefix("<?xml ").and_then(|rest| rest.split_once("?>"));
    rest.map_or(text, |(_, rest)| rest.trim_start())
}

fn write_node(node: Node<'_, '_>, prefixes_matter: bool, out: &mut String) {
    if node.is_element() {
        let name = node.tag_name();
        let _ = write!(out, "<{{{}}}{}", name.namespace().unwrap_or_default(), name.name());
        write_attributes(node, prefixes_matter, out);
        for child in node.children() {
            write_node(child, prefixes_matter, out);
        }
        out.push_str("</>");
    } else if node.is_text() {
        out.push_str(&node.text().unwrap_or_default().replace('<', "&lt;"));
    } else if node.is_comment() {
        let _ = write!(out, "<!--{}-->", node.text().unwrap_or_default());
    } else if let Some(instruction) = node.pi() {
        let value = instruction.value.unwrap_or_default();
        let _ = write!(out, "<?{} {value}?>", instruction.target);
    }
}

fn write_attributes(element: Node<'_, '_>, prefixes_matter: bool, out: &mut String) {
    let mut attributes: Vec<_> = element
        .attributes()
        .map(|a| format!(" {{{}}}{}={:?}", a.namespace().unwrap_or_default(), a.name(), a.value()))
        .collect();
    if prefixes_matter {
        let named = element.namespaces().filter(|n| !n.uri().is_empty());
        let named = named.filter(|n| n.name() != Some("xml"));
        attributes
            .extend(named.map(|n| format!(" xmlns:{}={:?}", n.name().unwrap_or(""), n.uri())));
    }
    attributes.sort();
    attributes.dedup();
    out.extend(attributes);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_attributes_and_escapes_do_not_matter() {
        assert!(is_same("<a b='1' c=\"2\">&#60;</a>", "<a c='2' b='1'>&lt;</a>", true));
        assert!(is_same("a <b/> c", "a <b></b> c", true));
        assert!(!is_same("<a b='1'/>", "<a b='2'/>", true));
        assert!(!is_same("<a>x</a>", "<a>x </a>", true));
    }

    #[test]
    fn prefixes_matter_unless_said_otherwise() {
        let (left, right) = ("<p:a xmlns:p='u'/>", "<q:a xmlns:q='u'/>");
        assert!(!is_same(left, right, true));
        assert!(is_same(left, right, false));
    }
}
