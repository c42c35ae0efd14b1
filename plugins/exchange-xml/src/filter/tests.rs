//! What the filter language does, by rule.

use philter_plugin_api::testing::{MockMessage, context};
use serde_json::Value as Json;

use super::*;

fn filter() -> XQuery {
    XQuery::create(&context("xquery")).unwrap()
}

fn matched(
    filter: &XQuery,
    batch: &[&dyn MessageView],
    handles: &[FilterHandle],
) -> Vec<(usize, usize)> {
    let mut answers = Vec::new();
    filter.matches(batch, handles, &mut |message, handle| answers.push((message, handle))).unwrap();
    answers.sort_unstable();
    answers
}

#[test]
fn answers_for_every_message_and_handle() {
    let filter = filter();
    let (body, reads) = filter.compile("./a = 1").unwrap();
    assert_eq!(reads, Reads::KEY | Reads::BODY);
    let (all, reads) = filter.compile("true()").unwrap();
    assert_eq!(reads, Reads::KEY);
    let (header, _) = filter.compile("declare variable $h external; $h").unwrap();
    let one = MockMessage::new("k").body("<a>1</a>");
    let two = MockMessage::new("k").header("h", true).body("no document");
    let answers = matched(&filter, &[&one, &two], &[body, all, header]);
    assert_eq!(answers, [(0, 0), (0, 1), (1, 1), (1, 2)]);
    let state: Json = serde_json::from_str(&filter.inspect(Some(body)).unwrap()).unwrap();
    assert_eq!((state["matched"].as_u64(), state["failed"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn equal_expressions_have_handles_of_their_own() {
    let filter = filter();
    let (first, _) = filter.compile("./a").unwrap();
    let (second, _) = filter.compile("./a").unwrap();
    assert_ne!(first, second);
    filter.release(first);
    let message = MockMessage::new("k").body("<a/>");
    assert_eq!(matched(&filter, &[&message], &[second]), [(0, 0)]);
    let released = filter.matches(&[&message], &[first], &mut |_, _| ());
    assert_eq!(released.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(filter.inspect(Some(first)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn refuses_a_bad_expression_with_its_place() {
    let error = filter().compile("1 +\n").unwrap_err();
    assert_eq!(error.place(), Some((2, 1)));
}

#[test]
fn explains_and_tries_an_expression() {
    let filter = filter();
    let explained: Json = serde_json::from_str(&filter.explain("true()").unwrap()).unwrap();
    assert_eq!(explained["constant"], true);
    let message = MockMessage::new("k").body("<a>1</a>");
    let tried: Json =
        serde_json::from_str(&filter.try_expression("./a = 1", &message).unwrap()).unwrap();
    assert_eq!(tried["answer"], true);
}
