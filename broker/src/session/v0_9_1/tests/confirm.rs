//! Publisher confirms.

use philter_protocol::v0_9_1::method::tx;
use philter_protocol::v0_9_1::properties::Properties;
use philter_protocol::v0_9_1::value::Table;

use super::{Heard, World, acked, nacked};

#[test]
fn messages_of_one_turn_are_confirmed_in_one_frame() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.select_confirms();
    wire.hear();
    wire.publish_all("q", &["a", "b", "c"]);
    assert_eq!(wire.hear(), [acked(3, true)]);
    wire.publish_all("q", &["d"]);
    assert_eq!(wire.hear(), [acked(4, false)]);
    assert_eq!(world.depth("q"), 4);
}

#[test]
fn what_a_full_queue_refuses_is_nacked_and_no_frame_covers_it() {
    let world = World::new();
    let mut wire = world.connect();
    let arguments = Table::new().with("x-max-length", 2).with("x-overflow", "reject-publish");
    wire.declare("full", arguments);
    wire.declare("q", Table::new());
    wire.select_confirms();
    wire.hear();
    wire.publish_all("full", &["a", "b", "c", "d"]);
    assert_eq!(wire.hear(), [acked(2, true), nacked(3), nacked(4)]);
    for key in ["q", "full", "q", "q"] {
        wire.put("", key, &Properties::default(), false, "x");
    }
    assert_eq!(wire.hear(), [acked(5, false), nacked(6), acked(8, true)]);
}

#[test]
fn a_message_that_reaches_no_queue_comes_back_before_it_is_confirmed() {
    let world = World::new();
    let mut wire = world.connect();
    wire.select_confirms();
    wire.hear();
    wire.put("", "none", &Properties::default(), true, "a");
    wire.put("", "none", &Properties::default(), false, "b");
    let heard = wire.hear();
    let expected = Heard::Return { code: 312, key: "none".into(), body: "a".into() };
    assert_eq!(heard, [expected, acked(2, true)]);
}

#[test]
fn a_channel_is_told_before_it_is_closed() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.select_confirms();
    wire.hear();
    wire.put("", "q", &Properties::default(), false, "a");
    wire.put("none", "q", &Properties::default(), false, "b");
    let heard = wire.hear();
    let text = "NOT_FOUND - no exchange 'none' in vhost '/'".to_owned();
    assert_eq!(heard, [acked(1, false), Heard::Closed { code: 404, text }]);
    assert_eq!(world.depth("q"), 1);
}

#[test]
fn confirms_and_transactions_exclude_each_other() {
    let world = World::new();
    let mut wire = world.connect();
    wire.select_confirms();
    wire.hear();
    wire.send(tx::Select {});
    assert_eq!(wire.closed().0, 406);
}

#[test]
fn a_bad_acknowledgement_ends_the_channel_behind_the_confirms_of_what_came_before_it() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.select_confirms();
    wire.hear();
    wire.put("", "q", &Properties::default(), false, &"x".repeat(20_000));
    wire.put("", "none", &Properties::default(), true, "back");
    wire.ack(9, false);
    let heard = wire.hear();
    assert!(matches!(heard.first(), Some(Heard::Return { .. })), "{heard:?}");
    assert_eq!(heard.get(1), Some(&acked(2, true)));
    assert!(matches!(heard.get(2), Some(Heard::Closed { code: 406, .. })), "{heard:?}");
}

#[test]
fn what_a_plugin_fails_on_is_nacked_and_costs_no_other_message() {
    let world = World::frail();
    let mut wire = world.connect();
    wire.bind("q", "x");
    wire.select_confirms();
    wire.hear();
    for body in ["a", "b", "bad", "c", "d"] {
        wire.put("x", "k", &Properties::default(), false, body);
    }
    assert_eq!(wire.hear(), [acked(2, true), nacked(3), acked(5, true)]);
    assert_eq!(world.depth("q"), 4);
}
