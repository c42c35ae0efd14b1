//! What the arguments of exchanges and bindings do, and the limits of their numbers.

use super::*;
use crate::message::{View, stamp};

fn settings(name: &str, argument: &str) -> ExchangeSettings {
    let mut settings = ExchangeSettings::new(name, "equal");
    settings.parse_arguments([(argument, api::ValueRef::Int(1))]).unwrap();
    settings
}

fn with(stage: &Stage, settings: ExchangeSettings) -> Arc<Exchange> {
    let name = Arc::clone(&settings.name);
    let instance = Box::new(Instance(Arc::default()));
    let exchange = Arc::new(Exchange::new(settings, None, instance, false));
    stage.host.exchanges.write().insert(name, Arc::clone(&exchange));
    exchange
}

fn numbers(queue: &Queue) -> Vec<String> {
    let mailbox = Mailbox::new();
    let consumer = subscribe(queue, &mailbox, 1);
    let mut pulled = Vec::new();
    queue.pull(consumer, 100, u64::MAX, NOW_MS, &mut pulled);
    let number = |delivery: &philter_model::queue::Delivery| {
        let view = View::new(&delivery.message, "");
        format!("{:?}", view.header("qpid.msg_sequence").unwrap())
    };
    pulled.iter().map(number).collect()
}

#[test]
fn every_message_of_a_sequenced_exchange_has_its_number_from_one() {
    let stage = Stage::new();
    let exchange = with(&stage, settings("x", "qpid.msg_sequence"));
    let queue = stage.queue("q");
    stage.bind(&exchange, &queue, "k");
    let from_elsewhere = stamp(&message("k", ""), "qpid.msg_sequence", Value::Long(77));
    stage.host.publish(&exchange, &[message("k", ""), message("other", "")], NOW_MS);
    stage.host.publish(&exchange, &[from_elsewhere], NOW_MS);
    assert_eq!(numbers(&queue), ["Long(1)", "Long(3)"]);
}

#[test]
fn the_last_message_goes_to_a_new_binding_that_matches_it_and_to_nobody_else() {
    let stage = Stage::new();
    let exchange = with(&stage, settings("x", "qpid.ive"));
    let early = stage.queue("early");
    stage.bind(&exchange, &early, "k");
    stage.publish(&exchange, "k", "first");
    stage.publish(&exchange, "k", "last");
    let (late, other) = (stage.queue("late"), stage.queue("other"));
    stage.bind(&exchange, &late, "k");
    stage.bind(&exchange, &late, "k");
    stage.bind(&exchange, &other, "another key");
    assert_eq!((depth(&early), depth(&late), depth(&other)), (2, 1, 0));
}

#[test]
fn an_exclusive_binding_takes_the_others_of_its_key_away() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, true);
    let (one, two) = (stage.queue("one"), stage.queue("two"));
    stage.bind(&exchange, &one, "k");
    stage.bind(&exchange, &one, "other");
    let arguments = encode_map([("qpid.exclusive-binding", Value::Bool(true))]);
    stage.bind_with(&exchange, &two, "k", &arguments).unwrap();
    stage.publish(&exchange, "k", "");
    stage.publish(&exchange, "other", "");
    assert_eq!((depth(&one), depth(&two)), (1, 1));
}

#[test]
fn a_binding_of_a_session_goes_with_it() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    let owner = OwnerId { session: 3, connection: ConnectionId(1) };
    for (key, scope) in [("scoped", Some(owner)), ("again", Some(owner)), ("lasting", None)] {
        let bind = Bind {
            exchange: &exchange,
            to: &Endpoint::from(&queue),
            key,
            arguments: &[],
            declared_by: Protocol::V0_10,
            scope,
            by: Actor::broker(),
        };
        stage.host.bind(&bind).unwrap();
    }
    stage.unbind(&exchange, &queue, "again");
    stage.host.end_scope(owner);
    assert_eq!(plugin.bound.lock().len(), 1);
    assert_eq!(plugin.unknown.load(Ordering::Relaxed), 0);
    assert_eq!(exchange.binding_count(), 1);
}

#[test]
fn queues_exchanges_and_bindings_have_their_limits_by_name() {
    let stage = Stage::new();
    let refused = |error: Error, what: &str| {
        let text = error.to_string();
        assert!(matches!(error, Error::LimitExceeded(_)) && text.contains(what), "{text}");
    };
    let (exchange, _) = stage.exchange("x", None, false);
    let limit = stage.host.limits;
    let queue = stage.queue("0");
    for number in 1..limit.queues_max {
        stage.queue(&number.to_string());
    }
    refused(stage.host.declare_queue(&plain("more")).err().unwrap(), "queues");
    for number in limit.queues_max..limit.bindings_max {
        stage.bind(&exchange, &queue, &number.to_string());
    }
    refused(stage.bind_with(&exchange, &queue, "more", &[]).unwrap_err(), "bindings");
    stage.unbind(&exchange, &queue, "31");
    stage.bind(&exchange, &queue, "more");
    for number in 0..limit.exchanges_max - 2 {
        stage.exchange(&format!("x{number}"), None, false);
    }
    let declare = DeclareExchange {
        name: "more",
        type_name: "equal",
        alternate: None,
        is_durable: false,
        is_auto_delete: false,
        is_internal: false,
        declared_by: Protocol::V0_10,
        arguments: MapRef::default(),
        by: Actor::broker(),
    };
    refused(stage.host.declare_exchange(&declare).err().unwrap(), "exchanges");
}
