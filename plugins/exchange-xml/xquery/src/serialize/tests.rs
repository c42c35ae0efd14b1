//! Serialization: every method, its parameters and its errors.

use std::sync::Arc;

use super::parameters::Encoding;
use super::*;
use crate::limits::Limits;
use crate::name::{QName, namespace};
use crate::tree::{Tree, TreeBuilder};
use crate::value::Item;
use crate::{Environment, Options, Query};

fn text_of(tree: &Arc<Tree>, parameters: &[(&str, &str)]) -> Result<String> {
    let mut given = Parameters::default();
    for (name, value) in parameters {
        given.set(name, value, &|_| None)?;
    }
    let limits = Limits::default();
    serialize(&Item::Node(tree.root()).into(), &given, &Meter::new(&limits))
}

/// `<a b="…">text<c/></a>` in a document.
fn small() -> Arc<Tree> {
    let mut builder = TreeBuilder::default();
    builder.start_document();
    builder.start_element(None, "", "a");
    builder.attribute(None, "", "b", "<>&\"'\t\u{e9}");
    builder.text("<>&\"'\t\r\u{85}\u{2028}\u{e9}");
    builder.start_element(None, "", "c");
    builder.finish()
}

fn html() -> Arc<Tree> {
    let mut builder = TreeBuilder::default();
    builder.start_document();
    builder.start_element(None, "", "html");
    builder.start_element(None, "", "head");
    builder.end();
    builder.start_element(None, "", "body");
    builder.start_element(None, "", "br");
    builder.end();
    builder.start_element(None, "", "script");
    builder.text("a < b");
    builder.end();
    builder.start_element(None, "", "a");
    builder.attribute(None, "", "href", "\u{e9} &{");
    builder.attribute(None, "", "hidden", "hidden");
    builder.text("\u{a0}<");
    builder.finish()
}

#[test]
fn xml_escapes_what_would_not_come_back() {
    let text = text_of(&small(), &[]).unwrap();
    let expected = "<a b=\"&lt;&gt;&amp;&quot;'&#x9;\u{e9}\">\
                    &lt;&gt;&amp;\"'\t&#xD;&#x85;&#x2028;\u{e9}<c/></a>";
    assert_eq!(text, expected);
    let text = text_of(&small(), &[("encoding", "US-ASCII")]).unwrap();
    assert!(text.contains("&#xE9;<c/>"), "{text}");
}

#[test]
fn declarations_come_where_they_are_asked_for() {
    for (parameters, expected) in [
        (&[("omit-xml-declaration", "no")][..], "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a "),
        (
            &[("standalone", "yes")],
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><a ",
        ),
        (&[("doctype-system", "s"), ("doctype-public", "p")], "<!DOCTYPE a PUBLIC \"p\" \"s\"><a "),
        (&[("doctype-public", "p")], "<a "),
    ] {
        let text = text_of(&small(), parameters).unwrap();
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn parameters_that_do_not_fit_are_refused() {
    for (parameters, code) in [
        (&[("indent", "maybe")][..], "SEPM0016"),
        (&[("standalone", "yes"), ("omit-xml-declaration", "yes")], "SEPM0009"),
        (&[("undeclare-prefixes", "yes")], "SEPM0010"),
        (&[("encoding", "EBCDIC-1")], "SESU0007"),
        (&[("normalization-form", "NFX")], "SESU0011"),
    ] {
        let error = text_of(&small(), parameters).unwrap_err();
        assert_eq!(error.code().to_string(), code);
    }
}

#[test]
fn html_has_rules_of_its_own() {
    let text = text_of(&html(), &[("method", "html")]).unwrap();
    let expected = "<!DOCTYPE HTML><html><head><meta http-equiv=\"Content-Type\" \
                    content=\"text/html; charset=UTF-8\"></head><body><br><script>a < b</script>\
                    <a href=\"%C3%A9 &{\" hidden>&nbsp;&lt;</a></body></html>";
    assert_eq!(text, expected);
    assert_eq!(text_of(&html(), &[("method", "text")]).unwrap(), "a < b\u{a0}<");
}

#[test]
fn namespaces_are_declared_where_they_are_new() {
    let mut builder = TreeBuilder::default();
    builder.start_element(Some("p"), "urn:p", "a");
    builder.namespace("p", "urn:p");
    builder.namespace("q", "urn:q");
    builder.attribute(Some("q"), "urn:q", "x", "1");
    builder.start_element(Some("p"), "urn:p", "b");
    builder.namespace("p", "urn:p");
    builder.attribute(None, "urn:r", "y", "2");
    builder.end();
    builder.start_element(None, "urn:d", "c");
    builder.namespace("", "urn:d");
    builder.start_element(None, "", "d");
    builder.namespace("", "");
    let tree = builder.finish();
    let expected = "<p:a xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" q:x=\"1\"><p:b xmlns:ns0=\"urn:r\" \
                    ns0:y=\"2\"/><c xmlns=\"urn:d\"><d xmlns=\"\"/></c></p:a>";
    assert_eq!(text_of(&tree, &[]).unwrap(), expected);
    let inner = tree.root().at(2);
    let limits = Limits::default();
    let text = serialize(&Item::Node(inner).into(), &Parameters::default(), &Meter::new(&limits));
    let text = text.unwrap();
    assert!(text.contains("xmlns:q=\"urn:q\"") && text.starts_with("<p:b "), "{text}");
}

#[test]
fn indentation_leaves_text_alone() {
    let mut builder = TreeBuilder::default();
    builder.start_element(None, "", "a");
    builder.start_element(None, "", "b");
    builder.start_element(None, "", "c");
    builder.end();
    builder.text("t");
    builder.end();
    builder.start_element(None, "", "d");
    builder.start_element(None, "", "e");
    builder.end();
    builder.end();
    builder.start_element(Some("xml"), namespace::XML, "f");
    builder.attribute(Some("xml"), namespace::XML, "space", "preserve");
    builder.start_element(None, "", "g");
    let text = text_of(&builder.finish(), &[("indent", "yes")]).unwrap();
    let expected = "<a>\n  <b><c/>t</b>\n  <d>\n    <e/>\n  </d>\n  \
                    <xml:f xml:space=\"preserve\"><g/></xml:f>\n</a>";
    assert_eq!(text, expected);
}

#[test]
fn cdata_sections_are_split_where_they_would_end() {
    let mut builder = TreeBuilder::default();
    builder.start_element(None, "", "a");
    builder.text("x]]>\u{e9}y");
    let tree = builder.finish();
    let parameters = Parameters {
        cdata_section_elements: vec![QName::new("", "a")],
        encoding: Encoding { name: "US-ASCII".into(), char_max: 0x7F },
        ..Parameters::default()
    };
    let limits = Limits::default();
    let text = serialize(&Item::Node(tree.root()).into(), &parameters, &Meter::new(&limits));
    let expected = "<a><![CDATA[x]]]]><![CDATA[>]]>&#xE9;<![CDATA[y]]></a>";
    assert_eq!(text.unwrap(), expected);
}

#[test]
fn cdata_is_gone_over_once() {
    const CHARACTERS: usize = 200_000;
    let mut builder = TreeBuilder::default();
    builder.start_element(None, "", "a");
    builder.text(&"\u{e9}".repeat(CHARACTERS));
    let tree = builder.finish();
    let parameters = Parameters {
        cdata_section_elements: vec![QName::new("", "a")],
        encoding: Encoding { name: "US-ASCII".into(), char_max: 0x7F },
        ..Parameters::default()
    };
    let limits = Limits::default();
    let meter = Meter::new(&limits);
    let text = serialize(&Item::Node(tree.root()).into(), &parameters, &meter).unwrap();
    assert_eq!(text.matches("]]>&#xE9;<![CDATA[").count(), CHARACTERS);
    assert!(meter.steps_taken() > CHARACTERS as u64 / 64);
}

#[test]
fn a_character_map_is_neither_escaped_nor_normalized() {
    let parameters = Parameters {
        character_map: [('\u{e9}', Box::from("<e>"))].into_iter().collect(),
        ..Parameters::default()
    };
    let limits = Limits::default();
    let tree = small();
    let text = serialize(&Item::Node(tree.root()).into(), &parameters, &Meter::new(&limits));
    let expected =
        "<a b=\"&lt;&gt;&amp;&quot;'&#x9;<e>\">&lt;&gt;&amp;\"'\t&#xD;&#x85;&#x2028;<e><c/></a>";
    assert_eq!(text.unwrap(), expected);
}

#[test]
fn output_is_counted_before_it_is_built() {
    let limits = Limits { built_bytes_max: 20, ..Limits::default() };
    let tree = small();
    let error =
        serialize(&Item::Node(tree.root()).into(), &Parameters::default(), &Meter::new(&limits));
    assert!(error.unwrap_err().is_limit());
}

fn result(query: &str) -> String {
    let query = Query::compile(query, &Options::default());
    match query.and_then(|query| query.serialize(&Environment::default())) {
        Ok(text) => text,
        Err(error) => error.code().to_string(),
    }
}

#[test]
fn a_query_declares_its_output() {
    for (query, expected) in [
        ("1, 'a', <b>{2}</b>, 'c', 'd'", "1 a<b>2</b>c d"),
        ("'<', <a b='&lt;'/>", "&lt;<a b=\"&lt;\"/>"),
        ("1, [2, (3, 4)]", "1 2 3 4"),
        ("declare option output:item-separator '|'; 1, <a/>, 2", "1|<a/>|2"),
        ("declare option output:method 'text'; '<', <a>&amp;</a>", "<&"),
        (
            "declare option output:method 'json'; map { 'a': (), 'b': [1, true(), '\"/'] }",
            r#"{"a":null,"b":[1,true,"\"\/"]}"#,
        ),
        (
            "declare option output:method 'json'; declare option output:indent 'yes'; [1, map{}]",
            "[\n  1,\n  {}\n]",
        ),
        ("declare option output:method 'json'; <a b=''/>", r#""<a b=\"\"\/>""#),
        ("declare option output:method 'json'; 1, 2", "SERE0023"),
        ("declare option output:method 'json'; map { 1: 1, '1': 2 }", "SERE0022"),
        ("declare option output:method 'json'; 1e0 div 0", "SERE0020"),
        ("declare option output:method 'json'; true#0", "SERE0021"),
        (
            "declare option output:method 'adaptive'; 'a\"', 1.0, 1e0, true(), [(1, 2), ()]",
            "\"a\"\"\"\n1\n1.0e0\ntrue()\n[(1,2),()]",
        ),
        (
            "declare option output:method 'adaptive'; \
             xs:date('2020-01-01'), abs#1, attribute a {1}",
            "xs:date(\"2020-01-01\")\nfn:abs#1\na=\"1\"",
        ),
        ("map { }", "SENR0001"),
        ("attribute a { 1 }", "SENR0001"),
        (
            "declare option output:standalone 'yes'; <a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><a/>",
        ),
        ("declare option output:standalone 'yes'; <a/>, <b/>", "SEPM0004"),
        ("declare option output:indent 'maybe'; 1", "SEPM0016"),
        ("declare option output:parameter-document 'x'; 1", "XQST0119"),
    ] {
        assert_eq!(result(query), expected, "{query}");
    }
}

#[test]
fn parameters_come_as_a_map_or_an_element() {
    let element = |inside: &str| {
        let name = "output:serialization-parameters";
        format!("serialize(<a>é</a>, <{name}>{inside}</{name}>)")
    };
    for (query, expected) in [
        (
            "serialize(<a/>, map { 'omit-xml-declaration': false() })".to_owned(),
            "&lt;?xml version=\"1.0\" encoding=\"UTF-8\"?&gt;&lt;a/&gt;",
        ),
        ("serialize('a', map { 'use-character-maps': map { 'a': '<' } })".to_owned(), "&lt;"),
        ("serialize(<a/>, map { 'indent': 'yes' })".to_owned(), "XPTY0004"),
        ("serialize(<a/>, map { 'method': 'none' })".to_owned(), "SEPM0016"),
        ("serialize(<a/>, map { 'none': 1, 'indent': () })".to_owned(), "&lt;a/&gt;"),
        ("serialize(<a/>, <b/>)".to_owned(), "XPTY0004"),
        (element("<output:encoding value='ascii'/>"), "&lt;a&gt;&amp;#xE9;&lt;/a&gt;"),
        (element("<output:indent value='maybe'/>"), "SEPM0017"),
        (element("<output:indent/>"), "SEPM0017"),
        (element("<output:none value='1'/>"), "SEPM0017"),
        (element("<none value='1'/>"), "SEPM0017"),
        (element("<output:indent value='no'/><output:indent value='no'/>"), "SEPM0019"),
        (
            element(
                "<output:use-character-maps><output:character-map character='é' map-string='e'/>\
                  <output:character-map character='é' map-string='e'/></output:use-character-maps>",
            ),
            "SEPM0018",
        ),
        (element("<v:none xmlns:v='urn:v'/>"), "&lt;a&gt;é&lt;/a&gt;"),
    ] {
        assert_eq!(result(&query), expected, "{query}");
    }
}
