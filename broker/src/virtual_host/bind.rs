//! Binding, as steps: decide in the table, ask the plugin, complete in the table.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::exchange::{BindDecision, Binding, Criteria, Destination, NewBinding};
use philter_plugin_api::{self as api, BindingId, Bound, MapRef, Protocol, Value, ValueRef};
use tracing::{info, warn};

use crate::clock::unix_ns;
use crate::virtual_host::bind_arguments::{BindArguments, canonical};
use crate::virtual_host::event::{Arguments, Event};
use crate::virtual_host::exchange::{Table, Target};
use crate::virtual_host::limits::Limits;
use crate::virtual_host::transform::Transform;
use crate::virtual_host::{Actor, Endpoint, Error, Exchange, OwnerId, VirtualHost};

/// A binding to be made.
#[derive(Clone, Copy)]
pub(crate) struct Bind<'a> {
    /// From here.
    pub(crate) exchange: &'a Arc<Exchange>,
    /// To there.
    pub(crate) to: &'a Endpoint,
    /// The binding key.
    pub(crate) key: &'a str,
    /// The arguments as an AMQP 1.0 map.
    pub(crate) arguments: &'a [u8],
    /// The protocol, which decides what makes two bindings the same.
    pub(crate) declared_by: Protocol,
    /// The session with whose end it goes (`x-scope=session`).
    pub(crate) scope: Option<OwnerId>,
    /// Who asks.
    pub(crate) by: &'a Actor,
}

impl VirtualHost {
    /// Binds a queue or exchange to an exchange. Returns when the binding is live. A second bind of
    /// the same destination and key does nothing where the arguments are equal; other arguments
    /// replace the first, or stand beside it, as the protocol has it.
    ///
    /// # Errors
    /// An argument, the plugin refused the arguments, there are too many bindings, or either end
    /// was deleted meanwhile.
    pub(crate) fn bind(&self, bind: &Bind<'_>) -> Result<(), Error> {
        let arguments = canonical(bind.arguments, bind.declared_by);
        let bind = &Bind { arguments: &arguments, ..*bind };
        let Bind { exchange, to, key, .. } = *bind;
        let arguments = BindArguments::parse(bind.arguments)?;
        let count = self.bindings.load(Ordering::Relaxed);
        Limits::check("bindings", count, self.limits.bindings_max)?;
        if let Some(id) = self.bind_live(bind, &arguments)? {
            if arguments.is_exclusive {
                self.drop_others(exchange, key, id);
            }
            if to.as_queue().is_some() {
                self.redeliver_last(exchange, id);
            }
        } else {
            self.await_stored(self.stores_binding(bind));
        }
        if let Some(queue) = to.as_queue().filter(|_| !exchange.name().is_empty()) {
            self.raise(|| bound(bind, queue.name(), &arguments));
        }
        Ok(())
    }

    /// Makes a binding that was stored, under the id that it had. Answers whether it was made: an
    /// older broker kept two where maps within their arguments differ in their order alone.
    ///
    /// # Errors
    /// An argument, or the plugin refused the arguments.
    pub(super) fn bind_again(&self, id: BindingId, bind: &Bind<'_>) -> Result<bool, Error> {
        let arguments = canonical(bind.arguments, bind.declared_by);
        let bind = &Bind { arguments: &arguments, ..*bind };
        let arguments = BindArguments::parse(bind.arguments)?;
        self.bind_as(id, bind, &arguments, false).map(|made| made.is_some())
    }

    /// Makes a binding; none where it is there already.
    fn bind_live(
        &self,
        bind: &Bind<'_>,
        arguments: &BindArguments<'_>,
    ) -> Result<Option<BindingId>, Error> {
        self.bind_as(self.next_binding_id(), bind, arguments, self.stores_binding(bind))
    }

    fn bind_as(
        &self,
        id: BindingId,
        bind: &Bind<'_>,
        arguments: &BindArguments<'_>,
        is_to_store: bool,
    ) -> Result<Option<BindingId>, Error> {
        let Bind { exchange, to, key, .. } = *bind;
        let new = NewBinding {
            destination: to.destination(),
            key: key.into(),
            arguments: bind.arguments.into(),
            declared_by: bind.declared_by,
        };
        let owner = format_args!("binding to exchange '{}'", exchange.name());
        let filter = self.filter_among(arguments.all, owner)?;
        let transform = self.transform_of(bind, arguments)?;
        let (binding, replaces) = loop {
            match exchange.begin_bind(&new, id, to) {
                Begun::There => return Ok(None),
                Begun::Stale(old) => self.drop_bindings(exchange, &[old]),
                Begun::New(binding, replaces) => break (binding, replaces),
            }
        };
        let asked =
            exchange.call(|plugin| plugin.bind(&as_plugin_binding(&binding, &arguments.own)));
        let mut bound = asked.map_err(|error| {
            exchange.abandon(id);
            let (exchange, text) = (exchange.name().to_string(), error.to_string());
            Error::BindRefused { exchange, text }
        })?;
        if let Some(filter) = &filter {
            bound.reads = bound.reads | filter.reads;
        }
        if let Some(transform) = &transform {
            let reads = bound.reads | transform.reads();
            bound = Bound { reads, cacheable: false };
        }
        let target = Target {
            to: to.clone(),
            filter: filter.map(Arc::new),
            transform: transform.map(Arc::new),
            matched: Arc::default(),
            created_ns: unix_ns(),
            scope: bind.scope,
            is_stored: self.stores_binding(bind),
        };
        if is_to_store {
            self.store_binding(id, bind);
        }
        if let Err(error) = exchange.complete_bind(id, bound, target) {
            if is_to_store {
                self.unstore_binding(id);
            }
            return Err(error);
        }
        self.bindings.fetch_add(1, Ordering::Relaxed);
        if let Some(owner) = bind.scope {
            self.scopes.add(owner, id, exchange);
        }
        if let Some(old) = replaces {
            info!(
                "exchange '{}': the binding of {to} with key '{key}' was replaced, its arguments \
                 changed",
                exchange.name(),
            );
            self.drop_bindings(exchange, &[old]);
        }
        Ok(Some(id))
    }

    /// Compiles what a binding makes of messages, if it does.
    fn transform_of(
        &self,
        bind: &Bind<'_>,
        arguments: &BindArguments<'_>,
    ) -> Result<Option<Transform>, Error> {
        let Some(argument) = &arguments.transform else { return Ok(None) };
        let Bind { exchange, to, key, .. } = *bind;
        let place = format!("binding of {to} to exchange '{}' with key '{key}'", exchange.name());
        self.compile_transform(argument, &place).map(Some)
    }

    /// Takes every other binding of a key away (`qpid.exclusive-binding`).
    fn drop_others(&self, exchange: &Arc<Exchange>, key: &str, id: BindingId) {
        let with_key = Criteria { key: Some(key), ..Criteria::default() };
        let mut others = exchange.table.read().bindings.find(&with_key);
        others.retain(|other| *other != id);
        self.drop_bindings(exchange, &others);
    }
}

fn bound(bind: &Bind<'_>, queue: &Arc<str>, arguments: &BindArguments<'_>) -> Event {
    let value = |value: ValueRef<'_>| value.to_value().unwrap_or(Value::Null);
    let arguments: Arguments =
        arguments.all.iter().map(|(name, given)| (name.to_owned(), value(given))).collect();
    Event::Bound {
        by: bind.by.clone(),
        exchange: Arc::clone(bind.exchange.name()),
        queue: Arc::clone(queue),
        key: bind.key.to_owned(),
        arguments,
    }
}

/// What a bind begins with.
enum Begun {
    /// It is there already.
    There,
    /// In its place stands one to a namesake that is deleted: drop it, begin again.
    Stale(BindingId),
    /// A new one is to be made, perhaps in the place of another.
    New(Arc<Binding>, Option<BindingId>),
}

impl Table {
    /// Whether a live binding leads there.
    pub(super) fn leads_to(&self, id: BindingId, to: &Endpoint) -> bool {
        self.targets.get(&id).is_some_and(|target| target.to.is(to))
    }

    /// Takes out a live binding.
    pub(super) fn take(&mut self, id: BindingId) -> Option<(BindingId, Target)> {
        let target = self.targets.remove(&id)?;
        self.bindings.remove(id);
        Some((id, target))
    }
}

impl Exchange {
    /// Decides what a bind means. Waits for another caller who is making the same one.
    fn begin_bind(&self, new: &NewBinding, id: BindingId, to: &Endpoint) -> Begun {
        let mut guard = self.settled.0.lock();
        loop {
            {
                let mut table = self.table.write();
                match table.bindings.begin(new.clone(), id) {
                    BindDecision::Exists(there) if table.leads_to(there, to) => {
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

    /// The plugin took a binding: it becomes live, if both of its ends still are. Who deletes
    /// either of them marks it first and then takes out what is live, so that one of both sees it.
    fn complete_bind(
        self: &Arc<Self>,
        id: BindingId,
        bound: Bound,
        target: Target,
    ) -> Result<(), Error> {
        let to = target.to.clone();
        let is_counted = to.add_binding(self);
        let refused = {
            let mut table = self.table.write();
            if self.is_deleted() {
                Some((Error::NoSuchExchange(self.name().to_string()), target))
            } else if !is_counted || to.is_deleted() || !table.bindings.finish(id, bound) {
                Some((to.gone(), target))
            } else {
                table.targets.insert(id, target);
                None
            }
        };
        if let Some((error, _)) = refused {
            if is_counted {
                to.remove_binding(self);
            }
            self.forget(id);
            self.abandon(id);
            return Err(error);
        }
        self.renew();
        Ok(())
    }

    /// Tells the plugin that a binding is gone.
    pub(super) fn forget(&self, id: BindingId) {
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
