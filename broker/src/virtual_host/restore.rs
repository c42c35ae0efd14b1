//! Definitions and entries that a store kept, made anew at a start.
//!
//! Invariants:
//! - nothing that is restored is stored again; ids and numbers are those that it had;
//! - of two things of one name the older was being deleted: that comes to its end.

use std::sync::Arc;

use philter_model::message::Message;
use philter_plugin_api::{BindingId, MapRef};
use tracing::error;

use crate::clock::now_ms;
use crate::store::{
    self, Definition, Ledger, Recovered, RecoveredEntries, StoredBinding, StoredExchange,
    StoredQueue, binding_key, exchange_key, queue_key,
};
use crate::virtual_host::bind::Bind;
use crate::virtual_host::branches::Restored;
use crate::virtual_host::publish::Way;
use crate::virtual_host::queue::Kept;
use crate::virtual_host::storing::Stored;
use crate::virtual_host::{
    Actor, DeclareExchange, DeclareQueue, DeleteIf, Endpoint, Error, Queue, VirtualHost,
    VirtualHosts,
};

/// A definition that can't be made anew: the broker does not start without it.
#[derive(Debug, thiserror::Error)]
#[error(
    "the store has {what} of virtual host '{host}', which can't be restored: {error}{}",
    advice(.error)
)]
pub(crate) struct RestoreError {
    what: String,
    host: String,
    error: Box<Error>,
}

impl RestoreError {
    fn of_binding(binding: StoredBinding, error: Error) -> Self {
        let StoredBinding { host, exchange, to, key, .. } = binding;
        let what = format!("the binding of '{to}' to exchange '{exchange}' with key '{key}'");
        Self { what, host, error: Box::new(error) }
    }
}

/// What to do about it, where that is known.
fn advice(error: &Error) -> &'static str {
    match error {
        Error::NoSuchExchangeType { .. } | Error::NoSuchLanguage { .. } => {
            "; start with the plugin that offers it (--plugin-dir, --load-module), be it to delete \
             what needs it"
        }
        _ => "",
    }
}

impl VirtualHosts {
    /// Makes everything anew that a store had, and stores from now on.
    ///
    /// # Errors
    /// A definition can't be made anew: mostly a plugin is missing that was there when it was made.
    pub(crate) fn restore(
        &self,
        mut recovered: Recovered,
        ledger: &Arc<Ledger>,
    ) -> Result<(), RestoreError> {
        let definitions = std::mem::take(&mut recovered.definitions);
        let (mut exchanges, mut queues, mut bindings) = (Vec::new(), Vec::new(), Vec::new());
        for definition in definitions {
            match definition {
                Definition::Host(host) => self.restore_host(&host)?,
                Definition::Exchange(exchange) => exchanges.push(exchange),
                Definition::Queue(queue) => queues.push(queue),
                Definition::Binding(binding) => bindings.push(binding),
            }
        }
        for StoredExchange { host, number, .. } in keep_newest(&mut exchanges) {
            ledger.set(exchange_key(&host, number), Vec::new());
        }
        let older = keep_newest(&mut queues);
        for binding in &bindings {
            // Whatever is bound meanwhile has ids of its own.
            self.host_of(&binding.host)?.number_bindings_beyond(binding.id);
        }
        self.restore_exchanges(exchanges, &mut recovered)?;
        let (mut restored, mut ended) = (Restored::default(), Vec::new());
        for stored in queues {
            let host = self.host_of(&stored.host)?;
            let queue = host.restore_queue(&stored, &mut recovered);
            let queue = queue.map_err(|error| RestoreError {
                what: format!("queue '{}'", stored.name),
                host: stored.host.clone(),
                error: Box::new(error),
            })?;
            restored.add(stored.number, queue);
            if stored.was_exclusive && stored.is_auto_delete {
                ended.push((stored.host, stored.name));
            }
        }
        for binding in bindings {
            let host = self.host_of(&binding.host)?;
            match host.restore_binding(&binding) {
                Ok(true) => {}
                Ok(false) => ledger.set(binding_key(&binding.host, binding.id), Vec::new()),
                // It would match nothing, and what it is to bring elsewhere would be dropped.
                Err(error @ Error::NoSuchLanguage { .. }) => {
                    return Err(RestoreError::of_binding(binding, error));
                }
                // The rest of the broker does not wait for one binding.
                Err(error) => {
                    let error = RestoreError::of_binding(binding, error);
                    error!("{error}; it stays in the store");
                }
            }
        }
        for branch in std::mem::take(&mut recovered.branches) {
            self.host_of(&branch.host)?.restore_branch(branch, &mut restored);
        }
        for queue in older {
            self.host_of(&queue.host)?.end_older(&queue, &mut recovered, ledger);
        }
        for (host, queue) in ended {
            self.host_of(&host)?.end_with_its_session(&queue);
        }
        recovered.drop_rest(ledger);
        Ok(())
    }

    fn restore_host(&self, name: &str) -> Result<(), RestoreError> {
        if self.find(name).is_some() {
            return Ok(());
        }
        let added = self.add(name, Actor::broker());
        added.map(drop).map_err(|error| RestoreError {
            what: "itself".to_owned(),
            host: name.to_owned(),
            error: Box::new(error),
        })
    }

    /// What is stored of a host that is configured no more keeps that host.
    fn host_of(&self, name: &str) -> Result<Arc<VirtualHost>, RestoreError> {
        self.restore_host(name)?;
        self.find(name).ok_or_else(|| RestoreError {
            what: "itself".to_owned(),
            host: name.to_owned(),
            error: Box::new(Error::NoSuchVirtualHost(name.to_owned())),
        })
    }

    /// An exchange may name another one as its alternate: that one comes first.
    fn restore_exchanges(
        &self,
        mut exchanges: Vec<StoredExchange>,
        recovered: &mut Recovered,
    ) -> Result<(), RestoreError> {
        while !exchanges.is_empty() {
            let before = exchanges.len();
            let mut later = Vec::new();
            let mut failure = None;
            for exchange in exchanges {
                let host = self.host_of(&exchange.host)?;
                if let Err(error) = host.restore_exchange(&exchange, recovered) {
                    let what = format!("exchange '{}'", exchange.name);
                    let host = exchange.host.clone();
                    failure = Some(RestoreError { what, host, error: Box::new(error) });
                    later.push(exchange);
                }
            }
            if later.len() == before
                && let Some(failure) = failure
            {
                return Err(failure);
            }
            exchanges = later;
        }
        Ok(())
    }
}

/// What may have had a name before another one.
trait Numbered {
    fn identity(&self) -> (&str, &str, u64);
}

impl Numbered for StoredExchange {
    fn identity(&self) -> (&str, &str, u64) {
        (&self.host, &self.name, self.number)
    }
}

impl Numbered for StoredQueue {
    fn identity(&self) -> (&str, &str, u64) {
        (&self.host, &self.name, self.number)
    }
}

/// Takes out the older of two that have one name: it was deleted, and the broker ended before the
/// store had that.
fn keep_newest<T: Numbered>(all: &mut Vec<T>) -> Vec<T> {
    all.sort_by(|one, other| one.identity().cmp(&other.identity()));
    let (mut newest, mut older): (Vec<T>, Vec<T>) = (Vec::new(), Vec::new());
    for one in all.drain(..) {
        let (host, name, _) = one.identity();
        let last = newest.pop_if(|last| {
            let (last_host, last_name, _) = last.identity();
            (last_host, last_name) == (host, name)
        });
        older.extend(last);
        newest.push(one);
    }
    // In the order in which they were made.
    newest.sort_by_key(|one| one.identity().2);
    *all = newest;
    older
}

impl VirtualHost {
    /// The session that had exclusive use of this queue ended with the broker, and an auto-delete
    /// queue ends with its session.
    fn end_with_its_session(&self, queue: &str) {
        let end = || self.delete_queue(queue, None, DeleteIf::default(), Actor::broker());
        if let (Err(error), _) = store::turn(end) {
            error!("virtual host '{}': queue '{queue}' can't be deleted: {error}", self.name());
        }
    }

    /// A queue was being deleted when another one got its name: what is left in it goes where it
    /// was to go.
    fn end_older(&self, older: &StoredQueue, recovered: &mut Recovered, ledger: &Arc<Ledger>) {
        let RecoveredEntries { mut entries, away } = recovered.take_entries(older.number);
        let alternate = older.alternate.as_deref().and_then(|name| self.find_exchange(name));
        let kept = Kept::new(ledger, older.number);
        store::turn(|| {
            if let Some(alternate) = alternate {
                entries.extend(away.iter().flat_map(|segment| kept.read_segment(segment)));
                entries.sort_by_key(|entry| entry.id);
                let left = entries.iter().filter_map(|entry| kept.read(&entry.message));
                let left: Vec<Arc<Message>> = left.collect();
                self.send_left(&older.name, &alternate, &left, Way::new(now_ms()));
            }
            ledger.set(queue_key(&older.host, older.number), Vec::new());
            ledger.purge(older.number);
        });
    }

    fn restore_exchange(
        &self,
        stored: &StoredExchange,
        recovered: &mut Recovered,
    ) -> Result<(), Error> {
        let declare = DeclareExchange {
            name: &stored.name,
            type_name: &stored.type_name,
            alternate: stored.alternate.as_deref(),
            is_durable: true,
            is_auto_delete: stored.is_auto_delete,
            is_internal: stored.is_internal,
            declared_by: stored.declared_by,
            arguments: MapRef::parse(&stored.arguments).unwrap_or_default(),
            by: Actor::broker(),
        };
        let exchange = self.make_exchange(&declare, Some(stored.number))?;
        self.alarms.restore(&exchange, recovered.take_entries(stored.number));
        Ok(())
    }

    fn restore_queue(
        &self,
        stored: &StoredQueue,
        recovered: &mut Recovered,
    ) -> Result<Arc<Queue>, Error> {
        let by = Actor { user: stored.creator.as_str().into(), ..Actor::broker().clone() };
        let declare = DeclareQueue {
            name: &stored.name,
            alternate: stored.alternate.as_deref(),
            is_durable: true,
            is_auto_delete: stored.is_auto_delete,
            owner: None,
            session: None,
            declared_by: stored.declared_by,
            arguments: MapRef::parse(&stored.arguments).unwrap_or_default(),
            by: &by,
        };
        let StoredQueue { number, was_exclusive, .. } = *stored;
        let again = Stored { number, was_exclusive, is_defined: true };
        let queue = self.make_queue_again(&declare, again)?;
        queue.restore(recovered.take_entries(stored.number));
        queue.enter_agenda();
        Ok(queue)
    }

    /// Whether it is to stay: there is still what it bound, whose name something else may have by
    /// now, and no other one that means the same.
    fn restore_binding(&self, stored: &StoredBinding) -> Result<bool, Error> {
        let exchange = self.exchange(&stored.exchange)?;
        let to = match stored.is_to_exchange {
            true => Endpoint::Exchange(self.exchange(&stored.to)?),
            false => Endpoint::Queue(self.queue(&stored.to)?),
        };
        let is_there = |number: Option<u64>, now| number.is_none_or(|number| Some(number) == now);
        let exchange_number = exchange.kept.as_ref().map(Kept::number);
        if !is_there(stored.exchange_number, exchange_number)
            || !is_there(stored.to_number, to.number())
        {
            return Ok(false);
        }
        self.bind_again(
            BindingId(stored.id),
            &Bind {
                exchange: &exchange,
                to: &to,
                key: &stored.key,
                arguments: &stored.arguments,
                declared_by: stored.declared_by,
                scope: None,
                by: Actor::broker(),
            },
        )
    }
}
