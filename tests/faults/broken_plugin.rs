//! Libraries that can't be loaded: named each, and in the way only of what needs them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use philter_tests::artifacts::artifacts;
use philter_tests::broker::BrokerOptions;
use tempfile::TempDir;

/// A plugin directory with copies of the standard plugins.
fn plugins() -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(&artifacts().plugin_dir).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("libphilter_") && name.ends_with(".so") {
            fs::copy(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    folder
}

#[test]
fn a_file_that_is_no_library_is_named_and_the_rest_works() {
    let folder = plugins();
    fs::write(folder.path().join("libbroken.so"), "not a library").unwrap();
    let broker = BrokerOptions::default().plugin_dir(folder.path()).start();
    broker.wait_for_log("libbroken.so");
    broker.client().close().unwrap();
}

#[test]
fn a_library_that_is_no_plugin_is_named_with_the_missing_symbol() {
    let folder = plugins();
    let source = folder.path().join("stranger.c");
    fs::write(&source, "int something_else(void) { return 7; }\n").unwrap();
    let library = folder.path().join("libstranger.so");
    let mut cc = std::process::Command::new("cc");
    cc.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
    assert!(cc.status().unwrap().success());
    let broker = BrokerOptions::default().plugin_dir(folder.path()).start();
    let line = broker.wait_for_log("libstranger.so");
    assert!(line.contains("philter_plugin_entry_v1"), "{line}");
}

#[test]
fn a_second_library_with_the_same_type_is_named() {
    let folder = plugins();
    let direct = folder.path().join("libphilter_exchange_direct.so");
    fs::copy(&direct, folder.path().join("libzz_direct_again.so")).unwrap();
    let options = BrokerOptions::default().plugin_dir(folder.path());
    let said = match options.try_start() {
        Ok(broker) => broker.wait_for_log("libzz_direct_again.so"),
        Err(ended) => ended.report(),
    };
    assert!(said.contains("libzz_direct_again.so") && said.contains("direct"), "{said}");
}

#[test]
fn a_library_that_others_may_write_is_refused() {
    let folder = plugins();
    let fanout = folder.path().join("libphilter_exchange_fanout.so");
    fs::set_permissions(&fanout, fs::Permissions::from_mode(0o777)).unwrap();
    let said = match BrokerOptions::default().plugin_dir(folder.path()).try_start() {
        Ok(broker) => broker.wait_for_log("libphilter_exchange_fanout.so: "),
        Err(ended) => ended.report(),
    };
    assert!(said.contains("mode"), "{said}");
}

#[test]
fn a_module_that_was_asked_for_by_name_stops_the_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("libmissing.so");
    let argument = file.to_str().unwrap();
    let options = BrokerOptions::default().arguments(["--load-module", argument]);
    let ended = options.try_start().unwrap_err();
    assert!(ended.report().contains("libmissing.so"), "{}", ended.report());
}
