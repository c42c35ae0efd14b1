//! Local transactions.

use philter_protocol::v0_9_1::method::tx;
use philter_protocol::v0_9_1::value::Table;

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
