//! The command line: what is known, what is not yet, and what is a slip of the pen.

use std::process::Command;

use philter_tests::artifacts::artifacts;
use philter_tests::broker::{philter, philter_in};
use philter_tests::program::Program;

fn plugin_dir() -> &'static str {
    artifacts().plugin_dir.to_str().unwrap()
}

#[test]
fn a_slip_is_refused_and_the_nearest_option_named() {
    let ended = philter(["--prot", "5"], "");
    assert!(!ended.status.success());
    assert!(ended.report().contains("--prot") && ended.report().contains("port"));
}

#[test]
fn an_option_that_is_not_there_yet_is_refused_by_name() {
    let ended = philter(["--acl-file", "x"], "");
    assert!(!ended.status.success());
    assert!(ended.report().contains("acl-file"), "{}", ended.report());
}

#[test]
fn an_option_of_qpids_that_makes_no_sense_here_says_why() {
    let ended = philter(["--log-time=yes"], "");
    assert_eq!(ended.status.code(), Some(2));
    let wanted =
        "philter: --log-time: no option here: a line of the log has its form from log-format";
    assert_eq!(ended.stderr, [wanted]);
    let ended = philter(["-k"], "");
    assert_eq!(ended.stderr, ["philter: not yet: --kill"]);
}

#[test]
fn an_option_that_means_one_thing_alone_needs_no_value() {
    let show = |words: &[&'static str]| {
        let ended = philter(["config", "show"].into_iter().chain(words.iter().copied()), "");
        let ended = ended.expect_success();
        let line = ended.stdout.iter().find(|line| line.starts_with("trace ")).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(show(&["-t"]), "yes");
    assert_eq!(show(&["--trace=no"]), "no");
    assert_eq!(show(&[]), "no");
}

#[test]
fn a_value_that_is_none_is_refused_with_its_option() {
    let ended = philter(["--port", "70000"], "");
    assert!(!ended.status.success());
    assert!(ended.report().contains("port") && ended.report().contains("70000"));
}

#[test]
fn help_and_version_go_to_the_standard_output() {
    let help = philter(["--help"], "").expect_success();
    assert!(help.stdout.join("\n").contains("--data-dir"), "{}", help.report());
    let version = philter(["--version"], "").expect_success();
    assert!(version.stdout.join("\n").contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn plugin_list_names_every_plugin_with_its_kinds() {
    let ended = philter(["plugin", "list", "--plugin-dir", plugin_dir()], "").expect_success();
    let text = ended.stdout.join("\n");
    for name in [
        "exchange-direct",
        "exchange-xml",
        "filter-selector",
        "auth-file",
        "auth-anonymous",
        "store-journal",
        "store-memory",
    ] {
        assert!(text.contains(name), "{name} in\n{text}");
    }
    assert!(text.contains("draft"), "{text}");
}

#[test]
fn plugin_check_says_what_is_wrong_with_a_file_that_is_none() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("libnothing.so");
    std::fs::write(&file, "not a library").unwrap();
    let ended = philter(["plugin", "check", file.to_str().unwrap()], "");
    assert!(!ended.status.success());
    assert!(ended.report().contains("libnothing.so"), "{}", ended.report());
}

#[test]
fn users_are_added_listed_changed_and_deleted() {
    let folder = tempfile::TempDir::new().unwrap();
    let place = ["--data-dir", folder.path().to_str().unwrap(), "--plugin-dir", plugin_dir()];
    let user = |words: &[&'static str], input: &str| {
        let words = ["user"].into_iter().chain(words.iter().copied());
        philter(words.chain(place), input)
    };
    user(&["add", "alice", "--password-stdin"], "secret\n").expect_success();
    assert!(!user(&["add", "alice", "--password-stdin"], "x\n").status.success());
    assert_eq!(user(&["list"], "").expect_success().stdout, ["alice"]);
    user(&["passwd", "alice", "--password-stdin"], "other\n").expect_success();
    user(&["delete", "alice"], "").expect_success();
    assert!(!user(&["delete", "alice"], "").status.success());
    assert!(user(&["list"], "").expect_success().stdout.is_empty());
}

#[test]
fn a_command_logs_to_standard_error_whatever_the_broker_does() {
    let folder = tempfile::TempDir::new().unwrap();
    let log = folder.path().join("log");
    let libraries = std::fs::read_dir(plugin_dir()).unwrap().map(|entry| entry.unwrap().path());
    let library = libraries.into_iter().find(|path| path.extension() == Some("so".as_ref()));
    let library = library.unwrap();
    let place = ["--data-dir", folder.path().to_str().unwrap(), "--plugin-dir", plugin_dir()];
    let environment = [
        ("PHILTER_LOG_TO_FILE", log.to_str().unwrap()),
        ("PHILTER_LOG_TO_STDERR", "no"),
        ("PHILTER_LOG_LEVEL", "trace"),
        ("PHILTER_DAEMON", "yes"),
    ];
    for words in [
        vec!["user", "list"],
        vec!["plugin", "list"],
        vec!["plugin", "check", library.to_str().unwrap()],
    ] {
        philter_in(&environment, words.into_iter().chain(place)).expect_success();
        assert!(!log.exists());
    }
}

#[test]
fn completions_are_what_each_shell_reads() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = philter(["completions", shell], "").expect_success().stdout.join("\n");
        for word in ["philter", "data-dir", "plugin"] {
            assert!(script.contains(word), "{shell}: {word} in\n{script}");
        }
    }
    let script = philter(["completions", "bash"], "").expect_success().stdout.join("\n");
    let check = format!("{script}\ncomplete -p philter\n");
    let bash = Program::run(&mut Command::new("bash"), &check).expect_success();
    assert!(bash.stdout.join("\n").contains("complete "), "{}", bash.report());
    let ended = philter(["completions", "cmd"], "");
    assert_eq!(ended.status.code(), Some(2), "{}", ended.report());
}

#[test]
fn manual_pages_are_printed_or_written_one_a_command() {
    let page = philter(["man"], "").expect_success().stdout.join("\n");
    assert!(page.contains(".TH philter 1") && page.contains("data\\-dir"), "{page}");
    let folder = tempfile::TempDir::new().unwrap();
    let below = folder.path().join("man1");
    philter(["man", below.to_str().unwrap()], "").expect_success();
    for name in ["philter.1", "philter-plugin.1", "philter-plugin-list.1"] {
        let page = std::fs::read_to_string(below.join(name)).unwrap();
        assert!(page.contains(".TH philter"), "{name}: {page}");
    }
    let file = below.join("philter.1");
    let ended = philter(["man", file.to_str().unwrap()], "");
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
    assert!(ended.report().contains(file.to_str().unwrap()), "{}", ended.report());
}
