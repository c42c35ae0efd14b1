//! The store by its trait, without a broker.

use philter_plugin_api::Record;
use philter_plugin_api::testing::{completion, context};

use super::*;

const SHARD: Shard = Shard(1);

fn entry(id: u64) -> QueueRecord {
    QueueRecord { queue: 7, id }
}

fn acquire(store: &Memory) -> Epoch {
    let (done, answer) = completion();
    store.acquire(SHARD, "node", done);
    answer.wait().unwrap().epoch
}

fn append(store: &Memory, epoch: Epoch, batch: &[Operation<'_>]) -> Result<AppendOutcome> {
    let (done, answer) = completion();
    store.append(SHARD, epoch, batch, done);
    answer.wait()
}

fn replay(store: &Memory) -> Vec<Record> {
    let mut records = Vec::new();
    let all = (Position(0), Position(u64::MAX));
    let visit = &mut |replayed: Replayed| {
        records.push(replayed.record);
        true
    };
    store.replay(SHARD, all.0, all.1, true, visit).unwrap();
    records
}

fn put<'a>(message: u64, queues: &'a [QueueRecord]) -> Operation<'a> {
    Operation::Put { message, header: b"h", body: b"b", queues }
}

#[test]
fn what_is_not_settled_comes_back_in_order() {
    let store = Memory::create(&context("my-plugin")).unwrap();
    let epoch = acquire(&store);
    let both = [entry(1), entry(2)];
    let mark = Operation::Mark { record: entry(2), delivery_count: 3 };
    let batch = [put(10, &both), Operation::Delete(entry(1)), mark];
    assert_eq!(append(&store, epoch, &batch), Ok(AppendOutcome::Done(Position(3))));
    let (header, body) = (b"h".to_vec(), Some(b"b".to_vec()));
    let wanted = [
        Record::Put { message: 10, header, body, queues: vec![entry(2)] },
        Record::Mark { record: entry(2), delivery_count: 3 },
    ];
    assert_eq!(replay(&store), wanted);
    assert_eq!(store.read(SHARD, entry(2)), Ok(Some(b"b".to_vec())));
    append(&store, epoch, &[Operation::Delete(entry(2))]).unwrap();
    assert_eq!((replay(&store), store.read(SHARD, entry(2))), (vec![], Ok(None)));
}

#[test]
fn a_put_that_is_sent_again_adds_nothing() {
    let store = Memory::create(&context("my-plugin")).unwrap();
    let epoch = acquire(&store);
    append(&store, epoch, &[put(10, &[entry(1)])]).unwrap();
    append(&store, epoch, &[put(10, &[entry(1)])]).unwrap();
    assert_eq!(replay(&store).len(), 1);
    let other = append(&store, epoch, &[put(12, &[entry(3)]), put(11, &[entry(1)])]);
    assert_eq!(other.unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(replay(&store).len(), 1);
}

#[test]
fn an_earlier_epoch_is_fenced() {
    let store = Memory::create(&context("my-plugin")).unwrap();
    let (first, second) = (acquire(&store), acquire(&store));
    assert!(second > first);
    assert_eq!(append(&store, first, &[put(1, &[entry(1)])]), Ok(AppendOutcome::Fenced));
    assert!(replay(&store).is_empty());
    append(&store, second, &[put(1, &[entry(1)])]).unwrap();
    let (done, answer) = completion();
    store.purge(SHARD, second, 7, done);
    assert_eq!(answer.wait(), Ok(AppendOutcome::Done(Position(1))));
    assert!(replay(&store).is_empty());
}

#[test]
fn a_key_is_set_where_its_revision_is_the_expected_one() {
    let store = Memory::create(&context("my-plugin")).unwrap();
    let set = |expected, value: &[u8]| {
        let (done, answer) = completion();
        store.meta_compare_and_set("k", MetaRevision(expected), value, done);
        answer.wait().unwrap()
    };
    assert_eq!(set(0, b"a"), Some(MetaRevision(1)));
    assert_eq!(set(0, b"b"), None);
    assert_eq!(set(1, b"b"), Some(MetaRevision(2)));
    assert_eq!(store.meta_get("k"), Ok(Some((MetaRevision(2), b"b".to_vec()))));
}
