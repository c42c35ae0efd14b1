//! Trials of plugins that live in this process.

use serde_json::json;

use super::*;
use crate::authoring::brought::Brought;
use crate::config::WasmSettings;

fn recorded(lines: &[&str]) -> Vec<Recorded> {
    lines.iter().zip(1..).map(|(text, line)| Recorded::parse(line, text).unwrap()).collect()
}

fn question(expression: Option<&str>, bind: &[&str]) -> Question {
    let bindings: Vec<String> = bind.iter().map(|text| (*text).to_owned()).collect();
    Question::read(None, None, expression.map(str::to_owned), &bindings, None).unwrap()
}

fn asked(plugin: Brought, question: &Question, lines: &[&str]) -> Result<Trial, AuthoringError> {
    try_out(&plugin.subject(question).unwrap(), question, &recorded(lines))
}

fn filter(expression: &str, lines: &[&str]) -> Trial {
    asked(Brought::usual(), &question(Some(expression), &[]), lines).unwrap()
}

#[test]
fn a_filter_answers_each_message_and_says_why() {
    let trial = filter("a", &[r#"{"routing_key": "a", "expect": true}"#, "{}"]);
    assert!(trial.is_good());
    let json = json!(trial);
    assert_eq!(json["reads"], json!(["routing key"]));
    assert_eq!(json["calls"][1]["name"], json!("compile"));
    let messages = json["messages"].as_array().unwrap();
    assert_eq!([&messages[0]["answer"], &messages[1]["answer"]], [true, false]);
    assert_eq!(messages[0]["try"], json!({ "wanted": "a", "found": "a" }));
    assert!(messages[0]["cpu_us"].is_f64() && messages[0]["wall_us"].is_f64());
    let text = trial.text();
    assert!(text.starts_with("filter 'equal' of brought 1.0.0: ./brought.so\n"), "{text}");
    assert!(text.contains("none: a native library is called directly"), "{text}");
    assert!(text.contains(r#"match  {"found":"a","wanted":"a"}"#), "{text}");
    assert!(text.ends_with("  messages        2, all answered\n"), "{text}");
}

#[test]
fn an_exchange_answers_with_the_ids_of_its_bindings() {
    let question = question(None, &[r#"{"key": "a"}"#, r#"{"key": "b"}"#, r#"{"key": "a"}"#]);
    let lines = [r#"{"routing_key": "a", "expect": [1, 3]}"#, r#"{"routing_key": "c"}"#];
    let trial = asked(Brought::usual(), &question, &lines).unwrap();
    assert!(trial.is_good());
    let json = json!(trial);
    assert_eq!(
        [&json["messages"][0]["answer"], &json["messages"][1]["answer"]],
        [&json!([1, 3]), &json!([])]
    );
    assert_eq!(json["said"], json!([["inspect", { "bindings": 2 }]]));
    assert!(trial.text().contains("  binding 1, 3\n"), "{}", trial.text());
}

#[test]
fn a_failed_call_is_told_and_the_others_are_made() {
    let trial = filter("a", &[r#"{"routing_key": "fail"}"#, r#"{"routing_key": "a"}"#]);
    assert!(!trial.is_good());
    let json = json!(trial);
    assert_eq!(json["messages"][0]["failure"], json!("failed on purpose"));
    assert_eq!(json["messages"][1]["answer"], json!(true));
    assert_eq!(json["batches"]["failures"], json!(["failed on purpose"]));
    assert!(trial.text().ends_with("2, 1 failed\n"), "{}", trial.text());
}

#[test]
fn another_answer_than_expected_is_no_good() {
    let trial = filter("a", &[r#"{"routing_key": "a", "expect": false}"#]);
    assert!(!trial.is_good());
    assert!(trial.text().contains("match; expected: no match"), "{}", trial.text());
}

#[test]
fn another_answer_in_a_batch_is_no_good() {
    let trial = filter("!", &["{}", "{}"]);
    assert!(!trial.is_good());
    assert!(trial.text().contains("match; in a batch: no match"), "{}", trial.text());
}

#[test]
fn what_a_plugin_refuses_is_said_with_the_call() {
    let refused = |question: &Question| {
        let error = asked(Brought::usual(), question, &["{}"]).unwrap_err();
        (error.is_the_plugins(), error.to_string())
    };
    let wanted = "compile: nothing to compile (line 1, column 1)".to_owned();
    assert_eq!(refused(&question(Some(""), &[])), (true, wanted));
    let bind = ["{}", r#"{"arguments": {"refuse": true}}"#];
    assert_eq!(refused(&question(None, &bind)), (true, "bind 2: refused on purpose".to_owned()));
    let configured =
        Question { configuration: Some(r#"{"a": 1}"#.to_owned()), ..question(Some("a"), &[]) };
    assert_eq!(refused(&configured).1, r#"create: configured with {"a": 1}"#);
}

#[test]
fn limits_stand_beside_what_was_taken() {
    let settings =
        WasmSettings { call_ms_max: 10, memory_bytes_max: 1 << 20, ..Default::default() };
    let plugin = || Brought { settings: Some(settings.clone()), ..Brought::usual() };
    let trial = asked(plugin(), &question(Some("a"), &[]), &["{}"]).unwrap();
    let text = trial.text();
    assert!(trial.is_good() && text.contains("10 ms a call about messages, "), "{text}");
    assert!(text.contains(", 1048576 bytes of memory\n"), "{text}");
    assert!(text.contains(" % of 10 ms\n"), "{text}");
    assert!(text.contains("262144 bytes, 25.0 % of 1048576 bytes\n"), "{text}");
    let trapped = Brought { traps: 1, ..plugin() };
    let trial = asked(trapped, &question(Some("a"), &[]), &["{}"]).unwrap();
    assert!(!trial.is_good());
    assert!(trial.text().contains("1 calls trapped or broke the contract"), "{}", trial.text());
}
