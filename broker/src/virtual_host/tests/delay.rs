//! Exchanges that hold messages until they are due.

use philter_model::limits::DELAYED_MAX;
use philter_model::queue::Limit;

use super::*;
use crate::message::{View, stamp};

/// An exchange that delays, with its plugin.
fn later(stage: &Stage, name: &str) -> Arc<Exchange> {
    let mut settings = ExchangeSettings::new(name, "x-delayed-message");
    settings.delayed_type = Some("equal".into());
    let exchange = Exchange::new(settings, None, Box::new(Instance(Arc::default())), false);
    let exchange = Arc::new(exchange);
    stage.host.exchanges.write().insert(name.into(), Arc::clone(&exchange));
    exchange
}

fn delayed(key: &str, body: &'static str, delay: Value) -> Arc<Message> {
    stamp(&message(key, body), "x-delay", delay)
}

fn publish(stage: &Stage, exchange: &Arc<Exchange>, messages: &[Arc<Message>]) -> Published {
    stage.host.publish_each(exchange, messages, &[], NOW_MS)
}

/// Bodies and `x-delay` of everything in a queue.
fn take(queue: &Queue) -> Vec<(String, Option<String>)> {
    let id = subscribe(queue, &Mailbox::new(), 1);
    let mut pulled = Vec::new();
    queue.pull(id, 100, u64::MAX, NOW_MS, &mut pulled);
    let seen = pulled.iter().map(|delivery| {
        let body = delivery.message.body().iter().collect::<Vec<_>>().concat();
        let delay = View::new(&delivery.message, "").header("x-delay").map(|it| format!("{it:?}"));
        (String::from_utf8(body).unwrap(), delay)
    });
    seen.collect()
}

#[test]
fn messages_are_routed_when_they_are_due_and_in_that_order() {
    let stage = Stage::new();
    let (exchange, queue) = (later(&stage, "x"), stage.queue("q"));
    stage.bind(&exchange, &queue, "k");
    let batch = [
        delayed("k", "later", Value::Int(30)),
        message("k", "now"),
        delayed("k", "sooner", Value::String("10".into())),
        delayed("lost", "lost", Value::Long(10)),
    ];
    let published = publish(&stage, &exchange, &batch);
    assert!(published.unrouted.is_empty(), "nobody is told of what is due later");
    assert_eq!(depth(&queue), 1);
    stage.host.release_due(NOW_MS + 10);
    assert_eq!(depth(&queue), 1);
    stage.host.release_due(NOW_MS + 11);
    assert_eq!(depth(&queue), 2);
    assert_eq!(exchange.counters.unroutable.load(Ordering::Relaxed), 1);
    stage.host.release_due(NOW_MS + 31);
    let some = |text: &str| Some(text.to_owned());
    let expected = [("now", None), ("sooner", some("Int(-10)")), ("later", some("Int(-30)"))];
    let expected = expected.map(|(body, delay)| (body.to_owned(), delay));
    assert_eq!(take(&queue), expected);
    assert!(stage.host.alarms_of_test().is_empty());
}

#[test]
fn what_is_no_delay_or_goes_too_far_delays_nothing() {
    let stage = Stage::new();
    let (exchange, queue) = (later(&stage, "x"), stage.queue("q"));
    stage.bind(&exchange, &queue, "k");
    let not = [
        Value::Int(0),
        Value::Int(-5),
        Value::Long(1 << 32),
        Value::String("soon".into()),
        Value::Bool(true),
    ];
    let batch = not.map(|value| delayed("k", "", value));
    publish(&stage, &exchange, &batch);
    assert_eq!(depth(&queue), batch.len());
    let limits = [Value::Long((1 << 32) - 1), Value::Double(1.9), Value::Ubyte(1)];
    publish(&stage, &exchange, &limits.map(|value| delayed("k", "", value)));
    assert_eq!(depth(&queue), batch.len());
    stage.host.release_due(NOW_MS + 2);
    assert_eq!(depth(&queue), batch.len() + 2);
    stage.host.release_due(NOW_MS + (1 << 32));
    assert_eq!(depth(&queue), batch.len() + 3);
}

#[test]
fn an_exchange_has_one_alarm_however_many_come_sooner() {
    let stage = Stage::new();
    let exchange = later(&stage, "x");
    for delay in (1..50).rev() {
        publish(&stage, &exchange, &[delayed("k", "", Value::Int(delay))]);
    }
    let alarms = stage.host.alarms_of_test();
    assert_eq!(alarms, [NOW_MS + 2]);
    stage.host.release_due(NOW_MS + 21);
    assert_eq!(stage.host.alarms_of_test(), [NOW_MS + 22]);
}

#[test]
fn further_keys_wait_with_their_message_and_its_time_to_live_begins_afterwards() {
    let stage = Stage::new();
    let (exchange, queue) = (later(&stage, "x"), stage.queue("q"));
    stage.bind(&exchange, &queue, "cc");
    let short = Arc::new(Message::new(&NewMessage {
        format: Format::V0_10,
        exchange: "".into(),
        routing_key: "none",
        publisher: "".into(),
        header: delayed("k", "", Value::Int(100)).header(),
        body: &[Bytes::from_static(b"short")],
        is_durable: false,
        priority: 4,
        expires_at_ms: Some(NOW_MS + 10),
    }));
    let keys = [(0, vec!["cc".to_owned()])];
    stage.host.publish_each(&exchange, &[short], &keys, NOW_MS);
    stage.host.release_due(NOW_MS + 101);
    assert_eq!(depth(&queue), 1);
    assert_eq!(take(&queue).len(), 1);
}

#[test]
fn an_exchange_on_the_way_delays_as_well() {
    let stage = Stage::new();
    let (first, _) = stage.exchange("first", None, false);
    let (exchange, queue) = (later(&stage, "x"), stage.queue("q"));
    let bind = Bind {
        exchange: &first,
        to: &Endpoint::from(&exchange),
        key: "k",
        arguments: &[],
        declared_by: Protocol::V0_9_1,
        scope: None,
        by: Actor::broker(),
    };
    stage.host.bind(&bind).unwrap();
    stage.bind(&exchange, &queue, "k");
    let batch = [delayed("k", "later", Value::Int(5)), message("k", "now")];
    let published = publish(&stage, &first, &batch);
    assert_eq!((depth(&queue), published.unrouted.len()), (1, 0));
    stage.host.release_due(NOW_MS + 6);
    assert_eq!(depth(&queue), 2);
}

#[test]
fn what_waits_goes_with_its_exchange() {
    let stage = Stage::new();
    let exchange = later(&stage, "x");
    let one = delayed("k", "", Value::Int(5));
    publish(&stage, &exchange, &[Arc::clone(&one)]);
    assert_eq!(Arc::strong_count(&one), 2);
    stage.host.delete_exchange("x", false, Actor::broker()).unwrap();
    assert_eq!(Arc::strong_count(&one), 1);
    stage.host.release_due(NOW_MS + 6);
    let published = publish(&stage, &exchange, &[one]);
    assert_eq!(published.unrouted, [0], "a deleted one holds nothing");
}

#[test]
fn a_commit_needs_no_room_for_what_waits() {
    let stage = Stage::new();
    let exchange = later(&stage, "x");
    let queue = stage.with("q", &[("qpid.max_count", Value::Int(1))]);
    stage.bind(&exchange, &queue, "k");
    let batch = |delay| vec![message("k", ""), delayed("k", "", Value::Int(delay))];
    let refusal = |delay| stage.host.find_refusal(&[(Arc::clone(&exchange), batch(delay))]);
    assert!(refusal(0).is_some() && refusal(5).is_none());
}

#[test]
fn a_commit_needs_room_to_wait_and_waits_whatever_came_meanwhile() {
    let stage = Stage::new();
    let exchange = later(&stage, "x");
    let one = delayed("k", "", Value::Int(5));
    let fill = |count| publish(&stage, &exchange, &vec![Arc::clone(&one); count]).refused.len();
    assert_eq!(fill(DELAYED_MAX - 1), 0);
    let work = |count| {
        let mut work = Work::default();
        work.publish(&exchange, &mut vec![Arc::clone(&one); count]).unwrap();
        work
    };
    let found = stage.host.find_ways_of(&work(1)).unwrap();
    let refused = stage.host.find_refusal_of(&work(2)).unwrap();
    let limit = Limit::Delayed(DELAYED_MAX as u64);
    let full = format!("queue 'x' is full: a message would go past {limit}");
    assert_eq!(refused.why.to_string(), full);
    assert_eq!(fill(2), 1);
    stage.host.publish_work(&work(1), &found, NOW_MS);
    stage.host.release_due(NOW_MS + 6);
    assert_eq!(stage.host.sums().unroutable, DELAYED_MAX as u64 + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_task_wakes_for_what_is_due_and_for_what_is_due_sooner() {
    let stage = Stage::new();
    let (exchange, queue) = (later(&stage, "x"), stage.queue("q"));
    stage.bind(&exchange, &queue, "k");
    let mailbox = Mailbox::new();
    let consumer = subscribe(&queue, &mailbox, 1);
    let mut pulled = Vec::new();
    queue.pull(consumer, 1, u64::MAX, NOW_MS, &mut pulled);
    let task = tokio::spawn(VirtualHosts::of(&stage.host).release_delayed());
    let now_ms = crate::clock::now_ms();
    let one = |delay| [delayed("k", "", Value::Long(delay))];
    stage.host.publish_each(&exchange, &one(3_600_000), &[], now_ms);
    stage.host.publish_each(&exchange, &one(20), &[], now_ms);
    while pulled.is_empty() {
        mailbox.notified().await;
        mailbox.take(&mut Vec::new());
        queue.pull(consumer, 1, u64::MAX, now_ms, &mut pulled);
    }
    let waited_ms = crate::clock::now_ms() - now_ms;
    assert!(waited_ms >= 20, "{waited_ms}");
    task.abort();
}
