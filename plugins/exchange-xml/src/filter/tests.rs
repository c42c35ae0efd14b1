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

#[test]
fn transforms_by_the_output_declarations() {
    let filter = filter();
    let message = MockMessage::new("k").header("h", 7_i32).body("<a>1</a>");
    let transformed = |query: &str| {
        let (handle, _) = filter.compile(query).unwrap();
        match filter.transform(handle, &message).unwrap() {
            Verdict::Replace { body, content_type } => {
                (String::from_utf8(body).unwrap(), content_type.unwrap())
            }
            other => panic!("{other:?}"),
        }
    };
    for (query, body, content_type) in [
        ("<b>{./a/text()}</b>", "<b>1</b>", "application/xml"),
        (
            "declare option output:method 'json'; map { 'a': 1 + ./a }",
            "{\"a\":2}",
            "application/json",
        ),
        ("declare option output:method 'text'; data(./a), 2", "1 2", "text/plain"),
        ("declare variable $h external; <h>{$h}</h>", "<h>7</h>", "application/xml"),
        (
            "declare option output:method 'text'; \
             declare option output:media-type 'text/csv'; 'x,y'",
            "x,y",
            "text/csv",
        ),
        ("./a = 1", "true", "application/xml"),
    ] {
        assert_eq!(transformed(query), (body.to_owned(), content_type.to_owned()), "{query}");
    }
}

#[test]
fn a_transformation_that_fails_says_why_and_is_counted() {
    let filter = filter();
    let (handle, _) = filter.compile("./a + 1").unwrap();
    let message = MockMessage::new("k").body("<a>x</a>");
    let error = filter.transform(handle, &message).unwrap_err();
    assert!(error.text().contains("FORG0001"), "{error}");
    let state: Json = serde_json::from_str(&filter.inspect(Some(handle)).unwrap()).unwrap();
    assert_eq!((&state["failed"], &state["evaluated"]), (&1.into(), &1.into()));
}
