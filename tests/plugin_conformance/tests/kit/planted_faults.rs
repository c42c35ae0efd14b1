//! A fault each, and the rule that finds it.

use crate::libraries::{faulty_in_c, faulty_in_rust, faulty_store_in_c};
use crate::run::Run;

/// Calls that a fault leaves unanswered cost the test this long each.
const SHORT: &[&str] = &["--deadline-ms", "500"];

/// A test for each fault of `faulty.c`: what the failing line says.
macro_rules! finds {
    ($($test:ident: $fault:literal, $arguments:expr, $words:literal;)+) => {$(
        #[test]
        fn $test() {
            let (_folder, library) = faulty_in_c($fault);
            Run::over(&library, $arguments).fails($words);
        }
    )+};
}

#[test]
fn passes_the_library_without_a_fault() {
    let (_folder, library) = faulty_in_c("none");
    Run::over(&library, &[]).passes();
}

finds! {
    finds_a_wrong_magic: "wrong_magic", &[], "magic is 0x12345678";
    finds_a_short_struct: "short_struct", &[], "ph_plugin.size is 24";
    finds_another_draft: "another_draft", &[], "drafts load only where the version is equal";
    finds_a_refusal_of_the_host: "refuses_the_host", &[], "answered NULL";
    finds_a_wrong_binding_id: "wrong_binding_id", &[], "answers only bindings that it holds";
    finds_an_answer_past_the_batch: "answers_past_the_batch", &[], "of a batch of 17";
    finds_a_borrowed_key: "keeps_a_borrowed_key", &[], "keeps no slice of a binding";
    finds_a_false_key_only_claim: "reads_headers_as_key_only", &[],
        "reads of a message only what its bindings say";
    finds_a_key_only_claim_that_answers_belie: "reads_headers_as_key_only", &[],
        "depends on the key alone";
    finds_an_unbind_that_forgets_nothing: "forgets_unbind", &[], "forgets a binding once";
    finds_an_unbind_of_the_unknown: "unbinds_the_unknown", &[], "answers not-found";
    finds_a_refused_binding_that_is_kept: "takes_what_it_refused", &[],
        "changes nothing when it refuses a binding";
    finds_an_answer_that_depends_on_the_batch: "depends_on_the_batch", &[],
        "answers the same however messages are batched";
    finds_answers_that_vary_and_may_be_cached: "varies_though_cacheable", &[],
        "answers the same again where answers may be cached";
    finds_instances_that_share: "shares_instances", &[], "keeps instances apart";
    finds_what_is_not_safe_for_threads: "not_thread_safe", &[], "from many threads at once";
    finds_an_error_for_an_odd_message: "fails_on_odd_messages", &[], "finds no match, and no error";
    finds_prose_for_json: "inspects_in_prose", &[], "inspects in JSON";
    finds_a_configuration_that_is_not_looked_at: "takes_any_configuration", &[],
        "refuses a configuration that is no JSON object";
    finds_a_crash_by_its_rule: "crashes", &[], "ended the process by signal 6";
    finds_an_instance_that_never_ends: "never_ends", SHORT, "destroy did not return";
    finds_a_second_completion: "completes_twice", &[], "was answered twice";
    finds_a_lost_token: "leaks_a_token", SHORT, "answers each call exactly once";
    finds_a_completion_beside_an_answer: "completes_and_answers", &[], "was answered twice";
    finds_a_borrowed_login: "keeps_a_borrowed_login", &[], "keeps no slice of a login";
    finds_a_password_in_the_log: "logs_the_password", &[], "a line of the log quotes a password";
    finds_a_login_that_never_began: "lets_strangers_in", &[], "lets nobody in who never began";
    finds_a_failure_for_an_unknown_mechanism: "fails_unknown_mechanisms", &[], "answers not-mine";
}

#[test]
fn ends_a_rule_that_does_not_end() {
    let (_folder, library) = faulty_in_c("never_ends");
    Run::over(&library, SHORT).fails("it has not ended after 6000 ms");
}

#[test]
fn counts_what_was_never_completed() {
    let (_folder, library) = faulty_in_c("leaks_a_token");
    Run::over(&library, SHORT).fails("calls were never completed");
}

#[test]
fn finds_a_panic_with_its_text() {
    let run = Run::over(&faulty_in_rust(), &["--type", "panicking"]);
    run.fails("the plugin panicked: who makes keys as long as that");
}

#[test]
fn finds_a_filter_that_reads_more_than_it_says() {
    let arguments = ["--type", "over-reading", "--expression", "color", "--expression", "size"];
    Run::over(&faulty_in_rust(), &arguments).fails("reads of a message only what its expression");
}

#[test]
fn finds_a_store_that_does_not_fence() {
    let run = Run::over(&faulty_in_rust(), &["--type", "unfenced"]);
    run.fails("an append under an earlier epoch is answered by Done");
}

/// A test for each fault of `faulty/ledger`: the rule that fails.
macro_rules! finds_in_a_ledger {
    ($($test:ident: $fault:literal, $words:literal;)+) => {$(
        #[test]
        fn $test() {
            ledger(concat!("ledger-", $fault), SHORT).fails($words);
        }
    )+};
}

/// Runs the kit over a type of `faulty/ledger`.
fn ledger(type_name: &str, arguments: &[&str]) -> Run {
    let own = ["--type", type_name, "--full-config", r#"{"bytes_max": 2000000}"#];
    Run::over(&faulty_in_rust(), &[&own, arguments].concat())
}

#[test]
fn passes_the_ledger_without_a_fault() {
    let run = ledger("ledger", &[]);
    run.passes();
    for rule in ["says that it is full", "finds entries again", "when its process is killed"] {
        assert!(!run.skips(rule), "{rule}");
    }
}

finds_in_a_ledger! {
    finds_a_delete_that_a_new_start_forgets: "loses-deletes", "was settled and is there again";
    finds_a_delivery_count_that_a_new_start_forgets: "loses-marks",
        "finds entries again after a new start";
    finds_a_key_that_a_new_start_forgets: "loses-keys", "finds the store's keys again";
    finds_an_epoch_that_is_granted_twice: "repeats-epochs", "goes on with epochs and positions";
    finds_a_confirm_before_the_append_is_kept: "confirms-early",
        "keeps what it confirmed when its process is killed";
    finds_a_directory_with_two_instances: "shares-its-directory", "over the directory of another";
    finds_half_a_batch: "keeps-halves", "a batch that was refused changed the log";
    finds_a_retry_that_changes_its_entries: "moves-retries",
        "changes nothing by a put that is sent again";
    finds_a_full_store_that_takes_no_deletes: "is-full-for-deletes",
        "settles and purges while it is full";
    finds_that_nobody_is_told_of_a_lost_epoch: "silent", "tells whoever loses an epoch";
    finds_a_watch_that_is_deaf: "deaf", "tells of changes of the keys that are watched";
    finds_keys_of_another_prefix: "lists-everything", "lists the keys of a prefix";
    finds_a_range_without_its_last_entry: "skips-entries",
        "hands over the entries of a range, whole and in order";
    finds_that_the_durability_is_not_said: "says-nothing", "says what its durability is";
}

#[test]
fn finds_an_append_that_is_answered_twice() {
    for fault in ["answers_twice", "answers_and_completes"] {
        let (_folder, library) = faulty_store_in_c(fault);
        Run::over(&library, SHORT).fails("was answered twice; the first answer stands");
    }
    let (_folder, library) = faulty_store_in_c("none");
    assert!(!Run::over(&library, SHORT).says("answered twice"));
}

#[test]
fn finds_an_answer_that_nobody_waits_for() {
    let (_folder, library) = faulty_store_in_c("answers_another");
    Run::over(&library, SHORT).fails("was completed, which nobody gave out");
}

#[test]
fn says_that_there_is_no_such_type() {
    let run = Run::over(&faulty_in_rust(), &["--type", "nonesuch"]);
    run.fails("there is no type 'nonesuch'; exchange 'panicking'");
}

#[test]
fn a_file_that_is_no_library_is_a_failure() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("faulty/faulty.c");
    Run::over(&source, &[]).fails("library: loads");
}
