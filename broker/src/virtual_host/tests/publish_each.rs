//! Messages that stand each for itself: refusals, returns and further routing keys.

use super::*;

fn keys(all: &[(usize, &[&str])]) -> Vec<(usize, Vec<String>)> {
    all.iter()
        .map(|(index, keys)| (*index, keys.iter().map(|key| (*key).to_owned()).collect()))
        .collect()
}

fn small(stage: &Stage, name: &str) -> Arc<Queue> {
    let policy = Value::String("reject".into());
    stage.with(name, &[("qpid.max_count", Value::Int(1)), ("qpid.policy_type", policy)])
}

#[test]
fn a_refusal_stops_nobody_and_is_told_once() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let (full, other, free) = (small(&stage, "full"), small(&stage, "other"), stage.queue("free"));
    for queue in [&full, &other, &free] {
        stage.bind(&exchange, queue, "all");
    }
    stage.bind(&exchange, &free, "free");
    let batch = ["all", "all", "free", "all"].map(|key| message(key, ""));
    let published = stage.host.publish_each(&exchange, &batch, &[], NOW_MS);
    let refused: Vec<_> = published.refused.iter().map(|refused| refused.index).collect();
    assert_eq!(refused, [1, 3]);
    assert_eq!((depth(&full), depth(&free)), (1, 4));
    assert!(published.unrouted.is_empty());
}

#[test]
fn what_reaches_no_queue_is_told_of_and_what_an_alternate_took_is_not() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alternate", None, false);
    let (exchange, _) = stage.exchange("x", Some(&alternate), false);
    let queue = small(&stage, "q");
    stage.bind(&alternate, &queue, "taken");
    let batch = ["lost", "taken", "taken", "lost"].map(|key| message(key, ""));
    let published = stage.host.publish_each(&exchange, &batch, &[], NOW_MS);
    assert_eq!(published.unrouted, [0, 3]);
    let refused: Vec<_> = published.refused.iter().map(|refused| refused.index).collect();
    assert_eq!(refused, [2], "a refusal behind an alternate is one as well");
}

#[test]
fn further_keys_lead_to_the_union_of_the_queues_each_once() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queues = ["q0", "q1", "q2"].map(|name| stage.queue(name));
    for (queue, key) in queues.iter().zip(["k0", "k1", "k2"]) {
        stage.bind(&exchange, queue, key);
    }
    stage.bind(&exchange, &queues[0], "k1");
    let batch = ["k0", "none", "k2", "none"].map(|key| message(key, ""));
    let further = keys(&[(0, &["k1", "k0"]), (1, &["none", "k2"]), (3, &["none"])]);
    let published = stage.host.publish_each(&exchange, &batch, &further, NOW_MS);
    assert_eq!(queues.each_ref().map(|queue| depth(queue)), [1, 1, 2]);
    assert_eq!(published.unrouted, [3]);
}

#[test]
fn further_keys_go_with_a_message_to_an_alternate_and_through_bindings_of_exchanges() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alternate", None, false);
    let (exchange, _) = stage.exchange("x", Some(&alternate), false);
    let (next, _) = stage.exchange("next", None, false);
    let queues = ["q0", "q1"].map(|name| stage.queue(name));
    stage.bind(&alternate, &queues[0], "cc");
    let bind = Bind {
        exchange: &exchange,
        to: &Endpoint::from(&next),
        key: "k",
        arguments: &[],
        declared_by: Protocol::V0_9_1,
        scope: None,
        by: Actor::broker(),
    };
    stage.host.bind(&bind).unwrap();
    stage.bind(&next, &queues[1], "cc");
    let batch = ["none", "none", "k"].map(|key| message(key, ""));
    let further = keys(&[(1, &["cc"]), (2, &["cc"])]);
    let published = stage.host.publish_each(&exchange, &batch, &further, NOW_MS);
    assert_eq!(published.unrouted, [0]);
    assert_eq!(queues.each_ref().map(|queue| depth(queue)), [1, 1]);
}
