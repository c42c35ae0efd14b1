//! The engine against a model that is nothing but maps, with compactions and new starts between.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Call {
    Append(Vec<Step>),
    Purge(u64),
    /// A purge that has not let go of anything when the next call comes.
    BeginPurge(u64),
    SetKey(u8, usize),
    RemoveKey(u8),
    Commit,
    Maintain(u8),
    Tidy,
    Reopen,
}

#[derive(Clone, Debug)]
enum Step {
    /// A message: its entries' ids follow from its number, so that a retry is the same put.
    Put {
        message: u64,
        queues: Vec<u64>,
        body_bytes: usize,
    },
    Delete(QueueRecord),
    DeleteRow {
        queue: u64,
        first: u64,
        count: u64,
    },
    Meta {
        key: u8,
        value_bytes: usize,
    },
    Mark {
        record: QueueRecord,
        delivery_count: u32,
    },
}

fn records() -> impl Strategy<Value = QueueRecord> {
    (0..3_u64, 0..40_u64).prop_map(|(queue, id)| QueueRecord { queue, id })
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..40_u64, prop::sample::subsequence(vec![0, 1, 2], 0..=3), 0..3000_usize)
            .prop_map(|(message, queues, body_bytes)| Step::Put { message, queues, body_bytes }),
        4 => records().prop_map(Step::Delete),
        1 => (0..3_u64, 0..40_u64, 1..70_u64)
            .prop_map(|(queue, first, count)| Step::DeleteRow { queue, first, count }),
        1 => (0..3_u8, 0..300_usize).prop_map(|(key, value_bytes)| Step::Meta {
            key,
            // Often removed, sometimes large.
            value_bytes: if value_bytes < 100 { 0 } else { value_bytes },
        }),
        1 => (records(), any::<u32>())
            .prop_map(|(record, delivery_count)| Step::Mark { record, delivery_count }),
    ]
}

fn calls() -> impl Strategy<Value = Call> {
    prop_oneof![
        20 => prop::collection::vec(steps(), 0..8).prop_map(Call::Append),
        1 => (0..3_u64).prop_map(Call::Purge),
        1 => (0..3_u64).prop_map(Call::BeginPurge),
        1 => (0..2_u8, 0..500_usize).prop_map(|(key, bytes)| Call::SetKey(key, bytes)),
        1 => (0..2_u8).prop_map(Call::RemoveKey),
        6 => Just(Call::Commit),
        6 => (1..6_u8).prop_map(Call::Maintain),
        1 => Just(Call::Tidy),
        1 => Just(Call::Reopen),
    ]
}

/// Entries with message, body length and delivery count; keys with values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    entries: BTreeMap<QueueRecord, (u64, usize, u32)>,
    keys: BTreeMap<String, usize>,
    store_keys: BTreeMap<String, (MetaRevision, usize)>,
}

impl Model {
    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Put { message, ref queues, body_bytes } => {
                for &queue in queues {
                    let record = QueueRecord { queue, id: message };
                    self.entries.entry(record).or_insert((message, body_bytes, 0));
                }
            }
            Step::Delete(record) => drop(self.entries.remove(&record)),
            Step::DeleteRow { queue, first, count } => {
                for id in first..first + count {
                    self.entries.remove(&QueueRecord { queue, id });
                }
            }
            Step::Meta { key, value_bytes: 0 } => drop(self.keys.remove(&key_name(key))),
            Step::Meta { key, value_bytes } => {
                self.keys.insert(key_name(key), value_bytes);
            }
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
                    let entry = (message, body.unwrap().len(), 0);
                    for record in queues {
                        assert_eq!(model.entries.insert(record, entry), None);
                    }
                }
                Record::Mark { record, delivery_count } => {
                    model.entries.get_mut(&record).unwrap().2 = delivery_count;
                }
                Record::Meta { key, value } => {
                    assert_eq!(model.keys.insert(key, value.len()), None);
                }
                Record::Delete(record) => panic!("{record:?} was deleted and is replayed"),
            }
        }
        model
    }
}

fn key_name(key: u8) -> String {
    format!("key {key}")
}

static ZEROS: [u8; 3000] = [0; 3000];

/// Runs `work` with the batch in the form that the engine takes.
fn with_batch<T>(steps: &[Step], work: impl FnOnce(&[Operation<'_>]) -> T) -> T {
    let entries: Vec<Vec<QueueRecord>> = steps.iter().map(entries_of).collect();
    let keys: Vec<String> = (0..3).map(key_name).collect();
    let mut batch = Vec::new();
    for (step, queues) in steps.iter().zip(&entries) {
        match *step {
            Step::Put { message, body_bytes, .. } => {
                let body = &ZEROS[..body_bytes];
                batch.push(Operation::Put { message, header: b"header", body, queues });
            }
            Step::Delete(record) => batch.push(Operation::Delete(record)),
            Step::DeleteRow { queue, first, count } => batch.extend(
                (first..first + count).map(|id| Operation::Delete(QueueRecord { queue, id })),
            ),
            Step::Meta { key, value_bytes } => batch.push(Operation::Meta {
                key: &keys[usize::from(key)],
                value: &ZEROS[..value_bytes],
            }),
            Step::Mark { record, delivery_count } => {
                batch.push(Operation::Mark { record, delivery_count });
            }
        }
    }
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

/// Every count that the engine keeps, against what it counts.
fn check_usages(engine: &Engine) {
    let mut core = engine.core.lock();
    while core.index.let_go(usize::MAX) {}
    let records: u64 = core.index.usages.iter().map(|(_, usage)| usage.records).sum();
    let statistics = core.index.statistics(SHARD.0).unwrap();
    let counts = ["messages", "marks", "meta_keys"].map(|name| statistics[name].as_u64().unwrap());
    assert_eq!(records, counts.iter().sum::<u64>() + core.index.store_keys() as u64);
}

fn check(engine: &Engine, model: &Model) -> Result<(), TestCaseError> {
    let mut kept = Model::replayed(replay(engine));
    let mut visit = |entry: MetaEntry| {
        kept.store_keys.insert(entry.key, (entry.revision, entry.value.len()));
        true
    };
    engine.meta_list("key ", &mut visit).unwrap();
    prop_assert_eq!(&kept, model);
    for (record, (_, body_bytes, _)) in &model.entries {
        let body = engine.read(SHARD, *record).unwrap().map(|body| body.len());
        prop_assert_eq!(body, Some(*body_bytes));
    }
    check_usages(engine);
    check_entries(engine, model)
}

/// Entries by range are those of the model, whatever the range.
fn check_entries(engine: &Engine, model: &Model) -> Result<(), TestCaseError> {
    for (queue, ids) in [(0, 0..u64::MAX), (1, 3..35), (2, 5..5), (2, 20..40), (3, 0..9)] {
        let mut found = Vec::new();
        let mut visit = |entry: StoredEntry<'_>| {
            assert_eq!(entry.header, b"header");
            found.push((entry.id, entry.body.len()));
            true
        };
        engine.entries(SHARD, queue, ids.clone(), &mut visit).unwrap();
        let of_range = |record: &QueueRecord| record.queue == queue && ids.contains(&record.id);
        let expected = model.entries.iter().filter(|(record, _)| of_range(record));
        let expected = expected.map(|(record, (_, bytes, _))| (record.id, *bytes));
        prop_assert_eq!(found, expected.collect::<Vec<_>>());
    }
    Ok(())
}

fn run(options: Options, calls: Vec<Call>) -> Result<(), TestCaseError> {
    let disk = Memory::default();
    let mut model = Model::default();
    let mut engine = open_with(&disk, options).unwrap();
    let mut epoch = acquire(&engine).epoch;
    for call in calls {
        match call {
            Call::Append(steps) => {
                let appended = with_batch(&steps, |batch| engine.append(SHARD, epoch, batch, 0));
                prop_assert_eq!(appended, Ok(()));
                steps.iter().for_each(|step| model.apply(step));
            }
            Call::Purge(queue) => {
                prop_assert_eq!(engine.purge(SHARD, epoch, queue, 0), Ok(()));
                model.entries.retain(|record, _| record.queue != queue);
            }
            Call::BeginPurge(queue) => {
                let mut core = engine.core.lock();
                let of = (SHARD.0, epoch.0);
                engine.add_one(&mut core, of, |encoder| encoder.purge(queue));
                model.entries.retain(|record, _| record.queue != queue);
            }
            Call::SetKey(key, bytes) => {
                let key = key_name(key);
                let known = model.store_keys.get(&key);
                let expected = known.map_or(MetaRevision(0), |(revision, _)| *revision);
                let set = engine.meta_compare_and_set(&key, expected, &ZEROS[..bytes], 0);
                prop_assert_eq!(set, Ok(None));
                let revision = engine.meta_get(&key).unwrap().unwrap().0;
                model.store_keys.insert(key, (revision, bytes));
            }
            Call::RemoveKey(key) => {
                let known = model.store_keys.remove(&key_name(key));
                let expected = known.map_or(MetaRevision(7), |(revision, _)| revision);
                let removed = engine.meta_remove(&key_name(key), expected, 9);
                prop_assert_eq!(removed, Ok(known.is_none().then_some(9)));
            }
            Call::Commit => {
                prop_assert!(engine.commit().iter().all(|(_, result)| result.is_ok()));
            }
            Call::Maintain(times) => {
                for _ in 0..times {
                    engine.maintain().unwrap();
                }
            }
            Call::Tidy => {
                engine.commit();
                tidy(&engine);
            }
            Call::Reopen => {
                engine.commit();
                drop(engine);
                engine = open_with(&disk, options).unwrap();
                check(&engine, &model)?;
                epoch = acquire(&engine).epoch;
            }
        }
    }
    check(&engine, &model)?;
    engine.commit();
    tidy(&engine);
    check(&engine, &model)?;
    drop(engine);
    check(&open_with(&disk, options).unwrap(), &model)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn behaves_as_a_map_of_entries(calls in prop::collection::vec(calls(), 0..150)) {
        run(OPTIONS, calls)?;
    }

    #[test]
    fn behaves_as_a_map_of_entries_where_nothing_is_synced(
        calls in prop::collection::vec(calls(), 0..80)
    ) {
        run(Options { sync: SyncMode::Never, ..OPTIONS }, calls)?;
    }
}
