//! Queues far longer than what they may have in memory: little of them is there, and nobody sees
//! that.

use philter_protocol::v0_10::command::{QueuePurge, Sync};
use philter_tests::broker::{Broker, BrokerOptions, End};
use philter_tests::client::{Credit, Message, Session, Subscription};

use super::*;

const MIB: u64 = 1024 * 1024;

const MESSAGES: usize = 200_000;

/// Of this the journal's own index is a quarter; in memory all of these messages are twice that.
const GROWTH_BYTES_MAX: u64 = 32 * MIB;

fn with_little_memory() -> Broker {
    let limits = ["--default-queue-paging-limit", "1000000", "--default-queue-limit", "0"];
    BrokerOptions::default().arguments(limits).start()
}

fn body(number: usize) -> String {
    format!("{number:0100}")
}

/// Publishes messages, some thousand on their way at a time.
fn publish(session: &mut Session<'_>, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let message = Message::new("q", body(number)).durable();
        session.publish_unconfirmed("", &message).unwrap();
        if number % 2_000 == 1_999 {
            session.run(Sync {}).unwrap();
        }
    }
    session.run(Sync {}).unwrap();
}

/// Takes so many messages, and accepts them; answers whether the first and the last of them are
/// redelivered.
fn take_numbers(session: &mut Session<'_>, numbers: std::ops::Range<usize>) -> (bool, bool) {
    let count = u32::try_from(numbers.len()).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::messages(count)).unwrap();
    let mut deliveries = Vec::new();
    for number in numbers {
        deliveries.push(session.receive().unwrap());
        let found = deliveries.last().unwrap().text();
        assert!(found == body(number), "{found} instead of {number}");
    }
    accept_all(session, deliveries.iter().map(|delivery| delivery.id));
    session.cancel("q").unwrap();
    let is_redelivered = |delivery: Option<&Delivery>| delivery.unwrap().is_redelivered();
    (is_redelivered(deliveries.first()), is_redelivered(deliveries.last()))
}

#[test]
fn a_queue_much_larger_than_its_memory_gives_all_in_order_over_starts() {
    let broker = with_little_memory();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(queue_0_10("q")).unwrap();
    publish(&mut session, 0..1_000);
    let before = broker.resident_bytes();
    publish(&mut session, 1_000..MESSAGES);
    let growth = broker.resident_bytes().saturating_sub(before);
    assert!(growth < GROWTH_BYTES_MAX, "{growth} bytes for {MESSAGES} messages");
    assert_eq!(session.message_count("q").unwrap() as usize, MESSAGES);

    session.subscribe(Subscription::browse("q").destination("b"), Credit::UNLIMITED).unwrap();
    let browsed = session.drain("b").unwrap();
    session.cancel("b").unwrap();
    assert!(browsed.iter().map(Delivery::text).eq((0..MESSAGES).map(body)));
    drop(browsed);

    assert_eq!(take_numbers(&mut session, 0..50_000), (false, false));
    drop(client);
    let broker = broker.again(End::InOrder);
    let growth = broker.resident_bytes().saturating_sub(before);
    assert!(growth < GROWTH_BYTES_MAX, "{growth} bytes after a start");
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    assert_eq!(take_numbers(&mut session, 50_000..90_000), (false, false));
    publish(&mut session, MESSAGES..MESSAGES + 10_000);
    drop(client);
    let broker = broker.again(End::Killed);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    assert_eq!(take_numbers(&mut session, 90_000..MESSAGES + 10_000), (true, true));
    assert_eq!(session.message_count("q").unwrap(), 0);
}

#[test]
fn a_long_queue_is_purged_and_deleted_and_nothing_of_it_comes_back() {
    let broker = with_little_memory();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(queue_0_10("q")).unwrap();
    publish(&mut session, 0..60_000);
    take_numbers(&mut session, 0..100);
    session.run(QueuePurge { queue: "q".to_owned() }).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 0);
    publish(&mut session, 0..60_000);
    drop(client);
    let broker = broker.again(End::Killed);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    assert_eq!(session.message_count("q").unwrap(), 60_000, "what was purged is gone");
    session.delete_queue("q").unwrap();
    session.run(queue_0_10("q")).unwrap();
    publish(&mut session, 7..8);
    drop(client);
    let broker = broker.again(End::Killed);
    let mut client = broker.client();
    take_numbers(&mut client.attach("s").unwrap(), 7..8);
}
