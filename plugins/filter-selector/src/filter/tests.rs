//! What the filter language does, by rule.

use philter_plugin_api::testing::{MockMessage, context};
use philter_plugin_api::{Property, Value};
use serde_json::Value as Json;

use super::*;

fn filter() -> SelectorFilter {
    SelectorFilter::create(&context("selector")).unwrap()
}

fn matched(
    filter: &SelectorFilter,
    batch: &[&dyn MessageView],
    handles: &[FilterHandle],
) -> Vec<(usize, usize)> {
    let mut answers = Vec::new();
    filter.matches(batch, handles, &mut |message, handle| answers.push((message, handle))).unwrap();
    answers.sort_unstable();
    answers
}

fn json(text: Result<String>) -> Json {
    serde_json::from_str(&text.unwrap()).unwrap()
}

#[test]
fn answers_for_every_message_and_handle_and_counts() {
    let filter = filter();
    let (small, _) = filter.compile("n < 3").unwrap();
    let (all, _) = filter.compile(" ").unwrap();
    let one = MockMessage::new("k").header("n", 1_i64);
    let five = MockMessage::new("k").header("n", 5_i64);
    let none = MockMessage::new("k").body("n = 1");
    let answers = matched(&filter, &[&one, &five, &none], &[small, all]);
    assert_eq!(answers, [(0, 0), (0, 1), (1, 1), (2, 1)]);
    let answers = &json(filter.inspect(Some(small)))["answers"];
    assert_eq!(answers.to_string(), r#"{"matched":1,"not_matched":1,"unknown":1}"#);
    assert_eq!(json(filter.inspect(None))["selectors"], 2);
}

#[test]
fn equal_selectors_have_handles_of_their_own() {
    let filter = filter();
    let (first, _) = filter.compile("a = 1").unwrap();
    let (second, _) = filter.compile("a = 1").unwrap();
    assert_ne!(first, second);
    filter.release(first);
    let message = MockMessage::new("k").header("a", 1_i64);
    assert_eq!(matched(&filter, &[&message], &[second]), [(0, 0)]);
    let mut count = 0;
    let released = filter.matches(&[&message], &[second, first], &mut |_, _| count += 1);
    assert_eq!(released.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(count, 0, "a call that fails answers nothing");
    assert_eq!(filter.inspect(Some(first)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn refuses_a_bad_selector_as_an_invalid_argument_with_its_place() {
    let error = filter().compile("a = 1 AND\n  b =").unwrap_err();
    assert_eq!((error.kind(), error.place()), (ErrorKind::InvalidArgument, Some((2, 6))));
    let expected = "selector: expected a literal, an identifier or '(', \
                    found the end of the selector";
    assert_eq!(error.text(), expected);
}

#[test]
fn refuses_what_is_past_a_limit_as_such() {
    let error = filter().compile(&"(".repeat(100)).unwrap_err();
    assert_eq!((error.kind(), error.place()), (ErrorKind::LimitExceeded, Some((1, 65))));
}

#[test]
fn says_what_a_selector_reads_and_no_more() {
    let filter = filter();
    let (key, properties, headers) = (Reads::KEY, Reads::PROPERTIES, Reads::HEADERS);
    for (selector, reads) in [
        ("", key),
        ("1 = 1", key),
        ("a = 1", headers),
        ("JMSPriority > 3", properties),
        ("a = 1 OR amqp.durable", headers | properties),
        ("amqp.to = 'a'", key | properties),
        ("NOT (x IN (1, -amqp.ttl))", headers | properties),
    ] {
        assert_eq!(filter.compile(selector).unwrap().1, reads, "{selector}");
    }
}

#[test]
fn explains_and_tries_a_selector() {
    let filter = filter();
    let explained = json(filter.explain("not(JMSPriority>3)and(b like'x%'or b='y')"));
    assert_eq!(explained["selector"], "NOT JMSPriority > 3 AND (b LIKE 'x%' OR b = 'y')");
    assert_eq!(explained["identifiers"].to_string(), r#"["JMSPriority","b"]"#);
    assert_eq!(explained["reads"].to_string(), r#"["properties","headers"]"#);
    let message = MockMessage::new("k").property(Property::Priority, Value::Ubyte(7));
    let tried = json(filter.try_expression("JMSPriority = 7 AND a = 1", &message));
    assert_eq!(tried["answer"], Json::Null);
    assert_eq!(tried["identifiers"].to_string(), r#"{"JMSPriority":7,"a":null}"#);
}
