//! Binding and unbinding, as steps: decide in the table, ask the plugin, complete in the table.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::exchange::{BindDecision, Binding, Destination, NewBinding};
use philter_plugin_api::{self as api, BindingId, Bound, MapRef, Protocol};
use tracing::{info, warn};

use crate::virtual_host::exchange::{Table, Target};
use crate::virtual_host::filter;
use crate::virtual_host::{Error, Exchange, Queue, VirtualHost};

impl VirtualHost {
    /// Binds a queue to an exchange. Returns when the binding is live. A second bind of the same
    /// queue and key does nothing where the arguments are equal; other arguments replace the first.
    ///
    /// # Errors
    /// The plugin refused the arguments, or exchange or queue were deleted meanwhile.
    pub(crate) fn bind(
        &self,
        exchange: &Arc<Exchange>,
        queue: &Arc<Queue>,
        key: &str,
        arguments: &[u8],
        declared_by: Protocol,
    ) -> Result<(), Error> {
        let new = NewBinding {
            destination: Destination::Queue(Arc::clone(queue.name())),
            key: key.into(),
            arguments: arguments.into(),
            declared_by,
        };
        let filter = self.languages.compile(&self.catalog, arguments)?;
        let own = filter::without(arguments);
        let id = self.next_binding_id();
        let (binding, replaces) = loop {
            match exchange.begin_bind(&new, id, queue) {
                Begun::There => return Ok(()),
                Begun::Stale(old) => self.drop_bindings(exchange, &[old]),
                Begun::New(binding, replaces) => break (binding, replaces),
            }
        };
        let asked = exchange.call(|plugin| plugin.bind(&as_plugin_binding(&binding, &own)));
        let mut bound = asked.map_err(|error| {
            exchange.abandon(id);
            let (exchange, text) = (exchange.name().to_string(), error.to_string());
            Error::BindRefused { exchange, text }
        })?;
        if let Some(filter) = &filter {
            bound.reads = bound.reads | filter.reads;
        }
        let target = Target { queue: Arc::clone(queue), filter: filter.map(Arc::new) };
        exchange.complete_bind(id, bound, target)?;
        if let Some(old) = replaces {
            info!(
                "exchange '{}': the binding of queue '{}' with key '{key}' was replaced, its \
                 arguments changed",
                exchange.name(),
                queue.name()
            );
            self.drop_bindings(exchange, &[old]);
        }
        Ok(())
    }

    /// Unbinds a queue from an exchange: every binding with this key.
    ///
    /// # Errors
    /// No such binding.
    pub(crate) fn unbind(
        &self,
        exchange: &Arc<Exchange>,
        queue: &Arc<Queue>,
        key: &str,
    ) -> Result<(), Error> {
        let destination = Destination::Queue(Arc::clone(queue.name()));
        let ids = exchange.table.read().bindings.find(&destination, key);
        if ids.is_empty() {
            return Err(Error::NoSuchBinding {
                exchange: exchange.name().to_string(),
                queue: queue.name().to_string(),
                key: key.to_owned(),
            });
        }
        self.drop_bindings(exchange, &ids);
        Ok(())
    }

    /// Takes back every live binding of a queue that is deleted; those of another queue that has
    /// its name by now stay, and one that is being made finds out for itself.
    pub(super) fn unbind_all(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>) {
        let destination = Destination::Queue(Arc::clone(queue.name()));
        let ids: Vec<BindingId> = {
            let table = exchange.table.read();
            let all = table.bindings.to(&destination).into_iter();
            all.filter(|id| table.leads_to(*id, queue)).collect()
        };
        self.drop_bindings(exchange, &ids);
    }

    /// Takes live bindings out of the table, then out of the plugin; who else takes out the same
    /// ones meanwhile, takes the rest. An auto-delete exchange goes with its last one.
    fn drop_bindings(&self, exchange: &Arc<Exchange>, ids: &[BindingId]) {
        let (gone, is_empty) = {
            let mut table = exchange.table.write();
            let gone: Vec<_> = ids.iter().filter_map(|id| table.take(*id)).collect();
            (gone, table.bindings.is_empty())
        };
        let is_last = is_empty && !gone.is_empty();
        // A filter's last owner tells its plugin, which is not for under the lock.
        for (id, target) in gone {
            target.queue.remove_binding(exchange);
            exchange.forget(id);
        }
        exchange.renew();
        if is_last && exchange.settings().is_auto_delete {
            self.remove_exchange(exchange);
        }
    }
}

/// What a bind begins with.
enum Begun {
    /// It is there already.
    There,
    /// In its place stands one to a queue of the same name that is deleted: drop it, begin again.
    Stale(BindingId),
    /// A new one is to be made, perhaps in the place of another.
    New(Arc<Binding>, Option<BindingId>),
}

impl Table {
    fn leads_to(&self, id: BindingId, queue: &Arc<Queue>) -> bool {
        self.targets.get(&id).is_some_and(|target| Arc::ptr_eq(&target.queue, queue))
    }

    /// Takes out a live binding.
    fn take(&mut self, id: BindingId) -> Option<(BindingId, Target)> {
        let target = self.targets.remove(&id)?;
        self.bindings.remove(id);
        Some((id, target))
    }
}

impl Exchange {
    /// Decides what a bind means. Waits for another caller who is making the same one.
    fn begin_bind(&self, new: &NewBinding, id: BindingId, queue: &Arc<Queue>) -> Begun {
        let mut guard = self.settled.0.lock();
        loop {
            {
                let mut table = self.table.write();
                match table.bindings.begin(new.clone(), id) {
                    BindDecision::Exists(there) if table.leads_to(there, queue) => {
                        return Begun::There;
                    }
                    BindDecision::Exists(stale) => return Begun::Stale(stale),
                    BindDecision::Bind { binding, replaces } => {
                        return Begun::New(binding, replaces);
                    }
                    BindDecision::Busy => {}
                }
            }
            tokio::task::block_in_place(|| self.settled.1.wait(&mut guard));
        }
    }

    /// A pending binding comes to nothing.
    fn abandon(&self, id: BindingId) {
        self.table.write().bindings.abandon(id);
        self.renew();
    }

    /// The plugin took a binding: it becomes live, if exchange and queue still are. Who deletes
    /// either of them marks it first and then takes out what is live, so that one of both sees it.
    fn complete_bind(
        self: &Arc<Self>,
        id: BindingId,
        bound: Bound,
        target: Target,
    ) -> Result<(), Error> {
        let queue = Arc::clone(&target.queue);
        let is_counted = queue.add_binding(self);
        let refused = {
            let mut table = self.table.write();
            if self.is_deleted() {
                Some((Error::NoSuchExchange(self.name().to_string()), target))
            } else if !is_counted || queue.is_deleted() || !table.bindings.finish(id, bound) {
                Some((Error::NoSuchQueue(queue.name().to_string()), target))
            } else {
                table.targets.insert(id, target);
                None
            }
        };
        if let Some((error, _)) = refused {
            if is_counted {
                queue.remove_binding(self);
            }
            self.forget(id);
            self.abandon(id);
            return Err(error);
        }
        self.renew();
        Ok(())
    }

    /// Tells the plugin that a binding is gone.
    fn forget(&self, id: BindingId) {
        if let Err(error) = self.call(|plugin| plugin.unbind(id)) {
            warn!("exchange '{}' failed to unbind {}: {error}", self.name(), id.0);
        }
    }

    /// Whether it was deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.is_deleted.load(Ordering::Acquire)
    }
}

/// A binding as its exchange's plugin sees it, with the arguments that are the plugin's.
fn as_plugin_binding<'a>(binding: &'a Binding, arguments: &'a [u8]) -> api::Binding<'a> {
    let content = &binding.content;
    let destination = match &content.destination {
        Destination::Queue(name) => api::Destination::Queue(name),
        Destination::Exchange(name) => api::Destination::Exchange(name),
    };
    api::Binding {
        id: binding.id,
        destination,
        key: &content.key,
        arguments: MapRef::parse(arguments).unwrap_or_default(),
        declared_by: content.declared_by,
    }
}
