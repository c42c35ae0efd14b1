//! SIGHUP: the configuration is read again, and what can be changed is.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Subscription};
use philter_tests::program::Program;
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
fn what_takes_a_restart_is_named_until_it_is_what_the_broker_runs_with() {
    let it = Reloading::start("realm = \"A\"\n");
    let named = |name: &str| {
        let said = format!("{name} has changed: it takes a restart");
        it.broker.log().lines().iter().filter(|line| line.contains(&said)).count()
    };
    // The option that is logged last says that the reload is done.
    for times in 1..=2 {
        let text = "realm = \"B\"\n[plugin.xml]\nthreads = 2\n";
        it.reload(&format!("drain-timeout = {times}\n{text}"));
        it.broker.wait_for_log(&format!("drain-timeout is {times}"));
        assert_eq!((named("realm"), named("[plugin.xml]")), (times, times));
    }
    it.reload("realm = \"A\"\ndrain-timeout = 2\n");
    it.broker.wait_for_log("no option has changed");
    assert_eq!((named("realm"), named("[plugin.xml]")), (2, 2));
}

/// The log is a pipe that nobody reads yet: the broker waits there, its process id already written.
#[test]
fn a_hangup_while_the_broker_starts_does_not_end_it() {
    let folder = TempDir::new().unwrap();
    let [log, pidfile] = ["log", "pid"].map(|name| folder.path().join(name));
    Program::run(Command::new("mkfifo").arg(&log), "").expect_success();
    let artifacts = artifacts();
    let mut command = Command::new(&artifacts.broker);
    command.env_clear().args(["--port", "0", "--interface", "127.0.0.1", "--no-data-dir"]);
    command.arg("--plugin-dir").arg(&artifacts.plugin_dir);
    command.arg("--log-to-file").arg(&log).arg("--pidfile").arg(&pidfile);
    let program = Program::start(&mut command, "");
    let pid = format!("{}\n", program.id());
    while std::fs::read_to_string(&pidfile).unwrap_or_default() != pid {
        let ended = program.stdout().has_ended_within(Duration::from_millis(1));
        assert!(!ended, "{}", program.wait().report());
    }
    program.signal(Signal::HUP);
    // Open for both, so that this waits for nobody either.
    let _reader = File::options().read(true).write(true).open(&log).unwrap();
    let ready = program.stdout().wait_for("philter ready: listening on ");
    assert!(ready.is_some(), "{}", program.wait().report());
    program.end().expect_success();
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
