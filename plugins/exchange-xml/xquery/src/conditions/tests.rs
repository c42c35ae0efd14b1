//! What queries come down to.

use crate::{Options, Query};

fn conditions(query: &str) -> super::Conditions {
    Query::compile(query, &Options::default()).unwrap().conditions()
}

/// Branches by `|`, terms by `&`, a `~` behind those that leave something to evaluate.
fn printed(query: &str) -> String {
    let branches = conditions(query).branches;
    let branch = |branch: &super::Branch| {
        let terms: Vec<String> = branch.terms.iter().map(ToString::to_string).collect();
        terms.join(" & ") + if branch.is_exact { "" } else { " ~" }
    };
    branches.iter().map(branch).collect::<Vec<_>>().join(" | ")
}

#[test]
fn queries_come_down_to_branches_of_terms() {
    for (query, expected) in [
        ("./a/b > 5 and ./a/@c = 'x'", "/a/b > 5 & /a/@c = \"x\""),
        ("./a = 1 or not(./b)", "/a = 1 | not(exists(/b))"),
        ("(./a or ./b) and ./c", "exists(/c) & exists(/a) | exists(/c) & exists(/b)"),
        ("5 < ./a", "/a > 5"),
        ("./a = ('x', 'y')", "/a = \"x\" | /a = \"y\""),
        ("let $w := ./w return $w/t > 5", "/w/t > 5"),
        ("for $w in ./w where $w/t > 5 return true()", "exists(/w) & /w/t > 5"),
        ("/w[t > 5]", "exists(/w) & /w/t > 5"),
        ("//i[@a = 'x']", "//i/@a = \"x\""),
        ("//i[@a = 'x' and p > 5]", "exists(//i) & //i/@a = \"x\" & //i/p > 5 ~"),
        ("some $i in //i satisfies $i/p > 5", "//i/p > 5"),
        ("if (./a) then ./b else ./c", "exists(/a) & exists(/b) | not(exists(/a)) & exists(/c)"),
        ("contains(./a, 'x')", "contains(/a, \"x\")"),
        ("./a + 1 = 2", " ~"),
        ("./a/b = ./a/c", "exists(/a/b) & exists(/a/c) ~"),
        ("false()", ""),
    ] {
        assert_eq!(printed(query), expected, "{query}");
    }
}

#[test]
fn what_fails_first_is_not_negated() {
    assert_eq!(printed("not(./a[b > 5])"), " ~");
    assert_eq!(printed("not(./a[b = 'x'])"), "not(exists(/a)) | not(/a/b = \"x\")");
}

/// Queries that say one condition in ever more places: each level would double what they come to.
#[test]
fn a_query_that_repeats_itself_stays_small() {
    let nested = (0..60).fold("/a".to_owned(), |query, level| {
        format!("if ({query}) then /b{level} else /c{level}")
    });
    let lets = |first: &str| {
        let lets = (1..60).map(|n| format!("let $v{n} := $v{0}[exists($v{0})] ", n - 1));
        format!("let $v0 := {first} {} return exists($v59)", lets.collect::<String>())
    };
    let globals = (1..16).map(|n| {
        let same = vec![format!("exists($v{})", n - 1); 10].join(" and ");
        format!("declare variable $v{n} := $v{}[{same}]; ", n - 1)
    });
    let globals =
        format!("declare variable $v0 := /a; {}exists($v15)", globals.collect::<String>());
    let many = (0..400).map(|n| format!("/a{n}")).collect::<Vec<_>>();
    for query in [
        nested,
        lets("/a"),
        lets(".[./a + 1 = 2]"),
        globals,
        many.join(" and "),
        format!("({})", many.join(" or ")),
    ] {
        let branches = conditions(&query).branches;
        assert!(branches.len() <= 64, "{} branches", branches.len());
        assert!(branches.iter().all(|branch| branch.terms.len() <= 16));
    }
}
