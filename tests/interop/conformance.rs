//! Qpid's own conformance tests, as far as the lists `*.pass` say that they pass.
//!
//! A list is exact: a listed test that fails breaks this one, and so does one that passes and is
//! not listed, so that a list can only grow with what the broker can do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use philter_tests::broker::{BrokerOptions, add_user};
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;

const BROKER_LIST: &str = include_str!("broker_0_10.pass");
/// When a client that waits for nothing is given up: a whole run takes it 20 s.
const HUNG_AFTER: Duration = Duration::from_secs(60);
/// Runs that may hang.
const HUNG_RUNS_MAX: usize = 12;

const MESSAGING_LIST: &str = include_str!("messaging.pass");

#[test]
fn message_module() {
    hold_module("message");
}

#[test]
fn queue_module() {
    hold_module("queue");
}

#[test]
fn exchange_module() {
    hold_module("exchange");
}

#[test]
fn alternate_exchange_module() {
    hold_module("alternate_exchange");
}

#[test]
fn query_module() {
    hold_module("query");
}

#[test]
fn extensions_module() {
    hold_module("extensions");
}

#[test]
fn broker_and_example_modules() {
    hold_module("broker");
    hold_module("example");
}

#[test]
fn transaction_module() {
    hold_module("tx");
}

#[test]
fn distributed_transaction_module() {
    hold_module("dtx");
}

#[test]
fn persistence_module() {
    hold_module("persistence");
}

#[test]
fn new_api_module() {
    hold_module("new_api");
}

#[test]
fn last_value_and_priority_modules() {
    hold_module("lvq");
    hold_module("priority");
}

#[test]
fn message_groups_module() {
    hold_module("msg_groups");
}

#[test]
fn threshold_module() {
    hold_module("threshold");
}

#[test]
fn management_module() {
    hold_module("management");
}

#[test]
fn events_and_statistics_modules() {
    hold_module("qmf_events");
    hold_module("stats");
}

#[test]
fn messaging_connections_and_sessions() {
    hold_messaging("endpoints.[!AT]*");
}

// These let their transport hang, and the client's only thread may die of that and wait for ever,
// with any broker: such a run is ended and begun again.
#[test]
fn messaging_timeouts() {
    let pattern = "qpid.tests.messaging.endpoints.TimeoutTests.*";
    let Some(qpid) = QpidPython::find_or_skip(pattern) else { return };
    let listed: BTreeSet<&str> =
        listed(MESSAGING_LIST).into_iter().filter(|test| test.contains(".TimeoutTests.")).collect();
    let data_dir = tempfile::TempDir::new().expect("a folder");
    add_user(data_dir.path(), "guest", "guest");
    let broker = BrokerOptions::default().data_dir(data_dir.path()).start();
    let mut last = String::new();
    for _ in 0..HUNG_RUNS_MAX {
        let mut run = qpid.conformance("qpid.tests.messaging", &broker);
        let program = Program::start(run.arg(pattern), "");
        if !program.stdout().has_ended_within(HUNG_AFTER) {
            last = format!("it hung:\n{}", program.stdout().text());
            continue;
        }
        let ended = program.wait();
        match compare(&listed, &passed(&outcomes(&ended.stdout))) {
            Ok(()) => return,
            Err(difference) => last = format!("{difference}\n{}", ended.report()),
        }
    }
    panic!("{last}");
}

#[test]
fn messaging_addresses() {
    hold_messaging("endpoints.Address*");
}

#[test]
fn messaging_messages() {
    hold_messaging("message.*");
}

#[test]
fn messaging_address_texts_and_selectors() {
    hold_messaging("address.*");
    hold_messaging("selector.*");
}

fn hold_module(name: &str) {
    let module = format!("qpid_tests.broker_0_10.{name}");
    let listed = listed(BROKER_LIST).into_iter();
    let listed = listed.filter(|test| test.starts_with(&format!("{module}."))).collect();
    hold(&module, &format!("{module}.*"), &listed);
}

/// Holds the tests of Qpid's messaging client whose names match.
fn hold_messaging(pattern: &str) {
    let module = "qpid.tests.messaging";
    let (inner, class) = pattern.split_once('.').expect("a module and a class");
    let is_of_class = |test: &str| {
        let rest = test.strip_prefix(&format!("{module}.{inner}."));
        rest.is_some_and(|rest| match class.strip_suffix('*').unwrap_or(class) {
            "[!AT]" => !rest.starts_with(['A', 'T']),
            prefix => rest.starts_with(prefix),
        })
    };
    let listed = listed(MESSAGING_LIST).into_iter().filter(|test| is_of_class(test)).collect();
    hold(module, &format!("{module}.{pattern}"), &listed);
}

/// Runs a module's tests that match and compares what passes with the list.
fn hold(module: &str, pattern: &str, listed: &BTreeSet<&str>) {
    let Some(qpid) = QpidPython::find_or_skip(pattern) else { return };
    let data_dir = tempfile::TempDir::new().expect("a folder");
    add_user(data_dir.path(), "guest", "guest");
    let broker = BrokerOptions::default().data_dir(data_dir.path()).start();
    let first = Program::run(qpid.conformance(module, &broker).arg(pattern), "");
    let first_passed = passed(&outcomes(&first.stdout));
    if compare(listed, &first_passed).is_ok() {
        return;
    }
    // Qpid's tests wait a second for most answers, which a busy machine may take: what differed is
    // run once more by itself, and that counts.
    let differing: Vec<&str> = listed.symmetric_difference(&first_passed).copied().collect();
    let second = Program::run(qpid.conformance(module, &broker).args(&differing), "");
    let mut all: BTreeSet<&str> = first_passed;
    all.retain(|test| !differing.contains(test));
    all.extend(passed(&outcomes(&second.stdout)));
    if let Err(difference) = compare(listed, &all) {
        panic!("{difference}\n{}\n{}", first.report(), second.report());
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

/// The outcome of each test: `pass`, `fail` or `skip`. A test that printed something between has
/// its outcome on a line behind, at times without its name.
fn outcomes(lines: &[String]) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    let mut started = None;
    for line in lines {
        let mut words = line.split_whitespace().filter(|word| word.contains(|c| c != '.'));
        let (Some(first), last) = (words.next(), words.next_back()) else { continue };
        let is_test = first.starts_with("qpid_tests.") || first.starts_with("qpid.tests.");
        let (name, outcome) = match last {
            Some(last) if is_test => (Some(first), last),
            None => (started, first),
            Some(_) => continue,
        };
        if outcome == "start" {
            started = name;
        } else if let Some(name) = name.filter(|_| ["pass", "fail", "skip"].contains(&outcome)) {
            found.insert(name, outcome);
        }
    }
    found
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
        "qpid_tests.m.T.test_d ......... start",
        "  something that the test said",
        ".................. pass",
        "Totals: 3 tests, 1 passed, 1 skipped, 0 ignored, 1 failed",
    ];
    let lines = lines.map(str::to_owned);
    let found = outcomes(&lines);
    assert_eq!(found.len(), 4);
    assert_eq!(found["qpid_tests.m.T.test_b"], "fail");
    let passed: Vec<_> = passed(&found).into_iter().collect();
    assert_eq!(passed, ["qpid_tests.m.T.test_a", "qpid_tests.m.T.test_d"]);
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
fn a_list_names_each_test_once() {
    for list in [BROKER_LIST, MESSAGING_LIST] {
        let names = listed(list);
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
