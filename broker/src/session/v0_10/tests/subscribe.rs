//! What a subscription may ask for.

use philter_protocol::v0_10::command::{MessageSubscribe, error_code};
use philter_protocol::v0_10::value::{FieldMap, Value};

use super::{Wire, World};

/// Subscribes with arguments, and with credit for everything.
fn subscribe(wire: &mut Wire, arguments: FieldMap) {
    let subscribe = MessageSubscribe {
        queue: "q".into(),
        destination: "d".into(),
        arguments: Some(arguments),
        ..Default::default()
    };
    wire.command(subscribe);
    wire.give_credit();
}

fn text(text: &str) -> Value {
    Value::Str16(text.into())
}

/// In these tests an expression matches bodies of its own length.
#[test]
fn a_selector_chooses_and_leaves_the_others_for_others() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "22", "333", "44"]);
    subscribe(&mut wire, FieldMap::new().with("x-apache-selector", text("..")));
    assert_eq!(wire.messages(), ["22", "44"]);
    let mut other = world.attach("other");
    other.subscribe("q");
    assert_eq!(other.messages(), ["1", "333"]);
    wire.transfer("q", &["55"]);
    let mut both = wire.messages();
    both.extend(other.messages());
    assert_eq!(both, ["55"]);
}

#[test]
fn an_empty_selector_chooses_everything() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "22"]);
    subscribe(&mut wire, FieldMap::new().with("x-apache-selector", text(" ")));
    assert_eq!(wire.messages(), ["1", "22"]);
}

#[test]
fn a_filter_of_any_language_chooses() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "22"]);
    let filter = FieldMap::new().with("language", text("bodies")).with("expression", text("."));
    subscribe(&mut wire, FieldMap::new().with("philter.filter", Value::Map(filter)));
    assert_eq!(wire.messages(), ["1"]);
}

/// Python 2's clients send a text that is not ASCII so.
#[test]
fn an_expression_may_come_as_bytes() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "22"]);
    let bytes = |text: &str| Value::Vbin16(text.into());
    let filter = FieldMap::new().with("language", bytes("bodies")).with("expression", bytes("ü"));
    subscribe(&mut wire, FieldMap::new().with("philter.filter", Value::Map(filter)));
    assert_eq!(wire.messages(), ["22"]);
}

#[test]
fn wrong_arguments_are_refused_by_name() {
    let world = World::new();
    let wrong = [
        ("qpid.unheard_of", text("1")),
        ("qpid.sync_frequency", text("often")),
        ("qpid.sync_frequency", Value::Int64(-1)),
        ("x-apache-selector", Value::Int64(1)),
        ("philter.filter", text("true()")),
    ];
    for (name, value) in wrong {
        let mut wire = world.attach("s");
        wire.declare("q", &[]);
        subscribe(&mut wire, FieldMap::new().with(name, value));
        let exception = wire.exception();
        assert_eq!(exception.error_code, error_code::INVALID_ARGUMENT, "{name}");
        assert!(exception.description.contains(name), "{}", exception.description);
    }
    assert!(world.live.subscriptions().is_empty());
}

#[test]
fn what_does_not_compile_is_named_with_its_subscription() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    let filter = FieldMap::new().with("language", text("klingon")).with("expression", text("."));
    subscribe(&mut wire, FieldMap::new().with("philter.filter", Value::Map(filter)));
    let text = wire.exception().description;
    let wanted = "argument philter.filter of the subscription 'd' to queue 'q': filter language";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn a_selector_and_a_filter_can_t_stand_together() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    let filter = FieldMap::new().with("language", text("bodies")).with("expression", text("."));
    let both = FieldMap::new()
        .with("x-apache-selector", text("."))
        .with("philter.filter", Value::Map(filter));
    subscribe(&mut wire, both);
    assert_eq!(wire.exception().error_code, error_code::INVALID_ARGUMENT);
}

#[test]
fn a_queue_to_browse_is_only_browsed() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[("qpid.browse-only", 1)]);
    wire.transfer("q", &["1", "2"]);
    wire.subscribe("q");
    assert_eq!(wire.messages(), ["1", "2"]);
    assert_eq!(world.depth("q"), 2);
    assert!(world.live.subscriptions().remove(0).is_browsing);
}

#[test]
fn an_exclusive_subscription_stands_alone() {
    let world = World::new();
    let mut wire = world.attach("s");
    wire.declare("q", &[]);
    let subscribe = |destination: &str, exclusive| MessageSubscribe {
        queue: "q".into(),
        destination: destination.into(),
        exclusive,
        ..Default::default()
    };
    wire.command(subscribe("a", true));
    for exclusive in [false, true] {
        let mut other = world.attach("other");
        other.command(subscribe("b", exclusive));
        assert_eq!(other.exception().error_code, error_code::RESOURCE_LOCKED);
    }
    wire.lose();
    let mut other = world.attach("other");
    other.command(subscribe("b", false));
    other.command(subscribe("c", true));
    assert_eq!(other.exception().error_code, error_code::RESOURCE_LOCKED, "somebody is there");
}
