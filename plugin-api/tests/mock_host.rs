//! The mock host that plugins test with.

use std::borrow::Cow;

use philter_plugin_api::testing::{
    EventCapture, LogCapture, MockMessage, arguments, completion, context,
};
use philter_plugin_api::{
    Error, Event, InstanceId, Level, MessageView, Property, Value, ValueRef, log, notify,
};

#[test]
fn a_message_gives_back_what_was_put_in() {
    let message = MockMessage::new("key")
        .header("n", 1)
        .header("list", Value::List(vec![Value::Null]))
        .property(Property::ContentType, "text/xml")
        .body("body");
    let message: &dyn MessageView = &message;
    assert_eq!(message.routing_key(), "key");
    assert_eq!(message.header("n"), Some(ValueRef::Int(1)));
    assert_eq!(message.header("N"), None);
    assert_eq!(message.property(Property::ContentType), Some(ValueRef::String("text/xml")));
    assert_eq!(message.property(Property::Subject), None);
    let mut names = Vec::new();
    message.headers(&mut |name, _| names.push(name.to_owned()));
    assert_eq!(names, ["n", "list"]);
    assert!(matches!(message.body(), Cow::Borrowed(b"body")));
}

#[test]
fn a_body_in_pieces_is_copied_together() {
    let message = MockMessage::new("").body_in_chunks(["ab", "", "cde"]);
    let message: &dyn MessageView = &message;
    assert_eq!(message.body_len(), 5);
    assert_eq!(message.body_chunk(0), b"ab");
    assert_eq!(message.body_chunk(1), b"b");
    assert_eq!(message.body_chunk(2), b"cde");
    assert_eq!(message.body_chunk(4), b"e");
    assert_eq!(message.body_chunk(5), b"");
    assert_eq!(message.body_chunk(u64::MAX), b"");
    assert_eq!(message.body(), Cow::<[u8]>::Owned(b"abcde".to_vec()));
    let bodiless: &dyn MessageView = &MockMessage::new("");
    assert_eq!(bodiless.body(), Cow::Borrowed(b""));
}

#[test]
fn arguments_and_contexts_are_what_a_plugin_sees() {
    let arguments = arguments([("x-match", Value::from("all"))]);
    assert_eq!(arguments.as_ref().get("x-match"), Some(ValueRef::String("all")));
    let context = context("name");
    assert_eq!((context.name, context.configuration), ("name", "{}"));
    assert!(context.arguments.is_empty() && context.data_dir.is_none());
}

#[test]
fn lines_are_kept_while_a_capture_lives() {
    log(Level::Warn, "before 4711");
    let capture = LogCapture::start();
    std::thread::spawn(|| log(Level::Warn, "while 4711")).join().unwrap();
    assert!(capture.contains("while 4711"));
    assert!(!capture.contains("before 4711"));
    assert!(capture.lines().contains(&(Level::Warn, "while 4711".to_owned())));
}

#[test]
fn events_are_kept_while_a_capture_lives_for_their_instance() {
    let (mine, other) = (InstanceId(4711), InstanceId(4712));
    notify(mine, Event::MetaChanged, &Value::from("before"));
    let capture = EventCapture::start();
    std::thread::spawn(move || notify(mine, Event::EpochLost, &Value::from(1))).join().unwrap();
    notify(other, Event::EpochLost, &Value::from(2));
    assert_eq!(capture.of(mine), [(Event::EpochLost, Value::from(1))]);
}

#[test]
fn a_dropped_completion_answers_with_an_error() {
    let (done, answer) = completion::<()>();
    assert_eq!(answer.now(), None);
    drop(done);
    let error = Error::internal("the plugin dropped the call without an answer");
    assert_eq!(answer.wait(), Err(error));
}
