//! Deaths as RabbitMQ tells of them, in messages of either protocol. The expected headers were seen
//! in RabbitMQ's deliveries.

use bytes::Bytes;
use philter_model::message::NewMessage;
use philter_plugin_api::MessageView;
use philter_protocol::v0_9_1::{FieldValue, Properties, Table};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::DeliveryProperties;

use super::*;
use crate::message::View;
use crate::message::v0_9_1::read_table;

const TIME_S: u64 = 1_700_000_000;

fn message(format: Format, header: &[u8]) -> Message {
    Message::new(&NewMessage {
        format,
        exchange: "x".into(),
        routing_key: "k",
        publisher: "me".into(),
        header,
        body: &[Bytes::from_static(b"body")],
        is_durable: true,
        priority: 3,
        expires_at_ms: Some(9),
    })
}

fn of_0_9_1(expiration: Option<&str>, headers: &Table) -> Message {
    let mut table = Vec::new();
    headers.encode(&mut table);
    let mut list = Vec::new();
    let expiration = expiration.map(Into::into);
    Properties { expiration, headers: read_table(&table), ..Properties::default() }
        .encode(&mut list);
    message(Format::V0_9_1, &list)
}

fn die(message: &Message, queue: &str, reason: &str, routing_key: Option<&str>) -> Message {
    let exchange = Arc::from("dlx");
    let death = Death { queue, reason, exchange: &exchange, routing_key, time_s: TIME_S };
    with_death(message, &death)
}

fn table(message: &Message) -> Table {
    Properties::parse(message.header()).unwrap().headers.unwrap().to_table()
}

/// Queue, reason and count of each death.
fn told(message: &Message) -> Vec<(String, String, i64)> {
    let header = Header::new(message);
    let own = |entry: &Value, name| text(entry, name).unwrap().to_owned();
    let count = |entry: &Value| match entry {
        Value::Map(pairs) => pairs.iter().find(|(key, _)| *key == COUNT.into()).unwrap().1.clone(),
        _ => panic!("{entry:?}"),
    };
    let deaths = deaths(&header);
    let deaths = deaths.iter();
    deaths.map(|entry| (own(entry, QUEUE), own(entry, REASON), integer(&count(entry)))).collect()
}

fn of(queue: &str, reason: &str, count: i64) -> (String, String, i64) {
    (queue.to_owned(), reason.to_owned(), count)
}

#[test]
fn a_first_death_is_told_as_rabbitmq_tells_it() {
    let keys = |keys: &[&str]| FieldValue::Array(keys.iter().map(|key| (*key).into()).collect());
    let headers = Table::new()
        .with("CC", keys(&["k1", "k2"]))
        .with("BCC", keys(&["z"]))
        .with("n", FieldValue::Int32(1));
    let dead = die(&of_0_9_1(Some("100000"), &headers), "a", "rejected", Some("other"));
    let death = Table::new()
        .with("count", FieldValue::Int64(1))
        .with("reason", "rejected")
        .with("queue", "a")
        .with("time", FieldValue::Timestamp(TIME_S))
        .with("exchange", "x")
        .with("routing-keys", keys(&["k", "k1", "k2"]))
        .with("original-expiration", "100000");
    let expected = Table::new()
        .with("n", FieldValue::Int32(1))
        .with("x-death", FieldValue::Array(vec![FieldValue::Table(death)]))
        .with("x-first-death-queue", "a")
        .with("x-first-death-reason", "rejected")
        .with("x-first-death-exchange", "x")
        .with("x-last-death-queue", "a")
        .with("x-last-death-reason", "rejected")
        .with("x-last-death-exchange", "x");
    assert_eq!(table(&dead), expected);
    assert_eq!(Properties::parse(dead.header()).unwrap().expiration, None);
    assert_eq!((&**dead.exchange(), dead.routing_key()), ("dlx", "other"));
    assert_eq!(dead.body().small, b"body");
    assert_eq!((dead.expires_at_ms(), dead.is_durable(), dead.priority()), (None, true, 3));
}

#[test]
fn without_another_key_the_further_keys_stay_but_for_the_hidden_ones() {
    let keys = || FieldValue::Array(vec!["k1".into()]);
    let headers = Table::new().with("CC", keys()).with("BCC", keys());
    let dead = die(&of_0_9_1(None, &headers), "a", "maxlen", None);
    assert_eq!((dead.routing_key(), table(&dead).get("CC")), ("k", Some(&keys())));
    assert_eq!(table(&dead).get("BCC"), None);
}

#[test]
fn a_death_that_happened_before_is_counted_and_goes_to_the_front() {
    let once = die(&of_0_9_1(Some("5"), &Table::new()), "a", "rejected", Some("b"));
    let twice = die(&once, "b", "expired", Some("a"));
    assert_eq!(told(&twice), [of("b", "expired", 1), of("a", "rejected", 1)]);
    let again = die(&twice, "a", "rejected", Some("b"));
    assert_eq!(told(&again), [of("a", "rejected", 2), of("b", "expired", 1)]);
    let table = table(&again);
    let text = |name| table.get(name).and_then(FieldValue::as_str);
    assert_eq!(
        (text("x-first-death-exchange"), text("x-last-death-exchange")),
        (Some("x"), Some("dlx"))
    );
    let Some(FieldValue::Array(deaths)) = table.get("x-death") else { panic!("{table:?}") };
    let FieldValue::Table(first) = &deaths[0] else { panic!("{deaths:?}") };
    assert_eq!(first.get("exchange"), Some(&"x".into()));
    assert_eq!(first.get("original-expiration"), Some(&"5".into()));
}

#[test]
fn a_count_that_a_client_wrote_in_few_bytes_goes_on() {
    let death = Table::new()
        .with("queue", "a")
        .with("reason", "rejected")
        .with("count", FieldValue::Int8(1));
    let headers = Table::new().with("x-death", FieldValue::Array(vec![FieldValue::Table(death)]));
    let again = die(&of_0_9_1(None, &headers), "a", "rejected", None);
    assert_eq!(told(&again), [of("a", "rejected", 2)]);
}

#[test]
fn a_message_of_0_10_dies_in_its_own_words() {
    let mut segment = Vec::new();
    DeliveryProperties {
        ttl: Some(60_000),
        priority: Some(7),
        exchange: Some("x".into()),
        routing_key: Some("k".into()),
        ..DeliveryProperties::default()
    }
    .write_struct32(&mut segment);
    let once = die(&message(Format::V0_10, &segment), "a", "expired", Some("b"));
    let parsed = Headers::parse(once.header()).unwrap();
    let delivery = parsed.delivery;
    assert_eq!((delivery.exchange, delivery.routing_key), (Some("dlx"), Some("b")));
    assert_eq!((delivery.ttl, delivery.priority), (None, Some(7)));
    let again = die(&once, "a", "expired", None);
    assert_eq!(told(&again), [of("a", "expired", 2)]);
    let view = View::new(&again, "");
    assert_eq!(view.header("x-first-death-queue"), Some(ValueRef::String("a")));
    let Some(Value::List(deaths)) = view.header(DEATHS).and_then(|v| v.to_value().ok()) else {
        panic!("no deaths")
    };
    assert_eq!(text(&deaths[0], "original-expiration"), Some("60000"));
}

#[test]
fn a_header_that_is_no_list_of_deaths_counts_for_none() {
    let headers = Table::new().with("x-death", "junk");
    let dead = die(&of_0_9_1(None, &headers), "a", "expired", None);
    assert_eq!(told(&dead), [of("a", "expired", 1)]);
    let headers = Table::new().with("x-death", FieldValue::Array(vec!["junk".into()]));
    let dead = die(&of_0_9_1(None, &headers), "a", "expired", None);
    assert!(has_cycle(&dead, "a"));
}

#[test]
fn a_queue_met_twice_is_a_cycle_unless_somebody_rejected_it_since() {
    let fresh = of_0_9_1(None, &Table::new());
    assert!(!has_cycle(&fresh, "a"));
    let expired = die(&fresh, "a", "expired", None);
    assert!(has_cycle(&expired, "a") && !has_cycle(&expired, "b"));
    let rejected = die(&expired, "b", "rejected", None);
    assert!(!has_cycle(&rejected, "a") && !has_cycle(&rejected, "b"));
    let limited = die(&rejected, "c", "maxlen", None);
    assert!(has_cycle(&limited, "c") && !has_cycle(&limited, "b"));
}

#[test]
fn a_message_keeps_its_newest_deaths() {
    let mut dead = of_0_9_1(None, &Table::new());
    for queue in 0..DEATHS_MAX + 5 {
        dead = die(&dead, &queue.to_string(), "expired", None);
    }
    assert_eq!(told(&dead).len(), DEATHS_MAX);
    assert!(has_cycle(&dead, "260") && !has_cycle(&dead, "0"));
}
