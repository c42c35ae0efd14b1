//! The broker ends while sessions hold something.

use philter_protocol::v0_10::command::{
    DtxCommit, DtxEnd, DtxPrepare, DtxRecover, DtxRollback, DtxSelect, DtxStart, MessageAccept,
    MessageSubscribe, TxCommit, TxSelect, error_code,
};
use philter_protocol::v0_10::control::{self, Control};

use super::dtx::xid;
use super::{Command, Heard, Wire, World, set};
use crate::net::connection::Driver;

fn drain(wire: &mut Wire) {
    wire.server.begin_drain(wire.now_ms);
}

#[test]
fn nothing_is_delivered_any_more_and_what_was_is_awaited() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "2"]);
    wire.subscribe("q");
    assert_eq!(wire.messages(), ["1", "2"]);
    drain(&mut wire);
    wire.transfer("q", &["3"]);
    wire.give_credit();
    assert!(wire.messages().is_empty());
    assert_eq!(world.depth("q"), 1, "what comes in is taken");
    wire.command(MessageAccept { transfers: set(0, 0) });
    assert!(!wire.server.is_drained());
    wire.command(MessageAccept { transfers: set(1, 1) });
    assert!(wire.server.is_drained());
}

#[test]
fn what_was_only_shown_is_not_awaited() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1"]);
    let (queue, destination) = ("q".into(), "d".into());
    let browse = MessageSubscribe { queue, destination, acquire_mode: 1, ..Default::default() };
    wire.command(browse);
    wire.give_credit();
    assert_eq!(wire.messages(), ["1"]);
    drain(&mut wire);
    assert!(wire.server.is_drained());
}

#[test]
fn publishers_that_were_held_back_are_answered() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[("qpid.flow_stop_count", 2), ("qpid.flow_resume_count", 1)]);
    wire.transfer("q", &["1", "2", "3"]);
    assert_eq!(wire.completed(), set(0, 0));
    drain(&mut wire);
    assert_eq!(wire.completed(), set(0, 3));
    wire.transfer("q", &["4"]);
    assert_eq!(wire.completed(), set(0, 4));
    assert!(wire.server.is_drained());
}

#[test]
fn a_transaction_may_still_be_committed() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.command(TxSelect::default());
    wire.transfer("q", &["1"]);
    drain(&mut wire);
    assert!(!wire.server.is_drained());
    wire.command(TxCommit::default());
    assert!(wire.server.is_drained());
    assert_eq!(world.depth("q"), 1);
}

#[test]
fn a_branch_may_still_be_committed_after_its_session_has_ended_it() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.command(DtxSelect::default());
    for name in ["x", "y"] {
        wire.command(DtxStart { xid: xid(name), join: false, resume: false });
        wire.transfer("q", &["1"]);
        wire.command(DtxEnd { xid: xid(name), fail: false, suspend: false });
    }
    let mut manager = world.attach("manager");
    manager.command(DtxPrepare { xid: xid("x") });
    let mut other = world.attach("other");
    for wire in [&mut wire, &mut manager, &mut other] {
        drain(wire);
    }
    assert!(other.server.is_drained(), "it has to do with none");
    assert!(!wire.server.is_drained() && !manager.server.is_drained());
    manager.command(DtxCommit { xid: xid("x"), one_phase: false });
    assert!(!manager.server.is_drained());
    wire.command(DtxCommit { xid: xid("y"), one_phase: true });
    assert_eq!(world.depth("q"), 2);
    assert!(wire.server.is_drained() && manager.server.is_drained());
}

#[test]
fn who_waits_for_a_branch_is_woken_however_it_ends() {
    let ends: [Command; 3] = [
        DtxRollback { xid: xid("x") }.into(),
        DtxCommit { xid: xid("x"), one_phase: true }.into(),
        DtxEnd { xid: xid("x"), fail: true, suspend: false }.into(),
    ];
    for end in ends.into_iter().map(Some).chain([None]) {
        let world = World::new();
        let mut wire = world.attach("s");
        wire.declare("q", &[]);
        wire.command(DtxSelect::default());
        wire.command(DtxStart { xid: xid("x"), join: false, resume: false });
        wire.transfer("q", &["1"]);
        if !matches!(end, Some(Command::DtxEnd(_)) | None) {
            wire.command(DtxEnd { xid: xid("x"), fail: false, suspend: false });
        }
        let mut manager = world.attach("manager");
        manager.command(DtxRecover::default());
        drain(&mut manager);
        manager.hear();
        assert!(!manager.server.is_drained());
        match end {
            Some(end) => wire.command(end),
            None => wire.lose(),
        }
        let mut woken = Vec::new();
        manager.server.mailbox.take(&mut woken);
        assert!(!woken.is_empty() && manager.server.is_drained());
    }
}

#[test]
fn a_new_session_is_refused_in_words() {
    let world = World::new();
    let mut wire = world.connect();
    drain(&mut wire);
    wire.attach("s", false);
    let heard = wire.hear();
    let exception = heard.iter().find_map(|heard| match heard {
        Heard::Command(philter_protocol::v0_10::Command::Exception(it)) => Some(it),
        _ => None,
    });
    let exception = exception.unwrap();
    assert_eq!(exception.error_code, error_code::ILLEGAL_STATE);
    assert!(exception.description.contains("shuts down"), "{exception:?}");
    let last = heard.last();
    assert!(matches!(last, Some(Heard::Control(Control::Detach(_)))), "{last:?}");
    assert!(world.live.sessions().is_empty());
}

#[test]
fn a_session_that_waits_for_its_client_is_left_alone() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.control(control::RequestTimeout { timeout: Some(60) });
    wire.declare("q", &[]);
    wire.transfer("q", &["1"]);
    wire.subscribe("q");
    assert_eq!(wire.messages(), ["1"]);
    wire.lose();
    let mut next = world.connect();
    drain(&mut next);
    next.attach("s", false);
    next.hear();
    assert!(next.server.is_drained());
    world.sessions.expire(60_001);
    assert_eq!(world.depth("q"), 1, "it ended as it would have");
}
