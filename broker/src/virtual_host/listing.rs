//! What is there, for those who manage it.
//!
//! Invariant: a listing holds the lock of a directory or table for as long as it takes to copy
//! references, a table's in steps.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_plugin_api::BindingId;

use crate::virtual_host::limits::STEP_ENTRIES;
use crate::virtual_host::{Endpoint, Exchange, Queue, VirtualHost};

/// A live binding as it is now.
#[derive(Clone)]
pub(crate) struct BindingEntry {
    /// By which the plugin knows it.
    pub(crate) id: BindingId,
    /// Where it leads.
    pub(crate) to: Endpoint,
    /// The binding key.
    pub(crate) key: Arc<str>,
    /// The arguments as an AMQP 1.0 map.
    pub(crate) arguments: Arc<[u8]>,
    /// Messages that it matched.
    pub(crate) matched: u64,
    /// Messages that its transformation failed on.
    pub(crate) transformation_failures: u64,
    /// When it was made, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
}

impl VirtualHost {
    /// Every queue, in no order.
    pub(crate) fn queues(&self) -> Vec<Arc<Queue>> {
        self.queues.read().values().filter(|queue| !queue.is_deleted()).cloned().collect()
    }

    /// Every exchange, in no order.
    pub(crate) fn exchanges(&self) -> Vec<Arc<Exchange>> {
        let exchanges = self.exchanges.read();
        exchanges.values().filter(|exchange| !exchange.is_deleted()).cloned().collect()
    }
}

impl Exchange {
    /// How many live bindings it has.
    pub(crate) fn binding_count(&self) -> usize {
        self.table.read().targets.len()
    }

    /// Every live binding, in the order in which they were made.
    pub(crate) fn bindings(&self) -> Vec<BindingEntry> {
        let mut ids: Vec<BindingId> = self.table.read().targets.keys().copied().collect();
        ids.sort_unstable();
        let steps = ids.chunks(STEP_ENTRIES);
        steps.flat_map(|step| self.entries(step)).collect()
    }

    /// What its plugin says of itself or of a binding, as JSON; none where it says nothing.
    pub(crate) fn inspect(&self, binding: Option<BindingId>) -> Option<String> {
        self.call(|plugin| plugin.inspect(binding)).ok()
    }

    fn entries(&self, ids: &[BindingId]) -> Vec<BindingEntry> {
        let table = self.table.read();
        let entry = |id: &BindingId| {
            let target = table.targets.get(id)?;
            let content = &table.bindings.get(*id)?.content;
            Some(BindingEntry {
                id: *id,
                to: target.to.clone(),
                key: Arc::clone(&content.key),
                arguments: Arc::clone(&content.arguments),
                matched: target.matched.load(Ordering::Relaxed),
                transformation_failures: target.transform.as_ref().map_or(0, |it| it.failures()),
                created_ns: target.created_ns,
            })
        };
        ids.iter().filter_map(entry).collect()
    }
}
