//! Components of the real broker: found beside libraries, limited, shown, read again.

mod authoring;
mod bystander;
mod limits;
mod management;
mod reload;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use philter_protocol::v0_10::command::ExchangeBind;
use philter_protocol::v0_10::{FieldMap, Value};
use philter_test_components::Component;
use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions, philter};
use philter_tests::client::{Client, Credit, Message, Session, Subscription};
use philter_tests::program::Ended;
use tempfile::TempDir;

/// A plugin directory with the standard libraries, and components of a test's own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for entry in fs::read_dir(&artifacts().plugin_dir).unwrap() {
            let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
            if path.extension().is_some_and(|ending| ending == "so") {
                symlink(path, folder.path().join(name)).unwrap();
            }
        }
        Self(folder)
    }

    /// One with the exchange `geo` and the filter `near` in `geo.wasm`.
    fn with_geo() -> Self {
        let folder = Self::new();
        folder.put("geo.wasm", &geo("1.0.0"));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts a file in the place of the one of this name, in one step.
    fn put(&self, name: &str, component: &Component) {
        let new = self.path("new");
        fs::write(&new, component.build()).unwrap();
        fs::rename(new, self.path(name)).unwrap();
    }

    fn options(&self) -> BrokerOptions {
        BrokerOptions::default().plugin_dir(self.0.path())
    }

    /// A broker with this configuration file.
    fn start_with(&self, text: &str) -> Broker {
        fs::write(self.path("philter.toml"), text).unwrap();
        self.options().arguments(["--config", self.path("philter.toml").to_str().unwrap()]).start()
    }

    /// `philter plugin WORDS` with this plugin directory.
    fn plugin(&self, words: &[&str]) -> Ended {
        let folder = ["--plugin-dir", self.0.path().to_str().unwrap()];
        philter(["plugin"].iter().chain(words).copied().chain(folder), "")
    }
}

/// The exchange `geo` and the filter `near` in one component.
fn geo(version: &str) -> Component {
    of_version(Component::filter("near").and(Component::exchange("geo")), version)
}

/// The same component, which says that it is of this version.
fn of_version(component: Component, version: &str) -> Component {
    // The text has as many bytes as before.
    assert_eq!(version.len(), "1.0.0".len());
    let said = |version: &str| format!(r#"\"version\":\"{version}\""#);
    component.replace(&said("1.0.0"), &said(version))
}

/// Binds `queue` to `amq.topic` with a filter of the component's language.
fn bind_filtered(session: &mut Session<'_>, queue: &str, key: &str, expression: &str) {
    let text = |text: &str| Value::Str16(text.to_owned());
    let filter = FieldMap::new().with("language", text("near"));
    let filter = filter.with("expression", text(expression));
    let bind = ExchangeBind {
        queue: queue.to_owned(),
        exchange: "amq.topic".to_owned(),
        binding_key: key.to_owned(),
        arguments: Some(FieldMap::new().with("philter.filter", Value::Map(filter))),
    };
    session.run(bind).unwrap();
}

/// The bodies in a queue.
fn taken(client: &mut Client, queue: &str) -> Vec<String> {
    let mut session = client.attach(&format!("of {queue}")).unwrap();
    session.subscribe(Subscription::consume(queue), Credit::UNLIMITED).unwrap();
    session.drain(queue).unwrap().iter().map(|delivery| delivery.text()).collect()
}

#[test]
fn one_in_the_plugin_directory_routes_and_filters() {
    let folder = Folder::with_geo();
    let broker = folder.options().start();
    for what in ["exchange geo 1.0.0", "filter near 1.0.0"] {
        let line = broker.wait_for_log(&format!("loaded {what} from "));
        assert!(line.ends_with("/geo.wasm"), "{line}");
    }
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("routed").unwrap();
    session.declare_queue("filtered").unwrap();
    session.declare_exchange("x", "geo").unwrap();
    session.bind("routed", "x", "here").unwrap();
    bind_filtered(&mut session, "filtered", "#", "^good");
    for (key, body) in [("here", "good 1"), ("there", "good 2"), ("here", "bad 3")] {
        session.publish("x", &Message::new(key, body)).unwrap();
        session.publish("amq.topic", &Message::new(key, body)).unwrap();
    }
    let refused = session.bind("routed", "x", "not a number").unwrap_err();
    assert!(refused.text().contains("the key 'not a number' is not taken"), "{refused}");
    assert_eq!(taken(&mut client, "routed"), ["good 1", "bad 3"]);
    assert_eq!(taken(&mut client, "filtered"), ["good 1", "good 2"]);
}

#[test]
fn one_with_a_type_of_a_library_beside_it_is_refused_and_what_is_none_stops_nothing() {
    let folder = Folder::new();
    folder.put("a.wasm", &Component::exchange("direct"));
    fs::write(folder.path("broken.wasm"), "nothing").unwrap();
    let broker = folder.options().start();
    let line = broker.wait_for_log("exchange 'direct' is offered by ");
    assert!(line.contains(" WARN ") && line.contains("a.wasm"), "{line}");
    let line = broker.wait_for_log("the file is no WASM component");
    assert!(line.contains(" WARN ") && line.contains("broken.wasm"), "{line}");
    broker.client().close().unwrap();
}

#[test]
fn a_broker_without_one_has_no_threads_for_it() {
    let threads = |broker: &Broker| {
        let tasks = fs::read_dir(format!("/proc/{}/task", broker.pid())).unwrap();
        let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).unwrap();
        let names = tasks.map(|task| name(task.unwrap()));
        names.filter(|name| name.starts_with("wasm-")).count()
    };
    assert_eq!(threads(&Folder::new().options().start()), 0);
    assert_ne!(threads(&Folder::with_geo().options().start()), 0);
}

#[test]
fn list_and_check_say_what_it_offers_and_what_it_may_take() {
    let folder = Folder::with_geo();
    let listed = folder.plugin(&["list"]).expect_success().stdout.join("\n");
    for text in [
        "near 1.0.0 (MIT)",
        "component: memory_bytes_max = 67108864, call_ms_max = 5, ",
        "  exchange geo: exchange kind ",
        "  filter near: filter kind ",
    ] {
        assert!(listed.contains(text), "{text} in\n{listed}");
    }
    let json = folder.plugin(&["list", "--json"]).expect_success().stdout.join("\n");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let plugins = json["plugins"].as_array().unwrap();
    let carriers = plugins.iter().map(|plugin| plugin["carrier"].as_str().unwrap());
    assert_eq!(carriers.filter(|carrier| *carrier == "component").count(), 1);
    assert_eq!(plugins.last().unwrap()["limits"]["on_failure"], "reject");
    let file = folder.path("geo.wasm");
    let checked = folder.plugin(&["check", file.to_str().unwrap()]).expect_success();
    assert!(checked.stdout.join("\n").contains("exchange geo"), "{}", checked.report());
}

#[test]
fn the_policy_holds_for_it_as_for_a_library() {
    let folder = Folder::with_geo();
    let pins = format!("[pin]\n\"geo.wasm\" = \"{}\"\n", "0".repeat(64));
    fs::write(folder.path("philter.toml"), pins).unwrap();
    let config = folder.path("philter.toml");
    let file = folder.path("geo.wasm");
    let words = ["check", file.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let refused = folder.plugin(&words);
    assert_eq!(refused.status.code(), Some(1));
    let said = refused.stdout.join("\n");
    assert!(said.contains("refused: SHA-256: found ") && said.contains("wanted 000"), "{said}");
}

#[test]
fn a_table_for_what_is_no_component_stops_the_start() {
    let folder = Folder::with_geo();
    let config = folder.path("philter.toml");
    let start = |text: &str| {
        fs::write(&config, text).unwrap();
        let options = folder.options().arguments(["--config", config.to_str().unwrap()]);
        options.try_start().unwrap_err().report()
    };
    let missing = "no loaded component has a type or a file of this name";
    let report = start("[wasm.geo]\n[wasm.direct]\n");
    assert!(report.contains(&format!("philter.toml:2:7: wasm.direct: {missing}")), "{report}");
    let report = start("[wasm.geo]\ncall_ms_max = 0\n");
    let wrong = "philter.toml:2:1: wasm.geo.call_ms_max = 0: wanted a number from 1 to 60000";
    assert!(report.contains(wrong), "{report}");
}
