//! What of a virtual host's definitions is stored: durable exchanges and queues, and bindings
//! between what is stored.
//!
//! Invariant: a definition is appended before anything that is stored under it, and apart from
//! whatever its turn did before: it is owed to a store that has no room for either.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::exchange::ExchangeSettings;
use philter_plugin_api::{BindingId, Protocol};

use crate::store::{
    self, Awaited, StoredBinding, StoredExchange, StoredQueue, binding_key, exchange_key, queue_key,
};
use crate::virtual_host::bind::Bind;
use crate::virtual_host::queue::Kept;
use crate::virtual_host::{
    DeclareExchange, DeclareQueue, Endpoint, Error, Exchange, Queue, VirtualHost,
};

/// What a queue has in the store beside its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    /// The number under which its entries are stored.
    pub(super) number: u64,
    /// A session had exclusive use of it.
    pub(super) was_exclusive: bool,
    /// Its definition is stored already.
    pub(super) is_defined: bool,
}

impl VirtualHost {
    /// Whether something that is to outlive the broker may be made now.
    ///
    /// # Errors
    /// The store is full, or it failed.
    pub(super) fn check_stores(&self) -> Result<(), Error> {
        match self.ledger.as_ref().and_then(|ledger| ledger.refusal()) {
            Some(why) => Err(Error::LimitExceeded(format!("{why}: nothing durable can be made"))),
            None => Ok(()),
        }
    }

    /// The limit of the store past which a commit would go, of so many messages and
    /// acknowledgements and so many bytes; none where it is one append.
    pub(crate) fn limit_of_commit(&self, messages: usize, bytes: u64) -> Option<String> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.ledger.as_ref()?.limit_of_commit(messages, bytes)
    }

    /// The number of a queue that is to be stored: a durable one that does not go with its
    /// connection.
    ///
    /// # Errors
    /// The store is full, or it failed.
    pub(super) fn new_stored(&self, declare: &DeclareQueue<'_>) -> Result<Option<Stored>, Error> {
        let goes = declare.owner.is_some() && declare.declared_by == Protocol::V0_9_1;
        let Some(ledger) = self.ledger.as_ref().filter(|_| declare.is_durable && !goes) else {
            return Ok(None);
        };
        self.check_stores()?;
        let was_exclusive = declare.owner.is_some();
        Ok(Some(Stored { number: ledger.next_queue(), was_exclusive, is_defined: false }))
    }

    /// Stores how a queue is defined: appended before anybody finds it, so that nothing that is
    /// stored under it ever stands alone.
    pub(super) fn store_queue(&self, declare: &DeclareQueue<'_>, queue: &Queue) {
        let (Some(ledger), Some(kept)) = (&self.ledger, queue.kept()) else { return };
        let stored = StoredQueue {
            host: self.name.to_string(),
            name: declare.name.to_owned(),
            number: kept.number(),
            alternate: declare.alternate.map(str::to_owned),
            is_auto_delete: declare.is_auto_delete,
            was_exclusive: declare.owner.is_some(),
            declared_by: declare.declared_by,
            creator: declare.by.user.to_string(),
            arguments: declare.arguments.encoded().to_vec(),
        };
        queue.number_entries();
        ledger.define(queue_key(&self.name, kept.number()), stored.encode());
    }

    /// What is there already is told to be there: once it is stored.
    pub(crate) fn await_stored(&self, is_stored: bool) {
        if let Some(ledger) = self.ledger.as_ref().filter(|_| is_stored) {
            ledger.await_all();
        }
    }

    /// Somebody waits for what was done by now to be stored.
    pub(crate) fn hurry_store(&self) {
        if let Some(ledger) = &self.ledger {
            ledger.hurry();
        }
    }

    /// Appends on which rests what was said by now, as far as they have not ended; somebody will
    /// wait for them.
    pub(crate) fn appends(&self) -> Vec<Arc<Awaited>> {
        let Some(ledger) = &self.ledger else { return Vec::new() };
        ledger.in_hand_hurried().into_iter().chain(store::awaited()).collect()
    }

    /// A queue is gone with all that was in it.
    pub(super) fn unstore_queue(&self, queue: &Queue) {
        if let (Some(ledger), Some(kept)) = (&self.ledger, queue.kept()) {
            ledger.set(queue_key(&self.name, kept.number()), Vec::new());
            ledger.purge(kept.number());
        }
    }

    /// Where an exchange is stored, with what waits in it: a durable one has a number for it, this
    /// one or a new one.
    pub(super) fn kept_exchange(
        &self,
        settings: &ExchangeSettings,
        number: Option<u64>,
    ) -> Option<Kept> {
        let ledger = self.ledger.as_ref().filter(|_| settings.is_durable)?;
        Some(Kept::new(ledger, number.unwrap_or_else(|| ledger.next_queue())))
    }

    pub(super) fn store_exchange(&self, declare: &DeclareExchange<'_>, exchange: &Exchange) {
        let (Some(ledger), Some(kept)) = (&self.ledger, &exchange.kept) else { return };
        let stored = StoredExchange {
            host: self.name.to_string(),
            name: declare.name.to_owned(),
            type_name: declare.type_name.to_owned(),
            alternate: declare.alternate.map(str::to_owned),
            is_auto_delete: declare.is_auto_delete,
            is_internal: declare.is_internal,
            number: kept.number(),
            declared_by: declare.declared_by,
            arguments: declare.arguments.encoded().to_vec(),
        };
        ledger.define(exchange_key(&self.name, kept.number()), stored.encode());
    }

    /// An exchange is gone with what waited in it.
    pub(super) fn unstore_exchange(&self, exchange: &Exchange) {
        if let (Some(ledger), Some(kept)) = (&self.ledger, &exchange.kept) {
            ledger.set(exchange_key(&self.name, kept.number()), Vec::new());
            if exchange.waiting.is_some() {
                ledger.purge(kept.number());
            }
        }
    }

    /// Whether a binding outlives the broker: both of its ends do, and it is nobody's alone.
    pub(super) fn stores_binding(&self, bind: &Bind<'_>) -> bool {
        self.ledger.is_some()
            && bind.exchange.settings().is_durable
            && !bind.exchange.name().is_empty()
            && bind.scope.is_none()
            && match bind.to {
                Endpoint::Queue(queue) => queue.kept().is_some(),
                Endpoint::Exchange(exchange) => exchange.settings().is_durable,
            }
    }

    pub(super) fn store_binding(&self, id: BindingId, bind: &Bind<'_>) {
        let Some(ledger) = self.ledger.as_ref().filter(|_| self.stores_binding(bind)) else {
            return;
        };
        let stored = StoredBinding {
            host: self.name.to_string(),
            id: id.0,
            exchange: bind.exchange.name().to_string(),
            exchange_number: bind.exchange.kept.as_ref().map(Kept::number),
            to: bind.to.name().to_string(),
            to_number: bind.to.number(),
            is_to_exchange: bind.to.as_queue().is_none(),
            key: bind.key.to_owned(),
            declared_by: bind.declared_by,
            arguments: bind.arguments.to_vec(),
        };
        ledger.define(binding_key(&self.name, id.0), stored.encode());
    }

    pub(super) fn unstore_binding(&self, id: BindingId) {
        if let Some(ledger) = &self.ledger {
            ledger.set(binding_key(&self.name, id.0), Vec::new());
        }
    }

    /// The ids of bindings that are made from now on are beyond this one.
    pub(super) fn number_bindings_beyond(&self, id: u64) {
        self.next_binding.fetch_max(id + 1, Ordering::Relaxed);
    }
}
