//! Transfers while messages take too much memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use philter_protocol::v0_10::command::{
    DtxSelect, DtxStart, MessageAccept, TxCommit, TxSelect, error_code,
};
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::dtx::xid;
use super::{World, set};
use crate::memory::MemoryGate;
use crate::net::connection::Driver;

const LIMIT_BYTES: u64 = 1_000;

/// A world whose messages take what the counter says.
fn world() -> (World, Arc<AtomicU64>) {
    let used: Arc<AtomicU64> = Arc::default();
    let of_gate = Arc::clone(&used);
    let gate = MemoryGate::over(LIMIT_BYTES, move || of_gate.load(Ordering::Relaxed));
    (World::with_memory(gate), used)
}

#[test]
fn transfers_above_the_limit_are_taken_and_complete_when_there_is_room() {
    let (world, used) = world();
    let mut producer = world.attach("p");
    producer.declare("q", &[]);
    producer.transfer("q", &["1"]);
    assert_eq!(producer.completed(), set(0, 1));
    used.store(LIMIT_BYTES + 1, Ordering::Relaxed);
    producer.transfer("q", &["2", "3"]);
    assert_eq!((producer.completed(), world.depth("q")), (RangeSet::default(), 3));
    // Consumers go on.
    let mut consumer = world.attach("c");
    consumer.subscribe("q");
    assert_eq!(consumer.messages(), ["1", "2", "3"]);
    consumer.command(MessageAccept { transfers: set(0, 2) });
    assert!(!consumer.completed().is_empty());
    used.store(0, Ordering::Relaxed);
    assert!(world.host.memory().open());
    assert_eq!(producer.completed(), set(0, 3));
}

#[test]
fn who_sends_on_far_above_the_limit_is_not_read_until_there_is_room() {
    let (world, used) = world();
    let (mut pressing, mut idle) = (world.attach("p"), world.attach("i"));
    pressing.declare("q", &[]);
    used.store(2 * LIMIT_BYTES, Ordering::Relaxed);
    assert!(pressing.server.is_reading(), "it did not publish yet");
    pressing.transfer("q", &["1"]);
    pressing.hear();
    idle.hear();
    assert!(!pressing.server.is_reading() && idle.server.is_reading());
    used.store(0, Ordering::Relaxed);
    assert!(world.host.memory().open());
    pressing.hear();
    assert!(pressing.server.is_reading());
}

#[test]
fn who_takes_messages_as_well_is_read_and_refused_what_goes_too_far() {
    let (world, used) = world();
    let mut both = world.attach("b");
    both.declare("q", &[]);
    both.subscribe("q");
    used.store(2 * LIMIT_BYTES, Ordering::Relaxed);
    both.transfer("q", &["1"]);
    assert_eq!(both.messages(), ["1"]);
    assert!(both.server.is_reading(), "what it says of messages makes room");
    both.transfer("q", &["2"]);
    let exception = both.exception();
    assert_eq!(exception.error_code, error_code::RESOURCE_LIMIT_EXCEEDED);
    assert!(exception.description.contains("--memory-limit"), "{exception:?}");
}

#[test]
fn transactions_do_not_grow_far_above_the_limit() {
    for is_distributed in [false, true] {
        let (world, used) = world();
        let mut producer = world.attach("p");
        producer.declare("q", &[]);
        if is_distributed {
            producer.command(DtxSelect::default());
            producer.command(DtxStart { xid: xid("x"), join: false, resume: false });
        } else {
            producer.command(TxSelect::default());
        }
        used.store(LIMIT_BYTES + 1, Ordering::Relaxed);
        producer.transfer("q", &["1"]);
        assert!(producer.completed().contains(CommandId(2)));
        used.store(2 * LIMIT_BYTES, Ordering::Relaxed);
        producer.transfer("q", &["2"]);
        let exception = producer.exception();
        assert_eq!(exception.error_code, error_code::RESOURCE_LIMIT_EXCEEDED);
        assert!(exception.description.contains("--memory-limit"), "{exception:?}");
        assert_eq!(world.depth("q"), 0);
    }
}

#[test]
fn a_transaction_waits_at_its_commit() {
    let (world, used) = world();
    let mut producer = world.attach("p");
    producer.declare("q", &[]);
    producer.command(TxSelect::default());
    used.store(LIMIT_BYTES + 1, Ordering::Relaxed);
    producer.transfer("q", &["1"]);
    assert_eq!(producer.completed(), set(0, 2));
    producer.command(TxCommit::default());
    assert_eq!((producer.completed(), world.depth("q")), (RangeSet::default(), 1));
    used.store(0, Ordering::Relaxed);
    assert!(world.host.memory().open());
    assert_eq!(producer.completed(), set(0, 3));
}
