//! The README's plugin in C, built as the README says. Its Rust is a test of the documentation.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use philter_plugin_api::abi::host::{HostServices, Library};
use philter_plugin_api::testing::{MockMessage, arguments, binding, context, route};
use philter_plugin_api::{BindingId, Event, InstanceId, Level, Value};

struct Silent;

impl HostServices for Silent {
    fn log(&self, _: &str, _: Level, _: &str) {}

    fn notify(&self, _: &str, _: InstanceId, _: Event, _: &Value) {}
}

#[test]
fn the_plugin_in_c_builds_loads_and_routes() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(crate_folder.join("README.md")).unwrap();
    let (_, source) = readme.split_once("```c\n").unwrap();
    let (source, after) = source.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("suffix.c"), source).unwrap();

    let (_, build) = after.split_once("```sh\n").unwrap();
    let (build, _) = build.split_once("philter plugin check").unwrap();
    let build = format!("{} -Wpedantic -Werror", build.trim());
    let mut shell = Command::new("sh");
    shell.args(["-ec", &build]).current_dir(folder.path());
    shell.env("PHILTER", crate_folder.join(".."));
    assert!(shell.status().unwrap().success(), "{build}");

    let library = Library::open(&folder.path().join("libsuffix.so"), Arc::new(Silent)).unwrap();
    let exchange = library.create_exchange("x-suffix", &context("orders")).unwrap();
    let none = arguments::<&str>([]);
    assert!(exchange.bind(&binding(1, "q", ".eu", &none)).unwrap().cacheable);
    exchange.bind(&binding(2, "q", "s.eu", &none)).unwrap();
    let error = exchange.bind(&binding(3, "q", "", &none)).unwrap_err();
    assert_eq!(error.text(), "the binding key of an x-suffix exchange is empty");
    let (eu, us) = (MockMessage::new("orders.eu"), MockMessage::new("orders.us"));
    let found = route(&*exchange, &[&eu, &us]);
    assert_eq!(found, [vec![BindingId(1), BindingId(2)], vec![]]);
    exchange.unbind(BindingId(1)).unwrap();
    assert!(exchange.unbind(BindingId(1)).is_err());
    assert_eq!(route(&*exchange, &[&eu]), [vec![BindingId(2)]]);
}
