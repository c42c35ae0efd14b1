//! Command line before environment before file; what is unknown is an error in each; what an
//! operator brings from Qpid's broker is read as it is.

use std::fs;

use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions, philter_in};
use philter_tests::client::Client;
use tempfile::TempDir;

fn file(text: &str) -> (TempDir, String) {
    file_named("philter.toml", text)
}

fn file_named(name: &str, text: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
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

#[test]
fn a_file_of_qpids_form_is_read() {
    let text = "# qpidd\nauth=no\nmgmt-enable=no # no tools\nlog-enable=debug+:Network\n";
    let (_folder, path) = file_named("qpidd.conf", text);
    assert!(is_open(&BrokerOptions::default().arguments(["--config", &path]).start()));
}

#[test]
fn qpids_variables_stand_below_ours_and_above_the_file() {
    let (_folder, path) = file("auth = \"yes\"\n");
    let with_file = || BrokerOptions::default().arguments(["--config", &path]);
    assert!(is_open(&with_file().environment("QPID_AUTH", "no").start()));
    let both = with_file().environment("QPID_AUTH", "no").environment("PHILTER_AUTH", "yes");
    assert!(!is_open(&both.start()));
}

#[test]
fn variables_of_qpids_other_programs_do_not_stop_the_broker() {
    let options = BrokerOptions::default().environment("QPID_PLUGIN_PATH", "/x");
    options.environment("QPID_LOG_TO_STDOUT", "yes").start();
    let ended = BrokerOptions::default().environment("QPID_ACL_FILE", "/x").try_start();
    let report = ended.unwrap_err().report();
    assert!(report.contains("not yet: QPID_ACL_FILE"), "{report}");
}

#[test]
fn config_check_says_all_that_is_wrong_with_file_line_and_key() {
    let cases = [
        ("philter.toml", "port = 99999\nsparkle = 1\nacl-file = \"x\"\n"),
        ("qpidd.conf", "port=99999\nsparkle=1\nacl-file=x\nauth=no\n"),
    ];
    for (name, text) in cases {
        let (_folder, path) = file_named(name, text);
        let ended = philter_in(&[("PHILTER_REALM", "a@b")], ["config", "check", &path, "-p", "x"]);
        assert_eq!(ended.status.code(), Some(2), "{}", ended.report());
        let wanted = [
            format!("philter: {path}:2: sparkle: no such option"),
            format!("philter: not yet: {path}:3: acl-file"),
            "philter: PHILTER_REALM=a@b: wanted at most 255 bytes, without @ and control \
             characters"
                .to_owned(),
            "philter: --port x: wanted a number from 0 to 65535".to_owned(),
        ];
        assert_eq!(ended.stderr, wanted);
        assert!(ended.stdout.is_empty(), "{}", ended.report());
    }
}

#[test]
fn config_check_says_what_was_read_and_which_table_is_for_nobody() {
    let plugins = ["--plugin-dir", artifacts().plugin_dir.to_str().unwrap()];
    let check = |path: &str| {
        let words = ["config", "check", path, "--no-data-dir"];
        philter_in(&[("QPID_HOST", "x")], words.into_iter().chain(plugins))
    };
    let (_folder, path) = file("port = 1\n[plugin.anonymous]\n");
    let ended = check(&path).expect_success();
    let (options, about) = ("2 on the command line, 1 in", "1 about plugins");
    let wanted = [
        "left alone: QPID_HOST, no option of this broker".to_owned(),
        format!("{path}: OK: {options} {path}, {about}"),
    ];
    assert_eq!(ended.stdout, wanted);
    let (_folder, path) = file("port = 1\n[plugin.nobody]\n");
    let ended = check(&path);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
    let place = format!("philter: {path}:2: plugin.nobody: no loaded plugin has a type");
    assert!(ended.stderr.iter().any(|line| line.starts_with(&place)), "{}", ended.report());
}

#[test]
fn what_a_plugin_does_not_take_is_said_by_config_check_and_by_a_broker_that_does_not_start() {
    let plugins = ["--plugin-dir", artifacts().plugin_dir.to_str().unwrap(), "--no-data-dir"];
    let table = "port = 0\n[plugin.xml]\nsteps_max = 0\n[plugin.direct]\nspeed = 1\n";
    let (_folder, path) = file(table);
    let least = "value is less than the minimum of 1";
    let wanted = [
        format!("philter: {path}:2: plugin.xml.steps_max: {least} (exchange 'xml')"),
        format!("philter: {path}:4: plugin.direct: takes no 'speed' (exchange 'direct')"),
    ];
    let ended = philter_in(&[], ["config", "check", &path].into_iter().chain(plugins));
    assert_eq!(ended.status.code(), Some(2), "{}", ended.report());
    assert_eq!(ended.stderr, wanted);
    let words = ["--config", &path, "--log-level", "error"];
    let ended = philter_in(&[], words.into_iter().chain(plugins));
    assert_eq!(ended.status.code(), Some(2), "{}", ended.report());
    let told = [wanted[0].clone(), wanted[1].replace("philter: ", "")];
    assert_eq!(ended.stderr, told);
}

#[test]
fn config_check_reads_its_file_in_the_place_of_the_one_that_was_given() {
    let plugins = ["--plugin-dir", artifacts().plugin_dir.to_str().unwrap(), "--no-data-dir"];
    let (_folder, path) = file("port = 1\n");
    let (_other, wrong) = file("port = 99999\n");
    let words = ["config", "check", &path, "--config", &wrong];
    let ended = philter_in(&[], words.into_iter().chain(plugins)).expect_success();
    assert!(ended.stdout.iter().any(|line| line.starts_with(&format!("{path}: OK: "))));
    let words = ["config", "check", &wrong, "--config", &path];
    let ended = philter_in(&[], words.into_iter().chain(plugins));
    assert_eq!(ended.status.code(), Some(2), "{}", ended.report());
}

#[test]
fn config_show_says_where_each_value_comes_from() {
    let (_folder, path) = file("port = 1\nmax-connections = 7\ninterface = [\"::1\"]\n");
    let environment = [("PHILTER_REALM", "R"), ("QPID_WORKER_THREADS", "3")];
    let words = ["config", "show", "--config", &path, "-p", "2", "--no-data-dir"];
    let ended = philter_in(&environment, words).expect_success();
    let line = |name: &str| {
        let mut lines = ended.stdout.iter().map(|line| line.split_whitespace());
        let line = lines.find(|line| line.clone().next() == Some(name)).unwrap();
        line.skip(1).collect::<Vec<&str>>().join(" ")
    };
    assert_eq!(line("port"), "2 --port on the command line");
    assert_eq!(line("realm"), "R PHILTER_REALM");
    assert_eq!(line("worker-threads"), "3 QPID_WORKER_THREADS");
    assert_eq!(line("max-connections"), format!("7 {path}:2: max-connections"));
    assert_eq!(line("interface"), format!("::1 {path}:3: interface"));
    assert_eq!(line("data-dir"), "- --no-data-dir on the command line");
    assert_eq!(line("auth-provider"), "file, anonymous default");
    let memory = line("memory-limit");
    assert!(memory.contains(" default: 60 % of "), "{memory}");
}
