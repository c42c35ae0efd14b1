//! Command line before environment before file; what is unknown is an error in each.

use std::fs;

use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::Client;
use tempfile::TempDir;

fn file(text: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("philter.toml");
    fs::write(&path, text).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

/// Whether PLAIN with any password comes in, as `auth = no` has it.
fn is_open(broker: &Broker) -> bool {
    Client::plain(broker.port(), "anybody", "anything").is_ok()
}

#[test]
fn the_file_is_read() {
    let (_folder, path) = file("auth = \"no\"\n");
    assert!(is_open(&BrokerOptions::default().arguments(["--config", &path]).start()));
}

#[test]
fn the_environment_comes_before_the_file_and_the_command_line_before_both() {
    let (_folder, path) = file("auth = \"no\"\n");
    let with_file = || BrokerOptions::default().arguments(["--config", &path]);
    assert!(!is_open(&with_file().environment("PHILTER_AUTH", "yes").start()));
    let with_both = with_file().environment("PHILTER_AUTH", "yes");
    assert!(is_open(&with_both.arguments(["--auth", "no"]).start()));
}

#[test]
fn an_unknown_name_in_the_file_is_named_with_its_line() {
    let (_folder, path) = file("auth = \"no\"\nsparkle = 7\n");
    let ended = BrokerOptions::default().arguments(["--config", &path]).try_start().unwrap_err();
    let text = ended.report();
    assert!(text.contains("sparkle") && text.contains('2'), "{text}");
}

#[test]
fn a_file_that_is_missing_is_named() {
    let missing = "/no/such/philter.toml";
    let ended = BrokerOptions::default().arguments(["--config", missing]).try_start().unwrap_err();
    assert!(ended.report().contains(missing), "{}", ended.report());
}

#[test]
fn an_unknown_variable_is_an_error() {
    let ended =
        BrokerOptions::default().environment("PHILTER_SPARKLE", "7").try_start().unwrap_err();
    assert!(ended.report().contains("PHILTER_SPARKLE"), "{}", ended.report());
}
