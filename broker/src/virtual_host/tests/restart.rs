//! Brokers over a store that outlives them: what is there after a crash, and after one at any
//! instant.

mod away;
mod bindings;
mod branches;
mod dead_letters;
mod delay;
mod full;
mod names;
mod unreadable;

use philter_plugin_api::Record;

use super::*;
use crate::store::fake::Disk;
use crate::store::{self, Ledger, Opened, PagingLimits, StoredBinding, binding_key};

/// A broker with its store.
struct Broker {
    disk: Disk,
    ledger: Arc<Ledger>,
    hosts: VirtualHosts,
    host: Arc<VirtualHost>,
    paging: PagingLimits,
}

/// Nothing leaves memory.
const ALL_STAYS: PagingLimits = PagingLimits { queue_bytes_max: u64::MAX, all_bytes_max: u64::MAX };

impl Broker {
    /// One over an empty disk.
    fn new() -> Self {
        Self::start(Disk::default())
    }

    /// One over what another left.
    fn start(disk: Disk) -> Self {
        Self::start_with(disk, ALL_STAYS)
    }

    /// The same, whose queues have so many bytes in memory.
    fn paging(disk: Disk, queue_bytes_max: u64) -> Self {
        Self::start_with(disk, PagingLimits { queue_bytes_max, ..ALL_STAYS })
    }

    /// The same with so much in memory.
    fn start_with(disk: Disk, paging: PagingLimits) -> Self {
        Self::try_start(disk, paging, |_| ()).unwrap()
    }

    /// The same, whose default host is prepared before anything comes back.
    fn try_start(
        disk: Disk,
        paging: PagingLimits,
        prepare: impl Fn(&VirtualHost),
    ) -> std::result::Result<Self, RestoreError> {
        let Opened { ledger, recovered } = disk.try_open(paging).unwrap();
        let types = ["direct", "topic", "fanout", "headers"];
        let make = || Box::new(Instance(Arc::default())) as Box<dyn api::Exchange>;
        let parts = HostParts {
            catalog: Arc::new(Catalog::brought(&types, make)),
            queue_defaults: QueueDefaults::default(),
            memory: MemoryGate::new(u64::MAX),
            branch_timeouts: BranchTimeouts::default(),
            ledger: Some(Arc::clone(&ledger)),
        };
        let hosts = VirtualHosts::new(parts).unwrap();
        let host = Arc::clone(hosts.default_host());
        prepare(&host);
        hosts.restore(recovered, &ledger)?;
        Ok(Self { disk, ledger, hosts, host, paging })
    }

    /// It is killed, and another one starts.
    fn restart(&self) -> Self {
        Self::start_with(self.disk.after_crash(), self.paging)
    }

    /// It had been killed when the store had so many of its appends.
    fn restart_after(&self, appends: usize) -> Self {
        Self::start_with(self.disk.after(appends), self.paging)
    }

    fn queue(&self, name: &str) -> Arc<Queue> {
        let declare = DeclareQueue { is_durable: true, ..plain(name) };
        turn(|| self.host.declare_queue(&declare)).unwrap()
    }

    /// A durable queue that is more than its name.
    fn queue_with(&self, declare: DeclareQueue<'_>, arguments: &[(&str, Value)]) -> Arc<Queue> {
        let encoded = encode_map(arguments.iter().map(|(name, value)| (*name, value)));
        let arguments = MapRef::parse(&encoded).unwrap();
        let declare = DeclareQueue { is_durable: true, arguments, ..declare };
        turn(|| self.host.declare_queue(&declare)).unwrap()
    }

    fn exchange(&self, name: &str, type_name: &str, is_durable: bool) -> Arc<Exchange> {
        let encoded = encode_map([("x-delayed-type", Value::String("direct".to_owned()))]);
        let is_delayed = type_name == "x-delayed-message";
        let arguments =
            if is_delayed { MapRef::parse(&encoded).unwrap() } else { MapRef::default() };
        let declare = DeclareExchange {
            name,
            type_name,
            alternate: None,
            is_durable,
            is_auto_delete: false,
            is_internal: false,
            declared_by: Protocol::V0_9_1,
            arguments,
            by: Actor::broker(),
        };
        turn(|| self.host.declare_exchange(&declare)).unwrap()
    }

    fn bind(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>, key: &str) {
        self.bind_with(exchange, queue, key, &[]);
    }

    fn bind_with(&self, exchange: &Arc<Exchange>, queue: &Arc<Queue>, key: &str, arguments: &[u8]) {
        let bind = Bind {
            exchange,
            to: &Endpoint::from(queue),
            key,
            arguments,
            declared_by: Protocol::V0_10,
            scope: None,
            by: Actor::broker(),
        };
        turn(|| self.host.bind(&bind)).unwrap();
    }

    /// Publishes durable messages with these bodies to a queue.
    fn fill(&self, queue: &str, bodies: &[&'static str]) {
        let batch: Vec<_> = bodies.iter().map(|body| durable(queue, body)).collect();
        let default = self.host.exchange("").unwrap();
        turn(|| self.host.publish(&default, &batch, NOW_MS));
    }

    /// How many entries of a queue the store has.
    fn stored(&self, queue: &str) -> usize {
        let number = self.host.queue(queue).unwrap().kept().unwrap().number();
        self.disk.entries().iter().filter(|record| record.queue == number).count()
    }
}

/// As a connection does it.
fn turn<T>(work: impl FnOnce() -> T) -> T {
    store::turn(work).0
}

fn durable(key: &str, body: &'static str) -> Arc<Message> {
    lasting(&message(key, body))
}

/// The same message, durable.
fn lasting(message: &Message) -> Arc<Message> {
    let body: Vec<Bytes> = message.body().iter().map(Bytes::copy_from_slice).collect();
    Arc::new(Message::new(&NewMessage {
        format: message.format(),
        exchange: Arc::clone(message.exchange()),
        routing_key: message.routing_key(),
        publisher: Arc::clone(message.publisher()),
        header: message.header(),
        body: &body,
        is_durable: true,
        priority: message.priority(),
        expires_at_ms: message.expires_at_ms(),
    }))
}

/// Bodies of what a queue has for whoever takes it, and whether they may have been seen.
fn take(queue: &Queue) -> Vec<(String, bool)> {
    let id = subscribe(queue, &Mailbox::new(), 1);
    let mut pulled = Vec::new();
    queue.pull(id, 100, u64::MAX, NOW_MS, &mut pulled);
    let seen = pulled.iter().map(|delivery| {
        let body = delivery.message.body().iter().collect::<Vec<_>>().concat();
        (String::from_utf8(body).unwrap(), delivery.is_redelivered())
    });
    let seen = seen.collect();
    // A look, and no more.
    let ids: Vec<EntryId> = pulled.iter().map(|delivery| delivery.id).collect();
    queue.release(id, &ids, false);
    queue.cancel(id);
    seen
}

fn bodies(queue: &Queue) -> Vec<String> {
    take(queue).into_iter().map(|(body, _)| body).collect()
}

#[test]
fn what_was_declared_and_published_is_there_after_a_crash() {
    let broker = Broker::new();
    let (exchange, queue) = (broker.exchange("x", "topic", true), broker.queue("q"));
    broker.bind(&exchange, &queue, "k");
    broker.fill("q", &["1", "2"]);
    turn(|| broker.host.publish(&exchange, &[durable("k", "3"), message("k", "4")], NOW_MS));
    let broker = broker.restart();
    assert_eq!(bodies(&broker.host.queue("q").unwrap()), ["1", "2", "3"]);
    let exchange = broker.host.exchange("x").unwrap();
    turn(|| broker.host.publish(&exchange, &[durable("k", "5")], NOW_MS));
    let again = broker.restart();
    assert_eq!(bodies(&again.host.queue("q").unwrap()), ["1", "2", "3", "5"]);
}

/// An older broker sorted the arguments alone, not maps within them.
#[test]
fn bindings_that_differ_in_the_order_of_a_map_are_one_from_a_restart_on() {
    let broker = Broker::new();
    broker.exchange("x", "topic", true);
    broker.queue("q");
    let arguments = |names: [&str; 2]| {
        let pairs = names.map(|name| (Value::from(name), Value::from(name)));
        encode_map([("a", Value::Map(pairs.to_vec()))])
    };
    let ways = [["x", "y"], ["y", "x"]].map(arguments);
    let host = broker.host.name().to_string();
    for (id, arguments) in (901..).zip([&ways[1], &ways[0], &ways[1]]) {
        let stored = StoredBinding {
            host: host.clone(),
            id,
            exchange: "x".to_owned(),
            exchange_number: None,
            to: "q".to_owned(),
            to_number: None,
            is_to_exchange: false,
            key: "k".to_owned(),
            declared_by: Protocol::V0_9_1,
            arguments: arguments.clone(),
        };
        turn(|| broker.ledger.set(binding_key(&host, id), stored.encode()));
    }
    let broker = broker.restart();
    let exchange = broker.host.exchange("x").unwrap();
    assert_eq!(exchange.binding_count(), 1);
    let to = Endpoint::from(&broker.host.queue("q").unwrap());
    let (arguments, by) = (Some(&*ways[1]), Actor::broker());
    let unbind = Unbind { exchange: &exchange, to: &to, key: "k", arguments, by };
    turn(|| broker.host.unbind(&unbind)).unwrap();
    assert_eq!(broker.restart().host.exchange("x").unwrap().binding_count(), 0);
}

#[test]
fn after_a_store_failed_nothing_durable_is_taken_until_a_restart() {
    let broker = Broker::new();
    let queue = broker.queue("q");
    broker.disk.fail();
    broker.fill("q", &["lost"]);
    assert_eq!(queue.len(), 0);
    broker.ledger.look_for_room();
    let default = broker.host.exchange("").unwrap();
    let batch = [message("q", "transient"), durable("q", "durable")];
    let published = turn(|| broker.host.publish(&default, &batch, NOW_MS));
    assert_eq!((published.refused.len(), bodies(&queue)), (1, vec!["transient".to_owned()]));
    assert!(broker.host.declare_queue(&DeclareQueue { is_durable: true, ..plain("r") }).is_err());
    let broker = broker.restart();
    broker.fill("q", &["1"]);
    assert_eq!(bodies(&broker.host.queue("q").unwrap()), ["1"]);
}

#[test]
fn the_end_of_entries_is_in_no_haste_unless_somebody_waits_for_it() {
    let broker = Broker::new();
    let queue = broker.queue("q");
    broker.fill("q", &["1", "2", "3", "4"]);
    assert_eq!(broker.disk.lazy(), 0);
    let id = subscribe(&queue, &Mailbox::new(), 10);
    let mut pulled = Vec::new();
    queue.pull(id, 10, u64::MAX, NOW_MS, &mut pulled);
    let accept = |nth: usize| queue.accept(id, &[pulled[nth].id]);
    turn(|| accept(0));
    accept(1);
    assert_eq!((broker.disk.lazy(), broker.stored("q")), (2, 2));
    turn(|| {
        accept(2);
        assert!(store::awaited().is_some());
    });
    turn(|| {
        accept(3);
        store::await_turn();
    });
    assert_eq!((broker.disk.lazy(), broker.stored("q")), (2, 0));
}

#[test]
fn who_waits_for_what_was_in_no_haste_says_so() {
    let broker = Broker::new();
    let queue = broker.queue("q");
    broker.fill("q", &["1", "2"]);
    let id = subscribe(&queue, &Mailbox::new(), 10);
    let mut pulled = Vec::new();
    queue.pull(id, 10, u64::MAX, NOW_MS, &mut pulled);
    broker.disk.hold();
    let waits = || broker.disk.waiting();
    turn(|| queue.accept(id, &[pulled[0].id]));
    assert_eq!((broker.disk.lazy(), waits()), (1, 1));
    turn(|| broker.host.hurry_store());
    assert_eq!(waits(), 2, "an append that is done when those before it are");
    turn(|| {
        queue.accept(id, &[pulled[1].id]);
        broker.host.hurry_store();
    });
    assert_eq!((broker.disk.lazy(), waits()), (1, 3), "the turn's own takes them along");
    let ((), appended) = store::turn(|| broker.ledger.await_all());
    assert_eq!((appended.unwrap().awaited.len(), waits()), (2, 4));
    broker.disk.complete();
    turn(|| broker.ledger.await_all());
    assert_eq!(broker.disk.appends().iter().filter(|append| append.is_empty()).count(), 2);
}

#[test]
fn a_turn_counts_what_it_appended_on_its_way() {
    let broker = Broker::new();
    broker.queue("q");
    broker.disk.hold();
    let ((), appended) = store::turn(|| {
        broker.fill("q", &["1"]);
        store::append_now();
        broker.fill("q", &["2"]);
    });
    let size = durable("q", "1").size();
    let bytes: Vec<u64> = appended.unwrap().awaited.iter().map(|(_, bytes)| *bytes).collect();
    assert_eq!(bytes, [size, size]);
    // Whoever waits for what others appended has none of it.
    let ((), appended) = store::turn(|| broker.ledger.await_all());
    assert!(appended.unwrap().awaited.iter().all(|(_, bytes)| *bytes == 0));
    broker.disk.complete();
}
