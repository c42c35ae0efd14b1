//! Binding and unbinding, as steps: decide in the table, ask the plugin, complete in the table.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::exchange::{BindDecision, Binding, Destination, NewBinding};
use philter_plugin_api::{self as api, BindingId, MapRef, Protocol};
use tracing::{info, warn};

use crate::virtual_host::exchange::Target;
use crate::virtual_host::filter;
use crate::virtual_host::{Error, Exchange, Queue, VirtualHost};

impl VirtualHost {
    /// Binds a queue to an exchange. Returns when the binding is live. A second bind of the same queue
    /// and key does nothing where the arguments are equal; other arguments replace the first.
    ///
    /// # Errors
    /// The plugin refused the arguments.
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
        let Some((binding, replaces)) = exchange.begin_bind(new, id) else { return Ok(()) };
        let mut bound = match exchange.plugin.bind(&as_plugin_binding(&binding, &own)) {
            Ok(bound) => bound,
            Err(error) => {
                exchange.table.write().bindings.abandon(binding.id);
                exchange.renew();
                return Err(Error::BindRefused {
                    exchange: exchange.name().to_string(),
                    text: error.to_string(),
                });
            }
        };
        if let Some(filter) = &filter {
            bound.reads = bound.reads | filter.reads;
        }
        let target = Target { queue: Arc::clone(queue), filter: filter.map(Arc::new) };
        let is_live = {
            let mut table = exchange.table.write();
            let is_live = table.bindings.finish(binding.id, bound);
            if is_live {
                table.targets.insert(binding.id, target);
            }
            is_live
        };
        exchange.renew();
        let is_alive = is_live && queue.add_binding(exchange);
        if let Some(old) = replaces {
            info!(
                "exchange '{}': the binding of queue '{}' with key '{key}' was replaced, its \
                 arguments changed",
                exchange.name(),
                queue.name()
            );
            self.drop_bindings(exchange, queue, &[old]);
        }
        if !is_alive {
            self.drop_bindings(exchange, queue, &[binding.id]);
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
        self.drop_bindings(exchange, queue, &ids);
        Ok(())
    }

    /// Takes back every binding of a queue that is deleted.
    pub(super) fn unbind_all(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>) {
        let destination = Destination::Queue(Arc::clone(queue.name()));
        let ids = exchange.table.read().bindings.to(&destination);
        self.drop_bindings(exchange, queue, &ids);
    }

    /// Takes bindings out of the table, then out of the plugin. An auto-delete exchange goes with its
    /// last one.
    fn drop_bindings(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>, ids: &[BindingId]) {
        let mut gone = Vec::with_capacity(ids.len());
        let is_empty = {
            let mut table = exchange.table.write();
            for id in ids {
                table.bindings.remove(*id);
                gone.extend(table.targets.remove(id));
            }
            table.bindings.is_empty()
        };
        // A filter's last owner tells its plugin, which is not for under the lock.
        drop(gone);
        queue.remove_bindings(exchange.name(), ids.len());
        for id in ids {
            if let Err(error) = exchange.plugin.unbind(*id) {
                warn!("exchange '{}' failed to unbind {}: {error}", exchange.name(), id.0);
            }
        }
        exchange.renew();
        if is_empty && exchange.settings().is_auto_delete {
            self.remove_exchange(exchange);
        }
    }
}

impl Exchange {
    /// Decides what a bind means; none where the binding is there already. Waits for another caller
    /// who is making the same one.
    fn begin_bind(
        &self,
        new: NewBinding,
        id: BindingId,
    ) -> Option<(Arc<Binding>, Option<BindingId>)> {
        let mut guard = self.settled.0.lock();
        loop {
            match self.table.write().bindings.begin(new.clone(), id) {
                BindDecision::Exists(_) => return None,
                BindDecision::Bind { binding, replaces } => return Some((binding, replaces)),
                BindDecision::Busy => {}
            }
            self.settled.1.wait(&mut guard);
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
