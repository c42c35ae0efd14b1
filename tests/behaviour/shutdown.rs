//! SIGTERM ends the broker in order.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use philter_tests::artifacts::artifacts;
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Refusal, Subscription};
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn clients_are_told_and_the_exit_is_clean() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    broker.signal(Signal::TERM);
    match client.wait_for_close() {
        Refusal::Closed { code: Some(320), text } => assert!(!text.is_empty()),
        refusal => panic!("{refusal}"),
    }
    let ended = broker.wait();
    assert!(ended.status.success(), "{}", ended.report());
}

#[test]
fn peers_that_never_said_anything_do_not_hold_it_up() {
    let broker = Broker::start();
    let silent: Vec<_> = (0..10).map(|_| broker.socket()).collect();
    let ended = broker.stop();
    assert!(ended.status.success(), "{}", ended.report());
    drop(silent);
}

#[test]
fn an_interrupt_from_the_keyboard_does_the_same() {
    let broker = Broker::start();
    broker.signal(Signal::INT);
    let ended = broker.wait();
    assert!(ended.status.success(), "{}", ended.report());
}

/// As after `philter 2>&1 | head -n 1`.
#[test]
fn a_log_that_nobody_reads_costs_nothing() {
    let artifacts = artifacts();
    let mut broker = Command::new(&artifacts.broker)
        .env_clear()
        .args(["--port", "0", "--interface", "127.0.0.1", "--no-data-dir", "--plugin-dir"])
        .arg(&artifacts.plugin_dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(broker.stderr.take());
    let mut ready = String::new();
    BufReader::new(broker.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    assert!(ready.starts_with("philter ready: "), "{ready:?}");
    kill_process(Pid::from_child(&broker), Signal::TERM).unwrap();
    let status = broker.wait().unwrap();
    assert!(status.success(), "{status}");
}
