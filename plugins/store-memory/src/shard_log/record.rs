//! What the log keeps of an operation.

use std::sync::Arc;

use philter_plugin_api::{Position, QueueRecord, Record, Replayed};

use crate::limits::RECORD_BYTES;

/// A record that is live. Copying one copies no body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A message.
    Put(Put),
    /// The last delivery count of an entry.
    Mark {
        /// The entry.
        record: QueueRecord,
        /// How often it was handed out.
        delivery_count: u32,
    },
    /// The last value of a key.
    Meta {
        /// The key.
        key: String,
        /// Its value, not empty.
        value: Arc<[u8]>,
    },
}

/// A message and where it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Put {
    pub(crate) message: u64,
    pub(crate) header: Arc<[u8]>,
    pub(crate) body: Arc<[u8]>,
    /// Every entry that it ever had, so that a message in many queues is settled one by one at no
    /// cost.
    pub(crate) queues: Vec<QueueRecord>,
    /// Entries that are left.
    pub(crate) live: usize,
}

impl Put {
    /// A message with these entries, all of them live.
    pub(crate) fn new(message: u64, header: &[u8], body: &[u8], queues: Vec<QueueRecord>) -> Self {
        let live = queues.len();
        Self { message, header: header.into(), body: body.into(), queues, live }
    }

    /// What it costs beside its entries.
    pub(crate) fn cost_bytes(&self) -> u64 {
        RECORD_BYTES + self.header.len() as u64 + self.body.len() as u64
    }
}

impl Kept {
    /// The record as a replay hands it over.
    pub(crate) fn replayed(self, position: u64, with_bodies: bool) -> Replayed {
        let record = match self {
            Self::Put(Put { message, header, body, queues, .. }) => Record::Put {
                message,
                header: header.to_vec(),
                body: with_bodies.then(|| body.to_vec()),
                queues,
            },
            Self::Mark { record, delivery_count } => Record::Mark { record, delivery_count },
            Self::Meta { key, value } => Record::Meta { key, value: value.to_vec() },
        };
        Replayed { position: Position(position), record }
    }
}
