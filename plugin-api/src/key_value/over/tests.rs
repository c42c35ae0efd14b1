//! The store against a model that is nothing but maps, and what it leaves in its map.

use proptest::prelude::*;

use super::*;
use crate::key_value::{MemoryMap, Pairs, Values};
use crate::store::Record;
use crate::testing::{completion, context};

const SHARD: Shard = Shard(3);

/// A map whose keys tell no names, and that a test can look into.
#[derive(Clone, Default)]
struct Looked(std::sync::Arc<Mutex<MemoryMap>>, bool);

impl KeyValue for Looked {
    fn get(&mut self, keys: &Keys) -> Result<Values> {
        self.0.lock().unwrap().get(keys)
    }

    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs> {
        // Few at a time, so that pages end everywhere.
        self.0.lock().unwrap().scan(from, until, pairs_max.min(3), bytes_max)
    }

    fn write(&mut self, changes: Changes) -> Result<()> {
        self.0.lock().unwrap().write(changes)
    }

    fn stand_in(&self, name: &str) -> Option<Vec<u8>> {
        let sum = name.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31) ^ u64::from(byte));
        self.1.then(|| sum.to_be_bytes().to_vec())
    }

    fn is_durable(&self) -> bool {
        false
    }
}

struct Plain;

impl KeyValueStore for Plain {
    const TYPE_NAME: &'static str = "plain";
    type Map = Looked;

    fn open(context: &Context<'_>) -> Result<(Looked, KeyValueOptions)> {
        Ok((
            Looked(std::sync::Arc::default(), context.name == "hidden"),
            KeyValueOptions::default(),
        ))
    }
}

type Tested = OverKeyValue<Plain>;

fn store(name: &str, bytes_max: u64) -> Tested {
    let mut store = Tested::create(&context(name)).unwrap();
    store.options.bytes_max = bytes_max;
    store
}

fn now<T: Send + 'static>(call: impl FnOnce(Completion<T>)) -> Result<T> {
    let (done, answer) = completion();
    call(done);
    answer.now().unwrap()
}

fn acquire(store: &Tested) -> Acquired {
    now(|done| store.acquire(SHARD, "node", done)).unwrap()
}

fn append(store: &Tested, epoch: Epoch, batch: &[Operation<'_>]) -> Result<AppendOutcome> {
    now(|done| store.append(SHARD, epoch, batch, done))
}

fn replay(store: &Tested) -> Vec<Replayed> {
    let mut records = Vec::new();
    let mut visit = |record| {
        records.push(record);
        true
    };
    store.replay(SHARD, Position(0), Position(u64::MAX), true, &mut visit).unwrap();
    records
}

fn set(store: &Tested, key: &str, expected: u64, value: &[u8]) -> Option<MetaRevision> {
    now(|done| store.meta_compare_and_set(key, MetaRevision(expected), value, done)).unwrap()
}

fn listed(store: &Tested, prefix: &str, from: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut visit = |entry: MetaEntry| {
        keys.push(entry.key);
        true
    };
    store.meta_list_from(prefix, from, &mut visit).unwrap();
    keys
}

#[test]
fn keys_are_listed_by_prefix_whether_their_places_tell_them_or_not() {
    for name in ["plain", "hidden"] {
        let store = store(name, u64::MAX);
        let keys = ["q/1", "q/2", "q/3", "q/4", "q/5", "a", "q", "r"];
        let revisions = keys.map(|key| set(&store, key, 0, b"v").unwrap().0);
        assert_eq!(revisions, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(listed(&store, "q/", "q/"), ["q/1", "q/2", "q/3", "q/4", "q/5"]);
        assert_eq!(listed(&store, "q/", "q/3"), ["q/3", "q/4", "q/5"]);
        assert_eq!(listed(&store, "", "").len(), 8);
        assert_eq!(set(&store, "q/1", 0, b"w"), None);
        assert_eq!(set(&store, "q/1", 1, b"w"), Some(MetaRevision(9)));
        let remove = |expected| now(|done| store.meta_remove("q/1", MetaRevision(expected), done));
        assert_eq!((remove(1), remove(9), remove(9)), (Ok(false), Ok(true), Ok(false)));
        assert_eq!(store.meta_get("q/1"), Ok(None));
        let is_named = {
            let state = store.state();
            let map = state.map.0.lock().unwrap();
            map.iter().any(|(key, _)| key.windows(3).any(|window| window == b"q/2"))
        };
        assert_eq!(is_named, name == "plain");
    }
}

#[test]
fn what_does_not_fit_is_full_or_refused() {
    let store = store("plain", 3_000);
    let epoch = acquire(&store).epoch;
    let (body, queues) = ([1; 1_000], [QueueRecord { queue: 1, id: 1 }]);
    let put = |message, queues| Operation::Put { message, header: b"", body: &body, queues };
    assert!(matches!(append(&store, epoch, &[put(1, &queues)]), Ok(AppendOutcome::Done(_))));
    let others = [QueueRecord { queue: 1, id: 2 }];
    let more = [put(2, &others), put(3, &others[..0])];
    assert!(matches!(append(&store, epoch, &more), Ok(AppendOutcome::Done(_))));
    let third = [QueueRecord { queue: 1, id: 3 }];
    assert_eq!(append(&store, epoch, &[put(4, &third)]), Ok(AppendOutcome::Full));
    assert_eq!(append(&store, Epoch(0), &[put(4, &third)]), Ok(AppendOutcome::Fenced));
    let four = [third, third, third].concat();
    let never = [put(4, &third), put(4, &four), put(4, &four)];
    let error = append(&store, epoch, &never).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let gone = [Operation::Delete(queues[0]), Operation::Meta { key: "k", value: b"" }];
    assert!(matches!(append(&store, epoch, &gone), Ok(AppendOutcome::Done(_))));
    assert!(matches!(append(&store, epoch, &[put(4, &third)]), Ok(AppendOutcome::Done(_))));
}

#[test]
fn a_damaged_value_is_named() {
    let store = store("plain", u64::MAX);
    let epoch = acquire(&store).epoch;
    let queues = [QueueRecord { queue: 1, id: 1 }];
    let put = Operation::Put { message: 1, header: b"h", body: b"b", queues: &queues };
    append(&store, epoch, &[put]).unwrap();
    let mut changes = Changes::new();
    changes.put(&layout::entry(SHARD, queues[0]), b"short");
    store.state().map.write(changes).unwrap();
    let error = store.read(SHARD, queues[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.text().contains("is damaged"), "{error}");
}

/// What a caller does.
#[derive(Clone, Debug)]
enum Call {
    Acquire,
    Append { is_fenced: bool, batch: Vec<Step> },
    Purge(u64),
}

/// An operation of a batch, owned.
#[derive(Clone, Debug)]
enum Step {
    /// A message: its entries' ids follow from its number, so that a retry is the same put.
    Put {
        message: u64,
        queues: Vec<u64>,
        body_bytes: usize,
    },
    Delete(QueueRecord),
    Meta {
        key: String,
        value: Vec<u8>,
    },
    Mark {
        record: QueueRecord,
        delivery_count: u32,
    },
}

fn records() -> impl Strategy<Value = QueueRecord> {
    (0..3_u64, 0..12_u64).prop_map(|(queue, id)| QueueRecord { queue, id })
}

fn steps() -> impl Strategy<Value = Step> {
    let sizes = prop_oneof![0..200_usize, Just(1024), Just(1025), Just(5000)];
    prop_oneof![
        4 => (0..12_u64, prop::sample::subsequence(vec![0, 1, 2], 0..=3), sizes)
            .prop_map(|(message, queues, body_bytes)| Step::Put { message, queues, body_bytes }),
        3 => records().prop_map(Step::Delete),
        1 => ("[ab]", prop::collection::vec(any::<u8>(), 0..4))
            .prop_map(|(key, value)| Step::Meta { key, value }),
        1 => (records(), any::<u32>())
            .prop_map(|(record, delivery_count)| Step::Mark { record, delivery_count }),
    ]
}

fn calls() -> impl Strategy<Value = Call> {
    let batch = prop::collection::vec(steps(), 0..6);
    prop_oneof![
        1 => Just(Call::Acquire),
        8 => (prop::bool::weighted(0.1), batch)
            .prop_map(|(is_fenced, batch)| Call::Append { is_fenced, batch }),
        1 => (0..3_u64).prop_map(Call::Purge),
    ]
}

/// Entries with message, body and delivery count; keys with values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    entries: BTreeMap<QueueRecord, (u64, Vec<u8>, u32)>,
    meta: BTreeMap<String, Vec<u8>>,
}

impl Model {
    fn apply(&mut self, step: &Step) {
        match step.clone() {
            Step::Put { message, queues, body_bytes } => {
                for queue in queues {
                    let entry = (message, vec![0; body_bytes], 0);
                    let record = QueueRecord { queue, id: message };
                    self.entries.entry(record).or_insert(entry);
                }
            }
            Step::Delete(record) => drop(self.entries.remove(&record)),
            Step::Meta { key, value } if value.is_empty() => drop(self.meta.remove(&key)),
            Step::Meta { key, value } => drop(self.meta.insert(key, value)),
            Step::Mark { record, delivery_count } => {
                if let Some(entry) = self.entries.get_mut(&record) {
                    entry.2 = delivery_count;
                }
            }
        }
    }

    /// What a broker makes of a replay.
    fn replayed(records: Vec<Replayed>) -> Self {
        let mut model = Self::default();
        for Replayed { record, .. } in records {
            match record {
                Record::Put { message, body, queues, .. } => {
                    assert!(!queues.is_empty());
                    let body = body.unwrap();
                    for record in queues {
                        let entry = (message, body.clone(), 0);
                        assert_eq!(model.entries.insert(record, entry), None);
                    }
                }
                Record::Mark { record, delivery_count } => {
                    model.entries.get_mut(&record).unwrap().2 = delivery_count;
                }
                Record::Meta { key, value } => assert_eq!(model.meta.insert(key, value), None),
                Record::Delete(record) => panic!("{record:?} was deleted and is replayed"),
            }
        }
        model
    }
}

/// Runs `work` with the batch in the form that the store takes.
fn with_batch<T>(steps: &[Step], work: impl FnOnce(&[Operation<'_>]) -> T) -> T {
    let zeros = [0; 5000];
    let entries: Vec<Vec<QueueRecord>> = steps.iter().map(entries_of).collect();
    let batch: Vec<Operation<'_>> = steps
        .iter()
        .zip(&entries)
        .map(|(step, entries)| match step {
            Step::Put { message, body_bytes, .. } => Operation::Put {
                message: *message,
                header: b"header",
                body: &zeros[..*body_bytes],
                queues: entries,
            },
            Step::Delete(record) => Operation::Delete(*record),
            Step::Meta { key, value } => Operation::Meta { key, value },
            Step::Mark { record, delivery_count } => {
                Operation::Mark { record: *record, delivery_count: *delivery_count }
            }
        })
        .collect();
    work(&batch)
}

fn entries_of(step: &Step) -> Vec<QueueRecord> {
    match step {
        Step::Put { message, queues, .. } => {
            queues.iter().map(|&queue| QueueRecord { queue, id: *message }).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the batch asks for no room at all.
fn only_frees(steps: &[Step]) -> bool {
    steps.iter().all(|step| match step {
        Step::Put { queues, .. } => queues.is_empty(),
        Step::Meta { value, .. } => value.is_empty(),
        Step::Delete(_) | Step::Mark { .. } => true,
    })
}

/// Entries by range, and bodies by entry, are those of the model.
fn check_reading(store: &Tested, model: &Model) -> Result<(), TestCaseError> {
    for (queue, ids) in [(0, 0..u64::MAX), (1, 3..8), (2, 5..5), (2, 8..9), (3, 0..9)] {
        let mut found = Vec::new();
        let mut visit = |entry: StoredEntry<'_>| {
            found.push((entry.id, entry.header.to_vec(), entry.body.to_vec()));
            true
        };
        store.entries(SHARD, queue, ids.clone(), &mut visit).unwrap();
        let of_range = |record: &QueueRecord| record.queue == queue && ids.contains(&record.id);
        let expected = model.entries.iter().filter(|(record, _)| of_range(record));
        let expected = expected.map(|(of, (_, body, _))| (of.id, b"header".to_vec(), body.clone()));
        prop_assert_eq!(found, expected.collect::<Vec<_>>());
    }
    for (record, (_, body, _)) in &model.entries {
        let read = store.read(SHARD, *record);
        prop_assert_eq!(read.as_ref(), Ok(&Some(body.clone())));
    }
    Ok(())
}

fn run(bytes_max: u64, calls: Vec<Call>) -> Result<(), TestCaseError> {
    let store = store("hidden", bytes_max);
    let mut model = Model::default();
    let mut epoch = acquire(&store).epoch;
    let mut end = Position(0);
    for call in calls {
        match call {
            Call::Acquire => epoch = acquire(&store).epoch,
            Call::Append { is_fenced, batch } => {
                let given = if is_fenced { Epoch(epoch.0 - 1) } else { epoch };
                match with_batch(&batch, |batch| append(&store, given, batch)) {
                    Ok(AppendOutcome::Fenced) => prop_assert!(is_fenced),
                    Ok(AppendOutcome::Done(position)) => {
                        prop_assert!(position >= end);
                        end = position;
                        batch.iter().for_each(|step| model.apply(step));
                    }
                    Ok(AppendOutcome::Full) => prop_assert!(!only_frees(&batch)),
                    Ok(AppendOutcome::Unknown) => prop_assert!(false, "the store always knows"),
                    Err(_) => prop_assert!(!only_frees(&batch)),
                }
            }
            Call::Purge(queue) => {
                now(|done| store.purge(SHARD, epoch, queue, done)).unwrap();
                model.entries.retain(|record, _| record.queue != queue);
            }
        }
        let kept = replay(&store);
        prop_assert!(kept.is_sorted_by_key(|replayed| replayed.position));
        prop_assert_eq!(&Model::replayed(kept), &model);
    }
    check_reading(&store, &model)?;
    for queue in 0..3 {
        now(|done| store.purge(SHARD, epoch, queue, done)).unwrap();
    }
    let rest = ["a", "b"].map(|key| Operation::Meta { key, value: b"" });
    append(&store, epoch, &rest).unwrap();
    let totals = read_totals(&mut store.state().map).unwrap();
    prop_assert_eq!(totals.bytes, 0, "an empty store takes no room");
    let left = store.state().map.0.lock().unwrap().iter().count();
    prop_assert_eq!(left, 2, "nothing is left but the shard's head and the totals");
    Ok(())
}

proptest! {
    #[test]
    fn behaves_as_a_map_of_entries(calls in prop::collection::vec(calls(), 0..40)) {
        run(1 << 20, calls)?;
    }

    #[test]
    fn behaves_as_a_map_of_entries_where_room_is_short(
        calls in prop::collection::vec(calls(), 0..40)
    ) {
        run(3000, calls)?;
    }
}
