//! What must hold for any request that comes to the agents of QMF, versions 1 and 2.
//!
//! The first byte chooses the version and the operation, the rest is the body. The broker behind
//! the agents has more queues than fit a page, and one object of every other class with a value of
//! every type.

use philter_management::object::{Arguments, Caller, Directory, MethodError, Object, ObjectName};
use philter_management::qmf::message::{Message, ReplyTo};
use philter_management::qmf::{v1, v2};
use philter_management::schema::{self, Class, Direction, Hash, Method, Type};
use philter_management::value::Value;
use philter_protocol::reader::Reader;
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

/// More than two pages of version 2.
const QUEUES: usize = 230;

/// Any request asks for less: what is longer has been multiplied.
const MESSAGES_MAX: usize = 64;

/// A page, and one object that stands in it.
const MESSAGE_BYTES_MAX: usize = 600 * 1024;

/// Gives `bytes` behind the first to the agent that the first one chooses.
///
/// # Panics
/// A rule of the agents does not hold.
pub(crate) fn check(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else { return };
    match choice % 5 {
        0 => check_v1(body),
        1 => check_v2(&opcode("_query_request"), body),
        2 => check_v2(&opcode("_method_request"), body),
        3 => check_v2(&opcode("_agent_locate_request"), body),
        _ => {
            let mut reader = Reader::new(body);
            if let Ok(headers) = FieldMap::decode(&mut reader) {
                let read = body.len() - reader.remaining();
                check_v2(&headers, body.get(read..).unwrap_or_default());
            }
        }
    }
}

fn opcode(name: &str) -> FieldMap {
    FieldMap::new().with("qmf.opcode", Wire::Str16(name.to_owned()))
}

fn caller() -> Caller {
    Caller { user: "guest".to_owned(), address: "peer".to_owned() }
}

fn reply_to() -> ReplyTo {
    ReplyTo { exchange: "amq.direct".to_owned(), routing_key: "console".to_owned() }
}

fn check_v1(body: &[u8]) {
    let classes = schema::classes().iter().copied();
    let agent = v1::Agent::new(*b"0123456789abcdef", v1::Catalog::new(classes, schema::events()));
    let (reply_to, caller) = (reply_to(), caller());
    let request = v1::Request { body, reply_to: &reply_to, caller: &caller };
    let mut count = 0;
    agent.handle(&request, &Everything, 77, &mut |message| {
        assert!(message.body.starts_with(b"AM2"));
        assert!(message.body.len() <= MESSAGE_BYTES_MAX);
        assert_eq!(message.to, reply_to);
        count += 1;
        assert!(count <= MESSAGES_MAX * v1::limits::COMMANDS_PER_MESSAGE_MAX);
        true
    });
}

fn check_v2(headers: &FieldMap, body: &[u8]) {
    let identity = v2::Identity::new("philter", "broker", "1").expect("no colons");
    let agent = v2::Agent::new(identity, 10, 1);
    let caller = caller();
    let incoming = v2::Incoming {
        routing_key: v2::LOCAL_KEY,
        reply_to: Some(reply_to()),
        correlation_id: b"1",
        headers,
        body,
        caller: &caller,
    };
    let mut messages = Vec::new();
    agent.handle(&incoming, &Everything, 77, &mut |message| {
        messages.push(message);
        messages.len() < MESSAGES_MAX
    });
    let (last, others) = messages.split_last().expect("an answer");
    assert!(last.headers.get("partial").is_none());
    assert!(others.iter().all(|message| message.headers.get("partial").is_some()));
    messages.iter().for_each(check_message);
}

/// A message of version 2 is a readable map or list.
fn check_message(message: &Message) {
    assert_eq!(message.to, reply_to());
    assert!(message.body.len() <= MESSAGE_BYTES_MAX);
    let mut reader = Reader::new(&message.body);
    match message.content_type {
        "amqp/map" => drop(FieldMap::decode(&mut reader).expect("a map")),
        _ => {
            let list = Wire::decode(0xa9, &mut reader).expect("a list");
            let Wire::List(items) = list else { panic!("no list") };
            assert!(items.len() <= v2::limits::PAGE_OBJECTS_MAX);
        }
    }
    assert!(reader.is_empty());
}

/// A broker with objects of every class.
struct Everything;

impl Directory for Everything {
    fn visit(&self, class: &'static Class, visit: &mut dyn FnMut(Object) -> bool) {
        let count = if class.name == "queue" { QUEUES } else { 1 };
        for number in 0..count {
            if !visit(object(class, &format!("o{number}"))) {
                return;
            }
        }
    }

    fn find(&self, name: &ObjectName) -> Option<Object> {
        let mut words = name.0.splitn(3, ':');
        let class = schema::find_class(words.next()?, words.next()?)?;
        words.next()?.starts_with('o').then(|| Object { name: name.clone(), ..object(class, "") })
    }

    fn call(
        &self,
        object: &ObjectName,
        method: &'static Method,
        arguments: &Arguments,
        caller: &Caller,
    ) -> Result<Arguments, MethodError> {
        assert_eq!(caller.user, "guest");
        for (name, value) in arguments {
            let argument = method.arguments.iter().find(|argument| argument.name == name);
            let argument = argument.expect("an argument of the method");
            assert!(argument.direction != Direction::Out);
            assert!(is_of(argument.value_type, value), "{name}: {value:?}");
        }
        if self.find(object).is_none() {
            return Err(MethodError::UnknownObject(object.0.clone()));
        }
        let outputs = method.arguments.iter().filter(|one| one.direction != Direction::In);
        Ok(outputs.map(|one| (one.name.to_owned(), sample(one.value_type))).collect())
    }
}

fn object(class: &'static Class, key: &str) -> Object {
    let values = class.columns().map(|(_, value_type)| Some(sample(value_type))).collect();
    let name = ObjectName::new(class, key);
    Object { class, name, created_ns: 5, deleted_ns: 0, values }
}

/// A value of a type.
fn sample(value_type: Type) -> Value {
    match value_type {
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => Value::Signed(-1),
        Type::Bool => Value::Bool(true),
        Type::Float | Type::Double => Value::Double(0.5),
        Type::ShortString | Type::LongString => Value::from("text"),
        Type::AbsTime => Value::Time(1),
        Type::DeltaTime => Value::Duration(1),
        Type::Reference => Value::Reference(ObjectName::new(&schema::QUEUE, "o1")),
        Type::Uuid => Value::Uuid(Hash::of(&schema::QUEUE).0),
        Type::Map => Value::Map(vec![("key".to_owned(), Value::List(vec![Value::Void]))]),
        Type::List => Value::List(vec![Value::from(1)]),
        _ => Value::Unsigned(u64::MAX),
    }
}

/// Whether an argument is what its schema says, and within its range.
fn is_of(value_type: Type, value: &Value) -> bool {
    match (value_type, value) {
        (Type::Uint8, Value::Unsigned(number)) => *number <= u64::from(u8::MAX),
        (Type::Uint16, Value::Unsigned(number)) => *number <= u64::from(u16::MAX),
        (Type::Uint32, Value::Unsigned(number)) => *number <= u64::from(u32::MAX),
        (Type::ShortString, Value::Text(text)) => text.len() <= 255,
        (Type::LongString, Value::Text(text)) => text.len() <= 65_535,
        (Type::Uint64, Value::Unsigned(_))
        | (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64, Value::Signed(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::Float | Type::Double, Value::Double(_))
        | (Type::AbsTime, Value::Time(_))
        | (Type::DeltaTime, Value::Duration(_))
        | (Type::Reference, Value::Reference(_))
        | (Type::Uuid, Value::Uuid(_))
        | (Type::Map, Value::Map(_))
        | (Type::List, Value::List(_)) => true,
        _ => false,
    }
}
