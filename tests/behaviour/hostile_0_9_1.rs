//! Clients of 0-9-1 that want too much, or stop in the middle: bounded memory, a proper close where
//! there is somebody to tell, and nobody else notices.

use std::io::Write;

use philter_protocol::v0_9_1::method::{basic, confirm, queue};
use philter_protocol::v0_9_1::{Properties, Table};
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client_0_9_1::{Client, Refusal};

const MIB: u64 = 1024 * 1024;

/// A frame of a type on a channel.
fn frame(kind: u8, channel: u16, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let channel = channel.to_be_bytes();
    [&[kind], &channel[..], &size, payload, &[206]].concat()
}

/// basic.publish to the default exchange.
fn publish_frame(channel: u16, key: &str) -> Vec<u8> {
    let length = u8::try_from(key.len()).unwrap();
    let payload = [&[0, 60, 0, 40, 0, 0, 0, length], key.as_bytes(), &[0]].concat();
    frame(1, channel, &payload)
}

/// A content header without properties.
fn header_frame(channel: u16, body_bytes: u64) -> Vec<u8> {
    let payload = [&[0, 60, 0, 0], &body_bytes.to_be_bytes()[..], &[0, 0]].concat();
    frame(2, channel, &payload)
}

fn open(broker: &Broker) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client
}

/// Somebody else publishes and gets what he published.
fn assert_others_are_served(broker: &Broker) {
    let mut client = open(broker);
    client.declare_queue(1, "others", Table::new()).unwrap();
    client.publish(1, ("", "others"), &Properties::default(), b"x").unwrap();
    client.consume(1, "others", true).unwrap();
    assert_eq!(client.receive(1).unwrap().body, b"x");
    client.close().unwrap();
}

#[test]
fn a_publisher_that_reads_nothing_is_held_back_by_its_own_confirms_and_by_memory() {
    let broker = BrokerOptions::default().arguments(["--memory-limit", "32M"]).start();
    let mut flood = open(&broker);
    flood.declare_queue(1, "q", Table::new()).unwrap();
    flood.call(1, confirm::Select { no_wait: false }).unwrap();
    let before = broker.resident_bytes();
    let port = broker.port();
    let mut bytes = publish_frame(1, "q");
    bytes.extend(header_frame(1, 1_000));
    bytes.extend(frame(3, 1, &[b'x'; 1_000]));
    let bytes = bytes.repeat(1_000);
    // Ends when the broker reads no more for good and is ended.
    let writer = std::thread::spawn(move || while flood.send_raw(&bytes).is_ok() {});
    broker.wait_for_log("publishers are held back");
    let mut other = Client::guest(port).unwrap();
    other.open_channel(1).unwrap();
    for _ in 0..20 {
        let purge = queue::Purge { queue: "q".into(), ..queue::Purge::default() };
        other.call(1, purge).unwrap();
        let grown = broker.resident_bytes().saturating_sub(before);
        assert!(grown < 256 * MIB, "{grown} bytes");
    }
    broker.stop();
    writer.join().unwrap();
}

#[test]
fn a_channel_beyond_the_limit_closes_the_connection_and_all_below_are_served() {
    let broker = Broker::start();
    let mut client = Client::guest(broker.port()).unwrap();
    assert_eq!(client.channel_max(), 2_047);
    let before = broker.resident_bytes();
    for channel in 1..=2_047 {
        client.open_channel(channel).unwrap();
    }
    let grown = broker.resident_bytes().saturating_sub(before);
    assert!(grown < 32 * MIB, "{grown} bytes");
    for channel in [2_048_u16, 65_535] {
        client.send_raw(&frame(1, channel, &[0, 20, 0, 10, 0])).unwrap();
    }
    let Refusal::Connection { code: Some(code), text } = client.wait_for_close() else { panic!() };
    assert!(matches!(code, 504 | 530) && text.contains("2048") && text.contains("2047"), "{text}");
    assert_others_are_served(&broker);
}

#[test]
fn a_client_that_declares_100_000_queues_costs_what_they_cost_and_may_delete_them() {
    const QUEUES: usize = 100_000;
    let broker = Broker::start();
    let mut client = open(&broker);
    let before = broker.resident_bytes();
    for number in 0..QUEUES {
        let (queue, no_wait) = (format!("q{number}"), number + 1 < QUEUES);
        let declare = queue::Declare { queue, no_wait, ..queue::Declare::default() };
        client.send(1, declare).unwrap();
    }
    client.next_method(1).unwrap();
    let grown = broker.resident_bytes().saturating_sub(before);
    assert!(grown < 600 * MIB, "{grown} bytes");
    assert_others_are_served(&broker);
    for number in 0..QUEUES {
        let (queue, no_wait) = (format!("q{number}"), number + 1 < QUEUES);
        let delete = queue::Delete { queue, no_wait, ..queue::Delete::default() };
        client.send(1, delete).unwrap();
    }
    client.next_method(1).unwrap();
    client.close().unwrap();
}

#[test]
fn a_body_of_two_gibibytes_is_refused_by_its_header_with_the_limit() {
    let broker = Broker::start();
    let mut client = open(&broker);
    let before = broker.resident_bytes();
    client.send_raw(&publish_frame(1, "q")).unwrap();
    client.send_raw(&header_frame(1, 2 << 30)).unwrap();
    let refusal = client.next_event(1).unwrap_err();
    assert!(refusal.text().contains("134217728"), "{refusal:?}");
    assert!(broker.resident_bytes().saturating_sub(before) < 16 * MIB);
    assert_others_are_served(&broker);
}

#[test]
fn bodies_begun_on_many_channels_and_not_finished_are_bounded_together() {
    let broker = Broker::start();
    let mut client = Client::guest(broker.port()).unwrap();
    let before = broker.resident_bytes();
    let piece = frame(3, 0, &vec![b'x'; 131_064]);
    let mut is_refused = false;
    'channels: for channel in 1..=16_u16 {
        let mut begin = || {
            client.open_channel(channel)?;
            client.send_raw(&publish_frame(channel, "q"))?;
            client.send_raw(&header_frame(channel, 100 << 20))
        };
        if let Err(refusal) = begin() {
            is_refused = true;
            assert!(refusal.code().is_none_or(|code| code == 506), "{refusal:?}");
            break;
        }
        let mut own = piece.clone();
        own[1..3].copy_from_slice(&channel.to_be_bytes());
        for _ in 0..400 {
            if client.send_raw(&own).is_err() {
                is_refused = true;
                break 'channels;
            }
        }
    }
    let grown = broker.resident_bytes().saturating_sub(before);
    assert!(is_refused && grown < 600 * MIB, "{is_refused} {grown} bytes");
    broker.wait_for_log("bytes of unfinished messages on one connection");
    assert_others_are_served(&broker);
}

#[test]
fn a_flood_of_polls_whose_answers_nobody_reads_costs_an_outbox() {
    let broker = Broker::start();
    let mut client = open(&broker);
    client.declare_queue(1, "q", Table::new()).unwrap();
    client.publish(1, ("", "q"), &Properties::default(), &vec![b'x'; 100_000]).unwrap();
    let before = broker.resident_bytes();
    let get = {
        let payload = [&[0, 60, 0, 70, 0, 0, 1], &b"q"[..], &[0]].concat();
        let nack = [&[0, 60, 0, 120], &0_u64.to_be_bytes()[..], &[3]].concat();
        // Poll, and give back whatever came.
        [frame(1, 1, &payload), frame(1, 1, &nack)].concat()
    };
    let bytes = get.repeat(1_000);
    let writer = std::thread::spawn(move || while client.send_raw(&bytes).is_ok() {});
    for _ in 0..20 {
        assert_others_are_served(&broker);
        let grown = broker.resident_bytes().saturating_sub(before);
        assert!(grown < 64 * MIB, "{grown} bytes");
    }
    broker.stop();
    writer.join().unwrap();
}

#[test]
fn a_client_that_dies_in_the_middle_of_a_frame_leaves_nothing() {
    let broker = Broker::start();
    let mut other = open(&broker);
    let exclusive = queue::Declare { queue: "mine".into(), exclusive: true, ..Default::default() };
    for cut in [1, 7, 20, 30] {
        let mut client = open(&broker);
        client.call(1, exclusive.clone()).unwrap();
        client.declare_queue(1, "kept", Table::new()).unwrap();
        let mut bytes = publish_frame(1, "kept");
        bytes.extend(header_frame(1, 1_000));
        bytes.extend(frame(3, 1, &[b'x'; 1_000]));
        client.send_raw(&bytes[..cut]).unwrap();
        drop(client);
        // Its exclusive queue is free again once the broker noticed.
        loop {
            match other.call(1, exclusive.clone()) {
                Ok(_) => break,
                Err(Refusal::Channel { code: 405, .. }) => other.open_channel(1).unwrap(),
                Err(refusal) => panic!("{refusal:?}"),
            }
        }
        other.call(1, queue::Delete { queue: "mine".into(), ..Default::default() }).unwrap();
    }
    let get = basic::Get { queue: "kept".into(), no_ack: true, ..Default::default() };
    let empty = other.call(1, get).unwrap();
    assert_eq!(empty, basic::GetEmpty::default().into());
}

#[test]
fn what_is_no_frame_is_answered_with_what_and_where() {
    let broker = Broker::start();
    let mut client = open(&broker);
    client.send_raw(b"\x07\0\x01\0\0\0\x01x\xce").unwrap();
    let Refusal::Connection { code: Some(501), text } = client.wait_for_close() else { panic!() };
    assert!(text.starts_with("FRAME_ERROR"), "{text}");
    assert_others_are_served(&broker);
}

#[test]
fn another_version_is_answered_with_the_one_that_is_spoken() {
    let broker = Broker::start();
    let mut socket = broker.socket();
    socket.write_all(b"AMQP\x01\x01\x08\x00").unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut socket, &mut answer).unwrap();
    assert_eq!(answer, b"AMQP\0\0\x09\x01");
}
