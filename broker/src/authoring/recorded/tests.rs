//! A line, field by field.

use philter_plugin_api::{MessageView, Property};

use super::*;

fn parse(text: &str) -> Recorded {
    Recorded::parse(1, text).unwrap()
}

fn fault(text: &str) -> String {
    Recorded::parse(1, text).unwrap_err().to_string()
}

#[test]
fn a_message_has_all_that_its_line_says() {
    let read = parse(
        r#"{"routing_key": "a.b", "properties": {"content-type": "text/plain", "priority": 3},
            "headers": {"n": 1, "when": {"$timestamp": 5}}, "body": "hello", "expect": true}"#,
    );
    let message: &dyn MessageView = &read.message;
    assert_eq!(message.routing_key(), "a.b");
    let content_type = message.property(Property::ContentType);
    assert_eq!(content_type.and_then(|it| it.as_str()), Some("text/plain"));
    assert_eq!(message.header("n").and_then(|it| it.as_i64()), Some(1));
    assert!(message.header("when").is_some() && message.header("x").is_none());
    assert_eq!(message.body().as_ref(), b"hello");
    assert_eq!(read.expected, Some(Answer::Matches(true)));
}

#[test]
fn every_field_may_be_left_out() {
    let read = parse("{}");
    let message: &dyn MessageView = &read.message;
    assert_eq!((message.routing_key(), message.body_len(), read.expected), ("", 0, None));
}

#[test]
fn a_body_that_is_no_text_is_base64() {
    let read = parse(r#"{"body_base64": "/wA="}"#);
    let message: &dyn MessageView = &read.message;
    assert_eq!(message.body().as_ref(), [255, 0]);
    assert!(fault(r#"{"body_base64": "?"}"#).starts_with("body_base64: no base64: "));
}

#[test]
fn expected_bindings_are_a_set() {
    let read = parse(r#"{"expect": [2, 1, 2]}"#);
    assert_eq!(read.expected, Some(Answer::Bindings(vec![1, 2])));
    let wanted = "expect: \"x\" is neither true, false nor a list of binding ids";
    assert_eq!(fault(r#"{"expect": "x"}"#), wanted);
}

#[test]
fn a_fault_names_its_field() {
    assert_eq!(fault(r#"{"routing_key": 5}"#), "routing_key: 5 is no text");
    assert_eq!(fault(r#"{"headers": []}"#), "headers: [] is no object");
    assert_eq!(
        fault(r#"{"properties": {"priority": -1}}"#),
        "properties.priority: -1 is no whole number that fits a ubyte"
    );
    let wanted = "key: no such field; there are routing_key, properties, headers, body, \
                  body_base64, expect";
    assert_eq!(fault(r#"{"key": "a"}"#), wanted);
}
