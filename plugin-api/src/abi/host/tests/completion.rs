//! A call answers exactly once, whatever the plugin does, and an instance outlives its tokens.

use std::sync::mpsc::channel;

use super::raw_auth::{DESTROYED, LIBRARY, complete, succeed, token_of};
use crate::abi::host::Fault;
use crate::abi::status;
use crate::abi::types::PhSlice;
use crate::auth::{Access, Action, Auth, Authorization, Limits, ObjectKind, Peer};
use crate::auth::{SaslOutcome, SessionId};
use crate::error::{ErrorKind, Result};
use crate::factory::{Context, InstanceId};
use crate::testing::{Answer, completion, context};
use crate::value::MapRef;

const PEER: Peer<'_> =
    Peer { address: "[::1]:9", is_loopback: true, is_encrypted: false, server_name: "" };

pub(super) fn auth(instance: u64) -> Box<dyn Auth> {
    let context = Context { instance: InstanceId(instance), ..context("raw") };
    LIBRARY.0.create_auth("raw", &context).unwrap()
}

pub(super) fn start(auth: &dyn Auth, session: u64, behaviour: &str) -> Answer<SaslOutcome> {
    let (done, answer) = completion();
    auth.start(SessionId(session), &PEER, behaviour, None, done);
    answer
}

pub(super) fn identity(answer: Result<SaslOutcome>) -> String {
    match answer {
        Ok(SaslOutcome::Success { identity, .. }) => identity,
        other => format!("{other:?}"),
    }
}

#[test]
fn a_call_may_answer_at_once_or_complete_before_it_returns() {
    let auth = auth(1);
    assert_eq!(identity(start(&*auth, 100, "AT-ONCE").wait()), "once");
    assert_eq!(identity(start(&*auth, 101, "BEFORE").wait()), "before");
}

#[test]
fn a_call_may_complete_later_from_another_thread() {
    let auth = auth(1);
    let answer = start(&*auth, 110, "LATER");
    assert!(answer.now().is_none());
    assert!(LIBRARY.0.calls_pending() > 0);
    std::thread::spawn(|| succeed(token_of(110), "later")).join().unwrap();
    assert_eq!(identity(answer.wait()), "later");
}

#[test]
fn a_completion_may_be_an_error() {
    let auth = auth(1);
    let answer = start(&*auth, 120, "LATER");
    let status = status::of_error(ErrorKind::Unauthorized);
    complete(token_of(120), status, PhSlice::of("not on Sundays"));
    let error = answer.wait().unwrap_err();
    assert_eq!((error.kind(), error.text()), (ErrorKind::Unauthorized, "not on Sundays"));
}

#[test]
fn the_second_completion_is_a_fault_and_the_first_stands() {
    let auth = auth(1);
    assert_eq!(identity(start(&*auth, 130, "TWICE").wait()), "first");
    let (_, recorder) = &*LIBRARY;
    assert!(recorder.has_fault(&Fault::CompletedTwice { token: token_of(130) }));
    assert!(recorder.has_line(&format!("raw token {} was answered twice", token_of(130))));
    assert_eq!(identity(start(&*auth, 131, "BOTH").wait()), "completed");
    assert!(recorder.has_fault(&Fault::CompletedTwice { token: token_of(131) }));
    let answer = start(&*auth, 132, "AT-ONCE");
    succeed(token_of(132), "too late");
    assert_eq!(identity(answer.wait()), "once");
    assert!(recorder.has_fault(&Fault::CompletedTwice { token: token_of(132) }));
}

#[test]
fn an_unknown_token_is_a_fault() {
    let auth = auth(1);
    assert_eq!(identity(start(&*auth, 140, "UNKNOWN-TOKEN").wait()), "known");
    assert!(LIBRARY.1.has_fault(&Fault::UnknownToken { token: u64::MAX }));
}

#[test]
fn what_breaks_the_contract_is_an_error_that_names_the_plugin() {
    let auth = auth(1);
    for (session, behaviour, text) in [
        (150, "STATUS", "start answered the status 7, which it cannot"),
        (151, "ABSENT", "start answered the status 1, which it cannot"),
        (152, "NO-RESULT", "start answered PH_OK without a result"),
        (153, "TWO-RESULTS", "start gave more than one result"),
        (154, "SHORT", "start answered with 8 bytes, a ph_sasl_outcome has 72"),
        (155, "BAD-OUTCOME", "start answered with the outcome 9, which stands for nothing"),
        (156, "BAD-IDENTITY", "start answered with text that is not UTF-8"),
        (157, "NULL-GROUPS", "start answered with NULL where there should be 2 of groups"),
        (158, "MANY-GROUPS", "groups, at most 1024 are taken"),
    ] {
        let error = start(&*auth, session, behaviour).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.text().starts_with("plugin 'raw' broke its contract: "), "{error}");
        assert!(error.text().ends_with(text), "{error}");
    }
}

#[test]
fn an_error_keeps_its_kind_text_and_place() {
    let auth = auth(1);
    let error = start(&*auth, 160, "ERROR").wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.to_string(), "bad \u{fffd} thing (line 3, column 4)");
    let error = start(&*auth, 161, "SILENT-ERROR").wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(error.text(), "the plugin gave no reason");
}

#[test]
fn absent_entries_answer_what_the_trait_answers() {
    let auth = auth(1);
    let access = Access {
        identity: "someone",
        action: Action::Publish,
        object: ObjectKind::Exchange,
        name: "x",
        properties: MapRef::default(),
    };
    let (done, answer) = completion();
    auth.authorize(&access, done);
    assert_eq!(answer.wait(), Ok(Authorization::Abstain));
    assert_eq!(auth.limits("someone"), Limits::default());
    auth.abandon(SessionId(1));
    assert_eq!(auth.inspect().unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn mechanisms_that_cannot_be_read_are_none() {
    assert_eq!(auth(1).mechanisms(&PEER), Vec::<String>::new());
    assert!(LIBRARY.1.has_fault(&Fault::NotUtf8 { entry: "mechanisms" }));
}

#[test]
fn an_instance_without_tokens_is_destroyed_where_it_is_dropped() {
    let (told, destroyed) = channel();
    DESTROYED.lock().unwrap().insert(170, told);
    drop(auth(170));
    assert_eq!(destroyed.recv().unwrap(), std::thread::current().id());
}

#[test]
fn an_instance_is_destroyed_after_its_last_token_and_off_the_completing_thread() {
    let (told, destroyed) = channel();
    DESTROYED.lock().unwrap().insert(180, told);
    let auth = auth(180);
    let answers = [start(&*auth, 180, "LATER"), start(&*auth, 181, "LATER")];
    drop(auth);
    succeed(token_of(180), "one");
    assert!(destroyed.try_recv().is_err());
    let completing = std::thread::spawn(|| {
        succeed(token_of(181), "two");
        std::thread::current().id()
    });
    let completing = completing.join().unwrap();
    let destroying = destroyed.recv().unwrap();
    assert_ne!(destroying, completing);
    assert_ne!(destroying, std::thread::current().id());
    assert_eq!(answers.map(|answer| identity(answer.wait())), ["one", "two"]);
}
