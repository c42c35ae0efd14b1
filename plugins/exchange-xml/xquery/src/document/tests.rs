//! Documents: what is read into them, what is refused, and that limits hold.

use super::*;
use crate::error::ErrorCode;
use crate::syntax::ast::Axis;

fn limits() -> DocumentLimits {
    DocumentLimits {
        document_bytes_max: 2000,
        depth_max: 3,
        attributes_max: 4,
        namespaces_max: 3,
        entities_max: 4,
        entity_depth_max: 2,
        entity_bytes_max: 200,
        doctype_allowed: true,
    }
}

fn document(text: &str) -> Document {
    Document::parse(text, &DocumentLimits::default()).unwrap()
}

/// The document as text: every node, attributes and declarations included.
fn dump(document: &Document) -> String {
    let mut text = String::new();
    for node in document.0.root().axis(Axis::Descendant) {
        let name = node.name().map(|name| name.lexical()).unwrap_or_default();
        let value = node.string_value();
        match node.kind() {
            NodeKind::Element => text.push_str(&format!("<{name}>")),
            NodeKind::Comment => text.push_str(&format!("({value})")),
            NodeKind::ProcessingInstruction => text.push_str(&format!("?{name} {value}?")),
            _ => text.push_str(value),
        }
        for binding in node.namespace_bindings() {
            text.push_str(&format!("[{}={}]", binding.prefix, binding.uri));
        }
        for attribute in node.attributes() {
            let name = attribute.name().map(|name| name.lexical()).unwrap_or_default();
            let mark = if attribute.is_id() { "!" } else { "" };
            let mark = if attribute.is_idref() { "^" } else { mark };
            text.push_str(&format!("@{name}{mark}={};", attribute.string_value()));
        }
    }
    text
}

#[test]
fn documents_become_trees() {
    for (text, expected) in [
        ("<a/>", "<a>"),
        (
            "\u{feff}<?xml version='1.0'?>\n<!--k--><?p q?><a> t<b/>u </a><!--l-->",
            "(k)?p q?<a> t<b>u (l)",
        ),
        (
            "<a x='1' y=\"&lt;&#65;&#x42;\n\">&amp;<![CDATA[<]]>&gt;\r\n</a>",
            "<a>@x=1;@y=<AB ;&<>\n",
        ),
        ("<!DOCTYPE a [<!ENTITY e 'x<b>y</b>'>]><a>&e;&e;</a>", "<a>x<b>yx<b>y"),
        ("<!DOCTYPE a SYSTEM 'a.dtd'><a/>", "<a>"),
        ("<!DOCTYPE a SYSTEM 'a.dtd' [<!ENTITY e SYSTEM 'e.xml'>]><a>1&e;2</a>", "<a>12"),
        ("<a><!--1\r\n2--><?p 1\r2?></a>", "<a>(1\n2)?p 1\n2?"),
    ] {
        assert_eq!(dump(&document(text)), expected, "{text}");
    }
}

#[test]
fn prefixes_and_declarations_are_kept() {
    for (text, expected) in [
        ("<p:a xmlns:p='u' p:x='1' y='2'/>", "<p:a>[p=u]@p:x=1;@y=2;"),
        ("<a xmlns='u'><b/><c xmlns=''><d xmlns=''/></c></a>", "<a>[=u]<b><c>[=]<d>"),
        (
            "<a:a xmlns:a='u'><a:aa/><aa xmlns:b='u' b:a='1'/></a:a>",
            "<a:a>[a=u]<a:aa><aa>[b=u]@b:a=1;",
        ),
        (
            "<p:a xmlns:p='u'><p:b xmlns:p='v'/><p:b xmlns:p='u'/></p:a>",
            "<p:a>[p=u]<p:b>[p=v]<p:b>",
        ),
        ("<a xml:lang='en' xml:id=' i '/>", "<a>@xml:lang=en;@xml:id!=i;"),
        ("<!DOCTYPE a [<!ENTITY e '<p:b xmlns:p=\"u\"/>'>]><a>&e;</a>", "<a><p:b>[p=u]"),
    ] {
        assert_eq!(dump(&document(text)), expected, "{text}");
    }
    let redeclared = document("<p:a xmlns:p='u'><p:b xmlns:p='v'/></p:a>");
    let inner = redeclared.0.root().descendants().last().unwrap();
    assert_eq!(*inner.name().unwrap().namespace, *"v");
}

#[test]
fn the_internal_subset_gives_types_and_defaults() {
    let text = "<!DOCTYPE a [<!ATTLIST a i ID #IMPLIED r IDREFS #IMPLIED t NMTOKEN 'd'>\
        <!ATTLIST b f CDATA #FIXED 'x &amp;&#65;' xml:lang CDATA 'en' q:x CDATA 'no' \
        xmlns:z CDATA 'u' e CDATA '&e;'>]>\
        <a i=' one ' r=' a  b '><b/><b f='own'/></a>";
    let expected =
        "<a>@i!=one;@r^=a b;@t=d;<b>[z=u]@f=x &A;@xml:lang=en;<b>[z=u]@f=own;@xml:lang=en;";
    assert_eq!(dump(&document(text)), expected);
    let behind = format!(
        "\u{feff}<?xml version='1.0' encoding='utf-8'?> <!-- <!DOCTYPE x> --><?p?>\n{text}"
    );
    assert!(dump(&document(&behind)).ends_with(expected));
}

#[test]
fn what_is_malformed_is_said_with_its_place() {
    for (text, expected) in [
        ("<a>\n <b></c></a>", "line 2, column 5: expected 'b' tag, not 'c'"),
        ("<a", "not well-formed"),
        ("", "root node"),
        ("<a>&nbsp;</a>", "unknown entity reference 'nbsp'"),
        ("<a xmlns:p=''/>", "line 1, column 4: a prefix is bound to an empty URI"),
        ("<!DOCTYPE a [%x;]><a/>", "line 1, column 14: the DOCTYPE is malformed"),
        ("<!DOCTYPE a [<!ENTITY e '<b>'>]><a>&e;</b></a>", "part of an element"),
        ("<!DOCTYPE a [<!ENTITY e '</b>'>]><a><b>&e;</a>", "part of an element"),
        ("<!DOCTYPE a [<!ENTITY e '<b '>]><a>&e;</a>", "part of an element"),
        ("<p:a/>", "unknown namespace prefix 'p'"),
    ] {
        let error = Document::parse(text, &DocumentLimits::default()).unwrap_err();
        assert_eq!(error.code(), &ErrorCode::Standard("FODC0006"), "{text}");
        assert!(error.message().contains(expected), "{text}: {error}");
    }
}

/// Texts just inside and just outside of each limit.
#[test]
fn every_limit_is_reached() {
    let text = |of: &str| format!("<!DOCTYPE a [{of}");
    let long = format!("<!ENTITY e '{}'>", "x".repeat(84));
    for (limit, inside, outside) in [
        (
            "document_bytes_max",
            format!("<a>{}</a>", " ".repeat(1993)),
            format!("<a>{}</a>", " ".repeat(1994)),
        ),
        ("depth_max", "<a><b><c/></b><b><c/></b></a>".into(), "<a><b><c><d/></c></b></a>".into()),
        (
            "attributes_max",
            "<a b='====' c = \"='>\" d='' e=''/>".into(),
            "<a b='' c='' d='' e='' f=''/>".into(),
        ),
        (
            "namespaces_max",
            "<a xmlns='u' xmlns:b='u'><b xmlns:c='u'/><b xmlns:c='u'/></a>".into(),
            "<a xmlns='u' xmlns:b='u'><b xmlns:c='u' xmlns:d='u'/></a>".into(),
        ),
        (
            "entities_max",
            text(&format!("{}]><a/>", ["<!ENTITY e ''>"; 9].concat())),
            text("<!ENTITY a ''><!ENTITY b ''><!ENTITY c ''><!ENTITY d ''><!ENTITY % e ''>]><a/>"),
        ),
        (
            "entity_depth_max",
            text("<!ENTITY e '&f;'><!ENTITY f 'x'>]><a>&e;</a>"),
            text("<!ENTITY e '&f;'><!ENTITY f '&g;'><!ENTITY g 'x'>]><a>&e;</a>"),
        ),
        (
            "entity_depth_max",
            text("<!ENTITY e '&e;'>]><a/>"),
            text("<!ENTITY e '&f;'><!ENTITY f '&e;'>]><a>&e;</a>"),
        ),
        (
            "entity_bytes_max",
            text(&format!("{long}]><a>&e;&lt;&e;</a>")),
            text(&format!("{long}]><a><b c='&e;'/>&e;&e;</a>")),
        ),
        (
            "entity_bytes_max",
            text("<!ENTITY e ''>]><a>&e;&e;&e;&e;</a>"),
            text(&format!("<!ENTITY e ''>]><a>{}</a>", "&e;".repeat(20))),
        ),
        (
            "entity_bytes_max",
            text(&format!("<!ATTLIST b c CDATA '{}'>]><a><b/></a>", "x".repeat(90))),
            text(&format!("<!ATTLIST b c CDATA '{}'>]><a><b/><b/></a>", "x".repeat(90))),
        ),
        (
            "depth_max",
            text("<!ENTITY e '<b><c/></b>'>]><a>&e;&e;</a>"),
            text("<!ENTITY e '<b>&f;</b>'><!ENTITY f '<c><d/></c>'>]><a>&e;</a>"),
        ),
        (
            "attributes_max",
            text("<!ENTITY e '<b/>'>]><a>&e;</a>"),
            text("<!ENTITY e \"<b a='' b='' c='' d='' e=''/>\">]><a>&e;</a>"),
        ),
    ] {
        let parsed = Document::parse(&inside, &limits());
        assert!(parsed.is_ok(), "{limit}: {inside}: {parsed:?}");
        let error = Document::parse(&outside, &limits()).unwrap_err();
        assert_eq!(error.code(), &ErrorCode::Limit(limit), "{outside}: {error}");
    }
}

#[test]
fn a_doctype_may_be_forbidden_and_bytes_are_counted_before_they_are_decoded() {
    let without = DocumentLimits { doctype_allowed: false, ..limits() };
    let error = Document::parse("<!DOCTYPE a><a/>", &without).unwrap_err();
    assert_eq!(error.code(), &ErrorCode::Limit("doctype_allowed"));
    let error = Document::parse_bytes(&[b' '; 2001], &limits()).unwrap_err();
    assert_eq!(error.code(), &ErrorCode::Limit("document_bytes_max"));
}

#[test]
fn nothing_hides_from_the_survey() {
    let deep = "<a><b><c><d/></c></b></a>";
    for text in [
        format!("<?xml version='?><!--'?>{deep}"),
        format!("<!-- > --><?p ><!-- ?>{deep}"),
        format!("<!DOCTYPE a PUBLIC '[<!--' \"<!--\">{deep}"),
        format!("<!DOCTYPE a [<!ATTLIST a b CDATA '><!--'--><?p '?>]>{deep}"),
        format!("<a x='<!--'/>{deep}"),
        "<a><![CDATA[<!--]]><b><c><d/></c></b></a>".to_owned(),
        "<a x='>'><b y=\"'>\"><c z='/'><d/></c></b></a>".to_owned(),
    ] {
        let limits = limits();
        let error = Survey::of(&text, &limits).unwrap_err();
        assert!(error.message().contains("lie in each other"), "{text}: {error}");
        assert!(Document::parse(&text, &limits).is_err(), "{text}");
    }
}

/// Declarations of an internal subset, most of them right.
const SUBSET: &str = "(<!ENTITY [ef] '[&ef;<>/a \"]{0,12}'>|<!ATTLIST a [bc] CDATA '[<>!ab-]{0,5}'>\
    |<!--[<>'-]{0,4}-->|<[?]p [<>']{0,4}[?]>){0,4}";

/// Tags and text, few of them balanced.
const CONTENT: &str = "(<[ab]( [a-fx]='[&e;>-]{0,5}'){0,6}/?>|</[ab]>|&[ef];|<!--[<>]{0,4}-->\
    |[ab<>'\"]){0,24}";

proptest::proptest! {
    /// Whatever passes is inside the limits once parsed.
    #[test]
    fn what_passes_is_inside_the_limits(
        subset in SUBSET,
        text in CONTENT,
    ) {
        let limits = limits();
        for text in [
            text.clone(),
            format!("<a>{text}</a>"),
            format!("<!DOCTYPE a [{subset}]><a>{text}</a>"),
            format!("<?xml version='{subset}'?><a>{text}</a>"),
        ] {
            let Ok(document) = Document::parse(&text, &limits) else { continue };
            for node in document.0.root().descendants() {
                let around = node.axis(Axis::AncestorOrSelf);
                let depth = around.filter(|node| node.is_element()).count();
                proptest::prop_assert!(depth <= limits.depth_max, "{}", text);
                let attributes = node.attributes().count();
                proptest::prop_assert!(attributes <= limits.attributes_max + 4, "{}", text);
            }
            proptest::prop_assert!(document.string_value().len() <= text.len() + 200, "{}", text);
        }
    }
}
