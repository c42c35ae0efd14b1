//! What becomes of expressions.

use super::{compile_with, program};
use crate::atomic::Atomic;
use crate::expression::{Axis, Clause, Expr, Kind};
use crate::name::QName;
use crate::options::{Options, StaticVariable};

/// The axes of a path's steps, with a `!` where its nodes have to be sorted.
fn path(expr: &Expr) -> String {
    let axis = |axis: Axis| format!("{axis:?}");
    match &expr.kind {
        Kind::Path { base, step, sorted, .. } => {
            format!("{} {}{}", path(base), path(step), if *sorted { "" } else { "!" })
        }
        Kind::Step { axis: it, predicates, .. } => {
            let marks = predicates.iter().map(|predicate| match predicate.constant_position {
                Some(position) => format!("[{position}]"),
                None if predicate.is_boolean => "[b]".to_owned(),
                None => "[?]".to_owned(),
            });
            axis(*it) + &marks.collect::<String>()
        }
        Kind::Root => "/".to_owned(),
        Kind::ContextItem => ".".to_owned(),
        Kind::Local(_) => "$".to_owned(),
        Kind::Filter { base, .. } => format!("({})[]", path(base)),
        _ => "?".to_owned(),
    }
}

#[test]
fn paths_are_short_and_sorted_where_that_is_known() {
    for (query, expected) in [
        ("/a/b", "/ Child Child"),
        ("./a/@b", "Child Attribute"),
        ("//a", "/ Descendant"),
        (".//a", "Descendant"),
        ("a//b", "Child Descendant"),
        ("//a[b]", "/ Descendant[b]"),
        ("//a[b = 1][@c]", "/ Descendant[b][b]"),
        ("//a[1]", "/ DescendantOrSelf Child[1]!"),
        ("//a[last()]", "/ DescendantOrSelf Child[?]!"),
        ("//a[@n + 1]", "/ DescendantOrSelf Child[?]!"),
        ("//a[position() < 3]", "/ DescendantOrSelf Child[b]!"),
        ("//a/b", "/ Descendant Child!"),
        ("//a/@b", "/ Descendant Attribute"),
        ("//a//b", "/ Descendant Descendant!"),
        ("a[position() = 2]/b/c", "Child[2] Child Child"),
        ("a/..", "Child Parent!"),
        ("../a", "Parent Child"),
        ("a[1]/following-sibling::b", "Child[1] FollowingSibling"),
        ("(//a)[1]/b", "(/ Descendant)[] Child"),
        ("for $x in //a return $x/b/c", "$ Child Child"),
        ("let $x := //a return $x/b", "$ Child!"),
        ("let $x := /a return $x/b", "$ Child"),
    ] {
        let program = program(query);
        let expr = match &program.body.kind {
            Kind::Flwor { result, .. } => result,
            _ => &program.body,
        };
        assert_eq!(path(expr), expected, "{query}");
    }
}

#[test]
fn constants_take_no_slots() {
    for (query, slots) in [
        ("let $a := 1 return $a", 0),
        ("let $a as xs:integer := 1 return $a", 0),
        ("let $a as xs:double := 1 return $a", 1),
        ("let $a := /b return $a", 1),
        ("for $a in 1, $b at $c in 2 return $a", 3),
        ("let $a := 1 for $b in (1, 2) group by $c := $b return $a", 3),
        ("declare variable $a := 'x'; $a", 0),
    ] {
        assert_eq!(program(query).body_slots, slots, "{query}");
    }
    let program = program("declare variable $a := 'x'; $a");
    assert!(matches!(&program.body.kind, Kind::Literal(Atomic::String(..))));
}

#[test]
fn functions_capture_what_they_use() {
    let program = program("for $a in 1, $b in 2 return function($c) {$b + $c + position()}");
    let Kind::Flwor { clauses, result } = &program.body.kind else { panic!() };
    assert!(matches!(clauses.as_slice(), [Clause::For(_), Clause::For(_)]));
    let Kind::FunctionItem { function, captured } = &result.kind else { panic!() };
    assert_eq!(captured, &[1]);
    let declaration = &program.functions[*function];
    assert_eq!((declaration.captured.as_slice(), declaration.slots), (&[1][..], 2));
}

#[test]
fn chains_are_flat() {
    let program = program("a and b and (c and d) and (e or f or g)");
    let Kind::And(all) = &program.body.kind else { panic!() };
    assert_eq!(all.len(), 5);
    assert!(matches!(&all[4].kind, Kind::Or(any) if any.len() == 3));
}

#[test]
fn the_program_knows_what_it_asks_its_caller_for() {
    for (query, reads, variables) in [
        ("a", true, ""),
        ("1", false, ""),
        ("$e", false, "e"),
        ("$d", false, "e"),
        ("local:f()", false, "e"),
        ("local:g()", true, ""),
        ("(1, 2)[. > 1]", false, ""),
        ("(a)[. > 1]", true, ""),
        ("(1, 2)[$e]", false, "e"),
        ("function($x) {$e, .}", false, "e"),
        ("name()", true, ""),
        ("name#0", true, ""),
        ("1 ! name()", false, ""),
        ("position()", true, ""),
        ("contains(?, $e)", false, "e"),
        ("lang('en')", true, ""),
        ("function-lookup(xs:QName('local:f'), 0)", true, "e"),
        ("?a", true, ""),
        ("/", true, ""),
        ("1 > 2 and a = $e", false, ""),
    ] {
        let prolog = "declare variable $e external; declare variable $unused external; \
            declare variable $d := $e; declare variable $n := a; \
            declare function local:f() {$d, .}; declare function local:g() {$n}; ";
        let program = program(&format!("{prolog}{query}"));
        assert_eq!(program.analysis.reads_context_item, reads, "{query}");
        let names = program.analysis.external_variables.iter();
        let names: Vec<_> = names.map(|index| &*program.globals[*index].name.local).collect();
        assert_eq!(names.join(" "), variables, "{query}");
    }
    let program = program("declare context item := 1; . + 1");
    assert!(!program.analysis.reads_context_item);
}

#[test]
fn true_and_false_are_known_before() {
    for (query, constant) in [
        ("true()", Some(true)),
        ("((false()))", Some(false)),
        ("declare variable $a external; (true())", Some(true)),
        ("1 > 2 and a", Some(false)),
        ("1", None),
        ("a", None),
    ] {
        assert_eq!(program(query).analysis.constant, constant, "{query}");
    }
}

#[test]
fn the_host_gives_variables_and_takes_functions_away() {
    let variable = |local: &str, kind: Option<&str>| StaticVariable {
        name: QName::new("", local),
        kind: kind.map(str::to_owned),
    };
    let options = Options {
        variables: vec![variable("a", Some("xs:string?")), variable("b", None)],
        refused_functions: vec![QName::new(crate::name::namespace::FN, "doc")],
        ..Options::default()
    };
    let program = compile_with("declare variable $b external; $a = $b", &options).unwrap();
    let names: Vec<_> = program.globals.iter().map(|global| global.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "b"]);
    assert_eq!(program.analysis.external_variables, [0, 2]);
    assert_eq!(program.globals[0].kind.as_ref().unwrap().to_string(), "xs:string?");
    let error = compile_with("doc('a')", &options).unwrap_err();
    assert_eq!(error.message(), "fn:doc is not available here");
    let options = Options { variables: vec![variable("a", Some("xs:none"))], ..options };
    assert_eq!(compile_with("1", &options).unwrap_err().code().to_string(), "XPST0051");
}

#[test]
fn literals_are_evaluated_before_and_what_fails_fails_later() {
    for (query, expected) in [
        ("1 + 2 * 3", Some("7")),
        ("-(1)", Some("-1")),
        ("1 div 0", None),
        ("1 = 1", Some("true")),
        ("'a' lt 'b'", Some("true")),
        ("1 = 'a'", None),
        ("a and false()", Some("false")),
        ("a or 1 = 1 or $none", None),
        ("a or 1 = 1", Some("true")),
        ("true() and true()", Some("true")),
        ("not(false())", Some("true")),
        ("if (1 < 2) then 'x' else 1 div 0", Some("x")),
        ("let $a := 5 return $a * 2 > 9", Some("true")),
    ] {
        let compiled = compile_with(query, &Options::default());
        let literal = compiled.ok().and_then(|program| match &program.body.kind {
            Kind::Literal(value) => Some(value.to_text().into_owned()),
            _ => None,
        });
        assert_eq!(literal.as_deref(), expected, "{query}");
    }
    let Kind::Boolean(only) = program("a and true()").body.kind else { panic!() };
    assert!(matches!(only.kind, Kind::Step { .. }));
}
