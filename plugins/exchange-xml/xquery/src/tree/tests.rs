//! Trees: axes, names, values, order and copies.

use super::*;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::name::{QName, namespace};
use crate::syntax::ast::Axis;
use crate::types::{NameTest, NodeTest};

/// `<a x="1" y="2">t<b z="3"><c/>u</b><!--k--><d><e/></d></a>` in a document.
fn sample() -> Arc<Tree> {
    let mut builder = TreeBuilder::default();
    builder.start_document();
    builder.start_element(None, "", "a");
    builder.attribute(None, "", "x", "1");
    builder.attribute(None, "", "y", "2");
    builder.text("t");
    builder.start_element(None, "", "b");
    builder.attribute(None, "", "z", "3");
    builder.start_element(None, "", "c");
    builder.end();
    builder.text("u");
    builder.end();
    builder.comment("k");
    builder.start_element(None, "", "d");
    builder.start_element(None, "", "e");
    builder.finish()
}

fn label(node: Node<'_>) -> String {
    match node.kind() {
        NodeKind::Document => "/".to_owned(),
        NodeKind::Text | NodeKind::Comment => node.string_value().to_owned(),
        _ => node.name().map(|name| name.lexical()).unwrap_or_default(),
    }
}

fn labels<'a>(nodes: impl Iterator<Item = Node<'a>>) -> String {
    nodes.map(label).collect::<Vec<_>>().join(" ")
}

fn find<'a>(tree: &'a Tree, wanted: &str) -> Node<'a> {
    let mut nodes = (0..tree.len() as u32).map(|index| tree.root().at(index));
    nodes.find(|node| label(*node) == wanted).unwrap()
}

#[test]
fn axes_come_in_their_own_order() {
    let tree = sample();
    for (from, axis, expected) in [
        ("a", Axis::Child, "t b k d"),
        ("a", Axis::Descendant, "t b c u k d e"),
        ("a", Axis::DescendantOrSelf, "a t b c u k d e"),
        ("/", Axis::Descendant, "a t b c u k d e"),
        ("a", Axis::Attribute, "x y"),
        ("t", Axis::Attribute, ""),
        ("b", Axis::Itself, "b"),
        ("c", Axis::Parent, "b"),
        ("/", Axis::Parent, ""),
        ("e", Axis::Ancestor, "d a /"),
        ("e", Axis::AncestorOrSelf, "e d a /"),
        ("b", Axis::FollowingSibling, "k d"),
        ("d", Axis::PrecedingSibling, "k b t"),
        ("t", Axis::PrecedingSibling, ""),
        ("u", Axis::PrecedingSibling, "c"),
        ("/", Axis::FollowingSibling, ""),
        ("/", Axis::PrecedingSibling, ""),
        ("c", Axis::Following, "u k d e"),
        ("e", Axis::Following, ""),
        ("e", Axis::Preceding, "k u c b t"),
        ("x", Axis::Parent, "a"),
        ("x", Axis::Following, "t b c u k d e"),
        ("z", Axis::Preceding, "t"),
        ("y", Axis::PrecedingSibling, ""),
        ("x", Axis::FollowingSibling, ""),
        ("z", Axis::DescendantOrSelf, "z"),
        ("z", Axis::Ancestor, "b a /"),
        ("z", Axis::Child, ""),
    ] {
        assert_eq!(labels(find(&tree, from).axis(axis)), expected, "{axis:?} of {from}");
    }
}

#[test]
fn tests_pass_by_kind_and_name() {
    let mut builder = TreeBuilder::default();
    builder.start_document();
    builder.comment("c");
    builder.start_element(Some("p"), "urn:p", "a");
    builder.attribute(None, "", "a", "1");
    builder.start_element(None, "", "a");
    let tree = builder.finish();
    let root = tree.root();
    let name = |space: &str| NameTest::Name(QName::new(space, "a"));
    let element = |test| NodeTest::Named(NodeKind::Element, test);
    for (test, expected) in [
        (NodeTest::Any, 4),
        (NodeTest::Kind(NodeKind::Element), 2),
        (element(name("urn:p")), 1),
        (element(name("")), 1),
        (element(name("urn:q")), 0),
        (element(NameTest::Local("a".into())), 2),
        (element(NameTest::Namespace("urn:p".into())), 1),
        (NodeTest::Document(Box::new(element(name("urn:p")))), 1),
        (NodeTest::Document(Box::new(element(name("")))), 0),
        (NodeTest::Nothing, 0),
    ] {
        let found = root.axis_where(Axis::DescendantOrSelf, test.within(&tree)).count();
        assert_eq!(found, expected, "{test:?}");
        let all = root.axis(Axis::DescendantOrSelf);
        assert_eq!(all.filter(|node| test.matches(*node)).count(), expected, "{test:?}");
    }
}

/// `<p:a xmlns:p="urn:p" xmlns="urn:d"><b xmlns:q="urn:q"><c xmlns=""/></b></p:a>`
fn namespaced() -> Arc<Tree> {
    let mut builder = TreeBuilder::default();
    builder.start_element(Some("p"), "urn:p", "a");
    builder.namespace("p", "urn:p");
    builder.namespace("", "urn:d");
    builder.start_element(None, "urn:d", "b");
    builder.namespace("q", "urn:q");
    builder.start_element(None, "", "c");
    builder.namespace("", "");
    builder.finish()
}

fn scope(node: Node<'_>) -> String {
    let mut scope: Vec<_> = node.namespaces_in_scope();
    scope.sort_unstable();
    scope.iter().map(|(prefix, uri)| format!("{prefix}={uri}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn namespaces_are_inherited_hidden_and_undeclared() {
    let xml = format!("xml={}", namespace::XML);
    let tree = namespaced();
    assert_eq!(scope(find(&tree, "p:a")), format!("=urn:d p=urn:p {xml}"));
    assert_eq!(scope(find(&tree, "b")), format!("=urn:d p=urn:p q=urn:q {xml}"));
    assert_eq!(scope(find(&tree, "c")), format!("p=urn:p q=urn:q {xml}"));
    let c = find(&tree, "c");
    assert_eq!(c.namespace_of_prefix("p"), Some("urn:p"));
    assert_eq!(c.namespace_of_prefix(""), None);
    assert_eq!(c.namespace_of_prefix("xml"), Some(namespace::XML));
}

#[test]
fn a_copy_has_the_namespaces_that_the_modes_say() {
    let source = namespaced();
    for (preserve, inherit, of_b, of_c) in [
        (true, true, "=urn:d n=urn:n p=urn:p q=urn:q", "n=urn:n p=urn:p q=urn:q"),
        (true, false, "=urn:d p=urn:p q=urn:q", "p=urn:p q=urn:q"),
        (false, true, "=urn:d n=urn:n", "n=urn:n"),
        (false, false, "=urn:d", ""),
    ] {
        let mut builder = TreeBuilder::default();
        builder.start_element(Some("n"), "urn:n", "new");
        builder.namespace("n", "urn:n");
        find(&source, "b")
            .copy_to(&mut builder, preserve, inherit, &Meter::new(&Limits::default()))
            .unwrap();
        let tree = builder.finish();
        let without_xml = |name: &str| {
            let scope = scope(find(&tree, name));
            scope.split_once("xml=").unwrap().0.trim_end().to_owned()
        };
        assert_eq!(without_xml("b"), of_b, "preserve {preserve}, inherit {inherit}");
        assert_eq!(without_xml("c"), of_c, "preserve {preserve}, inherit {inherit}");
    }
}

#[test]
fn a_copy_in_no_namespace_takes_no_default_one() {
    let mut builder = TreeBuilder::default();
    builder.start_element(None, "urn:d", "new");
    builder.namespace("", "urn:d");
    find(&sample(), "b")
        .copy_to(&mut builder, true, true, &Meter::new(&Limits::default()))
        .unwrap();
    builder.comment("after");
    let tree = builder.finish();
    assert_eq!(find(&tree, "b").namespace_of_prefix(""), None);
    assert_eq!(find(&tree, "after").parent(), Some(find(&tree, "new")));
    assert_eq!(labels(tree.root().axis(Axis::Descendant)), "b c u after");
    assert_eq!(labels(find(&tree, "b").attributes()), "z");
}

#[test]
fn a_document_is_copied_as_its_children_where_something_is_open() {
    let mut builder = TreeBuilder::default();
    sample().root().copy_to(&mut builder, true, true, &Meter::new(&Limits::default())).unwrap();
    let alone = builder.finish();
    assert_eq!(alone.root().kind(), NodeKind::Document);
    assert_eq!(alone.len(), sample().len());
    let mut builder = TreeBuilder::default();
    builder.start_element(None, "", "new");
    sample().root().copy_to(&mut builder, true, true, &Meter::new(&Limits::default())).unwrap();
    builder.text("x");
    let inside = builder.finish();
    assert_eq!(labels(inside.root().children()), "a x");
}

#[test]
fn ids_are_kept_in_a_copy() {
    let mut builder = TreeBuilder::default();
    builder.start_element(None, "", "a");
    builder.attribute(Some("xml"), namespace::XML, "id", "one");
    let index = builder.attribute(None, "", "key", "two");
    builder.mark_id(index);
    let index = builder.attribute(None, "", "ref", "one");
    builder.mark_idref(index);
    let tree = builder.finish();
    let mut builder = TreeBuilder::default();
    tree.root().copy_to(&mut builder, true, true, &Meter::new(&Limits::default())).unwrap();
    let copy = builder.finish();
    for tree in [tree, copy] {
        assert_eq!(labels(tree.ids()), "xml:id key");
        assert_eq!(labels(tree.idrefs()), "ref");
        assert!(find(&tree, "key").is_id() && find(&tree, "ref").is_idref());
    }
}

#[test]
fn xml_base_changes_the_base_uri() {
    let mut builder = TreeBuilder::default();
    builder.base_uri(Some("http://h/a/b".into()));
    builder.start_element(None, "", "a");
    builder.start_element(None, "", "b");
    builder.attribute(Some("xml"), namespace::XML, "base", "c/");
    builder.start_element(None, "", "d");
    builder.attribute(Some("xml"), namespace::XML, "base", "e");
    builder.text("t");
    let tree = builder.finish();
    let base = |name: &str| find(&tree, name).base_uri();
    assert_eq!(base("a").as_deref(), Some("http://h/a/b"));
    assert_eq!(base("b").as_deref(), Some("http://h/a/c/"));
    assert_eq!(base("t").as_deref(), Some("http://h/a/c/e"));
    let mut builder = TreeBuilder::default();
    builder.base_uri(Some("http://h".into()));
    builder.attribute(None, "", "x", "");
    assert_eq!(builder.finish().root().base_uri(), None);
}

#[test]
fn walking_costs_a_step_for_each_node_looked_at() {
    let (tree, limits) = (sample(), crate::Limits::default());
    let meter = crate::meter::Meter::new(&limits);
    let test = NodeTest::Named(NodeKind::Element, NameTest::Name(QName::new("", "c")));
    let mut found = Vec::new();
    let _ = tree.root().walk(Axis::Descendant, test.within(&tree), &meter, |node| {
        found.push(node);
        Ok(std::ops::ControlFlow::Break(()))
    });
    assert_eq!(labels(found.into_iter()), "c");
    assert_eq!(meter.steps_taken(), 4);
}
