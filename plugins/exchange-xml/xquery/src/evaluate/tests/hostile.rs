//! Queries that would take forever, or all memory, or the stack: each ends at its limit.

use std::time::Duration;

use super::{evaluate, outcome};
use crate::limits::Limits;

/// Small, so that it does not take long to reach them, and no deadline that a busy machine reaches.
fn limits() -> Limits {
    Limits {
        steps_max: 300_000,
        sequence_items_max: 20_000,
        built_bytes_max: 24 * 1024 * 1024,
        deadline: Duration::from_secs(600),
        ..Limits::default()
    }
}

#[test]
fn limits_end_what_would_not_end() {
    let limits = limits();
    for (query, expected) in [
        ("declare function local:f($x) { local:f($x) + 1 }; local:f(1)", "limit call_depth_max"),
        (
            "declare function local:f($x) { for $y in local:f($x) return [$y]?1 }; local:f(1)",
            "limit call_depth_max",
        ),
        ("let $f := function($f) { 1 + $f($f) } return $f($f)", "limit call_depth_max"),
        ("count(1 to 1000000000)", "limit steps_max"),
        ("let $x := 1 to 1000000000 return $x", "limit sequence_items_max"),
        (
            "count(for $a in 1 to 10000, $b in 1 to 10000, $c in 1 to 10000 return 1)",
            "limit steps_max",
        ),
        (
            "fold-left(1 to 100, 'x', function($s, $i) { $s || $s }) => string-length()",
            "limit built_bytes_max",
        ),
        ("fold-left(1 to 5000, [], function($a, $i) { [$a] })", "limit value_depth_max"),
        ("fold-left(1 to 5000, map{}, function($a, $i) { map{1: $a} })", "limit value_depth_max"),
        (
            "fold-left(1 to 5000, function() { 1 }, function($f, $i) { function() { $f() } })()",
            "limit value_depth_max",
        ),
        ("fold-left(1 to 100, <a/>, function($a, $i) { <a>{$a, $a}</a> })", "limit steps_max"),
        ("fold-left(1 to 40, (1, 1), function($a, $i) { ($a, $a) })", "limit sequence_items_max"),
        ("some $x in 1 to 1000000000 satisfies false()", "limit steps_max"),
        ("try { count(1 to 1000000000) } catch * { 1 }", "limit steps_max"),
        ("count(1 to 1000000000) = 1 or 1 = (1, 2)", "limit steps_max"),
        ("for $x in 1 to 1000000000 order by $x return $x", "limit sequence_items_max"),
        ("for $x in 1 to 1000000000 group by $k := $x return $k", "limit sequence_items_max"),
        (
            "<a>{for $i in 1 to 10000 return namespace {'p' || $i} {'u'}}</a> => name()",
            "limit steps_max",
        ),
    ] {
        assert_eq!(outcome(query, &limits), expected, "{query}");
    }
}

#[test]
fn long_texts_are_counted_wherever_a_function_goes_over_them() {
    let limits = limits();
    for (part, call, expected) in [
        ("     ", "tokenize($text)", "limit steps_max"),
        ("smsms", "matches('a', 'a', $text)", "limit steps_max"),
        ("$0x$0", "replace('a', 'b', $text)", "limit built_bytes_max"),
        ("en-gb", "lang('en', $element)", "limit steps_max"),
        ("00000", "format-integer(1, $text)", "limit steps_max"),
    ] {
        let query = format!(
            "let $text := string-join((1 to 10000) ! '{part}') \
             let $element := <a xml:lang='{{$text}}'/> \
             return count((1 to 1000) ! {call})"
        );
        assert_eq!(outcome(&query, &limits), expected, "{call}");
    }
}

#[test]
fn names_are_built_like_other_texts() {
    let limits = limits();
    for constructed in [
        "element {$n} {}",
        "element e {attribute {$n} {}}",
        "attribute {$n} {}",
        "element {'Q{' || $n || '}e'} {}",
        "processing-instruction {$n} {}",
        "element e {processing-instruction {$n} {}}",
        "namespace {$n} {'u'}",
        "element e {namespace {$n} {'u'}}",
        "element e {$e}",
        "element e {$e/@*}",
    ] {
        let query = format!(
            "let $n := string-join((1 to 20000) ! 'a'), \
               $e := element {{$n}} {{attribute {{$n}} {{}}}} \
             return count(for $i in 1 to 2000 return {constructed})"
        );
        assert_eq!(outcome(&query, &limits), "limit built_bytes_max", "{constructed}");
    }
}

#[test]
fn regular_expressions_are_bounded() {
    let limits = Limits { regex_bytes_max: 100, ..limits() };
    let long = "a".repeat(200);
    for pattern in [&*long, "(a{90}b{90}){90}", "(a{9}b{9})\\1"] {
        let query = format!("matches('a', '{pattern}')");
        assert_eq!(outcome(&query, &limits), "limit regex_bytes_max", "{pattern}");
    }
}

#[test]
fn the_deadline_ends_an_evaluation() {
    let limits =
        Limits { deadline: Duration::from_millis(5), steps_max: u64::MAX, ..Limits::default() };
    assert_eq!(outcome("count(1 to 1000000000000)", &limits), "limit deadline");
}

#[test]
fn deep_recursion_has_its_stack() {
    let limits = Limits { deadline: Duration::from_secs(60), ..Limits::default() };
    let deep = format!("{}local:f($n - 1){}", "(1 + ".repeat(100), ")".repeat(100));
    for (query, expected) in [
        (
            format!(
                "declare function local:f($n) {{ if ($n = 0) then 0 else {deep} }}; local:f(1900)"
            ),
            "190000",
        ),
        (
            "declare function local:f($n) { if ($n = 0) then 0 else \
             (for $x in local:f($n - 1) return $x)[1] }; local:f(1900)"
                .to_owned(),
            "0",
        ),
        ("count(fold-left(1 to 900, [], function($a, $i) { [$a] }))".to_owned(), "1"),
        (
            "declare function local:f($n) { <a>{if ($n = 0) then () else local:f($n - 1)}</a> }; \
             count(local:f(200)//a)"
                .to_owned(),
            "200",
        ),
    ] {
        assert_eq!(outcome(&query, &limits), expected, "{query}");
    }
}

#[test]
fn errors_say_where() {
    let limits = Limits::default();
    for (query, place) in [
        ("1 + (2 div 0)", 5),
        ("//station = 60", 0),
        ("for $x in (1, 2) return $x + 'a'", 24),
        ("upper-case(1)", 11),
    ] {
        let error = evaluate(query, &limits).unwrap_err();
        assert_eq!(error.span().unwrap().start, place, "{query}");
    }
}

#[test]
fn a_message_holds_the_beginning_of_a_long_argument() {
    let long = "string-join((1 to 2000) ! 'x')";
    for query in [
        format!("tokenize('a', {long} || '|')"),
        format!("normalize-unicode('a', {long})"),
        format!("resolve-uri('%' || {long}, 'http://a')"),
        format!("format-date(current-date(), '[' || {long} || ']')"),
        format!("format-date(current-date(), '[Y,' || {long} || ']')"),
        format!("format-date(current-date(), '[Y]', 'en', {long}, ())"),
        format!("parse-ietf-date({long})"),
        format!("format-number(1, {long})"),
        format!("format-number(1, '0', {long})"),
        format!("format-integer(1, '0;' || {long})"),
        format!("format-integer(1, '0' || {long})"),
        format!("compare('a', 'b', {long})"),
        format!(
            "compare('a', 'b', 'http://www.w3.org/2013/collation/UCA?fallback=no;a=' || {long})"
        ),
        format!(
            "serialize(map {{ {long}: 1, xs:anyURI({long}) : 2 }}, map {{ 'method': 'json' }})"
        ),
        format!("serialize(1, map {{ 'method': {long} }})"),
        format!("serialize(1, map {{ 'encoding': {long} }})"),
        format!("serialize(1, map {{ 'normalization-form': {long} }})"),
        format!("serialize(1, map {{ 'version': {long} }})"),
        format!("serialize(1, map {{ 'use-character-maps': map {{ {long}: 'a' }} }})"),
        format!("map:merge((), map {{ 'duplicates': {long} }})"),
        format!("parse-json('{{}}', map {{ 'duplicates': {long} }})"),
        format!(
            "let $k := '\"' || {long} || '\":1' return parse-json('{{' || $k || ',' || $k || '}}', \
                 map {{ 'duplicates': 'reject' }})"
        ),
    ] {
        let error = evaluate(&query, &Limits::default()).unwrap_err();
        assert!(error.message().len() < 200, "{query}: {} bytes", error.message().len());
        assert!(!error.is_limit(), "{query}: {error}");
    }
}
