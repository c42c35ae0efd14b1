//! Texts that are meant to hurt: deep, long, unfinished, random.

use proptest::prelude::*;

use super::super::parse;
use crate::error::ErrorCode;
use crate::limits::Limits;

/// What opens, what stands inside, what closes.
const BRACKETS: [(&str, &str, &str); 28] = [
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("a[", "1", "]"),
    ("f(", "1", ")"),
    ("$f(", "1", ")"),
    ("map{1:", "1", "}"),
    ("array{", "1", "}"),
    ("<a>", "", "</a>"),
    ("<a>{", "1", "}</a>"),
    ("<a b='{", "1", "}'/>"),
    ("element a{", "1", "}"),
    ("element {", "1", "} {}"),
    ("text{", "1", "}"),
    ("``[`{", "1", "}`]``"),
    ("(#a#){", "1", "}"),
    ("ordered{", "1", "}"),
    ("validate{", "1", "}"),
    ("try{", "1", "}catch*{1}"),
    ("if(", "1", ")then 1 else 1"),
    ("if(1)then ", "1", " else 1"),
    ("for $a in ", "1", " return 1"),
    ("some $a in 1 satisfies ", "1", ""),
    ("switch(", "1", ")case 1 return 1 default return 1"),
    ("function(){", "1", "}"),
    ("1 instance of function(", "item()", ") as item()"),
    ("$a?(", "1", ")"),
    ("1 =>(", "f", ")()"),
    ("-(", "1", ")"),
];

fn nested((open, inside, close): (&str, &str, &str), depth: usize) -> String {
    // A type holds only types.
    let rest = open.strip_prefix("1 instance of ").unwrap_or(open);
    [open, &rest.repeat(depth - 1), inside, &close.repeat(depth)].concat()
}

#[test]
fn every_bracket_may_lie_deep_and_is_refused_when_deeper() {
    let limits = Limits { query_bytes_max: 10_000_000, ..Limits::default() };
    for bracket in BRACKETS {
        let shallow = nested(bracket, 100);
        if let Err(error) = parse(&shallow, &limits) {
            panic!("{shallow}: {error}");
        }
        let error = parse(&nested(bracket, 10_000), &limits).map(drop).unwrap_err();
        assert_eq!(*error.code(), ErrorCode::Limit("nesting_max"), "{}: {error}", bracket.0);
    }
}

#[test]
fn long_chains_of_operators_are_refused() {
    for link in
        ["+1", " or a", "/a", "[1]", "(1)", "!a", "=>f()", "|a", "?a", "||a", "//a", " return 1"]
    {
        let start = if link.starts_with(['(', '?']) { "$a" } else { "a" };
        let start = if link == " return 1" { "for $a in a" } else { start };
        let chain = if link == " return 1" {
            [start, &" let $a := 1".repeat(5_000), link].concat()
        } else {
            [start, &link.repeat(65_000 / link.len())].concat()
        };
        let error = parse(&chain, &Limits::default()).map(drop).unwrap_err();
        assert_eq!(*error.code(), ErrorCode::Limit("nesting_max"), "{link}: {error}");
    }
}

#[test]
fn long_lists_of_signs_commas_and_comments_are_no_depth() {
    let limits = Limits::default();
    for source in [
        ["-".repeat(60_000), "1".to_owned()].concat(),
        ["1".to_owned(), ",1".repeat(30_000)].concat(),
        ["(:".repeat(15_000), ":)".repeat(15_000), "1".to_owned()].concat(),
        ["f(1".to_owned(), "(::),1".repeat(10_000), ")".to_owned()].concat(),
        ["<a>".to_owned(), "<b/>{1}&lt;".repeat(5_000), "</a>".to_owned()].concat(),
        ["``[".to_owned(), "`{}`".repeat(15_000), "]``".to_owned()].concat(),
        ["'".to_owned(), "''".repeat(30_000), "'".to_owned()].concat(),
        "a".repeat(60_000),
    ] {
        if let Err(error) = parse(&source, &limits) {
            panic!("{error}: {:.20}…", source);
        }
    }
}

#[test]
fn what_has_no_end_is_an_error() {
    let limits = Limits { nesting_max: 100_000, ..Limits::default() };
    let openings = [
        "(",
        "[",
        "{",
        "<a>",
        "<a b='",
        "<!--",
        "<?a ",
        "<![CDATA[",
        "'",
        "\"",
        "(:",
        "(#a ",
        "``[",
        "``[`{",
        "Q{",
        "&",
        "&#",
        "$",
        "@",
        "%a(",
        "map{",
        "element a{",
        "<a",
        "</",
        "if(",
        "for $",
        "declare function ",
        "a:",
        "*:",
        "?",
        "-",
        "a/",
        "a!",
        "a=>",
        "a[",
        "f#",
        "typeswitch(",
        "try{",
    ];
    for opening in openings {
        for count in [1, 3, 101, (15_000 / opening.len()) | 1] {
            assert!(parse(&opening.repeat(count), &limits).is_err(), "{opening}");
        }
        assert!(parse(&["<a>", opening].concat(), &limits).is_err(), "<a>{opening}");
    }
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    let limits = Limits { query_bytes_max: 3, ..Limits::default() };
    assert!(parse("123", &limits).is_ok());
    let error = parse("1234", &limits).map(drop).unwrap_err();
    assert_eq!(*error.code(), ErrorCode::Limit("query_bytes_max"));
}

/// Pieces of queries.
const TOKENS: &str = "
    for let in := return where order by group count some every satisfies if then else switch case
    default typeswitch as instance of cast treat castable try catch map array function element
    attribute text document validate declare variable namespace import module xquery version ; , (
    ) [ ] { } $a $ a p:a *:a p:* * @ / // . .. :: child:: + - = != < <= << > >= >> | || ! => ? # %
    1 1.5 1e3 'a' \"b\" <a> </a> <a/> <a b=' '/> <!-- --> <?a ?> <![CDATA[ ]]> (: :) (# #) ``[ `{
    }` ]`` {{ }} &lt; &#65; Q{u}a Q{ and or div idiv mod union intersect except to eq is item()
    node() empty-sequence() document-node( start end when sliding tumbling window only previous
    next";

fn token() -> impl Strategy<Value = String> {
    let tokens: Vec<&'static str> = TOKENS.split_whitespace().collect();
    let space = prop_oneof![Just(""), Just(" "), Just("\n")];
    (prop::sample::select(tokens), space).prop_map(|(token, space)| format!("{token}{space}"))
}

fn ends_within(source: &str) {
    let limits = Limits::default();
    match parse(source, &limits) {
        Ok(module) => drop(super::printed::module(&module)),
        Err(error) => {
            let span = error.span().expect("an error has a place");
            assert!(
                span.start <= span.end && span.end as usize <= source.len(),
                "{source}: {error}"
            );
            let _ = error.in_source(source).report();
        }
    }
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused_at_a_place(source in "\\PC{0,200}") {
        ends_within(&source);
    }

    #[test]
    fn any_tokens_parse_or_are_refused_at_a_place(tokens in prop::collection::vec(token(), 0..60)) {
        ends_within(&tokens.concat());
    }
}
