//! Providers that trap, loop, hoard and lie: nobody is let in by it, and the next login is asked
//! about by another instance.

use philter_plugin_api::{Authorization, ErrorKind, Limits, SaslOutcome, SessionId};

use super::auth::{Desk, JO, PEER, is_jo};
use super::*;
use crate::BreakerState;

const LOOP: &str = "(loop $for-ever (br $for-ever)) unreachable";

/// Fails in `start` on whoever sends no message at once; others are decided about well.
fn on_empty(body: &str) -> Text {
    let rest = "(call $default-start (local.get $session) (local.get $peer) \
                (local.get $peer-bytes) (local.get $mechanism) (local.get $mechanism-bytes) \
                (local.get $has-initial) (local.get $initial) (local.get $initial-bytes))";
    let body = format!("(if (i32.eqz (local.get $has-initial)) (then {body})) {rest}");
    Text::auth("it").entry("start", body)
}

/// What such a login is answered; the next one is well.
fn failure(bench: &Bench, text: &Text) -> (Desk, String) {
    let desk = Desk::of(bench, text);
    let error = desk.start(1, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(is_jo(&desk.start(2, Some(JO))));
    (desk, error.text().to_owned())
}

/// A challenge, a success and the like of so many bytes from 2048 on.
fn outcome(case: u32, data: &[u8], bytes: usize) -> Text {
    let data: String = data.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let body = format!(
        "(return (call $ok-outcome (i32.const {case}) (i32.const 2048) (i32.const {bytes})))"
    );
    on_empty(&body).code(&format!("(data (i32.const 2048) \"{data}\")"))
}

#[test]
fn a_trap_or_a_loop_costs_its_login() {
    let mut bench = Bench::new();
    bench.settings.create_ms_max = 20;
    let (desk, error) = failure(&bench, &on_empty("unreachable"));
    assert!(error.starts_with("plugin 'it': trap: it gave up (unreachable)"), "{error}");
    assert_eq!(desk.component.statistics().traps, 1);
    let (desk, error) = failure(&bench, &on_empty("(loop $x (br $x))"));
    assert!(error.contains("the call took more than 20 ms of the thread's time"), "{error}");
    assert_eq!(desk.component.statistics().deadline_hits, 1);
    bench.wait_for("it Error auth 'it': the call took more than 20 ms");
}

#[test]
fn one_that_gives_no_memory_back_is_followed_by_another_and_ends_its_logins() {
    let mut bench = Bench::new();
    bench.settings.memory_bytes_max = 8 << 20;
    let desk = Desk::of(&bench, &on_empty("(drop (memory.grow (i32.const 8)))"));
    for session in 0..200 {
        assert_eq!(desk.start(session, None), Ok(SaslOutcome::Challenge(Vec::new())));
        // Whether the instance that it began with is the newest or not.
        assert_eq!(desk.start(1000 + session, None), Ok(SaslOutcome::Challenge(Vec::new())));
        assert!(is_jo(&desk.step(session, JO)));
        assert!(is_jo(&desk.step(1000 + session, JO)));
    }
    let state = desk.component.statistics();
    assert!(state.outgrown > 10 && state.instances <= 5, "{state:?}");
    assert_eq!((state.refused_memory, state.traps), (0, 0));
}

#[test]
fn a_hunger_for_memory_costs_its_login() {
    let mut bench = Bench::new();
    bench.settings.memory_bytes_max = 1 << 20;
    let grow = "(drop (call $alloc (i32.const 4000000)))";
    let (desk, error) = failure(&bench, &on_empty(grow));
    assert!(error.contains("it wanted more memory than the 1048576 bytes"), "{error}");
    assert_eq!(desk.component.statistics().refused_memory, 1);
}

#[test]
fn the_logins_of_an_instance_that_trapped_end_with_an_error() {
    let mut bench = Bench::new();
    bench.settings.instances_max = 1;
    let traps = "(if (i64.eq (local.get $session) (i64.const 2)) (then unreachable)) \
                 (call $default-step (local.get $session) (local.get $response) \
                 (local.get $response-bytes))";
    let desk = Desk::of(&bench, &Text::auth("it").entry("step", traps));
    for session in 1..=3 {
        assert!(matches!(desk.start(session, None), Ok(SaslOutcome::Challenge(_))));
    }
    assert!(is_jo(&desk.step(1, JO)));
    assert!(desk.step(2, JO).unwrap_err().text().contains("trap"));
    let lost = desk.step(3, JO).unwrap_err();
    assert!(lost.text().ends_with("this login began with was lost by a trap"), "{lost}");
    assert!(is_jo(&desk.start(4, Some(JO))));
}

#[test]
fn a_trap_in_any_entry_lets_nobody_in() {
    let mut bench = Bench::new();
    bench.settings.traps_max = 100;
    for entry in ["mechanisms", "step", "abandon", "authorize", "limits", "inspect", "destroy"] {
        let desk = Desk::of(&bench, &Text::auth("it").entry(entry, "unreachable"));
        match entry {
            "mechanisms" => assert!(desk.auth.mechanisms(&PEER).is_empty()),
            "step" => {
                desk.start(1, None).unwrap();
                assert!(desk.step(1, JO).is_err());
            }
            "abandon" => {
                desk.start(1, None).unwrap();
                desk.auth.abandon(SessionId(1));
            }
            "authorize" => assert!(desk.ask().is_err()),
            "limits" => {
                let nothing = Limits { connections_max: Some(0), queues_max: Some(0) };
                assert_eq!(desk.auth.limits("jo"), nothing);
            }
            "inspect" => assert!(desk.auth.inspect().is_err()),
            _ => {}
        }
        assert!(is_jo(&desk.start(2, Some(JO))), "{entry}");
        let Desk { component, auth } = desk;
        drop(auth);
        bench.wait_for("trap: it gave up");
        assert!(component.statistics().traps >= 1, "{entry}");
        bench.log.lines.lock().clear();
    }
    let error = bench.open(&Text::auth("it").entry("create", "unreachable"));
    assert!(error.create_auth("it", &context("it")).is_err());
}

#[test]
fn what_answers_at_once_is_made_again_after_a_trap() {
    let bench = Bench::new();
    // It traps where the peer's address ends in a certain way, which is how a test says when.
    let traps = "(if (i32.eq (i32.load8_u (i32.sub (i32.add (local.get $peer) \
                 (local.get $peer-bytes)) (i32.const 1))) (i32.const 120)) (then unreachable)) \
                 (call $default-mechanisms (local.get $peer) (local.get $peer-bytes))";
    let desk = Desk::of(&bench, &Text::auth("it").entry("mechanisms", traps));
    assert_eq!(desk.auth.mechanisms(&PEER), ["PLAIN"]);
    let hostile = philter_plugin_api::Peer { server_name: "x", ..PEER };
    assert!(desk.auth.mechanisms(&hostile).is_empty());
    while desk.auth.mechanisms(&PEER).is_empty() {}
    assert_eq!(desk.auth.mechanisms(&PEER), ["PLAIN"]);
    assert_eq!(desk.component.statistics().traps, 1);
}

#[test]
fn an_outcome_that_is_none_lets_nobody_in() {
    let bench = Bench::new();
    let refused = |text: &Text| {
        let (desk, error) = failure(&bench, text);
        assert_eq!(desk.component.statistics().faults, 1);
        error
    };
    let empty = b"\xc1\x0d\x02\xa1\x08identity\xa1\x00";
    let error = refused(&outcome(1, empty, empty.len()));
    assert!(error.contains("whose 'identity' is no text of 1 to 255 bytes"), "{error}");
    let error = refused(&outcome(1, b"\xc1\xff\x02", 3));
    assert!(error.contains("start answered a success that is no map"), "{error}");
    let error = refused(&outcome(1, b"", 0));
    assert!(error.contains("a success without 'identity'"), "{error}");
    let huge = "(return (call $ok-outcome (i32.const 0) (call $alloc (i32.const 1048576)) \
                (i32.const 1048576)))";
    let error = refused(&on_empty(huge));
    assert!(error.contains("a challenge of 1048576 bytes, at most 65536 are taken"), "{error}");
}

#[test]
fn an_answer_that_the_canonical_abi_does_not_know_costs_its_instance() {
    let bench = Bench::new();
    let (desk, _) = failure(&bench, &outcome(9, b"", 0));
    assert_eq!(desk.component.statistics().traps, 1);
    let (desk, _) = failure(&bench, &outcome(2, b"\xff\xfe", 2));
    assert_eq!(desk.component.statistics().traps, 1);
    let text = Text::auth("it").entry("authorize", "(call $ok-number (i32.const 77))");
    assert!(Desk::of(&bench, &text).ask().is_err());
}

#[test]
fn a_mechanism_that_is_none_is_not_on_offer() {
    let bench = Bench::new();
    let text = Text::auth("it")
        .code(r#"(data (i32.const 2048) "plain text")"#)
        .entry("mechanisms", "(call $one-text (i32.const 2048) (i32.const 10))");
    let desk = Desk::of(&bench, &text);
    assert!(desk.auth.mechanisms(&PEER).is_empty());
    bench.wait_for("mechanisms answered \"plain text\", which is no mechanism's name");
    assert_eq!(desk.component.statistics().faults, 1);
}

#[test]
fn a_provider_that_fails_again_and_again_is_left_alone() {
    let mut bench = Bench::new();
    (bench.settings.traps_max, bench.settings.retry_ms) = (3, 1_000_000);
    let desk = Desk::of(&bench, &on_empty("unreachable"));
    for session in 1..=3 {
        assert!(desk.start(session, None).is_err());
        // What answers at once goes on, and is no sign that logins do.
        assert_eq!(desk.auth.mechanisms(&PEER), ["PLAIN"]);
    }
    let error = desk.start(4, Some(JO)).unwrap_err();
    assert!(error.text().contains("failed 3 times in a row and is left alone"), "{error}");
    let statistics = desk.component.statistics();
    assert_eq!((statistics.breaker, statistics.breaker_opened), (BreakerState::Open, 1));
    assert_eq!(desk.ask().map_err(|error| error.kind()), Err(ErrorKind::Internal));
}

#[test]
fn what_a_stranger_provokes_leaves_nobody_out() {
    let mut bench = Bench::new();
    (bench.settings.traps_max, bench.settings.retry_ms) = (1, 1_000_000);
    let desk = Desk::of(&bench, &on_empty("(return (call $unsupported))"));
    for session in 1..=5 {
        let error = desk.start(session, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert!(is_jo(&desk.start(9, Some(JO))));
    assert_eq!(desk.ask(), Ok(Authorization::Abstain));
    let text = Text::auth("it").entry("describe", LOOP);
    bench.settings.create_ms_max = 5;
    assert!(bench.try_open(text.build()).is_err());
}
