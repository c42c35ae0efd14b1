//! The agent's answers, one by one, and to any bytes.

use proptest::prelude::*;

use super::super::fixture::{
    BROKER_ID, DECLARED, NOW_NS, Objects, QUEUE, agent, ask, caller, command, queue, system,
};

use super::super::limits::PAGE_BYTES_MAX;
use super::*;
use crate::schema::Hash;
use crate::value::Value;

fn objects() -> Objects {
    Objects { objects: vec![queue("a", 1), system(), queue("b", 2)], ..Objects::default() }
}

/// Opcodes and sequences of the first command of each body.
fn heads(bodies: &[Vec<u8>]) -> Vec<(char, u32)> {
    bodies
        .iter()
        .map(|body| Header::decode(&mut Reader::new(body)).unwrap().unwrap())
        .map(|header| (char::from(header.opcode), header.sequence))
        .collect()
}

fn done(sequence: u32) -> Vec<u8> {
    command(b'z', sequence, b"\0\0\0\0\x02OK")
}

fn call(name: &str, method: &str, arguments: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    ObjectId::of(&queue(name, 0).name).encode(&mut content);
    content.extend_from_slice(b"\x04test\x05queue");
    content.extend_from_slice(&Hash::of(&QUEUE).0);
    put_text8(&mut content, method);
    content.extend_from_slice(arguments);
    command(b'M', 9, &content)
}

#[test]
fn consoles_keys_lead_to_the_agent() {
    let is_addressed = |exchange, key| agent().is_addressed_by(exchange, key);
    for key in ["broker", "agent.1.0", "agent.1.0.7", "schema.class"] {
        assert!(is_addressed("qpid.management", key), "{key}");
    }
    for key in ["", "agent.1.01", "agent.1.10", "console.obj.1.0.a.b", "brokers"] {
        assert!(!is_addressed("qpid.management", key), "{key}");
    }
    assert!(is_addressed("qmf.default.direct", "broker"));
    assert!(is_addressed("qmf.default.direct", "0"));
    assert!(!is_addressed("amq.direct", "broker"));
}

#[test]
fn a_broker_request_is_answered_with_the_brokers_id() {
    assert_eq!(ask(&objects(), b"AM2B\0\0\0\0"), [command(b'b', 0, &BROKER_ID)]);
}

#[test]
fn packages_are_told_and_then_the_end() {
    assert_eq!(ask(&objects(), b"AM2P\0\0\0\x05"), [command(b'p', 5, b"\x04test"), done(5)]);
}

#[test]
fn classes_and_events_of_a_package_are_told() {
    let classes: Vec<u8> = [
        command(b'q', 6, &[b"\x01\x04test\x05queue".as_slice(), &Hash::of(&QUEUE).0].concat()),
        command(
            b'q',
            6,
            &[b"\x01\x04test\x06system".as_slice(), &Hash::of(system().class).0].concat(),
        ),
        command(
            b'q',
            6,
            &[b"\x02\x04test\x0cqueueDeclare".as_slice(), &Hash::of_event(&DECLARED).0].concat(),
        ),
    ]
    .concat();
    assert_eq!(ask(&objects(), b"AM2Q\0\0\0\x06\x04test"), [classes, done(6)]);
    assert_eq!(ask(&objects(), b"AM2Q\0\0\0\x06\x05other"), [done(6)]);
}

#[test]
fn a_schema_that_nobody_has_is_said_so() {
    let bodies = ask(&objects(), b"AM2S\0\0\0\x07\x04test\x05queue0123456789abcdef");
    let error = command(b'z', 7, b"\0\0\0\x01\x16there is no such class");
    assert_eq!(bodies, [error]);
}

#[test]
fn a_query_by_class_tells_every_object_of_it() {
    let query = b"AM2G\0\0\0\x08\0\0\0\x13\0\0\0\x01\x06_class\x95\0\x05queue";
    let bodies = ask(&objects(), query);
    assert_eq!(heads(&bodies), [('g', 8), ('z', 8)]);
    let body = &bodies[0];
    assert_eq!(body.windows(4).filter(|bytes| bytes == b"AM2g").count(), 2);
    let unknown = b"AM2G\0\0\0\x08\0\0\0\x13\0\0\0\x01\x06_class\x95\0\x05nones";
    assert_eq!(ask(&objects(), unknown), [done(8)]);
}

#[test]
fn a_query_by_id_tells_one_object() {
    let objects = objects();
    let query = |id: &str| {
        let mut content = b"\0\0\0\x01\x09_objectid\x95".to_vec();
        content.extend_from_slice(&u16::try_from(id.len()).unwrap().to_be_bytes());
        content.extend_from_slice(id.as_bytes());
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        command(b'G', 1, &[length.as_slice(), &content].concat())
    };
    let id = ObjectId::of(&queue("b", 0).name);
    let bodies = ask(&objects, &query(&id.to_string()));
    assert_eq!(heads(&bodies), [('g', 1), ('z', 1)]);
    assert_eq!(bodies[0].windows(4).filter(|bytes| bytes == b"AM2g").count(), 1);
    assert_eq!(ask(&objects, &query("0-0-1-0-12")), [done(1)]);
    assert_eq!(ask(&objects, &query("12"))[0][8..12], [0, 0, 0, 4]);
}

#[test]
fn objects_that_ended_are_not_told() {
    let mut objects = objects();
    objects.objects[0].deleted_ns = 7;
    let bodies = ask(&objects, b"AM2G\0\0\0\x08\0\0\0\x13\0\0\0\x01\x06_class\x95\0\x05queue");
    assert_eq!(bodies[0].windows(4).filter(|bytes| bytes == b"AM2g").count(), 1);
}

#[test]
fn many_objects_come_page_by_page() {
    let objects = (0..3000).map(|number| queue(&format!("queue-{number}"), 1)).collect();
    let objects = Objects { objects, ..Objects::default() };
    let query = b"AM2G\0\0\0\x08\0\0\0\x13\0\0\0\x01\x06_class\x95\0\x05queue";
    let bodies = ask(&objects, query);
    assert!(bodies.len() > 3, "{}", bodies.len());
    assert!(bodies.iter().all(|body| body.len() <= PAGE_BYTES_MAX));
    assert_eq!(bodies.last(), Some(&done(8)));
}

#[test]
fn one_who_wants_no_more_ends_the_visit() {
    let objects = (0..3000).map(|number| queue(&format!("queue-{number}"), 1)).collect();
    let objects = Objects { objects, ..Objects::default() };
    let (reply_to, caller) = (ReplyTo::default(), caller());
    let body = b"AM2G\0\0\0\x08\0\0\0\x13\0\0\0\x01\x06_class\x95\0\x05queueAM2B\0\0\0\0";
    let mut count = 0;
    let request = Request { body, reply_to: &reply_to, caller: &caller };
    agent().handle(&request, &objects, NOW_NS, &mut |_| {
        count += 1;
        false
    });
    assert_eq!(count, 1);
}

#[test]
fn a_method_gets_its_arguments_and_gives_some_back() {
    let objects = objects();
    let bodies = ask(&objects, &call("a", "purge", b"\0\0\0\x05\0\0\0\x04\0\0\0\0"));
    let answer = command(b'm', 9, b"\0\0\0\0\0\x02OK\0\0\0\0\0\0\0\x03");
    assert_eq!(bodies, [answer]);
    let arguments =
        vec![("count".to_owned(), Value::Unsigned(5)), ("filter".to_owned(), Value::Map(vec![]))];
    assert_eq!(*objects.calls.borrow(), [(queue("a", 0).name, "purge", arguments)]);
}

#[test]
fn an_argument_that_goes_both_ways_comes_back() {
    let bodies = ask(&objects(), &call("a", "echo", b"\0\x02hi"));
    assert_eq!(bodies, [command(b'm', 9, b"\0\0\0\0\0\x02OK\0\x02hi")]);
}

#[test]
fn a_reference_among_the_arguments_is_its_object() {
    let objects = objects();
    let mut id = Vec::new();
    ObjectId::of(&queue("b", 0).name).encode(&mut id);
    let bodies = ask(&objects, &call("a", "redirect", &id));
    assert_eq!(bodies, [command(b'm', 9, b"\0\0\0\x06\0\x10Forbidden: guest")]);
    let arguments = vec![("to".to_owned(), Value::Reference(queue("b", 0).name))];
    assert_eq!(objects.calls.borrow()[0].2, arguments);
}

#[test]
fn a_call_that_can_not_be_made_says_why() {
    let objects = objects();
    let status = |body: &[u8]| ask(&objects, body)[0][8..12].to_vec();
    assert_eq!(status(&call("none", "purge", b"")), [0, 0, 0, 1]);
    assert_eq!(status(&call("a", "none", b"")), [0, 0, 0, 2]);
    assert_eq!(status(&call("a", "purge", b"\0")), [0, 0, 0, 4]);
    assert_eq!(status(b"AM2M\0\0\0\x01"), [0, 0, 0, 4]);
    assert!(objects.calls.borrow().is_empty());
}

#[test]
fn what_can_not_be_understood_gets_its_error_or_nothing() {
    let objects = objects();
    assert_eq!(heads(&ask(&objects, b"AM2Q\0\0\0\x06\x09test")), [('z', 6)]);
    assert_eq!(heads(&ask(&objects, b"AM2G\0\0\0\x06\0\0\0\0")), [('z', 6)]);
    assert_eq!(heads(&ask(&objects, b"AM2A\0\0\0\x06")), [('z', 6)]);
    for nothing in [b"AM1B\0\0\0\0".as_slice(), b"", b"AM2", b"AM2p\0\0\0\0\x01a", b"AM2?\0\0\0\0"]
    {
        assert_eq!(ask(&objects, nothing), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn commands_of_one_message_are_answered_in_turn_up_to_a_limit() {
    let bodies = ask(&objects(), b"AM2B\0\0\0\x01AM2P\0\0\0\x02");
    assert_eq!(heads(&bodies), [('b', 1), ('z', 2)]);
    let many = b"AM2B\0\0\0\x01".repeat(1000);
    let answered: usize = ask(&objects(), &many).iter().map(Vec::len).sum();
    assert_eq!(answered, COMMANDS_PER_MESSAGE_MAX * (8 + BROKER_ID.len()));
    assert!(ask(&objects(), &b"AM2B\0\0\0\x01".repeat(8193)).is_empty());
}

#[test]
fn a_heartbeat_is_the_time() {
    let message = agent().heartbeat(258);
    assert_eq!(message.to.exchange, "qpid.management");
    assert_eq!(message.to.routing_key, "console.heartbeat.1.0");
    assert_eq!(message.body, command(b'h', 0, &[0, 0, 0, 0, 0, 0, 1, 2]));
}

#[test]
fn a_number_leads_back_to_its_name() {
    let objects = objects();
    let name = system().name;
    assert_eq!(agent().find(ObjectId::of(&name).number(), &objects), Some(name));
    assert_eq!(agent().find(12, &objects), None);
}

proptest! {
    #[test]
    fn any_body_is_answered_or_ignored(
        opcode in prop::sample::select(b"BPQSGMApqsz".to_vec()),
        content in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let bodies = ask(&objects(), &command(opcode, 1, &content));
        prop_assert!(bodies.len() <= 2 * COMMANDS_PER_MESSAGE_MAX);
    }

    #[test]
    fn a_call_with_any_arguments_is_answered_once(
        method in prop::sample::select(vec!["purge", "echo", "redirect", "none"]),
        arguments in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        prop_assert_eq!(heads(&ask(&objects(), &call("a", method, &arguments))), [('m', 9)]);
    }
}
