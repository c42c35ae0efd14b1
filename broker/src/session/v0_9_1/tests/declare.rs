//! Declaring, binding and deleting, and what is refused.

use philter_protocol::v0_9_1::method::{basic, exchange, queue};
use philter_protocol::v0_9_1::value::Table;

use super::{CHANNEL, Heard, World};

fn declare_ok(queue: &str, message_count: u32, consumer_count: u32) -> Heard {
    let queue = queue.to_owned();
    Heard::Method(queue::DeclareOk { queue, message_count, consumer_count }.into())
}

#[test]
fn a_queue_is_declared_again_as_it_was_and_not_otherwise() {
    let world = World::new();
    let mut wire = world.connect();
    assert_eq!(wire.declare("q", Table::new()), declare_ok("q", 0, 0));
    wire.publish_all("q", &["a"]);
    assert_eq!(wire.declare("q", Table::new()), declare_ok("q", 1, 0));
    let durable = queue::Declare { queue: "q".into(), durable: true, ..Default::default() };
    let Heard::Closed { code: 406, text } = wire.ask(durable) else { panic!() };
    assert!(text.contains("'durable' for queue 'q'"), "{text}");
    wire.open_channel(CHANNEL);
    let Heard::Closed { code: 406, text } =
        wire.declare("q", Table::new().with("x-message-ttl", 5))
    else {
        panic!()
    };
    assert!(text.contains("x-message-ttl"), "{text}");
}

#[test]
fn the_broker_names_a_queue_and_an_empty_name_means_the_last_one() {
    let world = World::new();
    let mut wire = world.connect();
    let Heard::Method(super::Method::QueueDeclareOk(ok)) = wire.declare("", Table::new()) else {
        panic!()
    };
    assert!(ok.queue.starts_with("amq.gen-"), "{}", ok.queue);
    wire.publish_all(&ok.queue, &["a"]);
    wire.consume("", true);
    assert_eq!(wire.bodies(), ["a"]);
}

#[test]
fn an_exclusive_queue_is_its_connections_and_goes_with_it() {
    let world = World::new();
    let (mut one, mut two) = (world.connect(), world.connect());
    let exclusive = queue::Declare { queue: "q".into(), exclusive: true, ..Default::default() };
    assert_eq!(one.ask(exclusive), declare_ok("q", 0, 0));
    let Heard::Closed { code: 405, text } = two.declare("q", Table::new()) else { panic!() };
    assert!(text.starts_with("RESOURCE_LOCKED - cannot obtain exclusive access"), "{text}");
    one.open_channel(2);
    one.lose();
    assert!(world.host.find_queue("q").is_none());
}

#[test]
fn what_is_not_there_is_named_and_the_channel_may_be_opened_again() {
    let world = World::new();
    let mut wire = world.connect();
    let passive = queue::Declare { queue: "none".into(), passive: true, ..Default::default() };
    let Heard::Closed { code: 404, text } = wire.ask(passive) else { panic!() };
    assert_eq!(text, "NOT_FOUND - no queue 'none' in vhost '/'");
    wire.open_channel(CHANNEL);
    assert_eq!(wire.declare("q", Table::new()), declare_ok("q", 0, 0));
}

#[test]
fn deleting_what_is_not_there_succeeds() {
    let world = World::new();
    let mut wire = world.connect();
    let delete = queue::Delete { queue: "none".into(), ..Default::default() };
    assert_eq!(wire.ask(delete), Heard::Method(queue::DeleteOk { message_count: 0 }.into()));
    let delete = exchange::Delete { exchange: "none".into(), ..Default::default() };
    assert_eq!(wire.ask(delete), Heard::Method(exchange::DeleteOk {}.into()));
}

#[test]
fn a_queue_in_use_or_not_empty_is_kept_where_that_was_asked() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a", "b"]);
    let delete = |if_unused, if_empty| queue::Delete {
        queue: "q".into(),
        if_unused,
        if_empty,
        ..Default::default()
    };
    let Heard::Closed { code: 406, text } = wire.ask(delete(false, true)) else { panic!() };
    assert!(text.ends_with("queue 'q' in vhost '/' not empty"), "{text}");
    wire.open_channel(CHANNEL);
    let gone = wire.ask(delete(true, false));
    assert_eq!(gone, Heard::Method(queue::DeleteOk { message_count: 2 }.into()));
}

#[test]
fn reserved_names_and_the_default_exchange_are_refused() {
    let world = World::new();
    let mut wire = world.connect();
    let Heard::Closed { code: 403, text } = wire.declare("amq.mine", Table::new()) else {
        panic!()
    };
    assert!(text.contains("reserved prefix"), "{text}");
    wire.open_channel(CHANNEL);
    wire.declare("q", Table::new());
    let bind = queue::Bind { queue: "q".into(), ..Default::default() };
    assert!(matches!(wire.ask(bind), Heard::Closed { code: 403, .. }));
}

#[test]
fn what_is_delivered_is_in_its_queue_no_more_when_it_is_to_be_empty() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    wire.publish_all("q", &["a"]);
    wire.ask(basic::Get { queue: "q".into(), ..Default::default() });
    let delete = queue::Delete { queue: "q".into(), if_empty: true, ..Default::default() };
    assert_eq!(wire.ask(delete), Heard::Method(queue::DeleteOk { message_count: 0 }.into()));
}

#[test]
fn unbinding_what_is_gone_succeeds() {
    let world = World::new();
    let mut wire = world.connect();
    let unbind =
        queue::Unbind { queue: "none".into(), exchange: "none".into(), ..Default::default() };
    assert_eq!(wire.ask(unbind), Heard::Method(queue::UnbindOk {}.into()));
}
