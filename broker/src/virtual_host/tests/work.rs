//! What a transaction did, and its end.

use super::*;

#[test]
fn what_was_published_before_a_refusal_is_not_published_again() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("qpid.max_count", Value::Uint(2))]);
    stage.queue("other");
    let default = stage.host.exchange("").unwrap();
    let (fanout, _) = stage.exchange("x", None, false);
    let mut work = Work::default();
    work.publish(&fanout, &mut vec![message("nowhere", "0")]).unwrap();
    let mut batch = vec![message("other", "1"), message("q", "2"), message("q", "3")];
    work.publish(&default, &mut batch).unwrap();
    work.publish(&default, &mut vec![message("q", "4"), message("other", "5")]).unwrap();
    // Nobody looked for room before.
    let refused = stage.host.publish_work(&mut work, NOW_MS).map(drop).unwrap_err();
    assert_eq!(&*refused.queue, "q");
    assert!(stage.host.find_refusal_of(&work).is_some());
    stage.host.purge(&queue, None, &MessageMatch::default());
    assert!(stage.host.publish_work(&mut work, NOW_MS).is_ok());
    assert_eq!((queue.len(), stage.host.queue("other").unwrap().len()), (1, 2));
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
