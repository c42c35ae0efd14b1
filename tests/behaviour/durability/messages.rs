//! Messages: which are there, in which order, and what is known of them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use philter_protocol::v0_9_1::method::{basic, queue, tx};
use philter_protocol::v0_9_1::{Properties, Table};
use philter_protocol::v0_10::Value;
use philter_protocol::v0_10::command::TxSelect;
use philter_tests::broker::{Broker, BrokerOptions, End};
use philter_tests::client::{Credit, Message, Subscription};

use super::*;

#[test]
fn persistent_messages_of_durable_queues_outlive_the_broker_as_they_were() {
    for end in ENDS {
        let broker = Broker::start();
        let mut by_0_9_1 = confirming(&broker);
        by_0_9_1.call(1, durable_queue("q")).unwrap();
        let large = "x".repeat(3 * 1024 * 1024);
        publish_all(&mut by_0_9_1, "q", &["one", "", &large]);
        by_0_9_1.publish(1, ("", "q"), &Properties::default(), b"transient").unwrap();
        by_0_9_1.next_answer(1).unwrap();
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        let message =
            Message::new("q", "four").durable().header("colour", Value::Str16("red".into()));
        session.publish("", &message).unwrap();
        session.publish("", &Message::new("q", "transient")).unwrap();
        session.subscribe(Subscription::browse("q"), Credit::UNLIMITED).unwrap();
        let before = session.drain("q").unwrap();
        drop((client, by_0_9_1));
        let broker = broker.again(end);
        let mut client = broker.client();
        let after = take_all(&mut client.attach("s").unwrap(), "q");
        assert_eq!((before.len(), after.len()), (6, 4), "{end:?}");
        let persistent = before.iter().filter(|delivery| delivery.text() != "transient");
        for (before, after) in persistent.zip(&after) {
            assert_eq!(before.text(), after.text(), "{end:?}");
            assert_eq!(before.routing_key(), after.routing_key());
            let properties = [before, after].map(|each| format!("{:?}", each.headers().message));
            assert_eq!(properties[0], properties[1], "{end:?}");
            // It may have been delivered by a broker that was killed; here it was by none.
            assert_eq!(after.is_redelivered(), end == End::Killed, "{}", after.text());
        }
    }
}

/// How a message is acknowledged so that its client knows it.
#[derive(Clone, Copy, Debug)]
enum Proof {
    /// 0-10 accept, completed.
    Accept,
    /// 0-9-1 ack in a transaction, committed.
    Commit,
    /// 0-9-1 ack; an orderly end is all the proof there is.
    Ack,
    /// 0-9-1 consumer that does not acknowledge; likewise.
    NoAck,
    /// 0-9-1 reject; likewise.
    Reject,
}

fn take_two(broker: &Broker, proof: Proof) {
    if let Proof::Accept = proof {
        let mut client = broker.client();
        let mut session = client.attach("takes").unwrap();
        session.subscribe(Subscription::consume("q"), Credit::messages(2)).unwrap();
        let ids = [session.receive().unwrap().id, session.receive().unwrap().id];
        return accept_all(&mut session, ids.into_iter());
    }
    let mut client = confirming(broker);
    client.call(2, basic::Qos { prefetch_count: 2, ..basic::Qos::default() }).unwrap();
    if let Proof::Commit = proof {
        client.call(2, tx::Select {}).unwrap();
    }
    if let Proof::NoAck = proof {
        for _ in 0..2 {
            let get = basic::Get { queue: "q".into(), no_ack: true, ..basic::Get::default() };
            client.send(2, get).unwrap();
            client.next_event(2).unwrap();
        }
        return client.close().unwrap();
    }
    client.consume(2, "q", false).unwrap();
    client.receive(2).unwrap();
    let delivery_tag = client.receive(2).unwrap().tag;
    let tags = 1..=delivery_tag;
    match proof {
        Proof::Reject => tags.for_each(|delivery_tag| {
            client.send(2, basic::Reject { delivery_tag, requeue: false }).unwrap();
        }),
        _ => client.send(2, basic::Ack { delivery_tag, multiple: true }).unwrap(),
    }
    if let Proof::Commit = proof {
        client.call(2, tx::Commit {}).unwrap();
    }
    client.close().unwrap();
}

#[test]
fn what_was_acknowledged_does_not_come_back() {
    for (proof, end) in [
        (Proof::Accept, End::Killed),
        (Proof::Commit, End::Killed),
        (Proof::Ack, End::InOrder),
        (Proof::NoAck, End::InOrder),
        (Proof::Reject, End::InOrder),
    ] {
        let broker = BrokerOptions::default().arguments(["--drain-timeout", "1"]).start();
        let mut client = confirming(&broker);
        client.call(1, durable_queue("q")).unwrap();
        publish_all(&mut client, "q", &["one", "two", "three"]);
        drop(client);
        take_two(&broker, proof);
        let broker = broker.again(end);
        let mut client = broker.client();
        let left = take_bodies(&mut client.attach("s").unwrap(), "q");
        assert_eq!(left, ["three"], "{proof:?}");
    }
}

#[test]
fn redelivered_says_what_somebody_may_have_seen() {
    for end in ENDS {
        let broker = BrokerOptions::default().arguments(["--drain-timeout", "1"]).start();
        let mut client = confirming(&broker);
        client.call(1, durable_queue("q")).unwrap();
        publish_all(&mut client, "q", &["given back", "held", "never seen"]);
        client.call(2, basic::Qos { prefetch_count: 2, ..basic::Qos::default() }).unwrap();
        client.consume(2, "q", false).unwrap();
        client.receive(2).unwrap();
        client.receive(2).unwrap();
        client.send(2, basic::Reject { delivery_tag: 1, requeue: true }).unwrap();
        // It comes again: so the broker has seen that it was given back.
        assert!(client.receive(2).unwrap().is_redelivered);
        let broker = broker.again(end);
        let mut client = broker.client();
        let found = take(&mut client.attach("s").unwrap(), "q");
        let found: Vec<_> = found.iter().map(|(body, again)| (body.as_str(), *again)).collect();
        let is_killed = end == End::Killed;
        assert_eq!(found, [("given back", true), ("held", true), ("never seen", is_killed)]);
    }
}

#[test]
fn what_a_killed_broker_may_have_delivered_stays_redelivered_over_an_orderly_end() {
    let broker = Broker::start();
    let mut client = confirming(&broker);
    client.call(1, durable_queue("q")).unwrap();
    publish_all(&mut client, "q", &["before the kill"]);
    let broker = broker.again(End::Killed);
    publish_all(&mut confirming(&broker), "q", &["after it"]);
    let broker = broker.again(End::InOrder).again(End::InOrder);
    let mut client = broker.client();
    let found = take(&mut client.attach("s").unwrap(), "q");
    assert_eq!(found, [("before the kill".to_owned(), true), ("after it".to_owned(), false)]);
}

#[test]
fn order_is_kept_over_requeues_priorities_and_two_ends() {
    let broker = Broker::start();
    let mut client = confirming(&broker);
    client.call(1, durable_queue("plain")).unwrap();
    let arguments = Table::new().with("x-max-priority", 5);
    client.call(1, durable_queue_with("by priority", arguments)).unwrap();
    let bodies: Vec<String> = (0..200).map(|number| format!("{number:03}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    publish_all(&mut client, "plain", &bodies);
    for (priority, body) in [(1, "b"), (3, "a"), (1, "c"), (0, "d")] {
        let (delivery_mode, priority) = (Some(2), Some(priority));
        let properties = Properties { delivery_mode, priority, ..Properties::default() };
        client.publish(1, ("", "by priority"), &properties, body.as_bytes()).unwrap();
        client.next_answer(1).unwrap();
    }
    client.consume(2, "plain", false).unwrap();
    for _ in 0..50 {
        client.receive(2).unwrap();
    }
    for delivery_tag in [7, 3, 50, 1] {
        client.send(2, basic::Reject { delivery_tag, requeue: true }).unwrap();
    }
    let broker = broker.again(End::Killed);
    let mut client = confirming(&broker);
    publish_all(&mut client, "plain", &["200", "201"]);
    drop(client);
    let broker = broker.again(End::InOrder);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    let bodies: Vec<String> = (0..202).map(|number| format!("{number:03}")).collect();
    assert_eq!(take_bodies(&mut session, "plain"), bodies);
    assert_eq!(take_bodies(&mut session, "by priority"), ["a", "b", "c", "d"]);
}

#[test]
fn the_time_to_live_goes_on_while_no_broker_runs() {
    const TIME: Duration = Duration::from_millis(1_500);
    let mut broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(queue_0_10("q")).unwrap();
    let mut client_0_9_1 = confirming(&broker);
    let arguments = Table::new().with("x-message-ttl", 1_500);
    client_0_9_1.call(1, durable_queue_with("of the queue", arguments)).unwrap();
    let brief = u64::try_from(TIME.as_millis()).unwrap();
    session.publish("", &Message::new("q", "brief").durable().ttl_ms(brief)).unwrap();
    session.publish("", &Message::new("q", "lasting").durable().ttl_ms(3_600_000)).unwrap();
    publish_all(&mut client_0_9_1, "of the queue", &["brief"]);
    // No broker of these lives as long as the messages may.
    let began = Instant::now();
    while began.elapsed() < TIME {
        broker = broker.again(End::Killed);
    }
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    assert_eq!(take_bodies(&mut session, "q"), ["lasting"]);
    assert!(take_bodies(&mut session, "of the queue").is_empty());
}

#[test]
fn a_dead_letter_is_in_one_queue_alone_whenever_the_broker_is_killed() {
    const MESSAGES: usize = 200;
    for letters_before_the_end in [1, 60, 150] {
        let mut broker = Broker::start();
        let mut client = confirming(&broker);
        client.call(1, durable_queue("dead")).unwrap();
        let arguments = Table::new()
            .with("x-dead-letter-exchange", "")
            .with("x-dead-letter-routing-key", "dead");
        client.call(1, durable_queue_with("q", arguments)).unwrap();
        let bodies: Vec<String> = (0..MESSAGES).map(|number| format!("{number}")).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        publish_all(&mut client, "q", &bodies);
        let mut undertaker = confirming(&broker);
        undertaker.consume(2, "dead", false).unwrap();
        client.consume(2, "q", false).unwrap();
        for delivery_tag in 1..=MESSAGES as u64 {
            client.receive(2).unwrap();
            client.send(2, basic::Reject { delivery_tag, requeue: false }).unwrap();
        }
        for _ in 0..letters_before_the_end {
            undertaker.receive(2).unwrap();
        }
        broker.kill();
        let broker = broker.again(End::Killed);
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        let (dead, left) = (take_bodies(&mut session, "dead"), take_bodies(&mut session, "q"));
        assert!(dead.len() >= letters_before_the_end, "{dead:?}");
        assert_eq!(dead.len() + left.len(), MESSAGES, "dead: {dead:?}, left: {left:?}");
        let all: BTreeSet<&String> = dead.iter().chain(&left).collect();
        assert_eq!(all.len(), MESSAGES, "dead: {dead:?}, left: {left:?}");
    }
}

#[test]
fn a_transaction_is_there_whole_once_it_is_committed_and_not_at_all_before() {
    for commits in [true, false] {
        let broker = Broker::start();
        let mut client = confirming(&broker);
        for queue in ["source", "left", "right"] {
            client.call(1, durable_queue(queue)).unwrap();
        }
        publish_all(&mut client, "source", &["a", "b"]);
        client.call(2, tx::Select {}).unwrap();
        client.consume(2, "source", false).unwrap();
        let delivery_tag = client.receive(2).unwrap().tag;
        let persistent = Properties { delivery_mode: Some(2), ..Properties::default() };
        for queue in ["left", "right"] {
            client.publish(2, ("", queue), &persistent, b"out").unwrap();
        }
        client.send(2, basic::Ack { delivery_tag, multiple: false }).unwrap();
        match commits {
            true => drop(client.call(2, tx::Commit {}).unwrap()),
            // An answer behind the transaction: the broker has all of it.
            false => client.declare_queue(2, "behind", Table::new()).unwrap(),
        }
        let broker = broker.again(End::Killed);
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        let (out, source) = if commits { (1, 1) } else { (0, 2) };
        for (queue, count) in [("left", out), ("right", out), ("source", source)] {
            assert_eq!(take_all(&mut session, queue).len(), count, "{queue}, committed: {commits}");
        }
    }
}

#[test]
fn what_a_0_10_session_does_and_does_not_commit_is_undone_by_the_end() {
    for end in ENDS {
        let broker = BrokerOptions::default().arguments(["--drain-timeout", "1"]).start();
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        session.run(queue_0_10("q")).unwrap();
        session.publish("", &Message::new("q", "in").durable()).unwrap();
        session.run(TxSelect {}).unwrap();
        session.subscribe(Subscription::consume("q"), Credit::messages(1)).unwrap();
        let delivery = session.receive().unwrap();
        session.accept(&delivery).unwrap();
        session.publish("", &Message::new("q", "out").durable()).unwrap();
        let broker = broker.again(end);
        let mut client = broker.client();
        let found = take(&mut client.attach("s").unwrap(), "q");
        assert_eq!(found, [("in".to_owned(), true)], "{end:?}");
    }
}

#[test]
fn a_message_that_went_to_many_queues_leaves_each_by_itself() {
    let broker = Broker::start();
    let mut client = confirming(&broker);
    for queue in ["one", "two", "three"] {
        client.call(1, durable_queue(queue)).unwrap();
        let (queue, exchange) = (queue.to_owned(), "amq.fanout".to_owned());
        client.call(1, queue::Bind { queue, exchange, ..Default::default() }).unwrap();
    }
    assert!(client.publish_durable(1, ("amq.fanout", ""), "all").unwrap().is_taken);
    let mut client = broker.client();
    assert_eq!(take_bodies(&mut client.attach("s").unwrap(), "two"), ["all"]);
    let broker = broker.again(End::Killed);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    let found = ["one", "two", "three"].map(|queue| take_bodies(&mut session, queue).len());
    assert_eq!(found, [1, 0, 1]);
}
