//! The calls of a store: what each asks of the component, and how its answer is checked.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use philter_plugin_api::flat::write_operations;
use philter_plugin_api::{
    Acquired, AppendOutcome, Capabilities, Completion, Epoch, ErrorKind, Event, MetaEntry,
    MetaRevision, Offers, Operation, Position, QueueRecord, Replayed, Result, Shard, Store,
    StoredEntry, Value,
};

use super::runner::{Kept, Runner};
use super::{WasmStore, pages};
use crate::contract::{GuestAppended, GuestPurged};
use crate::failure::Failure;
use crate::limits::PAGE_BYTES;
use crate::statistics::count;

impl Store for WasmStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch_operations_max: self.bounds.operations,
            batch_bytes_max: self.bounds.bytes,
            body_bytes_max: self.bounds.body_bytes,
            is_atomic_over_shard: self.said.is_atomic_over_shard,
            is_durable_on_ack: self.promise.is_durable(),
        }
    }

    fn offers(&self) -> Offers {
        let offer = |is_there: bool, offer| if is_there { offer } else { Offers::NONE };
        offer(self.said.has_entries, Offers::ENTRIES)
            .and(offer(self.said.has_meta_list, Offers::META_LIST))
            .and(offer(self.said.has_meta_remove, Offers::META_REMOVE))
    }

    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>) {
        let (node, instance, voice) = (node.to_owned(), self.instance, Arc::clone(&self.voice));
        let acquire = move |runner: &mut Runner| {
            let parameters = (shard.0, node);
            runner.call(
                |calls| &calls.acquire,
                parameters,
                |shards, (answer,)| {
                    let acquired = answer?;
                    let seen = shards.entry(shard.0).or_default();
                    let lost = seen.acquired(acquired.epoch, acquired.fence)?;
                    let (epoch, fence) = (Epoch(acquired.epoch), Position(acquired.fence));
                    Ok(Kept::Yes((Acquired { epoch, fence }, lost)))
                },
            )
        };
        self.shared.ask_and(0, done, acquire, move |(acquired, lost)| {
            if let Some(lost) = lost {
                let value = epoch_lost(shard, lost);
                voice.notify(instance, Event::EpochLost, &value);
            }
            acquired
        });
    }

    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        if let Err(error) = self.bounds.check(batch) {
            return done.err(error);
        }
        let operations = Arc::new(write_operations(batch));
        let (bytes, count_of) = (operations.len(), batch.len() as u64);
        let counters = Arc::clone(&self.counters);
        self.shared.ask(bytes, done, move |runner| {
            let (began, parameters) = (Instant::now(), (shard.0, epoch.0, operations));
            let answer = runner.call(
                |calls| &calls.append,
                parameters,
                |shards, (answer,)| {
                    Ok(match answer? {
                        GuestAppended::Done(position) => {
                            let seen = shards.entry(shard.0).or_default();
                            Kept::Yes(seen.done("append", epoch.0, position)?)
                        }
                        GuestAppended::Fenced => Kept::No(AppendOutcome::Fenced),
                        GuestAppended::Full => Kept::No(AppendOutcome::Full),
                    })
                },
            );
            let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
            counters.call_ns.fetch_add(took, Ordering::Relaxed);
            counters.messages.fetch_add(count_of, Ordering::Relaxed);
            count(&counters.calls);
            answer
        });
    }

    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let mut next = from.0;
        while next < until.0 {
            let positions = next..until.0;
            let page = self.shared.wait(move |runner| {
                let Range { start, end } = positions;
                let parameters = (shard.0, start, end, with_bodies, PAGE_BYTES);
                runner.call(
                    |calls| &calls.replay,
                    parameters,
                    |_, (answer,)| pages::records(&answer?, positions, with_bodies).map(Kept::No),
                )
            })?;
            if !page.items.into_iter().all(&mut *visit) {
                return Ok(());
            }
            let Some(behind) = page.next else { return Ok(()) };
            next = behind;
        }
        Ok(())
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        self.shared.wait(move |runner| {
            let parameters = (shard.0, record.queue, record.id);
            runner.call(|calls| &calls.read, parameters, |_, (answer,)| Ok(Kept::No(answer?)))
        })
    }

    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        self.shared.ask(0, done, move |runner| {
            loop {
                let parameters = (shard.0, epoch.0, queue);
                let some = runner.call(
                    |calls| &calls.purge,
                    parameters,
                    |shards, (answer,)| {
                        let seen = shards.entry(shard.0).or_default();
                        Ok(match answer? {
                            GuestPurged::Done(position) => {
                                Kept::Yes(Some(seen.done("purge", epoch.0, position)?))
                            }
                            GuestPurged::More => {
                                seen.check("purge", epoch.0)?;
                                Kept::Yes(None)
                            }
                            GuestPurged::Fenced => Kept::No(Some(AppendOutcome::Fenced)),
                        })
                    },
                );
                match some {
                    Ok(None) => {}
                    Ok(Some(outcome)) => return Ok(outcome),
                    Err(error) => return Err(error),
                }
            }
        });
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        self.shared.wait(move |runner| {
            runner.call(
                |calls| &calls.statistics,
                (shard.0,),
                |_, (answer,)| Ok(Kept::No(object("statistics", &answer?)?.to_string())),
            )
        })
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        let key = key.to_owned();
        self.shared.wait(move |runner| {
            runner.call(
                |calls| &calls.meta_get,
                (key,),
                |_, (answer,)| {
                    let found = answer?.map(|found| (MetaRevision(found.revision), found.value));
                    Ok(Kept::No(found))
                },
            )
        })
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let bytes = key.len() + value.len();
        if let Err(error) = self.bounds.demand(bytes, self.bounds.bytes, "a key has", "bytes") {
            return done.err(error);
        }
        let (key, value) = (key.to_owned(), Arc::new(value.to_owned()));
        self.shared.ask(bytes, done, move |runner| {
            let parameters = (key, expected.0, value);
            runner.call(
                |calls| &calls.meta_compare_and_set,
                parameters,
                |_, (answer,)| match answer? {
                    None => Ok(Kept::No(None)),
                    Some(revision) if revision > expected.0 => {
                        Ok(Kept::Yes(Some(MetaRevision(revision))))
                    }
                    Some(revision) => Err(Failure::Fault(format!(
                        "meta-compare-and-set answered revision {revision} behind {}",
                        expected.0
                    ))),
                },
            )
        });
    }

    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        self.has(self.said.has_meta_list, "meta_list")?;
        let mut from = prefix.to_owned();
        loop {
            let asked = (prefix.to_owned(), from.clone());
            let page = self.shared.wait(move |runner| {
                let (prefix, from) = asked;
                let parameters = (prefix.clone(), from.clone(), PAGE_BYTES);
                runner.call(
                    |calls| &calls.meta_list,
                    parameters,
                    |_, (answer,)| pages::keys(&answer?, &prefix, &from).map(Kept::No),
                )
            })?;
            if !page.items.into_iter().all(&mut *visit) {
                return Ok(());
            }
            let Some(behind) = page.next else { return Ok(()) };
            from = behind;
        }
    }

    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        if let Err(error) = self.has(self.said.has_meta_remove, "meta_remove") {
            return done.err(error);
        }
        let key = key.to_owned();
        self.shared.ask(key.len(), done, move |runner| {
            let parameters = (key, expected.0);
            runner.call(
                |calls| &calls.meta_remove,
                parameters,
                |_, (answer,)| {
                    let was_removed = answer?;
                    Ok(if was_removed { Kept::Yes(true) } else { Kept::No(false) })
                },
            )
        });
    }

    fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        self.has(self.said.has_entries, "entries")?;
        let mut ids = ids;
        while !ids.is_empty() {
            let asked = ids.clone();
            let page = self.shared.wait(move |runner| {
                let parameters = (shard.0, queue, asked.start, asked.end, PAGE_BYTES);
                runner.call(
                    |calls| &calls.entries,
                    parameters,
                    |_, (answer,)| pages::entries(&answer?, asked).map(Kept::No),
                )
            })?;
            for (id, header, body) in &page.items {
                if !visit(StoredEntry { id: *id, header, body }) {
                    return Ok(());
                }
            }
            let Some(behind) = page.next else { return Ok(()) };
            ids.start = behind;
        }
        Ok(())
    }

    fn inspect(&self) -> Result<String> {
        let said = self.shared.wait(|runner| {
            runner.call(
                |calls| &calls.inspect,
                (),
                |_, (answer,)| Ok(Kept::No(object("inspect", &answer?)?)),
            )
        });
        let mut said = match said {
            Err(error) if error.kind() == ErrorKind::Unsupported => serde_json::Map::new(),
            other => match other? {
                serde_json::Value::Object(said) => said,
                _ => serde_json::Map::new(),
            },
        };
        self.promise.write(&mut said);
        Ok(serde_json::Value::Object(said).to_string())
    }
}

fn object(function: &str, json: &str) -> Result<serde_json::Value, Failure> {
    let read = serde_json::from_str::<serde_json::Map<_, _>>(json);
    let wrong = |error| Failure::Fault(format!("{function} answered no JSON object: {error}"));
    read.map(serde_json::Value::Object).map_err(wrong)
}

fn epoch_lost(shard: Shard, lost: u64) -> Value {
    let fields = [("shard", Value::Uint(shard.0)), ("epoch", Value::Ulong(lost))];
    Value::Map(fields.map(|(name, value)| (Value::from(name), value)).into())
}
