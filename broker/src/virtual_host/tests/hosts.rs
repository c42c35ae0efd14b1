//! Several virtual hosts: found by name, apart from each other, and gone with all that is in them.

use super::*;

/// The default host, and another one.
fn hosts(other: &str) -> (Stage, Stage, Arc<VirtualHosts>) {
    let (stage, there) = (Stage::new(), Stage::elsewhere(other));
    let hosts = VirtualHosts::of(&stage.host);
    hosts.insert(Arc::clone(&there.host));
    (stage, there, hosts)
}

#[test]
fn a_host_is_found_by_its_name_and_the_default_one_without() {
    let (stage, there, hosts) = hosts("there");
    for name in ["", "/"] {
        assert!(Arc::ptr_eq(&hosts.find(name).unwrap(), &stage.host));
    }
    assert!(Arc::ptr_eq(&hosts.find("there").unwrap(), &there.host));
    assert!(hosts.find("nowhere").is_none());
    let all = hosts.all();
    let names: Vec<&str> = all.iter().map(|host| host.name()).collect();
    assert_eq!(names, ["/", "there"]);
}

#[test]
fn what_is_in_one_host_is_not_seen_in_another() {
    let (stage, there, hosts) = hosts("there");
    stage.queue("q");
    assert!(there.host.find_queue("q").is_none());
    there.queue("q");
    stage.fill("q", 3);
    assert_eq!(depth(&there.host.find_queue("q").unwrap()), 0);
    hosts.remove("there", Actor::broker()).unwrap().clear(Actor::broker());
    assert_eq!(depth(&stage.host.find_queue("q").unwrap()), 3);
}

#[test]
fn a_deleted_host_holds_nothing_and_takes_nothing() {
    let (_stage, there, hosts) = hosts("there");
    let queue = there.queue("q");
    let (exchange, _) = there.exchange("x", None, false);
    there.bind(&exchange, &queue, "k");
    there.fill("q", 3);
    hosts.remove("there", Actor::broker()).unwrap().clear(Actor::broker());
    assert!(hosts.find("there").is_none());
    assert!(queue.is_deleted() && exchange.is_deleted() && queue.len() == 0);
    assert!(there.host.queues().is_empty() && there.host.exchanges().is_empty());
    assert!(there.host.declare_queue(&plain("late")).is_err());
    assert!(there.host.queues().is_empty());
    let weak = (Arc::downgrade(&queue), Arc::downgrade(&exchange));
    drop((queue, exchange));
    let (queue, exchange) = weak;
    assert!(queue.upgrade().is_none() && exchange.upgrade().is_none(), "somebody holds one");
}

#[test]
fn the_default_host_stays_and_names_are_names() {
    let (_stage, _there, hosts) = hosts("there");
    let text = |result: std::result::Result<Arc<VirtualHost>, Error>| {
        result.err().map(|error| error.to_string()).unwrap()
    };
    let refused = text(hosts.remove("/", Actor::broker()));
    assert_eq!(refused, "virtual host '/' is the default one and can't be deleted");
    let refused = text(hosts.remove("nowhere", Actor::broker()));
    assert_eq!(refused, "no such virtual host: nowhere");
    for name in ["/", "there"] {
        let refused = text(hosts.add(name, Actor::broker()));
        assert_eq!(refused, format!("virtual host '{name}' is there already"));
    }
    let long = "x".repeat(HOST_NAME_BYTES_MAX + 1);
    for name in ["", "a\nb", &long] {
        let refused = text(hosts.add(name, Actor::broker()));
        assert!(refused.contains("1 to 255 bytes without control characters"), "{refused}");
    }
}

#[test]
fn numbers_and_switches_are_shared() {
    let (stage, _there, hosts) = hosts("there");
    let parts = VirtualHost::new("third", hosts.parts_of_test(), &stage.host.shared);
    assert_ne!(stage.host.next_connection(), parts.next_connection());
    let connection = ConnectionId(1);
    assert_ne!(stage.host.next_owner(connection), parts.next_owner(connection));
    stage.host.set_stamps_received(true);
    assert!(parts.stamps_received());
}
