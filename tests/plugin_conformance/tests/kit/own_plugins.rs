//! Our own plugins keep every rule.

use std::path::Path;
use std::sync::Arc;

use philter_plugin_api::abi::host::{HostServices, Library};
use philter_plugin_api::value::Value;
use philter_plugin_api::{Context, Event, InstanceId, Level, testing};

use crate::libraries::{own, own_plugins};
use crate::run::Run;

/// Every plugin there is, so that a new one cannot be forgotten here.
#[test]
fn every_plugin_keeps_every_rule() {
    let plugins = own_plugins();
    assert!(plugins.len() >= 8, "{plugins:?}");
    for plugin in plugins {
        Run::over(&own(&plugin), &[]).passes();
    }
}

#[test]
fn the_store_in_memory_is_filled_up() {
    let arguments = ["--full-config", r#"{"bytes_max": 1000000}"#];
    let run = Run::over(&own("store-memory"), &arguments);
    assert!(!run.passes().skips("says that it is full"));
}

#[test]
fn the_anonymous_provider_lets_everyone_in_where_it_is_told_to() {
    let configuration = r#"{"accept": "everyone"}"#;
    let logins = ["--login", "ANONYMOUS trace", "--login", r"PLAIN \0guest\0guest"];
    let arguments = [&["--config", configuration][..], &logins].concat();
    let run = Run::over(&own("auth-anonymous"), &arguments);
    assert!(!run.passes().skips("lets the sample logins in"));
}

#[test]
fn the_file_provider_lets_its_users_in() {
    let data_dir = tempfile::tempdir().expect("a folder can be made");
    add_user(data_dir.path(), "bob", "secret");
    let data_dir = data_dir.path().to_str().expect("a temporary folder's name is text");
    let arguments = ["--data-dir", data_dir, "--login", r"PLAIN \0bob\0secret"];
    let run = Run::over(&own("auth-file"), &arguments);
    assert!(!run.passes().skips("lets the sample logins in"));
}

/// What `philter user add` does.
fn add_user(data_dir: &Path, name: &str, password: &str) {
    let library = Library::open(&own("auth-file"), Arc::new(Silent)).expect("the library loads");
    let context = Context { data_dir: data_dir.to_str(), ..testing::context("file") };
    let arguments = ["add", name, "--password-stdin"];
    let output = library.command("user", &context, &arguments, &mut password.as_bytes());
    assert_eq!(output.expect("the command runs").exit_code, 0);
}

struct Silent;

impl HostServices for Silent {
    fn log(&self, _: &str, _: Level, _: &str) {}

    fn notify(&self, _: &str, _: InstanceId, _: Event, _: &Value) {}
}
