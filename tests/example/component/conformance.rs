//! The examples by the conformance kit: each keeps every rule, and what is made for both carriers
//! is the same in both.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use philter_tests::artifacts::artifacts;
use philter_tests::program::{Ended, Program};
use philter_tests::wasm_examples::WasmExamples;

use super::Place;
use crate::consistent_hash::spread;
use crate::stranger::Stranger;

const HOT: &str = r#"k {"headers": {"site": "b"}, "body": "{\"temperature\": 31}"}"#;
const COLD: &str = r#"k {"headers": {"site": "b"}, "body": "{\"temperature\": 29}"}"#;
const CARD: &str = r#"k {"headers": {"site": "a"}, "body": "{\"card\": {\"number\": \"4711\"}}"}"#;

/// What the kit is given for each example: what it takes, and what it has to refuse.
const SAMPLES: [(&str, &[[&str; 2]]); 7] = [
    (
        "exchange-consistent-hash",
        &[
            ["--binding", "10"],
            ["--binding", "1000"],
            ["--bad-binding", "ten"],
            ["--bad-binding", "0"],
            ["--bad-binding", "1001"],
        ],
    ),
    (
        "exchange-geo",
        &[
            ["--binding", r#"a {"lat": 52.52, "lon": 13.405, "radius_km": 1000}"#],
            ["--binding", r#"b {"south": -10, "west": "170", "north": 10, "east": -170}"#],
            ["--binding", r#"c {"polygon": [[50, 10], [54, 10], [52, 16]]}"#],
            ["--binding", "circle 0 0 20016"],
            ["--bad-binding", r#"d {"lat": 52.52, "lon": 13.405}"#],
            ["--bad-binding", r#"e {"polygon": "1 1, 2 2"}"#],
            ["--bad-binding", "box 10 0 5 1"],
            ["--message", r#"k {"headers": {"lat": 52.39, "lon": 13.06}}"#],
            ["--message", r#"k {"headers": {"lat": "-5", "lon": 180}}"#],
        ],
    ),
    (
        "filter-c",
        &[
            ["--expression", r#"header site = "b" and body contains "31""#],
            ["--expression", "not header site exists"],
            ["--expression", r#"key starts "k""#],
            ["--bad-expression", "header site =\n= 1"],
        ],
    ),
    (
        "filter-js",
        &[
            ["--expression", "body.temperature > 30 && headers.site == 'b'"],
            ["--expression", "headers.site == 'b'"],
            ["--expression", "!body"],
            ["--bad-expression", "body.a &&\n&& 1"],
        ],
    ),
    (
        "filter-python",
        &[
            ["--expression", "body.temperature > 30 and headers.site == 'b'"],
            ["--expression", "headers.site == 'b'"],
            ["--expression", "not body"],
            ["--bad-expression", "(body.a and\nand 1)"],
        ],
    ),
    (
        "filter-rust",
        &[
            ["--expression", r#"site = "b" and $.temperature > 30"#],
            ["--expression", r#"site = "b""#],
            ["--expression", "redact $.card.number"],
            ["--bad-expression", "site = \"b\" and\nand"],
        ],
    ),
    ("store-encrypted", &[["--config", KEY], ["--full-config", SMALL]]),
];

/// The configuration of a store that encrypts, and of one that is soon full.
const KEY: &str = r#"{"key": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}"#;
const SMALL: &str = r#"{"passphrase": "correct horse battery", "bytes_max": 1000000}"#;

/// Runs the kit over a library or a component.
fn kit(plugin: &Path, example: &str) -> Ended {
    let (_, samples) = SAMPLES.iter().find(|(name, _)| *name == example).unwrap();
    let mut kit = Command::new(artifacts().plugin_dir.join("philter-plugin-conformance"));
    kit.arg(plugin).args(samples.iter().flatten());
    kit.args([HOT, COLD, CARD].iter().flat_map(|message| ["--message", *message]));
    Program::run(&mut kit, "").expect_success()
}

/// How each rule ended, by its name.
fn verdicts(report: &Ended) -> BTreeMap<&str, &str> {
    let lines = report.stdout.iter().filter_map(|line| line.split_once("  "));
    let rules = lines.filter_map(|(word, rest)| Some((word, rest.split_once(" — ")?)));
    rules.map(|(word, (rule, said))| (rule, if word == "pass" { said } else { word })).collect()
}

/// Rules that one carrier alone can keep or break, or whose words are each carrier's own: a library
/// has a place for every entry and says of any type what configures it, and a component's host
/// refuses for it what it does not hold.
const OF_A_CARRIER: [&str; 10] = [
    "reads of a message only what",
    "depends on the key alone",
    "refuses a handle that does not exist",
    "answers not-found for a binding",
    "keeps no slice of",
    "from every instance of the component",
    "answers its subcommand",
    "describes its configuration",
    "refuses a configuration",
    "offers the optional entries",
];

fn is_about_the_carrier(rule: &str) -> bool {
    let is_about_the_file = rule.starts_with("library: ") || rule.starts_with("component: ");
    is_about_the_file || OF_A_CARRIER.iter().any(|words| rule.contains(words))
}

fn keeps_every_rule(test: &str, example: &str) {
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    let report = kit(&examples.file(example), example);
    let passed = report.stdout.iter().filter(|line| line.starts_with("pass  ")).count();
    assert!(passed > 15, "{}", report.report());
    let refusal = match example.split('-').next() {
        Some("filter") => "says where an expression that it refuses is wrong",
        Some("store") => "keeps what it confirmed when its process is killed",
        _ => "changes nothing when it refuses a binding",
    };
    let says = |line: &String| line.starts_with("pass  ") && line.contains(refusal);
    assert!(report.stdout.iter().any(says), "{}", report.report());
}

#[test]
fn an_exchange_of_areas_keeps_every_rule_as_its_library_does() {
    let test = "an_exchange_of_areas_keeps_every_rule_as_its_library_does";
    keeps_every_rule(test, "exchange-geo");
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    same_report("exchange-geo", &Stranger::build("exchange-geo"), &examples);
}

#[test]
fn a_filter_in_c_keeps_every_rule() {
    keeps_every_rule("a_filter_in_c_keeps_every_rule", "filter-c");
}

#[test]
fn a_filter_in_javascript_keeps_every_rule() {
    keeps_every_rule("a_filter_in_javascript_keeps_every_rule", "filter-js");
}

#[test]
fn a_filter_in_python_keeps_every_rule() {
    keeps_every_rule("a_filter_in_python_keeps_every_rule", "filter-python");
}

#[test]
fn a_filter_in_rust_keeps_every_rule_as_its_library_does() {
    let test = "a_filter_in_rust_keeps_every_rule_as_its_library_does";
    keeps_every_rule(test, "filter-rust");
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    same_report("filter-rust", &Stranger::build("filter-rust"), &examples);
}

/// They have the same place for a key as well: nothing moves when one takes the other's place.
#[test]
fn an_exchange_in_rust_keeps_every_rule_and_spreads_as_its_library_does() {
    let test = "an_exchange_in_rust_keeps_every_rule_and_spreads_as_its_library_does";
    let example = "exchange-consistent-hash";
    keeps_every_rule(test, example);
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    let Some(place) = Place::find_or_skip(test) else { return };
    let native = Stranger::build(example);
    same_report(example, &native, &examples);
    assert_eq!(spread(&native.broker()), spread(&place.start()));
}

fn same_report(example: &str, native: &Stranger, examples: &WasmExamples) {
    let reports = [kit(&native.library, example), kit(&examples.file(example), example)];
    let [library, component] = reports.each_ref().map(|report| {
        let mut verdicts = verdicts(report);
        verdicts.retain(|rule, _| !is_about_the_carrier(rule));
        verdicts
    });
    assert!(library.len() > 10, "{library:?}");
    assert_eq!(library, component);
}

#[test]
fn a_store_in_rust_keeps_every_rule_whole_and_full() {
    keeps_every_rule("a_store_in_rust_keeps_every_rule_whole_and_full", "store-encrypted");
}

#[test]
fn no_example_is_left_out() {
    let Some(examples) = WasmExamples::find_or_skip("no_example_is_left_out") else { return };
    let mut names: Vec<_> = SAMPLES.iter().map(|(name, _)| *name).collect();
    // An auth provider has samples of its own.
    names.push("auth-token");
    names.sort_unstable();
    assert_eq!(examples.names(), names);
}
