//! Whatever a peer sends, it is answered, and only its own connection pays.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use philter_protocol::v0_10::command::{ExchangeDeclare, error_code};
use philter_tests::broker::Broker;
use philter_tests::client::Refusal;

const AMQP_0_10: &[u8] = b"AMQP\x01\x01\x00\x0a";

/// Sends bytes and reads until the broker closes.
fn answer(mut socket: TcpStream, bytes: &[u8]) -> Vec<u8> {
    // The broker may close before it has read all: that is an answer too.
    drop(socket.write_all(bytes));
    drop(socket.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    drop(socket.read_to_end(&mut answer));
    answer
}

fn is_alive(broker: &Broker) {
    broker.client().close().unwrap();
}

#[test]
fn a_foreign_protocol_is_told_what_is_spoken_here() {
    let broker = Broker::start();
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"AMQP\x09\x09\x09\x09",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ] {
        assert_eq!(answer(broker.socket(), bytes), AMQP_0_10, "{}", bytes.escape_ascii());
    }
    is_alive(&broker);
}

#[test]
fn a_connection_that_says_nothing_or_half_a_word_costs_nothing() {
    let broker = Broker::start();
    for bytes in [&b""[..], b"AM", b"AMQP\x01\x01\x00"] {
        assert_eq!(answer(broker.socket(), bytes), b"");
    }
    is_alive(&broker);
}

#[test]
fn a_stranger_cannot_send_much_before_it_is_known() {
    let broker = Broker::start();
    let mut flood = AMQP_0_10.to_vec();
    // A start-ok in frames without an end: first frame of the segment, then middles.
    flood.extend([0x0e, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    flood.resize(flood.len() + 65_523, b'x');
    for _ in 0..8 {
        flood.extend([0x0c, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
        flood.resize(flood.len() + 65_523, b'x');
    }
    let answered = answer(broker.socket(), &flood);
    assert!(answered.starts_with(AMQP_0_10));
    is_alive(&broker);
}

#[test]
fn a_malformed_frame_is_answered_with_a_framing_error() {
    let broker = Broker::start();
    let shorter_than_its_header = [0x0f, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    let unknown_kind = [0x0f, 9, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0];
    for frame in [shorter_than_its_header, unknown_kind] {
        let mut client = broker.client();
        client.send_raw(&frame).unwrap();
        match client.wait_for_close() {
            Refusal::Closed { code: Some(501), text } => assert!(!text.is_empty()),
            refusal => panic!("{refusal}"),
        }
    }
    is_alive(&broker);
}

#[test]
fn a_header_segment_that_is_no_header_names_the_field() {
    let broker = Broker::start();
    let mut client = broker.client();
    let channel = client.attach("s").unwrap().channel() as u8;
    // message.transfer to "", then a header segment whose struct is longer than the segment.
    let transfer = [0x0b, 1, 0, 17, 0, 1, 0, channel, 0, 0, 0, 0, 4, 1, 1, 0, 0];
    let mut frames = transfer.to_vec();
    frames[3] = 18;
    frames.push(0);
    frames.extend([0x07, 2, 0, 18, 0, 1, 0, channel, 0, 0, 0, 0, 0, 0, 0, 99, 4, 1]);
    client.send_raw(&frames).unwrap();
    let refusal = client.session(u16::from(channel)).receive().unwrap_err();
    assert!(refusal.text().contains("header"), "{refusal}");
    is_alive(&broker);
}

#[test]
fn an_unknown_command_is_answered_by_its_number() {
    let broker = Broker::start();
    let mut client = broker.client();
    let channel = client.attach("s").unwrap().channel() as u8;
    let frame = [0x0f, 1, 0, 16, 0, 1, 0, channel, 0, 0, 0, 0, 0x66, 0x77, 1, 0];
    client.send_raw(&frame).unwrap();
    let refusal = client.session(u16::from(channel)).receive().unwrap_err();
    assert!(refusal.text().contains("0x66"), "{refusal}");
}

#[test]
fn an_unknown_exchange_type_is_named_with_those_that_there_are() {
    let broker = Broker::start();
    let mut client = broker.client();
    let (exchange, type_) = ("e".to_owned(), "square".to_owned());
    let declare = ExchangeDeclare { exchange, type_, ..ExchangeDeclare::default() };
    let refusal = client.attach("s").unwrap().run(declare).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::NOT_FOUND));
    assert!(refusal.text().contains("square"), "{refusal}");
}

#[test]
fn a_peer_that_dies_in_the_middle_of_a_message_leaves_nothing_behind() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    for n in 0..20 {
        let mut dying = broker.client();
        // A name of its own: the broker need not have seen yet that the one before is dead.
        let channel = dying.attach(&format!("dying-{n}")).unwrap().channel() as u8;
        // A transfer whose body never comes.
        let transfer = [0x0b, 1, 0, 19, 0, 1, 0, channel, 0, 0, 0, 0, 4, 1, 1, 0, 1, 0, 0];
        dying.send_raw(&transfer).unwrap();
        dying.abort();
    }
    assert_eq!(session.message_count("q").unwrap(), 0);
    is_alive(&broker);
}
