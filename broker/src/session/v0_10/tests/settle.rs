//! What a client settles is stored in no haste, until it waits for that.

use philter_protocol::v0_10::command::{CommandSegment, MessageAccept, QueueDeclare, Sync};
use philter_protocol::v0_10::frame::SegmentKind;
use philter_protocol::v0_10::structs::DeliveryProperties;

use super::{CHANNEL, Wire, World, frame, message_bytes, set};
use crate::store::fake::Disk;
use crate::virtual_host::tests::Stage;

/// A session with two durable messages in its hands, which settles the first of them.
fn settling() -> (Disk, Wire) {
    let disk = Disk::default();
    let world = World::on(Stage::with_ledger(disk.open().ledger));
    let mut wire = world.attach("s");
    wire.command(QueueDeclare { queue: "q".into(), durable: true, ..Default::default() });
    let routing_key = Some("q".into());
    let durable = DeliveryProperties { routing_key, delivery_mode: Some(2), ..Default::default() };
    let messages: Vec<_> = ["1", "2"].iter().flat_map(|b| message_bytes("", b, &durable)).collect();
    wire.work(|wire| wire.feed(&messages));
    wire.subscribe("q");
    assert_eq!(wire.messages(), ["1", "2"]);
    disk.hold();
    wire.work(|wire| wire.command(MessageAccept { transfers: set(0, 0) }));
    assert_eq!((disk.lazy(), disk.waiting()), (1, 1));
    (disk, wire)
}

#[test]
fn an_execution_sync_waits_for_it() {
    let (disk, mut wire) = settling();
    let completed = wire.completed();
    wire.work(|wire| wire.command(Sync::default()));
    assert_eq!(disk.waiting(), 2, "nothing makes the store keep what came before");
    disk.complete();
    let (first, last) = *wire.completed().ranges().last().unwrap();
    assert!(!completed.contains(last) && last.0 - first.0 >= 2);
}

#[test]
fn so_does_an_accept_whose_header_says_sync() {
    let (disk, mut wire) = settling();
    let accept = MessageAccept { transfers: set(1, 1) }.into();
    let segment = CommandSegment { sync: true, command: accept }.encode();
    wire.work(|wire| wire.feed(&frame(CHANNEL, 0x0f, SegmentKind::Command, &segment)));
    assert_eq!((disk.lazy(), disk.waiting()), (1, 2), "it is in no haste itself");
    // The first one may still take its time.
    wire.work(|wire| wire.command(Sync::default()));
    assert_eq!(disk.waiting(), 3);
    disk.complete();
    wire.work(|wire| wire.command(Sync::default()));
    assert_eq!(disk.appends().iter().filter(|append| append.is_empty()).count(), 1);
}

#[test]
fn what_is_settled_in_the_turn_of_the_sync_is_in_haste() {
    let (disk, mut wire) = settling();
    wire.work(|wire| {
        wire.command(MessageAccept { transfers: set(1, 1) });
        wire.command(Sync::default());
    });
    assert_eq!((disk.lazy(), disk.waiting()), (1, 2));
}
