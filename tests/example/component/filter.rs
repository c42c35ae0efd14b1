//! The filter languages, wherever a filter may stand: each gives the same answer to the same
//! question.

use philter_protocol::v0_9_1::method::{basic, confirm, queue};
use philter_protocol::v0_9_1::{FieldValue, Method, Properties, Table};
use philter_protocol::v0_10::command::{ExchangeBind, MessageSubscribe};
use philter_protocol::v0_10::{FieldMap, Value};
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Session, Subscription};
use philter_tests::client_0_9_1::{Client, Refusal};

use super::Place;

/// A language, how it asks whether a message is hot and of site b, what it refuses, and where.
struct Language {
    name: &'static str,
    hot: &'static str,
    bad: &'static str,
    place: &'static str,
}

const LANGUAGES: [Language; 4] = [
    Language {
        name: "json",
        hot: r#"site = "b" and $.temperature > 30"#,
        bad: "site = \"b\" and\nand",
        place: "(line 2, column 1)",
    },
    Language {
        name: "terms",
        hot: r#"header site = "b" and body contains "31""#,
        bad: "header site =\n = 1",
        place: "(line 2, column 2)",
    },
    Language {
        name: "json-js",
        hot: "body.temperature > 30 && headers.site == 'b'",
        bad: "body.a &&\n && 1",
        place: "(line 2, column 2)",
    },
    Language {
        name: "json-py",
        hot: "body.temperature > 30 and headers.site == 'b'",
        bad: "(body.a and\n and 1)",
        place: "(line 2, column 2)",
    },
];

/// Site and body of each message.
const MESSAGES: [(&str, &str); 5] = [
    ("b", r#"{"number":0,"temperature":31}"#),
    ("a", r#"{"number":1,"temperature":31}"#),
    ("b", r#"{"number":2,"temperature":29}"#),
    ("b", "no JSON"),
    ("b", r#"{"temperature":31,"number":4}"#),
];

/// The bodies of those that are hot and of site b.
const HOT: [&str; 2] = [MESSAGES[0].1, MESSAGES[4].1];
const OTHERS: u32 = 3;

const FANOUT: &str = "amq.fanout";

/// `philter.filter` in the arguments of 0-9-1.
fn table(language: &Language, expression: &str) -> Table {
    let filter = Table::new().with("language", language.name).with("expression", expression);
    Table::new().with("philter.filter", FieldValue::Table(filter))
}

/// The same of 0-10.
fn map(language: &Language, expression: &str) -> FieldMap {
    let text = |text: &str| Value::Str16(text.to_owned());
    let filter = FieldMap::new().with("language", text(language.name));
    let filter = filter.with("expression", text(expression));
    FieldMap::new().with("philter.filter", Value::Map(filter))
}

/// Publishes all messages by 0-9-1, and waits until each was taken.
fn publish(client: &mut Client, to: (&str, &str)) {
    for (site, body) in MESSAGES {
        let mut list = Vec::new();
        let headers = Table::new().with("site", site);
        Properties::default().encode_with_headers(&[], Some(&headers), &mut list);
        let properties = Properties::parse(&list).unwrap();
        client.publish(1, to, &properties, body.as_bytes()).unwrap();
        assert!(client.next_answer(1).unwrap().is_taken, "{body}");
    }
}

/// The same by 0-10.
fn publish_0_10(session: &mut Session<'_>, exchange: &str, key: &str) {
    for (site, body) in MESSAGES {
        let message = Message::new(key, body).header("site", Value::Str16(site.to_owned()));
        session.publish(exchange, &message).unwrap();
    }
}

/// A client of 0-9-1 with a channel that confirms.
fn open(broker: &Broker) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client.call(1, confirm::Select { no_wait: false }).unwrap();
    client
}

/// Messages that wait in a queue.
fn waiting(client: &mut Client, queue: &str) -> u32 {
    let passive = queue::Declare { queue: queue.into(), passive: true, ..Default::default() };
    match client.call(1, passive).unwrap() {
        Method::QueueDeclareOk(ok) => ok.message_count,
        method => panic!("{method:?}"),
    }
}

/// Takes as many messages as are hot.
fn receive(client: &mut Client) -> Vec<String> {
    let bodies = HOT.iter().map(|_| client.receive(1).unwrap().body);
    bodies.map(|body| String::from_utf8(body).unwrap()).collect()
}

fn bind(language: &Language, expression: &str) -> queue::Bind {
    let (queue, exchange) = (language.name.into(), FANOUT.into());
    queue::Bind { queue, exchange, arguments: table(language, expression), ..Default::default() }
}

fn bind_0_10(language: &Language, expression: &str) -> ExchangeBind {
    let (queue, exchange) = (language.name.into(), FANOUT.into());
    let arguments = Some(map(language, expression));
    ExchangeBind { queue, exchange, arguments, ..Default::default() }
}

fn consume(language: &Language, expression: &str) -> basic::Consume {
    basic::Consume {
        queue: language.name.into(),
        consumer_tag: language.name.into(),
        no_ack: true,
        arguments: table(language, expression),
        ..Default::default()
    }
}

fn subscribe(language: &Language, expression: &str) -> Subscription {
    let Subscription(plain) = Subscription::consume(language.name).unaccepted();
    let arguments = Some(map(language, expression));
    Subscription(MessageSubscribe { arguments, ..plain })
}

#[test]
fn on_bindings_made_by_0_9_1() {
    let Some(place) = Place::find_or_skip("on_bindings_made_by_0_9_1") else { return };
    let broker = place.start();
    let mut client = open(&broker);
    for language in &LANGUAGES {
        client.declare_queue(1, language.name, Table::new()).unwrap();
        client.call(1, bind(language, language.hot)).unwrap();
    }
    publish(&mut client, (FANOUT, ""));
    for language in &LANGUAGES {
        assert_eq!(waiting(&mut client, language.name), 2, "{}", language.name);
        client.consume(1, language.name, true).unwrap();
        assert_eq!(receive(&mut client), HOT, "{}", language.name);
    }
}

#[test]
fn on_bindings_made_by_0_10() {
    let Some(place) = Place::find_or_skip("on_bindings_made_by_0_10") else { return };
    let broker = place.start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for language in &LANGUAGES {
        session.declare_queue(language.name).unwrap();
        session.run(bind_0_10(language, language.hot)).unwrap();
    }
    publish_0_10(&mut session, FANOUT, "");
    for language in &LANGUAGES {
        let plain = Subscription::consume(language.name);
        session.subscribe(plain, Credit::UNLIMITED).unwrap();
        let got = session.drain(language.name).unwrap();
        let got: Vec<_> = got.iter().map(|delivery| delivery.text()).collect();
        assert_eq!(got, HOT, "{}", language.name);
    }
}

#[test]
fn of_consumers_of_0_9_1() {
    let Some(place) = Place::find_or_skip("of_consumers_of_0_9_1") else { return };
    let broker = place.start();
    let mut client = open(&broker);
    for language in &LANGUAGES {
        client.declare_queue(1, language.name, Table::new()).unwrap();
        publish(&mut client, ("", language.name));
        client.call(1, consume(language, language.hot)).unwrap();
        assert_eq!(receive(&mut client), HOT, "{}", language.name);
        assert_eq!(waiting(&mut client, language.name), OTHERS, "{}", language.name);
    }
}

#[test]
fn of_subscriptions_of_0_10() {
    let Some(place) = Place::find_or_skip("of_subscriptions_of_0_10") else { return };
    let broker = place.start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for language in &LANGUAGES {
        session.declare_queue(language.name).unwrap();
        publish_0_10(&mut session, "", language.name);
        session.subscribe(subscribe(language, language.hot), Credit::UNLIMITED).unwrap();
        let got = session.drain(language.name).unwrap();
        let got: Vec<_> = got.iter().map(|delivery| delivery.text()).collect();
        assert_eq!(got, HOT, "{}", language.name);
        assert_eq!(session.message_count(language.name).unwrap(), OTHERS, "{}", language.name);
    }
}

#[test]
fn what_they_refuse_is_refused_with_line_and_column() {
    let test = "what_they_refuse_is_refused_with_line_and_column";
    let Some(place) = Place::find_or_skip(test) else { return };
    let broker = place.start();
    let mut client = Client::guest(broker.port()).unwrap();
    for language in &LANGUAGES {
        let name = language.name;
        client.open_channel(1).unwrap();
        client.declare_queue(1, name, Table::new()).unwrap();
        let bound = client.call(1, bind(language, language.bad)).unwrap_err();
        client.open_channel(1).unwrap();
        let consumed = client.call(1, consume(language, language.bad)).unwrap_err();
        for refusal in [bound, consumed] {
            let Refusal::Channel { text, .. } = refusal else { panic!("{refusal:?}") };
            assert!(text.contains(language.place), "{name}: {text}");
        }
        let mut client = broker.client();
        let mut session = client.attach("bind").unwrap();
        let bound = session.run(bind_0_10(language, language.bad)).unwrap_err();
        let mut session = client.attach("subscribe").unwrap();
        let subscribed = session.run(subscribe(language, language.bad).0).unwrap_err();
        for refusal in [bound, subscribed] {
            assert!(refusal.text().contains(language.place), "{name}: {refusal}");
        }
    }
}
