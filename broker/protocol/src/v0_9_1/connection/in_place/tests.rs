//! Taken in place or by events, a stream of frames says the same.

use bytes::{Buf, BytesMut};
use proptest::prelude::*;

use super::super::tests::{answer, channel_pair, take};
use super::{AckInPlace, Connection};
use crate::body::BodyPiece;
use crate::v0_9_1::connection::PublishHead;
use crate::v0_9_1::method::{basic, channel, queue};
use crate::v0_9_1::{ChannelEvent, Event, Method};

const BODY_BYTES_MAX: usize = 100;

/// What a connection says of one publish: channel, exchange, key, mandatory, immediate, header,
/// body.
type Publish = (u16, String, String, bool, bool, Vec<u8>, Vec<u8>);

/// What a connection says.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Publish(Publish),
    Ack(u16, u64, bool),
    Other(String),
}

#[derive(Clone, Debug)]
enum Part {
    /// A publish: exchange, bits, property list, body and how many frames it is cut into.
    Publish {
        channel: u16,
        exchange: Vec<u8>,
        bits: u8,
        list: Vec<u8>,
        body: usize,
        frames: usize,
    },
    /// A content header that announces more or less than comes.
    Lie(u64, usize),
    Ack(u16, u64, u8),
    Declare,
    Open(u16),
    Close(u16),
    Garbage(Vec<u8>),
}

fn part() -> impl Strategy<Value = Part> {
    let exchange = prop_oneof![
        8 => Just(b"amq.direct".to_vec()),
        4 => Just("ü".as_bytes().to_vec()),
        1 => Just(b"\xff".to_vec()),
    ];
    let list =
        prop_oneof![4 => Just(vec![0, 0]), 2 => Just(b"\x10\0\x02".to_vec()), 1 => Just(vec![0])];
    let channel = || prop_oneof![6 => Just(1u16), 1 => 0..4u16];
    let publish = (channel(), exchange, 0..8u8, list, 0..120usize, 1..3usize);
    prop_oneof![
        10 => publish.prop_map(|(channel, exchange, bits, list, body, frames)| Part::Publish {
            channel, exchange, bits, list, body, frames
        }),
        1 => (0..200u64, 0..100usize).prop_map(|(said, body)| Part::Lie(said, body)),
        4 => (channel(), any::<u64>(), 0..4u8).prop_map(|(c, tag, bits)| Part::Ack(c, tag, bits)),
        2 => Just(Part::Declare),
        1 => channel().prop_map(Part::Open),
        1 => channel().prop_map(Part::Close),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Part::Garbage),
    ]
}

fn frame(into: &mut Vec<u8>, kind: u8, channel: u16, payload: &[u8]) {
    into.push(kind);
    into.extend(channel.to_be_bytes());
    into.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
    into.extend(payload);
    into.push(0xce);
}

fn method(into: &mut Vec<u8>, channel: u16, method: impl Into<Method>) {
    let mut payload = Vec::new();
    method.into().encode(&mut payload);
    frame(into, 1, channel, &payload);
}

fn header(into: &mut Vec<u8>, channel: u16, body: u64, list: &[u8]) {
    let mut payload = vec![0, 60, 0, 0];
    payload.extend(body.to_be_bytes());
    payload.extend(list);
    frame(into, 2, channel, &payload);
}

fn write(part: &Part, into: &mut Vec<u8>) {
    match part {
        Part::Publish { channel, exchange, bits, list, body, frames } => {
            let mut payload = vec![0, 60, 0, 40, 0, 0, u8::try_from(exchange.len()).unwrap()];
            payload.extend(exchange);
            payload.extend([1, b'k', *bits]);
            frame(into, 1, *channel, &payload);
            header(into, *channel, *body as u64, list);
            let body = vec![b'x'; *body];
            body.chunks(body.len().div_ceil(*frames).max(1))
                .for_each(|piece| frame(into, 3, *channel, piece));
        }
        Part::Lie(said, body) => {
            method(into, 1, basic::Publish::default());
            header(into, 1, *said, &[0, 0]);
            frame(into, 3, 1, &vec![b'y'; *body]);
        }
        Part::Ack(channel, tag, bits) => {
            let mut payload = vec![0, 60, 0, 80];
            payload.extend(tag.to_be_bytes());
            payload.push(*bits);
            frame(into, 1, *channel, &payload);
        }
        Part::Declare => method(into, 1, queue::Declare::default()),
        Part::Open(channel) => method(into, *channel, channel::Open::default()),
        Part::Close(channel) => method(into, *channel, channel::Close::default()),
        Part::Garbage(bytes) => into.extend(bytes),
    }
}

fn hear_in_place(server: &mut Connection, inbox: &mut BytesMut, heard: &mut Vec<Heard>) {
    loop {
        let bytes = if let Some(found) = server.take_publish(inbox, BODY_BYTES_MAX, 0) {
            heard.push(Heard::Publish((
                found.channel,
                found.exchange.into(),
                found.routing_key.into(),
                found.is_mandatory,
                found.is_immediate,
                found.header.to_vec(),
                found.body.to_vec(),
            )));
            found.bytes
        } else if let Some(AckInPlace { channel, delivery_tag, multiple, bytes }) =
            server.take_ack(inbox, 0)
        {
            heard.push(Heard::Ack(channel, delivery_tag, multiple));
            bytes
        } else {
            return;
        };
        inbox.advance(bytes);
    }
}

fn hear_event(event: Event) -> Heard {
    match event {
        Event::Channel { channel, event: ChannelEvent::Publish { publish, header, body } } => {
            Heard::Publish((
                channel,
                publish.exchange,
                publish.routing_key,
                publish.mandatory,
                publish.immediate,
                header.to_vec(),
                body.concat(),
            ))
        }
        Event::Channel { channel, event: ChannelEvent::Method(Method::BasicAck(ack)) } => {
            Heard::Ack(channel, ack.delivery_tag, ack.multiple)
        }
        other => Heard::Other(format!("{other:?}")),
    }
}

/// Everything that a connection says of what comes in, what it answers, and how much goes over it.
fn hear(bytes: &[u8], chunk: usize, in_place: bool) -> (Vec<Heard>, Vec<u8>, u64, u64, bool) {
    let (mut server, _) = channel_pair();
    let (mut inbox, mut heard) = (BytesMut::new(), Vec::new());
    for chunk in bytes.chunks(chunk) {
        inbox.extend_from_slice(chunk);
        loop {
            let before = (inbox.len(), heard.len());
            if in_place {
                hear_in_place(&mut server, &mut inbox, &mut heard);
            }
            server.feed(&mut inbox, 0);
            while let Some(event) = server.poll_event() {
                answer(&mut server, &event);
                heard.push(hear_event(event));
            }
            if before == (inbox.len(), heard.len()) && !server.is_deferring() {
                break;
            }
        }
    }
    let traffic = server.traffic();
    (heard, take(&mut server), traffic.frames_in, traffic.bytes_in, server.is_closed())
}

proptest! {
    #[test]
    fn in_place_or_by_events_the_same_is_heard(
        parts in prop::collection::vec(part(), 0..30),
        chunk in 1..2_000usize,
    ) {
        let mut bytes = Vec::new();
        parts.iter().for_each(|part| write(part, &mut bytes));
        let by_events = hear(&bytes, chunk, false);
        prop_assert_eq!(hear(&bytes, chunk, true), by_events.clone());
        prop_assert_eq!(hear(&bytes, usize::MAX, true), by_events);
    }
}

#[test]
fn the_usual_message_is_taken_in_place() {
    let (mut server, mut client) = channel_pair();
    let mut publish = |body: &[u8]| {
        let head = PublishHead { exchange: "x", routing_key: "key", ..PublishHead::default() };
        client.publish(1, &head, &[0, 0], body.len(), [BodyPiece::Slice(body)].into_iter());
        take(&mut client)
    };
    let usual = publish(&[b'x'; BODY_BYTES_MAX]);
    for cut in 0..usual.len() {
        assert_eq!(server.take_publish(&usual[..cut], BODY_BYTES_MAX, 0), None);
    }
    let found = server.take_publish(&usual, BODY_BYTES_MAX, 0).unwrap();
    assert_eq!((found.channel, found.exchange, found.routing_key), (1, "x", "key"));
    assert_eq!((found.header, found.body.len()), (&[0, 0][..], BODY_BYTES_MAX));
    assert_eq!((found.is_mandatory, found.bytes), (false, usual.len()));
    let empty = publish(&[]);
    assert_eq!(server.take_publish(&empty, BODY_BYTES_MAX, 0).unwrap().bytes, empty.len());
    let large = publish(&[b'x'; BODY_BYTES_MAX + 1]);
    assert_eq!(server.take_publish(&large, BODY_BYTES_MAX, 0), None, "too large");
}

#[test]
fn the_usual_acknowledgement_is_taken_in_place() {
    let (mut server, mut client) = channel_pair();
    assert!(client.ack(1, 258, true));
    let bytes = take(&mut client);
    assert_eq!(server.take_ack(&bytes[..bytes.len() - 1], 0), None);
    let ack = AckInPlace { channel: 1, delivery_tag: 258, multiple: true, bytes: bytes.len() };
    assert_eq!(server.take_ack(&bytes, 0), Some(ack));
}

#[test]
fn nothing_is_taken_before_the_events_are() {
    let (mut server, mut client) = channel_pair();
    client.send(1, queue::Declare::default());
    server.feed(&mut BytesMut::from(&take(&mut client)[..]), 0);
    assert!(client.ack(1, 1, false));
    let ack = take(&mut client);
    assert_eq!(server.take_ack(&ack, 0), None);
    assert!(server.poll_event().is_some());
    assert!(server.take_ack(&ack, 0).is_some());
}
