//! Sessions that live without a connection, and such as change theirs.

use std::sync::Arc;

use philter_protocol::v0_10::command::{
    MessageAccept, MessageCancel, MessageFlow, MessageSubscribe, QueueDeclare, QueueDelete,
};
use philter_protocol::v0_10::control::{self, Control, detach_code};
use philter_protocol::v0_10::structs::DeliveryProperties;
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::{Heard, Wire, World, control_bytes, message_bytes, set, transfer_bytes};
use crate::store::fake::Disk;
use crate::store::{self, Awaited};
use crate::virtual_host::tests::Stage;

/// A session that lives on for ten seconds and was sent two messages.
fn lasting(world: &World) -> Wire {
    let mut wire = world.attach("s");
    wire.control(control::RequestTimeout { timeout: Some(10) });
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "2"]);
    wire.subscribe("q");
    let heard = wire.hear();
    assert!(heard.contains(&Heard::Control(control::Timeout { timeout: Some(10) }.into())));
    assert_eq!(world.live.subscriptions().len(), 1);
    wire
}

/// Attaches the session again, where the client has all commands before `expected`.
fn resume(wire: &mut Wire, expected: u32) -> Vec<Heard> {
    wire.attach("s", false);
    let heard = wire.hear();
    let flush = control::Flush { expected: true, confirmed: true, completed: true };
    assert!(heard.contains(&Heard::Control(flush.into())), "{heard:?}");
    let commands = set(expected, expected);
    wire.control(control::Expected { commands, fragments: None });
    wire.control(control::CommandPoint { command_id: CommandId(6), command_offset: 0 });
    wire.hear()
}

fn bodies(heard: &[Heard]) -> Vec<&[u8]> {
    let mut bodies = Vec::new();
    for heard in heard {
        if let Heard::Message(body) = heard {
            bodies.push(&body[..]);
        }
    }
    bodies
}

#[test]
fn a_session_goes_on_over_another_connection() {
    let world = World::new();
    let mut first = lasting(&world);
    first.lose();
    drop(first);
    let session = world.live.sessions().remove(0);
    assert_eq!((session.connection(), session.lifespan_s()), (None, 10));
    assert!(session.expires_at_ns().is_some());
    assert_eq!(session.unacked(), 2);
    // It keeps what it has from others.
    let mut other = world.attach("other");
    other.subscribe("q");
    assert_eq!(other.messages(), [""; 0]);
    let mut second = world.connect();
    let heard = resume(&mut second, 1);
    assert_eq!(bodies(&heard), [b"2"], "what it did not get comes again");
    // Its subscription goes on, and so do its books.
    second.transfer("q", &["3", "4", "5", "6"]);
    let mut all = second.messages();
    all.extend(other.messages());
    all.sort();
    assert_eq!(all, ["3", "4", "5", "6"]);
    second.command(MessageAccept { transfers: set(0, 1) });
    assert_eq!(second.completed().ranges().last().unwrap().1.0, 10);
    assert_eq!(world.host.queue("q").unwrap().statistics().depth_messages, 4);
}

#[test]
fn a_session_that_waited_too_long_gives_back_what_it_had() {
    let world = World::new();
    let mut first = lasting(&world);
    first.now_ms = 1_000;
    first.lose();
    world.sessions.expire(10_999);
    assert_eq!(world.depth("q"), 0);
    world.sessions.expire(11_000);
    assert_eq!(world.depth("q"), 2);
    assert!(world.live.sessions().is_empty());
    // The name is free for a new one.
    world.attach("s");
}

#[test]
fn a_detach_keeps_a_session_that_asked_for_it_and_ends_any_other() {
    let world = World::new();
    let mut wire = lasting(&world);
    wire.control(control::Detach { name: b"s".to_vec() });
    assert_eq!((world.depth("q"), world.live.sessions().len()), (0, 1));
    resume(&mut wire, 2);
    wire.control(control::RequestTimeout { timeout: Some(0) });
    wire.control(control::Detach { name: b"s".to_vec() });
    assert_eq!((world.depth("q"), world.live.sessions().len()), (2, 0));
}

#[test]
fn a_session_is_taken_over_by_force_alone() {
    let world = World::new();
    let mut first = lasting(&world);
    let mut second = world.connect();
    second.attach("s", false);
    let detached = |code| Heard::Control(control::Detached { name: b"s".to_vec(), code }.into());
    assert_eq!(second.hear(), [detached(detach_code::SESSION_BUSY)]);
    second.attach("s", true);
    assert_eq!(second.hear(), [], "the first has to give it up");
    assert_eq!(first.hear(), [detached(detach_code::SESSION_BUSY)]);
    let heard = second.hear();
    assert!(matches!(heard.first(), Some(Heard::Control(Control::Attached(_)))), "{heard:?}");
    second.control(control::Expected { commands: set(0, 0), fragments: None });
    assert_eq!(bodies(&second.hear()), [b"1", b"2"]);
    first.lose();
    assert_eq!(world.live.sessions().remove(0).channel(), Some(super::CHANNEL));
}

#[test]
fn a_client_that_lost_its_session_begins_a_new_one_under_its_name() {
    let world = World::new();
    lasting(&world).lose();
    let mut second = world.attach("s");
    assert_eq!(world.depth("q"), 2, "what the old one held");
    assert_eq!(world.live.sessions().len(), 1);
    second.subscribe("q");
    assert_eq!(second.messages(), ["1", "2"]);
    assert_eq!(second.completed(), RangeSet::default());
    second.lose();
    assert!(world.live.sessions().is_empty());
}

#[test]
fn a_client_that_expects_what_is_gone_is_told() {
    let world = World::new();
    lasting(&world).lose();
    let mut second = world.connect();
    second.attach("s", false);
    second.control(control::Expected { commands: set(9, 9), fragments: None });
    let exception = second.exception();
    assert!(exception.description.contains("not kept"), "{}", exception.description);
    assert_eq!(world.depth("q"), 2);
}

#[test]
fn what_came_right_before_a_detach_is_complete_before_it() {
    let world = World::new();
    let mut wire = lasting(&world);
    let detach = control_bytes(control::Detach { name: b"s".to_vec() });
    wire.feed(&[transfer_bytes("", "q", "3"), detach].concat());
    // Commands 0 to 5 were the declare, two messages, the subscribe and its credit.
    let heard = wire.hear();
    let completed = control::Completed { commands: set(0, 6), timely_reply: false };
    let told = heard.iter().position(|heard| *heard == Heard::Control(completed.clone().into()));
    let code = detach_code::NORMAL;
    let detached = control::Detached { name: b"s".to_vec(), code };
    let left = heard.iter().position(|heard| *heard == Heard::Control(detached.clone().into()));
    assert!(told.is_some() && told < left, "{heard:?}");
    assert_eq!(world.host.queue("q").unwrap().statistics().depth_messages, 3);
}

#[test]
fn who_takes_a_session_by_force_takes_it_from_one_who_was_quicker_as_well() {
    let world = World::new();
    let mut first = lasting(&world);
    let (mut second, mut third) = (world.connect(), world.connect());
    second.attach("s", true);
    assert_eq!(second.hear(), []);
    first.hear();
    // The session is free for a moment, and another one comes.
    third.attach("s", false);
    assert!(matches!(third.hear().first(), Some(Heard::Control(Control::Attached(_)))));
    assert_eq!(second.hear(), []);
    let code = detach_code::SESSION_BUSY;
    let detached = control::Detached { name: b"s".to_vec(), code };
    assert_eq!(third.hear(), [Heard::Control(detached.into())]);
    let heard = second.hear();
    assert!(matches!(heard.first(), Some(Heard::Control(Control::Attached(_)))), "{heard:?}");
}

#[test]
fn a_client_that_begins_anew_hears_nothing_of_what_the_old_session_completed() {
    let world = World::new();
    lasting(&world).lose();
    let mut second = world.connect();
    second.attach("s", false);
    let is_completed = |heard: &Heard| matches!(heard, Heard::Control(Control::Completed(_)));
    assert!(!second.hear().iter().any(is_completed));
    second.control(control::CommandPoint::default());
    assert!(!second.hear().iter().any(is_completed));
}

#[test]
fn a_session_that_has_not_gone_on_keeps_its_queues_free_for_others() {
    let world = World::new();
    let mut first = world.attach("s");
    first.control(control::RequestTimeout { timeout: Some(10) });
    first.declare("q", &[]);
    first.transfer("q", &["1"]);
    let (queue, destination) = ("q".into(), "d".into());
    first.command(MessageSubscribe { queue, destination, ..Default::default() });
    for (unit, value) in [(0, 1), (1, u32::MAX)] {
        first.command(MessageFlow { destination: "d".into(), unit, value });
    }
    assert_eq!(first.messages(), ["1"]);
    first.lose();
    let mut second = world.connect();
    second.attach("s", false);
    second.control(control::Completed { commands: set(0, 0), timely_reply: false });
    let mut other = world.attach("other");
    other.subscribe("q");
    for body in ["2", "3"] {
        other.transfer("q", &[body]);
        second.hear();
        assert_eq!(other.messages(), [body]);
    }
    second.control(control::Expected { commands: set(1, 1), fragments: None });
    other.command(MessageCancel { destination: "d".into() });
    other.transfer("q", &["4"]);
    assert_eq!(second.messages(), ["4"], "its window moved all the same");
}

/// A session that lives on, and a durable queue that it declared, of which the store said nothing
/// yet.
fn undecided() -> (Disk, World, Wire) {
    let disk = Disk::default();
    let world = World::on(Stage::with_ledger(disk.open().ledger));
    let mut wire = world.attach("s");
    wire.control(control::RequestTimeout { timeout: Some(10) });
    disk.hold();
    wire.command(QueueDeclare { queue: "kept".into(), durable: true, ..Default::default() });
    (disk, world, wire)
}

fn is_closed(wire: &mut Wire) -> bool {
    wire.hear().iter().any(|heard| matches!(heard, Heard::Control(Control::Close(_))))
}

#[test]
fn who_comes_back_hears_that_something_was_not_stored_meanwhile() {
    let (disk, world, mut first) = undecided();
    first.lose();
    disk.refuse();
    let mut second = world.connect();
    second.attach("s", false);
    assert!(is_closed(&mut second));
    assert!(world.live.sessions().is_empty());
    let (disk, world, mut first) = undecided();
    first.lose();
    disk.complete();
    let mut second = world.connect();
    second.attach("s", false);
    assert!(!is_closed(&mut second));
}

#[test]
fn who_comes_back_waits_for_what_is_not_stored_yet() {
    let (disk, world, mut first) = undecided();
    first.lose();
    let mut second = world.connect();
    let ((), appended) = store::turn(|| second.attach("s", false));
    let awaited = appended.unwrap().awaited;
    assert!(awaited.iter().any(|(awaited, _)| awaited.outcome().is_none()));
    disk.refuse();
    assert!(awaited.iter().any(|(awaited, _)| matches!(awaited.outcome(), Some(Err(_)))));
}

#[test]
fn what_a_session_did_right_before_it_was_left_is_waited_for_as_well() {
    let (disk, world, mut first) = undecided();
    disk.complete();
    disk.hold();
    store::turn(|| {
        first.command(QueueDelete { queue: "kept".into(), ..Default::default() });
        first.lose();
    });
    disk.refuse();
    let mut second = world.connect();
    second.attach("s", false);
    assert!(is_closed(&mut second));
}

#[test]
fn who_comes_back_waits_for_a_turn_of_the_former_connection_that_has_not_ended() {
    let (disk, world, mut first) = undecided();
    disk.complete();
    disk.hold();
    let mut second = world.connect();
    let awaited = store::turn(|| {
        first.command(QueueDelete { queue: "kept".into(), ..Default::default() });
        first.lose();
        let attach = || store::turn(|| second.attach("s", false)).1;
        std::thread::scope(|scope| scope.spawn(attach).join().unwrap())
    });
    let awaited = awaited.0.unwrap_or_default().awaited;
    let is_undecided = |(awaited, _): &(Arc<Awaited>, u64)| awaited.outcome().is_none();
    assert!(awaited.iter().any(is_undecided), "it is not even on its way");
    disk.refuse();
    assert!(awaited.iter().any(|(awaited, _)| matches!(awaited.outcome(), Some(Err(_)))));
}

#[test]
fn who_settled_something_that_can_not_leave_hears_that_and_nothing_else() {
    for comes_back in [false, true] {
        let (disk, world, mut wire) = undecided();
        disk.complete();
        let routing_key = Some("kept".into());
        let durable =
            DeliveryProperties { routing_key, delivery_mode: Some(2), ..Default::default() };
        wire.feed(&message_bytes("", "1", &durable));
        wire.subscribe("kept");
        assert_eq!(wire.messages(), ["1"]);
        disk.hold();
        let accept = || wire.command(MessageAccept { transfers: set(0, 0) });
        let ((), appended) = store::turn(accept);
        assert!(appended.is_none(), "others get on meanwhile");
        if comes_back {
            wire.lose();
            wire = world.connect();
        }
        disk.refuse();
        if comes_back {
            wire.attach("s", false);
        }
        let heard = wire.hear();
        assert!(matches!(heard[..], [Heard::Control(Control::Close(_))]), "{heard:?}");
    }
}
