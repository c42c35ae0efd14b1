//! Class dtx: what takes effect when.

mod refusals;
mod timeouts;

use philter_protocol::v0_10::command::{
    DtxCommit, DtxEnd, DtxForget, DtxGetTimeout, DtxPrepare, DtxRecover, DtxRollback, DtxSelect,
    DtxSetTimeout, DtxStart, MessageAccept, MessageCancel, QueueDeclare, QueueDelete, TxSelect,
    error_code,
};
use philter_protocol::v0_10::structs::{
    GetTimeoutResult, RecoverResult, XaResult, Xid, decode_struct, encode_struct, xa_status,
};

use super::{Command, Heard, Wire, World, set};
use crate::virtual_host::VirtualHosts;

pub(super) fn xid(name: &str) -> Vec<u8> {
    let (global_id, branch_id) = (name.as_bytes().to_vec(), b"1".to_vec());
    encode_struct(&Xid { format: 0, global_id, branch_id })
}

impl Wire {
    /// The content of the last result among what is heard.
    fn result(&mut self) -> Vec<u8> {
        let result = |heard| match heard {
            Heard::Command(Command::Result_(result)) => result.value,
            _ => None,
        };
        self.hear().into_iter().rev().find_map(result).unwrap()
    }

    fn status(&mut self, command: impl Into<Command>) -> u16 {
        self.command(command);
        decode_struct::<XaResult>(&self.result()).unwrap().status
    }

    fn error(&mut self, command: impl Into<Command>) -> u16 {
        self.command(command);
        self.exception().error_code
    }

    fn start(&mut self, name: &str) {
        assert_eq!(self.status(start(name)), xa_status::OK);
    }

    fn end(&mut self, name: &str) {
        assert_eq!(self.status(end(name)), xa_status::OK);
    }

    /// Takes the one message that is in a queue and accepts it.
    fn take(&mut self, queue: &str) {
        self.subscribe(queue);
        assert_eq!(self.messages().len(), 1);
        self.command(MessageAccept { transfers: set(0, 1_000) });
        self.command(MessageCancel { destination: "d".into() });
    }
}

fn start(name: &str) -> DtxStart {
    DtxStart { xid: xid(name), join: false, resume: false }
}

fn join(name: &str) -> DtxStart {
    DtxStart { join: true, ..start(name) }
}

fn resume(name: &str) -> DtxStart {
    DtxStart { resume: true, ..start(name) }
}

fn end(name: &str) -> DtxEnd {
    DtxEnd { xid: xid(name), fail: false, suspend: false }
}

fn suspend(name: &str) -> DtxEnd {
    DtxEnd { suspend: true, ..end(name) }
}

fn prepare(name: &str) -> DtxPrepare {
    DtxPrepare { xid: xid(name) }
}

fn commit(name: &str) -> DtxCommit {
    DtxCommit { xid: xid(name), one_phase: false }
}

fn commit_at_once(name: &str) -> DtxCommit {
    DtxCommit { one_phase: true, ..commit(name) }
}

fn rollback(name: &str) -> DtxRollback {
    DtxRollback { xid: xid(name) }
}

fn set_timeout(name: &str, timeout: u32) -> DtxSetTimeout {
    DtxSetTimeout { xid: xid(name), timeout }
}

/// A session that is selected, and two queues of which the first has a message.
fn selected(world: &World) -> Wire {
    let mut wire = world.attach("s");
    wire.declare("a", &[]);
    wire.declare("b", &[]);
    wire.transfer("a", &["1"]);
    wire.command(DtxSelect::default());
    wire
}

/// The same when a branch has taken the message and published another, and was ended.
fn worked(world: &World) -> Wire {
    let mut wire = selected(world);
    wire.start("x");
    wire.take("a");
    wire.transfer("b", &["2"]);
    wire.end("x");
    assert_eq!((depth(world, "a"), depth(world, "b")), (1, 0));
    wire
}

/// What is in a queue, taken or not.
fn depth(world: &World, queue: &str) -> u64 {
    world.host.queue(queue).unwrap().statistics().depth_messages
}

/// What is ready in a queue, to another session.
fn ready(world: &World, queue: &str) -> usize {
    let mut other = world.attach("looks");
    other.subscribe(queue);
    let count = other.messages().len();
    other.lose();
    count
}

fn let_pass(world: &World, now_ms: u64) {
    VirtualHosts::of(&world.host).serve_due(now_ms);
}

#[test]
fn work_takes_effect_with_the_commit_in_one_phase() {
    let world = World::new();
    let mut wire = worked(&world);
    assert_eq!(wire.status(commit_at_once("x")), xa_status::OK);
    assert_eq!((depth(&world, "a"), depth(&world, "b")), (0, 1));
    // The xid is forgotten, and can be used again.
    assert_eq!(world.host.branch_count(), 0);
    wire.start("x");
    let session = world.live.sessions().remove(0);
    assert_eq!((session.transactions_started(), session.transactions_committed()), (2, 1));
    assert_eq!((session.transactions_rejected(), session.transactions_pending()), (0, 1));
}

#[test]
fn work_takes_effect_with_the_commit_in_two_phases() {
    let world = World::new();
    let mut wire = worked(&world);
    assert_eq!(wire.status(prepare("x")), xa_status::OK);
    assert_eq!((depth(&world, "a"), depth(&world, "b")), (1, 0));
    assert_eq!(wire.status(commit("x")), xa_status::OK);
    assert_eq!((depth(&world, "a"), depth(&world, "b")), (0, 1));
}

#[test]
fn a_rollback_gives_messages_back_and_publishes_nothing() {
    for is_prepared in [false, true] {
        let world = World::new();
        let mut wire = worked(&world);
        if is_prepared {
            assert_eq!(wire.status(prepare("x")), xa_status::OK);
        }
        assert_eq!(ready(&world, "a"), 0);
        assert_eq!(wire.status(rollback("x")), xa_status::OK);
        assert_eq!((ready(&world, "a"), ready(&world, "b")), (1, 0));
        let session = world.live.sessions().remove(0);
        assert_eq!((session.transactions_rejected(), session.transactions_pending()), (1, 0));
    }
}

#[test]
fn after_the_end_a_session_works_without_a_transaction() {
    let world = World::new();
    let mut wire = worked(&world);
    wire.transfer("a", &["3"]);
    assert_eq!(depth(&world, "a"), 2);
    wire.take("a");
    assert_eq!(depth(&world, "a"), 1, "only what the branch took is there");
    // It is the branch's, whatever becomes of the session.
    wire.lose();
    assert_eq!(ready(&world, "a"), 0);
    let mut other = world.attach("other");
    assert_eq!(other.status(commit_at_once("x")), xa_status::OK);
    assert_eq!((depth(&world, "a"), depth(&world, "b")), (0, 1));
}

#[test]
fn two_sessions_work_on_one_branch() {
    let world = World::new();
    let mut first = selected(&world);
    let mut second = world.attach("second");
    second.command(DtxSelect::default());
    first.start("x");
    assert_eq!(second.status(join("x")), xa_status::OK);
    first.take("a");
    second.transfer("b", &["2"]);
    first.end("x");
    let mut third = world.attach("third");
    assert_eq!(third.error(prepare("x")), error_code::ILLEGAL_STATE);
    second.end("x");
    assert_eq!(first.status(commit_at_once("x")), xa_status::OK);
    assert_eq!((depth(&world, "a"), depth(&world, "b")), (0, 1));
}

#[test]
fn a_branch_is_suspended_and_resumed_with_another_between() {
    let world = World::new();
    let mut wire = selected(&world);
    wire.start("x");
    wire.take("a");
    assert_eq!(wire.status(suspend("x")), xa_status::OK);
    wire.start("y");
    wire.transfer("b", &["of y"]);
    wire.end("y");
    assert_eq!(wire.status(rollback("y")), xa_status::OK);
    assert_eq!(wire.status(resume("x")), xa_status::OK);
    wire.transfer("b", &["of x"]);
    wire.end("x");
    assert_eq!(wire.status(commit_at_once("x")), xa_status::OK);
    assert_eq!((depth(&world, "a"), ready(&world, "b")), (0, 1));
}

#[test]
fn a_session_that_is_lost_while_associated_leaves_only_a_rollback() {
    for (is_suspended, is_commit) in [(false, false), (true, false), (false, true)] {
        let world = World::new();
        let mut wire = selected(&world);
        wire.start("x");
        wire.take("a");
        wire.transfer("b", &["2"]);
        if is_suspended {
            assert_eq!(wire.status(suspend("x")), xa_status::OK);
        }
        wire.lose();
        let mut other = world.attach("other");
        if is_commit {
            assert_eq!(other.status(commit_at_once("x")), xa_status::RBROLLBACK);
        } else {
            assert_eq!(other.status(prepare("x")), xa_status::RBROLLBACK);
            assert_eq!(ready(&world, "a"), 0);
            assert_eq!(other.status(rollback("x")), xa_status::OK);
        }
        assert_eq!((ready(&world, "a"), ready(&world, "b")), (1, 0));
        assert_eq!(other.error(rollback("x")), error_code::NOT_FOUND);
    }
}

#[test]
fn a_branch_that_is_ended_as_failed_is_rolled_back() {
    let world = World::new();
    let mut wire = selected(&world);
    wire.start("x");
    wire.transfer("b", &["2"]);
    assert_eq!(wire.status(DtxEnd { fail: true, ..end("x") }), xa_status::RBROLLBACK);
    assert_eq!(wire.status(commit_at_once("x")), xa_status::RBROLLBACK);
    assert_eq!((depth(&world, "b"), world.host.branch_count()), (0, 0));
}

#[test]
fn a_branch_for_which_a_queue_has_no_room_is_rolled_back() {
    for is_one_phase in [false, true] {
        let world = World::new();
        let mut wire = selected(&world);
        wire.declare("small", &[("qpid.max_count", 1), ("qpid.flow_stop_count", 0)]);
        wire.start("x");
        wire.take("a");
        wire.transfer("small", &["1", "2"]);
        wire.end("x");
        if is_one_phase {
            assert_eq!(wire.status(commit_at_once("x")), xa_status::RBROLLBACK);
        } else {
            assert_eq!(wire.status(prepare("x")), xa_status::RBROLLBACK);
            assert_eq!(wire.status(rollback("x")), xa_status::OK);
        }
        assert_eq!((ready(&world, "a"), depth(&world, "small")), (1, 0));
    }
}

#[test]
fn what_is_prepared_stays_so_until_its_queue_has_room() {
    let world = World::new();
    let mut wire = selected(&world);
    wire.declare("small", &[("qpid.max_count", 1), ("qpid.flow_stop_count", 0)]);
    wire.start("x");
    wire.transfer("small", &["1"]);
    wire.end("x");
    assert_eq!(wire.status(prepare("x")), xa_status::OK);
    wire.transfer("small", &["first"]);
    wire.command(commit("x"));
    let exception = wire.exception();
    assert_eq!(exception.error_code, error_code::RESOURCE_LIMIT_EXCEEDED);
    assert!(exception.description.contains("still there"), "{}", exception.description);
    let mut other = world.attach("other");
    other.take("small");
    assert_eq!(other.status(commit("x")), xa_status::OK);
    assert_eq!(depth(&world, "small"), 1);
}

#[test]
fn a_deleted_queue_takes_what_was_accepted_with_it() {
    let world = World::new();
    let mut wire = worked(&world);
    wire.command(QueueDelete { queue: "a".into(), ..QueueDelete::default() });
    assert_eq!(wire.status(rollback("x")), xa_status::OK);
}

#[test]
fn what_was_accepted_from_a_deleted_queue_goes_to_its_alternate_and_the_branch_is_committed() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("b", &[]);
    wire.declare("left", &[]);
    world.stage.stand("alt");
    let (exchange, left) = (world.host.exchange("alt").unwrap(), world.host.queue("left").unwrap());
    world.stage.bind_key(&exchange, &left, "a");
    wire.command(QueueDeclare {
        queue: "a".into(),
        alternate_exchange: "alt".into(),
        ..QueueDeclare::default()
    });
    wire.transfer("a", &["1"]);
    wire.command(DtxSelect::default());
    wire.start("x");
    wire.take("a");
    wire.transfer("b", &["2"]);
    wire.end("x");
    assert_eq!(wire.status(prepare("x")), xa_status::OK);
    wire.command(QueueDelete { queue: "a".into(), ..QueueDelete::default() });
    assert_eq!(depth(&world, "left"), 1);
    assert_eq!(wire.status(commit("x")), xa_status::OK);
    assert_eq!((depth(&world, "left"), depth(&world, "b")), (1, 1));
}

#[test]
fn a_deleted_virtual_host_has_no_branches() {
    let world = World::new();
    let mut wire = worked(&world);
    assert_eq!(wire.status(prepare("x")), xa_status::OK);
    world.host.clear(crate::virtual_host::Actor::broker());
    assert_eq!(world.host.branch_count(), 0);
    assert_eq!(VirtualHosts::of(&world.host).due_count(), 0);
}
