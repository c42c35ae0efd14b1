//! Qpid's Java client: what applications do with it, a scenario a test.
//!
//! The cases of a scenario stand in the folder beside this file. Each connects as a user of the
//! broker, which runs with its default of authentication.

use philter_tests::broker::{BrokerOptions, add_user};
use philter_tests::program::{Ended, Program};
use philter_tests::qpid_java::QpidJava;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::known_port::start_on_known_port;

/// What a case prints, with a number, when it wants the broker killed and started again.
const RESTART: &str = "restart the broker: ";

#[test]
fn connects_by_every_mechanism() {
    hold("connect");
}

#[test]
fn sends() {
    hold("send");
}

#[test]
fn receives_by_every_way_of_acknowledging() {
    hold("receive");
}

#[test]
fn browses() {
    hold("browse");
}

#[test]
fn commits_and_rolls_back() {
    hold("transaction");
}

#[test]
fn keeps_durable_subscriptions() {
    hold("durable");
}

#[test]
fn selects() {
    hold("selector");
}

#[test]
fn requests_and_replies() {
    hold("request");
}

#[test]
fn carries_every_type_of_message() {
    hold("types");
}

#[test]
fn carries_and_heeds_properties() {
    hold("properties");
}

#[test]
fn publishes_and_subscribes() {
    hold("topic");
}

#[test]
fn goes_on_after_a_restart_of_the_broker() {
    let Some(java) = QpidJava::find_or_skip("goes_on_after_a_restart_of_the_broker") else {
        return;
    };
    let data_dir = with_guest();
    let mut broker = start_on_known_port(|| BrokerOptions::default().data_dir(data_dir.path()));
    let mut client = java.scenario("restart", &broker.address());
    let client = Program::start(&mut client, "");
    for nth in 1.. {
        if client.stdout().wait_for(&format!("{RESTART}{nth}")).is_none() {
            break;
        }
        let port = broker.port();
        broker.signal(Signal::KILL);
        broker.wait();
        broker = BrokerOptions::default().data_dir(data_dir.path()).port(port).start();
    }
    expect_all_well(&client.wait());
}

/// Runs a scenario against a broker of its own.
fn hold(scenario: &str) {
    let Some(java) = QpidJava::find_or_skip(scenario) else { return };
    let data_dir = with_guest();
    let broker = BrokerOptions::default().data_dir(data_dir.path()).start();
    expect_all_well(&Program::run(&mut java.scenario(scenario, &broker.address()), ""));
}

fn with_guest() -> TempDir {
    let data_dir = TempDir::new().expect("a folder");
    add_user(data_dir.path(), "guest", "guest");
    data_dir
}

/// Each case has said that it went well, and there was one.
fn expect_all_well(ended: &Ended) {
    let cases = ended.stdout.iter().filter(|line| !line.starts_with(RESTART));
    let (well, ill): (Vec<&String>, Vec<&String>) = cases.partition(|line| line.starts_with("ok "));
    let is_whole = ended.status.success() && ill.is_empty() && !well.is_empty();
    assert!(is_whole, "{}", ended.report());
}
