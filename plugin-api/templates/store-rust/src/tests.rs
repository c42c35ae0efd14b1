//! The store by its trait, without a broker, and the map by itself.

use philter_plugin_api::key_value::{Changes, KeyValue, Keys, MemoryMap};
use philter_plugin_api::testing::{completion, context};
use philter_plugin_api::{
    AppendOutcome, Epoch, ErrorKind, Factory, Operation, Position, QueueRecord, Record, Replayed,
    Result, Shard, Store,
};

use super::*;

const SHARD: Shard = Shard(1);

type Kept = OverKeyValue<MyStore>;

fn entry(id: u64) -> QueueRecord {
    QueueRecord { queue: 7, id }
}

fn acquire(store: &Kept) -> Epoch {
    let (done, answer) = completion();
    store.acquire(SHARD, "node", done);
    answer.wait().unwrap().epoch
}

fn append(store: &Kept, epoch: Epoch, batch: &[Operation<'_>]) -> Result<AppendOutcome> {
    let (done, answer) = completion();
    store.append(SHARD, epoch, batch, done);
    answer.wait()
}

fn replay(store: &Kept) -> Vec<Record> {
    let mut records = Vec::new();
    let all = (Position(0), Position(u64::MAX));
    let visit = &mut |replayed: Replayed| {
        records.push(replayed.record);
        true
    };
    store.replay(SHARD, all.0, all.1, true, visit).unwrap();
    records
}

#[test]
fn what_is_not_settled_comes_back_in_order() {
    let store = Kept::create(&context("my-plugin")).unwrap();
    let epoch = acquire(&store);
    let both = [entry(1), entry(2)];
    let put = Operation::Put { message: 10, header: b"h", body: b"b", queues: &both };
    let mark = Operation::Mark { record: entry(2), delivery_count: 3 };
    let batch = [put, Operation::Delete(entry(1)), mark];
    assert_eq!(append(&store, epoch, &batch), Ok(AppendOutcome::Done(Position(3))));
    let (header, body) = (b"h".to_vec(), Some(b"b".to_vec()));
    let wanted = [
        Record::Put { message: 10, header, body, queues: vec![entry(2)] },
        Record::Mark { record: entry(2), delivery_count: 3 },
    ];
    assert_eq!(replay(&store), wanted);
    append(&store, epoch, &[Operation::Delete(entry(2))]).unwrap();
    assert_eq!((replay(&store), store.read(SHARD, entry(2))), (vec![], Ok(None)));
}

#[test]
fn an_earlier_epoch_is_fenced() {
    let store = Kept::create(&context("my-plugin")).unwrap();
    let (first, second) = (acquire(&store), acquire(&store));
    assert!(second > first);
    assert_eq!(append(&store, first, &[]), Ok(AppendOutcome::Fenced));
    assert_eq!(append(&store, second, &[]), Ok(AppendOutcome::Done(Position(0))));
}

#[test]
fn a_value_that_was_damaged_is_noticed() {
    let mut under = MemoryMap::new();
    let mut changes = Changes::new();
    changes.put(b"k", b"\0\0\0\0value");
    under.write(changes).unwrap();
    let mut keys = Keys::new();
    keys.push(b"k");
    let error = Checked::new(under).get(&keys).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}
