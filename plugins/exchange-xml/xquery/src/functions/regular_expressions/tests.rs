//! Functions on regular expressions, end to end.

use crate::{Environment, Options, Query};

/// The serialized result, or the error's code.
fn ask(query: &str) -> String {
    let query = Query::compile(query, &Options::default()).unwrap();
    match query.serialize(&Environment::default()) {
        Ok(text) => text,
        Err(error) => error.name().local.to_string(),
    }
}

#[test]
fn texts_are_cut_and_replaced() {
    for (query, expected) in [
        ("string-join(tokenize('a,b,,c,', ','), '|')", "a|b||c|"),
        ("string-join(tokenize(' a  b '), '|')", "a|b"),
        ("count(tokenize('', ','))", "0"),
        ("tokenize('abc', 'x*')", "FORX0003"),
        ("replace('abracadabra', 'a(.)', 'a$1$1')", "abbraccaddabbra"),
        ("replace('abc', 'b', '$0$1')", "abc"),
        ("replace('a.b', '.', '$', 'q')", "a$b"),
        ("replace('abc', 'b', '$')", "FORX0004"),
        ("replace('abc', 'b|', '')", "FORX0003"),
        ("replace('', 'b', 'c')", ""),
        ("matches((), 'a')", "false"),
        ("matches('a', 'A', 'z')", "FORX0001"),
        ("matches('a', '(')", "FORX0002"),
    ] {
        assert_eq!(ask(query), expected, "{query}");
    }
}

#[test]
fn groups_lie_in_each_other_as_in_the_pattern() {
    for (text, pattern, expected) in [
        ("abcd", "(a(b))|(c)", "<m>1(a2(b))</m><m>3(c)</m><n>d</n>"),
        ("ab", "a(x?)b", "<m>a1()b</m>"),
        ("ab", "(x?)(ab)", "<m>1()2(ab)</m>"),
        ("ab", "((a)|(b))*", "FORX0003"),
        ("ab", "((a)|(b))+", "<m>2(a)1(3(b))</m>"),
        ("a", "((a))", "<m>1(2(a))</m>"),
    ] {
        let query = format!(
            "declare function local:show($node) {{
                 typeswitch ($node)
                 case text() return string($node)
                 case element(fn:group) return
                     concat($node/@nr, '(', string-join($node/node() ! local:show(.)), ')')
                 default return let $name := substring(local-name($node), 1, 1)
                     return concat('[', $name, ']', string-join($node/node() ! local:show(.)),
                         '[/', $name, ']')
             }};
             analyze-string('{text}', '{pattern}')/* ! local:show(.)
             => string-join() => translate('[]', '{{}}')"
        );
        let found = ask(&query).replace('{', "<").replace('}', ">");
        assert_eq!(found, expected, "{text} {pattern}");
    }
}
