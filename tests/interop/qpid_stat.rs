//! qpid-stat: every view, with live values.

use philter_tests::broker::Broker;
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;

use crate::spout_drain::{drain, spout, subscribe};

fn stat(qpid: &QpidPython, broker: &Broker, arguments: &[&str]) -> Vec<String> {
    let mut tool = qpid.tool("qpid-stat");
    let ended = Program::run(tool.args(["-b", &broker.address()]).args(arguments), "");
    assert!(!ended.stdout.iter().any(|line| line.starts_with("Failed")), "{}", ended.report());
    ended.expect_success().stdout
}

/// The words of the first line that begins with this one.
fn row<'a>(lines: &'a [String], first: &str) -> Vec<&'a str> {
    let mut rows = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.find(|row| row.first() == Some(&first))
        .unwrap_or_else(|| panic!("no {first} in {lines:#?}"))
}

#[test]
fn queues_show_what_went_in_and_out() {
    let Some(qpid) = QpidPython::find_or_skip("queues_show_what_went") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &["-c", "5", "q1;{create:always}", "0123456789"]).expect_success();
    drain(&qpid, &broker, &["-c", "2", "q1"]).expect_success();
    let lines = stat(&qpid, &broker, &["-q"]);
    let heads = lines.iter().find(|line| line.contains("autoDel")).expect("a heading");
    for head in ["queue", "dur", "autoDel", "excl", "msgIn", "bytesOut", "cons", "bind"] {
        assert!(heads.contains(head), "{heads}");
    }
    let q1 = row(&lines, "q1");
    assert_eq!(q1[1..4], ["3", "5", "2"], "depth, in and out of {q1:?}");
    assert_eq!(q1[q1.len() - 2..], ["0", "1"], "consumers and bindings of {q1:?}");
    let one = stat(&qpid, &broker, &["-q", "q1"]).join("\n");
    for part in ["FlowStopped", "arguments", "queue-depth", "acquires", "discards-ttl-expired"] {
        assert!(one.contains(part), "no {part} in {one}");
    }
    let sorted = stat(&qpid, &broker, &["-q", "-S", "msg", "-L", "1"]);
    row(&sorted, "q1");
    let missing = stat(&qpid, &broker, &["-q", "nosuch"]);
    assert_eq!(missing, ["Queue 'nosuch' not found"]);
}

#[test]
fn exchanges_show_what_was_routed_and_dropped() {
    let Some(qpid) = QpidPython::find_or_skip("exchanges_show_what_was") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &["-c", "4", "amq.topic/nobody", "x"]).expect_success();
    let lines = stat(&qpid, &broker, &["-e"]);
    let topic = row(&lines, "amq.topic");
    assert_eq!(topic[1..7], ["topic", "Y", "0", "4", "0", "4"], "{topic:?}");
}

#[test]
fn connections_and_subscriptions_show_their_client() {
    let Some(qpid) = QpidPython::find_or_skip("connections_and_subscriptions") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &["-c", "1", "q1;{create:always}", "x"]).expect_success();
    let drain = subscribe(&qpid, &broker, &["-c", "2", "q1"]);
    let lines = stat(&qpid, &broker, &["-u"]);
    let line = lines.iter().find(|line| line.contains("q1")).expect("a subscription");
    assert!(line.contains("drain") && line.contains("CREDIT"), "{line}");
    let lines = stat(&qpid, &broker, &["-c"]);
    let line = lines.iter().find(|line| line.contains("drain")).expect("a connection");
    assert!(line.contains("ANONYMOUS") && line.contains(&drain.id().to_string()), "{line}");
    spout(&qpid, &broker, &["q1", "end"]).expect_success();
    drain.wait().expect_success();
}

#[test]
fn the_broker_shows_its_sums() {
    let Some(qpid) = QpidPython::find_or_skip("the_broker_shows_its_sums") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &["-c", "7", "q1;{create:always}", "x"]).expect_success();
    let lines = stat(&qpid, &broker, &["-g"]);
    assert!(lines.iter().any(|line| line.contains("<standalone>")), "{lines:#?}");
    let enqueued = row(&lines, "total-enqueues");
    assert!(enqueued[1].replace(',', "").parse::<u64>().is_ok_and(|count| count >= 7));
    assert_eq!(row(&lines, "persistent-enqueues")[1], "0");
}

#[test]
fn memory_and_rules_have_a_view() {
    let Some(qpid) = QpidPython::find_or_skip("memory_and_rules") else { return };
    let broker = Broker::start();
    let lines = stat(&qpid, &broker, &["-m"]);
    assert!(lines[0].contains("Broker Memory Statistics"), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("malloc_")), "{lines:?}");
    let lines = stat(&qpid, &broker, &["--acl"]);
    assert_eq!(row(&lines, "enforcing")[1], "N", "{lines:?}");
}
