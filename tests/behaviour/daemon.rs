//! The broker in the background: started, found and ended as Qpid's operators do it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions, philter};
use philter_tests::client::{Client, Credit, Message, Subscription};
use philter_tests::program::Ended;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A broker in the background, ended with the value.
struct Daemon {
    folder: TempDir,
    port: u16,
    /// Where it was told to leave its process id; nowhere in particular where it is empty.
    pidfile_option: Vec<String>,
}

impl Daemon {
    fn start(arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let ended = start_in(folder.path(), 0, arguments).expect_success();
        let port = ended.stdout.first().and_then(|line| line.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{}", ended.report()));
        Self { folder, port, pidfile_option: Vec::new() }
    }

    fn start_with_pidfile(pidfile: &Path) -> Self {
        let option = ["--pidfile", pidfile.to_str().unwrap()];
        let mut daemon = Self::start(&option);
        daemon.pidfile_option = option.map(str::to_owned).to_vec();
        daemon
    }

    fn ask(&self, arguments: &[&str]) -> Ended {
        let option = self.pidfile_option.iter().map(String::as_str);
        let arguments: Vec<&str> = arguments.iter().copied().chain(option).collect();
        ask(self.folder.path(), self.port, &arguments)
    }

    fn pidfile(&self) -> PathBuf {
        self.folder.path().join(format!("philter.{}.pid", self.port))
    }

    fn pid(&self) -> Pid {
        let said = self.ask(&["--check"]).expect_success().stdout;
        said.first().and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A test may have ended it already.
        self.ask(&["--quit"]);
    }
}

fn ask(folder: &Path, port: u16, arguments: &[&str]) -> Ended {
    let (folder, port) = (folder.to_str().unwrap(), port.to_string());
    let place = ["--data-dir", folder, "--port", &port];
    philter(arguments.iter().copied().chain(place), "")
}

fn start_in(folder: &Path, port: u16, arguments: &[&str]) -> Ended {
    let log = folder.join("log");
    let plugins = artifacts().plugin_dir.to_str().unwrap();
    let all = ["--daemon", "--interface", "127.0.0.1", "--plugin-dir", plugins];
    let all = all.into_iter().chain(["--log-to-file", log.to_str().unwrap()]);
    let all: Vec<&str> = all.chain(arguments.iter().copied()).collect();
    ask(folder, port, &all)
}

#[test]
fn it_serves_is_found_by_its_port_and_ends_when_told() {
    let daemon = Daemon::start(&[]);
    Client::anonymous(daemon.port).unwrap().close().unwrap();
    let pid = daemon.pid();
    let text = std::fs::read_to_string(daemon.pidfile()).unwrap();
    assert_eq!(text, format!("{pid}\n"));
    let quit = daemon.ask(&["--quit"]).expect_success();
    assert!(quit.stdout.is_empty(), "{}", quit.report());
    assert!(!daemon.pidfile().exists());
    assert!(Client::anonymous(daemon.port).is_err());
    let log = std::fs::read_to_string(daemon.folder.path().join("log")).unwrap();
    assert!(log.contains("ended"), "{log}");
    for question in ["--check", "--quit"] {
        let ended = daemon.ask(&[question]);
        assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
        assert!(ended.stderr.join("\n").contains("not running"), "{}", ended.report());
    }
}

#[test]
fn one_that_can_not_begin_ends_with_the_code_that_it_would_have_in_front() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("philter.toml");
    std::fs::write(&file, "[plugin.direct]\nspeed = 1\n").unwrap();
    let ended = start_in(folder.path(), 0, &["--config", file.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.report());
    assert!(
        ended.stderr.iter().any(|line| line.contains("takes no 'speed'")),
        "{}",
        ended.report()
    );
}

#[test]
fn it_has_left_the_terminal() {
    let daemon = Daemon::start(&[]);
    let pid = daemon.pid().as_raw_nonzero();
    let session = rustix::process::getsid(Some(daemon.pid())).unwrap();
    assert_eq!(session, daemon.pid());
    for descriptor in [0, 1, 2] {
        let target = std::fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).unwrap();
        assert_eq!(target, Path::new("/dev/null"));
    }
}

#[test]
fn why_it_does_not_start_is_said_where_it_was_asked_for() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = TempDir::new().unwrap();
    let ended = start_in(folder.path(), port, &[]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
    let said = ended.stderr.join("\n");
    assert!(said.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{said}");
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("cannot listen on"), "the log says it as well: {log}");
    assert!(!folder.path().join(format!("philter.{port}.pid")).exists());
}

#[test]
fn a_file_of_one_that_was_killed_is_no_obstacle() {
    let folder = TempDir::new().unwrap();
    let pidfile = folder.path().join("run/philter.pid");
    let first = Daemon::start_with_pidfile(&pidfile);
    kill_process(first.pid(), Signal::KILL).unwrap();
    // Its lock is given back when it is gone, and then nobody has the file.
    while first.ask(&["--check"]).status.success() {}
    assert!(pidfile.exists());
    let second = Daemon::start_with_pidfile(&pidfile);
    let text = std::fs::read_to_string(&pidfile).unwrap();
    assert_eq!(text, format!("{}\n", second.pid()));
    second.ask(&["--quit"]).expect_success();
    assert!(!pidfile.exists());
}

#[test]
fn a_file_serves_one_broker_at_a_time() {
    let folder = TempDir::new().unwrap();
    let pidfile = folder.path().join("philter.pid");
    let given = ["--pidfile", pidfile.to_str().unwrap()];
    let first = BrokerOptions::default().arguments(given).start();
    let pid = std::fs::read_to_string(&pidfile).unwrap();
    let ended = BrokerOptions::default().arguments(given).try_start().unwrap_err();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
    let said = format!("in use by the process {}", pid.trim());
    assert!(ended.report().contains(&said), "{}", ended.report());
    let check = philter(["--check", given[0], given[1]], "").expect_success();
    assert_eq!(check.stdout, [pid.trim()], "a broker in the foreground is found by its file");
    drop(first);
    assert!(!pidfile.exists());
}

#[test]
fn who_tells_it_to_end_waits_no_longer_than_it_was_told() {
    let daemon = Daemon::start(&["--drain-timeout", "600000"]);
    let mut client = Client::anonymous(daemon.port).unwrap();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "one")).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    session.receive().unwrap();
    let ended = daemon.ask(&["--quit", "--wait", "1"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
    assert!(ended.report().contains("gave up waiting"), "{}", ended.report());
    drop(client);
}

#[test]
fn a_broker_in_the_foreground_leaves_no_file_that_nobody_asked_for() {
    let broker = Broker::start();
    let ended = ask(broker.data_dir(), broker.port(), &["--check"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
}
