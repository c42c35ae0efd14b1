//! A virtual host over plugins that live in this process: binding, deleting, alternates, filters,
//! and what happens where two callers meet.

use std::sync::Weak;

use bytes::Bytes;
use parking_lot::Mutex;
use philter_model::exchange::ExchangeSettings;
use philter_model::message::{Format, Message, NewMessage};
use philter_model::queue::{ConsumerId, ConsumerSpec, EntryId, PullState};
use philter_plugin_api::value::encode_map;
use philter_plugin_api::{
    self as api, Bound, FilterHandle, MapRef, Matches, MessageView, Protocol, Reads, Result, Value,
};

use super::*;
use crate::config::{Config, Given, Layer, Name, Origin};
use crate::memory::MemoryGate;
use crate::message::View;
use crate::net::{Mailbox, Token};
use crate::store::Ledger;

mod branches;
mod choosing;
mod dead_letters;
mod delay;
mod exchange_arguments;
mod exchange_binding;
mod exchange_declare;
pub(crate) mod failing;
mod hosts;
mod management;
mod on_the_way;
mod publish_each;
mod push;
mod queue_arguments;
mod restart;
mod stranded;
mod transform;
mod work;

const NOW_MS: u64 = 1_000;

/// Called while a plugin binds, to do what somebody else does meanwhile.
type Meanwhile = Mutex<Option<Box<dyn FnOnce() + Send>>>;

/// An exchange type that matches equal keys.
#[derive(Default)]
struct Equal {
    bound: Mutex<Vec<(BindingId, String)>>,
    /// Ids that were unbound and not bound.
    unknown: AtomicUsize,
    meanwhile: Meanwhile,
}

/// An instance, with a view for the test of what is in it.
struct Instance(Arc<Equal>);

impl api::Exchange for Instance {
    fn bind(&self, binding: &api::Binding<'_>) -> Result<Bound> {
        if binding.argument("refuse").is_some() {
            return Err(api::Error::invalid("refuse"));
        }
        self.0.bound.lock().push((binding.id, binding.key.to_owned()));
        let meanwhile = self.0.meanwhile.lock().take();
        meanwhile.into_iter().for_each(|meanwhile| meanwhile());
        Ok(Bound { reads: Reads::KEY, cacheable: true })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        let mut bound = self.0.bound.lock();
        let before = bound.len();
        bound.retain(|(have, _)| *have != id);
        self.0.unknown.fetch_add(usize::from(bound.len() == before), Ordering::Relaxed);
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let bound = self.0.bound.lock();
        match binding {
            None => Ok(format!(r#"{{"indexed": {}}}"#, bound.len())),
            Some(binding) => {
                let (id, key) = bound.iter().find(|(id, _)| *id == binding).unwrap();
                Ok(format!(r#"{{"evaluated": {}, "decided": "{key}"}}"#, id.0))
            }
        }
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        for (index, message) in batch.iter().enumerate() {
            for (id, key) in self.0.bound.lock().iter() {
                if key == message.routing_key() {
                    matches.push(index, *id);
                }
            }
        }
        Ok(())
    }
}

/// A language whose expressions are bodies.
struct Bodies(Arc<AtomicUsize>);

impl api::Filter for Bodies {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok((FilterHandle(expression.len() as u64), Reads::BODY))
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        matches: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        for (index, message) in batch.iter().enumerate() {
            for (place, handle) in handles.iter().enumerate() {
                if handle.0 == message.body_len() {
                    matches(index, place);
                }
            }
        }
        Ok(())
    }

    fn release(&self, _: FilterHandle) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A host with the default exchange, and what its instances hold.
pub(crate) struct Stage {
    pub(crate) host: Arc<VirtualHost>,
    filters: Arc<AtomicUsize>,
}

impl Stage {
    /// The host, and nothing in it.
    pub(crate) fn new() -> Self {
        Self::with_memory(MemoryGate::new(u64::MAX))
    }

    /// The host, with this limit on what messages take.
    pub(crate) fn with_memory(memory: Arc<MemoryGate>) -> Self {
        Self::named(DEFAULT_HOST, memory)
    }

    /// The host, which stores what is durable.
    pub(crate) fn with_ledger(ledger: Arc<Ledger>) -> Self {
        let mut stage = Self::new();
        Arc::get_mut(&mut stage.host).unwrap().ledger = Some(ledger);
        stage
    }

    /// The host over these plugins.
    pub(crate) fn with_catalog(catalog: Catalog) -> Self {
        let mut stage = Self::new();
        Arc::get_mut(&mut stage.host).unwrap().catalog = Arc::new(catalog);
        stage
    }

    /// Another host, for tests elsewhere.
    pub(crate) fn elsewhere(name: &str) -> Self {
        Self::named(name, MemoryGate::new(u64::MAX))
    }

    /// A queue, for tests elsewhere.
    pub(crate) fn queue_of_test(&self, name: &str) -> Arc<Queue> {
        self.queue(name)
    }

    /// A host of this name.
    fn named(name: &str, memory: Arc<MemoryGate>) -> Self {
        let mut layer = Layer::default();
        let origin = Origin::option(Name::NoModuleDir.as_str());
        layer.push(Given { name: Name::NoModuleDir, value: "yes".into(), origin }).unwrap();
        let config = Config::load(layer, Vec::new()).unwrap();
        let filters = Arc::new(AtomicUsize::new(0));
        let shared = Arc::<Shared>::default();
        let host = Arc::new(VirtualHost {
            name: name.into(),
            ledger: None,
            catalog: Arc::new(Catalog::load(&config)),
            exchanges: RwLock::default(),
            queues: RwLock::default(),
            next_binding: AtomicU64::new(1),
            languages: Languages::with(
                &["bodies", "selector"],
                Box::new(Bodies(Arc::clone(&filters))),
            )
            .and("loud", Box::new(transform::Loud::default()))
            .and("picky", Box::new(failing::Picky::default())),
            events: Arc::default(),
            scopes: Scopes::default(),
            totals: Totals::default(),
            alarms: Arc::new(Alarms::new(&shared)),
            bindings: AtomicUsize::new(0),
            queue_defaults: QueueDefaults::default(),
            memory,
            branches: Arc::new(Branches::new(&name.into(), &shared)),
            shared,
            branch_timeouts: BranchTimeouts::default(),
            is_deleted: AtomicBool::new(false),
            limits: Limits { queues_max: 30, exchanges_max: 30, bindings_max: 60 },
        });
        let stage = Self { host, filters };
        stage.exchange("", None, false);
        stage
    }

    /// Publishes messages to a queue by its name.
    pub(crate) fn fill(&self, queue: &str, count: usize) {
        let batch: Vec<_> = (0..count).map(|_| message(queue, "x")).collect();
        self.host.publish(&self.host.exchange("").unwrap(), &batch, NOW_MS);
    }

    /// Binds a queue, for tests elsewhere.
    pub(crate) fn bind_key(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>, key: &str) {
        self.bind(exchange, queue, key);
    }

    /// An exchange that matches equal keys, for tests elsewhere.
    pub(crate) fn stand(&self, name: &str) {
        self.exchange(name, None, false);
    }

    fn exchange(
        &self,
        name: &str,
        alternate: Option<&Arc<Exchange>>,
        is_auto_delete: bool,
    ) -> (Arc<Exchange>, Arc<Equal>) {
        let mut settings = ExchangeSettings::new(name, "equal");
        settings.is_auto_delete = is_auto_delete;
        let plugin = Arc::new(Equal::default());
        let instance = Box::new(Instance(Arc::clone(&plugin)));
        let exchange = Exchange::new(settings, alternate.cloned(), instance, false);
        let exchange = Arc::new(exchange);
        self.host.exchanges.write().insert(name.into(), Arc::clone(&exchange));
        (exchange, plugin)
    }

    fn queue(&self, name: &str) -> Arc<Queue> {
        self.declare(name, None)
    }

    fn declare(&self, name: &str, alternate: Option<&str>) -> Arc<Queue> {
        declare(&self.host, name, alternate)
    }

    /// A queue with arguments.
    fn with(&self, name: &str, arguments: &[(&str, Value)]) -> Arc<Queue> {
        self.try_with(plain(name), arguments).unwrap()
    }

    fn try_with(
        &self,
        declare: DeclareQueue<'_>,
        arguments: &[(&str, Value)],
    ) -> std::result::Result<Arc<Queue>, Error> {
        let encoded = encode_map(arguments.iter().map(|(name, value)| (*name, value)));
        let arguments = MapRef::parse(&encoded).unwrap();
        self.host.declare_queue(&DeclareQueue { arguments, ..declare })
    }

    fn bind(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>, key: &str) {
        self.bind_with(exchange, queue, key, &[]).unwrap();
    }

    fn bind_with(
        &self,
        exchange: &Arc<Exchange>,
        queue: &Arc<Queue>,
        key: &str,
        arguments: &[u8],
    ) -> std::result::Result<(), Error> {
        self.host.bind(&Bind {
            exchange,
            to: &Endpoint::from(queue),
            key,
            arguments,
            declared_by: Protocol::V0_10,
            scope: None,
            by: Actor::broker(),
        })
    }

    fn unbind(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>, key: &str) {
        let to = &Endpoint::from(queue);
        let (arguments, by) = (None, Actor::broker());
        self.host.unbind(&Unbind { exchange, to, key, arguments, by }).unwrap();
    }

    fn publish(&self, exchange: &Arc<Exchange>, key: &str, body: &'static str) {
        self.host.publish(exchange, &[message(key, body)], NOW_MS);
    }
}

/// A queue to declare that says nothing else.
fn plain(name: &str) -> DeclareQueue<'_> {
    DeclareQueue {
        name,
        alternate: None,
        is_durable: false,
        is_auto_delete: false,
        owner: None,
        session: None,
        declared_by: Protocol::V0_10,
        arguments: MapRef::default(),
        by: Actor::broker(),
    }
}

fn declare(host: &VirtualHost, name: &str, alternate: Option<&str>) -> Arc<Queue> {
    host.declare_queue(&DeclareQueue { alternate, ..plain(name) }).unwrap()
}

fn delete(host: &VirtualHost, name: &str) {
    host.delete_queue(name, None, DeleteIf::default(), Actor::broker()).unwrap();
}

fn message(key: &str, body: &'static str) -> Arc<Message> {
    Arc::new(Message::new(&NewMessage {
        format: Format::V0_10,
        exchange: "".into(),
        routing_key: key,
        publisher: "".into(),
        header: &[],
        body: &[Bytes::from_static(body.as_bytes())],
        is_durable: false,
        priority: 4,
        expires_at_ms: None,
    }))
}

fn depth(queue: &Queue) -> usize {
    queue.counts().0
}

#[test]
fn a_bind_with_other_arguments_replaces_the_first() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.exchange("x", None, true);
    let queue = stage.queue("q");
    for argument in [1, 2, 2] {
        let arguments = encode_map([("a", Value::Int(argument))]);
        stage.bind_with(&exchange, &queue, "k", &arguments).unwrap();
    }
    assert_eq!(plugin.bound.lock().len(), 1);
    assert!(!exchange.is_deleted(), "there was a binding at any time");
    stage.publish(&exchange, "k", "once");
    assert_eq!(depth(&queue), 1);
    stage.unbind(&exchange, &queue, "k");
    assert!(exchange.is_deleted() && stage.host.find_exchange("x").is_none());
    assert_eq!(plugin.unknown.load(Ordering::Relaxed), 0);
}

#[test]
fn a_refused_bind_leaves_nothing() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    let arguments = encode_map([("refuse", Value::Bool(true))]);
    let refused = stage.bind_with(&exchange, &queue, "k", &arguments);
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("exchange 'x' refused the binding: "), "{text}");
    stage.bind(&exchange, &queue, "k");
    assert_eq!(plugin.bound.lock().len(), 1);
}

#[test]
fn a_ring_of_alternates_ends() {
    let stage = Stage::new();
    let (last, _) = stage.exchange("0", None, false);
    let mut exchange = last;
    for number in 1..20 {
        exchange = stage.exchange(&number.to_string(), Some(&exchange), false).0;
    }
    stage.publish(&exchange, "k", "");
    let unroutable =
        |name: &str| stage.host.exchange(name).unwrap().counters.unroutable.load(Ordering::Relaxed);
    let total: u64 = (0..20).map(|number| unroutable(&number.to_string())).sum();
    assert_eq!((total, unroutable("0")), (1, 0));
}

/// Arguments of a binding for bodies of as many bytes.
fn as_long_as(body: &str) -> Vec<u8> {
    let text = |text: &str| Value::String(text.to_owned());
    let filter =
        Value::Map(vec![(text("language"), text("bodies")), (text("expression"), text(body))]);
    encode_map([(filter::ARGUMENT, filter)])
}

#[test]
fn a_filter_that_is_refused_is_named_with_its_exchange() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    let text = |text: &str| Value::String(text.to_owned());
    let named = "argument philter.filter of the binding to exchange 'x': ";
    let klingon = [(text("language"), text("klingon")), (text("expression"), text("e"))];
    let cases = [
        (Value::Map(klingon.to_vec()), "filter language 'klingon' is not loaded; "),
        (Value::Map(vec![]), "a map with the strings 'language' and 'expression' expected"),
    ];
    for (filter, wanted) in cases {
        let arguments = encode_map([(filter::ARGUMENT, filter)]);
        let refused = stage.bind_with(&exchange, &queue, "k", &arguments).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("{named}{wanted}")), "{refused}");
    }
}

#[test]
fn neighbours_on_one_way_share_a_route_where_none_is_cached() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    stage.bind_with(&exchange, &queue, "k", &as_long_as("four")).unwrap();
    let batch = ["four", "4444", "5", "four"].map(|body| message("k", body));
    let views = batch.each_ref().map(|message| View::new(message, ""));
    let views = views.each_ref().map(|view| view as &dyn MessageView);
    let mut routes = Vec::new();
    exchange.route(&views, &mut routes);
    let shared: Vec<_> = routes.windows(2).map(|pair| Arc::ptr_eq(&pair[0], &pair[1])).collect();
    assert_eq!(shared, [true, false, false]);
    let counts: Vec<_> = routes.iter().map(|route| route.queues.len()).collect();
    assert_eq!(counts, [1, 1, 0, 1]);
}

#[test]
fn a_filter_decides_which_matching_bindings_remain_and_goes_with_its_binding() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    stage.bind_with(&exchange, &queue, "k", &as_long_as("four")).unwrap();
    for body in ["four", "and more", "four"] {
        stage.publish(&exchange, "k", body);
    }
    assert_eq!(depth(&queue), 2);
    assert_eq!(stage.filters.load(Ordering::Relaxed), 1);
    stage.unbind(&exchange, &queue, "k");
    assert_eq!(stage.filters.load(Ordering::Relaxed), 0);
}

#[test]
fn bindings_that_are_there_apart_are_not_there_together() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    stage.bind(&exchange, &stage.queue("q1"), "k1");
    stage.bind(&exchange, &stage.queue("q2"), "k2");
    let bound = |queue, key| {
        let (queue, key) = (Some(queue), Some(key));
        stage.host.bound(&BoundQuery { exchange: "x", queue, key, arguments: None })
    };
    assert_eq!(bound("q1", "k1"), BoundAnswer::default());
    assert!(bound("q1", "k2").key_not_matched);
}

#[test]
fn a_queue_deleted_while_it_is_bound_is_not_bound() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    let host = Arc::clone(&stage.host);
    *plugin.meanwhile.lock() = Some(Box::new(move || delete(&host, "q")));
    let refused = stage.bind_with(&exchange, &queue, "k", &[]);
    assert!(matches!(refused, Err(Error::NoSuchQueue(_))), "{refused:?}");
    assert!(plugin.bound.lock().is_empty() && exchange.table.read().bindings.is_empty());
}

#[test]
fn an_exchange_deleted_while_it_is_bound_keeps_no_queue() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    let host = Arc::clone(&stage.host);
    *plugin.meanwhile.lock() =
        Some(Box::new(move || host.delete_exchange("x", false, Actor::broker()).unwrap()));
    let refused = stage.bind_with(&exchange, &queue, "k", &[]);
    assert!(matches!(refused, Err(Error::NoSuchExchange(_))), "{refused:?}");
    let gone: Weak<Exchange> = Arc::downgrade(&exchange);
    drop(exchange);
    assert!(gone.upgrade().is_none(), "somebody holds a deleted exchange");
}

/// The new queue of a name is bound, and the end of the old one takes nothing from it.
#[test]
fn a_queue_declared_again_while_the_old_one_is_deleted_is_reachable() {
    let stage = Stage::new();
    let old = stage.queue("q");
    old.begin_delete(None, DeleteIf::default()).unwrap();
    let new = stage.queue("q");
    assert!(!Arc::ptr_eq(&old, &new));
    stage.host.unbind_all(&stage.host.exchange("").unwrap(), &Endpoint::from(&old));
    stage.publish(&stage.host.exchange("").unwrap(), "q", "");
    assert_eq!((depth(&old), depth(&new)), (0, 1));
}

#[test]
fn a_queue_is_reachable_for_whoever_declares_it_second() {
    let stage = Stage::new();
    let (default, plugin) = stage.exchange("", None, false);
    let host = Arc::clone(&stage.host);
    // The first is not done when the second has its answer.
    let (answered, was_answered) = std::sync::mpsc::channel();
    *plugin.meanwhile.lock() = Some(Box::new(move || {
        let second = std::thread::spawn(move || {
            let queue = declare(&host, "q", None);
            let default = host.exchange("").unwrap();
            host.publish(&default, &[message("q", "")], NOW_MS);
            answered.send(depth(&queue)).unwrap();
        });
        drop(second);
    }));
    stage.queue("q");
    assert_eq!(was_answered.recv().unwrap(), 1);
    assert_eq!(default.table.read().bindings.len(), 1);
}

#[test]
fn what_is_on_its_way_to_a_queue_that_is_deleted_goes_to_its_alternate() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    stage.exchange("alt", None, false);
    let queue = stage.declare("q", Some("alt"));
    let left = stage.queue("left");
    stage.bind(&exchange, &queue, "k");
    stage.bind(&stage.host.exchange("alt").unwrap(), &left, "k");
    // Bound to its own alternate as well: no ring without an end.
    stage.bind(&stage.host.exchange("alt").unwrap(), &queue, "k");
    queue.begin_delete(None, DeleteIf::default()).unwrap();
    stage.publish(&exchange, "k", "");
    assert!(depth(&left) >= 1);
}

fn subscribe(queue: &Queue, mailbox: &Arc<Mailbox>, number: u64) -> ConsumerId {
    let token = Token { channel: 0, consumer: number };
    let waker = Waker { mailbox: Arc::clone(mailbox), token };
    let spec =
        ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: false, priority: 0 };
    let owner = OwnerId { session: number, connection: ConnectionId(1) };
    let id = queue.subscribe(Subscribe { spec, owner, filter: None, waker }).unwrap().unwrap();
    queue.resume(id);
    id
}

#[test]
fn a_consumer_whose_byte_credit_was_too_small_is_woken_when_another_entry_is_next() {
    let stage = Stage::new();
    let queue = stage.queue("q");
    let default = stage.host.exchange("").unwrap();
    let mailbox = Mailbox::new();
    let (small, large) = (subscribe(&queue, &mailbox, 1), subscribe(&queue, &mailbox, 2));
    stage.publish(&default, "q", "too large");
    let mut pulled = Vec::new();
    let pull = |id, bytes, pulled: &mut Vec<_>| queue.pull(id, 1, bytes, NOW_MS, pulled);
    assert_eq!(pull(small, 5, &mut pulled), PullState::TooLarge);
    queue.suspend(small);
    pull(large, u64::MAX, &mut pulled);
    assert_eq!(pulled.len(), 1);
    let mut woken = Vec::new();
    mailbox.take(&mut woken);
    assert!(woken.iter().any(|token| token.consumer == 1), "{woken:?}");
}
