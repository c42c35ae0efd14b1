//! The acknowledgement timeout, and memory that is short.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use philter_protocol::v0_9_1::method::tx;
use philter_protocol::v0_9_1::value::Table;

use super::{World, acked, nacked};
use crate::memory::MemoryGate;
use crate::net::connection::Driver;

#[test]
fn a_delivery_that_is_not_acknowledged_in_time_ends_its_channel() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b"]);
    wire.qos(1, false);
    wire.consume("q", false);
    assert_eq!(wire.bodies(), ["a"]);
    assert_eq!(wire.server.next_deadline_ms(), Some(1_000));
    wire.now_ms = 600;
    wire.ack(1, false);
    assert_eq!(wire.bodies(), ["b"]);
    wire.now_ms = 1_000;
    wire.server.handle_timeout(1_000);
    assert!(wire.hear().is_empty());
    assert_eq!(wire.server.next_deadline_ms(), Some(1_600));
    wire.now_ms = 1_600;
    wire.server.handle_timeout(1_600);
    let (code, text) = wire.closed();
    assert_eq!(code, 406);
    assert!(text.contains("timed out") && text.contains("--consumer-timeout"), "{text}");
    assert_eq!(world.depth("q"), 1);
}

#[test]
fn a_publisher_is_told_that_memory_is_short_and_read_no_more_until_it_is_not() {
    let used: Arc<AtomicU64> = Arc::default();
    let of_gate = Arc::clone(&used);
    let memory = MemoryGate::over(1_000, move || of_gate.load(Ordering::Relaxed));
    let world = World::with_memory(Arc::clone(&memory));
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    used.store(1_001, Ordering::Relaxed);
    wire.publish_all("q", &["a"]);
    assert!(wire.is_blocked && !wire.server.is_reading());
    used.store(800, Ordering::Relaxed);
    memory.open();
    wire.turn();
    assert!(!wire.is_blocked && wire.server.is_reading());
}

#[test]
fn who_holds_deliveries_is_read_on_and_nacked_what_goes_far_beyond() {
    let used: Arc<AtomicU64> = Arc::default();
    let of_gate = Arc::clone(&used);
    let memory = MemoryGate::over(1_000, move || of_gate.load(Ordering::Relaxed));
    let world = World::with_memory(memory);
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.consume("q", false);
    wire.select_confirms();
    wire.publish_all("q", &["held"]);
    assert_eq!(wire.bodies(), ["held"]);
    used.store(1_001, Ordering::Relaxed);
    wire.publish_all("q", &["a"]);
    assert!(wire.is_blocked && wire.server.is_reading());
    assert!(wire.hear().contains(&acked(2, false)));
    used.store(2_000, Ordering::Relaxed);
    wire.publish_all("q", &["b"]);
    assert_eq!(wire.hear(), [nacked(3)]);
    wire.ack(0, true);
    assert!(!wire.server.is_reading(), "it holds nothing any more");
}

#[test]
fn far_beyond_the_limit_who_selects_no_confirms_is_read_no_more() {
    let used: Arc<AtomicU64> = Arc::default();
    let of_gate = Arc::clone(&used);
    let memory = MemoryGate::over(1_000, move || of_gate.load(Ordering::Relaxed));
    let world = World::with_memory(memory);
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.consume("q", false);
    wire.publish_all("q", &["held"]);
    used.store(1_001, Ordering::Relaxed);
    wire.publish_all("q", &["a"]);
    assert!(wire.server.is_reading());
    used.store(2_000, Ordering::Relaxed);
    assert!(!wire.server.is_reading());
}

#[test]
fn what_waits_for_a_commit_is_told_of_as_well() {
    let used: Arc<AtomicU64> = Arc::default();
    let of_gate = Arc::clone(&used);
    let memory = MemoryGate::over(1_000, move || of_gate.load(Ordering::Relaxed));
    let world = World::with_memory(memory);
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.send(tx::Select {});
    used.store(1_001, Ordering::Relaxed);
    wire.publish_all("q", &["a"]);
    assert!(wire.is_blocked && !wire.server.is_reading());
}
