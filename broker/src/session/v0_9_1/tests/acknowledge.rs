//! Acknowledgements, prefetch, and what goes back.

use philter_protocol::v0_9_1::method::{basic, channel};
use philter_protocol::v0_9_1::value::Table;

use super::{CHANNEL, World};

#[test]
fn a_consumer_is_given_no_more_than_its_prefetch() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b", "c", "d", "e"]);
    wire.qos(2, false);
    wire.consume("q", false);
    assert_eq!(wire.bodies(), ["a", "b"]);
    wire.ack(1, false);
    assert_eq!(wire.bodies(), ["c"]);
    wire.ack(3, true);
    assert_eq!(wire.bodies(), ["d", "e"]);
    wire.ack(0, true);
    assert_eq!(world.host.queue("q").unwrap().len(), 0);
}

#[test]
fn a_prefetch_for_all_is_shared_by_the_consumers_of_a_channel() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("one", Table::new());
    wire.declare("two", Table::new());
    wire.qos(2, true);
    wire.consume("one", false);
    wire.consume("two", false);
    wire.publish_all("one", &["a", "b"]);
    wire.publish_all("two", &["c"]);
    assert_eq!(wire.bodies(), ["a", "b"]);
    wire.ack(1, false);
    assert_eq!(wire.bodies(), ["c"]);
    wire.qos(0, true);
    wire.publish_all("two", &["d", "e"]);
    assert_eq!(wire.bodies(), ["d", "e"]);
}

#[test]
fn what_is_requeued_comes_again_in_its_place_and_marked() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b"]);
    wire.qos(1, false);
    wire.consume("q", false);
    assert_eq!(wire.deliveries(), [(1, false, "a".to_owned())]);
    wire.nack(1, true);
    assert_eq!(wire.deliveries(), [(2, true, "a".to_owned())]);
    wire.nack(2, false);
    assert_eq!(wire.deliveries(), [(3, false, "b".to_owned())]);
    wire.send(basic::Recover { requeue: true });
    assert_eq!(wire.deliveries(), [(4, true, "b".to_owned())]);
}

#[test]
fn an_unknown_tag_closes_the_channel_and_what_it_held_goes_back() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a"]);
    wire.consume("q", false);
    assert_eq!(wire.bodies(), ["a"]);
    wire.ack(7, false);
    let (code, text) = wire.closed();
    assert_eq!((code, text.as_str()), (406, "PRECONDITION_FAILED - unknown delivery tag 7"));
    assert_eq!(world.depth("q"), 1);
    wire.open_channel(CHANNEL);
    wire.consume("q", true);
    assert_eq!(wire.deliveries(), [(1, true, "a".to_owned())]);
}

#[test]
fn several_at_once_leave_the_newer_ones() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["x"; 250]);
    wire.qos(200, false);
    wire.consume("q", false);
    assert_eq!(wire.deliveries().len(), 200);
    for tag in [50, 100, 150] {
        wire.ack(tag, true);
    }
    assert_eq!(wire.deliveries().len(), 50);
    assert_eq!(world.host.queue("q").unwrap().len(), 100);
}

#[test]
fn a_tag_is_settled_once() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a"]);
    wire.consume("q", false);
    wire.hear();
    wire.ack(1, false);
    wire.ack(1, false);
    assert_eq!(wire.closed().0, 406);
}

#[test]
fn a_lost_connection_gives_back_what_it_held() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b"]);
    wire.consume("q", false);
    assert_eq!(wire.bodies().len(), 2);
    assert_eq!(world.depth("q"), 0);
    wire.lose();
    assert_eq!(world.depth("q"), 2);
}

#[test]
fn deliveries_stop_while_a_channel_does_not_flow() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.consume("q", true);
    wire.send(channel::Flow { active: false });
    wire.publish_all("q", &["a"]);
    assert!(wire.bodies().is_empty());
    wire.send(channel::Flow { active: true });
    assert_eq!(wire.bodies(), ["a"]);
}

#[test]
fn a_message_is_polled_for_and_settled_like_any_other() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b"]);
    let get = |no_ack| basic::Get { queue: "q".into(), no_ack, ..Default::default() };
    let first = wire.ask(get(false));
    assert_eq!(first, super::Heard::GetOk { tag: 1, left: 1, body: "a".into() });
    let second = wire.ask(get(true));
    assert_eq!(second, super::Heard::GetOk { tag: 2, left: 0, body: "b".into() });
    let none = wire.ask(get(true));
    assert_eq!(none, super::Heard::Method(basic::GetEmpty::default().into()));
    wire.nack(1, true);
    assert_eq!(world.depth("q"), 1);
    assert!(matches!(wire.ask(get(false)), super::Heard::GetOk { tag: 3, .. }));
    wire.ack(3, false);
    assert_eq!(world.host.queue("q").unwrap().len(), 0);
}

#[test]
fn consumers_that_share_a_prefetch_have_their_turns() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("one", Table::new());
    wire.declare("two", Table::new());
    for queue in ["one", "two"] {
        wire.publish_all(queue, &[queue; 5]);
    }
    wire.qos(1, true);
    wire.consume("one", false);
    wire.consume("two", false);
    let mut got = Vec::new();
    for tag in 1..=10 {
        got.extend(wire.bodies());
        wire.ack(tag, false);
    }
    let first = got.iter().take(6).filter(|body| *body == "two").count();
    assert!((2..=4).contains(&first), "{got:?}");
}

#[test]
fn what_was_polled_for_takes_no_room_from_consumers() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b"]);
    wire.qos(1, true);
    wire.ask(basic::Get { queue: "q".into(), ..Default::default() });
    wire.consume("q", false);
    assert_eq!(wire.bodies(), ["b"]);
}
