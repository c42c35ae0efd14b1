//! Deep equality: what it sees of values and nodes, and what it does not.

use crate::{Environment, Options, Query};

fn result(query: &str) -> Result<bool, String> {
    let query = Query::compile(query, &Options::default()).unwrap();
    query.boolean(&Environment::default()).map_err(|error| error.code().to_string())
}

#[test]
fn what_is_equal_deeply_and_what_is_not() {
    for (left, right, equal) in [
        ("()", "()", true),
        ("(1, 2)", "(1, 2)", true),
        ("(1, 2)", "(1, 2, 3)", false),
        ("number('x')", "number('x')", true),
        ("1", "'1'", false),
        ("xs:untypedAtomic('1')", "'1'", true),
        ("<a/>", "1", false),
        ("<a b='1' c='2'/>", "<a c='2' b='1'/>", true),
        ("<a b='1' c='2'/>", "<a b='1' d='2'/>", false),
        ("<a b='1'/>", "<a b='1' c='2'/>", false),
        ("<a><b/>x</a>", "<a><b/>x</a>", true),
        ("<a><b/>x</a>", "<a><b>x</b></a>", false),
        ("<a><b/><c/></a>", "<a><b><c/></b></a>", false),
        ("<a>x<!--y--></a>", "<a>x</a>", true),
        ("<a>x<!--y-->z</a>", "<a>xz</a>", false),
        ("<p:a xmlns:p='u'/>", "<q:a xmlns:q='u'/>", true),
        ("comment { 'a' }", "comment { 'b' }", false),
        ("document { <a/>, <b/> }", "document { <a/>, <b/> }", true),
        ("map { 1: 'a', 2: <b/> }", "map { 2.0: <b/>, 1e0: 'a' }", true),
        ("map { 1: 'a' }", "map { 2: 'a' }", false),
        ("[1, (2, 3), [<a/>]]", "[1, (2, 3), [<a/>]]", true),
        ("[1, 2]", "[(1, 2)]", false),
        ("[1]", "map { 1: 1 }", false),
    ] {
        let ways = [(left, right), (right, left)];
        for (left, right) in ways {
            let query = format!("deep-equal({left}, {right})");
            assert_eq!(result(&query), Ok(equal), "{query}");
        }
    }
}

#[test]
fn functions_are_not_compared() {
    assert_eq!(result("deep-equal(abs#1, abs#1)"), Err("FOTY0015".to_owned()));
    assert_eq!(result("deep-equal([abs#1], [abs#1])"), Err("FOTY0015".to_owned()));
}

#[test]
fn depth_takes_heap_not_stack() {
    let deep = "fold-left(1 to 100, <a/>, function($n, $i) { <a>{ $n }</a> })";
    assert_eq!(result(&format!("deep-equal({deep}, {deep})")), Ok(true));
    let deep = "fold-left(1 to 900, [], function($n, $i) { [$n] })";
    assert_eq!(result(&format!("deep-equal({deep}, {deep})")), Ok(true));
}
