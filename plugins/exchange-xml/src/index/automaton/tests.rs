//! Which nodes paths lead to.

use philter_xquery::conditions::{Conditions, Subject};
use philter_xquery::{DocumentLimits, DocumentReader, Options, Query};

use super::*;

/// The path of a query that asks for one.
fn path(text: &str) -> Path {
    let text = format!("declare namespace p = 'urn:p'; {text}");
    let conditions = Query::compile(&text, &Options::default()).unwrap().conditions();
    let Conditions { branches, .. } = conditions;
    match &branches[0].terms[0].subject {
        Subject::Path(path) => path.clone(),
        Subject::Variable(name) => panic!("{name} is no path"),
    }
}

fn read(paths: &[&str], document: &str) -> Vec<(SubjectId, String)> {
    let mut automaton = Automaton::default();
    for (subject, text) in paths.iter().enumerate() {
        automaton.add(&path(text), u32::try_from(subject).unwrap());
    }
    let document = Document::parse(document, &DocumentLimits::default()).unwrap();
    let mut hits = Vec::new();
    automaton.read(&document, &mut hits);
    hits.into_iter().map(|hit| (hit.subject, hit.value.to_owned())).collect()
}

fn values(text: &str, document: &str) -> Vec<String> {
    read(&[text], document).into_iter().map(|(_, value)| value).collect()
}

#[test]
fn a_path_leads_to_the_nodes_that_it_names() {
    let document = "<a x='0'><b x='1'>2<c>3</c></b><b>4</b><d><b y='5'>6</b></d><!--7--></a>";
    for (path, expected) in [
        ("/a", &["2346"][..]),
        ("/b", &[]),
        ("/a/b", &["23", "4"]),
        ("/a/b/c", &["3"]),
        ("/a/@x", &["0"]),
        ("/a/b/@x", &["1"]),
        ("//b", &["23", "4", "6"]),
        ("//@x", &["0", "1"]),
        ("/a//b", &["23", "4", "6"]),
        ("/a/*/b", &["6"]),
        ("/*/*", &["23", "4", "6"]),
        ("//b/@*", &["1", "5"]),
        ("//b/text()", &["2", "4", "6"]),
        ("//d//text()", &["6"]),
        ("/a/d/e/f", &[]),
    ] {
        assert_eq!(values(path, document), expected, "{path}");
    }
}

#[test]
fn names_have_namespaces() {
    let document = "<a xmlns='urn:p' xmlns:q='urn:q'><b q:x='1' x='2'/><q:b/><c xmlns=''>3</c></a>";
    for (path, expected) in [
        ("/a", 0),
        ("/p:a", 1),
        ("/p:a/p:*", 1),
        ("/p:a/*:b", 2),
        ("/*:a/c", 1),
        ("/p:a/p:b/@x", 1),
        ("/p:a/p:b/@*:x", 2),
    ] {
        assert_eq!(values(path, document).len(), expected, "{path}");
    }
}

#[test]
fn a_node_is_had_once_however_many_ways_lead_to_it() {
    let document = "<a><a><a><b>1</b></a></a></a>";
    assert_eq!(values("//a//b", document), ["1"]);
    assert_eq!(values("//a//a//b", document), ["1"]);
}

#[test]
fn paths_are_read_together() {
    let read = read(&["/a/b", "//b", "/a/b/@x", "/a/*"], "<a><b x='1'>2</b></a>");
    let mut subjects: Vec<_> = read.into_iter().map(|(subject, _)| subject).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, [0, 1, 2, 3]);
}

#[test]
fn what_is_removed_is_gone_and_what_shares_its_way_stays() {
    let mut automaton = Automaton::default();
    let paths = ["/a/b", "/a/b/c", "/a//d", "/a/*/@x"].map(path);
    for (subject, path) in paths.iter().enumerate() {
        automaton.add(path, u32::try_from(subject).unwrap());
    }
    for removed in 0..paths.len() {
        automaton.remove(&paths[removed]);
        for (subject, path) in paths.iter().enumerate() {
            let expected = (subject > removed).then_some(u32::try_from(subject).unwrap());
            assert_eq!(automaton.find(path), expected, "{path} after {removed}");
        }
    }
    assert_eq!(automaton.states.len(), 1, "the start");
    assert!(!automaton.states[0].leads_below);
    assert_eq!(automaton.names.find("", "a"), None);
}

#[test]
fn names_that_come_and_go_are_known_to_the_next_document() {
    let reader = DocumentReader::new(DocumentLimits::default());
    let mut automaton = Automaton::default();
    let count = |automaton: &Automaton| {
        let document = reader.read(b"<a x='1'>2<b>3</b></a>").unwrap();
        let mut hits = Vec::new();
        automaton.read(&document, &mut hits);
        hits.len()
    };
    for (subject, text) in ["/a/c", "/a/b", "/a/@x", "/a/text()"].into_iter().enumerate() {
        automaton.add(&path(text), u32::try_from(subject).unwrap());
        assert_eq!(count(&automaton), subject, "{text}");
    }
    for (left, text) in ["/a/@x", "/a/text()", "/a/b"].into_iter().rev().enumerate() {
        assert_eq!(count(&automaton), 3 - left, "{text}");
        automaton.remove(&path(text));
    }
    assert_eq!(count(&automaton), 0);
}
