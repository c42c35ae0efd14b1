//! Virtual hosts as their operators see them.

use super::*;
use crate::virtual_host::VirtualHost;

/// A connection to a virtual host.
fn connect(management: &Management, number: u64, virtual_host: &str) -> Listed<LiveConnection> {
    let remote = Remote { virtual_host: virtual_host.into(), ..Remote::default() };
    let address = format!("here-{number}");
    let connection = LiveConnection::new(number, address, remote, Mailbox::new());
    management.live.list_connection(connection)
}

#[test]
fn virtual_hosts_are_listed_counted_and_deleted_with_their_connections() {
    let stage = Stage::new();
    let management = management(&stage);
    let other = Stage::elsewhere("other");
    management.hosts.insert(Arc::clone(&other.host));
    let (here, there) = (connect(&management, 1, "/"), connect(&management, 2, "other"));
    other.queue_of_test("q");
    other.fill("q", 2);
    let names: Vec<_> = all(&management, "vhost").iter().map(|one| one.name.0.clone()).collect();
    let name = |host: &str| format!("org.apache.qpid.broker:vhost:{},{host}", names::broker());
    assert_eq!(names, [name("/"), name("other")]);
    let given = || [("type", Value::from("vhost")), ("name", Value::from("other"))];
    let results = on_broker(&management, "query", given()).unwrap();
    let Some((_, Value::Map(results))) = results.first() else { panic!("{results:?}") };
    for (counted, count) in [("queues", 1), ("messages", 2), ("connections", 1)] {
        let found = results.iter().find(|(name, _)| name == counted).map(|(_, value)| value);
        assert_eq!(found, Some(&Value::Unsigned(count)), "{counted}");
    }
    on_broker(&management, "delete", given()).unwrap();
    assert!(there.is_closing() && !here.is_closing());
    assert!(other.host.queues().is_empty());
    let refused = on_broker(&management, "delete", given()).unwrap_err().to_string();
    assert!(refused.contains("no such virtual host: other"), "{refused}");
    let refused = make(&management, "vhost", "/", Value::Map(Vec::new()), true).unwrap_err();
    assert!(refused.to_string().contains("virtual host '/' is there already"), "{refused}");
}

/// Tools know queues and sessions by their names alone.
#[test]
fn what_is_in_another_virtual_host_is_not_taken_for_the_default_ones() {
    let stage = Stage::new();
    let management = management(&stage);
    let other: Arc<VirtualHost> = Stage::elsewhere("other").host;
    management.hosts.insert(Arc::clone(&other));
    let session = |number| LiveSession::new(number, "me", &Bytes::from_static(b"s"));
    let _there = management.live.list_session(session(1).within("other"));
    assert!(all(&management, "session").is_empty());
    let _here = management.live.list_session(session(2));
    assert_eq!(all(&management, "session").len(), 1);
}
