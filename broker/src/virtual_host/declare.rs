//! Declaring and deleting exchanges and queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};

use parking_lot::RwLock;
use philter_model::exchange::{ExchangeSettings, STANDING, SettingsError as ExchangeSettingsError};
use philter_model::queue::{
    Defaults, Lifetime, QueueSettings, SettingsError as QueueSettingsError,
};
use philter_plugin_api::{Context, InstanceId, Kind, MapRef, Protocol};
use tracing::warn;

use crate::clock::now_ms;
use crate::virtual_host::branches::Branches;
use crate::virtual_host::delay::Alarms;
use crate::virtual_host::event::Event;
use crate::virtual_host::filter::Languages;
use crate::virtual_host::limits::Limits;
use crate::virtual_host::publish::Way;
use crate::virtual_host::queue::{Kept, NewQueue};
use crate::virtual_host::scopes::Scopes;
use crate::virtual_host::shared::Shared;
use crate::virtual_host::storing::Stored;
use crate::virtual_host::totals::Totals;
use crate::virtual_host::undecided::type_of_plugin;
use crate::virtual_host::{
    Actor, Bind, Endpoint, Error, Exchange, HostParts, OwnerId, Queue, VirtualHost,
};

/// What a queue takes of what is sent to it.
const FILTER: &str = "qpid.filter";

/// The language of [`FILTER`].
const SELECTOR: &str = "selector";

/// What holds for queues that do not say otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueueDefaults {
    /// The limit in bytes of those that 0-10 declares.
    pub(crate) bytes_max: Option<u64>,
    /// At which parts of their limits they hold publishers back and raise alerts.
    pub(crate) marks: Defaults,
}

/// An exchange to declare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeclareExchange<'a> {
    pub(crate) name: &'a str,
    pub(crate) type_name: &'a str,
    pub(crate) alternate: Option<&'a str>,
    pub(crate) is_durable: bool,
    pub(crate) is_auto_delete: bool,
    /// Clients can't publish to it.
    pub(crate) is_internal: bool,
    /// The protocol, which decides what makes a second declare the same.
    pub(crate) declared_by: Protocol,
    pub(crate) arguments: MapRef<'a>,
    /// Who asks.
    pub(crate) by: &'a Actor,
}

/// A queue to declare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeclareQueue<'a> {
    pub(crate) name: &'a str,
    pub(crate) alternate: Option<&'a str>,
    pub(crate) is_durable: bool,
    pub(crate) is_auto_delete: bool,
    /// The session that wants exclusive use.
    pub(crate) owner: Option<OwnerId>,
    /// The session that declares, with which a queue goes that is to be deleted on close.
    pub(crate) session: Option<OwnerId>,
    /// The protocol, on which the default limit depends.
    pub(crate) declared_by: Protocol,
    pub(crate) arguments: MapRef<'a>,
    /// Who asks.
    pub(crate) by: &'a Actor,
}

impl VirtualHost {
    /// A virtual host with nothing in it.
    pub(super) fn new(name: &str, parts: &HostParts, shared: &Arc<Shared>) -> Self {
        let name: Arc<str> = name.into();
        Self {
            branches: Arc::new(Branches::new(&name, shared)),
            name,
            catalog: Arc::clone(&parts.catalog),
            exchanges: RwLock::default(),
            queues: RwLock::default(),
            next_binding: AtomicU64::new(1),
            languages: Languages::default(),
            events: Arc::default(),
            scopes: Scopes::default(),
            totals: Totals::default(),
            alarms: Arc::new(Alarms::new(shared)),
            bindings: AtomicUsize::new(0),
            queue_defaults: parts.queue_defaults.clone(),
            memory: Arc::clone(&parts.memory),
            ledger: parts.ledger.clone(),
            shared: Arc::clone(shared),
            branch_timeouts: parts.branch_timeouts,
            is_deleted: AtomicBool::new(false),
            limits: Limits::default(),
        }
    }

    /// Makes the standing exchanges; those of management as well, or not.
    ///
    /// # Errors
    /// A standing exchange's type is not loaded, or its plugin failed.
    pub(super) fn raise_standing(&self, has_management: bool) -> Result<(), Error> {
        for standing in STANDING.iter().filter(|one| has_management || !one.is_for_management) {
            let mut settings = ExchangeSettings::new(standing.name, standing.type_name);
            settings.is_durable = standing.is_durable;
            let exchange = self.create_exchange(settings, None, MapRef::default(), None)?;
            self.exchanges.write().insert(standing.name.into(), exchange);
        }
        Ok(())
    }

    /// Makes an exchange, or answers the one that is there if it is the same.
    ///
    /// # Errors
    /// A reserved name, something else of this name, a type that is not loaded, an unknown
    /// alternate, or arguments that the type refuses.
    pub(crate) fn declare_exchange(
        &self,
        declare: &DeclareExchange<'_>,
    ) -> Result<Arc<Exchange>, Error> {
        self.make_exchange(declare, None)
    }

    /// The same; one that was stored has its number again, and is not stored anew.
    pub(super) fn make_exchange(
        &self,
        declare: &DeclareExchange<'_>,
        number: Option<u64>,
    ) -> Result<Arc<Exchange>, Error> {
        let there = self.find_exchange(declare.name);
        // Who asks for exactly what is there may ask for what is the broker's own.
        if there.is_none() || !declare.is_strict() {
            ExchangeSettings::check_name(declare.name)?;
        }
        let alternate = declare.alternate.map(|name| self.exchange(name)).transpose()?;
        if let Some(exchange) = there {
            declare.check_same(&exchange)?;
            self.await_stored(declare.is_durable);
            self.raise(|| exchange_declared(declare, &exchange, false));
            return Ok(exchange);
        }
        if declare.is_durable {
            self.check_stores()?;
        }
        Limits::check("exchanges", self.exchanges.read().len(), self.limits.exchanges_max)?;
        let settings = declare.settings()?;
        let kept = self.kept_exchange(&settings, number);
        let made = self.create_exchange(settings, alternate, declare.arguments, kept)?;
        if number.is_none() {
            self.store_exchange(declare, &made);
        }
        let there = self.enter_exchange(&made);
        let is_new = matches!(there, Ok(None));
        if !is_new {
            self.unstore_exchange(&made);
            if let Some(alternate) = made.alternate() {
                alternate.remove_alternate_user();
            }
        }
        let exchange = there?.unwrap_or(made);
        declare.check_same(&exchange)?;
        self.raise(|| exchange_declared(declare, &exchange, is_new));
        Ok(exchange)
    }

    /// Lets others find an exchange; answers the one that is found instead, if somebody else came
    /// first.
    fn enter_exchange(&self, made: &Arc<Exchange>) -> Result<Option<Arc<Exchange>>, Error> {
        let mut exchanges = self.exchanges.write();
        // Who deletes the host marks it before it looks for exchanges.
        self.check_there()?;
        let there = exchanges.get(made.name()).filter(|exchange| !exchange.is_deleted()).cloned();
        if there.is_none() {
            exchanges.insert(Arc::clone(made.name()), Arc::clone(made));
        }
        Ok(there)
    }

    /// Checks that an exchange is there and is the same.
    ///
    /// # Errors
    /// It is not, or not there.
    pub(crate) fn check_exchange(&self, declare: &DeclareExchange<'_>) -> Result<(), Error> {
        if let Some(alternate) = declare.alternate {
            self.exchange(alternate)?;
        }
        let exchange = self.exchange(declare.name)?;
        declare.check_same(&exchange)
    }

    fn create_exchange(
        &self,
        settings: ExchangeSettings,
        alternate: Option<Arc<Exchange>>,
        arguments: MapRef<'_>,
        kept: Option<Kept>,
    ) -> Result<Arc<Exchange>, Error> {
        let wanted = settings.plugin_type();
        let Some(exchange_type) = self.catalog.exchange_type(wanted) else {
            let (wanted, loaded) = (wanted.to_string(), self.catalog.exchange_types().join(", "));
            let error = Error::NoSuchExchangeType { wanted, loaded };
            return Err(match settings.delayed_type {
                Some(_) => Error::InvalidArgument(format!("x-delayed-type: {error}")),
                None => error,
            });
        };
        let plugin = exchange_type.create(&Context {
            instance: InstanceId::default(),
            name: &settings.name,
            virtual_host: &self.name,
            configuration: "",
            data_dir: None,
            arguments,
        })?;
        let may_block = exchange_type.may_block();
        let plugin_name = type_of_plugin(&self.catalog, Kind::Exchange, settings.plugin_type());
        let made = Exchange::new(settings, alternate, plugin, may_block);
        let made = made.of_plugin(plugin_name, exchange_type.on_failure());
        Ok(Arc::new(made.renewed_by(self.catalog.swaps()).keeping(kept)))
    }

    /// Makes a queue, or answers the one that is there. With an owner it is that session's alone.
    ///
    /// # Errors
    /// An argument is wrong, the alternate exchange is unknown, or somebody else has exclusive use.
    pub(crate) fn declare_queue(&self, declare: &DeclareQueue<'_>) -> Result<Arc<Queue>, Error> {
        if declare.name.is_empty() {
            return Err(Error::IllegalArgument("no queue name specified".into()));
        }
        let default = self.exchange("")?;
        loop {
            let alternate = declare.alternate.map(|name| self.exchange(name)).transpose()?;
            let (queue, is_new) = match self.find_queue(declare.name) {
                Some(queue) => {
                    self.await_stored(queue.kept().is_some());
                    (claim(queue, declare.owner)?, false)
                }
                None => self.make_queue(declare, alternate, self.new_stored(declare)?)?,
            };
            match is_new {
                true => queue.enter_agenda(),
                false => queue.touch(now_ms()),
            }
            match self.bind_by_name(&default, &queue, declare.by) {
                // Deleted meanwhile by somebody else.
                Err(Error::NoSuchQueue(_)) => {}
                Ok(()) => {
                    self.raise(|| queue_declared(declare, &queue, is_new));
                    return Ok(queue);
                }
                Err(error) => {
                    if is_new {
                        self.destroy_queue(&queue, declare.by, Some(Way::new(now_ms())));
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Whoever made it: a queue is reachable by its name before anyone is told that it is there.
    fn bind_by_name(
        &self,
        default: &Arc<Exchange>,
        queue: &Arc<Queue>,
        by: &Actor,
    ) -> Result<(), Error> {
        self.bind(&Bind {
            exchange: default,
            to: &Endpoint::from(queue),
            key: queue.name(),
            arguments: &[],
            declared_by: Protocol::Broker,
            scope: None,
            by,
        })
    }

    /// Makes a queue that was stored, without a word to the store.
    pub(super) fn make_queue_again(
        &self,
        declare: &DeclareQueue<'_>,
        stored: Stored,
    ) -> Result<Arc<Queue>, Error> {
        let alternate = declare.alternate.map(|name| self.exchange(name)).transpose()?;
        let (queue, _) = self.make_queue(declare, alternate, Some(stored))?;
        self.bind_by_name(&self.exchange("")?, &queue, declare.by)?;
        Ok(queue)
    }

    /// Makes a queue, or answers the one that somebody else made meanwhile.
    fn make_queue(
        &self,
        declare: &DeclareQueue<'_>,
        alternate: Option<Arc<Exchange>>,
        stored: Option<Stored>,
    ) -> Result<(Arc<Queue>, bool), Error> {
        Limits::check("queues", self.queues.read().len(), self.limits.queues_max)?;
        let mut settings = QueueSettings::new(declare.name);
        settings.is_durable = declare.is_durable;
        settings.is_auto_delete = declare.is_auto_delete;
        let was_exclusive = stored.is_some_and(|stored| stored.was_exclusive);
        settings.is_exclusive = declare.owner.is_some() || was_exclusive;
        settings.alternate_exchange = declare.alternate.map(Into::into);
        // Elsewhere queues are bounded by their clients' budgets, as those expect.
        if declare.declared_by == Protocol::V0_10 {
            settings.bytes_max = self.queue_defaults.bytes_max;
        }
        settings.parse_arguments(declare.arguments)?;
        settings.apply_defaults(&self.queue_defaults.marks)?;
        if settings.wants_replicas {
            warn!(
                "queue '{}' is declared with x-queue-type=quorum: it is not replicated, \
                 this broker alone keeps it",
                declare.name
            );
        }
        let named = format_args!("queue '{}': argument {FILTER}", declare.name);
        let filter = settings.filter.as_deref();
        let filter = filter.map(|text| self.compile_filter(named, SELECTOR, text)).transpose()?;
        // It goes with the session that declares it.
        let is_lasting = settings.lifetime != Some(Lifetime::DeleteOnClose);
        let stored = stored.filter(|_| is_lasting);
        let is_defined = stored.is_some_and(|stored| stored.is_defined);
        let kept = stored.zip(self.ledger.as_ref());
        let kept = kept.map(|(Stored { number, .. }, ledger)| Kept::new(ledger, number));
        let made = Arc::new(Queue::new(NewQueue {
            settings,
            kept,
            alternate,
            owner: declare.owner,
            filter,
            creator: Arc::clone(&declare.by.user),
            events: Arc::clone(&self.events),
            agenda: Arc::clone(&self.shared.agenda),
            host: Arc::clone(&self.name),
        }));
        if !is_defined {
            self.store_queue(declare, &made);
        }
        let there = self.enter_queue(&made);
        if let Ok(None) = there {
            self.note_lifetime(declare, &made);
            return Ok((made, true));
        }
        self.unstore_queue(&made);
        made.release_alternate();
        let queue = there?.unwrap_or(made);
        claim(queue, declare.owner).map(|queue| (queue, false))
    }

    /// Lets others find a queue; answers the one that is found instead, if somebody else came
    /// first.
    fn enter_queue(&self, made: &Arc<Queue>) -> Result<Option<Arc<Queue>>, Error> {
        let mut queues = self.queues.write();
        self.check_there()?;
        let there = queues.get(made.name()).filter(|queue| !queue.is_deleted()).cloned();
        if there.is_none() {
            queues.insert(Arc::clone(made.name()), Arc::clone(made));
        }
        Ok(there)
    }
}

impl DeclareExchange<'_> {
    /// To 0-9-1 a second declare has to ask for what is there in every respect.
    fn is_strict(&self) -> bool {
        self.declared_by == Protocol::V0_9_1
    }

    fn settings(&self) -> Result<ExchangeSettings, Error> {
        let mut settings = ExchangeSettings::new(self.name, self.type_name);
        settings.is_durable = self.is_durable;
        settings.is_auto_delete = self.is_auto_delete;
        settings.is_internal = self.is_internal;
        settings.alternate_exchange = self.alternate.map(Into::into);
        settings.parse_arguments(self.arguments)?;
        Ok(settings)
    }

    fn check_same(&self, exchange: &Exchange) -> Result<(), Error> {
        let settings = exchange.settings();
        if self.is_strict() {
            let same = settings.check_same_strictly(&self.settings()?);
            return same.map_err(|error| Error::PreconditionFailed(inequivalent(&error)));
        }
        Ok(settings.check_same(self.type_name, self.alternate)?)
    }
}

impl VirtualHost {
    fn check_there(&self) -> Result<(), Error> {
        if self.is_deleted() {
            return Err(Error::NoSuchVirtualHost(self.name.to_string()));
        }
        Ok(())
    }

    fn note_lifetime(&self, declare: &DeclareQueue<'_>, queue: &Arc<Queue>) {
        if queue.settings().lifetime == Some(Lifetime::DeleteOnClose)
            && let Some(session) = declare.session
        {
            self.scopes.add_queue(session, queue);
        }
    }
}

/// What differs in a strict declare, in the words that RabbitMQ's clients look for.
fn inequivalent(error: &ExchangeSettingsError) -> String {
    match error {
        ExchangeSettingsError::Different { name, what, found, wanted } => format!(
            "inequivalent arg '{what}' for exchange '{name}': received '{wanted}' but current is \
             '{found}'"
        ),
        other => other.to_string(),
    }
}

fn queue_declared(declare: &DeclareQueue<'_>, queue: &Queue, is_new: bool) -> Event {
    let settings = queue.settings();
    Event::QueueDeclared {
        by: declare.by.clone(),
        queue: Arc::clone(&settings.name),
        is_durable: settings.is_durable,
        is_exclusive: declare.owner.is_some(),
        is_auto_delete: settings.is_auto_delete,
        alternate: settings.alternate_exchange.clone(),
        arguments: settings.arguments.clone(),
        is_new,
    }
}

fn exchange_declared(declare: &DeclareExchange<'_>, exchange: &Exchange, is_new: bool) -> Event {
    let settings = exchange.settings();
    Event::ExchangeDeclared {
        by: declare.by.clone(),
        exchange: Arc::clone(&settings.name),
        type_name: Arc::clone(&settings.type_name),
        alternate: settings.alternate_exchange.clone(),
        is_durable: settings.is_durable,
        is_auto_delete: settings.is_auto_delete,
        arguments: settings.arguments.clone(),
        is_new,
    }
}

fn claim(queue: Arc<Queue>, owner: Option<OwnerId>) -> Result<Arc<Queue>, Error> {
    match owner {
        Some(owner) if !queue.claim(owner) => Err(Error::ResourceLocked(format!(
            "can't grant exclusive access to queue '{}'",
            queue.name()
        ))),
        _ => Ok(queue),
    }
}

impl From<ExchangeSettingsError> for Error {
    fn from(error: ExchangeSettingsError) -> Self {
        let text = error.to_string();
        match error {
            ExchangeSettingsError::Reserved(_) => Self::Reserved(text),
            ExchangeSettingsError::Different { .. } => Self::NotAllowed(text),
            ExchangeSettingsError::Unknown(_)
            | ExchangeSettingsError::Value { .. }
            | ExchangeSettingsError::NoRoutedBy => Self::InvalidArgument(text),
        }
    }
}

impl From<QueueSettingsError> for Error {
    fn from(error: QueueSettingsError) -> Self {
        let text = error.to_string();
        match error {
            QueueSettingsError::NotYet(_) => Self::NotImplemented(text),
            QueueSettingsError::Unknown(_)
            | QueueSettingsError::Value { .. }
            | QueueSettingsError::Conflict { .. }
            | QueueSettingsError::Needs { .. }
            | QueueSettingsError::Above { .. } => Self::InvalidArgument(text),
            QueueSettingsError::Different { .. } => Self::PreconditionFailed(text),
        }
    }
}
