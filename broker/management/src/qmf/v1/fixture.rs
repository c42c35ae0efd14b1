//! A small broker for tests: two classes, one event, and objects in a map.

use std::cell::RefCell;

use super::{Agent, Catalog, Request};
use crate::object::{Arguments, Caller, Directory, MethodError, Object, ObjectName};
use crate::qmf::message::{Message, ReplyTo};
use crate::schema::{
    Access, Argument, Class, Direction, EventClass, Method, Property, Severity, Statistic, Type,
};
use crate::value::Value;

pub(super) const BROKER_ID: [u8; 16] = *b"0123456789abcdef";
pub(super) const NOW_NS: u64 = 1_000_000_007;

const PROPERTY: Property = Property {
    name: "",
    value_type: Type::ShortString,
    access: Access::ReadOnly,
    is_index: false,
    is_optional: false,
    unit: "",
    references: "",
    is_parent: false,
    description: "",
};

const fn argument(name: &'static str, value_type: Type, direction: Direction) -> Argument {
    Argument { name, value_type, direction, description: "" }
}

pub(super) static QUEUE: Class = Class {
    package: "test",
    name: "queue",
    properties: &[
        Property { name: "name", is_index: true, access: Access::ReadCreate, ..PROPERTY },
        Property { name: "durable", value_type: Type::Bool, ..PROPERTY },
        Property {
            name: "alt",
            value_type: Type::Reference,
            is_optional: true,
            references: "queue",
            ..PROPERTY
        },
        Property { name: "owner", is_optional: true, unit: "user", ..PROPERTY },
        Property { name: "arguments", value_type: Type::Map, ..PROPERTY },
    ],
    statistics: &[
        Statistic {
            name: "depth",
            value_type: Type::Uint32,
            unit: "message",
            description: "Messages.",
        },
        Statistic { name: "age", value_type: Type::DeltaTime, unit: "", description: "" },
    ],
    methods: &[
        Method {
            name: "purge",
            arguments: &[
                argument("count", Type::Uint32, Direction::In),
                argument("filter", Type::Map, Direction::In),
                argument("purged", Type::Uint64, Direction::Out),
            ],
            description: "Drops messages.",
        },
        Method {
            name: "echo",
            arguments: &[argument("text", Type::LongString, Direction::InOut)],
            description: "",
        },
        Method {
            name: "redirect",
            arguments: &[argument("to", Type::Reference, Direction::In)],
            description: "",
        },
    ],
};

pub(super) static SYSTEM: Class = Class {
    package: "test",
    name: "system",
    properties: &[Property { name: "id", value_type: Type::Uuid, is_index: true, ..PROPERTY }],
    statistics: &[],
    methods: &[],
};

pub(super) static DECLARED: EventClass = EventClass {
    package: "test",
    name: "queueDeclare",
    severity: Severity::Inform,
    arguments: &[
        argument("queue", Type::ShortString, Direction::Out),
        argument("durable", Type::Bool, Direction::Out),
        argument("arguments", Type::Map, Direction::Out),
    ],
};

/// Objects in order, and the calls that came.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) objects: Vec<Object>,
    pub(super) calls: RefCell<Vec<(ObjectName, &'static str, Arguments)>>,
}

impl Directory for Objects {
    fn visit(&self, class: &'static Class, visit: &mut dyn FnMut(Object) -> bool) {
        let of_class = self.objects.iter().filter(|object| std::ptr::eq(object.class, class));
        let _ = of_class.cloned().all(visit);
    }

    fn find(&self, name: &ObjectName) -> Option<Object> {
        self.objects.iter().find(|object| object.name == *name).cloned()
    }

    fn call(
        &self,
        object: &ObjectName,
        method: &'static Method,
        arguments: &Arguments,
        caller: &Caller,
    ) -> Result<Arguments, MethodError> {
        self.calls.borrow_mut().push((object.clone(), method.name, arguments.clone()));
        match method.name {
            "purge" => Ok(vec![("purged".to_owned(), Value::Unsigned(3))]),
            "echo" => Ok(arguments.clone()),
            _ => Err(MethodError::Forbidden(caller.user.clone())),
        }
    }
}

pub(super) fn agent() -> Agent {
    Agent::new(BROKER_ID, Catalog::new([&QUEUE, &SYSTEM], [&DECLARED]))
}

pub(super) fn queue(name: &str, depth: u64) -> Object {
    Object {
        class: &QUEUE,
        name: ObjectName::new(&QUEUE, name),
        created_ns: 5,
        deleted_ns: 0,
        values: vec![
            Some(name.into()),
            Some(true.into()),
            None,
            Some("guest".into()),
            Some(Value::Map(vec![("qpid.max_count".to_owned(), Value::Signed(10))])),
            Some(Value::Unsigned(depth)),
            Some(Value::Duration(9)),
        ],
    }
}

pub(super) fn system() -> Object {
    Object {
        class: &SYSTEM,
        name: ObjectName::new(&SYSTEM, "s"),
        created_ns: 1,
        deleted_ns: 0,
        values: vec![Some(Value::Uuid([7; 16]))],
    }
}

pub(super) fn caller() -> Caller {
    Caller { user: "guest".to_owned(), address: "127.0.0.1:1".to_owned() }
}

/// All bodies that answer a request.
pub(super) fn ask(directory: &dyn Directory, body: &[u8]) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    let reply_to = ReplyTo { exchange: "amq.direct".to_owned(), routing_key: "reply".to_owned() };
    let caller = caller();
    let request = Request { body, reply_to: &reply_to, caller: &caller };
    agent().handle(&request, directory, NOW_NS, &mut |message: Message| {
        assert_eq!(message.to, reply_to);
        bodies.push(message.body);
        true
    });
    bodies
}

/// A command's bytes.
pub(super) fn command(opcode: u8, sequence: u32, content: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    super::header::Header { opcode, sequence }.encode(&mut body);
    body.extend_from_slice(content);
    body
}
