//! Exchanges as clients of 0-9-1 declare and bind them.

use philter_protocol::v0_9_1::method::{basic, exchange, queue};
use philter_protocol::v0_9_1::{ChannelEvent, FieldValue, Method, Properties, Table};
use philter_tests::broker::Broker;
use philter_tests::client_0_9_1::{Client, Refusal};

fn open(broker: &Broker) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client
}

fn declare(client: &mut Client, exchange: &str, type_: &str, arguments: Table) {
    let (exchange, type_) = (exchange.to_owned(), type_.to_owned());
    let declare = exchange::Declare { exchange, type_, arguments, ..Default::default() };
    client.call(1, declare).unwrap();
}

fn bind(client: &mut Client, queue: &str, exchange: &str, key: &str, arguments: Table) {
    let (queue, exchange, routing_key) = (queue.to_owned(), exchange.to_owned(), key.to_owned());
    let bind = queue::Bind { queue, exchange, routing_key, arguments, ..Default::default() };
    client.call(1, bind).unwrap();
}

fn publish(client: &mut Client, exchange: &str, key: &str, body: &str) {
    client.publish(1, (exchange, key), &Properties::default(), body.as_bytes()).unwrap();
}

/// Takes a message that is there.
fn get(client: &mut Client, queue: &str) -> Option<String> {
    let get = basic::Get { queue: queue.into(), no_ack: true, ..Default::default() };
    client.send(1, get).unwrap();
    match client.next_event(1).unwrap() {
        ChannelEvent::GetOk { body, .. } => Some(String::from_utf8(body.concat()).unwrap()),
        ChannelEvent::Method(Method::BasicGetEmpty(_)) => None,
        event => panic!("{event:?}"),
    }
}

#[test]
fn a_type_that_is_not_loaded_closes_the_connection_and_names_those_that_are() {
    let broker = Broker::start();
    let mut client = open(&broker);
    let declare =
        exchange::Declare { exchange: "e".into(), type_: "sparkle".into(), ..Default::default() };
    let Err(Refusal::Connection { code: Some(503), text }) = client.call(1, declare) else {
        panic!()
    };
    assert!(text.contains("unknown exchange type 'sparkle'") && text.contains("direct"), "{text}");
}

#[test]
fn clients_do_not_publish_to_internal_exchanges() {
    let broker = Broker::start();
    let mut client = open(&broker);
    let declare = exchange::Declare {
        exchange: "inner".into(),
        type_: "fanout".into(),
        internal: true,
        ..Default::default()
    };
    client.call(1, declare).unwrap();
    publish(&mut client, "inner", "", "x");
    let Err(Refusal::Channel { code: 403, text, method: (60, 40) }) = client.next_event(1) else {
        panic!()
    };
    assert!(text.contains("internal exchange 'inner'"), "{text}");
}

#[test]
fn messages_follow_bindings_between_exchanges() {
    let broker = Broker::start();
    let mut client = open(&broker);
    declare(&mut client, "out", "topic", Table::new());
    declare(&mut client, "in", "fanout", Table::new());
    client.declare_queue(1, "q", Table::new()).unwrap();
    bind(&mut client, "q", "in", "", Table::new());
    let bound = exchange::Bind {
        source: "out".into(),
        destination: "in".into(),
        routing_key: "a.#".into(),
        ..Default::default()
    };
    client.call(1, bound).unwrap();
    publish(&mut client, "out", "b.a", "no");
    publish(&mut client, "out", "a.b", "yes");
    assert_eq!(get(&mut client, "q").as_deref(), Some("yes"));
    let unbind = exchange::Unbind {
        source: "out".into(),
        destination: "in".into(),
        routing_key: "a.#".into(),
        ..Default::default()
    };
    // The second time there is nothing, which is what was asked for.
    for _ in 0..2 {
        client.call(1, unbind.clone()).unwrap();
    }
    publish(&mut client, "out", "a.b", "no");
    assert_eq!(get(&mut client, "q"), None);
}

#[test]
fn what_matches_nothing_goes_to_the_alternate_exchange_by_its_name() {
    let broker = Broker::start();
    let mut client = open(&broker);
    // It may come later.
    declare(&mut client, "e", "direct", Table::new().with("alternate-exchange", "rest"));
    publish(&mut client, "e", "none", "lost");
    declare(&mut client, "rest", "fanout", Table::new());
    client.declare_queue(1, "q", Table::new()).unwrap();
    bind(&mut client, "q", "rest", "", Table::new());
    publish(&mut client, "e", "none", "kept");
    assert_eq!(get(&mut client, "q").as_deref(), Some("kept"));
}

#[test]
fn xquery_decides_what_a_queue_gets() {
    let broker = Broker::start();
    let mut client = open(&broker);
    declare(&mut client, "orders", "xml", Table::new());
    client.declare_queue(1, "large", Table::new()).unwrap();
    let query = Table::new().with("xquery", "./order/total > 100");
    bind(&mut client, "large", "orders", "order", query);
    for total in [50, 500] {
        let body = format!("<order><total>{total}</total></order>");
        publish(&mut client, "orders", "order", &body);
    }
    let got = get(&mut client, "large").unwrap();
    assert_eq!(got, "<order><total>500</total></order>");
    assert_eq!(get(&mut client, "large"), None);
    let bad = queue::Bind {
        queue: "large".into(),
        exchange: "orders".into(),
        routing_key: "order".into(),
        arguments: Table::new().with("xquery", "./order["),
        ..Default::default()
    };
    let Err(Refusal::Channel { code: 406, text, .. }) = client.call(1, bad) else { panic!() };
    assert!(text.contains("XPST0003") || text.contains("line"), "{text}");
}

#[test]
fn headers_are_compared_as_they_were_sent() {
    let broker = Broker::start();
    let mut client = open(&broker);
    client.declare_queue(1, "q", Table::new()).unwrap();
    let all = Table::new().with("x-match", "all").with("colour", "red").with("count", 3);
    bind(&mut client, "q", "amq.headers", "", all);
    for count in [3, 4] {
        let table = Table::new().with("colour", "red").with("count", FieldValue::Int64(count));
        let mut list = Vec::new();
        Properties::default().encode_with_headers(&[], Some(&table), &mut list);
        let properties = Properties::parse(&list).unwrap();
        let body = count.to_string();
        client.publish(1, ("amq.headers", ""), &properties, body.as_bytes()).unwrap();
    }
    assert_eq!(get(&mut client, "q").as_deref(), Some("3"));
    assert_eq!(get(&mut client, "q"), None);
}
