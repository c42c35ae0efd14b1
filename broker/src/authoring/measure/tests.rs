//! Measuring a plugin that lives in this process.

use serde_json::json;

use super::*;
use crate::authoring::brought::Brought;

const EFFORT: Effort = Effort { rounds: 3, round: Duration::from_micros(100) };

fn question(expression: &str) -> Question {
    Question::read(None, None, Some(expression.to_owned()), &[], None).unwrap()
}

#[test]
fn the_usual_messages_are_asked_about_alone_and_in_batches() {
    let question = question("orders.eu.0");
    let subject = Brought::usual().subject(&question).unwrap();
    let figures = measure(&subject, &question, None, EFFORT).unwrap();
    let json = json!(figures);
    let rows = json["rows"].as_array().unwrap();
    let ways: Vec<_> = rows.iter().map(|row| (&row["messages"], &row["batch"])).collect();
    assert_eq!(
        json!(ways),
        json!([["no body", 1], ["no body", 64], ["body of 1 KiB", 1], ["body of 1 KiB", 64]])
    );
    for row in rows {
        assert_eq!(row["matches_a_message"], json!(1.0 / 64.0));
        let spread = &row["cpu_us_a_message"];
        assert!(spread["min"].as_f64() > Some(0.0) && row["calls_per_s"].as_f64() > Some(0.0));
        assert!(spread["min"].as_f64() <= spread["max"].as_f64());
    }
    let text = figures.text();
    assert!(text.starts_with("filter 'equal' (native): ./brought.so; reads routing key\n"));
    assert_eq!(text.lines().count(), 3 + 1 + 4, "{text}");
}

#[test]
fn recorded_messages_take_their_place() {
    let question = question("a");
    let subject = Brought::usual().subject(&question).unwrap();
    let message = Recorded::parse(1, r#"{"routing_key": "a"}"#).unwrap();
    let figures = measure(&subject, &question, Some(&[message]), EFFORT).unwrap();
    let json = json!(figures);
    assert_eq!(json["rows"].as_array().unwrap().len(), 1);
    assert_eq!(json["rows"][0]["messages"], json!("1 recorded"));
    assert_eq!(json["rows"][0]["matches_a_message"], json!(1.0));
}

#[test]
fn a_plugin_that_fails_is_not_measured() {
    let question = question("a");
    let subject = Brought::usual().subject(&question).unwrap();
    let message = Recorded::parse(1, r#"{"routing_key": "fail"}"#).unwrap();
    let error = measure(&subject, &question, Some(&[message]), EFFORT).unwrap_err();
    assert_eq!(
        (error.is_the_plugins(), error.to_string()),
        (true, "a message: failed on purpose".to_owned())
    );
}
