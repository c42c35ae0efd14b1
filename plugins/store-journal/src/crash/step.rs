//! What a workload does to a journal, one step after the other.

use philter_plugin_api::{Operation, QueueRecord};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An append: atomic, and one frame.
    Append(Vec<Op>),
    /// Every entry of a queue is settled.
    Purge(u64),
    /// A key of the store's meta data gets a value, whatever it had; with an empty one it is
    /// removed.
    SetMeta(&'static str, Vec<u8>),
    /// The shard is taken again.
    Acquire,
    /// What was gathered is written, synced and confirmed.
    Commit,
    /// What was written is synced, where a commit does not do so.
    Sync,
    /// One step of what keeps the disk tidy.
    Maintain,
    /// The process ends without a word, and another one begins.
    Restart,
}

impl Step {
    /// Whether it is one change of what the journal holds.
    pub(super) fn is_change(&self) -> bool {
        !matches!(self, Self::Commit | Self::Sync | Self::Maintain | Self::Restart)
    }
}

/// An operation that owns what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Put { message: u64, header: Vec<u8>, body: Vec<u8>, queues: Vec<QueueRecord> },
    Delete(QueueRecord),
    Meta { key: &'static str, value: Vec<u8> },
    Mark { record: QueueRecord, delivery_count: u32 },
}

impl Op {
    pub(super) fn borrow(&self) -> Operation<'_> {
        match self {
            Self::Put { message, header, body, queues } => {
                Operation::Put { message: *message, header, body, queues }
            }
            Self::Delete(record) => Operation::Delete(*record),
            Self::Meta { key, value } => Operation::Meta { key, value },
            Self::Mark { record, delivery_count } => {
                Operation::Mark { record: *record, delivery_count: *delivery_count }
            }
        }
    }
}

pub(super) fn entry(queue: u64, id: u64) -> QueueRecord {
    QueueRecord { queue, id }
}

/// A message of so many bytes that no other message has.
pub(super) fn put(message: u64, body_bytes: usize, queues: &[(u64, u64)]) -> Op {
    Op::Put {
        message,
        header: message.to_be_bytes().to_vec(),
        body: body(message, body_bytes),
        queues: queues.iter().map(|&(queue, id)| entry(queue, id)).collect(),
    }
}

pub(super) fn delete(queue: u64, id: u64) -> Op {
    Op::Delete(entry(queue, id))
}

pub(super) fn mark(queue: u64, id: u64, delivery_count: u32) -> Op {
    Op::Mark { record: entry(queue, id), delivery_count }
}

/// No two bytes near each other are alike, so that no piece can stand in for another.
fn body(message: u64, bytes: usize) -> Vec<u8> {
    (0..bytes as u64).map(|at| (message.wrapping_mul(167) ^ at.wrapping_mul(59)) as u8).collect()
}
