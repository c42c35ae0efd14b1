//! Plugins as objects of management, asked for as a console does.

use philter_protocol::reader::Reader;
use philter_protocol::v0_10::Value;
use philter_protocol::v0_10::structs::{MessageProperties, ReplyTo};
use philter_protocol::v0_10::value::FieldMap;
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

use super::{Folder, bind_filtered};

/// The code of a list.
const LIST: u8 = 0xa9;

/// Every object of class plugin, its values by the type's name.
pub(super) fn plugins(broker: &Broker) -> Vec<(String, FieldMap)> {
    let mut client = broker.client();
    let mut session = client.attach("console").unwrap();
    session.declare_queue("answers").unwrap();
    session.subscribe(Subscription::consume("answers"), Credit::UNLIMITED).unwrap();
    let text = |text: &str| Value::Str16(text.to_owned());
    let class = FieldMap::new().with("_class_name", text("plugin"));
    let query = FieldMap::new().with("_what", text("OBJECT")).with("_schema_id", Value::Map(class));
    let mut body = Vec::new();
    query.encode(&mut body);
    let properties = MessageProperties {
        reply_to: Some(ReplyTo { exchange: None, routing_key: Some("answers".to_owned()) }),
        app_id: Some(b"qmf2".to_vec()),
        application_headers: Some(FieldMap::new().with("qmf.opcode", text("_query_request"))),
        ..MessageProperties::default()
    };
    let message = Message { properties: Some(properties), ..Message::new("broker", body) };
    session.publish("qmf.default.direct", &message).unwrap();
    let answer = session.receive().unwrap();
    let objects = objects(&answer.body.unwrap());
    session.delete_queue("answers").unwrap();
    let named = |values: FieldMap| (word(&values, "type"), values);
    objects.into_iter().map(named).collect()
}

/// The values of each object in an answer.
fn objects(body: &[u8]) -> Vec<FieldMap> {
    let mut reader = Reader::new(body);
    let Value::List(list) = Value::decode(LIST, &mut reader).unwrap() else { panic!() };
    let values = |object: &Value| {
        let Value::Map(object) = object else { panic!("{object:?}") };
        let Some(Value::Map(values)) = object.get("_values") else { panic!("{object:?}") };
        values.clone()
    };
    list.iter().map(values).collect()
}

/// A text of an object; empty where it is absent.
pub(super) fn word(values: &FieldMap, name: &str) -> String {
    match values.get(name) {
        Some(Value::Vbin8(bytes) | Value::Vbin16(bytes) | Value::Vbin32(bytes)) => {
            String::from_utf8(bytes.clone()).unwrap()
        }
        other => other.and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}

/// What an object counts.
pub(super) fn number(values: &FieldMap, name: &str) -> i64 {
    values.get(name).and_then(Value::as_i64).unwrap_or_else(|| panic!("{name} in {values:?}"))
}

/// The values of one type.
pub(super) fn plugin(broker: &Broker, type_name: &str) -> FieldMap {
    let found = plugins(broker).into_iter().find(|(name, _)| name == type_name);
    found.unwrap_or_else(|| panic!("no type {type_name}")).1
}

#[test]
fn each_type_is_shown_and_a_component_with_what_it_did() {
    let folder = Folder::with_geo();
    let broker = folder.options().start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    bind_filtered(&mut session, "q", "#", "true");
    // What was said of a routing key is remembered.
    for key in 0..10 {
        session.publish("amq.topic", &Message::new(&key.to_string(), "b")).unwrap();
    }
    let near = plugin(&broker, "near");
    assert_eq!(word(&near, "kind"), "filter");
    assert_eq!((word(&near, "name"), word(&near, "version")), ("near".into(), "1.0.0".into()));
    assert_eq!(word(&near, "carrier"), "component");
    assert!(word(&near, "path").ends_with("/geo.wasm"), "{near:?}");
    assert_eq!(word(&near, "breaker"), "closed");
    assert_eq!(number(&near, "messages"), 10);
    assert!((1..=10).contains(&number(&near, "calls")), "{near:?}");
    for grown in ["callTime", "instances", "memory"] {
        assert!(number(&near, grown) > 0, "{grown}: {near:?}");
    }
    for none in ["traps", "deadlineHits", "memoryRefusals", "faults", "broken", "reloads"] {
        assert_eq!(number(&near, none), 0, "{none}");
    }
    let direct = plugin(&broker, "direct");
    assert_eq!(
        (word(&direct, "kind"), word(&direct, "carrier")),
        ("exchange".into(), "native".into())
    );
    assert_eq!(direct.get("breaker"), None);
    assert_eq!(number(&direct, "calls"), 0);
}
