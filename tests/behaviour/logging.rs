//! The log's forms and places.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use philter_tests::artifacts::artifacts;
use philter_tests::broker::BrokerOptions;
use philter_tests::client::{Client, Message};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn json_is_an_object_a_line() {
    let broker = BrokerOptions::default().arguments(["--log-format", "json"]).start();
    broker.client().close().unwrap();
    let ended = broker.stop();
    for line in &ended.stderr {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        for field in ["timestamp", "level", "target", "message"] {
            assert!(object[field].is_string(), "{field} in {line}");
        }
        let timestamp = object["timestamp"].as_str().unwrap();
        assert!(timestamp.len() == 27 && timestamp.ends_with('Z'), "{timestamp}");
    }
    let last: Value = serde_json::from_str(ended.stderr.last().unwrap()).unwrap();
    assert_eq!((&last["level"], &last["message"]), (&"INFO".into(), &"ended".into()));
}

#[test]
fn a_file_is_appended_to_beside_standard_error() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("log");
    std::fs::write(&file, "before\n").unwrap();
    let broker =
        BrokerOptions::default().arguments(["--log-to-file", file.to_str().unwrap()]).start();
    let listening = broker.wait_for_log("listening on 0.0.0.0:");
    assert!(broker.stop().status.success());
    let text = std::fs::read_to_string(&file).unwrap();
    let (_, said) = listening.split_once(" INFO ").unwrap();
    assert!(text.starts_with("before\n") && text.contains(said), "{text}");
}

#[test]
fn a_file_alone_is_closed_to_strangers_and_says_it_all() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("log");
    let arguments = ["--log-to-stderr", "no", "--log-to-file", file.to_str().unwrap()];
    let ended = BrokerOptions::default().arguments(arguments).start().stop();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", ended.report());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o137, 0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("loaded exchange direct") && text.contains(" ended\n"), "{text}");
}

#[test]
fn a_file_that_was_moved_away_begins_anew_at_a_hangup() {
    let folder = TempDir::new().unwrap();
    let (file, moved) = (folder.path().join("log"), folder.path().join("log.1"));
    let broker =
        BrokerOptions::default().arguments(["--log-to-file", file.to_str().unwrap()]).start();
    std::fs::rename(&file, &moved).unwrap();
    broker.signal(Signal::HUP);
    broker.wait_for_log("no option has changed");
    assert!(broker.stop().status.success());
    let (old, new) = [moved, file].map(|path| std::fs::read_to_string(path).unwrap()).into();
    assert!(old.contains("listening on") && !old.contains(" ended\n"), "{old}");
    assert!(new.contains("no option has changed") && new.contains(" ended\n"), "{new}");
}

#[test]
fn a_file_that_can_not_be_opened_is_named() {
    let ended = BrokerOptions::default().arguments(["--log-to-file", "/nowhere/log"]).try_start();
    let ended = ended.unwrap_err();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
    assert!(ended.report().contains("log file /nowhere/log: "), "{}", ended.report());
}

#[test]
fn a_system_without_a_log_is_said_and_harms_nobody() {
    let is_there = std::path::Path::new("/dev/log").exists();
    let arguments = ["--log-to-stderr", "no", "--log-to-syslog", "yes"];
    let broker = BrokerOptions::default().arguments(arguments).start();
    broker.client().close().unwrap();
    let ended = broker.stop();
    assert!(ended.status.success(), "{}", ended.report());
    let said = ended.stderr.join("\n");
    assert_eq!(said.contains("lines are lost until it is there"), !is_there, "{said}");
}

/// As a pager that somebody left open: its pipe is full, and nobody reads on.
#[test]
fn a_reader_that_stands_still_holds_nobody_up() {
    let artifacts = artifacts();
    let broker = Command::new(&artifacts.broker)
        .env_clear()
        .args(["--port", "0", "--interface", "127.0.0.1", "--no-data-dir", "--plugin-dir"])
        .arg(&artifacts.plugin_dir)
        .args(["--log-level", "trace"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut broker = Killed(broker);
    let mut ready = String::new();
    BufReader::new(broker.0.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let port = ready.trim().rsplit(':').next().unwrap().parse().unwrap();
    // Each connection says some hundred bytes of itself: far more than a pipe holds.
    for number in 0..1_000 {
        let mut client = Client::anonymous(port).unwrap();
        let mut session = client.attach(&format!("s{number}")).unwrap();
        session.declare_queue("q").unwrap();
        session.publish("", &Message::new("q", "x")).unwrap();
    }
    kill_process(Pid::from_child(&broker.0), Signal::TERM).unwrap();
    let status = broker.0.wait().unwrap();
    assert!(status.success(), "{status}");
}

/// A process that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It has mostly ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
