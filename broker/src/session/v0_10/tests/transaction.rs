//! Class tx.

use philter_protocol::v0_10::command::{
    ExchangeBind, MessageAccept, MessageRelease, TxCommit, TxRollback, TxSelect, error_code,
};

use super::{World, set, transfer_bytes};

#[test]
fn transfers_arrive_with_the_commit_and_not_after_a_rollback() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.command(TxSelect::default());
    wire.transfer("q", &["gone"]);
    assert_eq!(wire.completed(), set(0, 2), "a transfer completes before its commit");
    wire.command(TxRollback::default());
    wire.transfer("q", &["1", "2"]);
    assert_eq!(world.depth("q"), 0);
    wire.command(TxCommit::default());
    assert_eq!(world.depth("q"), 2);
    assert_eq!(wire.completed(), set(0, 6));
    let session = world.live.sessions().remove(0);
    assert_eq!((session.transactions_committed(), session.transactions_rejected()), (1, 1));
    assert_eq!(session.transactions_started(), 3);
}

#[test]
fn an_accept_takes_effect_with_the_commit() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "2"]);
    wire.command(TxSelect::default());
    wire.subscribe("q");
    assert_eq!(wire.messages(), ["1", "2"]);
    let queue = world.host.queue("q").unwrap();
    wire.command(MessageAccept { transfers: set(0, 0) });
    assert_eq!(queue.statistics().depth_messages, 2);
    wire.command(TxRollback::default());
    // What was rolled back is held as before, and can be given back.
    wire.command(MessageRelease { transfers: set(0, 0), set_redelivered: false });
    assert_eq!(wire.messages(), ["1"]);
    wire.command(MessageAccept { transfers: set(1, 2) });
    wire.command(TxCommit::default());
    assert_eq!(queue.statistics().depth_messages, 0);
}

#[test]
fn a_session_that_ends_rolls_back() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1"]);
    wire.command(TxSelect::default());
    wire.subscribe("q");
    assert_eq!(wire.messages(), ["1"]);
    wire.command(MessageAccept { transfers: set(0, 0) });
    wire.transfer("q", &["2"]);
    wire.lose();
    let mut other = world.attach("other");
    other.subscribe("q");
    assert_eq!(other.messages(), ["1"]);
}

#[test]
fn a_commit_that_a_queue_refuses_fails_and_accepts_nothing() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[("qpid.max_count", 2), ("qpid.flow_stop_count", 0)]);
    wire.transfer("q", &["1"]);
    wire.command(TxSelect::default());
    wire.subscribe("q");
    assert_eq!(wire.messages(), ["1"]);
    wire.command(MessageAccept { transfers: set(0, 0) });
    wire.transfer("q", &["2", "3"]);
    wire.command(TxCommit::default());
    assert_eq!(wire.exception().error_code, error_code::RESOURCE_LIMIT_EXCEEDED);
    let mut other = world.attach("other");
    other.subscribe("q");
    assert_eq!(other.messages(), ["1"]);
}

#[test]
fn a_commit_without_a_select_and_a_second_select_are_illegal() {
    let world = World::new();
    for is_commit in [true, false] {
        let mut wire = world.attach("s");
        match is_commit {
            true => wire.command(TxCommit::default()),
            false => wire.command(TxRollback::default()),
        }
        assert_eq!(wire.exception().error_code, error_code::ILLEGAL_STATE);
    }
    let mut wire = world.attach("s");
    wire.command(TxSelect::default());
    wire.command(TxSelect::default());
    assert_eq!(wire.exception().error_code, error_code::ILLEGAL_STATE);
}

#[test]
fn a_commit_of_which_a_plugin_fails_on_a_message_takes_no_effect() {
    let world = World::new();
    world.stage.stand_frail("x");
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    let (queue, exchange, binding_key) = ("q".into(), "x".into(), "k".into());
    wire.command(ExchangeBind { queue, exchange, binding_key, ..Default::default() });
    wire.command(TxSelect::default());
    let sent = ["1", "bad"].map(|body| transfer_bytes("x", "k", body));
    wire.feed(&sent.concat());
    wire.command(TxCommit::default());
    let exception = wire.exception();
    assert_eq!(exception.error_code, error_code::INTERNAL_ERROR);
    assert!(exception.description.contains("exchange 'x' could not route"), "{exception:?}");
    assert_eq!(world.depth("q"), 0);
}
