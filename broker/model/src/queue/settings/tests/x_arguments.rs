//! The arguments in RabbitMQ's words: what they mean, which are refused, and when two declares are
//! the same.

use super::*;
use crate::queue::order::PriorityMapping;
use crate::queue::ready_limits::Overflow;

#[test]
fn numbers_are_of_an_integer_type_and_in_range() {
    assert_eq!(one("x-message-ttl", ValueRef::Long(60_000)).unwrap().message_ttl_ms, Some(60_000));
    assert_eq!(one("x-message-ttl", ValueRef::Byte(0)).unwrap().message_ttl_ms, Some(0));
    assert_eq!(one("x-expires", ValueRef::Uint(1)).unwrap().expires_ms, Some(1));
    let refused = [
        ("x-message-ttl", word("60000"), "found '60000'"),
        ("x-message-ttl", ValueRef::Int(-1), "found -1"),
        ("x-message-ttl", ValueRef::Long(3_153_600_000_001), "a hundred years expected"),
        ("x-expires", ValueRef::Long(4_294_967_296), "4294967295 expected"),
        ("x-expires", ValueRef::Int(0), "from 1"),
        ("x-max-length", word("ten"), "a whole number"),
        ("x-max-length-bytes", ValueRef::Double(1.0), "x-max-length-bytes"),
        ("x-max-priority", ValueRef::Int(256), "0 to 255"),
        ("x-delivery-limit", ValueRef::Int(-2), "or -1"),
        ("x-single-active-consumer", YES, "true or false"),
        ("x-overflow", word("drop-tail"), "'reject-publish-dlx'"),
        ("x-dead-letter-exchange", YES, "a text"),
        ("x-queue-type", word("mirrored"), "'quorum'"),
        ("x-queue-mode", word("eager"), "'lazy'"),
    ];
    for (name, value, part) in refused {
        let text = refusal(&[(name, value)]);
        assert!(text.contains(name) && text.contains(part), "{text}");
    }
}

#[test]
fn limits_of_what_waits_are_apart_from_those_of_all() {
    let arguments = [
        ("x-max-length", ValueRef::Int(0)),
        ("x-max-length-bytes", ValueRef::Long(5)),
        ("x-overflow", word("reject-publish")),
    ];
    let settings = parse(&arguments).unwrap();
    let limits = settings.ready_limits;
    assert_eq!((limits.count_max, limits.bytes_max), (Some(0), Some(5)));
    assert_eq!(limits.overflow, Overflow::Reject);
    assert_eq!((settings.count_max, settings.flow), (None, FlowLimits::default()));
}

#[test]
fn each_priority_up_to_the_highest_is_a_level() {
    let Order::Priority(levels) = one("x-max-priority", ValueRef::Ubyte(10)).unwrap().order else {
        panic!()
    };
    assert_eq!((levels.levels, levels.mapping), (11, PriorityMapping::Direct));
    assert_eq!(one("x-max-priority", ValueRef::Int(0)).unwrap().order, Order::Fifo);
    let mixes: [Arguments<'_>; 3] = [
        &[("x-max-priority", YES), ("qpid.priorities", YES)],
        &[("x-max-priority", YES), ("qpid.last_value_queue_key", word("k"))],
        &[("x-max-priority", YES), ("qpid.group_header_key", word("g"))],
    ];
    for arguments in mixes {
        let text = refusal(arguments);
        assert!(arguments.iter().all(|(name, _)| text.contains(name)), "{text}");
    }
}

#[test]
fn a_dead_letter_key_needs_an_exchange() {
    let key = ("x-dead-letter-routing-key", word("k"));
    assert!(refusal(&[key]).contains("x-dead-letter-exchange"));
    let target = parse(&[key, ("x-dead-letter-exchange", word(""))]).unwrap().dead_letter.unwrap();
    assert_eq!((&*target.exchange, target.routing_key.as_deref()), ("", Some("k")));
}

#[test]
fn a_queue_to_be_replicated_is_durable_shared_and_has_a_delivery_limit() {
    let quorum = ("x-queue-type", word("quorum"));
    assert!(refusal(&[quorum]).contains("durable and not exclusive"));
    let durable = |arguments: Arguments<'_>| {
        let mut settings = QueueSettings::new("q");
        settings.is_durable = true;
        settings.parse_arguments(arguments.iter().copied()).map(|()| settings)
    };
    let settings = durable(&[quorum]).unwrap();
    assert_eq!((settings.wants_replicas, settings.delivery_limit), (true, Some(20)));
    let limit = |limit| ("x-delivery-limit", ValueRef::Int(limit));
    assert_eq!(durable(&[quorum, limit(3)]).unwrap().delivery_limit, Some(3));
    assert_eq!(durable(&[limit(-1), quorum]).unwrap().delivery_limit, None);
    assert_eq!(durable(&[("x-queue-type", word("classic"))]).unwrap().delivery_limit, None);
    let mut exclusive = QueueSettings::new("q");
    (exclusive.is_durable, exclusive.is_exclusive) = (true, true);
    assert!(exclusive.parse_arguments([quorum]).is_err());
    let stream = one("x-queue-type", word("stream")).unwrap_err();
    assert_eq!(stream, SettingsError::NotYet("x-queue-type=stream".into()));
}

#[test]
fn one_active_consumer_and_groups_do_not_go_together() {
    let active = ("x-single-active-consumer", ValueRef::Bool(true));
    assert!(one(active.0, active.1).unwrap().is_single_active);
    assert!(refusal(&[active, ("qpid.group_header_key", word("g"))]).contains(active.0));
}

#[test]
fn what_means_nothing_here_is_kept() {
    let arguments = [
        ("x-queue-mode", word("lazy")),
        ("x-queue-version", ValueRef::Int(2)),
        ("x-queue-master-locator", word("min-masters")),
        ("x-ha-policy", word("all")),
        ("x-of-my-own", ValueRef::Null),
    ];
    assert_eq!(parse(&arguments).unwrap().arguments.len(), 5);
}

#[test]
fn a_second_declare_is_the_same_whatever_integers_it_comes_in() {
    let settings = parse(&[("x-expires", ValueRef::Int(5)), ("x-other", YES)]).unwrap();
    let same = |arguments: Arguments<'_>| {
        settings.check_same(false, false, false, arguments.iter().copied())
    };
    let classic = ("x-queue-type", word("classic"));
    same(&[("x-expires", ValueRef::Ulong(5)), classic, ("x-another", YES)]).unwrap();
    let told = |arguments: Arguments<'_>| same(arguments).unwrap_err().to_string();
    assert_eq!(
        told(&[("x-expires", ValueRef::Int(6))]),
        "inequivalent arg 'x-expires' for queue 'q': received '6' but current is '5'"
    );
    assert!(told(&[]).ends_with("received none but current is '5'"));
    let more = [("x-expires", ValueRef::Int(5)), ("x-overflow", word("drop-head"))];
    assert!(told(&more).ends_with("received 'drop-head' but current is none"));
    let durable = settings.check_same(true, false, false, []).unwrap_err().to_string();
    assert!(durable.contains("'durable'") && durable.ends_with("'true' but current is 'false'"));
}
