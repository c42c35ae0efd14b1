//! The store that is a component, under a broker: what it confirmed outlives a kill, nothing of it
//! is in clear on the disk, and no other key opens it.

use std::fs;

use philter_protocol::v0_9_1::method::{confirm, queue};
use philter_tests::broker::{Broker, BrokerOptions, End};
use philter_tests::client::{Credit, Subscription};
use philter_tests::client_0_9_1::Client;
use philter_tests::wasm_examples::WasmExamples;
use tempfile::TempDir;

use super::compiled;

const QUEUE: &str = "payroll-orders";
const SECRET: &str = "the-account-of-nobody-else";

/// Messages that are published, each of another length.
const MESSAGES: usize = 300;

/// A folder with what the broker is started on.
struct Place {
    plugin_dir: TempDir,
    data_dir: TempDir,
}

impl Place {
    fn find_or_skip(test: &str) -> Option<Self> {
        let plugin_dir = WasmExamples::find_or_skip(test)?.plugin_dir();
        let data_dir = TempDir::new().unwrap();
        std::os::unix::fs::symlink(compiled(), data_dir.path().join("wasm-cache")).unwrap();
        Some(Self { plugin_dir, data_dir })
    }

    /// With this key, which is 64 times the digit.
    fn options(&self, digit: char) -> BrokerOptions {
        let config = self.data_dir.path().join("philter.toml");
        let key = digit.to_string().repeat(64);
        let text = format!("store = \"encrypted\"\n[plugin.encrypted]\nkey = \"{key}\"\n");
        fs::write(&config, text).unwrap();
        let options = BrokerOptions::default().plugin_dir(self.plugin_dir.path());
        let options = options.arguments(["--config", config.to_str().unwrap()]);
        options.data_dir(self.data_dir.path())
    }

    /// The bytes of its database.
    fn database(&self) -> Vec<u8> {
        fs::read(self.data_dir.path().join("encrypted.redb")).unwrap()
    }
}

fn body(number: usize) -> String {
    format!("{SECRET} {number} {}", "x".repeat(number * 20))
}

/// Publishes all messages, and hears of each that it is stored.
fn publish_all(broker: &Broker) {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client.call(1, confirm::Select::default()).unwrap();
    let declare = queue::Declare { queue: QUEUE.to_owned(), durable: true, ..Default::default() };
    client.call(1, declare).unwrap();
    for number in 0..MESSAGES {
        let answered = client.publish_durable(1, ("", QUEUE), body(number)).unwrap();
        assert!(answered.is_taken, "{number}");
    }
}

/// What the queue has, read and left there.
fn browse(broker: &Broker) -> Vec<String> {
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.subscribe(Subscription::browse(QUEUE), Credit::UNLIMITED).unwrap();
    session.drain(QUEUE).unwrap().iter().map(|delivery| delivery.text()).collect()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_it_confirmed_outlives_a_kill_and_is_nowhere_in_clear() {
    let test = "what_it_confirmed_outlives_a_kill_and_is_nowhere_in_clear";
    let Some(place) = Place::find_or_skip(test) else { return };
    let broker = place.options('a').start();
    publish_all(&broker);
    let broker = broker.again(End::Killed);
    let wanted: Vec<String> = (0..MESSAGES).map(body).collect();
    assert_eq!(browse(&broker), wanted);
    let broker = broker.again(End::InOrder);
    assert_eq!(browse(&broker), wanted);
    drop(broker.stop().expect_success());
    let database = place.database();
    assert!(database.len() > MESSAGES * 1_000, "it is all there: {} bytes", database.len());
    for secret in [SECRET, QUEUE, "xxxxxxxx"] {
        assert!(!has(&database, secret), "'{secret}' is in the file");
    }
}

#[test]
fn another_key_is_refused_by_name_and_changes_nothing() {
    let test = "another_key_is_refused_by_name_and_changes_nothing";
    let Some(place) = Place::find_or_skip(test) else { return };
    let broker = place.options('a').start();
    publish_all(&broker);
    drop(broker.stop().expect_success());
    let refused = place.options('b').try_start().err().unwrap();
    let wanted = "is not the one that this store was made with";
    assert!(refused.report().contains(wanted), "{}", refused.report());
    let broker = place.options('a').start();
    assert_eq!(browse(&broker).len(), MESSAGES);
}
