//! JSON: texts, values and trees, both ways.

use crate::{Environment, ErrorCode, Limits, Options, Query};

/// The serialized result, or the error's code.
fn ask(query: &str) -> String {
    let query = Query::compile(query, &Options::default()).unwrap();
    match query.serialize(&Environment::default()) {
        Ok(text) => text,
        Err(error) => error.name().local.to_string(),
    }
}

fn json(text: &str, options: &str) -> String {
    let query = format!("serialize(parse-json('{text}', {options}), map {{'method': 'json'}})");
    ask(&query)
}

#[test]
fn texts_become_values() {
    for (text, options, expected) in [
        ("null", "map{}", "null"),
        (
            r#" [1, -0.5e1, "a", true, false, null, [], {}] "#,
            "map{}",
            r#"[1,-5,"a",true,false,null,[],{}]"#,
        ),
        (r#"{"a":{"b":[{"c":1}]},"d":2}"#, "map{}", r#"{"a":{"b":[{"c":1}]},"d":2}"#),
        (r#""\u0041\ud834\udd1e\/\"""#, "map{}", r#""A𝄞\/\"""#),
        (r#"{"a":1,"a":[2,{"a":3}],"b":4}"#, "map{}", r#"{"a":1,"b":4}"#),
        (r#"{"a":1,"a":2}"#, "map{'duplicates':'use-last'}", r#"{"a":2}"#),
        (r#"{"a":1,"\u0061":2}"#, "map{'duplicates':'reject'}", "FOJS0003"),
        ("1", "map{'duplicates':'retain'}", "FOJS0005"),
        ("1", "map{'liberal':1}", "XPTY0004"),
        ("1", "map{'escape':true(),'fallback':upper-case#1}", "FOJS0005"),
        ("1", "map{'fallback':contains#2}", "XPTY0004"),
        ("1", "map{'other':1}", "1"),
    ] {
        assert_eq!(json(text, options), expected, "{text} {options}");
    }
}

#[test]
fn what_is_not_json_is_refused_even_where_nobody_wants_it() {
    for text in [
        "",
        " ",
        "[",
        "[1",
        "[1,]",
        "[1 2]",
        "{",
        "{}}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        "{1:2}",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "0x1",
        "nul",
        "NaN",
        "1 2",
        r#""a"#,
        r#""\x""#,
        r#""\u12""#,
        "\"\t\"",
        r#"{"a":1,"a":[}"#,
        "'a'",
    ] {
        let text = text.replace('\'', "''");
        assert_eq!(ask(&format!("parse-json('{text}')")), "FOJS0001", "{text}");
        assert_eq!(ask(&format!("json-to-xml('{text}')")), "FOJS0001", "{text}");
    }
}

#[test]
fn characters_that_xml_does_not_allow_are_replaced_or_escaped() {
    for (options, expected) in [
        ("map{}", "\u{FFFD}\u{FFFD}\t\\/\u{FFFD}"),
        ("map{'fallback':lower-case#1}", "\\b\\ud834\t\\/\\u0000"),
        ("map{'escape':true()}", r"\b\uD834\t\\/\u0000"),
    ] {
        let query = format!(r#"parse-json('"\b\uD834\t\\\/\u0000"', {options})"#);
        assert_eq!(ask(&query), expected, "{options}");
    }
}

#[test]
fn values_go_to_xml_and_back() {
    let text = r#"{"a":[1,"x\\y\"",true,null],"b":{"c":1.5E0}}"#;
    let query = format!("xml-to-json(json-to-xml('{text}'))");
    assert_eq!(ask(&query), r#"{"a":[1,"x\\y\"",true,null],"b":{"c":1.5}}"#);
    let escaped = format!("xml-to-json(json-to-xml('{text}', map{{'escape':true()}}))");
    assert_eq!(ask(&escaped), ask(&query));
    let kept = r#"json-to-xml('{"a":1,"a":2}')//*:number/string()"#;
    assert_eq!(ask(kept), "1 2");
}

#[test]
fn xml_that_is_not_json_is_refused() {
    for (xml, expected) in [
        ("<null/>", "null"),
        ("<map><null key='a'/> <!-- --><null key='b'/></map>", r#"{"a":null,"b":null}"#),
        ("<string escaped='true'>/\\/\"\\u00e9</string>", r#""\/\/\"\u00e9""#),
        ("<boolean> 1 </boolean>", "true"),
        ("<number>1e400</number>", "FOJS0006"),
        ("<number>x</number>", "FOJS0006"),
        ("<boolean>yes</boolean>", "FOJS0006"),
        ("<null>x</null>", "FOJS0006"),
        ("<array>x</array>", "FOJS0006"),
        ("<array><null key='a'/></array>", "FOJS0006"),
        ("<map><null/></map>", "FOJS0006"),
        ("<map><null key='A'/><null key='\\u0041' escaped-key='true'/></map>", "FOJS0006"),
        ("<string><string/></string>", "FOJS0006"),
        ("<null a='b'/>", "FOJS0006"),
        ("<other/>", "FOJS0006"),
        ("<string escaped='true'>\\x</string>", "FOJS0007"),
    ] {
        let query = format!(
            "declare default element namespace 'http://www.w3.org/2005/xpath-functions'; \
             xml-to-json({xml})"
        );
        assert_eq!(ask(&query), expected, "{xml}");
    }
}

#[test]
fn depth_is_bounded_and_costs_no_stack() {
    let limits = Limits { value_depth_max: 100, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let nested = |depth: usize, end: &str| {
        let text = format!("{}{}{end}", "[".repeat(depth), "]".repeat(depth));
        let query = Query::compile(&format!("parse-json('{text}')!1"), &options).unwrap();
        query.boolean(&Environment::default())
    };
    assert!(nested(100, "").is_ok());
    assert!(nested(101, "").is_err_and(|error| error.is_limit()));
    let broken = nested(20_000, "]").unwrap_err();
    assert_eq!(broken.code(), &ErrorCode::Standard("FOJS0001"));
}
