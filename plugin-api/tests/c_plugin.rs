//! A plugin in C, built with the header alone and loaded as the broker loads it.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use philter_plugin_api::abi::host::{HostServices, Library};
use philter_plugin_api::testing::{MockMessage, arguments, binding, context, route};
use philter_plugin_api::{BindingId, ErrorKind, Event, InstanceId, Level, Value};

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl HostServices for Lines {
    fn log(&self, plugin: &str, level: Level, text: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(format!("{plugin} {level:?} {text}"));
    }

    fn notify(&self, _: &str, _: InstanceId, _: Event, _: &Value) {}
}

fn build(folder: &Path) -> std::path::PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = folder.join("libc_exchange.so");
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-shared", "-fPIC"]);
    cc.args(["-fvisibility=hidden", "-I"]).arg(crate_folder.join("include")).arg("-o");
    cc.arg(&library).arg(crate_folder.join("tests/c/exchange.c"));
    assert!(cc.status().is_ok_and(|status| status.success()), "{cc:?}");
    library
}

#[test]
fn a_plugin_in_c_is_loaded_and_routes() {
    let folder = tempfile::tempdir().unwrap();
    let lines = Arc::new(Lines::default());
    let services: Arc<Lines> = Arc::clone(&lines);
    let library = Library::open(&build(folder.path()), services).unwrap();
    let info = library.info();
    assert_eq!((info.name.as_str(), info.version.as_str()), ("in-c", "0.1"));
    assert_eq!(info.factories[0].type_name, "c-exchange");
    assert_eq!(info.factories[0].optional_entries, [""; 0]);

    let exchange = library.create_exchange("c-exchange", &context("my-exchange")).unwrap();
    let none = arguments::<&str>([]);
    for (id, key) in [(1, "a"), (2, "a!"), (3, ""), (4, "a")] {
        let bound = exchange.bind(&binding(id, "q", key, &none)).unwrap();
        assert!(!bound.cacheable && !bound.reads.is_key_only());
    }
    let plain = MockMessage::new("a").body("body");
    let urgent = plain.clone().header("urgent", true);
    let empty = MockMessage::new("").header("urgent", true);
    let ids = |ids: &[u64]| ids.iter().copied().map(BindingId).collect::<Vec<_>>();
    let found = route(&*exchange, &[&plain, &urgent, &empty]);
    assert_eq!(found, [ids(&[1, 4]), ids(&[1, 2, 4]), ids(&[3])]);

    exchange.unbind(BindingId(1)).unwrap();
    assert_eq!(route(&*exchange, &[&plain]), [ids(&[4])]);
    let error = exchange.unbind(BindingId(1)).unwrap_err();
    assert_eq!((error.kind(), error.text()), (ErrorKind::NotFound, "no such binding"));
    let long = "x".repeat(65);
    let error = exchange.bind(&binding(9, "q", &long, &none)).unwrap_err();
    assert_eq!(error.text(), "the key is longer than 64 bytes");
    assert_eq!(exchange.inspect(None).unwrap_err().kind(), ErrorKind::Unsupported);
    drop(exchange);
    assert_eq!(*lines.0.lock().unwrap(), ["in-c Info my-exchange", "in-c Info destroyed"]);
}
