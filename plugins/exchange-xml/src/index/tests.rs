//! What an index finds, by rule.

mod agreement;

use philter_xquery::{Atomic, Document, DocumentLimits, Options, Query};

use super::*;

/// A message of a body and one header, `h`.
struct Message {
    document: Option<Document>,
    header: Option<Atomic>,
    asked: std::cell::Cell<usize>,
}

impl<'d> Asked<'d> for &'d Message {
    fn variable(&self, name: &str) -> Option<Atomic> {
        self.header.clone().filter(|_| name == "h")
    }

    fn body(&self) -> Body<'d> {
        self.asked.set(self.asked.get() + 1);
        self.document.as_ref().map_or(Body::Unreadable, Body::Document)
    }
}

fn message(body: &str, header: Option<Atomic>) -> Message {
    let document = Document::parse(body, &DocumentLimits::default()).ok();
    Message { document, header, asked: std::cell::Cell::default() }
}

fn insert(index: &mut Index<u32>, query: &str, owner: u32) -> EntryId {
    let query = format!("declare variable $h external; {query}");
    let query = Query::compile(&query, &Options::default()).unwrap();
    index.insert(&query.conditions(), query.reads_context_item(), owner)
}

/// The owners that are decided to match, and those to evaluate.
fn decided(index: &Index<u32>, message: &Message) -> (Vec<u32>, Vec<u32>) {
    let decision = index.decide(&message).unwrap();
    let owners = |ids: Vec<EntryId>| ids.iter().map(|id| index.get(*id).unwrap().owner).collect();
    (owners(decision.matched), owners(decision.evaluate))
}

#[test]
fn ways_are_told_apart() {
    let mut index = Index::default();
    for (query, way) in [
        ("true()", Way::Constant),
        ("./a = 'x' and 1 = 2", Way::Constant),
        ("./a/b = 5 and ./a/c > 3", Way::Indexed),
        ("./a/b = 5 or $h = 'x'", Way::Indexed),
        ("let $w := ./a return $w/b = 'x' and $w/c < 2", Way::Indexed),
        ("some $i in //item satisfies $i/@id = '7'", Way::Indexed),
        ("//item[@id = '7']", Way::Indexed),
        ("/a[b = 5 and c = 6]", Way::Indexed),
        ("//item[@id = '7' and price > 5]", Way::Residual),
        ("./a/b = 5 and ./a/c + 1 = 2", Way::Residual),
        ("./a/b = ./a/c", Way::Residual),
        ("not(./a/b)", Way::Scanned),
        ("./a/b + 1", Way::Evaluated),
    ] {
        let entry = insert(&mut index, query, 0);
        assert_eq!(index.get(entry).unwrap().way, way, "{query}");
    }
}

#[test]
fn a_conjunct_is_filed_under_its_most_selective_term() {
    let mut index = Index::default();
    for number in 0..10 {
        let query = format!("./a/kind = 'x' and ./a/id = '{number}' and ./a/b > 1 and ./a/c");
        let entry = insert(&mut index, &query, number);
        let found_by = index.found_by(entry);
        if number > 0 {
            assert_eq!(found_by, [[format!("/a/id = \"{number}\"")]]);
        }
    }
    let body = "<a><kind>x</kind><id>7</id><b>2</b><c/></a>";
    assert_eq!(decided(&index, &message(body, None)), (vec![7], vec![]));
}

#[test]
fn two_bounds_of_one_number_are_filed_together() {
    let mut index = Index::default();
    for number in 0..100 {
        let next = number + 1;
        let entry = insert(&mut index, &format!("./a > {number} and ./a < {next}"), 100 + number);
        assert_eq!(index.found_by(entry), [[format!("/a > {number}"), format!("/a < {next}")]]);
    }
    assert_eq!(decided(&index, &message("<a>7.5</a>", None)).0, [107]);
}

#[test]
fn values_of_every_kind_find_their_terms() {
    for (term, matching, other) in [
        ("./a = 'x'", "x", "y"),
        ("./a != 'x'", "y", "x"),
        ("./a > 'm'", "n", "m"),
        ("./a >= 'm'", "m", "l"),
        ("./a < 'm'", "l", "m"),
        ("./a <= 'm'", "m", "n"),
        ("./a = 5", " 5.0 ", "6"),
        ("./a = 0", "-0", "x"),
        ("./a != 5", "6", "5"),
        ("./a > 5", "5.1", "5"),
        ("./a >= 5", "5", "4.9"),
        ("./a < 5", "-INF", "NaN"),
        ("5 > ./a", "4", "5"),
        ("./a = ('x', 'y')", "y", "z"),
        ("starts-with(./a, 'ab')", "abc", "a"),
        ("contains(./a, 'bc')", "abcd", "cb"),
        ("ends-with(./a, 'bc')", "abc", "bcd"),
        ("./a eq 'x'", "x", "y"),
        ("not(./a > 5)", "5", "x"),
        ("empty(./b)", "", "<b/>"),
    ] {
        let mut index = Index::default();
        insert(&mut index, term, 1);
        let holds = |value: &str| decided(&index, &message(&format!("<a>{value}</a>"), None));
        assert_eq!(holds(matching), (vec![1], vec![]), "{term} of {matching}");
        if !other.starts_with('<') {
            assert_eq!(holds(other), (vec![], vec![]), "{term} of {other}");
        }
    }
}

#[test]
fn headers_have_types() {
    let text = |text: &str| Some(Atomic::string(text));
    let number = |number: i128| Some(Atomic::integer(number));
    for (term, header, expected) in [
        ("$h = 'x'", text("x"), true),
        ("$h = 'x'", number(1), false),
        ("$h = 1", number(1), true),
        ("$h = 1", text("1"), false),
        ("$h > 9007199254740992", number(9_007_199_254_740_993), true),
        ("$h < 2", Some(Atomic::Double(1.5)), true),
        ("$h", Some(Atomic::Boolean(true)), true),
        ("$h", Some(Atomic::Boolean(false)), false),
        ("$h = true()", Some(Atomic::Boolean(true)), true),
        ("$h = 'x' or ./a", None, true),
        ("not($h = 'x')", text("y"), true),
        ("not($h = 'x')", None, false),
        ("not($h = 'x')", number(1), false),
    ] {
        let mut index = Index::default();
        insert(&mut index, term, 1);
        let (matched, evaluate) = decided(&index, &message("<a/>", header.clone()));
        assert_eq!(!matched.is_empty(), expected, "{term} of {header:?}");
        assert!(evaluate.is_empty(), "{term}");
    }
}

#[test]
fn several_nodes_meet_two_bounds_together() {
    let mut index = Index::default();
    insert(&mut index, ".//p > 10 and .//p < 5", 1);
    let body = |prices: &str| message(&format!("<a>{prices}</a>"), None);
    assert_eq!(decided(&index, &body("<p>1</p><p>20</p>")).0, [1]);
    assert!(decided(&index, &body("<p>7</p>")).0.is_empty());
}

#[test]
fn the_body_is_left_alone_where_headers_decide() {
    let mut index = Index::default();
    insert(&mut index, "$h = 'x' and ./a/b = ('p', 'q')", 1);
    insert(&mut index, "$h = 'y'", 2);
    let other = message("<a><b>q</b></a>", Some(Atomic::string("y")));
    assert_eq!(decided(&index, &other).0, [2]);
    assert_eq!(other.asked.get(), 0);
    let matching = message("<a><b>q</b></a>", Some(Atomic::string("x")));
    assert_eq!(decided(&index, &matching).0, [1]);
    assert_eq!(matching.asked.get(), 1);
}

#[test]
fn what_cannot_be_read_makes_no_term_about_it_true() {
    let mut index = Index::default();
    insert(&mut index, "not(./a)", 1);
    insert(&mut index, "empty(//b) or $h = 'x'", 2);
    let unreadable = message("<a", Some(Atomic::string("x")));
    assert_eq!(decided(&index, &unreadable), (vec![2], vec![]));
}

#[test]
fn what_is_removed_leaves_nothing() {
    let mut index = Index::default();
    let queries = [
        "true()",
        "./a = 'x' or $h > 5",
        "./a = 'x' and starts-with(./b, 'y')",
        "./a = 'x'",
        "not(//c)",
        "./a[1] > ./b",
        "./a < 5 and ./a > 'z' and ./b <= 'y' and $h < 2",
    ];
    let entries: Vec<_> = (0..).zip(queries).map(|(n, q)| insert(&mut index, q, n)).collect();
    for (owner, entry) in (0..).zip(entries) {
        assert_eq!(index.remove(entry), Some(owner));
        assert_eq!(index.remove(entry), None);
    }
    assert!(index.conjuncts.is_empty() && index.always.is_empty() && index.unfiled.is_empty());
    assert_eq!(index.filed_by_path, 0);
    assert_eq!(index.subjects.variables().count(), 0);
    assert_eq!(index.len(), 0);
}

#[test]
fn a_variable_of_a_namespace_is_no_header() {
    let mut index = Index::default();
    let prolog = "declare namespace p = 'urn:p'; declare variable $p:h external; \
        declare variable $h external; ";
    for (owner, query) in ["$p:h = 1", "$h = 1", "not($p:h = 1)"].into_iter().enumerate() {
        let query = Query::compile(&format!("{prolog}{query}"), &Options::default()).unwrap();
        let reads = query.reads_context_item();
        index.insert(&query.conditions(), reads, u32::try_from(owner).unwrap());
    }
    let message = message("", Some(Atomic::integer(1)));
    assert_eq!(decided(&index, &message), (vec![1], vec![]));
}
