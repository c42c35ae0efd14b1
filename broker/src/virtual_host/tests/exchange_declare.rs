//! Declaring exchanges: the names that are the broker's own, what counts as the same, and
//! alternates that are known by name alone.

use super::*;

fn wanted(name: &str) -> DeclareExchange<'_> {
    DeclareExchange {
        name,
        type_name: "equal",
        alternate: None,
        is_durable: false,
        is_auto_delete: false,
        is_internal: false,
        declared_by: Protocol::V0_9_1,
        arguments: MapRef::default(),
        by: Actor::broker(),
    }
}

#[test]
fn a_second_declare_that_asks_for_something_else_is_told_what() {
    let stage = Stage::new();
    stage.exchange("x", None, false);
    assert!(stage.host.declare_exchange(&wanted("x")).is_ok());
    let durable = DeclareExchange { is_durable: true, ..wanted("x") };
    let error = stage.host.declare_exchange(&durable).err().unwrap();
    assert!(matches!(error, Error::PreconditionFailed(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "inequivalent arg 'durable' for exchange 'x': received 'true' but current is 'false'"
    );
    let lax = DeclareExchange { declared_by: Protocol::V0_10, ..durable };
    assert!(stage.host.declare_exchange(&lax).is_ok(), "0-10 compares the type alone");
}

#[test]
fn a_reserved_name_is_refused_unless_exactly_what_is_there_is_asked_for() {
    let stage = Stage::new();
    stage.exchange("amq.there", None, false);
    assert!(stage.host.declare_exchange(&wanted("amq.there")).is_ok());
    for name in ["amq.mine", ""] {
        let declare = DeclareExchange { declared_by: Protocol::V0_10, ..wanted(name) };
        for declare in [declare, DeclareExchange { declared_by: Protocol::V0_9_1, ..declare }] {
            let refused = stage.host.declare_exchange(&declare);
            if name.is_empty() && declare.declared_by == Protocol::V0_9_1 {
                assert!(refused.is_ok(), "the default exchange is there");
            } else {
                assert!(matches!(refused, Err(Error::Reserved(_))), "{name}");
            }
        }
    }
}

#[test]
fn an_alternate_by_name_is_looked_for_when_a_message_needs_it() {
    let stage = Stage::new();
    let mut settings = ExchangeSettings::new("x", "equal");
    settings.alternate_by_name = Some("late".into());
    let instance = Box::new(Instance(Arc::default()));
    let exchange = Arc::new(Exchange::new(settings, None, instance, false));
    let publish = |index| {
        let published = stage.host.publish_each(&exchange, &[message("k", "")], &[], NOW_MS);
        assert_eq!(published.unrouted.len(), index);
    };
    publish(1);
    let queue = stage.queue("q");
    let (late, _) = stage.exchange("late", None, false);
    stage.bind(&late, &queue, "k");
    publish(0);
    assert_eq!(depth(&queue), 1);
    stage.host.delete_exchange("late", false, Actor::broker()).unwrap();
    publish(1);
}
