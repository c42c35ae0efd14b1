//! The agent, asked by requests as Qpid's Python clients write them.

mod hostile;
mod presence;
mod query;

use std::cell::RefCell;

use philter_protocol::reader::Reader;
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use super::limits::REQUEST_BYTES_MAX;
use super::value::text_of;
use super::*;
use crate::object::{Arguments, Caller, Directory, MethodError, Object, ObjectName};
use crate::qmf::message::{Message, ReplyTo};
use crate::schema::{self, Class, Method, Type};
use crate::value::Value;

/// What qpid-python writes for `{_object_id: broker, _method_name: echo, _arguments: {sequence: 7,
/// body: hi}}`.
const ECHO: &str = "00000095000000030a5f6f626a6563745f6964a80000003d000000010c5f6f626a6563745f6e61\
    6d659500296f72672e6170616368652e717069642e62726f6b65723a62726f6b65723a616d71702d62726f6b65720c\
    5f6d6574686f645f6e616d659500046563686f0a5f617267756d656e7473a8000000200000000204626f6479950002\
    68690873657175656e6365310000000000000007";

/// What qpid-python writes for `{_what: OBJECT, _schema_id: {_class_name: queue}}`.
const QUEUES: &str = "0000003b00000002055f776861749500064f424a4543540a5f736368656d615f6964a80000001\
    8000000010b5f636c6173735f6e616d659500057175657565";

/// What qpid-python writes for `{_what: OBJECT, _object_id: {_object_name: queue q}}`.
const QUEUE: &str = "0000005500000002055f776861749500064f424a4543540a5f6f626a6563745f6964a800000032\
    000000010c5f6f626a6563745f6e616d6595001e6f72672e6170616368652e717069642e62726f6b65723a71756575\
    653a71";

/// What qpid-python writes to create queue q with properties of all kinds, strict.
const CREATE: &str = "000000fd000000030a5f6f626a6563745f6964a80000003d000000010c5f6f626a6563745f6e6\
    16d659500296f72672e6170616368652e717069642e62726f6b65723a62726f6b65723a616d71702d62726f6b65720\
    c5f6d6574686f645f6e616d659500066372656174650a5f617267756d656e7473a8000000860000000406737472696\
    374080104747970659500057175657565046e616d65950001710a70726f70657274696573a8000000530000000\
    60e717069642e6d61785f636f756e743100000000000000050166333ff80000000000000764757261626c650801016\
    ca90000001100000002310000000000000001950001610175950002c3a90178f0";

const QUEUE_2: &str = "org.apache.qpid.broker:queue:q2";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// Queues 0..n, a broker, and what was called.
#[derive(Default)]
struct Fake {
    queues: usize,
    padding: usize,
    calls: RefCell<Vec<(String, String, Arguments)>>,
}

impl Fake {
    fn queue(&self, number: usize) -> Object {
        let text = |name: &str| match name {
            "name" => Some(Value::Text(format!("q{number}"))),
            "arguments" => {
                Some(Value::Map(vec![("pad".to_owned(), Value::Text("x".repeat(self.padding)))]))
            }
            "durable" => Some(Value::Bool(true)),
            "msgDepth" => Some(Value::Unsigned(9)),
            "vhostRef" => Some(Value::Reference(ObjectName::new(&schema::VHOST, "v"))),
            _ => None,
        };
        let class = &schema::QUEUE;
        let values = class.columns().map(|(name, _)| text(name)).collect();
        let name = ObjectName::new(class, &format!("q{number}"));
        Object { class, name, created_ns: 5, deleted_ns: 0, values }
    }
}

impl Directory for Fake {
    fn visit(&self, class: &'static Class, visit: &mut dyn FnMut(Object) -> bool) {
        if class == &schema::QUEUE {
            let _ = (0..self.queues).all(|number| visit(self.queue(number)));
        }
    }

    fn find(&self, name: &ObjectName) -> Option<Object> {
        (0..self.queues).map(|number| self.queue(number)).find(|object| &object.name == name)
    }

    fn call(
        &self,
        object: &ObjectName,
        method: &'static Method,
        arguments: &Arguments,
        caller: &Caller,
    ) -> Result<Arguments, MethodError> {
        if caller.user != "guest" {
            return Err(MethodError::Forbidden(method.name.to_owned()));
        }
        let call = (object.0.clone(), method.name.to_owned(), arguments.clone());
        self.calls.borrow_mut().push(call);
        match method.name {
            "echo" => Ok(arguments.clone()),
            "delete" => Err(MethodError::Failed { code: 404, text: "no such queue: q".to_owned() }),
            _ => Ok(Arguments::new()),
        }
    }
}

fn agent() -> Agent {
    Agent::new(Identity::new("apache.org", "qpidd", "i.1").unwrap(), 10, 3)
}

/// The messages that answer a request with `opcode` and `body`, up to `wanted`.
fn ask_some(fake: &Fake, opcode: &str, body: &[u8], wanted: usize) -> Vec<Message> {
    let headers = FieldMap::new().with("qmf.opcode", Wire::Str16(opcode.to_owned()));
    let incoming = Incoming {
        routing_key: LOCAL_KEY,
        reply_to: Some(reply_to()),
        correlation_id: b"1",
        headers: &headers,
        body,
        caller: &Caller { user: "guest".to_owned(), address: "here".to_owned() },
    };
    let mut messages = Vec::new();
    agent().handle(&incoming, fake, 77, &mut |message| {
        messages.push(message);
        messages.len() < wanted
    });
    messages
}

fn ask(fake: &Fake, opcode: &str, body: &[u8]) -> Vec<Message> {
    ask_some(fake, opcode, body, usize::MAX)
}

fn reply_to() -> ReplyTo {
    ReplyTo { exchange: "qmf.default.topic".to_owned(), routing_key: "direct.x".to_owned() }
}

fn map(message: &Message) -> FieldMap {
    assert_eq!(message.content_type, "amqp/map");
    let mut reader = Reader::new(&message.body);
    let map = FieldMap::decode(&mut reader).unwrap();
    assert!(reader.is_empty());
    map
}

fn list(message: &Message) -> Vec<FieldMap> {
    assert_eq!(message.content_type, "amqp/list");
    let mut reader = Reader::new(&message.body);
    let Wire::List(items) = Wire::decode(0xa9, &mut reader).unwrap() else { panic!() };
    assert!(reader.is_empty());
    let of = |item| match item {
        Wire::Map(map) => map,
        other => panic!("{other:?}"),
    };
    items.into_iter().map(of).collect()
}

fn sub<'a>(map: &'a FieldMap, name: &str) -> &'a FieldMap {
    let Some(Wire::Map(found)) = map.get(name) else { panic!("no map {name} in {map:?}") };
    found
}

fn text<'a>(map: &'a FieldMap, name: &str) -> &'a str {
    text_of(map.get(name).unwrap()).unwrap()
}

/// Code and text of an exception.
fn exception(messages: &[Message]) -> (i64, String) {
    let [message] = messages else { panic!("{} messages", messages.len()) };
    assert_eq!(text(&message.headers, "qmf.opcode"), "_exception");
    let body = map(message);
    let values = sub(&body, "_values");
    (values.get("error_code").unwrap().as_i64().unwrap(), text(values, "error_text").to_owned())
}

#[test]
fn a_method_is_called_with_the_arguments_of_its_schema() {
    let fake = Fake::default();
    let messages = ask(&fake, "_method_request", &bytes(ECHO));
    let [message] = &messages[..] else { panic!() };
    assert_eq!(message.to, reply_to());
    assert_eq!((message.correlation_id.as_slice(), message.app_id), (&b"1"[..], "qmf2"));
    let headers = ["method", "qmf.opcode", "qmf.agent"].map(|name| text(&message.headers, name));
    assert_eq!(headers, ["response", "_method_response", "broker"]);
    let want = FieldMap::new().with(
        "_arguments",
        Wire::Map(
            FieldMap::new()
                .with("sequence", Wire::Uint32(7))
                .with("body", Wire::Vbin16(b"hi".to_vec())),
        ),
    );
    assert_eq!(map(message), want);
    let arguments =
        vec![("sequence".to_owned(), Value::Unsigned(7)), ("body".to_owned(), Value::from("hi"))];
    let name = "org.apache.qpid.broker:broker:amqp-broker".to_owned();
    assert_eq!(fake.calls.into_inner(), [(name, "echo".to_owned(), arguments)]);
}

#[test]
fn arguments_in_maps_keep_what_they_are() {
    let fake = Fake::default();
    ask(&fake, "_method_request", &bytes(CREATE));
    let calls = fake.calls.into_inner();
    let named = |name: &str| {
        calls[0].2.iter().find(|(have, _)| have == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(named("strict"), Value::Bool(true));
    let Value::Map(properties) = named("properties") else { panic!() };
    let property = |name: &str| {
        properties.iter().find(|(have, _)| have == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(property("durable"), Value::Bool(true));
    assert_eq!(property("qpid.max_count"), Value::Signed(5));
    assert_eq!(property("x"), Value::Void);
    assert_eq!(property("u"), Value::from("é"));
    assert_eq!(property("f"), Value::Double(1.5));
    assert_eq!(property("l"), Value::List(vec![Value::Signed(1), Value::from("a")]));
}

fn method_request(object: &str, method: &str, arguments: FieldMap) -> Vec<u8> {
    let id = FieldMap::new().with("_object_name", Wire::Str16(object.to_owned()));
    let mut body = Vec::new();
    FieldMap::new()
        .with("_object_id", Wire::Map(id))
        .with("_method_name", Wire::Str16(method.to_owned()))
        .with("_arguments", Wire::Map(arguments))
        .encode(&mut body);
    body
}

const BROKER: &str = "org.apache.qpid.broker:broker:amqp-broker";

fn refused(object: &str, method: &str, arguments: FieldMap) -> (i64, String) {
    let fake = Fake::default();
    exception(&ask(&fake, "_method_request", &method_request(object, method, arguments)))
}

#[test]
fn rejects_arguments_of_another_type_by_name() {
    let wrong = FieldMap::new().with("qty", Wire::Int64(-1));
    let want = (4, "InvalidParameter: qty is no uint32".to_owned());
    assert_eq!(refused(BROKER, "queueMoveMessages", wrong), want);
    let wrong = FieldMap::new().with("properties", Wire::Str16("x".to_owned()));
    let want = (4, "InvalidParameter: properties is no map".to_owned());
    assert_eq!(refused(BROKER, "create", wrong), want);
    let wrong = FieldMap::new().with("name", Wire::Str16("x".repeat(256)));
    let want = (4, "InvalidParameter: name is no short-string".to_owned());
    assert_eq!(refused(BROKER, "create", wrong), want);
}

#[test]
fn passes_over_arguments_that_nobody_knows_and_leaves_out_void_ones() {
    let fake = Fake::default();
    let arguments = FieldMap::new()
        .with("type", Wire::Str16("queue".to_owned()))
        .with("options", Wire::Void)
        .with("strict", Wire::Bool(true));
    let body = method_request(BROKER, "delete", arguments);
    let error = exception(&ask(&fake, "_method_request", &body));
    assert_eq!(error, (7, "not-found: no such queue: q".to_owned()));
    let arguments = vec![("type".to_owned(), Value::from("queue"))];
    assert_eq!(fake.calls.into_inner()[0].2, arguments);
}

#[test]
fn rejects_unknown_objects_and_methods_by_name() {
    let none = FieldMap::new;
    assert_eq!(refused("x", "echo", none()), (1, "UnknownObject: x".to_owned()));
    assert_eq!(refused("a:b:c", "echo", none()), (1, "UnknownObject: a:b:c".to_owned()));
    let want = (2, "UnknownMethod: fly of broker".to_owned());
    assert_eq!(refused(BROKER, "fly", none()), want);
}

#[test]
fn says_what_is_wrong_with_a_request() {
    let body = |map: FieldMap| {
        let mut body = Vec::new();
        map.encode(&mut body);
        body
    };
    let what = |text: &str| FieldMap::new().with("_what", Wire::Str16(text.to_owned()));
    let cases = [
        ("_query_request", body(FieldMap::new()), "_what is missing"),
        ("_query_request", body(what("SCHEMA")), "Query for _what => 'SCHEMA' not supported"),
        ("_query_request", body(what("OBJECT")), "_schema_id or _object_id is missing"),
        (
            "_query_request",
            body(what("OBJECT").with("_object_id", Wire::Int8(1))),
            "_object_id is no map",
        ),
        (
            "_query_request",
            body(what("OBJECT").with("_object_id", Wire::Map(FieldMap::new()))),
            "_object_id has no _object_name",
        ),
        ("_query_request", b"x".to_vec(), "the body is no map"),
        ("_method_request", body(FieldMap::new()), "_object_id is missing"),
        ("_method_request", vec![0; REQUEST_BYTES_MAX + 1], "65536 is the limit"),
        ("_subscribe_request", body(FieldMap::new()), "opcode '_subscribe_request' not supported"),
    ];
    for (opcode, body, want) in cases {
        let (code, text) = exception(&ask(&Fake::default(), opcode, &body));
        assert!(text.contains(want), "{text}");
        assert_eq!(code, if opcode == "_subscribe_request" { 3 } else { 4 });
    }
}

#[test]
fn an_exception_is_written_as_qpids_broker_writes_it() {
    let [message] = &ask(&Fake::default(), "", b"")[..] else { panic!() };
    let text = b"NotImplemented: opcode '' not supported";
    let mut want = vec![0, 0, 0, 90, 0, 0, 0, 1, 7];
    want.extend_from_slice(b"_values\xa8\0\0\0\x49\0\0\0\x02\x0aerror_code\x22\0\0\0\x03");
    want.extend_from_slice(b"\x0aerror_text\x90\0\x27");
    want.extend_from_slice(text);
    assert_eq!(message.body, want);
}

#[test]
fn a_request_without_reply_to_does_nothing() {
    let fake = Fake::default();
    let headers = FieldMap::new().with("qmf.opcode", Wire::Str16("_method_request".to_owned()));
    let caller = Caller { user: "guest".to_owned(), address: String::new() };
    let body = bytes(ECHO);
    let incoming = Incoming {
        routing_key: LOCAL_KEY,
        reply_to: None,
        correlation_id: b"",
        headers: &headers,
        body: &body,
        caller: &caller,
    };
    agent().handle(&incoming, &fake, 0, &mut |_| panic!("an answer"));
    assert!(fake.calls.into_inner().is_empty());
}

#[test]
fn every_type_has_a_name() {
    assert_eq!(Type::ShortString.to_string(), "short-string");
}
