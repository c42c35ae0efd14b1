//! Unbinding, and what goes with the last binding of an exchange.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::exchange::Criteria;
use philter_plugin_api::{BindingId, Protocol};

use crate::virtual_host::bind_arguments::canonical;
use crate::virtual_host::event::Event;
use crate::virtual_host::{Actor, Endpoint, Error, Exchange, VirtualHost};

/// A binding to be taken back.
#[derive(Clone, Copy)]
pub(crate) struct Unbind<'a> {
    /// From here.
    pub(crate) exchange: &'a Arc<Exchange>,
    /// To there.
    pub(crate) to: &'a Endpoint,
    /// The binding key.
    pub(crate) key: &'a str,
    /// The arguments as an AMQP 1.0 map, where bindings are told apart by them; none: every binding
    /// with this key.
    pub(crate) arguments: Option<&'a [u8]>,
    /// Who asks.
    pub(crate) by: &'a Actor,
}

impl VirtualHost {
    /// Unbinds a queue or exchange from an exchange.
    ///
    /// # Errors
    /// No such binding.
    pub(crate) fn unbind(&self, unbind: &Unbind<'_>) -> Result<(), Error> {
        let Unbind { exchange, to, key, by, .. } = *unbind;
        let arguments = unbind.arguments.map(|all| canonical(all, Protocol::V0_9_1));
        let destination = to.destination();
        let ids = exchange.table.read().bindings.find(&Criteria {
            destination: Some(&destination),
            key: Some(key),
            arguments: arguments.as_deref(),
        });
        if ids.is_empty() {
            return Err(Error::NoSuchBinding {
                exchange: exchange.name().to_string(),
                destination: to.to_string(),
                key: key.to_owned(),
            });
        }
        self.drop_bindings(exchange, &ids);
        if let Some(queue) = to.as_queue() {
            self.raise(|| Event::Unbound {
                by: by.clone(),
                exchange: Arc::clone(exchange.name()),
                queue: Arc::clone(queue.name()),
                key: key.to_owned(),
            });
        }
        Ok(())
    }

    /// Takes back every live binding to something that is deleted; those to another one that has
    /// its name by now stay, and one that is being made finds out for itself. Answers whether the
    /// exchange is to go.
    pub(super) fn unbind_all(&self, exchange: &Arc<Exchange>, to: &Endpoint) -> bool {
        let ids: Vec<BindingId> = {
            let table = exchange.table.read();
            let all = table.bindings.to(&to.destination()).into_iter();
            all.filter(|id| table.leads_to(*id, to)).collect()
        };
        self.drop_live(exchange, &ids)
    }

    /// Takes live bindings away; who else takes away the same ones meanwhile, takes the rest. An
    /// auto-delete exchange goes with its last one.
    pub(super) fn drop_bindings(&self, exchange: &Arc<Exchange>, ids: &[BindingId]) {
        if self.drop_live(exchange, ids) {
            self.remove_exchange(exchange, Actor::broker());
        }
    }

    /// Takes live bindings out of the table, then out of the plugin. Answers whether the exchange
    /// is to go: it is one that goes with its last binding, and this was it.
    fn drop_live(&self, exchange: &Arc<Exchange>, ids: &[BindingId]) -> bool {
        let (gone, is_empty) = {
            let mut table = exchange.table.write();
            let gone: Vec<_> = ids.iter().filter_map(|id| table.take(*id)).collect();
            (gone, table.bindings.is_empty())
        };
        let is_last = is_empty && !gone.is_empty();
        self.bindings.fetch_sub(gone.len(), Ordering::Relaxed);
        // A filter's last owner tells its plugin, which is not for under the lock.
        for (id, target) in gone {
            target.to.remove_binding(exchange);
            if target.is_stored {
                self.unstore_binding(id);
            }
            if let Some(owner) = target.scope {
                self.scopes.remove(owner, id);
            }
            exchange.forget(id);
        }
        exchange.renew();
        is_last && exchange.settings().is_auto_delete
    }
}
