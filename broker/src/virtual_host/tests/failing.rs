//! What becomes of messages that a plugin fails on, and how often plugins are asked.

use foldhash::HashMap;
use philter_plugin_api::ErrorKind;
use proptest::prelude::*;

use super::*;

/// Bodies that plugins here fail on.
pub(super) const BAD: &str = "bad";

/// Fails where one of the messages is bad.
fn check(batch: &[&dyn MessageView]) -> Result<()> {
    match batch.iter().any(|message| message.body_chunk(0) == BAD.as_bytes()) {
        true => Err(api::Error::new(ErrorKind::Internal, "it is bad")),
        false => Ok(()),
    }
}

/// An exchange type that matches equal keys, asked about every message, and may fail.
#[derive(Default)]
pub(super) struct Frail {
    bound: Mutex<Vec<(BindingId, String)>>,
    /// The messages of each call.
    pub(super) calls: Mutex<Vec<usize>>,
    is_cacheable: bool,
    pub(super) is_well: AtomicBool,
    /// It fails on everything.
    pub(super) is_down: AtomicBool,
}

struct FrailInstance(Arc<Frail>);

/// An exchange of that type.
pub(super) fn frail(
    settings: ExchangeSettings,
    alternate: Option<&Arc<Exchange>>,
    is_cacheable: bool,
) -> (Arc<Exchange>, Arc<Frail>) {
    let plugin = Arc::new(Frail { is_cacheable, ..Frail::default() });
    let instance = Box::new(FrailInstance(Arc::clone(&plugin)));
    (Arc::new(Exchange::new(settings, alternate.cloned(), instance, false)), plugin)
}

impl api::Exchange for FrailInstance {
    fn bind(&self, binding: &api::Binding<'_>) -> Result<Bound> {
        self.0.bound.lock().push((binding.id, binding.key.to_owned()));
        Ok(Bound { reads: Reads::KEY, cacheable: self.0.is_cacheable })
    }

    fn unbind(&self, _: BindingId) -> Result<()> {
        Ok(())
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        self.0.calls.lock().push(batch.len());
        for (index, message) in batch.iter().enumerate() {
            for (id, _) in self.0.bound.lock().iter().filter(|it| it.1 == message.routing_key()) {
                matches.push(index, *id);
                matches.push(index, *id);
            }
        }
        if self.0.is_down.load(Ordering::Relaxed) {
            return Err(api::Error::new(ErrorKind::Internal, "it is down"));
        }
        if self.0.is_well.load(Ordering::Relaxed) { Ok(()) } else { check(batch) }
    }
}

/// Messages and expressions of each call.
pub(super) type Calls = Vec<(usize, usize)>;

/// A language whose expressions say which bodies match, and which may fail.
#[derive(Default)]
pub(super) struct Picky {
    compiled: Mutex<HashMap<u64, String>>,
    /// Messages and expressions of each call.
    calls: Arc<Mutex<Calls>>,
    health: Arc<Health>,
}

/// Whether a language fails.
#[derive(Default)]
pub(super) struct Health {
    pub(super) is_well: AtomicBool,
    /// It fails on everything.
    pub(super) is_down: AtomicBool,
}

impl api::Filter for Picky {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        let mut compiled = self.compiled.lock();
        let handle = compiled.len() as u64;
        compiled.insert(handle, expression.to_owned());
        Ok((FilterHandle(handle), Reads::BODY))
    }

    fn release(&self, _: FilterHandle) {}

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        self.calls.lock().push((batch.len(), handles.len()));
        if self.health.is_down.load(Ordering::Relaxed) {
            return Err(api::Error::new(ErrorKind::Internal, "it is down"));
        }
        let compiled = self.compiled.lock();
        for (index, message) in batch.iter().enumerate() {
            for (place, handle) in handles.iter().enumerate() {
                let body = String::from_utf8_lossy(message.body_chunk(0)).into_owned();
                if body == BAD || compiled[&handle.0].contains(&body) {
                    answer(index, place);
                }
            }
        }
        if self.health.is_well.load(Ordering::Relaxed) { Ok(()) } else { check(batch) }
    }
}

/// Arguments of a binding for these bodies.
pub(crate) fn picky(expression: &str) -> Vec<u8> {
    let text = |text: &str| Value::String(text.to_owned());
    let filter =
        Value::Map(vec![(text("language"), text("picky")), (text("expression"), text(expression))]);
    encode_map([(filter::ARGUMENT, filter)])
}

impl Stage {
    /// An exchange whose plugin fails on the body `bad`, for tests elsewhere.
    pub(crate) fn stand_frail(&self, name: &str) {
        self.frail(name, None, false);
    }

    pub(super) fn frail(
        &self,
        name: &str,
        alternate: Option<&Arc<Exchange>>,
        is_cacheable: bool,
    ) -> (Arc<Exchange>, Arc<Frail>) {
        let (exchange, plugin) =
            frail(ExchangeSettings::new(name, "frail"), alternate, is_cacheable);
        self.host.exchanges.write().insert(name.into(), Arc::clone(&exchange));
        (exchange, plugin)
    }

    /// The same with a language whose calls are seen.
    fn with_picky() -> (Self, Arc<Mutex<Calls>>) {
        let (stage, calls, _) = Self::with_health();
        (stage, calls)
    }

    /// The same, and whether it fails.
    pub(super) fn with_health() -> (Self, Arc<Mutex<Calls>>, Arc<Health>) {
        let stage = Self::new();
        let picky = Picky::default();
        let (calls, health) = (Arc::clone(&picky.calls), Arc::clone(&picky.health));
        stage.host.languages.bring("picky", Box::new(picky));
        (stage, calls, health)
    }

    pub(super) fn chain(
        &self,
        exchange: &Arc<Exchange>,
        to: &Arc<Exchange>,
        key: &str,
        arguments: &[u8],
    ) {
        let to = &Endpoint::from(to);
        let (declared_by, by) = (Protocol::V0_9_1, Actor::broker());
        let bind = Bind { exchange, to, key, arguments, declared_by, scope: None, by };
        self.host.bind(&bind).unwrap();
    }
}

pub(super) fn batch(bodies: &[&'static str]) -> Vec<Arc<Message>> {
    bodies.iter().map(|body| message("k", body)).collect()
}

fn each(stage: &Stage, exchange: &Arc<Exchange>, bodies: &[&'static str]) -> Published {
    stage.host.publish_each(exchange, &batch(bodies), &[], NOW_MS)
}

pub(super) fn refused(published: &Published) -> Vec<usize> {
    published.refused.iter().map(|refused| refused.index).collect()
}

fn received_and_dropped(exchange: &Exchange) -> [u64; 2] {
    let counters = &exchange.counters;
    [&counters.received, &counters.dropped].map(|count| count.load(Ordering::Relaxed))
}

#[test]
fn a_message_that_an_exchange_fails_on_is_refused_and_costs_no_other_one() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alternate", None, false);
    let (exchange, plugin) = stage.frail("x", Some(&alternate), false);
    let (queue, other) = (stage.queue("q"), stage.queue("other"));
    stage.bind(&exchange, &queue, "k");
    stage.bind(&alternate, &other, "k");
    let published = each(&stage, &exchange, &["1", "2", BAD, "4"]);
    assert_eq!((refused(&published), published.unrouted), (vec![2], vec![]));
    assert_eq!((depth(&queue), depth(&other)), (3, 0));
    assert_eq!(*plugin.calls.lock(), [4, 2, 2, 1, 1]);
    assert_eq!(
        published.refused[0].why.to_string(),
        "exchange 'x' could not route the message: exchange type 'frail' failed: it is bad"
    );
    assert_eq!((received_and_dropped(&exchange), exchange.failures()), ([4, 0], 1));
    let [binding] = &exchange.bindings()[..] else { panic!() };
    assert_eq!(binding.matched, 3, "an answer that is given twice counts once");
}

#[test]
fn a_message_that_a_filter_fails_on_is_refused_wherever_else_it_goes() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let (all, some) = (stage.queue("all"), stage.queue("some"));
    stage.bind(&exchange, &all, "k");
    stage.bind_with(&exchange, &some, "k", &picky("1 4")).unwrap();
    let published = each(&stage, &exchange, &["1", BAD, "3", "4"]);
    assert_eq!(refused(&published), [1]);
    assert_eq!((depth(&all), depth(&some)), (3, 2));
    assert_eq!(
        published.refused[0].why.to_string(),
        "exchange 'x' could not route the message: filter language 'picky' failed: it is bad"
    );
    assert_eq!((received_and_dropped(&exchange), exchange.failures()), ([4, 0], 1));
}

#[test]
fn a_message_that_fails_on_its_way_comes_to_no_queue() {
    let stage = Stage::new();
    let (first, _) = stage.exchange("first", None, false);
    let (alternate, _) = stage.exchange("alternate", None, false);
    let (next, _) = stage.frail("next", Some(&alternate), false);
    let queues = ["near", "far", "else"].map(|name| stage.queue(name));
    stage.bind(&first, &queues[0], "k");
    stage.chain(&first, &next, "k", &[]);
    stage.bind(&next, &queues[1], "k");
    stage.bind(&alternate, &queues[2], "k");
    let published = each(&stage, &first, &["1", BAD, "3"]);
    assert_eq!(refused(&published), [1]);
    assert!(published.refused[0].why.to_string().contains("exchange 'next'"));
    assert_eq!(queues.each_ref().map(|queue| depth(queue)), [2, 2, 0]);
    assert_eq!((first.failures(), next.failures()), (0, 1));
}

#[test]
fn a_message_that_fails_under_one_of_its_keys_comes_to_no_queue() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queues = ["q0", "q1"].map(|name| stage.queue(name));
    stage.bind(&exchange, &queues[0], "k");
    stage.bind_with(&exchange, &queues[1], "cc", &picky("1")).unwrap();
    let keys: Vec<_> = (0..2).map(|index| (index, vec!["cc".to_owned()])).collect();
    let published = stage.host.publish_each(&exchange, &batch(&["1", BAD]), &keys, NOW_MS);
    assert_eq!(refused(&published), [1]);
    assert_eq!(queues.each_ref().map(|queue| depth(queue)), [1, 1]);
}

#[test]
fn nothing_behind_a_failure_enters_where_its_publisher_sends_all_of_it_again() {
    let stage = Stage::new();
    let (exchange, _) = stage.frail("x", None, false);
    let (before, _) = stage.exchange("before", Some(&exchange), false);
    let queue = stage.queue("q");
    stage.bind(&exchange, &queue, "k");
    for (number, through) in [&exchange, &before].into_iter().enumerate() {
        let published = stage.host.publish(through, &batch(&["1", "2", BAD, "4"]), NOW_MS);
        assert_eq!(published.refused.first().map(|refused| refused.index), Some(2));
        assert_eq!(depth(&queue), 2 * (number + 1), "by way of {}", through.name());
    }
}

#[test]
fn no_answer_is_kept_that_was_none() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.frail("x", None, true);
    let queue = stage.queue("q");
    stage.bind(&exchange, &queue, "k");
    assert_eq!(refused(&each(&stage, &exchange, &[BAD, BAD])), [0, 1]);
    plugin.is_well.store(true, Ordering::Relaxed);
    assert!(each(&stage, &exchange, &[BAD]).refused.is_empty());
    plugin.calls.lock().clear();
    each(&stage, &exchange, &["1", "2"]);
    assert!(plugin.calls.lock().is_empty(), "from now on the key is known");
    assert_eq!(depth(&queue), 3);
}

#[test]
fn keys_that_are_not_known_are_asked_about_at_once() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.frail("x", None, true);
    let queues = ["a", "b", "c"].map(|name| stage.queue(name));
    queues.iter().for_each(|queue| stage.bind(&exchange, queue, queue.name()));
    let publish = |keys: &[&str]| {
        let batch: Vec<_> = keys.iter().map(|key| message(key, "")).collect();
        stage.host.publish_each(&exchange, &batch, &[], NOW_MS);
        queues.each_ref().map(|queue| depth(queue))
    };
    assert_eq!(publish(&["a"]), [1, 0, 0]);
    assert_eq!(publish(&["a", "b", "a", "c", "b", "none"]), [3, 2, 1]);
    assert_eq!(publish(&["c", "b", "a", "none"]), [4, 3, 2]);
    assert_eq!(*plugin.calls.lock(), [1, 4]);
}

#[test]
fn a_transaction_of_which_a_plugin_fails_on_a_message_has_no_room() {
    let stage = Stage::new();
    let (exchange, _) = stage.frail("x", None, false);
    let queue = stage.queue("q");
    stage.bind(&exchange, &queue, "k");
    let work = |bodies| [(Arc::clone(&exchange), batch(bodies))];
    assert!(stage.host.find_refusal(&work(&["1", "2"])).is_none());
    let refused = stage.host.find_refusal(&work(&["1", BAD])).unwrap();
    assert!(refused.is_undecided());
}

#[test]
fn filters_that_face_the_same_messages_are_asked_in_one_call() {
    let (stage, calls) = Stage::with_picky();
    let (exchange, _) = stage.exchange("x", None, false);
    let queues = ["q0", "q1", "q2", "q3"].map(|name| stage.queue(name));
    for (queue, expression) in queues.iter().zip(["1", "2 3", "1"]) {
        stage.bind_with(&exchange, queue, "k", &picky(expression)).unwrap();
    }
    stage.bind_with(&exchange, &queues[3], "other", &picky("3")).unwrap();
    let sent = [("k", "1"), ("other", "1"), ("k", "2"), ("k", "3"), ("other", "3")];
    let sent: Vec<_> = sent.iter().map(|(key, body)| message(key, body)).collect();
    stage.host.publish_each(&exchange, &sent, &[], NOW_MS);
    calls.lock().sort_unstable();
    assert_eq!(*calls.lock(), [(2, 1), (3, 3)]);
    assert_eq!(queues.each_ref().map(|queue| depth(queue)), [1, 2, 1, 1]);
    let matched: Vec<_> = exchange.bindings().iter().map(|binding| binding.matched).collect();
    assert_eq!(matched, [1, 2, 1, 1]);
}

#[test]
fn what_a_delayed_message_waits_for_is_a_plugin_that_does_not_fail() {
    let stage = Stage::new();
    let mut settings = ExchangeSettings::new("later", "x-delayed-message");
    settings.delayed_type = Some("frail".into());
    let (exchange, plugin) = frail(settings, None, false);
    stage.host.exchanges.write().insert("later".into(), Arc::clone(&exchange));
    let queue = stage.queue("q");
    stage.bind(&exchange, &queue, "k");
    let delayed = ["1", BAD, "3"]
        .map(|body| crate::message::stamp(&message("k", body), "x-delay", Value::Int(10)));
    let published = stage.host.publish_each(&exchange, &delayed, &[], NOW_MS);
    assert!(published.refused.is_empty());
    stage.host.release_due(NOW_MS + 11);
    assert_eq!(depth(&queue), 2);
    plugin.is_well.store(true, Ordering::Relaxed);
    stage.host.release_due(NOW_MS + 100);
    assert_eq!(depth(&queue), 2, "it is tried again in a while");
    stage.host.release_due(NOW_MS + 2_000);
    assert_eq!(depth(&queue), 3);
}

/// What a consumer with a filter for these bodies gets.
fn consume(stage: &Stage, queue: &Queue, expression: &str) -> Vec<String> {
    let filter =
        Arc::new(stage.host.compile_filter(format_args!("f"), "picky", expression).unwrap());
    let mut pulled = Vec::new();
    let subscribe = Subscribe {
        spec: ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: true, priority: 0 },
        owner: OwnerId { connection: ConnectionId(1), session: 1 },
        filter: Some(filter),
        waker: Waker { mailbox: Mailbox::new(), token: Token { channel: 0, consumer: 0 } },
    };
    let consumer = queue.subscribe(subscribe).unwrap().unwrap();
    queue.resume(consumer);
    while queue.pull(consumer, 100, u64::MAX, NOW_MS, &mut pulled) == PullState::More {}
    let body = |message: &Message| message.body().iter().collect::<Vec<_>>().concat();
    pulled.iter().map(|it| String::from_utf8(body(&it.message)).unwrap()).collect()
}

#[test]
fn a_consumers_filter_keeps_back_what_it_fails_on_and_is_asked_in_batches() {
    let (stage, calls) = Stage::with_picky();
    let queue = stage.queue("q");
    let default = stage.host.exchange("").unwrap();
    let sent = ["1", BAD, "2", "3"].map(|body| message("q", body));
    stage.host.publish(&default, &sent, NOW_MS);
    assert_eq!(consume(&stage, &queue, "1 3"), ["1", "3"]);
    assert_eq!(calls.lock().first(), Some(&(4, 1)));
    assert_eq!(depth(&queue), 2, "what it failed on stays where it was");
}

/// Where a message goes, as far as others can see it.
fn seen(route: &crate::virtual_host::route::Route) -> (Vec<String>, usize, bool) {
    let names = route.queues.iter().map(|queue| queue.name().to_string());
    (names.collect(), route.matched.len(), route.undecided.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_batch_is_routed_as_its_messages_are_alone(
        bindings in proptest::collection::vec((0usize..4, 0usize..3, 0usize..5), 0..12),
        sent in proptest::collection::vec((0usize..3, 0usize..3), 1..40),
        bad in proptest::option::of(0usize..40),
    ) {
        let stage = Stage::new();
        let (exchange, _) = stage.exchange("x", None, false);
        let queues = ["q0", "q1", "q2", "q3"].map(|name| stage.queue(name));
        let keys = ["k0", "k1", "k2"];
        let bodies = ["four", "5five", "1"];
        for (queue, key, filter) in bindings {
            let arguments = match filter {
                0 => Vec::new(),
                1 => as_long_as("four"),
                2 => picky("1"),
                3 => picky("four 5five"),
                _ => picky(""),
            };
            let to = &Endpoint::from(&queues[queue]);
            let (declared_by, by) = (Protocol::V0_9_1, Actor::broker());
            let (exchange, key, arguments) = (&exchange, keys[key], &arguments[..]);
            let bind = Bind { exchange, to, key, arguments, declared_by, scope: None, by };
            stage.host.bind(&bind).unwrap();
        }
        let messages: Vec<_> = sent.iter().enumerate().map(|(index, (key, body))| {
            message(keys[*key], if bad == Some(index) { BAD } else { bodies[*body] })
        }).collect();
        let views: Vec<_> = messages.iter().map(|message| View::new(message, "")).collect();
        let views: Vec<_> = views.iter().map(|view| view as &dyn MessageView).collect();
        let (mut together, mut alone) = (Vec::new(), Vec::new());
        exchange.route(&views, &mut together);
        views.iter().for_each(|view| exchange.route(&[*view], &mut alone));
        let together: Vec<_> = together.iter().map(|route| seen(route)).collect();
        let alone: Vec<_> = alone.iter().map(|route| seen(route)).collect();
        prop_assert_eq!(together, alone);
    }
}
