//! A consumer that does not read costs its outbox and no more; others get the rest.

use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

const MESSAGES: usize = 4_000;
const BODY_BYTES: usize = 10_000;
/// Far above an outbox and the buffers of two sockets, far below all messages.
const HELD_BYTES_MAX: usize = 16 * 1_024 * 1_024;

#[test]
fn most_messages_stay_for_who_reads() {
    let broker = Broker::start();
    let mut slow = broker.client();
    let mut slow = slow.attach("slow").unwrap();
    slow.declare_queue("q").unwrap();
    slow.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    let message = Message::new("q", vec![b'x'; BODY_BYTES]);
    for _ in 0..MESSAGES {
        session.publish_unconfirmed("", &message).unwrap();
    }
    session.subscribe(Subscription::consume("q").unaccepted(), Credit::UNLIMITED).unwrap();
    let got = session.drain("q").unwrap().len();
    assert!(got >= MESSAGES - HELD_BYTES_MAX / BODY_BYTES, "{got} of {MESSAGES}");
}

#[test]
fn many_slow_readers_do_not_grow_the_broker() {
    const READERS: usize = 20;
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for number in 0..READERS {
        session.declare_queue(&format!("q{number}")).unwrap();
        session.bind(&format!("q{number}"), "amq.fanout", "").unwrap();
    }
    let mut readers: Vec<_> = (0..READERS).map(|_| broker.client()).collect();
    for (number, reader) in readers.iter_mut().enumerate() {
        let mut reader = reader.attach(&format!("reader {number}")).unwrap();
        let asked = Subscription::consume(&format!("q{number}"));
        reader.subscribe(asked, Credit::UNLIMITED).unwrap();
    }
    let before = broker.resident_bytes();
    for _ in 0..MESSAGES {
        let message = Message::new("", vec![b'x'; BODY_BYTES]);
        session.publish_unconfirmed("amq.fanout", &message).unwrap();
    }
    session.publish("amq.fanout", &Message::new("", "last")).unwrap();
    // All bodies are held once by the queues. Every reader may add its outbox, not the queue again.
    let grown = broker.resident_bytes().saturating_sub(before) as usize;
    let once = MESSAGES * BODY_BYTES;
    assert!(grown < 2 * once + READERS * HELD_BYTES_MAX / 4, "{grown} bytes for {once}");
}
