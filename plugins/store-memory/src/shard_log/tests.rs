//! The log as a value: retries, shared bodies, and what is left of it.

use super::*;

fn record(queue: u64, id: u64) -> QueueRecord {
    QueueRecord { queue, id }
}

fn put<'a>(message: u64, body: &'a [u8], queues: &'a [QueueRecord]) -> Operation<'a> {
    Operation::Put { message, header: b"h", body, queues }
}

fn applied(batch: &[Operation<'_>]) -> ShardLog {
    let mut log = ShardLog::default();
    log.check(batch).unwrap();
    log.apply(batch);
    log
}

fn puts(log: &ShardLog) -> Vec<(u64, Vec<QueueRecord>)> {
    let records = log.records(0..u64::MAX);
    records
        .filter_map(|(_, kept)| match kept {
            Kept::Put(put) => Some((put.message, put.queues)),
            Kept::Mark { .. } | Kept::Meta { .. } => None,
        })
        .collect()
}

#[test]
fn a_put_that_is_sent_again_neither_reorders_nor_duplicates() {
    let queues = [record(1, 1), record(2, 1)];
    let mut log = applied(&[put(7, b"a", &queues[..1]), put(8, b"b", &[record(1, 2)])]);
    let bytes = log.bytes();
    log.apply(&[put(7, b"a", &queues)]);
    assert_eq!(puts(&log), [(7, queues.to_vec()), (8, vec![record(1, 2)])]);
    assert_eq!(log.bytes(), bytes + ENTRY_BYTES);
}

#[test]
fn a_message_goes_with_its_last_entry() {
    let queues = [record(1, 1), record(2, 1)];
    let mut log = applied(&[put(7, b"body", &queues)]);
    log.apply(&[Operation::Mark { record: queues[1], delivery_count: 2 }]);
    log.apply(&[Operation::Delete(queues[0])]);
    assert_eq!(puts(&log), [(7, vec![queues[1]])]);
    assert_eq!(log.put_of(queues[1]).unwrap().body.as_ref(), b"body");
    log.apply(&[Operation::Delete(queues[1]), Operation::Delete(queues[1])]);
    assert_eq!(log.records(0..u64::MAX).count(), 0);
    assert_eq!(log.bytes(), 0);
}

#[test]
fn an_entry_that_comes_back_stands_once() {
    let queues = [record(1, 1), record(2, 1)];
    let mut log = applied(&[put(7, b"a", &queues)]);
    log.apply(&[Operation::Delete(queues[0]), put(7, b"a", &queues)]);
    assert_eq!(puts(&log), [(7, queues.to_vec())]);
    log.apply(&[Operation::Delete(queues[0]), Operation::Delete(queues[1])]);
    assert_eq!((log.bytes(), puts(&log)), (0, Vec::new()));
}

#[test]
fn an_entry_cannot_become_another_message() {
    let entry = [record(1, 1)];
    let log = applied(&[put(7, b"a", &entry)]);
    let taken = StoreError::EntryTaken { queue: 1, id: 1, present: 7, given: 8 };
    assert_eq!(log.check(&[put(8, b"b", &entry)]), Err(taken.clone()));
    assert_eq!(log.check(&[put(7, b"a", &entry)]), Ok(()));
    let in_one_batch = [put(7, b"a", &entry), put(8, b"b", &entry)];
    assert_eq!(ShardLog::default().check(&in_one_batch), Err(taken));
}

#[test]
fn a_put_for_no_queue_is_kept_for_nobody() {
    let log = applied(&[put(7, b"a", &[])]);
    assert_eq!((log.bytes(), puts(&log)), (0, Vec::new()));
}

#[test]
fn an_empty_value_removes_a_key() {
    let mut log = applied(&[Operation::Meta { key: "k", value: b"1" }]);
    log.apply(&[Operation::Meta { key: "k", value: b"22" }]);
    let kept: Vec<_> = log.records(0..u64::MAX).collect();
    assert_eq!(kept, [(1, Kept::Meta { key: "k".to_owned(), value: (*b"22").into() })]);
    log.apply(&[Operation::Meta { key: "k", value: b"" }]);
    assert_eq!((log.bytes(), log.records(0..u64::MAX).count()), (0, 0));
}

#[test]
fn a_purge_empties_one_queue() {
    let queues = [record(1, 1), record(2, u64::MAX), record(3, 1)];
    let mut log = applied(&[put(7, b"a", &queues)]);
    log.purge(2);
    assert_eq!(puts(&log), [(7, vec![queues[0], queues[2]])]);
}

#[test]
fn a_range_that_ends_before_it_begins_is_empty() {
    let log = applied(&[put(7, b"a", &[record(1, 1)])]);
    #[allow(clippy::reversed_empty_ranges, reason = "that is what is tested")]
    let backwards = 5..0;
    assert_eq!(log.records(backwards).count(), 0);
}
