//! What a topic exchange promises: rules by name, a naive matcher to agree with, a model of bind,
//! unbind and route, and how many nodes a match may visit.

use std::collections::BTreeMap;

use philter_plugin_api::testing::{Arguments, MockMessage, binding, context, route};
use philter_plugin_api::{BindingId, Context, ErrorKind, Exchange, Factory, MessageView, Reads};
use proptest::prelude::*;

use super::Topic;

fn exchange() -> Topic {
    Topic::create(&context("amq.topic")).unwrap()
}

fn bind(exchange: &Topic, id: u64, key: &str) {
    exchange.bind(&binding(id, "q", key, &Arguments::default())).unwrap();
}

fn routed(exchange: &Topic, key: &str) -> Vec<u64> {
    let answers = route(exchange, &[&MockMessage::new(key)]);
    answers[0].iter().map(|id| id.0).collect()
}

fn matches(pattern: &str, key: &str) -> bool {
    let exchange = exchange();
    bind(&exchange, 1, pattern);
    routed(&exchange, key) == [1]
}

fn visits(exchange: &Topic, key: &str) -> u64 {
    exchange.read().trie.walk().matches(key, &mut |_| ())
}

#[test]
fn matches_words_and_wildcards() {
    let table: [(&str, &[&str], &[&str]); 12] = [
        ("ab.cd.e", &["ab.cd.e"], &["abx.cd.e", "ab.cd", "ab.cd..e.", "ab.cd.e.", ".ab.cd.e"]),
        ("a.*.b", &["a.xx.b", "a..b"], &["a.b", "a.x.y.b"]),
        ("*.x", &["y.x", ".x"], &["x", "a.b.x"]),
        ("x.x.*", &["x.x.y", "x.x."], &["x.x", "q.x.y"]),
        ("a.#.b", &["a.b", "a.x.b", "a..x.y.zz.b", "a.b.b"], &["a.b.", "q.x.b", "a"]),
        ("a.#", &["a", "a.b", "a.b.c", "a."], &["", "b.a", "ab"]),
        ("#.a", &["a", "x.y.a", ".a"], &["", "a.x", "a."]),
        ("a.#.b.#.c", &["a.b.c", "a.x.b.y.c", "a.x.x.b.y.y.c", "a.b.b.c.c"], &["a.c.b", "a.b"]),
        ("#.b.*", &["b.x", "a.x.x.x.b.x", "b.b.b"], &["b", "a.b.x.y"]),
        ("*.x.#.y", &["a.x.y", "a.x.p.qq.y"], &["a.a.x.y", "aa.x.b.c"]),
        ("#.#.*.*.*", &["x.y.z", "x.y.z.a.b.c"], &["x.y", "x", ""]),
        ("a#.*b", &["a#.*b"], &["a.b", "ax.xb"]),
    ];
    for (pattern, yes, no) in table {
        yes.iter().for_each(|key| assert!(matches(pattern, key), "{pattern} takes '{key}'"));
        no.iter().for_each(|key| assert!(!matches(pattern, key), "{pattern} refuses '{key}'"));
    }
}

#[test]
fn gives_the_empty_key_no_words() {
    assert!(matches("", ""));
    assert!(matches("#", ""));
    assert!(!matches("*", ""));
    assert!(!matches("", "."));
    assert!(matches(".", "."));
    assert!(matches("*.*", "."));
}

#[test]
fn routes_the_news_of_the_readme() {
    let exchange = exchange();
    bind(&exchange, 1, "#.news");
    assert_eq!(routed(&exchange, "news"), [1]);
    assert_eq!(routed(&exchange, "eu.news"), [1]);
    assert_eq!(routed(&exchange, "news.eu"), [0; 0]);
}

#[test]
fn answers_each_message_of_a_batch_by_its_index() {
    let exchange = exchange();
    bind(&exchange, 1, "a.#");
    bind(&exchange, 2, "*.b");
    let keys = ["a.b", "c", "a", "x.b"].map(MockMessage::new);
    let batch: Vec<&dyn MessageView> = keys.iter().map(|m| m as &dyn MessageView).collect();
    let (one, two) = (BindingId(1), BindingId(2));
    assert_eq!(route(&exchange, &batch), [vec![one, two], vec![], vec![one], vec![two]]);
}

#[test]
fn says_that_its_answers_depend_on_the_key_alone() {
    let bound = exchange().bind(&binding(1, "q", "a.#", &Arguments::default())).unwrap();
    assert_eq!((bound.reads, bound.cacheable), (Reads::KEY, true));
}

#[test]
fn refuses_by_name_what_it_does_not_take() {
    let exchange = exchange();
    bind(&exchange, 7, "a");
    let none = Arguments::default();
    let error = exchange.bind(&binding(7, "q", "b", &none)).unwrap_err();
    assert_eq!(error.text(), "binding 7 is bound already");
    let error = exchange.bind(&binding(8, "q", &"a.".repeat(128), &none)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(error.text(), "the binding key has 256 bytes, at most 255 are allowed");
    assert_eq!(routed(&exchange, "b"), [0; 0]);
    let configured = Context { configuration: r#"{"speed":1}"#, ..context("x") };
    assert!(Topic::create(&configured).unwrap_err().text().contains("'speed'"));
}

#[test]
fn answers_not_found_for_unknown_bindings() {
    let exchange = exchange();
    let unknown = BindingId(9);
    let answers = [
        exchange.unbind(unknown).unwrap_err(),
        exchange.inspect(Some(unknown)).unwrap_err(),
        exchange.explain(unknown).unwrap_err(),
    ];
    for error in answers {
        assert_eq!((error.kind(), error.text()), (ErrorKind::NotFound, "binding 9 is not bound"));
    }
}

#[test]
fn inspects_explains_and_tries_in_json() {
    let exchange = exchange();
    bind(&exchange, 1, "a.#.*");
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let whole = json(exchange.inspect(None).unwrap());
    assert_eq!((&whole["bindings"], &whole["nodes"]), (&1.into(), &3.into()));
    assert_eq!(json(exchange.inspect(Some(BindingId(1))).unwrap())["pattern"], "a.*.#");
    let steps = json(exchange.explain(BindingId(1)).unwrap())["steps"].clone();
    assert_eq!(steps[0], "the word 'a'");
    assert_eq!(steps[2], "zero or more words");
    let none = Arguments::default();
    let tried = binding(2, "q", "*.b", &none);
    let answer = |key| json(exchange.try_binding(&tried, &MockMessage::new(key)).unwrap());
    assert_eq!(answer("a.b")["matches"], true);
    assert_eq!(answer("a.c")["matches"], false);
    assert_eq!(routed(&exchange, "a.b"), [1]);
}

#[test]
fn visits_no_more_nodes_for_100_000_bindings_than_for_100() {
    let of_size = |bindings: u64| {
        let exchange = exchange();
        for id in 0..bindings {
            let key = match id % 4 {
                0 => format!("eu.news.{id}.*"),
                1 => format!("#.topic-{id}"),
                2 => format!("*.{id}.#"),
                _ => format!("eu.#.{id}.end"),
            };
            bind(&exchange, id, &key);
        }
        exchange
    };
    let (small, large) = (of_size(100), of_size(100_000));
    for key in ["eu.news.4.today", "a.b.topic-5", "x.6.y.z", "eu.a.b.7.end", "a.b.c.d.e.f"] {
        assert_eq!(routed(&small, key), routed(&large, key), "{key}");
        assert_eq!(visits(&small, key), visits(&large, key), "{key}");
    }
    for flood in 0..1_000 {
        let key = format!("eu.flood-{flood}.{flood}x.end");
        assert_eq!(visits(&small, &key), visits(&large, &key), "{key}");
    }
}

#[test]
fn visits_at_most_words_times_nodes_for_many_hashes() {
    let exchange = exchange();
    let pattern = ["#.a"; 63].join(".");
    bind(&exchange, 1, &pattern);
    bind(&exchange, 2, &format!("{pattern}.b"));
    let key = ["a"; 128].join(".");
    assert_eq!(routed(&exchange, &key), [1]);
    let nodes = exchange.read().trie.nodes() as u64;
    let visited = visits(&exchange, &key);
    assert!(visited <= 129 * (nodes + 1), "{visited} visits of {nodes} nodes");
}

#[test]
fn routes_while_others_bind() {
    let exchange = exchange();
    bind(&exchange, 1, "steady.#");
    std::thread::scope(|scope| {
        for thread in 0..2_u64 {
            let exchange = &exchange;
            scope.spawn(move || {
                for round in 0..500 {
                    let id = 10 + thread * 1_000 + round;
                    bind(exchange, id, "steady.passing.*");
                    assert!(routed(exchange, "steady.x").contains(&1));
                    exchange.unbind(BindingId(id)).unwrap();
                }
            });
        }
    });
    assert_eq!(routed(&exchange, "steady.passing.x"), [1]);
    assert_eq!(exchange.read().trie.nodes(), 2);
}

/// The rule, written down without any thought for speed.
fn naive(pattern: &[&str], words: &[&str]) -> bool {
    match (pattern.split_first(), words.split_first()) {
        (None, None) => true,
        (Some((&"#", rest)), None) => naive(rest, words),
        (Some((&"#", rest)), Some((_, later))) => naive(rest, words) || naive(pattern, later),
        (Some((&"*", rest)), Some((_, later))) => naive(rest, later),
        (Some((part, rest)), Some((word, later))) => part == word && naive(rest, later),
        _ => false,
    }
}

fn naive_match(pattern: &str, key: &str) -> bool {
    fn split(text: &str) -> Vec<&str> {
        if text.is_empty() { Vec::new() } else { text.split('.').collect() }
    }
    naive(&split(pattern), &split(key))
}

fn pattern_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "*", "#", "", "a#"]), 0..7)
        .prop_map(|words| words.join("."))
}

fn key_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "", "*"]), 0..9)
        .prop_map(|words| words.join("."))
}

#[derive(Clone, Debug)]
enum Operation {
    Bind { id: u64, key: String },
    Unbind { id: u64 },
    Route { key: String },
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        (0..30_u64, pattern_text()).prop_map(|(id, key)| Operation::Bind { id, key }),
        (0..30_u64).prop_map(|id| Operation::Unbind { id }),
        key_text().prop_map(|key| Operation::Route { key }),
    ]
}

proptest! {
    #[test]
    fn agrees_with_the_naive_matcher(pattern in pattern_text(), key in key_text()) {
        prop_assert_eq!(matches(&pattern, &key), naive_match(&pattern, &key));
    }

    #[test]
    fn behaves_as_a_list_of_patterns(operations in prop::collection::vec(operation(), 0..200)) {
        let exchange = exchange();
        let mut model: BTreeMap<u64, String> = BTreeMap::new();
        for operation in operations {
            match operation {
                Operation::Bind { id, key } => {
                    let taken = exchange.bind(&binding(id, "q", &key, &Arguments::default()));
                    prop_assert_eq!(taken.is_ok(), !model.contains_key(&id));
                    model.entry(id).or_insert(key);
                }
                Operation::Unbind { id } => {
                    let gone = exchange.unbind(BindingId(id));
                    prop_assert_eq!(gone.is_ok(), model.remove(&id).is_some());
                }
                Operation::Route { key } => {
                    let fitting = model.iter().filter(|(_, bound)| naive_match(bound, &key));
                    let expected: Vec<u64> = fitting.map(|(id, _)| *id).collect();
                    prop_assert_eq!(routed(&exchange, &key), expected);
                }
            }
        }
        for id in model.keys() {
            exchange.unbind(BindingId(*id)).unwrap();
        }
        prop_assert_eq!(exchange.read().trie.nodes(), 0);
    }

    #[test]
    fn finds_each_binding_once(
        patterns in prop::collection::vec(pattern_text(), 0..30),
        key in key_text(),
    ) {
        let exchange = exchange();
        for (id, pattern) in (0..).zip(&patterns) {
            bind(&exchange, id, pattern);
        }
        let mut found = Vec::new();
        exchange.read().trie.walk().matches(&key, &mut |id| found.push(id));
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        prop_assert_eq!(found.len(), count);
    }
}
