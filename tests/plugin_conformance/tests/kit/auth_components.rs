//! Auth providers that are components, with a fault each, and the rule that finds it.

use philter_test_components::Component;

use crate::components::{GIVE_UP, IMPATIENT, over};

/// Who gets in by the default provider.
const JO: &[&str] = &["--login", r"PLAIN \0jo\0secret"];

fn auth() -> Component {
    Component::auth("planted")
}

#[test]
fn passes_a_provider_without_a_fault() {
    let run = over(&auth(), JO);
    run.passes();
    for rule in ["lets the sample logins in", "keeps no slice of a login", "inspects in JSON"] {
        assert!(!run.skips(rule), "{rule}");
    }
}

#[test]
fn finds_a_provider_that_gives_up() {
    let own = [
        ("mechanisms", "offers mechanisms by their registered names"),
        ("start", "ends with logins under way"),
        ("step", "answers each call exactly once"),
        ("authorize", "answers every question of the ACL"),
        ("limits", "tells the quotas of any identity"),
    ];
    let of_all = GIVE_UP.iter().copied().filter(|(entry, _)| *entry != "explain");
    for (entry, rule) in of_all.chain(own) {
        let run = over(&auth().entry(entry, "unreachable"), &[]);
        run.fails(rule).fails("it gave up");
    }
}

#[test]
fn finds_a_provider_that_never_answers() {
    let body = "(loop $for-ever (br $for-ever)) unreachable";
    over(&auth().entry("authorize", body), IMPATIENT).fails("the call took more than 200 ms");
}

#[test]
fn finds_an_outcome_that_is_none() {
    for (case, bytes, words) in [
        (0, 1_048_576, "a challenge of 1048576 bytes, at most 65536 are taken"),
        (1, 0, "a success without 'identity'"),
        (1, 1, "a success that is no map"),
    ] {
        let body = format!(
            "(call $ok-outcome (i32.const {case}) (call $alloc (i32.const {bytes})) \
             (i32.const {bytes}))"
        );
        over(&auth().entry("start", body), &[]).fails(words);
    }
}

#[test]
fn finds_a_mechanism_that_is_none() {
    let lower = auth()
        .code("(data (i32.const 2048) \"plain\")")
        .entry("mechanisms", "(call $one-text (i32.const 2048) (i32.const 5))");
    over(&lower, &[]).fails("is no mechanism's name");
}

#[test]
fn finds_a_provider_that_lets_everybody_in() {
    let anybody = auth().entry("start", "(call $success)");
    over(&anybody, &[]).fails("answers not-mine for a mechanism that it does not know");
}

#[test]
fn what_is_granted_is_a_setting() {
    let imports = auth().files();
    over(&imports, &[]).fails("files = { NAME = \"PATH\" }' in its table");
    let granted = r#"{"files": {"keys": "/etc/hostname"}}"#;
    over(&imports, &["--settings", granted]).passes();
    let wrong = r#"{"http": {"idp": {"url": "ftp://idp"}}}"#;
    over(&imports, &["--settings", wrong]).fails("it is not granted");
}
