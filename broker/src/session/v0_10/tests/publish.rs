//! Transfers: what is refused and what waits.

use philter_protocol::v0_10::command::{
    ExchangeBind, MessageAccept, QueueDeclare, Sync, error_code,
};
use philter_protocol::v0_10::value::{FieldMap, Value};
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::{CHANNEL, World, set, transfer_bytes};

#[test]
fn nothing_behind_a_refused_message_enters_the_queue() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[("qpid.max_count", 2), ("qpid.flow_stop_count", 0)]);
    // The third is too large; the others would fit.
    wire.transfer("q", &["1", "2", "3", "4", "5"]);
    let exception = wire.exception();
    assert_eq!(exception.error_code, error_code::RESOURCE_LIMIT_EXCEEDED);
    assert_eq!(exception.command_id, CommandId(3));
    assert_eq!(world.depth("q"), 2);
}

#[test]
fn a_small_message_behind_one_that_is_refused_for_its_size_does_not_enter() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[("qpid.max_size", 200), ("qpid.flow_stop_size", 0)]);
    wire.transfer("q", &["1", &"2".repeat(500), "3"]);
    assert_eq!(wire.exception().command_id, CommandId(2));
    assert_eq!(world.depth("q"), 1);
}

#[test]
fn transfers_into_a_stopped_queue_complete_when_it_goes_on() {
    let world = World::new();
    let mut producer = world.attach("p");
    producer.declare("q", &[("qpid.flow_stop_count", 2), ("qpid.flow_resume_count", 1)]);
    producer.transfer("q", &["1"]);
    producer.transfer("q", &["2", "3"]);
    let sync = Sync::default();
    producer.command(sync);
    // The declare and the first; the sync waits behind the others.
    assert_eq!(producer.completed(), set(0, 1));
    assert_eq!(world.depth("q"), 3);
    // Others go on, and so does the rest of the session.
    producer.declare("other", &[]);
    let completed = producer.completed();
    assert_eq!(completed.ranges(), [(CommandId(0), CommandId(1)), (CommandId(5), CommandId(5))]);
    let mut consumer = world.attach("c");
    consumer.subscribe("q");
    assert_eq!(consumer.messages(), ["1", "2", "3"]);
    consumer.command(MessageAccept { transfers: set(0, 0) });
    assert_eq!(producer.completed(), RangeSet::default(), "two are left");
    consumer.command(MessageAccept { transfers: set(1, 2) });
    assert_eq!(producer.completed(), set(0, 5));
}

#[test]
fn nothing_behind_a_refused_message_enters_by_way_of_another_exchange() {
    let world = World::new();
    let mut wire = world.attach("s");
    world.stage.stand("x");
    wire.declare("q", &[("qpid.max_count", 1), ("qpid.flow_stop_count", 0)]);
    wire.declare("other", &[]);
    wire.command(ExchangeBind {
        queue: "other".into(),
        exchange: "x".into(),
        binding_key: "k".into(),
        ..Default::default()
    });
    let first = transfer_bytes("", "q", "1");
    let second = transfer_bytes("", "q", "2");
    let behind = transfer_bytes("x", "k", "3");
    wire.feed(&[first, second, behind].concat());
    assert_eq!(wire.exception().command_id, CommandId(4));
    assert_eq!((world.depth("q"), world.depth("other")), (1, 0));
}

#[test]
fn exclusive_queues_that_deleted_themselves_are_not_kept() {
    let world = World::new();
    let mut wire = world.attach("s");
    for _ in 0..5 {
        let arguments = FieldMap::new()
            .with("qpid.max_count", Value::Int64(1))
            .with("qpid.policy_type", Value::Str16("self-destruct".into()));
        let (queue, arguments) = ("q".into(), Some(arguments));
        wire.command(QueueDeclare { queue, arguments, exclusive: true, ..Default::default() });
        wire.transfer("q", &["1", "2"]);
        assert!(world.host.queue("q").is_err());
    }
    assert_eq!(wire.server.sessions[&CHANNEL].owned.len(), 1);
}

#[test]
fn a_message_that_a_plugin_fails_on_ends_its_session_and_nothing_behind_it_enters() {
    let world = World::new();
    world.stage.stand_frail("x");
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    let (queue, exchange, binding_key) = ("q".into(), "x".into(), "k".into());
    wire.command(ExchangeBind { queue, exchange, binding_key, ..Default::default() });
    let sent = ["1", "2", "bad", "4"].map(|body| transfer_bytes("x", "k", body));
    wire.feed(&sent.concat());
    let exception = wire.exception();
    assert_eq!(exception.error_code, error_code::INTERNAL_ERROR);
    assert_eq!(exception.command_id, CommandId(4));
    assert_eq!(
        exception.description,
        "exchange 'x' could not route the message: exchange type 'frail' failed: it is bad"
    );
    assert_eq!(world.depth("q"), 2);
}
