//! The agent over a live virtual host: what consoles send, and what they are answered and told.

use bytes::Bytes;
use philter_model::message::{Format, NewMessage};
use philter_model::queue::ConsumerSpec;
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{MessageProperties, ReplyTo};
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use super::*;
use crate::clock::now_ms;
use crate::management::tests::{create, management};
use crate::net::{Mailbox, Token};
use crate::virtual_host::tests::Stage;
use crate::virtual_host::{ConnectionId, OwnerId, Queue, Subscribe, Waker};

const SETTINGS: ManagementSettings = ManagementSettings {
    is_enabled: true,
    is_published: true,
    interval_s: 10,
    has_qmf1: true,
    has_qmf2: true,
};

fn agent(stage: &Stage) -> Agent {
    for name in [v1::EXCHANGE, v2::DIRECT_EXCHANGE, v2::TOPIC_EXCHANGE] {
        stage.stand(name);
    }
    Agent::new(management(stage), SETTINGS).unwrap()
}

fn answer(agent: &mut Agent, message: &Message) {
    agent.answer(&Request::read(message).unwrap(), message);
}

/// A request of version 2 that is answered to the queue `reply`.
fn request(opcode: &str, body: &FieldMap) -> Message {
    let headers = FieldMap::new().with("qmf.opcode", Wire::Str16(opcode.to_owned()));
    let mut encoded = Vec::new();
    body.encode(&mut encoded);
    message(Some(b"qmf2"), headers, encoded)
}

fn message(app_id: Option<&[u8]>, headers: FieldMap, body: Vec<u8>) -> Message {
    let mut header = Vec::new();
    MessageProperties {
        correlation_id: Some(b"7".to_vec()),
        reply_to: Some(ReplyTo { exchange: None, routing_key: Some("reply".to_owned()) }),
        app_id: app_id.map(<[u8]>::to_vec),
        application_headers: Some(headers),
        ..MessageProperties::default()
    }
    .write_struct32(&mut header);
    Message::new(&NewMessage {
        format: Format::V0_10,
        exchange: v2::DIRECT_EXCHANGE.into(),
        routing_key: "broker",
        publisher: "me@QPID".into(),
        header: &header,
        body: &[Bytes::from(body)],
        is_durable: false,
        priority: 4,
        expires_at_ms: None,
    })
}

fn query(class: &str) -> Message {
    let schema = FieldMap::new().with("_class_name", Wire::Str16(class.to_owned()));
    let body = FieldMap::new()
        .with("_what", Wire::Str16("OBJECT".to_owned()))
        .with("_schema_id", Wire::Map(schema));
    request("_query_request", &body)
}

/// Takes everything out of a queue.
fn take(queue: &Queue) -> Vec<Arc<Message>> {
    let waker = Waker { mailbox: Mailbox::new(), token: Token { channel: 0, consumer: 1 } };
    let spec =
        ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: false, priority: 0 };
    let owner = OwnerId { session: 1, connection: ConnectionId(1) };
    let subscribe = Subscribe { spec, owner, filter: None, waker };
    let consumer = queue.subscribe(subscribe).unwrap().unwrap();
    queue.resume(consumer);
    let mut taken = Vec::new();
    queue.pull(consumer, usize::MAX, u64::MAX, now_ms(), &mut taken);
    let ids: Vec<_> = taken.iter().map(|delivery| delivery.id).collect();
    queue.accept(consumer, &ids);
    queue.cancel(consumer);
    taken.into_iter().map(|delivery| delivery.message).collect()
}

fn opcodes(messages: &[Arc<Message>]) -> Vec<String> {
    let opcode = |message: &Arc<Message>| {
        let headers = Headers::parse(message.header()).unwrap().message.application_headers;
        headers.get("qmf.opcode").unwrap().to_value().unwrap().as_str().unwrap().to_owned()
    };
    messages.iter().map(opcode).collect()
}

#[test]
fn a_query_is_answered_to_its_reply_queue() {
    let stage = Stage::new();
    let mut agent = agent(&stage);
    let reply = create(&stage, "reply");
    answer(&mut agent, &query("queue"));
    answer(&mut agent, &query("link"));
    answer(&mut agent, &query("nobody-knows"));
    let answers = take(&reply);
    assert_eq!(opcodes(&answers), ["_query_response"; 3]);
    let headers = Headers::parse(answers[0].header()).unwrap();
    assert_eq!(headers.message.correlation_id, Some(&b"7"[..]));
    assert_eq!(headers.delivery.routing_key, Some("reply"));
}

#[test]
fn a_method_that_fails_answers_an_exception() {
    let stage = Stage::new();
    let mut agent = agent(&stage);
    let reply = create(&stage, "reply");
    let name = Wire::Str16("org.apache.qpid.broker:queue:none".to_owned());
    let body = FieldMap::new()
        .with("_object_id", Wire::Map(FieldMap::new().with("_object_name", name)))
        .with("_method_name", Wire::Str16("purge".to_owned()));
    answer(&mut agent, &request("_method_request", &body));
    assert_eq!(opcodes(&take(&reply)), ["_exception"]);
}

#[test]
fn a_call_of_reload_in_either_version_is_answered_beside_the_others() {
    let is_long = |message: &Message| Request::read(message).unwrap().is_long();
    let call = |name: &str| {
        let body = FieldMap::new().with("_method_name", Wire::Str16(name.to_owned()));
        request("_method_request", &body)
    };
    assert!(is_long(&call("reload")));
    assert!(!is_long(&call("purge")));
    assert!(!is_long(&query("reload")));
    let of_v1 = |body: &[u8]| message(None, FieldMap::new(), body.to_vec());
    assert!(is_long(&of_v1(b"AM2M....\x06reload")));
    assert!(!is_long(&of_v1(b"AM2M....\x05purge")));
    assert!(!is_long(&of_v1(b"AM2G....\x06reload")));
}

#[test]
fn a_console_that_is_gone_or_full_ends_its_answer() {
    let stage = Stage::new();
    let mut agent = agent(&stage);
    answer(&mut agent, &query("queue"));
    let unroutable = stage.host.sums().unroutable;
    assert_eq!(unroutable, 0, "nothing is sent where nobody is");
    let outgoing = || philter_management::qmf::message::Message {
        to: philter_management::qmf::message::ReplyTo {
            exchange: String::new(),
            routing_key: "small".to_owned(),
        },
        body: vec![0; 10],
        ..Default::default()
    };
    assert!(!agent.desk.outlet.send(outgoing()));
    crate::management::tests::create_with(&stage, "small", &[("qpid.max_count", 1)]);
    assert!(agent.desk.outlet.send(outgoing()));
    assert!(!agent.desk.outlet.send(outgoing()));
}

#[test]
fn requests_of_version_1_are_told_apart_by_their_app_id() {
    let stage = Stage::new();
    let mut agent = agent(&stage);
    let reply = create(&stage, "reply");
    let body = [&b"AM2B"[..], &9_u32.to_be_bytes()].concat();
    answer(&mut agent, &message(None, FieldMap::new(), body));
    let answers = take(&reply);
    assert_eq!(answers.len(), 1);
    let body: Vec<u8> = answers[0].body().iter().flatten().copied().collect();
    assert!(body.starts_with(&[&b"AM2b"[..], &9_u32.to_be_bytes()].concat()));
}

#[test]
fn nothing_is_told_unasked_until_somebody_is_bound() {
    let stage = Stage::new();
    let mut agent = agent(&stage);
    agent.broadcast();
    let topic = stage.host.exchange(v2::TOPIC_EXCHANGE).unwrap();
    let received = |agent: &mut Agent| {
        agent.broadcast();
        topic.counters.received.load(std::sync::atomic::Ordering::Relaxed)
    };
    assert_eq!(received(&mut agent), 0);
    let listener = create(&stage, "listener");
    stage.bind_key(&topic, &listener, "console.request.agent_locate");
    assert_eq!(received(&mut agent), 0, "bound, but to nothing that is told");
}
