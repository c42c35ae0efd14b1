//! What a journal shall hold, as plain maps.
//!
//! Invariant: a change is applied whole; so the state after any number of changes is one of those
//! that a recovery may find.

use std::collections::BTreeMap;

use philter_plugin_api::{QueueRecord, Record};

use super::step::{Op, Step};

/// What is live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) entries: BTreeMap<QueueRecord, Entry>,
    pub(super) meta: BTreeMap<String, Vec<u8>>,
    pub(super) store_meta: BTreeMap<String, Vec<u8>>,
}

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) message: u64,
    pub(super) header: Vec<u8>,
    pub(super) body: Vec<u8>,
    pub(super) delivery_count: u32,
}

impl Held {
    /// A step of a workload happened.
    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Append(batch) => batch.iter().for_each(|op| self.apply_op(op)),
            Step::Purge(queue) => self.entries.retain(|record, _| record.queue != *queue),
            Step::SetMeta(key, value) if value.is_empty() => {
                self.store_meta.remove(*key);
            }
            Step::SetMeta(key, value) => {
                self.store_meta.insert((*key).to_owned(), value.clone());
            }
            Step::Acquire | Step::Commit | Step::Sync | Step::Maintain | Step::Restart => {}
        }
    }

    fn apply_op(&mut self, op: &Op) {
        match op {
            Op::Put { message, header, body, queues } => {
                self.put(*message, header, body, queues);
            }
            Op::Delete(record) => {
                self.entries.remove(record);
            }
            Op::Meta { key, value } => self.set_meta(key, value),
            Op::Mark { record, delivery_count } => self.mark(*record, *delivery_count),
        }
    }

    /// A record of a replay was handed over.
    pub(super) fn apply_record(&mut self, record: &Record) {
        match record {
            Record::Put { message, header, body, queues } => {
                self.put(*message, header, body.as_deref().unwrap_or(b"NONE"), queues);
            }
            Record::Delete(record) => {
                self.entries.remove(record);
            }
            Record::Meta { key, value } => self.set_meta(key, value),
            Record::Mark { record, delivery_count } => self.mark(*record, *delivery_count),
        }
    }

    fn put(&mut self, message: u64, header: &[u8], body: &[u8], queues: &[QueueRecord]) {
        let (header, body) = (header.to_vec(), body.to_vec());
        let entry = Entry { message, header, body, delivery_count: 0 };
        self.entries.extend(queues.iter().map(|&record| (record, entry.clone())));
    }

    fn mark(&mut self, record: QueueRecord, delivery_count: u32) {
        if let Some(entry) = self.entries.get_mut(&record) {
            entry.delivery_count = delivery_count;
        }
    }

    fn set_meta(&mut self, key: &str, value: &[u8]) {
        if value.is_empty() {
            self.meta.remove(key);
        } else {
            self.meta.insert(key.to_owned(), value.to_vec());
        }
    }
}
