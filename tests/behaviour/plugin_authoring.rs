//! `philter plugin new`, `test` and `bench`: what they print, and what they end with.

use std::path::PathBuf;

use philter_tests::artifacts::artifacts;
use philter_tests::broker::philter;
use philter_tests::program::Ended;
use serde_json::Value;
use tempfile::TempDir;

fn library(name: &str) -> String {
    let file = artifacts().plugin_dir.join(format!("libphilter_{name}.so"));
    file.to_str().unwrap().to_owned()
}

/// A file of messages, with the folder that it is in.
fn messages(lines: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("messages.jsonl");
    std::fs::write(&file, lines).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (folder, file)
}

fn plugin(command: &str, name: &str, options: &[&str]) -> Ended {
    let file = library(name);
    let words = ["plugin", command, &file].into_iter().chain(options.iter().copied());
    philter(words.map(str::to_owned).collect::<Vec<_>>().iter().map(String::as_str), "")
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout.join("\n")).unwrap()
}

const TWO: &str = r#"{"headers": {"region": "eu", "amount": {"$int": 5}}, "expect": true}

{"headers": {"region": "us"}, "properties": {"priority": 4}, "body": "b"}
"#;

#[test]
fn a_filter_is_asked_about_recorded_messages() {
    let (_folder, file) = messages(TWO);
    let options = ["--messages", &file, "--expression", "region = 'eu' AND amount > 4"];
    let ended = plugin("test", "filter_selector", &options).expect_success();
    let text = ended.stdout.join("\n");
    assert!(text.starts_with("filter 'selector' of philter-filter-selector "), "{text}");
    assert!(text.contains("a native library is called directly"), "{text}");
    assert!(text.ends_with("2, all answered"), "{text}");
    let ended = plugin("test", "filter_selector", &[&options[..], &["--json"]].concat());
    let json = json(&ended.expect_success());
    assert_eq!(json["reads"], serde_json::json!(["headers"]));
    let of = |index: usize| (json["messages"][index]["line"].clone(), &json["messages"][index]);
    assert_eq!((of(0).0, of(1).0), (1.into(), 3.into()));
    assert_eq!((&of(0).1["answer"], &of(1).1["answer"]), (&true.into(), &false.into()));
    assert_eq!(of(0).1["try"]["answer"], true);
}

#[test]
fn an_exchange_is_asked_with_its_bindings() {
    let (_folder, file) = messages(r#"{"routing_key": "news.eu", "expect": [1, 3]}"#);
    let binds = [r##"{"key": "news.#"}"##, r#"{"key": "sports.*"}"#, r#"{"key": "*.eu"}"#];
    let options = binds.iter().flat_map(|bind| ["--bind", bind]);
    let options: Vec<&str> = options.chain(["--messages", &file]).collect();
    let ended = plugin("test", "exchange_topic", &options).expect_success();
    assert!(ended.report().contains("binding 1, 3"), "{}", ended.report());
}

#[test]
fn another_answer_than_expected_ends_with_1() {
    let (_folder, file) = messages(TWO);
    let options = ["--messages", &file, "--expression", "region = 'us'"];
    let ended = plugin("test", "filter_selector", &options);
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.report().contains("no match; expected: match"), "{}", ended.report());
}

#[test]
fn what_does_not_compile_ends_with_1_and_its_place() {
    let (_folder, file) = messages(TWO);
    let options = ["--messages", &file, "--expression", "region ="];
    let ended = plugin("test", "filter_selector", &options);
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr[0].starts_with("philter: compile: "), "{}", ended.report());
    assert!(ended.stderr[0].contains("line 1, column "), "{}", ended.report());
}

#[test]
fn what_was_asked_wrongly_ends_with_2_and_its_place() {
    let misused = |name: &str, lines: &str, options: &[&str]| {
        let (folder, file) = messages(lines);
        let ended = plugin("test", name, &[&["--messages", file.as_str()], options].concat());
        assert_eq!(ended.status.code(), Some(2), "{}", ended.report());
        ended.stderr.join("\n").replace(folder.path().to_str().unwrap(), "")
    };
    assert_eq!(
        misused("filter_selector", "{}\n{\"headers\": {\"a\": {\"$ubyte\": 256}}}", &[]),
        "philter: /messages.jsonl:2: headers.a.$ubyte: 256 is no whole number that fits a ubyte"
    );
    let selector = misused("filter_selector", "{}", &[]);
    assert_eq!(selector, "philter: filter 'selector' needs --expression TEXT");
    let bind = misused("filter_selector", "{}", &["--bind", "{}"]);
    assert_eq!(bind, "philter: --bind means nothing for filter 'selector'");
    let store = misused("store_memory", "{}", &[]);
    assert!(store.contains("philter-plugin-conformance"), "{store}");
}

#[test]
fn a_bench_has_a_line_for_every_way_to_ask() {
    let quick = ["--rounds", "3", "--round-ms", "1"];
    let options = [&["--expression", "region = 'eu'"], &quick[..]].concat();
    let ended = plugin("bench", "filter_selector", &options).expect_success();
    let begins: Vec<_> =
        ended.stdout.iter().skip(4).map(|line| line.split("  ").next().unwrap()).collect();
    assert_eq!(begins, ["no body", "no body", "body of 1 KiB", "body of 1 KiB"]);
    let (_folder, file) = messages(TWO);
    let bind = [r#"{"key": "k"}"#, r#"{"key": ""}"#];
    let options = ["--bind", bind[0], "--bind", bind[1], "--messages", &file, "--json"];
    let ended = plugin("bench", "exchange_direct", &[&options[..], &quick].concat());
    let json = json(&ended.expect_success());
    let rows = json["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["batch"], &rows[1]["batch"], rows.len()), (&1.into(), &2.into(), 2));
    assert!(rows.iter().all(|row| row["matches_a_message"] == 1.0), "{json}");
}

#[test]
fn a_project_is_written_once_by_a_name_that_a_plugin_may_have() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| -> PathBuf { folder.path().join(name) };
    let new = |options: &str, place: &PathBuf| {
        let words = ["plugin", "new"].into_iter().chain(options.split(' '));
        philter(words.chain([place.to_str().unwrap()]), "")
    };
    let geo = place("geo");
    let ended = new("--kind filter --lang rust --native", &geo).expect_success();
    assert!(ended.report().contains("./build  makes libgeo.so"), "{}", ended.report());
    assert!(geo.join("philter-plugin-api/src/lib.rs").exists());
    let again = new("--kind filter --lang rust --native", &geo);
    assert_eq!(again.status.code(), Some(2));
    assert!(again.stderr[0].ends_with("/geo: the folder is not empty"), "{}", again.report());
    let named = new("--kind filter --lang c --native", &place("By Region"));
    assert_eq!(named.status.code(), Some(2));
    let said = named.report();
    assert!(said.contains("'By Region' is no name for a plugin: "), "{said}");
    assert!(!place("By Region").exists());
    new("--kind filter --lang c --native --name r", &place("By Region")).expect_success();
    let none = new("--kind exchange --lang python --native", &place("x"));
    assert_eq!(none.status.code(), Some(2));
    let said = none.report();
    assert!(said.contains("no template for --kind exchange --lang python --native"), "{said}");
    assert!(said.contains("--kind exchange --lang rust --native"), "{said}");
}
