//! What a transaction did, and its end.

use philter_model::queue::Limit;

use super::*;

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// Messages with these keys through the default exchange, after one through another exchange.
fn work(stage: &Stage, first: &Arc<Exchange>, keys: &[&str]) -> Work {
    let mut work = Work::default();
    work.publish(first, &mut vec![message("k", "")]).unwrap();
    let mut batch = keys.iter().map(|key| message(key, "x")).collect();
    work.publish(&stage.host.exchange("").unwrap(), &mut batch).unwrap();
    work
}

#[test]
fn what_found_room_enters_whatever_came_meanwhile() {
    let limits: [&[(&str, Value)]; 4] = [
        &[("qpid.max_count", Value::Uint(2))],
        &[("qpid.max_size", Value::Uint(2))],
        &[("x-max-length", Value::Uint(2)), ("x-overflow", text("reject-publish"))],
        &[("x-max-length-bytes", Value::Uint(2)), ("x-overflow", text("reject-publish-dlx"))],
    ];
    for limits in limits {
        let stage = Stage::new();
        let (full, other) = (stage.with("full", limits), stage.queue("other"));
        let (exchange, _) = stage.exchange("x", None, false);
        stage.bind(&exchange, &full, "k");
        stage.bind(&exchange, &other, "k");
        let work = work(&stage, &exchange, &["full", "other"]);
        let found = stage.host.find_ways_of(&work).unwrap();
        let default = stage.host.exchange("").unwrap();
        stage.host.publish(&default, &[message("full", "y"), message("full", "z")], NOW_MS);
        assert!(stage.host.find_refusal_of(&work).is_some(), "{limits:?}");
        stage.host.publish_work(&work, &found, NOW_MS);
        assert_eq!((depth(&full), depth(&other)), (4, 2), "{limits:?}");
        // For all others the limit is what it was.
        assert_eq!(stage.host.publish(&default, &[message("full", "")], NOW_MS).refused.len(), 1);
    }
}

#[test]
fn what_is_larger_than_a_ring_drops_nothing_of_it() {
    let stage = Stage::new();
    let ring = [("qpid.max_size", Value::Uint(2)), ("qpid.policy_type", text("ring"))];
    let queue = stage.with("q", &ring);
    let default = stage.host.exchange("").unwrap();
    let mut large = Work::default();
    large.publish(&default, &mut vec![message("q", "1"), message("q", "large")]).unwrap();
    let refused = stage.host.find_refusal_of(&large).unwrap();
    assert!(matches!(refused.why, Refusal::Full { limit: Limit::Bytes(2), .. }));
    // Nobody asked.
    let found = stage.host.ways_of_test(&large);
    stage.host.publish_work(&large, &found, NOW_MS);
    assert_eq!(depth(&queue), 2);
}

#[test]
fn room_is_looked_for_behind_alternates_as_well() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alt", None, false);
    let (exchange, _) = stage.exchange("x", Some(&alternate), false);
    let full = stage.with("full", &[("qpid.max_count", Value::Uint(2))]);
    let other = stage.queue("other");
    stage.bind(&alternate, &full, "k");
    let fits = work(&stage, &exchange, &["full", "other"]);
    let refused = stage.host.find_refusal_of(&work(&stage, &exchange, &["full", "full"])).unwrap();
    assert!(matches!(refused.why, Refusal::Full { queue, .. } if &*queue == "full"));
    let found = stage.host.find_ways_of(&fits).unwrap();
    stage.publish(&alternate, "k", "meanwhile");
    stage.host.publish_work(&fits, &found, NOW_MS);
    assert_eq!((depth(&full), depth(&other)), (3, 1));
}

#[test]
fn work_that_is_over_takes_nothing() {
    let stage = Stage::new();
    let queue = stage.queue("q");
    let consumer = subscribe(&queue, &Mailbox::new(), 1);
    let default = stage.host.exchange("").unwrap();
    let mut work = Work::default();
    work.publish(&default, &mut vec![message("q", "1")]).unwrap();
    let accepted =
        |id| Accepted { queue: Arc::clone(&queue), consumer, entries: vec![EntryId(id)] };
    assert!(work.accept(accepted(1)).is_ok());
    assert!(!work.close().is_empty());
    work.publish(&default, &mut vec![message("q", "2")]).unwrap();
    let not_taken = work.accept(accepted(2)).unwrap_err();
    assert!(not_taken.why.is_none() && work.is_empty());
    assert_eq!(not_taken.accepted.entries, [EntryId(2)]);
}
