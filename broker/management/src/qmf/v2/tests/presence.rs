//! What an agent says of itself, and what it says unasked.

use super::*;
use crate::object::Event;

#[test]
fn an_agent_says_who_it_is_when_it_is_looked_for() {
    let [message] = &ask(&Fake::default(), "_agent_locate_request", b"")[..] else { panic!() };
    assert_eq!(text(&message.headers, "qmf.opcode"), "_agent_locate_response");
    assert_eq!(text(&message.headers, "qmf.agent"), "apache.org:qpidd:i.1");
    let body = map(message);
    let values = sub(&body, "_values");
    let words = ["_vendor", "_product", "_instance", "_name"].map(|name| text(values, name));
    assert_eq!(words, ["apache.org", "qpidd", "i.1", "apache.org:qpidd:i.1"]);
    assert_eq!(values.get("_timestamp"), Some(&Wire::Uint64(77)));
    assert_eq!(values.get("_heartbeat_interval"), Some(&Wire::Uint16(10)));
    assert_eq!(values.get("_epoch"), Some(&Wire::Uint16(3)));
}

#[test]
fn requests_come_to_the_alias_the_name_and_the_locate_key() {
    let agent = agent();
    assert!(agent.is_addressed_by("qmf.default.direct", "broker"));
    assert!(agent.is_addressed_by("qmf.default.direct", "apache.org:qpidd:i.1"));
    assert!(!agent.is_addressed_by("qmf.default.direct", "direct.x"));
    assert!(agent.is_addressed_by("qmf.default.topic", "console.request.agent_locate"));
    assert!(!agent.is_addressed_by("qmf.default.topic", "broker"));
    assert!(!agent.is_addressed_by("amq.direct", "broker"));
}

#[test]
fn a_heartbeat_goes_out_under_the_agents_words() {
    let message = agent().heartbeat(77);
    assert_eq!(message.to.exchange, "qmf.default.topic");
    assert_eq!(message.to.routing_key, "agent.ind.heartbeat.apache_org.qpidd.i_1");
    assert_eq!(text(&message.headers, "qmf.opcode"), "_agent_heartbeat_indication");
    assert_eq!(message.ttl_ms, Some(20_000));
    assert_eq!(text(sub(&map(&message), "_values"), "_product"), "qpidd");
}

#[test]
fn an_event_goes_out_with_its_arguments_under_its_name() {
    let class = schema::find_event("", "queueDelete").unwrap();
    let values = ["peer", "guest", "q"].map(Value::from).to_vec();
    let message = agent().event(&Event { class, at_ns: 77, values });
    assert_eq!(
        message.to.routing_key,
        "agent.ind.event.org_apache_qpid_broker.queueDelete.info.apache_org.qpidd.i_1"
    );
    let words = ["method", "qmf.opcode", "qmf.content"].map(|name| text(&message.headers, name));
    assert_eq!(words, ["indication", "_data_indication", "_event"]);
    let [event] = &list(&message)[..] else { panic!() };
    assert_eq!(event.get("_severity"), Some(&Wire::Uint8(6)));
    assert_eq!(event.get("_timestamp"), Some(&Wire::Uint64(77)));
    assert_eq!(text(sub(event, "_schema_id"), "_type"), "_event");
    let values = sub(event, "_values");
    let words = ["rhost", "user", "qName"].map(|name| text(values, name));
    assert_eq!(words, ["peer", "guest", "q"]);
}
