//! Qpid's own conformance tests of AMQP 0-10, as far as `broker_0_10.pass` says that they pass.
//!
//! The list is exact: a listed test that fails breaks this one, and so does one that passes and is not
//! listed, so that the list can only grow with what the broker can do.

use std::collections::{BTreeMap, BTreeSet};

use philter_tests::broker::{BrokerOptions, add_user};
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;

const LIST: &str = include_str!("broker_0_10.pass");

#[test]
fn message_module() {
    hold("qpid_tests.broker_0_10.message");
}

#[test]
fn queue_module() {
    hold("qpid_tests.broker_0_10.queue");
}

#[test]
fn exchange_module() {
    hold("qpid_tests.broker_0_10.exchange");
}

#[test]
fn alternate_exchange_module() {
    hold("qpid_tests.broker_0_10.alternate_exchange");
}

#[test]
fn query_module() {
    hold("qpid_tests.broker_0_10.query");
}

/// Runs a module's tests and compares what passes with the list.
fn hold(module: &str) {
    let Some(qpid) = QpidPython::find_or_skip(module) else { return };
    let data_dir = tempfile::TempDir::new().expect("a folder");
    add_user(data_dir.path(), "guest", "guest");
    let broker = BrokerOptions::default().data_dir(data_dir.path()).start();
    let ended = Program::run(&mut qpid.conformance(module, &broker), "");
    let of_module = |name: &&str| name.starts_with(&format!("{module}."));
    let listed = listed(LIST).into_iter().filter(of_module).collect();
    if let Err(difference) = compare(&listed, &passed(&outcomes(&ended.stdout))) {
        panic!("{difference}\n{}", ended.report());
    }
}

/// Whether what passed is what is listed.
fn compare(listed: &BTreeSet<&str>, passed: &BTreeSet<&str>) -> Result<(), String> {
    let lost: Vec<_> = listed.difference(passed).collect();
    let new: Vec<_> = passed.difference(listed).collect();
    match (listed.is_empty(), &lost[..], &new[..]) {
        (false, [], []) => Ok(()),
        (true, ..) => Err("the list names none of this module".to_owned()),
        _ => Err(format!("listed and not passed: {lost:#?}; passed and not listed: {new:#?}")),
    }
}

/// The outcome of each test: `pass`, `fail` or `skip`.
fn outcomes(lines: &[String]) -> BTreeMap<&str, &str> {
    let of_tests = lines.iter().filter(|line| line.starts_with("qpid_tests."));
    let pairs = of_tests.filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next_back()?))
    });
    pairs.filter(|(_, outcome)| ["pass", "fail", "skip"].contains(outcome)).collect()
}

fn passed<'a>(outcomes: &BTreeMap<&'a str, &str>) -> BTreeSet<&'a str> {
    outcomes.iter().filter(|(_, outcome)| **outcome == "pass").map(|(name, _)| *name).collect()
}

fn listed(list: &str) -> Vec<&str> {
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or("").trim());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn reads_outcomes_as_the_runner_prints_them() {
    let lines = [
        "qpid_tests.m.T.test_a ......... pass",
        "qpid_tests.m.T.test_b ......... start",
        "  Error on tearDown:",
        "qpid_tests.m.T.test_b ......... fail",
        "qpid_tests.m.T.test_c ......... skip",
        "Totals: 3 tests, 1 passed, 1 skipped, 0 ignored, 1 failed",
    ];
    let lines = lines.map(str::to_owned);
    let found = outcomes(&lines);
    assert_eq!(found.len(), 3);
    assert_eq!(found["qpid_tests.m.T.test_b"], "fail");
    assert_eq!(passed(&found).into_iter().collect::<Vec<_>>(), ["qpid_tests.m.T.test_a"]);
}

#[test]
fn a_test_that_no_longer_passes_and_one_that_newly_does_are_both_found() {
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    assert!(compare(&set(&["a", "b"]), &set(&["a", "b"])).is_ok());
    assert!(compare(&set(&["a", "b"]), &set(&["a"])).unwrap_err().contains("\"b\""));
    assert!(compare(&set(&["a"]), &set(&["a", "b"])).unwrap_err().contains("\"b\""));
    assert!(compare(&set(&[]), &set(&[])).is_err());
}

#[test]
fn the_list_names_each_test_once() {
    let names = listed(LIST);
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    assert!(names.iter().all(|name| name.starts_with("qpid_tests.broker_0_10.")), "{names:?}");
}
