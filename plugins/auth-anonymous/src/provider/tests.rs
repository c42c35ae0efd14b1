//! Who gets in under which configuration, and as whom.

use philter_plugin_api::testing;

use super::*;

const REMOTE: Peer<'static> =
    Peer { address: "192.0.2.7:4711", is_loopback: false, is_encrypted: false, server_name: "" };
const LOCAL: Peer<'static> =
    Peer { address: "127.0.0.1:4711", is_loopback: true, is_encrypted: false, server_name: "" };

fn provider(configuration: &str) -> Anonymous {
    Anonymous::create(&Context { configuration, ..testing::context("anonymous") }).unwrap()
}

fn start(
    provider: &Anonymous,
    peer: &Peer<'_>,
    mechanism: &str,
    initial: Option<&[u8]>,
) -> SaslOutcome {
    answer(|done| provider.start(SessionId(1), peer, mechanism, initial, done)).unwrap()
}

/// What the provider answers; it has answered by the time its entry returns.
fn answer(call: impl FnOnce(Completion<SaslOutcome>)) -> Result<SaslOutcome> {
    let (done, answer) = testing::completion();
    call(done);
    answer.now().unwrap()
}

fn identity_of(outcome: SaslOutcome) -> String {
    match outcome {
        SaslOutcome::Success { identity, .. } => identity,
        other => panic!("{other:?} is no success"),
    }
}

#[test]
fn loopback_peers_alone_are_offered_anonymous_by_default() {
    let provider = provider("{}");
    assert_eq!(provider.mechanisms(&LOCAL), ["ANONYMOUS"]);
    assert!(provider.mechanisms(&REMOTE).is_empty());
    assert_eq!(identity_of(start(&provider, &LOCAL, "ANONYMOUS", None)), "anonymous@QPID");
}

#[test]
fn a_remote_peer_does_not_get_in_by_naming_the_mechanism() {
    let provider = provider(r#"{"accept": "loopback"}"#);
    assert_eq!(start(&provider, &REMOTE, "ANONYMOUS", Some(b"me")), SaslOutcome::NotMine);
    assert_eq!(start(&provider, &REMOTE, "PLAIN", Some(b"\0a\0b")), SaslOutcome::NotMine);
    assert_eq!(start(&provider, &LOCAL, "PLAIN", Some(b"\0a\0b")), SaslOutcome::NotMine);
    let error = answer(|done| provider.step(SessionId(1), b"\0a\0b", done)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn everyone_gets_in_with_or_without_credentials() {
    let provider = provider(r#"{"accept": "everyone"}"#);
    assert_eq!(provider.mechanisms(&REMOTE), ["ANONYMOUS", "PLAIN"]);
    let plain = |message: &[u8]| start(&provider, &REMOTE, "PLAIN", Some(message));
    assert_eq!(identity_of(plain(b"\0guest\0anything")), "guest@QPID");
    assert_eq!(identity_of(plain(b"\0guest@QPID\0")), "guest@QPID");
    assert_eq!(identity_of(start(&provider, &REMOTE, "ANONYMOUS", Some(b""))), "anonymous@QPID");
}

#[test]
fn plain_without_an_initial_response_is_asked_for_one() {
    let provider = provider(r#"{"accept": "everyone", "realm": "EXAMPLE"}"#);
    let challenge = SaslOutcome::Challenge(Vec::new());
    assert_eq!(start(&provider, &REMOTE, "PLAIN", None), challenge);
    assert_eq!(start(&provider, &REMOTE, "PLAIN", Some(b"")), challenge);
    let outcome = answer(|done| provider.step(SessionId(1), b"\0guest\0x", done)).unwrap();
    assert_eq!(identity_of(outcome), "guest@EXAMPLE");
}

#[test]
fn the_guest_is_nobody_where_nobody_is_let_in() {
    let provider = provider(r#"{"guest": true}"#);
    assert_eq!(provider.mechanisms(&LOCAL), ["ANONYMOUS", "PLAIN"]);
    assert!(provider.mechanisms(&REMOTE).is_empty());
    let plain = |peer, message: &[u8]| start(&provider, peer, "PLAIN", Some(message));
    assert_eq!(identity_of(plain(&LOCAL, b"\0guest\0guest")), "anonymous@QPID");
    assert_eq!(plain(&REMOTE, b"\0guest\0guest"), SaslOutcome::NotMine);
    for stranger in [b"\0guest\0secret".as_slice(), b"\0alice\0guest", b"\0anonymous\0"] {
        assert_eq!(plain(&LOCAL, stranger), SaslOutcome::NotMine, "{stranger:?}");
    }
    assert!(matches!(plain(&LOCAL, b"guest"), SaslOutcome::Failure(_)));
}

#[test]
fn the_guest_may_be_asked_for_its_password_first() {
    let provider = provider(r#"{"guest": true}"#);
    for (message, is_in) in [(b"\0guest\0guest".as_slice(), true), (b"\0guest\0x", false)] {
        let asked = start(&provider, &LOCAL, "PLAIN", None);
        assert_eq!(asked, SaslOutcome::Challenge(Vec::new()));
        let outcome = answer(|done| provider.step(SessionId(1), message, done)).unwrap();
        assert_eq!(matches!(outcome, SaslOutcome::Success { .. }), is_in, "{outcome:?}");
    }
}

#[test]
fn a_guest_opens_no_closed_door() {
    let provider = provider(r#"{"accept": "nobody", "guest": true}"#);
    assert!(provider.mechanisms(&LOCAL).is_empty());
    assert_eq!(start(&provider, &LOCAL, "PLAIN", Some(b"\0guest\0guest")), SaslOutcome::NotMine);
}

#[test]
fn a_response_that_nobody_asked_for_is_refused() {
    let provider = provider(r#"{"accept": "everyone"}"#);
    let unasked = |session| answer(|done| provider.step(SessionId(session), b"\0a\0b", done));
    assert_eq!(unasked(1).unwrap_err().kind(), ErrorKind::NotFound);
    start(&provider, &REMOTE, "PLAIN", None);
    provider.abandon(SessionId(1));
    assert_eq!(unasked(1).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn malformed_credentials_fail_even_where_everyone_is_accepted() {
    let provider = provider(r#"{"accept": "everyone"}"#);
    for message in [b"guest".as_slice(), b"\0\0x", b"\0a\nb\0x", b"\0\xff\0x"] {
        let outcome = start(&provider, &REMOTE, "PLAIN", Some(message));
        assert!(matches!(outcome, SaslOutcome::Failure(_)), "{message:?}: {outcome:?}");
    }
}

#[test]
fn nobody_is_offered_nothing() {
    let provider = provider(r#"{"accept": "nobody"}"#);
    assert!(provider.mechanisms(&LOCAL).is_empty());
    assert_eq!(start(&provider, &LOCAL, "ANONYMOUS", None), SaslOutcome::NotMine);
}

#[test]
fn mechanisms_of_others_are_not_its_own() {
    let provider = provider(r#"{"accept": "everyone"}"#);
    assert_eq!(start(&provider, &LOCAL, "SCRAM-SHA-256", Some(b"n,,")), SaslOutcome::NotMine);
}
