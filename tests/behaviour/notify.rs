//! What the service manager is told, seen from its socket.

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;

use philter_tests::artifacts::workspace;
use philter_tests::broker::{Broker, BrokerOptions};
use rustix::process::Signal;
use tempfile::TempDir;

/// A service manager that listens.
struct Manager {
    folder: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { folder, socket }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("notify")
    }

    fn start(&self, variables: &[(&str, &str)]) -> Broker {
        let path = self.path();
        let options = BrokerOptions::default().environment("NOTIFY_SOCKET", path.to_str().unwrap());
        let set =
            |options: BrokerOptions, (name, value): &(&str, &str)| options.environment(name, value);
        variables.iter().fold(options, set).start()
    }

    /// The lines of the next message.
    fn hear(&self) -> Vec<String> {
        let mut bytes = [0; 4_096];
        let count = self.socket.recv(&mut bytes).unwrap();
        let text = String::from_utf8(bytes[..count].to_vec()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn it_hears_of_the_start_a_reload_and_the_end() {
    let manager = Manager::new();
    let broker = manager.start(&[]);
    let status = format!("STATUS=listening on port {}", broker.port());
    assert_eq!(manager.hear(), ["READY=1", &status]);
    broker.signal(Signal::HUP);
    let reloading = manager.hear();
    assert_eq!(reloading[0], "RELOADING=1");
    let at_us = reloading[1].strip_prefix("MONOTONIC_USEC=").unwrap();
    assert!(at_us.parse::<u64>().unwrap() > 0, "{reloading:?}");
    assert_eq!(manager.hear(), ["READY=1", "STATUS=reloaded"]);
    assert!(broker.stop().status.success());
    assert_eq!(manager.hear()[0], "STOPPING=1");
}

#[test]
fn its_watchdog_hears_again_and_again() {
    let manager = Manager::new();
    let broker = manager.start(&[("WATCHDOG_USEC", "200000")]);
    assert_eq!(manager.hear()[0], "READY=1");
    for _ in 0..3 {
        assert_eq!(manager.hear(), ["WATCHDOG=1"]);
    }
    assert!(broker.stop().status.success());
}

#[test]
fn one_that_is_gone_harms_nobody() {
    let manager = Manager::new();
    std::fs::remove_file(manager.path()).unwrap();
    let broker = manager.start(&[("WATCHDOG_USEC", "1000")]);
    broker.client().close().unwrap();
    assert!(broker.stop().status.success());
}

/// The example's own command line, in folders of the test's.
#[test]
fn the_example_of_a_unit_starts_a_broker() {
    let unit = std::fs::read_to_string(workspace().join("examples/systemd/philter.service"));
    let unit = unit.unwrap();
    let of = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let folder = TempDir::new().unwrap();
    let configuration = folder.path().join("philter.toml");
    std::fs::write(&configuration, "").unwrap();
    let command = of("ExecStart=/usr/local/bin/philter ");
    let command = command.replace("/etc/philter/philter.toml", configuration.to_str().unwrap());
    let data = folder.path().join("data");
    let command = command.replace("/var/lib/philter", data.to_str().unwrap());
    let (arguments, data_dir) = command.split_once(" --data-dir ").unwrap();
    let options = BrokerOptions::default().arguments(arguments.split(' '));
    let broker = options.data_dir(data_dir.as_ref()).start();
    assert_eq!(of("ExecReload="), "/bin/kill -HUP $MAINPID");
    broker.signal(Signal::HUP);
    broker.wait_for_log("no option has changed");
    assert!(broker.stop().status.success());
}
