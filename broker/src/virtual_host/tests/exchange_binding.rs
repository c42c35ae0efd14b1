//! Bindings from exchange to exchange: where messages come, how often, and what goes with what.

use super::*;

/// Binds one exchange to another.
fn chain(stage: &Stage, from: &Arc<Exchange>, to: &Arc<Exchange>, key: &str) {
    bind_as(stage, from, &Endpoint::from(to), key, &[]);
}

fn bind_as(stage: &Stage, exchange: &Arc<Exchange>, to: &Endpoint, key: &str, arguments: &[u8]) {
    let declared_by = Protocol::V0_9_1;
    let by = Actor::broker();
    let bind = Bind { exchange, to, key, arguments, declared_by, scope: None, by };
    stage.host.bind(&bind).unwrap();
}

fn unroutable(exchange: &Exchange) -> u64 {
    exchange.counters.unroutable.load(Ordering::Relaxed)
}

#[test]
fn a_message_follows_bindings_through_exchanges_and_enters_each_queue_once() {
    let stage = Stage::new();
    let exchanges: Vec<_> =
        ["a", "b", "c"].iter().map(|name| stage.exchange(name, None, false).0).collect();
    let queue = stage.queue("q");
    let far = stage.queue("far");
    for exchange in &exchanges {
        stage.bind(exchange, &queue, "k");
        // A ring, and each bound to itself.
        exchanges.iter().for_each(|other| chain(&stage, exchange, other, "k"));
    }
    stage.bind(&exchanges[2], &far, "k");
    stage.publish(&exchanges[0], "k", "");
    assert_eq!((depth(&queue), depth(&far)), (1, 1));
    stage.publish(&exchanges[0], "other", "");
    assert_eq!((depth(&queue), unroutable(&exchanges[0])), (1, 1));
}

#[test]
fn messages_of_a_batch_that_part_on_the_way_come_where_their_keys_say() {
    let stage = Stage::new();
    let (from, _) = stage.exchange("from", None, false);
    let (to, _) = stage.exchange("to", None, false);
    let queues = ["q0", "q1"].map(|name| stage.queue(name));
    for key in ["k0", "k1", "k2"] {
        chain(&stage, &from, &to, key);
    }
    stage.bind(&to, &queues[0], "k0");
    stage.bind(&to, &queues[1], "k1");
    let keys = ["k0", "k1", "k0", "k2", "none", "k1"];
    let batch: Vec<_> = keys.iter().map(|key| message(key, "")).collect();
    let published = stage.host.publish(&from, &batch, NOW_MS);
    assert_eq!(queues.each_ref().map(|queue| depth(queue)), [2, 2]);
    assert_eq!(published.unrouted, [3, 4]);
    assert_eq!(from.counters.received.load(Ordering::Relaxed), 6);
    assert_eq!(to.counters.received.load(Ordering::Relaxed), 5);
}

#[test]
fn a_new_binding_at_the_end_of_a_chain_is_seen_by_answers_that_were_kept() {
    let stage = Stage::new();
    let (from, _) = stage.exchange("from", None, false);
    let (to, _) = stage.exchange("to", None, false);
    chain(&stage, &from, &to, "k");
    stage.publish(&from, "k", "lost");
    let queue = stage.queue("q");
    stage.bind(&to, &queue, "k");
    stage.publish(&from, "k", "found");
    assert_eq!(depth(&queue), 1);
}

#[test]
fn an_alternate_takes_what_matches_nothing_wherever_on_the_way_that_is() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alternate", None, false);
    let (first, _) = stage.exchange("first", None, false);
    let (next, _) = stage.exchange("next", Some(&alternate), false);
    let queue = stage.queue("q");
    stage.bind(&alternate, &queue, "k");
    chain(&stage, &first, &next, "k");
    stage.publish(&first, "k", "");
    assert_eq!((depth(&queue), unroutable(&first)), (1, 0));
}

#[test]
fn an_exchange_whose_binding_matched_in_vain_keeps_its_alternate_out_of_it() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alternate", None, false);
    let (first, _) = stage.exchange("first", Some(&alternate), false);
    let (dead_end, _) = stage.exchange("dead end", None, false);
    let queue = stage.queue("q");
    stage.bind(&alternate, &queue, "k");
    chain(&stage, &first, &dead_end, "k");
    let published = stage.host.publish(&first, &[message("k", "")], NOW_MS);
    assert_eq!((depth(&queue), published.unrouted), (0, vec![0]));
}

#[test]
fn a_deleted_exchange_takes_the_bindings_to_it_along_and_auto_delete_ones_with_them() {
    let stage = Stage::new();
    let count = 25;
    let exchanges: Vec<_> =
        (0..count).map(|number| stage.exchange(&format!("x{number}"), None, true)).collect();
    for pair in exchanges.windows(2) {
        chain(&stage, &pair[0].0, &pair[1].0, "k");
    }
    let (lasting, plugin) = stage.exchange("lasting", None, false);
    chain(&stage, &lasting, &exchanges[0].0, "k");
    let before = stage.host.bindings.load(Ordering::Relaxed);
    let last = format!("x{}", count - 1);
    stage.host.delete_exchange(&last, false, Actor::broker()).unwrap();
    assert!(exchanges.iter().all(|(exchange, _)| exchange.is_deleted()));
    assert!(!lasting.is_deleted() && plugin.bound.lock().is_empty());
    assert_eq!(before - stage.host.bindings.load(Ordering::Relaxed), count);
    let gone: Vec<Weak<Exchange>> =
        exchanges.iter().map(|(exchange, _)| Arc::downgrade(exchange)).collect();
    drop(exchanges);
    assert!(gone.iter().all(|exchange| exchange.upgrade().is_none()), "somebody holds one");
}

#[test]
fn an_exchange_that_is_deleted_while_it_is_bound_is_not_bound() {
    let stage = Stage::new();
    let (from, plugin) = stage.exchange("from", None, false);
    let (to, _) = stage.exchange("to", None, false);
    let host = Arc::clone(&stage.host);
    *plugin.meanwhile.lock() =
        Some(Box::new(move || host.delete_exchange("to", false, Actor::broker()).unwrap()));
    let refused = stage.host.bind(&Bind {
        exchange: &from,
        to: &Endpoint::from(&to),
        key: "k",
        arguments: &[],
        declared_by: Protocol::V0_9_1,
        scope: None,
        by: Actor::broker(),
    });
    assert!(matches!(refused, Err(Error::NoSuchExchange(_))), "{refused:?}");
    assert!(plugin.bound.lock().is_empty() && from.table.read().bindings.is_empty());
}

/// What a client writes in another order, or as an empty map, is the same.
#[test]
fn unbinding_by_arguments_takes_those_alone() {
    let stage = Stage::new();
    let (from, _) = stage.exchange("from", None, false);
    let (to, _) = stage.exchange("to", None, false);
    let to = Endpoint::from(&to);
    let (one, two) = (("a", Value::Int(1)), ("b", Value::Int(2)));
    let map = |pairs: [&(&'static str, Value); 2]| {
        encode_map(pairs.iter().map(|(name, value)| (*name, value)))
    };
    bind_as(&stage, &from, &to, "k", &[]);
    bind_as(&stage, &from, &to, "k", &map([&one, &two]));
    bind_as(&stage, &from, &to, "k", &map([&two, &one]));
    assert_eq!(from.binding_count(), 2);
    let unbind = |arguments: &[u8]| {
        let arguments = Some(arguments);
        let unbind = Unbind { exchange: &from, to: &to, key: "k", arguments, by: Actor::broker() };
        stage.host.unbind(&unbind)
    };
    unbind(&map([&two, &one])).unwrap();
    assert_eq!(from.binding_count(), 1);
    let error = unbind(&map([&one, &two])).unwrap_err().to_string();
    assert_eq!(error, "no binding of exchange 'to' to exchange 'from' with key 'k'");
    // Nor has a map within them an order.
    let text = |(name, value): (&str, &str)| (Value::from(name), Value::from(value));
    let filter = |pairs: [(&'static str, &'static str); 2]| {
        encode_map([(filter::ARGUMENT, Value::Map(pairs.map(text).to_vec()))])
    };
    let (language, expression) = (("language", "bodies"), ("expression", "four"));
    bind_as(&stage, &from, &to, "k", &filter([language, expression]));
    bind_as(&stage, &from, &to, "k", &filter([expression, language]));
    assert_eq!(from.binding_count(), 2);
    unbind(&filter([expression, language])).unwrap();
    assert_eq!(from.binding_count(), 1);
    unbind(&encode_map::<&str, Value>([])).unwrap();
    assert_eq!(from.binding_count(), 0);
}

#[test]
fn a_commit_finds_no_room_behind_several_exchanges() {
    let stage = Stage::new();
    let (from, _) = stage.exchange("from", None, false);
    let (to, _) = stage.exchange("to", None, false);
    let queue = stage.with("q", &[("qpid.max_count", Value::Int(1))]);
    chain(&stage, &from, &to, "k");
    stage.bind(&to, &queue, "k");
    let batch = vec![message("k", ""), message("k", "")];
    let refused = stage.host.find_refusal(&[(Arc::clone(&from), batch)]).unwrap();
    assert!(matches!(refused.why, Refusal::Full { queue, .. } if &*queue == "q"));
    assert_eq!(to.counters.received.load(Ordering::Relaxed), 0, "nothing was published");
}
