//! Documents, texts and collections from a library of the host.

use std::sync::Arc;

use super::*;
use crate::document::Origin;
use crate::{DocumentLimits, Environment, Limits, Options, Query};

/// A library of two documents, parsed anew each time, and some texts.
struct Library;

impl Resources for Library {
    fn document(&self, uri: &str) -> Result<Option<Document>> {
        let text = match uri {
            "http://h/one.xml" => "<one xml:lang='en-GB'><a xml:id='i'/><b/><!--c--><?p q?></one>",
            "http://h/types.xml" => {
                "<!DOCTYPE t [<!ATTLIST a i ID #REQUIRED r IDREFS #IMPLIED>]>\
                 <t><a i='x' r='y x'/><a i='y' r='x'/><a i='z'/><b xml:id='x'/></t>"
            }
            "http://h/broken.xml" => "<one>",
            "http://h/long.xml" => &format!("<a>{}</a>", "x".repeat(100)),
            _ => return Ok(None),
        };
        let limits = DocumentLimits { document_bytes_max: 200, ..DocumentLimits::default() };
        let limits = if uri.contains("long") {
            DocumentLimits { document_bytes_max: 50, ..limits }
        } else {
            limits
        };
        let uri = Some(uri.to_owned());
        let origin = Origin { base_uri: uri.clone(), document_uri: uri };
        Document::parse_from(text, &origin, &limits).map(Some)
    }

    fn text(&self, uri: &str) -> Result<Option<(Vec<u8>, Option<String>)>> {
        let latin1 = Some("iso-8859-1".to_owned());
        Ok(match uri {
            "http://h/lines" => Some((b"a\r\nb\n\rc\n".to_vec(), None)),
            "http://h/latin" => Some((b"\xe4".to_vec(), latin1)),
            "http://h/bytes" => Some((b"\xe4".to_vec(), None)),
            "http://h/utf16" => Some((b"\xff\xfea\0".to_vec(), None)),
            "http://h/control" => Some((b"\x01".to_vec(), None)),
            _ => None,
        })
    }

    fn collection(&self, uri: Option<&str>) -> Result<Option<Vec<Value>>> {
        let document = self.document("http://h/one.xml")?;
        let items = document.map(|document| vec![document.into(), Atomic::integer(1).into()]);
        Ok(items.filter(|_| uri != Some("http://h/none")))
    }

    fn uri_collection(&self, _: Option<&str>) -> Result<Option<Vec<String>>> {
        Ok(Some(vec!["http://h/one.xml".to_owned()]))
    }

    fn environment_variables(&self) -> Vec<(String, String)> {
        vec![("A".to_owned(), "1".to_owned()), ("B".to_owned(), String::new())]
    }
}

#[track_caller]
fn check(resources: Option<Arc<dyn Resources>>, table: &[(&str, &str)]) {
    let options = Options { base_uri: Some("http://h/q".to_owned()), ..Options::default() };
    let environment = Environment { resources, ..Environment::default() };
    for (query, expected) in table {
        let text = format!("declare option output:method 'adaptive'; {query}");
        let result = Query::compile(&text, &options).and_then(|it| it.serialize(&environment));
        let found = result.unwrap_or_else(|error| error.code().to_string());
        assert_eq!(found.replace('\n', " "), *expected, "{query}");
    }
}

#[test]
fn documents_are_read_once() {
    check(
        Some(Arc::new(Library)),
        &[
            ("doc('one.xml') is doc('http://h/one.xml')", "true()"),
            ("collection()[1] is doc('one.xml')", "true()"),
            ("collection('c')[2]", "1"),
            ("document-uri(doc('one.xml')) || base-uri(doc('one.xml')/one)", {
                "\"http://h/one.xmlhttp://h/one.xml\""
            }),
            ("doc-available('one.xml'), doc-available('two.xml')", "true() false()"),
            ("doc-available(':/'), doc-available('broken.xml')", "false() false()"),
            ("doc(())", ""),
            ("doc('two.xml')", "FODC0002"),
            ("doc('broken.xml')", "FODC0002"),
            ("doc(':/')", "FODC0005"),
            ("collection('none')", "FODC0002"),
            ("collection('%gg')", "FODC0004"),
            ("uri-collection()", "\"http://h/one.xml\""),
            // Nothing catches or hides a limit.
            ("doc-available('long.xml')", "limit document_bytes_max"),
        ],
    );
}

#[test]
fn texts_are_decoded_and_cut_into_lines() {
    check(
        Some(Arc::new(Library)),
        &[
            ("unparsed-text-lines('lines')", "\"a\" \"b\" \"\" \"c\""),
            ("unparsed-text('latin'), unparsed-text('utf16')", "\"ä\" \"a\""),
            ("unparsed-text('bytes', 'ISO-8859-1')", "\"ä\""),
            ("unparsed-text('bytes')", "FOUT1200"),
            ("unparsed-text('bytes', 'utf-8')", "FOUT1190"),
            ("unparsed-text('bytes', 'klingon')", "FOUT1190"),
            ("unparsed-text('control')", "FOUT1200"),
            ("unparsed-text('lines#a')", "FOUT1170"),
            ("unparsed-text('none')", "FOUT1170"),
            ("unparsed-text-available('bytes'), unparsed-text-available('lines')", {
                "false() true()"
            }),
            ("environment-variable('A'), environment-variable('C')", "\"1\""),
            ("available-environment-variables()", "\"A\" \"B\""),
        ],
    );
}

#[test]
fn without_resources_there_is_nothing() {
    check(
        None,
        &[
            ("doc('one.xml')", "FODC0002"),
            ("doc-available('one.xml')", "false()"),
            ("collection()", "FODC0002"),
            ("uri-collection()", "FODC0002"),
            ("unparsed-text('lines')", "FOUT1170"),
            ("available-environment-variables()", ""),
        ],
    );
}

#[test]
fn a_document_that_was_given_is_the_one_of_its_uri() {
    let origin = Origin { document_uri: Some("http://h/given.xml".to_owned()), base_uri: None };
    let document = Document::parse_from("<a/>", &origin, &DocumentLimits::default()).unwrap();
    let environment = Environment { context_item: Some(document.into()), ..Environment::default() };
    let query = Query::compile("doc(document-uri(.)) is .", &Options::default()).unwrap();
    assert!(query.boolean(&environment).unwrap());
}

#[test]
fn nodes_tell_of_themselves() {
    check(
        Some(Arc::new(Library)),
        &[
            ("doc('one.xml')/one/node() ! path()", {
                "\"/Q{}one[1]/Q{}a[1]\" \"/Q{}one[1]/Q{}b[1]\" \"/Q{}one[1]/comment()[1]\" \
                 \"/Q{}one[1]/processing-instruction(p)[1]\""
            }),
            ("path(<a x='1'/>/@x)", "\"Q{http://www.w3.org/2005/xpath-functions}root()/@x\""),
            ("doc('one.xml')//a[lang('en')], doc('one.xml')//a[lang('EN-gb')]", {
                "<a xml:id=\"i\"/> <a xml:id=\"i\"/>"
            }),
            ("doc('one.xml')//a[lang('e') or lang('en-g') or lang('')]", ""),
            ("name(doc('one.xml')//@xml:id), local-name(doc('one.xml')//@xml:id)", {
                "\"xml:id\" \"id\""
            }),
            ("name(doc('one.xml')), name(doc('one.xml')//processing-instruction())", "\"\" \"p\""),
            ("outermost((doc('one.xml')//node(), doc('one.xml'))) ! name(*)", "\"one\""),
            ("innermost(doc('one.xml')//*) ! name()", "\"a\" \"b\""),
            ("doc('one.xml')/one/(has-children(), a/has-children())", "true() false()"),
            ("root(doc('one.xml')//b) is doc('one.xml')", "true()"),
            ("name()", "XPDY0002"),
            ("1 ! name()", "XPTY0004"),
            ("string(map {})", "FOTY0014"),
            ("data([1, ('a', 'b')]), data(())", "1 \"a\" \"b\""),
            ("nilled(<a/>), nilled(text { 'a' })", "false()"),
        ],
    );
}

#[test]
fn identifiers_find_elements_and_references_find_attributes() {
    check(
        Some(Arc::new(Library)),
        &[
            ("id('i', doc('one.xml')) ! name()", "\"a\""),
            ("id(('z x', '1'), doc('types.xml')) ! name()", "\"a\" \"a\""),
            ("id('x', doc('types.xml'))/@i/string()", "\"x\""),
            ("element-with-id('y', doc('types.xml'))/@i/string()", "\"y\""),
            ("idref('x', doc('types.xml'))/../@i/string()", "\"x\" \"y\""),
            ("idref('y', doc('types.xml'))/string()", "\"y x\""),
            ("id('x', <a xml:id='x'/>)", "FODC0001"),
            ("generate-id(())", "\"\""),
            ("generate-id(doc('one.xml')) = generate-id(doc('types.xml'))", "false()"),
            ("matches(generate-id(<a/>), '^[a-z][a-z0-9]*$')", "true()"),
        ],
    );
}

#[test]
fn a_query_parses_documents_within_its_limits() {
    check(
        None,
        &[
            ("parse-xml('<a>b</a>')/a/string()", "\"b\""),
            ("base-uri(parse-xml('<a/>')/a)", "\"http://h/q\""),
            ("parse-xml('<a>')", "FODC0006"),
            ("parse-xml-fragment('a<b/>')/node() ! string()", "\"a\" \"\""),
            ("try { parse-xml(string-join((1 to 300) ! '<a>')) } catch * { 1 }", {
                "limit depth_max"
            }),
        ],
    );
    let limits = Limits { built_bytes_max: 20_000, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let query = "count((1 to 100) ! parse-xml('<a><b>c</b><b>d</b></a>'))";
    let query = Query::compile(query, &options).unwrap();
    let error = query.evaluate(&Environment::default()).unwrap_err();
    assert_eq!(error.code(), &ErrorCode::Limit("built_bytes_max"));
}

#[test]
fn a_function_that_is_refused_is_not_found_either() {
    let name = crate::QName::new(crate::name::namespace::FN, "doc-available");
    let options = crate::Options { refused_functions: vec![name], ..crate::Options::default() };
    for (function, expected) in [("doc-available", "0"), ("json-doc", "1")] {
        let text = format!("count(function-lookup(xs:QName('fn:{function}'), 1))");
        let query = crate::Query::compile(&text, &options).unwrap();
        assert_eq!(query.serialize(&crate::Environment::default()).unwrap(), expected);
    }
}
