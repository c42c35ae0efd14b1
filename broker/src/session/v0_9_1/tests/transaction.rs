//! Local transactions.

use philter_protocol::v0_9_1::Properties;
use philter_protocol::v0_9_1::method::{basic, tx};
use philter_protocol::v0_9_1::value::{FieldValue, Table};

use super::{Heard, World};

#[test]
fn messages_and_acknowledgements_take_effect_at_the_commit() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("in", Table::new());
    wire.declare("out", Table::new());
    wire.publish_all("in", &["a"]);
    wire.consume("in", false);
    wire.send(tx::Select {});
    wire.hear();
    wire.ack(1, false);
    wire.publish_all("out", &["b"]);
    assert_eq!((world.depth("out"), world.host.queue("in").unwrap().len()), (0, 1));
    assert_eq!(wire.ask(tx::Commit {}), Heard::Method(tx::CommitOk {}.into()));
    assert_eq!((world.depth("out"), world.host.queue("in").unwrap().len()), (1, 0));
}

#[test]
fn a_rollback_forgets_both_and_what_was_delivered_is_held_as_before() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a"]);
    wire.consume("q", false);
    wire.send(tx::Select {});
    wire.ack(1, false);
    wire.publish_all("q", &["b"]);
    assert_eq!(wire.ask(tx::Rollback {}), Heard::Method(tx::RollbackOk {}.into()));
    assert_eq!(world.host.queue("q").unwrap().len(), 1);
    wire.ack(1, false);
    wire.ask(tx::Commit {});
    assert_eq!(world.host.queue("q").unwrap().len(), 0);
}

#[test]
fn a_commit_that_a_full_queue_refuses_takes_no_effect_at_all() {
    let world = World::new();
    let mut wire = world.connect();
    let arguments = Table::new().with("x-max-length", 1).with("x-overflow", "reject-publish");
    wire.declare("full", arguments);
    wire.declare("q", Table::new());
    wire.send(tx::Select {});
    wire.publish_all("q", &["a"]);
    wire.publish_all("full", &["b", "c"]);
    let Heard::Closed { code: 406, text } = wire.ask(tx::Commit {}) else { panic!() };
    assert!(text.contains("queue 'full' is full"), "{text}");
    assert_eq!((world.depth("q"), world.depth("full")), (0, 0));
}

#[test]
fn a_commit_without_a_select_is_refused() {
    let world = World::new();
    let mut wire = world.connect();
    assert!(matches!(wire.ask(tx::Commit {}), Heard::Closed { code: 406, .. }));
}

#[test]
fn all_that_is_acknowledged_is_what_was_there_and_not_what_comes_before_the_commit() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.consume("q", false);
    wire.send(tx::Select {});
    let mut other = world.connect();
    other.publish_all("q", &["a"]);
    assert_eq!(wire.bodies(), ["a"]);
    wire.ack(0, true);
    other.publish_all("q", &["b"]);
    assert_eq!(wire.bodies(), ["b"]);
    wire.ask(tx::Commit {});
    wire.lose();
    assert_eq!(world.depth("q"), 1);
}

#[test]
fn what_is_acknowledged_is_the_transactions_and_settled_once() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b"]);
    wire.consume("q", false);
    wire.send(tx::Select {});
    wire.hear();
    wire.ack(1, false);
    wire.send(basic::Recover { requeue: true });
    assert_eq!(wire.deliveries(), [(3, true, "b".to_owned())]);
    wire.ask(tx::Commit {});
    assert_eq!(world.host.queue("q").unwrap().len(), 1);
    wire.ack(3, false);
    wire.ack(3, false);
    assert_eq!(wire.closed().0, 406);
    // The transaction came to nothing.
    assert_eq!(world.depth("q"), 1);
}

#[test]
fn a_mistake_before_the_commit_publishes_nothing() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.send(tx::Select {});
    wire.put("", "q", &Default::default(), false, &"x".repeat(20_000));
    wire.ack(9, false);
    assert_eq!(wire.closed().0, 406);
    assert_eq!(world.depth("q"), 0);
}

#[test]
fn further_keys_count_when_it_is_looked_for_room() {
    let world = World::new();
    let mut wire = world.connect();
    let arguments = Table::new().with("x-max-length", 0).with("x-overflow", "reject-publish");
    wire.declare("full", arguments);
    wire.declare("q", Table::new());
    wire.send(tx::Select {});
    let mut list = Vec::new();
    let keys = FieldValue::Array(vec![FieldValue::from("full")]);
    let headers = Table::new().with("CC", keys);
    Properties::default().encode_with_headers(&[], Some(&headers), &mut list);
    wire.put("", "q", &Properties::parse(&list).unwrap(), false, "x");
    wire.turn();
    assert!(matches!(wire.ask(tx::Commit {}), Heard::Closed { code: 406, .. }));
    assert_eq!(world.depth("q"), 0);
}

#[test]
fn a_commit_of_which_a_plugin_fails_on_a_message_takes_no_effect() {
    let world = World::frail();
    let mut wire = world.connect();
    wire.bind("q", "x");
    wire.send(tx::Select {});
    for body in ["a", "bad"] {
        wire.put("x", "k", &Properties::default(), false, body);
    }
    wire.turn();
    let text = "INTERNAL_ERROR - tx.commit: exchange 'x' could not route the message: exchange \
                type 'frail' failed: it is bad";
    assert_eq!(wire.ask(tx::Commit {}), Heard::Closed { code: 541, text: text.into() });
    assert_eq!(world.depth("q"), 0);
}
