//! The store against a model that is nothing but maps.

use std::collections::BTreeMap;

use philter_plugin_api::Record;
use proptest::prelude::*;

use super::tests::{SHARD, acquire, append, now, replay, store};
use super::*;

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
    prop_oneof![
        4 => (0..12_u64, prop::sample::subsequence(vec![0, 1, 2], 0..=3), 0..200_usize)
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
                // A message that is there already keeps its body.
                let present = self.entries.values().find(|entry| entry.0 == message);
                let body = present.map_or_else(|| vec![0; body_bytes], |entry| entry.1.clone());
                for queue in queues {
                    let record = QueueRecord { queue, id: message };
                    self.entries.entry(record).or_insert_with(|| (message, body.clone(), 0));
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
    let zeros = [0; 200];
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

/// Bytes that the model's content costs at least.
fn live_bytes(model: &Model) -> u64 {
    model.entries.len() as u64 * crate::limits::ENTRY_BYTES
}

/// Entries by range are those of the model, whatever the range.
fn check_entries(store: &Memory, model: &Model) {
    for (queue, ids) in [(0, 0..u64::MAX), (1, 3..8), (2, 5..5), (2, 8..9), (3, 0..9)] {
        let mut found = Vec::new();
        let mut visit = |entry: StoredEntry<'_>| {
            assert_eq!(entry.header, b"header");
            found.push((entry.id, entry.body.to_vec()));
            true
        };
        store.entries(SHARD, queue, ids.clone(), &mut visit).unwrap();
        let of_range = |record: &QueueRecord| record.queue == queue && ids.contains(&record.id);
        let expected = model.entries.iter().filter(|(record, _)| of_range(record));
        let expected = expected.map(|(record, (_, body, _))| (record.id, body.clone()));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }
}

fn run(bytes_max: u64, calls: Vec<Call>) -> Result<(), TestCaseError> {
    let store = store(bytes_max);
    let mut model = Model::default();
    let mut epoch = acquire(&store, SHARD).epoch;
    for call in calls {
        match call {
            Call::Acquire => epoch = acquire(&store, SHARD).epoch,
            Call::Append { is_fenced, batch } => {
                let given = if is_fenced { Epoch(epoch.0 - 1) } else { epoch };
                match with_batch(&batch, |batch| append(&store, given, batch)) {
                    Ok(AppendOutcome::Fenced) => prop_assert!(is_fenced),
                    Ok(AppendOutcome::Done(_)) => batch.iter().for_each(|step| model.apply(step)),
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
        let kept = replay(&store, Position(0), Position(u64::MAX));
        prop_assert!(kept.is_sorted_by_key(|replayed| replayed.position));
        prop_assert_eq!(&Model::replayed(kept), &model);
        let taken_bytes = store.budget.taken_bytes();
        prop_assert!((live_bytes(&model)..=bytes_max).contains(&taken_bytes));
    }
    for (record, (_, body, _)) in &model.entries {
        let read = store.read(SHARD, *record);
        prop_assert_eq!(read.as_ref(), Ok(&Some(body.clone())));
    }
    check_entries(&store, &model);
    for queue in 0..3 {
        now(|done| store.purge(SHARD, epoch, queue, done)).unwrap();
    }
    let rest = ["a", "b"].map(|key| Operation::Meta { key, value: b"" });
    append(&store, epoch, &rest).unwrap();
    prop_assert_eq!(store.budget.taken_bytes(), 0, "an empty store takes no room");
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
