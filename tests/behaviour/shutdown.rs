//! SIGTERM ends the broker in order: who holds messages may settle them, and everyone is told.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Refusal, Subscription};
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

#[test]
fn who_holds_messages_gets_time_to_accept_them() {
    let broker = patient_broker();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    for body in ["one", "two"] {
        session.publish("", &Message::new("q", body)).unwrap();
    }
    session.subscribe(Subscription::consume("q"), Credit::messages(2)).unwrap();
    let (one, two) = (session.receive().unwrap(), session.receive().unwrap());
    broker.signal(Signal::TERM);
    broker.wait_for_log(DRAINING);
    session.accept(&one).unwrap();
    // It is still served, and what it publishes is taken.
    session.publish("", &Message::new("q", "three")).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
    let begun = Instant::now();
    session.accept(&two).unwrap();
    assert_eq!(client.wait_for_close().code(), Some(320));
    assert!(begun.elapsed() < PATIENCE, "told at once");
    let ended = broker.wait();
    assert!(ended.status.success(), "{}", ended.report());
}

#[test]
fn who_never_accepts_is_told_after_the_limit() {
    let broker = BrokerOptions::default().arguments(["--drain-timeout", "300"]).start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "one")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    session.receive().unwrap();
    let begun = Instant::now();
    broker.signal(Signal::TERM);
    assert_eq!(client.wait_for_close().code(), Some(320));
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let ended = broker.wait();
    assert!(ended.status.success(), "{}", ended.report());
}

#[test]
fn nobody_comes_in_while_others_settle() {
    let broker = patient_broker();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "one")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let one = session.receive().unwrap();
    let channel = session.channel();
    broker.signal(Signal::TERM);
    broker.wait_for_log(DRAINING);
    let refusal = client.attach("next").unwrap().receive().unwrap_err();
    assert!(refusal.text().contains("shuts down"), "{refusal}");
    assert!(std::net::TcpStream::connect(broker.address()).is_err(), "nobody listens");
    client.session(channel).accept(&one).unwrap();
    assert_eq!(client.wait_for_close().code(), Some(320));
    assert!(broker.wait().status.success());
}

#[test]
fn a_second_signal_ends_it_at_once_and_its_status_says_which() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let broker = patient_broker();
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        session.declare_queue("q").unwrap();
        session.publish("", &Message::new("q", "one")).unwrap();
        session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
        session.receive().unwrap();
        broker.signal(Signal::TERM);
        broker.wait_for_log(DRAINING);
        broker.signal(signal);
        assert_eq!(broker.wait().status.code(), Some(code));
    }
}

/// Said when everyone has been told.
const DRAINING: &str = "no longer listening on 0.0.0.0:";

/// Longer than any test takes.
const PATIENCE: Duration = Duration::from_secs(600);

fn patient_broker() -> Broker {
    BrokerOptions::default().arguments(["--drain-timeout", "600000"]).start()
}
