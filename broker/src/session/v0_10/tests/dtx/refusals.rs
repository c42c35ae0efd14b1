//! What is refused, and by which code.

use super::*;

#[test]
fn association_needs_a_select() {
    let commands: [Command; 3] = [start("x").into(), end("x").into(), resume("x").into()];
    let world = World::new();
    for command in commands {
        let mut wire = world.attach("s");
        assert_eq!(wire.error(command), error_code::COMMAND_INVALID);
    }
    let mut wire = world.attach("s");
    wire.command(DtxSelect::default());
    let nameless = DtxStart { xid: b"\x06\x04".to_vec(), ..start("x") };
    assert_eq!(wire.error(nameless), error_code::COMMAND_INVALID);
}

#[test]
fn local_and_distributed_transactions_exclude_each_other() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.command(TxSelect::default());
    assert_eq!(wire.error(DtxSelect::default()), error_code::ILLEGAL_STATE);
    let mut wire = world.attach("s");
    wire.command(DtxSelect::default());
    assert_eq!(wire.error(TxSelect::default()), error_code::ILLEGAL_STATE);
}

#[test]
fn flags_that_exclude_each_other_are_invalid() {
    let world = World::new();
    let mut wire = selected(&world);
    let both = DtxStart { join: true, ..resume("x") };
    assert_eq!(wire.error(both), error_code::COMMAND_INVALID);
    let mut wire = world.attach("s");
    wire.command(DtxSelect::default());
    wire.start("x");
    let both = DtxEnd { fail: true, ..suspend("x") };
    assert_eq!(wire.error(both), error_code::COMMAND_INVALID);
    let mut other = world.attach("other");
    assert_eq!(other.status(commit_at_once("x")), xa_status::RBROLLBACK);
}

/// Does something in a session of its own that has begun branch `own`; `x` is another one's, `free`
/// is associated with nobody, `done` is prepared.
fn refused(command: impl Into<Command>) -> u16 {
    let world = World::new();
    let mut first = world.attach("first");
    first.command(DtxSelect::default());
    for name in ["free", "done"] {
        first.start(name);
        first.end(name);
    }
    assert_eq!(first.status(prepare("done")), xa_status::OK);
    first.start("x");
    let mut wire = world.attach("s");
    wire.command(DtxSelect::default());
    wire.start("kept");
    assert_eq!(wire.status(suspend("kept")), xa_status::OK);
    wire.error(command)
}

#[test]
fn a_branch_that_is_known_is_not_begun() {
    for name in ["x", "free", "done", "kept"] {
        assert_eq!(refused(start(name)), error_code::NOT_ALLOWED, "{name}");
    }
}

#[test]
fn a_branch_that_is_not_known_is_not_found() {
    let commands: [Command; 8] = [
        join("?").into(),
        prepare("?").into(),
        commit("?").into(),
        commit_at_once("?").into(),
        rollback("?").into(),
        DtxForget { xid: xid("?") }.into(),
        DtxGetTimeout { xid: xid("?") }.into(),
        set_timeout("?", 1).into(),
    ];
    for command in commands {
        assert_eq!(refused(command.clone()), error_code::NOT_FOUND, "{command:?}");
    }
}

#[test]
fn a_branch_in_another_state_is_illegal() {
    let commands: [Command; 17] = [
        end("?").into(),
        end("x").into(),
        suspend("x").into(),
        suspend("kept").into(),
        resume("x").into(),
        resume("?").into(),
        join("kept").into(),
        join("done").into(),
        prepare("x").into(),
        prepare("kept").into(),
        prepare("done").into(),
        commit("x").into(),
        commit("free").into(),
        commit_at_once("done").into(),
        commit_at_once("x").into(),
        rollback("x").into(),
        DtxForget { xid: xid("free") }.into(),
    ];
    for command in commands {
        assert_eq!(refused(command.clone()), error_code::ILLEGAL_STATE, "{command:?}");
    }
}

#[test]
fn a_session_suspends_only_so_many_branches_even_if_they_are_gone() {
    let world = World::new();
    let mut wire = selected(&world);
    let mut other = world.attach("other");
    for _ in 0..1_000 {
        wire.start("x");
        wire.end("x");
        assert_eq!(wire.status(rollback("x")), xa_status::OK);
    }
    for number in 0..1_000 {
        let name = format!("{number}");
        wire.start(&name);
        wire.command(set_timeout(&name, 1));
        assert_eq!(wire.status(suspend(&name)), xa_status::OK);
        let_pass(&world, 1_000);
        assert_eq!(other.status(rollback(&name)), xa_status::RBTIMEOUT);
    }
    wire.start("x");
    assert_eq!(wire.error(suspend("x")), error_code::RESOURCE_LIMIT_EXCEEDED);
    assert_eq!(other.status(commit_at_once("x")), xa_status::RBROLLBACK);
}

#[test]
fn a_session_works_on_one_branch_at_a_time() {
    let world = World::new();
    let mut wire = selected(&world);
    wire.start("x");
    assert_eq!(wire.error(start("y")), error_code::ILLEGAL_STATE);
}
