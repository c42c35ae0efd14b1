//! Consumers, and what ends them.

use philter_protocol::v0_9_1::method::{basic, queue};
use philter_protocol::v0_9_1::value::Table;

use super::{Heard, World};

#[test]
fn a_consumer_hears_that_its_queue_is_gone() {
    let world = World::new();
    let (mut one, mut two) = (world.connect(), world.connect());
    one.declare("q", Table::new());
    one.consume("q", false);
    one.hear();
    two.ask(queue::Delete { queue: "q".into(), ..Default::default() });
    let cancel = basic::Cancel { consumer_tag: "q".into(), no_wait: true };
    assert_eq!(one.hear(), [Heard::Method(cancel.into())]);
}

#[test]
fn a_tag_is_used_once_in_a_channel() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.consume("q", false);
    wire.hear();
    wire.consume("q", false);
    let Some(Heard::Lost { code: Some(530), text }) = wire.hear().pop() else { panic!() };
    assert!(text.contains("attempt to reuse consumer tag 'q'"), "{text}");
}

#[test]
fn a_filter_that_is_refused_is_named_with_its_consumer() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    let arguments = Table::new().with("philter.filter", 1);
    let (queue, consumer_tag) = ("q".into(), "t".into());
    wire.send(basic::Consume { queue, consumer_tag, arguments, ..Default::default() });
    let (code, text) = wire.closed();
    assert_eq!(code, 406);
    let wanted = "argument philter.filter of the consumer 't' of queue 'q': a map with";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn an_exclusive_consumer_is_alone() {
    let world = World::new();
    let (mut one, mut two) = (world.connect(), world.connect());
    one.declare("q", Table::new());
    let exclusive = basic::Consume { queue: "q".into(), exclusive: true, ..Default::default() };
    one.send(exclusive);
    two.consume("q", false);
    let (code, text) = two.closed();
    assert_eq!(code, 403);
    assert!(text.contains("in exclusive use"), "{text}");
}

#[test]
fn an_auto_delete_queue_goes_with_its_last_consumer_also_where_it_is_exclusive() {
    let world = World::new();
    let mut wire = world.connect();
    for exclusive in [false, true] {
        let queue = "q".into();
        wire.ask(queue::Declare { queue, exclusive, auto_delete: true, ..Default::default() });
        wire.consume("q", false);
        let cancel = basic::Cancel { consumer_tag: "q".into(), no_wait: false };
        let ok = wire.ask(cancel);
        assert_eq!(ok, Heard::Method(basic::CancelOk { consumer_tag: "q".into() }.into()));
        assert!(world.host.find_queue("q").is_none());
    }
}

#[test]
fn consumers_of_a_higher_priority_go_first() {
    let world = World::new();
    let (mut low, mut high) = (world.connect(), world.connect());
    low.declare("q", Table::new());
    low.consume("q", true);
    high.qos(1, false);
    let arguments = Table::new().with("x-priority", 10);
    high.send(basic::Consume { queue: "q".into(), arguments, ..Default::default() });
    let mut publisher = world.connect();
    publisher.publish_all("q", &["a", "b"]);
    assert_eq!(high.bodies(), ["a"]);
    assert_eq!(low.bodies(), ["b"]);
}
