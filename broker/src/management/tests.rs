//! Objects and methods over a live virtual host.

use bytes::Bytes;
use philter_management::schema::{self, Type, find_class};
use philter_management::value::Value;

use super::*;
use crate::net::Mailbox;
use crate::session::live::{Listed, LiveConnection, LiveSession, Order, Remote};
use crate::virtual_host::tests::Stage;
use crate::virtual_host::{MessageMatch, Queue};

mod plugin;
mod vhost;

/// Management of a stage.
pub(super) fn management(stage: &Stage) -> Management {
    let facts = Facts::of_test();
    Management::new(VirtualHosts::of(&stage.host), Arc::default(), Shutdown::by_hand(), facts)
}

/// A queue, made by management.
pub(super) fn create(stage: &Stage, name: &str) -> Arc<Queue> {
    create_with(stage, name, &[])
}

/// A queue with properties.
pub(super) fn create_with(stage: &Stage, name: &str, properties: &[(&str, u64)]) -> Arc<Queue> {
    let pairs =
        properties.iter().map(|(name, number)| ((*name).to_owned(), Value::Unsigned(*number)));
    let properties = Value::Map(pairs.collect());
    make(&management(stage), "queue", name, properties, true).unwrap();
    stage.host.find_queue(name).unwrap()
}

fn make(
    management: &Management,
    kind: &str,
    name: &str,
    properties: Value,
    is_strict: bool,
) -> Result<Arguments, MethodError> {
    let strict = Value::Bool(is_strict);
    let arguments = [("type", kind.into()), ("name", name.into())];
    let given = arguments.into_iter().chain([("properties", properties), ("strict", strict)]);
    call(management, &names::broker(), "create", given)
}

fn call(
    management: &Management,
    object: &ObjectName,
    method: &str,
    arguments: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<Arguments, MethodError> {
    let (package, class, _) = names::parts(object).unwrap();
    let method = find_class(package, class).unwrap().method(method).unwrap();
    let arguments = arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let caller = Caller { user: "me@QPID".to_owned(), address: "here-there".to_owned() };
    management.call(object, method, &arguments, &caller)
}

fn on_broker(
    management: &Management,
    method: &str,
    arguments: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<Arguments, MethodError> {
    call(management, &names::broker(), method, arguments)
}

fn all(management: &Management, class: &str) -> Vec<Object> {
    let mut found = Vec::new();
    management.visit(find_class("", class).unwrap(), &mut |object| {
        found.push(object);
        true
    });
    found
}

fn value(object: &Object, name: &str) -> Option<Value> {
    let place = object.class.columns().position(|(have, _)| have == name);
    object.values[place.unwrap()].clone()
}

fn fits(value: &Value, value_type: Type) -> bool {
    match value_type {
        Type::Uint8 | Type::Uint16 | Type::Uint32 | Type::Uint64 => {
            matches!(value, Value::Unsigned(_))
        }
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => matches!(value, Value::Signed(_)),
        Type::Bool => matches!(value, Value::Bool(_)),
        Type::Float | Type::Double => matches!(value, Value::Double(_)),
        Type::ShortString | Type::LongString => matches!(value, Value::Text(_)),
        Type::AbsTime => matches!(value, Value::Time(_)),
        Type::DeltaTime => matches!(value, Value::Duration(_)),
        Type::Reference => matches!(value, Value::Reference(_)),
        Type::Uuid => matches!(value, Value::Uuid(_)),
        Type::Map => matches!(value, Value::Map(_)),
        Type::List => matches!(value, Value::List(_)),
    }
}

/// A connection with a session, as long as they are kept.
fn connect(live: &Live) -> (Listed<LiveConnection>, Listed<LiveSession>) {
    let remote = Remote { identity: "me@QPID".to_owned(), ..Remote::default() };
    let connection = LiveConnection::new(1, "qpid.a:1-b:2", remote, Mailbox::new());
    let connection = live.list_connection(connection);
    let session = live.list_session(LiveSession::new(7, "me@QPID", &Bytes::from_static(b"s")));
    session.attach(connection.number, 3);
    (connection, session)
}

#[test]
fn every_object_has_a_value_of_its_type_in_each_place_and_is_found_by_its_name() {
    let stage = Stage::new();
    let management = management(&stage);
    let _entries = connect(&management.live);
    create(&stage, "q");
    let mut classes_seen = 0;
    for class in schema::classes() {
        for object in all(&management, class.name) {
            let types = class.columns().map(|(_, value_type)| value_type);
            assert_eq!(object.values.len(), class.columns().count());
            for (value, value_type) in object.values.iter().zip(types) {
                assert!(value.as_ref().is_none_or(|value| fits(value, value_type)), "{object:?}");
            }
            assert_eq!(management.find(&object.name).map(|found| found.name), Some(object.name));
            classes_seen += 1;
        }
    }
    assert!(classes_seen >= 10, "{classes_seen}");
}

#[test]
fn a_visit_ends_when_nothing_more_is_wanted() {
    let stage = Stage::new();
    let management = management(&stage);
    for name in ["a", "b", "c"] {
        create(&stage, name);
    }
    let mut seen = Vec::new();
    management.visit(&schema::QUEUE, &mut |object| {
        seen.push(value(&object, "name").unwrap());
        seen.len() < 2
    });
    assert_eq!(seen, [Value::from("a"), Value::from("b")]);
}

#[test]
fn what_is_created_is_there_once_and_goes_when_it_is_deleted() {
    let stage = Stage::new();
    let management = management(&stage);
    let queue = create_with(&stage, "q", &[("qpid.max_count", 5)]);
    assert_eq!(&*queue.creator, "me@QPID");
    let again = make(&management, "queue", "q", Value::Map(Vec::new()), true).unwrap_err();
    assert_eq!((again.status(), again.status_text()), (7, "object already exists: q".to_owned()));
    let shown = management.find(&names::queue("q")).unwrap();
    let arguments = vec![("qpid.max_count".to_owned(), Value::Unsigned(5))];
    assert_eq!(value(&shown, "arguments"), Some(Value::Map(arguments)));
    assert_eq!(value(&shown, "bindingCount"), Some(Value::Unsigned(1)));
    let key = names::binding_key("", "q", "q");
    let binding = ObjectName(format!("org.apache.qpid.broker:binding:{key}"));
    assert!(management.find(&binding).is_some());
    let delete = [("type", Value::from("queue")), ("name", Value::from("q"))];
    on_broker(&management, "delete", delete.clone()).unwrap();
    assert_eq!(management.find(&names::queue("q")), None);
    let gone = on_broker(&management, "delete", delete).unwrap_err();
    assert_eq!(gone.status_text(), "not-found: no such queue: q");
}

#[test]
fn an_exchange_and_its_bindings_show_what_their_plugin_says() {
    let stage = Stage::new();
    let management = management(&stage);
    let queue = create(&stage, "q");
    let exchange = stage.host.exchange("").unwrap();
    stage.bind_key(&exchange, &queue, "k");
    let shown = management.find(&names::exchange("")).unwrap();
    assert_eq!(value(&shown, "bindingsIndexed"), Some(Value::Unsigned(2)));
    assert_eq!(value(&shown, "bindingsResidual"), Some(Value::Unsigned(0)));
    let bindings = all(&management, "binding");
    let decided: Vec<_> = bindings.iter().map(|one| value(one, "decidedBy").unwrap()).collect();
    assert_eq!(decided, [Value::from("q"), Value::from("k")]);
    for binding in &bindings {
        assert_ne!(value(binding, "evaluations"), Some(Value::Unsigned(0)));
        assert_eq!(value(binding, "evaluationTime"), Some(Value::Duration(0)));
        assert_eq!(value(binding, "lastFailure"), None);
    }
}

#[test]
fn a_strict_create_refuses_what_nobody_understands() {
    let stage = Stage::new();
    let management = management(&stage);
    let properties = || Value::Map(vec![("nonsense".to_owned(), Value::Unsigned(1))]);
    let refused = make(&management, "queue", "q", properties(), true).unwrap_err();
    assert_eq!(refused.status_text(), "InvalidParameter: unknown property: nonsense");
    make(&management, "queue", "q", properties(), false).unwrap();
}

#[test]
fn what_is_not_there_yet_is_refused_by_name() {
    let stage = Stage::new();
    let management = management(&stage);
    for kind in ["link", "bridge", "domain"] {
        let error = make(&management, kind, "x", Value::Map(Vec::new()), false).unwrap_err();
        assert_eq!(
            error.status_text(),
            format!("NotImplemented: objects of type '{kind}': not yet")
        );
    }
    let error = make(&management, "sofa", "x", Value::Map(Vec::new()), false).unwrap_err();
    assert_eq!(error.status_text(), "unknown object type: sofa");
    let error = on_broker(&management, "connect", []).unwrap_err();
    assert_eq!(error.status(), 3);
    assert!(all(&management, "link").is_empty());
}

#[test]
fn messages_are_moved_purged_and_counted() {
    let stage = Stage::new();
    let management = management(&stage);
    let (from, to) = (create(&stage, "from"), create(&stage, "to"));
    stage.fill("from", 3);
    let moved =
        [("srcQueue", "from".into()), ("destQueue", "to".into()), ("qty", Value::Signed(2))];
    on_broker(&management, "queueMoveMessages", moved).unwrap();
    assert_eq!(from.statistics().depth_messages, 1);
    assert_eq!(to.statistics().depth_messages, 2);
    let bad = [("srcQueue", "nobody".into()), ("destQueue", "to".into())];
    assert_eq!(on_broker(&management, "queueMoveMessages", bad).unwrap_err().status(), 4);
    call(&management, &names::queue("to"), "purge", [("request", Value::Unsigned(0))]).unwrap();
    assert_eq!(to.statistics().depth_messages, 0);
    let error =
        call(&management, &names::queue("to"), "reroute", [("useAltExchange", Value::Bool(true))]);
    assert_eq!(error.unwrap_err().status(), 4);
    let before = all(&management, "broker").remove(0);
    assert_eq!(value(&before, "msgDepth"), Some(Value::Unsigned(1)));
    assert_eq!(value(&before, "discardsPurge"), Some(Value::Unsigned(2)));
    stage.host.purge(&from, None, &MessageMatch::All);
    for name in ["from", "to"] {
        on_broker(&management, "delete", [("type", "queue".into()), ("name", name.into())])
            .unwrap();
    }
    let after = all(&management, "broker").remove(0);
    assert_eq!(value(&after, "discardsPurge"), Some(Value::Unsigned(3)), "deleted queues count on");
    assert_eq!(value(&after, "msgDepth"), Some(Value::Unsigned(0)));
}

#[test]
fn a_redirection_shows_on_both_queues_and_ends_without_a_target() {
    let stage = Stage::new();
    let management = management(&stage);
    create(&stage, "a");
    create(&stage, "b");
    let source = ("sourceQueue", Value::from("a"));
    on_broker(&management, "queueRedirect", [source.clone(), ("targetQueue", "b".into())]).unwrap();
    let shown = |name| management.find(&names::queue(name)).unwrap();
    assert_eq!(value(&shown("a"), "redirectPeer"), Some(Value::from("b")));
    assert_eq!(value(&shown("a"), "redirectSource"), Some(Value::Bool(true)));
    assert_eq!(value(&shown("b"), "redirectSource"), Some(Value::Bool(false)));
    on_broker(&management, "queueRedirect", [source.clone()]).unwrap();
    assert_eq!(value(&shown("a"), "redirectPeer"), Some(Value::from("")));
    assert_eq!(on_broker(&management, "queueRedirect", [source]).unwrap_err().status(), 7);
}

#[test]
fn connections_and_sessions_are_told_to_end() {
    let stage = Stage::new();
    let management = management(&stage);
    let (connection, session) = connect(&management.live);
    let shown = all(&management, "session").remove(0);
    let reference = names::connection("qpid.a:1-b:2");
    assert_eq!(value(&shown, "connectionRef"), Some(Value::Reference(reference.clone())));
    assert_eq!(value(&shown, "name"), Some(Value::from("me@QPID.s")));
    call(&management, &shown.name, "detach", []).unwrap();
    assert_eq!(connection.take_orders(), [Order::Detach { session: session.number }]);
    assert_eq!(call(&management, &shown.name, "solicitAck", []).unwrap_err().status(), 3);
    call(&management, &reference, "close", []).unwrap();
    assert!(connection.is_closing());
    drop(connection);
    assert_eq!(call(&management, &reference, "close", []).unwrap_err().status(), 1);
}

#[test]
fn switches_are_kept_and_the_end_is_asked_for() {
    let stage = Stage::new();
    let management = management(&stage);
    let receive = |on| [("receive", Value::Bool(on))];
    on_broker(&management, "setTimestampConfig", receive(true)).unwrap();
    let config = on_broker(&management, "getTimestampConfig", []).unwrap();
    assert_eq!(config, [("receive".to_owned(), Value::Bool(true))]);
    let echo = on_broker(&management, "echo", [("sequence", Value::Unsigned(7))]).unwrap();
    assert_eq!(echo[0].1, Value::Unsigned(7));
    assert!(!management.shutdown.is_asked());
    on_broker(&management, "shutdown", []).unwrap();
    assert!(management.shutdown.is_asked());
}

#[test]
fn without_rules_everything_is_allowed() {
    let stage = Stage::new();
    let management = management(&stage);
    let acl = all(&management, "acl").remove(0);
    assert_eq!(value(&acl, "enforcingAcl"), Some(Value::Bool(false)));
    let name = "org.apache.qpid.acl:acl:org.apache.qpid.broker:broker:amqp-broker";
    assert_eq!(acl.name.0, name);
    let answer = call(&management, &acl.name, "Lookup", [("userId", "me".into())]).unwrap();
    assert_eq!(answer, [("result".to_owned(), Value::from("allow"))]);
    assert_eq!(call(&management, &acl.name, "reloadACLFile", []).unwrap_err().status(), 7);
}
