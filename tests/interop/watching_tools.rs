//! The tools that watch until they are interrupted: qpid-printevents and qpid-queue-stats.

use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;
use rustix::process::Signal;

use crate::spout_drain::spout;

#[test]
fn events_are_printed_as_they_happen() {
    let Some(qpid) = QpidPython::find_or_skip("events_are_printed") else { return };
    let broker = Broker::start();
    let mut tool = qpid.tool("qpid-printevents");
    let events = Program::start(tool.arg(broker.address()), "");
    let mut seen = events.stdout().wait_for("brokerConnected").expect("a connection");
    // The tool says that it is connected before it is subscribed: what happens until it is, it may
    // miss, so it happens again until it was seen.
    for attempt in 0.. {
        let address = format!("q{attempt};{{create:always}}");
        spout(&qpid, &broker, &[&address, "x"]).expect_success();
        let text = events.stdout().text();
        if let Some(line) = text.lines().find(|line| line.contains("queueDeclare")) {
            seen = line.to_owned();
            break;
        }
        assert!(attempt < 100, "no event of a hundred: {text}");
    }
    assert!(seen.contains("qName=q") && seen.contains("disp=created"), "{seen}");
    let text = events.stdout().text();
    assert!(text.contains("clientConnect") && text.contains("rhost=qpid.127.0.0.1:"), "{text}");
    events.signal(Signal::INT);
    drop(events);
}

#[test]
fn rates_are_printed_at_each_interval() {
    let Some(qpid) = QpidPython::find_or_skip("rates_are_printed") else { return };
    let broker = BrokerOptions::default().arguments(["--mgmt-pub-interval", "1"]).start();
    spout(&qpid, &broker, &["-c", "5", "watched;{create:always}", "x"]).expect_success();
    let mut tool = qpid.tool("qpid-queue-stats");
    let stats = Program::start(tool.args(["-a", &broker.address(), "-f", "watched"]), "");
    stats.stdout().wait_for("Queue Name").expect("a heading");
    // A row compares two reports, and the broker reports what changed.
    for attempt in 0.. {
        spout(&qpid, &broker, &["watched", "x"]).expect_success();
        if stats.stdout().text().contains("watched") {
            break;
        }
        assert!(attempt < 200, "{}", stats.stdout().text());
    }
    drop(stats);
}
