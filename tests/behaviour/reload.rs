//! SIGHUP: the configuration is read again, and what can be changed is.

use std::path::{Path, PathBuf};

use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Subscription};
use rustix::process::Signal;
use tempfile::TempDir;

/// A broker with a configuration file that its test writes.
struct Reloading {
    folder: TempDir,
    broker: Broker,
}

impl Reloading {
    fn start(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let file = file_in(folder.path());
        std::fs::write(&file, text).unwrap();
        let broker =
            BrokerOptions::default().arguments(["--config", file.to_str().unwrap()]).start();
        Self { folder, broker }
    }

    fn reload(&self, text: &str) {
        std::fs::write(file_in(self.folder.path()), text).unwrap();
        self.broker.signal(Signal::HUP);
    }
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join("philter.toml")
}

#[test]
fn the_log_level_is_applied() {
    let it = Reloading::start("");
    it.broker.client().close().unwrap();
    it.reload("log-level = \"debug\"\n");
    it.broker.wait_for_log("the log level is debug");
    it.broker.client().close().unwrap();
    let line = it.broker.wait_for_log(" DEBUG ");
    assert!(line.contains("philter::"), "{line}");
    assert!(!it.broker.log().text().contains("restart"), "{}", it.broker.log().text());
}

#[test]
fn the_limit_of_connections_is_applied() {
    let it = Reloading::start("");
    let first = it.broker.client();
    it.reload("max-connections = 1\n");
    it.broker.wait_for_log("max-connections is 1");
    drop(it.broker.socket());
    it.broker.wait_for_log("refused, the limit of connections is reached");
    it.reload("");
    it.broker.wait_for_log("max-connections is 500");
    it.broker.client().close().unwrap();
    first.close().unwrap();
}

#[test]
fn the_limit_of_the_drain_is_applied() {
    let it = Reloading::start("drain-timeout = 600000\n");
    let mut client = it.broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "one")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    session.receive().unwrap();
    it.reload("drain-timeout = 0\n");
    it.broker.wait_for_log("drain-timeout is 0");
    assert!(it.broker.stop().status.success());
}

#[test]
fn what_takes_a_restart_is_named() {
    let it = Reloading::start("realm = \"A\"\n");
    it.reload("realm = \"B\"\nauth = \"no\"\n[plugin.xml]\nthreads = 2\n");
    for name in ["realm", "auth", "[plugin.xml]"] {
        let line = it.broker.wait_for_log(&format!("{name} has changed: it takes a restart"));
        assert!(line.contains(" WARN "), "{line}");
    }
}

#[test]
fn a_configuration_that_is_wrong_is_refused_whole() {
    let it = Reloading::start("");
    it.reload("log-level = \"debug\"\nprot = 1\n");
    let line = it.broker.wait_for_log("philter.toml:2: prot: no such option");
    assert!(line.contains(" ERROR "), "{line}");
    it.broker.wait_for_log("the old one stays");
    it.broker.client().close().unwrap();
    it.reload("realm = \"B\"\n");
    it.broker.wait_for_log("realm has changed");
    assert!(!it.broker.log().text().contains("the log level is"));
}
