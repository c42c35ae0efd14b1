//! qpid-tool: lists, shows, explains and calls, over QMF's first version.

use philter_tests::broker::Broker;
use philter_tests::program::{Ended, Program};
use philter_tests::qpid::QpidPython;

use crate::spout_drain::spout;

fn tool(qpid: &QpidPython, broker: &Broker, commands: &[&str]) -> Ended {
    let input: String = commands.iter().map(|command| format!("{command}\n")).collect();
    let mut program = qpid.tool("qpid-tool");
    Program::run(program.arg(broker.address()), &format!("{input}quit\n"))
}

/// The number by which the tool names an object whose line holds `part`.
fn id_of(lines: &[String], part: &str) -> String {
    let line = lines.iter().find(|line| line.split_whitespace().any(|word| word.ends_with(part)));
    let line = line.unwrap_or_else(|| panic!("no {part} in {lines:#?}"));
    line.split_whitespace().next().expect("a number").to_owned()
}

#[test]
fn lists_objects_by_class_and_shows_one() {
    let Some(qpid) = QpidPython::find_or_skip("lists_objects_by_class") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &["-c", "3", "q1;{create:always}", "x"]).expect_success();
    let listed = tool(&qpid, &broker, &["list", "list queue", "agents"]).expect_success();
    let text = listed.report();
    assert!(text.contains("org.apache.qpid.broker") && text.contains("queue"), "{text}");
    let id = id_of(&listed.stdout, "q1");
    let shown = tool(&qpid, &broker, &["list queue", &format!("show {id}")]).expect_success();
    let depth = shown.stdout.iter().find(|line| line.contains("msgDepth"));
    let depth = depth.unwrap_or_else(|| panic!("{}", shown.report()));
    assert!(depth.split_whitespace().any(|word| word == "3"), "{depth}");
}

#[test]
fn explains_classes() {
    let Some(qpid) = QpidPython::find_or_skip("explains_classes") else { return };
    let broker = Broker::start();
    let ended = tool(&qpid, &broker, &["schema", "schema queue"]).expect_success();
    let text = ended.report();
    for part in ["queueThresholdCrossedUpward", "msgDepth", "reroute", "useAltExchange"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(!text.contains("Exception in"), "{text}");
}

#[test]
fn calls_a_method() {
    let Some(qpid) = QpidPython::find_or_skip("calls_a_method") else { return };
    let broker = Broker::start();
    let listed = tool(&qpid, &broker, &["list broker"]).expect_success();
    let id = id_of(&listed.stdout, "amq-broker").replace("amq-broker", "");
    let call = format!("call {id} echo 7 hello");
    let called = tool(&qpid, &broker, &["list broker", &call]).expect_success();
    let text = called.report();
    assert!(text.contains("OK") && text.contains("hello"), "{text}");
    let call = format!("call {id} connect h 1 0 ANONYMOUS u p tcp");
    let text = tool(&qpid, &broker, &["list broker", &call]).expect_success().report();
    assert!(text.contains("yet"), "{text}");
}
