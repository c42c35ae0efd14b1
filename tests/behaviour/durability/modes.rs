//! What the broker says of how much it keeps, and who may keep it.

use std::fs;

use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::Message;
use tempfile::TempDir;

use super::*;

#[test]
fn without_a_data_directory_nothing_is_written_and_the_start_says_so() {
    let home = TempDir::new().unwrap();
    let path = home.path().to_str().unwrap();
    let options = BrokerOptions::default().without_data_dir().environment("HOME", path);
    let broker = options.start();
    broker.wait_for_log("nothing outlives this process");
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(queue_0_10("q")).unwrap();
    session.publish("", &Message::new("q", "x").durable()).unwrap();
    assert_eq!(take(&mut session, "q"), [("x".to_owned(), false)]);
    drop(client);
    broker.stop().expect_success();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "something was written");
}

#[test]
fn the_start_says_what_a_confirm_is_worth() {
    for (mode, words) in [
        ("always", "neither the end of the broker nor a power cut loses it"),
        ("interval", "a power cut or the end of the system loses"),
        ("never", "the end of the broker loses nothing that was confirmed"),
    ] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("philter.toml");
        fs::write(&file, format!("[plugin.journal]\nsync = \"{mode}\"\n")).unwrap();
        let options = BrokerOptions::default().arguments(["--config", file.to_str().unwrap()]);
        let broker = options.start();
        let line = broker.wait_for_log("store 'journal'");
        assert!(line.contains(words), "{mode}: {line}");
        let level = if mode == "always" { "INFO" } else { "WARN" };
        assert!(line.contains(level), "{mode}: {line}");
        // By a kill none of them loses anything.
        let mut client = confirming(&broker);
        client.call(1, durable_queue("q")).unwrap();
        publish_all(&mut client, "q", &["x"]);
        let broker = broker.again(End::Killed);
        let mut client = broker.client();
        assert_eq!(take_bodies(&mut client.attach("s").unwrap(), "q"), ["x"], "{mode}");
    }
}

#[test]
fn a_second_broker_on_the_same_directory_is_refused_and_told_who_has_it() {
    let broker = Broker::start();
    let mut client = confirming(&broker);
    client.call(1, durable_queue("q")).unwrap();
    let second = BrokerOptions::default().data_dir(broker.data_dir());
    let ended = second.try_start().unwrap_err();
    assert!(!ended.status.success(), "{}", ended.report());
    let said = ended.stderr.join("\n");
    let directory = broker.data_dir().to_str().unwrap();
    for part in [directory, "is in use by", &broker.pid().to_string()] {
        assert!(said.contains(part), "no \"{part}\" in: {said}");
    }
    publish_all(&mut client, "q", &["the first one is not harmed"]);
}
