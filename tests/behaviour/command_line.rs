//! The command line: what is known, what is not yet, and what is a slip of the pen.

use philter_tests::artifacts::artifacts;
use philter_tests::broker::philter;

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
